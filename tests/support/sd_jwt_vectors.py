"""Writes the hostile vectors of `tests/vectors/sd_jwt_vc`. Run: ``python -m tests.support.sd_jwt_vectors``.

The files are what the tests read; this program shows how each came to be, and makes them anew when the
good token itself has to change.
"""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from clicid.codec import base64url
from clicid.formats.base import Binding, NeedKind
from clicid.securing.sd_jwt.disclosure import digest_of
from tests.support.world import AUDIENCE, BINDING, NONCE, NOW, SCHEMA_DIGEST, VCT, Dice, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FOLDER = Path(__file__).resolve().parents[1] / "vectors" / "sd_jwt_vc"

Edit: TypeAlias = "Callable[[dict[str, Any], dict[str, Any], list[str]], None]"
Case: TypeAlias = tuple[str, str, str, str]
"""Name, what it is, presentation, expected code."""


def encode(value: Any) -> str:
    """JSON in base64url."""
    return base64url.encode(json.dumps(value, ensure_ascii=False).encode())


def decode(text: str) -> Any:
    """The reverse."""
    return json.loads(base64url.decode(text))


def token(world: World, head: str, body: str, name: str) -> str:
    """A JWS over two encoded parts by one of the world's P-256 keys."""
    ref = world.keys.find(name)
    assert ref is not None
    return f"{head}.{body}." + base64url.encode(world.keys.sign(ref, f"{head}.{body}".encode(), "P-256"))


def reissued(edit: Edit, **how: Any) -> str:
    """The good credential, its header, payload and disclosures edited, and signed again.

    How: `signer` (name of the key), `raw` (edits the payload's JSON text).
    """
    world = World()
    signed, *shown, _ = world.credential().decode().split("~")
    head, body = (decode(part) for part in signed.split(".")[:2])
    edit(head, body, shown)
    text = json.dumps(body, ensure_ascii=False)
    text = how.get("raw", lambda same: same)(text)
    again = token(world, encode(head), base64url.encode(text.encode()), how.get("signer", "issuer"))
    return "~".join([again, *shown, ""])


def bound(selection: str, **changes: Any) -> str:
    """A selection with a holder's proof. Changes: members of the payload, `typ`, `signer`; None removes."""
    typ, signer = changes.pop("typ", "kb+jwt"), changes.pop("signer", "holder")
    members = {
        "iat": int(NOW.timestamp()),
        "aud": AUDIENCE,
        "nonce": NONCE,
        "sd_hash": digest_of(selection),
    } | changes
    kept = {name: value for name, value in members.items() if value is not None}
    return selection + token(World(), encode({"typ": typ, "alg": "ES256"}), encode(kept), signer)


def nothing(*_: object) -> None:
    """The edit that changes nothing."""


def header(**members: Any) -> Edit:
    """Sets members of the header; None removes."""
    return lambda parts, _payload, _shown: _set(parts, members)


def payload(**members: Any) -> Edit:
    """Sets members of the payload; None removes."""
    return lambda _header, parts, _shown: _set(parts, members)


def _set(parts: dict[str, Any], members: dict[str, Any]) -> None:
    parts |= members
    for name in [name for name, value in members.items() if value is None]:
        del parts[name]


def disclosed(name: str, value: Any) -> str:
    """A disclosure with a fixed salt."""
    return encode([base64url.encode(Dice(name)(16)), name, value])


def parts() -> tuple[str, list[str], str]:
    """The good presentation: the issuer's JWS, the disclosures shown, the holder's proof."""
    signed, *shown, proof = World().presentation().decode().split("~")
    return signed, shown, proof


