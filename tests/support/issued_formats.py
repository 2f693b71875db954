"""Copies in every format from an issuer with a chain, and what a verifier of ours decides of each."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import cbor2

from clicid.adapters import package_data
from clicid.codec import base64url, multicodec
from clicid.did.ethr import EthrRecord
from clicid.formats import mdoc, vc_di
from clicid.formats.base import Binding, FormatId, Material, Need, NeedKind, Rules, Unavailable
from clicid.formats.mdoc import transcript
from clicid.keys.store import KeyRef
from clicid.ledger.facts import Accreditation, StatusSnapshot
from clicid.status.rows import list_id
from clicid.trust.accreditation import type_id
from clicid.trust.iaca import Authority
from clicid.verification import (
    Policy,
    Request,
    SignedLists,
    check,
    check_credential,
    checkers,
)
from tests.support.issuer_clients import Person, Wallet
from tests.support.issuer_config import ADDRESS, DID, IDENTIFIER
from tests.support.issuer_mdoc import root
from tests.support.world import attribute

if TYPE_CHECKING:
    from clicid.formats.base import Have
    from clicid.verification import Ending
    from tests.support.issuer_world import World
    from tests.support.memory_keystore import MemoryKeyStore

IDENTITY = f"{package_data.EXAMPLE}/identity/v1"
AGE = f"{package_data.EXAMPLE}/age/v1"
CONFIGURATIONS = (
    *("ClicIdentity_sdjwt", "ClicIdentity_mdoc", "ClicIdentity_ldp"),
    *("ClicAge_sdjwt", "ClicAge_mdoc", "ClicAge_ldp", "ClicAge_jwt"),
)
SESSION = transcript.openid4vp("x509_hash:abc", "n", "https://verifier.example/r", None)
READING = checkers(
    package_data.contexts(), shipped=package_data.shipped(), documents=package_data.document_types()
)
BINDING = Binding("x509_hash:abc", "n", transcript=SESSION)


class Holder:
    """A wallet, and the key of each copy that it got."""

    def __init__(self, world: World, *configurations: str) -> None:
        self.world = world
        person = Person(world).approved()
        self.person_id = person.person_id()
        self.wallet = Wallet(world, person.offer(configurations=list(configurations))["credential_offer"])
        assert self.wallet.redeem().status_code == 200

    def get(self, configuration: str) -> Any:
        answer = self.wallet.credential(configuration, key=configuration)
        assert answer.status_code == 200, answer.text
        (one,) = answer.json()["credentials"]
        return one["credential"]

    @property
    def keys(self) -> MemoryKeyStore:
        return self.wallet.keys

    def shown(self, configuration: str, raw: bytes, *elements: tuple[str, str]) -> bytes:
        """A DeviceResponse with these elements."""
        prepared = mdoc.prepare_presentation(raw, elements, SESSION)
        (operation,) = prepared.to_be_signed
        ref = self.keys.find(configuration)
        assert ref is not None
        return prepared.complete([self.keys.sign(ref, operation.message, operation.alg)])


def issuer_signed(text: str) -> Any:
    return cbor2.loads(base64url.decode(text))


def security(text: str) -> Any:
    """The mobile security object, as others read it."""
    payload: Any = cbor2.loads(issuer_signed(text)["issuerAuth"][2])
    return cbor2.loads(payload.value)


def material(world: World, body: bytes) -> Material:
    now = world.clock()
    return Material(body, now, now - timedelta(minutes=1), "chain 1 block 100")


def policy(der: bytes, *types: str) -> Policy:
    """What a verifier holds: the root, and that the DID issues under it."""
    rules = Rules(
        issuers=None,
        max_age=dict.fromkeys(NeedKind, timedelta(hours=1)),
        leeway=timedelta(seconds=30),
        key_binding_max_age=timedelta(minutes=5),
        allow_test=True,
        authorities={Authority.load(der): DID},
    )
    return Policy("test", rules, dict.fromkeys(types, bytes(32)), SignedLists.IGNORED, "00" * 32)


def have(world: World, text: str, *types: str, ca_digest: bytes | None = None) -> Have:
    """What stands on chain: the accreditations, and the list that the document names."""
    entry = security(text)["status"]["status_list"]
    snapshot = StatusSnapshot(list_id(ADDRESS, entry["uri"]), 1, 2, 131_072, bytes(32_768))
    listed = {Need(NeedKind.STATUS, entry["uri"], DID): material(world, snapshot.to_bytes())}
    return {**listed, **on_chain(world, types, ca_digest=ca_digest)}


def on_chain(
    world: World, types: tuple[str, ...], *, ca_digest: bytes | None = None
) -> dict[Need, Material | Unavailable]:
    """The issuer's accreditations."""
    now, found = int(world.clock().timestamp()), dict[Need, Material | Unavailable]()
    for uri in types:
        right = Accreditation(
            did=DID,
            type_id=type_id(uri),
            schema_digest=bytes(32),
            valid_from=now - 86_400,
            valid_until=now + 86_400 * 600,
            withdrawn_at=None,
            keeps_anchored=False,
            identifier=IDENTIFIER,
            ca_digest=ca_digest or Authority.load(root()).key_digest,
        )
        found[Need(NeedKind.ACCREDITATION, uri, DID)] = material(world, right.to_bytes())
    return found


def decided(world: World, text: str, raw: bytes, doctype: str, **changes: Any) -> Ending:
    """What a verifier of ours decides of a response."""
    ending = check(
        raw,
        changes.get("have", have(world, text, doctype)),
        request=Request(FormatId.DEVICE_RESPONSE, BINDING, frozenset({doctype})),
        policy=changes.get("policy", policy(root(), doctype)),
        checkers=READING,
        now=changes.get("now", world.clock()),
    )
    assert not hasattr(ending, "needs"), ending
    return ending


def at_rest(world: World, credential: Any, *, ca_digest: bytes | None = None) -> Ending:
    """How a check of a credential by itself ends."""
    if isinstance(credential, dict):
        form, raw = FormatId.LDP_VC, vc_di.whole(json.dumps(credential).encode(), package_data.contexts())
    elif "~" in credential:
        form, raw = FormatId.SD_JWT_VC, credential.encode()
    elif "." in credential:
        form, raw = FormatId.JWT_VC, credential.encode()
    else:
        form, raw = FormatId.MDOC, base64url.decode(credential)
    found = {
        **on_chain(world, (IDENTITY, AGE), ca_digest=ca_digest),
        **{
            Need(NeedKind.STATUS, f"{IDENTIFIER}/status/{name}", DID): material(
                world,
                StatusSnapshot(
                    list_id(ADDRESS, f"{IDENTIFIER}/status/{name}"), 1, 2, 131_072, bytes(32_768)
                ).to_bytes(),
            )
            for name in ("a", "b")
        },
        Need(NeedKind.DID, DID): material(world, did_record(world).to_bytes()),
    }
    ending = check_credential(
        raw,
        found,
        format=form,
        policy=policy(root(), IDENTITY, AGE),
        checkers=READING,
        now=world.clock(),
    )
    assert not hasattr(ending, "needs"), ending
    return ending


def did_record(world: World) -> EthrRecord:
    """The issuer's DID on chain, with both credential keys."""
    now, record = world.clock(), EthrRecord(DID, ADDRESS)
    for name in ("data-integrity", "sd-jwt"):
        key = world.ground.keystore.public(KeyRef(name))
        value = multicodec.encode(key.algorithm.multicodec, key.raw)
        record = attribute(record, value, valid_to=now + timedelta(days=9), at=now - timedelta(days=9))
    return record
