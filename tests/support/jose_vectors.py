"""Writes the hostile vectors of `tests/vectors/vc_jose`. Run: ``python -m tests.support.jose_vectors``.

The files are what the tests read; this program shows how each came to be, and makes them anew when the
good documents themselves have to change.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from clicid.codec import base64url, cbor, strict_json
from clicid.codec.cbor import Tagged
from clicid.formats.base import Binding, FormatId
from clicid.formats.vc_jose import prepare_sd_jwt_selection
from clicid.keys import cose_key
from clicid.keys.algorithms import ED25519, P256
from clicid.securing import cose
from tests.support import jose, w3c

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FOLDER = Path(__file__).resolve().parents[1] / "vectors" / "vc_jose"

Case: TypeAlias = tuple[str, str, bytes, str]
"""Name, what it is, the bytes, expected code."""
Edit: TypeAlias = "Callable[[dict[str, Any], dict[str, Any]], None]"

NOW = int(w3c.NOW.timestamp())
OTHER = w3c.did(w3c.OTHER_REF)
HOLDER_JWK = w3c.STORE.public(w3c.HOLDER_REF).to_jwk()
MEMBERS = [["credentialSubject", "ageOver18"]]


def decode(part: str) -> dict[str, Any]:
    """A part of a JWS."""
    found: dict[str, Any] = json.loads(base64url.decode(part))
    return found


def changed(parts: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """With members replaced; None removes."""
    return {name: value for name, value in {**parts, **changes}.items() if value is not None}


def again(
    raw: bytes, *, header: Any = None, payload: Any = None, ref: Any = w3c.ISSUER_REF, alg: str = ED25519
) -> bytes:
    """A JWS, or the one an SD-JWT begins with, edited and signed again."""
    signed, tilde, rest = raw.decode().partition("~")
    head, body = (decode(part) for part in signed.split(".")[:2])
    edited = jose.jwt(changed(head, header or {}), changed(body, payload or {}), ref, alg)
    return edited + (tilde + rest).encode()


def edit_jwt(raw: bytes, edit: Callable[[list[str]], None]) -> bytes:
    """The three parts as texts, edited, the signature left as it is."""
    parts = raw.decode().split(".")
    edit(parts)
    return ".".join(parts).encode()


def header_cases(good: bytes, ref: Any, where: str) -> Iterator[Case]:
    """What any JOSE header can be wrong in; `where` is the line that refuses an unknown key."""
    for name, what, header, code in (
        ("alg_none", "The header says none", {"alg": "none"}, "keys.algorithm"),
        ("alg_hs256", "The header says HS256", {"alg": "HS256"}, "keys.algorithm"),
        ("alg_missing", "No algorithm", {"alg": None}, "codec.shape"),
        ("alg_of_another_key", "ES256, but the key is Ed25519", {"alg": "ES256"}, "keys.algorithm"),
        ("typ_missing", "No type", {"typ": None}, "securing.jws_typ"),
        ("typ_jwt", "A token of any kind", {"typ": "JWT"}, "securing.jws_typ"),
        ("typ_former", "The type of a draft", {"typ": "vc+ld+json+jwt"}, "securing.jws_typ"),
        (
            "typ_as_media_type",
            "The type with application/",
            {"typ": "application/vc+jwt"},
            "securing.jws_typ",
        ),
        ("cty_of_something_else", "Another content type", {"cty": "JWT"}, "vc_jose.content_type"),
        ("cty_no_text", "A content type that is no text", {"cty": ["vc"]}, "vc_jose.content_type"),
        (
            "critical_extension",
            "An unknown critical extension",
            {"crit": ["b64"], "b64": False},
            "securing.jws",
        ),
        ("kid_missing", "No key is named", {"kid": None}, "codec.shape"),
        ("kid_is_fragment", "A key id that is no DID URL", {"kid": "#key-1"}, where),
        ("kid_of_nobody", "A key the DID does not have", {"kid": w3c.did(ref) + "#key-9"}, where),
        ("header_iss_differs", "The header names another issuer", {"iss": OTHER}, "vc_jose.claims"),
    ):
        yield name, what, again(good, header=header, ref=ref), code


def vc_jwt_cases() -> Iterator[Case]:
    """`vc+jwt`."""
    good = jose.credential(expires=w3c.NOW + timedelta(days=30), holder=w3c.HOLDER_KEY)
    yield "good", "Everything as it should be", good, ""
    yield "good_cty_as_media_type", "cty with application/", again(good, header={"cty": "application/vc"}), ""
    yield "good_without_cty", "cty is optional", again(good, header={"cty": None}), ""
    issuer = w3c.ISSUER.did
    agreeing = {"iss": issuer, "sub": w3c.HOLDER, "jti": jose.unsigned()["id"], "nbf": NOW}
    yield (
        "good_with_claims",
        "Claims that say the same",
        again(good, payload=agreeing, header={"iss": issuer}),
        "",
    )
    differing = again(good, payload={"iss": issuer}, header={"iss": OTHER})
    yield "iss_in_header_differs", "iss in the header and another in the payload", differing, "vc_jose.claims"
    yield "good_unknown_header", "A header nobody knows is ignored", again(good, header={"x": [1]}), ""
    yield from header_cases(good, w3c.ISSUER_REF, "issuer.key_unknown")
    yield from payload_cases(good)
    other = again(good, header={"kid": w3c.key_id(w3c.OTHER_REF)}, ref=w3c.OTHER_REF)
    yield "kid_of_another_did", "Signed by a key of another DID", other, "issuer.key_unknown"
    stranger = again(other, payload={"issuer": OTHER})
    yield (
        "stranger",
        "A stranger's own credential",
        again(stranger, ref=w3c.OTHER_REF),
        "issuer.not_accredited",
    )
    yield (
        "other_signer",
        "In the issuer's name by another",
        again(good, ref=w3c.OTHER_REF),
        "issuer.signature",
    )
    yield "hmac_with_public_key", "HMAC over the public key, alg EdDSA", _hmac(good), "issuer.signature"
    yield "signature_empty", "No signature", edit_jwt(good, _replace(2, "")), "issuer.signature"
    yield "signature_zero", "A signature of zeros", edit_jwt(good, _replace(2, "A" * 86)), "issuer.signature"
    yield (
        "payload_altered",
        "A claim was changed after signing",
        edit_jwt(good, _alter),
        "issuer.signature",
    )
    yield "trailing_part", "A fourth part", good + b".AA", "securing.jws"
    yield "trailing_blank", "A line end after it", good + b"\n", "codec.base64url"
    yield "trailing_tilde", "An SD-JWT's end", good + b"~", "codec.base64url"
    yield "presentation_instead", "A vp+jwt where a vc+jwt is wanted", jose.presentation(), "securing.jws_typ"
    yield "json_serialisation", "The JSON form of a JWS", b'{"payload":"e30"}', "securing.jws"
    double = base64url.decode(good.decode().split(".")[1]).replace(b'"issuer"', b'"issuer":"x","issuer"', 1)
    yield (
        "member_twice",
        "issuer stands twice",
        jose.jwt(decode(good.decode().split(".")[0]), double),
        "codec.json",
    )


def payload_cases(good: bytes) -> Iterator[Case]:
    """What the claims and the document can be wrong in."""
    for name, what, payload, code in (
        ("claim_vc", "The vc claim of the earlier version", {"vc": {}}, "vc_jose.claims"),
        ("claim_vp", "A vp claim", {"vp": {}}, "vc_jose.claims"),
        ("iss_differs", "iss is not the issuer", {"iss": OTHER}, "vc_jose.claims"),
        ("iss_no_text", "iss is an object", {"iss": {"id": w3c.ISSUER.did}}, "codec.shape"),
        ("sub_differs", "sub is not the subject", {"sub": OTHER}, "vc_jose.claims"),
        ("jti_differs", "jti is not the id", {"jti": "urn:uuid:other"}, "vc_jose.claims"),
        ("aud", "A credential for one audience", {"aud": w3c.BINDING.audience}, "vc_jose.claims"),
        ("proof_inside", "A proof inside the envelope", {"proof": {"type": "X"}}, "vc_jose.claims"),
        ("exp_past", "The signature expired", {"exp": NOW - 86_400}, "validity.expired"),
        ("exp_text", "exp is a text", {"exp": "2030-01-01T00:00:00Z"}, "codec.time"),
        ("nbf_future", "The signature is not valid yet", {"nbf": NOW + 86_400}, "validity.not_yet"),
        ("iat_future", "Signed tomorrow", {"iat": NOW + 86_400}, "validity.not_yet"),
        ("iat_stamp", "iat is a dateTimeStamp", {"iat": "2010-01-01T19:23:24Z"}, "codec.time"),
        ("valid_until_past", "The credential expired", {"validUntil": "2026-11-22T11:00:00Z"}, "vc.validity"),
        (
            "valid_from_future",
            "Valid from tomorrow",
            {"validFrom": "2026-11-23T12:00:00Z"},
            "validity.not_yet",
        ),
        ("no_context", "No context", {"@context": None}, "vc.context"),
        (
            "context_unknown",
            "A context that does not ship",
            {"@context": _contexts("https://x.example")},
            "rdf.context_unknown",
        ),
        (
            "context_1_1",
            "The earlier data model",
            {"@context": _contexts(first="https://www.w3.org/2018/credentials/v1")},
            "vc.context",
        ),
        ("no_type", "No type", {"type": None}, "vc.type"),
        ("only_base_type", "No type of its own", {"type": ["VerifiableCredential"]}, "vc.type"),
        (
            "unknown_type",
            "A type no context defines",
            {"type": ["VerifiableCredential", "Royal"]},
            "rdf.type",
        ),
        (
            "unknown_member",
            "A member no context defines",
            {"badExtension": {"huh": "what?"}},
            "codec.shape",
        ),
        (
            "unknown_claim",
            "A claim no context defines",
            {"credentialSubject": {"id": w3c.HOLDER, "king": True}},
            "rdf.term_unknown",
        ),
        ("no_issuer", "No issuer", {"issuer": None}, "vc.issuer"),
        (
            "issuer_is_web_address",
            "An issuer that is no DID",
            {"issuer": "https://issuer.example"},
            "did.syntax",
        ),
        ("no_subject", "No subject", {"credentialSubject": None}, "vc.subject"),
        ("cnf_without_jwk", "cnf of another kind", {"cnf": {"kid": "x"}}, "codec.shape"),
        (
            "cnf_private",
            "cnf holds a private key",
            {"cnf": {"jwk": {**HOLDER_JWK, "d": "AA"}}},
            "keys.format",
        ),
    ):
        changes = dict(payload)
        if name == "valid_until_past":
            changes["validFrom"] = "2026-11-23T00:00:00Z"
        yield name, what, again(good, payload=changes), code
    expired = again(good, payload={"validUntil": "2026-11-22T11:00:00Z"})
    yield "valid_until_reached", "The credential expired an hour ago", expired, "validity.expired"


def _contexts(*more: str, first: str = "https://www.w3.org/ns/credentials/v2") -> list[str]:
    return [first, w3c.AGE_CONTEXT, *more]


def _replace(index: int, text: str) -> Callable[[list[str]], None]:
    def edit(parts: list[str]) -> None:
        parts[index] = text

    return edit


def _alter(parts: list[str]) -> None:
    body = base64url.decode(parts[1]).replace(b'"ageOver18":true', b'"ageOver18":false')
    parts[1] = base64url.encode(body)


def _hmac(good: bytes) -> bytes:
    text = good.rpartition(b".")[0]
    tag = hmac.new(w3c.STORE.public(w3c.ISSUER_REF).raw, text, hashlib.sha512).digest()
    return text + b"." + base64url.encode(tag).encode()


def selected(credential: bytes, binding: Binding = w3c.BINDING, at: Any = w3c.NOW, ref: Any = None) -> bytes:
    """A `vc+sd-jwt` that shows one claim, with its key binding."""
    prepared = prepare_sd_jwt_selection(credential, MEMBERS, binding, at)
    return jose.signed(prepared, ref or w3c.HOLDER_REF)


def vc_sd_jwt_cases() -> Iterator[Case]:
    """`vc+sd-jwt`, presented with key binding."""
    whole = jose.credential(FormatId.VC_SD_JWT, holder=w3c.HOLDER_KEY)
    good = selected(whole)
    first, shown, proof = good.decode().split("~")
    yield "good", "Everything as it should be", good, ""
    nothing = jose.signed(prepare_sd_jwt_selection(whole, [], w3c.BINDING, w3c.NOW), w3c.HOLDER_REF)
    yield "good_nothing_shown", "Nothing disclosed", nothing, ""
    yield (
        "typ_of_sd_jwt_vc",
        "The type of SD-JWT VC",
        again(whole, header={"typ": "dc+sd-jwt"}),
        "securing.jws_typ",
    )
    yield "typ_of_vc_jwt", "The type of vc+jwt", again(whole, header={"typ": "vc+jwt"}), "securing.jws_typ"
    yield (
        "no_key_binding",
        "The holder's proof was cut off",
        f"{first}~{shown}~".encode(),
        "holder.binding_missing",
    )
    yield "other_holder", "The proof is by another", selected(whole, ref=w3c.OTHER_REF), "holder.signature"
    other = Binding(w3c.BINDING.audience, "another-nonce")
    yield "other_nonce", "An earlier request's answer", selected(whole, other), "holder.nonce"
    elsewhere = Binding("https://other.example", w3c.BINDING.nonce)
    yield "other_audience", "Made for another verifier", selected(whole, elsewhere), "holder.audience"
    yield (
        "old_proof",
        "Made an hour ago",
        selected(whole, at=w3c.NOW - timedelta(hours=1)),
        "holder.proof_time",
    )
    yield "selection_changed", "The claim was taken away", f"{first}~~{proof}".encode(), "codec.json"
    yield "claim_withheld", "The claim was taken away", f"{first}~{proof}".encode(), "holder.selection"
    salt, name, value = json.loads(base64url.decode(shown))
    altered = base64url.encode(json.dumps([salt, name, not value]).encode())
    yield (
        "disclosure_altered",
        "The value was changed",
        f"{first}~{altered}~{proof}".encode(),
        "sd_jwt.disclosure_unused",
    )
    yield (
        "disclosure_twice",
        "A disclosure stands twice",
        f"{first}~{shown}~{shown}~{proof}".encode(),
        "sd_jwt.digest_duplicate",
    )
    added = base64url.encode(json.dumps([salt, "ageOver21", True]).encode())
    yield (
        "disclosure_added",
        "A claim the issuer never signed",
        f"{first}~{shown}~{added}~{proof}".encode(),
        "sd_jwt.disclosure_unused",
    )
    yield from _signed_digest_cases(whole)


def _signed_digest_cases(whole: bytes) -> Iterator[Case]:
    """What an issuer might sign, or hide, and must not."""
    body = decode(whole.decode().split(".")[1])
    subject = body["credentialSubject"]
    digest = subject["_sd"][0]
    twice = again(whole, payload={"credentialSubject": {**subject, "_sd": [digest, digest]}})
    yield "digest_twice", "A digest stands twice in an object", twice, "sd_jwt.digest_duplicate"
    spread = again(whole, payload={"_sd": [digest]})
    yield "digest_in_two_places", "A digest stands in two objects", spread, "sd_jwt.digest_duplicate"
    yield (
        "sd_alg",
        "Digests of another hash",
        again(whole, payload={"_sd_alg": "sha-512"}),
        "sd_jwt.digest_alg",
    )
    for name, value in (("validUntil", "2027-11-22T00:00:00Z"), ("exp", NOW + 86_400), ("cnf", body["cnf"])):
        item = base64url.encode(json.dumps(["salt", name, value]).encode())
        hidden = base64url.encode(hashlib.sha256(item.encode()).digest())
        raw = again(whole, payload={name: None, "_sd": [hidden]}).rstrip(b"~") + f"~{item}~".encode()
        yield f"hidden_{name}", f"{name} is selectively disclosable", raw, "sd_jwt.not_selective"
    item = base64url.encode(json.dumps(["salt", "vc", {}]).encode())
    hidden = base64url.encode(hashlib.sha256(item.encode()).digest())
    raw = again(whole, payload={"_sd": [hidden]}).rstrip(b"~") + f"~{item}~".encode()
    yield "hidden_vc", "The vc claim in a disclosure", raw, "vc_jose.claims"
    unbound = again(whole, payload={"cnf": None})
    proof = selected(whole).rpartition(b"~")[2]
    yield "no_cnf", "Bound to no key", unbound + proof, "holder.binding_missing"


def resigned(
    raw: bytes, *, header: Any = None, payload: Any = None, unprotected: Any = None, **how: Any
) -> bytes:
    """A COSE_Sign1, edited and signed again."""
    message = cbor.loads(raw, tags=frozenset((cose.TAG,)))
    assert isinstance(message, Tagged)
    assert isinstance(message.value, list)
    protected, _, body, _ = message.value
    assert isinstance(protected, bytes)
    assert isinstance(body, bytes)
    head: Any = cbor.loads(protected)
    members = strict_json.loads(body)
    assert isinstance(members, dict)
    edited = strict_json.dumps(changed(members, payload)) if payload else body
    return jose.sign1(changed(head, header or {}), edited, unprotected=unprotected, **how)


def vc_cose_cases() -> Iterator[Case]:
    """`vc+cose`."""
    good = jose.credential(FormatId.VC_COSE, expires=w3c.NOW + timedelta(days=30), holder=w3c.HOLDER_KEY)
    yield "good", "Everything as it should be", good, ""
    kid = w3c.ISSUER.key_id.encode()
    outside = resigned(good, header={cose.KID: None}, unprotected={cose.KID: kid})
    yield "good_kid_unprotected", "The key id in the unprotected header", outside, ""
    yield "good_without_content_type", "The content type is optional", resigned(good, header={3: None}), ""
    yield (
        "good_claims_in_payload",
        "Claims in the payload",
        resigned(good, header={15: None}, payload={"iat": NOW, "iss": w3c.ISSUER.did}),
        "",
    )
    holder = cose_key.to_cose(w3c.HOLDER_KEY)
    for name, what, header, code in (
        ("no_typ", "No type", {16: None}, "securing.cose_typ"),
        ("typ_short", "A type without application/", {16: "vc+cose"}, "securing.cose_typ"),
        ("typ_of_presentation", "The type of vp+cose", {16: "application/vp+cose"}, "securing.cose_typ"),
        ("content_type", "Another content type", {3: "text/plain"}, "vc_jose.content_type"),
        ("content_type_short", "The content type as JOSE has it", {3: "vc"}, "vc_jose.content_type"),
        ("content_type_number", "A CoAP content format", {3: 50}, "vc_jose.content_type"),
        ("alg_es256", "ES256, but the key is Ed25519", {1: -7}, "keys.algorithm"),
        ("alg_hmac", "HMAC 256/256", {1: 5}, "keys.algorithm"),
        ("crit", "A critical extension", {2: [16]}, "securing.cose"),
        ("kid_missing", "No key is named", {4: None}, "codec.shape"),
        ("kid_not_utf8", "A key id that is no text", {4: b"\xff"}, "codec.shape"),
        ("kid_of_nobody", "A key the DID does not have", {4: kid + b"9"}, "issuer.key_unknown"),
        ("claims_no_map", "CWT claims that are no map", {15: [1]}, "vc_jose.claims"),
        ("iss_differs", "iss is not the issuer", {15: {1: OTHER}}, "vc_jose.claims"),
        ("iss_bytes", "iss is a byte string", {15: {1: b"x"}}, "vc_jose.claims"),
        ("sub_differs", "sub is not the subject", {15: {2: OTHER}}, "vc_jose.claims"),
        ("aud", "A credential for one audience", {15: {3: "x"}}, "vc_jose.claims"),
        ("exp_past", "The signature expired", {15: {4: NOW - 86_400}}, "validity.expired"),
        ("nbf_future", "Not valid yet", {15: {5: NOW + 86_400}}, "validity.not_yet"),
        ("iat_future", "Signed tomorrow", {15: {6: NOW + 86_400}}, "validity.not_yet"),
        ("exp_text", "exp is a text", {15: {4: "2030"}}, "codec.time"),
        ("exp_negative", "exp is before 1970", {15: {4: -1}}, "codec.time"),
        ("cnf_no_map", "cnf is no map", {15: {8: 1}}, "vc_jose.claims"),
        ("cnf_kid", "cnf names a key id", {15: {8: {3: b"x"}}}, "vc_jose.claims"),
        ("cnf_private", "cnf holds a private key", {15: {8: {1: {**holder, -4: b"d"}}}}, "keys.format"),
    ):
        yield name, what, resigned(good, header=header), code
    yield (
        "exp_in_both",
        "exp in payload and header",
        resigned(good, payload={"exp": NOW + 86_400}),
        "vc_jose.claims",
    )
    both = resigned(good, payload={"cnf": {"jwk": HOLDER_JWK}})
    yield "cnf_in_both", "cnf in payload and header", both, "vc_jose.claims"
    yield "claim_vc", "The vc claim in the payload", resigned(good, payload={"vc": {}}), "vc_jose.claims"
    yield (
        "iss_in_payload_differs",
        "iss in the payload",
        resigned(good, payload={"iss": OTHER}),
        "vc_jose.claims",
    )
    unprotected = resigned(good, header={1: None}, unprotected={1: -8})
    yield "alg_unprotected", "The algorithm in the unprotected header", unprotected, "securing.cose"
    yield (
        "other_signer",
        "In the issuer's name by another",
        resigned(good, ref=w3c.OTHER_REF),
        "issuer.signature",
    )
    yield (
        "payload_altered",
        "A claim was changed",
        good.replace(b"ageOver18", b"ageOver21"),
        "issuer.signature",
    )
    yield "trailing_byte", "A byte after it", good + b"\0", "codec.cbor"
    yield "no_tag", "Without the tag", good[1:], "securing.cose"
    yield "other_tag", "The tag of COSE_Sign", b"\xd8\x62" + good[1:], "codec.cbor"
    yield "cut_off", "The last byte is missing", good[:-1], "codec.cbor"
    yield "base64", "The base64 of it", base64.b64encode(good), "codec.cbor"
    yield "jwt_instead", "A vc+jwt", jose.credential(), "codec.cbor"
    yield (
        "payload_cbor",
        "The credential as a CBOR map",
        jose.sign1(cose_header(good), cbor.dumps({"type": "x"})),
        "codec.json",
    )


def cose_header(raw: bytes) -> bytes:
    """The encoded protected header of a COSE_Sign1."""
    message = cbor.loads(raw, tags=frozenset((cose.TAG,)))
    assert isinstance(message, Tagged)
    assert isinstance(message.value, list)
    assert isinstance(message.value[0], bytes)
    return message.value[0]


def vp_jwt_cases() -> Iterator[Case]:
    """`vp+jwt` with a `vc+jwt` inside."""
    good = jose.presentation()
    holder = w3c.HOLDER_REF
    yield "good", "Everything as it should be", good, ""
    bound = [
        (FormatId.VC_JWT, jose.credential(holder=w3c.HOLDER_KEY)),
        (FormatId.VC_SD_JWT, jose.credential(FormatId.VC_SD_JWT, holder=w3c.HOLDER_KEY)),
        (FormatId.VC_COSE, jose.credential(FormatId.VC_COSE, holder=w3c.HOLDER_KEY)),
    ]
    yield "good_three_formats", "One credential in each envelope", jose.presentation(bound), ""
    yield "good_without_holder", "The key says who", again(good, payload={"holder": None}, ref=holder), ""
    yield (
        "good_audience_list",
        "A list of one",
        again(good, payload={"aud": [w3c.BINDING.audience]}, ref=holder),
        "",
    )
    for name, what, raw, code in header_cases(good, holder, "did.key_unknown"):
        if not name.startswith("typ_as"):
            yield name, what, raw, code
    for name, what, payload, code in (
        ("claim_vp", "The vp claim of the earlier version", {"vp": {}}, "vc_jose.claims"),
        ("iss_differs", "iss is not the holder", {"iss": OTHER}, "vc_jose.claims"),
        ("sub_differs", "sub is not the holder", {"sub": OTHER}, "vc_jose.claims"),
        ("nonce_missing", "No nonce", {"nonce": None}, "holder.nonce"),
        ("nonce_other", "An earlier request's nonce", {"nonce": "other"}, "holder.nonce"),
        ("aud_missing", "For nobody", {"aud": None}, "holder.audience"),
        ("aud_other", "For another verifier", {"aud": "https://other.example"}, "holder.audience"),
        (
            "aud_several",
            "For us and another",
            {"aud": [w3c.BINDING.audience, "https://other.example"]},
            "holder.audience",
        ),
        ("iat_missing", "Made nobody knows when", {"iat": None}, "holder.proof_time"),
        ("iat_old", "Made an hour ago", {"iat": NOW - 3600}, "holder.proof_time"),
        ("iat_future", "Made in an hour", {"iat": NOW + 3600}, "holder.proof_time"),
        ("exp_past", "Expired", {"exp": NOW - 3600}, "holder.proof_time"),
        ("nbf_future", "Not valid yet", {"nbf": NOW + 3600}, "holder.proof_time"),
        ("member_unknown", "A member no presentation has", {"x": 1}, "codec.shape"),
        ("proof_inside", "A proof inside the envelope", {"proof": {"type": "X"}}, "codec.shape"),
        ("no_credential", "Nothing is presented", {"verifiableCredential": None}, "verification.empty"),
        (
            "credential_embedded",
            "A credential without an envelope",
            {"verifiableCredential": [{**jose.unsigned(), "proof": {"type": "X"}}]},
            "vc_jose.embedded",
        ),
        (
            "credential_self_asserted",
            "A credential by the holder, unsecured",
            {"verifiableCredential": [{**jose.unsigned(), "issuer": w3c.HOLDER}]},
            "vc_jose.embedded",
        ),
        (
            "envelope_of_ldp",
            "An envelope of a type that is none",
            {"verifiableCredential": [_envelope("data:application/vc,x")]},
            "vc.envelope",
        ),
        (
            "envelope_of_presentation",
            "A presentation in a presentation",
            {"verifiableCredential": [_envelope("data:application/vp+jwt," + good.decode())]},
            "vc.envelope",
        ),
        (
            "envelope_media_type_lies",
            "A vc+jwt said to be a vc+sd-jwt",
            {"verifiableCredential": [_envelope("data:application/vc+sd-jwt," + jose.credential().decode())]},
            "sd_jwt.structure",
        ),
        (
            "envelope_extra_member",
            "An envelope with a claim beside",
            {
                "verifiableCredential": [
                    {**_envelope("data:application/vc+jwt," + jose.credential().decode()), "ageOver18": True}
                ]
            },
            "vc.envelope",
        ),
        ("type_another", "A type of its own", {"type": ["VerifiablePresentation", "X"]}, "vc.type"),
    ):
        yield name, what, again(good, payload=payload, ref=holder), code
    yield (
        "signed_by_another",
        "In the holder's name by another",
        jose.presentation(signer=w3c.OTHER_REF),
        "holder.signature",
    )
    stolen = jose.presentation(ref=w3c.OTHER_REF)
    yield "stolen_credential", "Another's credential", stolen, "holder.key_mismatch"
    for form in (FormatId.VC_JWT, FormatId.VC_SD_JWT, FormatId.VC_COSE):
        items = [(form, jose.credential(form, holder=w3c.STORE.public(w3c.OTHER_REF)))]
        yield (
            f"cnf_of_another_{form}",
            "cnf holds another's key",
            jose.presentation(items),
            "holder.key_mismatch",
        )
    unnamed = jose.unsigned(credentialSubject={"ageOver18": True})
    bearer = [(FormatId.VC_JWT, jose.credential(document=unnamed))]
    yield "bearer", "A credential bound to nobody", jose.presentation(bearer), "holder.binding_missing"
    named = jose.unsigned(credentialSubject={"id": "did:example:123", "ageOver18": True})
    far = [(FormatId.VC_JWT, jose.credential(document=named))]
    yield (
        "subject_of_another_method",
        "A subject whose key nobody knows",
        jose.presentation(far),
        "did.method",
    )
    es256 = [(FormatId.VC_JWT, jose.credential(alg=P256))]
    yield (
        "issuer_not_accredited",
        "An issuer nobody accredited",
        jose.presentation(es256),
        "issuer.not_accredited",
    )
    broken = [(FormatId.VC_JWT, jose.credential()[:-4] + b"AAAA")]
    yield (
        "credential_altered",
        "The credential's signature is wrong",
        jose.presentation(broken),
        "issuer.signature",
    )


def _envelope(data: str) -> dict[str, Any]:
    return {
        "@context": "https://www.w3.org/ns/credentials/v2",
        "type": "EnvelopedVerifiableCredential",
        "id": data,
    }


FILES = {
    FormatId.VC_JWT: vc_jwt_cases,
    FormatId.VC_SD_JWT: vc_sd_jwt_cases,
    FormatId.VC_COSE: vc_cose_cases,
    FormatId.VP_JWT: vp_jwt_cases,
}


def main() -> None:
    """Write the files."""
    FOLDER.mkdir(exist_ok=True)
    for form, cases in FILES.items():
        rows = [
            {"name": name, "what": what, "code": code, **_written(raw)} for name, what, raw, code in cases()
        ]
        text = json.dumps(rows, ensure_ascii=False, indent=1)
        (FOLDER / f"{form.name.lower()}.json").write_text(text + "\n")


def _written(raw: bytes) -> dict[str, str]:
    return {"text": raw.decode()} if raw.isascii() else {"hex": raw.hex()}


if __name__ == "__main__":
    main()