def binding_cases() -> Iterator[Case]:
    """Who it was made for, by whom, when."""
    good = World().presentation().decode()
    selection = good[: good.rindex("~") + 1]
    yield "good", "Everything as it should be", good, ""
    replayed = World().presentation(binding=Binding(AUDIENCE, "another-nonce-another")).decode()
    yield "replayed_nonce", "Made in answer to an earlier request", replayed, "holder.nonce"
    other = World().presentation(binding=Binding("x509_san_dns:other.example", NONCE)).decode()
    yield "other_audience", "Made for another verifier", other, "holder.audience"
    yield "no_key_binding", "The holder's proof was cut off", selection, "holder.binding_missing"
    stranger = bound(selection, signer="other")
    yield "other_wallets_key", "The proof is by another wallet", stranger, "holder.signature"
    yield "proof_of_other_selection", "A claim was added after the proof", _added(good), "holder.selection"
    yield "proof_hash_missing", "The proof names no selection", bound(selection, sd_hash=None), "codec.shape"
    stale = World().presentation(at=NOW - timedelta(hours=1)).decode()
    yield "old_proof", "The proof was made an hour ago", stale, "holder.proof_time"
    early = World().presentation(at=NOW + timedelta(hours=1)).decode()
    yield "proof_from_the_future", "The proof is dated in an hour", early, "holder.proof_time"
    yield "proof_typ", "The proof is a token of another type", bound(selection, typ="JWT"), "securing.jws_typ"
    yield "audience_list", "aud is a list that holds us too", bound(selection, aud=[AUDIENCE]), "codec.shape"
    unbound = bound(reissued(payload(cnf=None)))
    yield "no_cnf", "The credential is bound to no key", unbound, "holder.binding_missing"
    private = bound(reissued(payload(cnf={"jwk": {"kty": "EC", "crv": "P-256", "d": "AAAA"}})))
    yield "private_cnf", "cnf holds a private key", private, "keys.format"


def issuer_cases() -> Iterator[Case]:
    """The issuer's part: name, key, signature, times."""
    kid = World().issuer.key_id
    now = int(NOW.timestamp())
    leaf = base64.b64encode(World().x5c[0]).decode()
    for name, what, edit, code in (
        ("alg_none", "The header says none", header(alg="none"), "keys.algorithm"),
        ("alg_hs256", "The header says HS256", header(alg="HS256"), "keys.algorithm"),
        ("alg_rs256", "The header says RS256", header(alg="RS256"), "keys.algorithm"),
        ("alg_of_another_key", "EdDSA, but the key is on P-256", header(alg="EdDSA"), "keys.algorithm"),
        ("old_typ", "The former token type", header(typ="vc+sd-jwt"), "securing.jws_typ"),
        ("critical_extension", "An unknown critical extension", header(crit=["x"], x=1), "securing.jws"),
        (
            "no_kid",
            "No key is named, and nobody trusts the authority of x5c",
            header(kid=None),
            "issuer.unknown",
        ),
        ("unknown_kid", "A key the issuer never had", header(kid=f"{kid}9"), "issuer.key_unknown"),
        ("x5c_broken", "x5c holds no certificate", header(x5c=["AAAA", "AAAA"]), "issuer.certificate"),
        ("x5c_url_alphabet", "x5c is base64url", header(x5c=["-_-_"]), "sd_jwt.structure"),
        ("x5c_loose_bits", "x5c has loose bits", header(x5c=["AAB="]), "sd_jwt.structure"),
        ("x5c_without_authority", "x5c is the leaf alone", header(x5c=[leaf]), "issuer.certificate"),
        ("other_iss", "iss is another's name", payload(iss="https://bank.example"), "issuer.identifier"),
        (
            "other_type",
            "A type not accredited",
            payload(vct="https://royal.example"),
            "issuer.not_accredited",
        ),
        ("expired", "Expired yesterday", payload(exp=now - 86_400), "validity.expired"),
        ("not_yet", "Valid from tomorrow", payload(nbf=now + 86_400), "validity.not_yet"),
        ("issued_tomorrow", "Issued tomorrow", payload(iat=now + 86_400), "validity.not_yet"),
        ("expires_with_time_itself", "Expires in the last second there is", payload(exp=253_402_300_799), ""),
        ("exp_text", "exp is a string", payload(exp="2030"), "codec.time"),
    ):
        yield name, what, bound(reissued(edit)), code
    stranger = bound(reissued(header(kid=kid.replace("0x1:", "0x2:")), signer="other"))
    yield "stranger", "Signed by a stranger in his own name", stranger, "issuer.not_accredited"
    other = bound(reissued(nothing, signer="other"))
    yield "other_signer", "Another key signed", other, "issuer.signature"
    twice = bound(reissued(nothing, raw=lambda text: text[:-1] + ', "exp": 4102444800}'))
    yield "duplicate_keys", "A member stands twice in the payload", twice, "codec.json"


