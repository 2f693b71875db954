"""Writes the hostile vectors of `tests/vectors/jwt_vc`. Run: ``python -m tests.support.jwt_vc_vectors``.

The files are what the tests read; this program shows how each came to be, and makes them anew when the
good documents themselves have to change.
"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clicid.formats.base import Binding, FormatId
from clicid.keys.algorithms import P256
from tests.support import jose, jwt_vc, w3c
from tests.support.jose_vectors import HOLDER_JWK, NOW, OTHER, again, changed, decode, edit_jwt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.jose_vectors import Case

FOLDER = Path(__file__).resolve().parents[1] / "vectors" / "jwt_vc"
OTHER_JWK = w3c.STORE.public(w3c.OTHER_REF).to_jwk()
V2 = "https://www.w3.org/ns/credentials/v2"
DAY = 86_400
EARLIEST = int(w3c.DAY.timestamp())


def inside(raw: bytes, name: str, changes: dict[str, Any], payload: Any = None, ref: Any = None) -> bytes:
    """With members of `vc` or `vp` replaced, and claims beside it; None removes. Rightly signed."""
    within = changed(decode(raw.decode().split(".")[1])[name], changes)
    return again(raw, payload={name: within, **(payload or {})}, ref=ref or w3c.ISSUER_REF)


def header_cases(good: bytes, ref: Any, where: str) -> Iterator[Case]:
    """What the header can be wrong in; `where` is the line that refuses an unknown key."""
    for name, what, header, code in (
        ("alg_none", "The header says none", {"alg": "none"}, "keys.algorithm"),
        ("alg_hs256", "The header says HS256", {"alg": "HS256"}, "keys.algorithm"),
        ("alg_of_another_key", "ES256, but the key is Ed25519", {"alg": "ES256"}, "keys.algorithm"),
        ("typ_missing", "No type", {"typ": None}, "securing.jws_typ"),
        ("typ_small", "Another spelling", {"typ": "jwt"}, "securing.jws_typ"),
        ("typ_vc_jwt", "The type of the other form", {"typ": "vc+jwt"}, "securing.jws_typ"),
        ("typ_vp_jwt", "The type of the other form's presentation", {"typ": "vp+jwt"}, "securing.jws_typ"),
        ("crit", "An unknown critical extension", {"crit": ["b64"], "b64": False}, "securing.jws"),
        ("kid_missing", "No key is named", {"kid": None}, "codec.shape"),
        ("kid_is_fragment", "A key id that is no DID URL", {"kid": "#key-1"}, where),
        ("kid_of_nobody", "A key the DID does not have", {"kid": w3c.did(ref) + "#key-9"}, where),
        ("header_iss_differs", "The header names another issuer", {"iss": OTHER}, "jwt_vc.claims"),
    ):
        yield name, what, again(good, header=header, ref=ref), code


def credential_cases() -> Iterator[Case]:
    """A credential at rest."""
    good = jwt_vc.credential()
    bare = {"id": None, "issuer": None, "issuanceDate": None, "expirationDate": None}
    subject = {"ageOver18": True}
    yield "good", "Everything as it should be", good, ""
    only_claims = inside(good, "vc", {**bare, "credentialSubject": subject})
    yield "good_claims_alone", "What has a claim stands in the claim alone", only_claims, ""
    said = inside(good, "vc", {"issuer": {"id": w3c.ISSUER.did}})
    yield "good_issuer_object", "The issuer is an object", said, ""
    yield "good_cnf", "Bound to a key besides", again(good, payload={"cnf": {"jwk": HOLDER_JWK}}), ""
    one = inside(good, "vc", {"credentialSubject": [{"id": w3c.HOLDER, **subject}]})
    yield "good_subject_in_array", "One subject, in an array", one, ""
    yield "good_unknown_claim", "A claim nobody knows is ignored", again(good, payload={"x": [1]}), ""
    yield from header_cases(good, w3c.ISSUER_REF, "issuer.key_unknown")
    yield from claim_cases(good)
    yield from member_cases(good)
    yield (
        "other_signer",
        "In the issuer's name by another",
        again(good, ref=w3c.OTHER_REF),
        "issuer.signature",
    )
    other = again(good, header={"kid": w3c.key_id(w3c.OTHER_REF)}, ref=w3c.OTHER_REF)
    yield "kid_of_another_did", "Signed by a key of another DID", other, "issuer.key_unknown"
    stranger = inside(other, "vc", {"issuer": OTHER}, {"iss": OTHER}, ref=w3c.OTHER_REF)
    yield "stranger", "A stranger's own credential", stranger, "issuer.not_accredited"
    yield "altered", "A claim was changed after signing", edit_jwt(good, _alter), "issuer.signature"
    yield "signature_empty", "No signature", edit_jwt(good, _unsigned), "issuer.signature"
    yield "trailing_tilde", "An SD-JWT's end", good + b"~", "codec.base64url"
    yield "presentation", "A presentation where a credential is wanted", jwt_vc.presentation(), "codec.shape"
    yield "enveloped", "The form of version 2.0", jose.credential(), "securing.jws_typ"
    payload = json.dumps(decode(good.decode().split(".")[1]))
    head = decode(good.decode().split(".")[0])
    twice = payload.replace('"vc":', '"vc": {}, "vc":', 1)
    yield "vc_twice", "vc stands twice", jose.jwt(head, twice.encode()), "codec.json"
    twice = payload.replace('"iss":', '"iss": "x", "iss":', 1)
    yield "iss_twice", "iss stands twice", jose.jwt(head, twice.encode()), "codec.json"


def claim_cases(good: bytes) -> Iterator[Case]:
    """What stands beside `vc`."""
    code = "jwt_vc.claims"
    for name, what, payload, found in (
        ("vc_missing", "No vc", {"vc": None}, "codec.shape"),
        ("vc_array", "vc is an array", {"vc": []}, "codec.shape"),
        ("vc_text", "vc is a credential of its own", {"vc": good.decode()}, "codec.shape"),
        ("iss_missing", "No iss", {"iss": None}, code),
        ("iss_differs", "issuer is not iss", {"iss": OTHER}, code),
        ("iss_object", "iss is an object", {"iss": {"id": w3c.ISSUER.did}}, "codec.shape"),
        ("sub_missing", "A subject with an id, and no sub", {"sub": None}, code),
        ("sub_differs", "The subject's id is not sub", {"sub": OTHER}, code),
        ("jti_missing", "An id, and no jti", {"jti": None}, code),
        ("jti_differs", "jti is not the id", {"jti": "urn:uuid:other"}, code),
        ("nbf_missing", "No nbf", {"nbf": None}, code),
        ("nbf_differs", "issuanceDate is not nbf", {"nbf": EARLIEST + 1}, code),
        ("nbf_text", "nbf is a text", {"nbf": "2026-11-22T00:00:00Z"}, "codec.time"),
        ("exp_missing", "An expirationDate, and no exp", {"exp": None}, code),
        ("exp_differs", "expirationDate is not exp", {"exp": NOW + DAY}, code),
        ("iat_future", "Signed tomorrow", {"iat": NOW + DAY}, "validity.not_yet"),
        ("aud", "A credential for one audience", {"aud": w3c.BINDING.audience}, code),
        ("vp_beside", "vp beside vc", {"vp": {}}, code),
        ("context_beside", "A context beside vc", {"@context": [V2]}, code),
        ("subject_beside", "A subject beside vc", {"credentialSubject": {"id": w3c.HOLDER}}, code),
        ("issuer_beside", "An issuer beside vc", {"issuer": w3c.ISSUER.did}, code),
        ("valid_until_beside", "An end beside vc", {"validUntil": "2030-01-01T00:00:00Z"}, code),
        ("cnf_kid", "cnf names a key id", {"cnf": {"kid": "x"}}, "codec.shape"),
        ("status_unknown", "A status of another kind", {"status": {"x": 1}}, "codec.shape"),
    ):
        yield name, what, again(good, payload=payload), found
    for name, what, begins, ends, found in (
        ("expired", "Expired", NOW - 3 * DAY, NOW - DAY, "validity.expired"),
        ("not_yet", "Not valid yet", NOW + DAY, NOW + 9 * DAY, "validity.not_yet"),
    ):
        payload = {"nbf": begins, "iat": EARLIEST, "exp": ends}
        none = {"issuanceDate": None, "expirationDate": None}
        yield name, what, inside(good, "vc", none, payload), found


def member_cases(good: bytes) -> Iterator[Case]:
    """What stands in `vc`."""
    subject = {"id": w3c.HOLDER, "ageOver18": True}
    v1 = "https://www.w3.org/2018/credentials/v1"
    for name, what, changes, code in (
        ("version_2", "vc of version 2.0", {"@context": [V2, w3c.AGE_CONTEXT]}, "vc.context"),
        ("no_context", "No context", {"@context": None}, "vc.context"),
        ("member_of_2", "A member of version 2.0", {"validUntil": "2026-11-23T00:00:00Z"}, "codec.shape"),
        ("proof_inside", "A proof inside", {"proof": {"type": "X"}}, "jwt_vc.claims"),
        ("two_subjects", "Two subjects", {"credentialSubject": [subject, subject]}, "vc.subject"),
        ("no_subject", "No subject", {"credentialSubject": None}, "vc.subject"),
        ("subject_text", "The subject is a text", {"credentialSubject": w3c.HOLDER}, "vc.subject"),
        (
            "subject_differs",
            "Another subject than sub",
            {"credentialSubject": {**subject, "id": OTHER}},
            "jwt_vc.claims",
        ),
        ("issuer_differs", "Another issuer than iss", {"issuer": OTHER}, "jwt_vc.claims"),
        ("issuer_object_differs", "Another issuer, as object", {"issuer": {"id": OTHER}}, "jwt_vc.claims"),
        ("issuer_nameless", "An issuer without id", {"issuer": {"name": "x"}}, "jwt_vc.claims"),
        ("date_number", "issuanceDate is a number", {"issuanceDate": EARLIEST}, "codec.shape"),
        ("undefined", "A member that no context defines", {"x": 1}, "codec.shape"),
        (
            "undefined_claim",
            "A claim that no context defines",
            {"credentialSubject": {**subject, "x": 1}},
            "rdf.term_unknown",
        ),
        ("terms_of_use", "Terms of use", {"termsOfUse": {"type": "urn:x"}}, "codec.shape"),
        (
            "status_inside",
            "A status of version 2.0",
            {"credentialStatus": {"id": "urn:x:1", "type": "BitstringStatusListEntry"}},
            "rdf.type",
        ),
        (
            "context_unknown",
            "A context nobody knows",
            {"@context": [v1, "https://x.example"]},
            "rdf.context_unknown",
        ),
        ("type_alone", "No type of its own", {"type": ["VerifiableCredential"]}, "vc.type"),
        (
            "type_twice",
            "Two types of its own",
            {"type": ["VerifiableCredential", "ClicAge", "urn:x:X"]},
            "vc.type",
        ),
        ("type_missing", "Not a VerifiableCredential", {"type": ["ClicAge"]}, "vc.type"),
        ("null", "A null", {"name": None, "description": [None]}, "vc.null"),
    ):
        yield name, what, inside(good, "vc", changes), code


def presentation_cases() -> Iterator[Case]:
    """A presentation that answers the request."""
    good, holder = jwt_vc.presentation(), w3c.HOLDER_REF
    credential = jwt_vc.credential()
    yield "good", "Everything as it should be", good, ""
    yield "good_two", "Two credentials", jwt_vc.presentation([credential, jwt_vc.credential()]), ""
    one = inside(good, "vp", {"verifiableCredential": credential.decode(), "holder": None}, ref=holder)
    yield "good_alone", "One credential, not in an array; no holder inside", one, ""
    yield "good_nbf", "When it was made, nbf says", again(good, payload={"iat": None}, ref=holder), ""
    named = again(good, payload={"jti": "urn:uuid:x"}, ref=holder)
    yield "good_jti", "With an id", named, ""
    bound = again(credential, payload={"cnf": {"jwk": HOLDER_JWK}})
    yield "good_cnf", "cnf holds the holder's key", jwt_vc.presentation([bound]), ""
    yield from header_cases(good, holder, "did.key_unknown")
    for name, what, payload, code in (
        ("vp_missing", "No vp", {"vp": None}, "codec.shape"),
        ("vc_beside", "vc beside vp", {"vc": {}}, "jwt_vc.claims"),
        ("credential_beside", "Credentials beside vp", {"verifiableCredential": []}, "jwt_vc.claims"),
        ("aud_missing", "No aud", {"aud": None}, "holder.audience"),
        ("aud_another", "For another", {"aud": "https://x.example"}, "holder.audience"),
        ("aud_two", "For another, too", {"aud": [w3c.BINDING.audience, "x"]}, "holder.audience"),
        ("nonce_missing", "No nonce", {"nonce": None}, "holder.nonce"),
        ("nonce_another", "Another nonce", {"nonce": "x"}, "holder.nonce"),
        ("iss_missing", "No iss", {"iss": None}, "jwt_vc.claims"),
        ("iss_another", "Another iss than holder", {"iss": OTHER}, "jwt_vc.claims"),
        ("times_missing", "Nothing says when it was made", {"iat": None, "nbf": None}, "holder.proof_time"),
        ("iat_old", "Made yesterday", {"iat": NOW - DAY}, "holder.proof_time"),
        ("iat_future", "Made tomorrow", {"iat": NOW + DAY}, "holder.proof_time"),
        ("nbf_future", "Holds from tomorrow", {"nbf": NOW + DAY}, "holder.proof_time"),
        ("exp_past", "Held until yesterday", {"exp": NOW - DAY}, "holder.proof_time"),
    ):
        yield name, what, again(good, payload=payload, ref=holder), code
    for name, what, changes, code in (
        ("version_2", "vp of version 2.0", {"@context": [V2]}, "vc.context"),
        ("type_another", "A type of its own", {"type": ["VerifiablePresentation", "X"]}, "vc.type"),
        ("type_missing", "No presentation", {"type": ["VerifiableCredential"]}, "vc.type"),
        ("holder_another", "Another holder than iss", {"holder": OTHER}, "jwt_vc.claims"),
        ("id_without_jti", "An id, and no jti", {"id": "urn:x:1"}, "jwt_vc.claims"),
        ("proof_inside", "A proof inside", {"proof": {"type": "X"}}, "codec.shape"),
        ("empty", "No credential", {"verifiableCredential": []}, "vc.credential"),
        ("no_member", "No credentials at all", {"verifiableCredential": None}, "jwt_vc.embedded"),
        ("many", "Too many credentials", {"verifiableCredential": ["x"] * 17}, "vc.credential"),
        ("embedded", "A credential without JWT", {"verifiableCredential": [{"id": "x"}]}, "jwt_vc.embedded"),
        ("nested", "A presentation in it", {"verifiableCredential": [good.decode()]}, "codec.shape"),
        (
            "enveloped",
            "A credential of the other form",
            {"verifiableCredential": [jose.credential().decode()]},
            "securing.jws_typ",
        ),
    ):
        yield name, what, inside(good, "vp", changes, ref=holder), code
    yield from stolen_cases()
    yield "credential", "A credential where a presentation is wanted", credential, "codec.shape"
    body = json.dumps(decode(good.decode().split(".")[1]))
    head = decode(good.decode().split(".")[0])
    twice = body.replace('"nonce":', '"nonce": "x", "nonce":', 1).encode()
    yield "nonce_twice", "nonce stands twice", jose.jwt(head, twice, holder), "codec.json"


def stolen_cases() -> Iterator[Case]:
    """Who is not the holder."""
    by_another = jwt_vc.presentation(signer=w3c.OTHER_REF)
    yield "signed_by_another", "In the holder's name by another", by_another, "holder.signature"
    stolen = jwt_vc.presentation(ref=w3c.OTHER_REF)
    yield "stolen", "Another's credential", stolen, "holder.key_mismatch"
    bound = again(jwt_vc.credential(), payload={"cnf": {"jwk": OTHER_JWK}})
    yield "cnf_of_another", "cnf holds another's key", jwt_vc.presentation([bound]), "holder.key_mismatch"
    nobodys = inside(
        jwt_vc.credential(), "vc", {"credentialSubject": {"ageOver18": True}}, payload={"sub": None}
    )
    yield "bearer", "A credential bound to nobody", jwt_vc.presentation([nobodys]), "holder.binding_missing"
    far = jwt_vc.credential(holder="did:example:123")
    yield "sub_of_another_method", "A sub whose key nobody knows", jwt_vc.presentation([far]), "did.method"
    es256 = jwt_vc.presentation([jwt_vc.credential(P256)])
    yield "not_accredited", "An issuer nobody accredited", es256, "issuer.not_accredited"
    broken = jwt_vc.presentation([edit_jwt(jwt_vc.credential(), _alter)])
    yield "credential_altered", "The credential's signature is wrong", broken, "issuer.signature"
    other = jwt_vc.presentation(binding=Binding("https://x.example", w3c.BINDING.nonce))
    yield "for_another", "Made for another verifier", other, "holder.audience"
    old = jwt_vc.presentation(now=w3c.NOW - timedelta(hours=1))
    yield "old", "Made an hour ago", old, "holder.proof_time"


def _alter(parts: list[str]) -> None:
    parts[2] = ("B" if parts[2][0] == "A" else "A") + parts[2][1:]


def _unsigned(parts: list[str]) -> None:
    parts[2] = ""


FILES: dict[FormatId, Callable[[], Iterator[Case]]] = {
    FormatId.JWT_VC: credential_cases,
    FormatId.JWT_VP: presentation_cases,
}


def main() -> None:
    """Write the files."""
    FOLDER.mkdir(exist_ok=True)
    for form, cases in FILES.items():
        rows = [
            {"name": name, "what": what, "code": code, "text": raw.decode()}
            for name, what, raw, code in cases()
        ]
        text = json.dumps(rows, ensure_ascii=False, indent=1)
        (FOLDER / f"{form.name.lower()}.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
