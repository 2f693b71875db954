"""Writes the saved bundles of `tests/vectors/bundles`. Run: ``python -m tests.support.bundles``.

Each holds what an invented person presented and what the verifier had. A test holds the files against
this program, so that they do not drift apart.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from clicid.codec import jcs, strict_json
from clicid.formats import vc_di
from clicid.formats.base import (
    FormatId,
    IssuerIdentity,
    Material,
    NamedIssuer,
    Need,
    NeedKind,
    Unavailable,
)
from clicid.formats.vc_di.sealing import credential_document
from clicid.securing import jws
from clicid.status import token_list
from clicid.status.rows import REVOKED
from clicid.status.token_list import StatusListToken, TokenStatusList
from clicid.trust.accreditation import type_id
from clicid.verification import Request, Verdict, bundle
from tests.support import w3c
from tests.support.sd_jwt_vectors import bound, decode, encode
from tests.support.world import BINDING, DID, IDENTIFIER, LIST_URL, NOW, SCHEMA_DIGEST, VCT, World

if TYPE_CHECKING:
    from clicid.formats.base import Have

FOLDER: Final = Path(__file__).resolve().parents[1] / "vectors" / "bundles"
STATUS: Final = Need(NeedKind.STATUS, LIST_URL, DID)


@dataclass(frozen=True, slots=True)
class Saved:
    """A bundle, and how deciding again on it must end."""

    raw: bytes
    verdict: Verdict
    code: str = ""


def cases() -> dict[str, Saved]:
    """All bundles by the name of their file."""
    world, revoked = World(), World()
    revoked.entry(REVOKED)
    presentation = world.presentation()
    old = {STATUS: world.material(world.snapshot.to_bytes(), age=timedelta(hours=2))}
    unread = {STATUS: Unavailable(NOW, "no endpoint answers")}
    shown = _w3c(world)
    return {
        "sd_jwt_accepted": Saved(_sd_jwt(presentation, world.have), Verdict.ACCEPTED),
        "sd_jwt_altered": Saved(
            _sd_jwt(_with_another_name(world), world.have), Verdict.REFUSED, "sd_jwt.disclosure_unused"
        ),
        "sd_jwt_revoked": Saved(_sd_jwt(presentation, revoked.have), Verdict.REFUSED, "status.revoked"),
        "sd_jwt_old": Saved(_sd_jwt(presentation, world.have | old), Verdict.UNDECIDED, "status.too_old"),
        "sd_jwt_unread": Saved(
            _sd_jwt(presentation, world.have | unread), Verdict.UNDECIDED, "status.unavailable"
        ),
        "sd_jwt_by_name": Saved(_by_name(world, {}), Verdict.ACCEPTED),
        "sd_jwt_by_name_revoked": Saved(
            _by_name(world, {world.status.index: REVOKED}), Verdict.REFUSED, "status.revoked"
        ),
        "w3c_accepted": Saved(_ldp_vp(world, shown), Verdict.ACCEPTED),
        "w3c_altered": Saved(
            _ldp_vp(world, shown.replace(b'"ageOver18":true', b'"ageOver21":true')),
            Verdict.REFUSED,
            "holder.signature",
        ),
    }


def path(name: str) -> Path:
    """Where a bundle is kept."""
    return FOLDER / f"{name}.json"


def _sd_jwt(presentation: bytes, have: Have) -> bytes:
    world = World()
    return bundle.dump(presentation, have, request=world.request, policy=world.policy, now=NOW)


def _by_name(world: World, marked: dict[int, int]) -> bytes:
    """The world's issuer under a did:web, which the policy names, with its own list."""
    did = "did:web:issuer.example"
    method = {
        "id": f"{did}#1",
        "type": "Multikey",
        "controller": did,
        "publicKeyMultibase": world.keys.public(world.issuer_ref).to_multikey(),
    }
    document = {"id": did, "verificationMethod": [method], "assertionMethod": [method["id"]]}
    entries = bytearray(4)
    for index, value in marked.items():
        entries[index >> 2] |= value << (index & 3) * 2
    of_list = StatusListToken(LIST_URL, int(NOW.timestamp()), None, None, TokenStatusList(2, bytes(entries)))
    header = {"typ": token_list.TYP, "alg": "ES256", "kid": method["id"]}
    signed = world.signed(jws.prepare(header, strict_json.dumps(of_list.payload())), world.issuer_ref)
    ages = {NeedKind.DID: timedelta(hours=1), NeedKind.STATUS: timedelta(days=1)}
    named = NamedIssuer(frozenset({VCT}), frozenset({LIST_URL}), ages)
    return bundle.dump(
        world.presentation(world.credential(did=did, key_id=method["id"], identifier=did, x5c=())),
        {
            Need(NeedKind.DID, did): world.material(jcs.dumps(document)),
            Need(NeedKind.STATUS_LIST, LIST_URL, did): world.material(signed),
        },
        request=world.request,
        policy=replace(world.policy, rules=replace(world.rules, by_name={did: named})),
        now=NOW,
    )


def _with_another_name(world: World) -> bytes:
    """The holder writes another name into a disclosure, and signs the selection as it now is."""
    issued, *disclosures, _ = world.credential().decode().split("~")
    found = [decode(text) for text in disclosures]
    ((salt, name, _value),) = [one for one in found if one[1] == "family_name"]
    return bound("~".join([issued, encode([salt, name, "Ehrn"]), ""])).encode()


def _ldp_vp(world: World, presentation: bytes) -> bytes:
    accreditation = replace(world.accreditation, type_id=type_id(w3c.AGE_TYPE))
    need = Need(NeedKind.ACCREDITATION, w3c.AGE_TYPE, DID)
    have: dict[Need, Material | Unavailable] = {
        **world.have,
        need: world.material(accreditation.to_bytes()),
    }
    schemas = {w3c.AGE_TYPE: SCHEMA_DIGEST}
    return bundle.dump(
        presentation,
        have,
        request=Request(FormatId.LDP_VP, BINDING, frozenset({w3c.AGE_TYPE})),
        policy=replace(world.policy, schemas=schemas),
        now=NOW,
    )


def _w3c(world: World) -> bytes:
    """A presentation of a ClicAge credential of the world's issuer."""
    issuer = IssuerIdentity(DID, f"{DID}#delegate-2", IDENTIFIER)
    document = credential_document(
        issuer,
        {"ageOver18": True},
        credential_id="urn:uuid:0b8a3f0e-7a2c-4c1d-9f60-3d0f6f0a7b11",
        credential_type="ClicAge",
        more_contexts=[w3c.AGE_CONTEXT],
        holder=w3c.HOLDER,
        validity=world.validity,
        status_ref=world.status,
    )
    prepared = vc_di.prepare_credential(issuer, document, w3c.CONTEXTS, created=world.validity.valid_from)
    credential = world.signed(prepared, world.ed_ref)
    return w3c.presentation([credential], binding=BINDING, now=NOW)


def main() -> None:
    """Write every file."""
    FOLDER.mkdir(exist_ok=True)
    for name, saved in cases().items():
        path(name).write_bytes(saved.raw + b"\n")


if __name__ == "__main__":
    main()