def text_cases() -> Iterator[Case]:
    """The token's text."""
    signed, shown, proof = parts()
    head, body, signature = signed.split(".")
    raw = base64url.decode(signature)
    flipped = base64url.encode(bytes([raw[0] ^ 1]) + raw[1:])
    for name, what, text, code in (
        (
            "altered_payload",
            "A byte of the payload changed",
            f"{head}.{_altered(body, b':5,', b':4,')}.{signature}",
            "issuer.signature",
        ),
        (
            "altered_signature",
            "A bit of the signature changed",
            f"{head}.{body}.{flipped}",
            "issuer.signature",
        ),
        (
            "loose_bits",
            "The signature's last character has loose bits",
            f"{head}.{body}.{_loose(signature)}",
            "codec.base64url",
        ),
        ("padding", "The signature is padded", f"{signed}=", "codec.base64url"),
        ("two_parts", "The signature is missing", f"{head}.{body}", "securing.jws"),
    ):
        yield name, what, bound("~".join([text, *shown, ""])), code
    yield "empty_part", "An empty disclosure", bound("~".join([signed, "", *shown, ""])), "codec.json"
    yield "no_tilde", "A JWT alone", signed, "sd_jwt.structure"
    yield "proof_only", "A holder's proof alone", proof, "sd_jwt.structure"
    yield "not_ascii", "Letters outside ASCII", "~".join([signed, *shown, proof]) + "å", "sd_jwt.structure"


def disclosure_cases() -> Iterator[Case]:
    """Digests and disclosures."""
    signed, shown, _ = parts()
    for name, what, items, code in (
        ("duplicate_disclosure", "A disclosure stands twice", [shown[0], *shown], "sd_jwt.digest_duplicate"),
        (
            "unused_disclosure",
            "A disclosure of the holder's own making",
            [*shown, disclosed("age_over_65", value=True)],
            "sd_jwt.disclosure_unused",
        ),
    ):
        yield name, what, bound("~".join([signed, *items, ""])), code
    for name, what, edit, code in (
        ("duplicate_digest", "A digest stands twice", _repeat_digest, "sd_jwt.digest_duplicate"),
        ("hidden_sd", "A disclosure named _sd", _hidden(disclosed("_sd", [])), "sd_jwt.claim_name"),
        ("hidden_ellipsis", "A disclosure named ...", _hidden(disclosed("...", "x")), "sd_jwt.claim_name"),
        (
            "hidden_sd_alg",
            "A disclosure named _sd_alg",
            _hidden(disclosed("_sd_alg", "x")),
            "sd_jwt.claim_name",
        ),
        ("hidden_status", "The status is hidden", _hide_status, "sd_jwt.not_selective"),
        (
            "taken_name",
            "A disclosure takes an open claim's name",
            payload(age_over_18=False),
            "sd_jwt.claim_name",
        ),
        ("open_ellipsis", "An open claim named ...", payload(x={"...": "y"}), "sd_jwt.claim_name"),
        ("element_for_member", "An element for a member", _hidden(encode(["c2E", 1])), "sd_jwt.disclosure"),
        ("short_disclosure", "A disclosure of one element", _hidden(encode(["c2E"])), "sd_jwt.disclosure"),
        (
            "number_for_name",
            "A disclosure's name is a number",
            _hidden(encode(["c2E", 1, 2])),
            "sd_jwt.disclosure",
        ),
        ("sd_text", "_sd is a string", payload(_sd="x"), "sd_jwt.digest"),
        ("sd_number", "A digest is a number", payload(_sd=[1]), "sd_jwt.digest"),
        ("sd_alg", "Digests by another algorithm", payload(_sd_alg="sha-512"), "sd_jwt.digest_alg"),
    ):
        yield name, what, bound(reissued(edit)), code


def status_cases() -> Iterator[Case]:
    """What is asked of the status list, and of the kind of credential."""
    entry = {"idx": 5, "uri": World().status.list_url}
    for name, what, edit, code in (
        (
            "status_index",
            "Outside the list",
            payload(status={"status_list": entry | {"idx": 16}}),
            "status.index",
        ),
        ("status_negative", "Negative", payload(status={"status_list": entry | {"idx": -1}}), "codec.shape"),
        ("status_unknown_kind", "An unknown status mechanism", payload(status={"oracle": {}}), "codec.shape"),
        ("status_missing", "No status entry", payload(status=None), "status.missing"),
        (
            "other_list",
            "A list that was never anchored",
            payload(status={"status_list": entry | {"uri": "x"}}),
            "?",
        ),
        (
            "test_credential",
            "A sandbox's credential",
            payload(test_credential=True),
            "policy.test_credential",
        ),
    ):
        yield name, what, bound(reissued(edit)), code.replace("?", "status.unanchored")


def hostile() -> Iterator[Case]:
    """All of them."""
    for cases in (binding_cases, issuer_cases, text_cases, disclosure_cases, status_cases):
        yield from cases()


def _altered(text: str, old: bytes, new: bytes) -> str:
    raw = base64url.decode(text)
    assert old in raw
    return base64url.encode(raw.replace(old, new, 1))


def _loose(text: str) -> str:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return text[:-1] + alphabet[alphabet.index(text[-1]) + 1]


def _added(presentation: str) -> str:
    full = World().credential().decode().split("~")
    parts = presentation.split("~")
    extra = next(item for item in full[1:-1] if item not in parts)
    return "~".join([*parts[:-1], extra, parts[-1]])


def _hidden(item: str) -> Edit:
    def edit(_header: dict[str, Any], body: dict[str, Any], shown: list[str]) -> None:
        body["_sd"].append(digest_of(item))
        shown.append(item)

    return edit


def _hide_status(_header: dict[str, Any], body: dict[str, Any], shown: list[str]) -> None:
    item = disclosed("status", body.pop("status"))
    _hidden(item)({}, body, shown)


def _repeat_digest(_header: dict[str, Any], body: dict[str, Any], _shown: list[str]) -> None:
    body["_sd"].append(body["_sd"][0])


def main() -> None:
    """Write the world and the vectors."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.json"):
        old.unlink()
    world = World()
    materials = [
        {
            "kind": need.kind,
            "uri": need.uri,
            "subject": need.subject,
            "as_of": int(found.as_of.timestamp()),
            "body": base64.b64encode(found.body).decode(),
        }
        for need, found in world.have.items()
        if not hasattr(found, "why")
    ]
    assert {item["kind"] for item in materials} == {
        NeedKind.ACCREDITATION,
        NeedKind.DID,
        NeedKind.STATUS,
    }
    setting = {
        "now": int(NOW.timestamp()),
        "audience": BINDING.audience,
        "nonce": BINDING.nonce,
        "credential_type": VCT,
        "schema_digest": SCHEMA_DIGEST.hex(),
        "materials": materials,
    }
    _write("_setting", setting)
    for name, what, presentation, code in hostile():
        _write(name, {"what": what, "code": code, "presentation": presentation})


def _write(name: str, value: object) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=1)
    (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
