"""Askers of every kind and what they sign, for vectors of request objects (OpenID4VP 5.9, 5.10, 12, A.3).

``python -m tests.support.requests`` writes `tests/vectors/oid4vp/request_object.json` anew. Certificates are
signed with random numbers, so every run writes other bytes; what each must end in stays.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from clicid.codec import base64url, strict_json
from clicid.keys.algorithms import P256
from clicid.oid4vp.client_metadata import ClientMetadata
from clicid.oid4vp.request_object import AUDIENCE, TYP
from clicid.oid4vp.verifier_attestation import TYP as ATTESTATION
from tests.support.asking import NAME_QUERY
from tests.support.world import DAY, NOW
from tests.support.x509 import Party, issue, usage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.support.asking import Asking

FILE = Path(__file__).parents[1] / "vectors" / "oid4vp" / "request_object.json"
HOST = "verifier.example"
ADDRESS = f"https://{HOST}/response/1"
ORIGIN = f"https://{HOST}"
ROOT, MIDDLE, LEAF, OTHER, ATTESTER, REGISTERED = (
    Party(name, number)
    for number, name in enumerate(["Root", "Middle", "Leaf", "Other", "Attester", "Registered"], 121)
)
ROOT_DER = issue(ROOT, ROOT, ca=True)
MIDDLE_DER = issue(MIDDLE, ROOT, ca=True, path_length=0)
CHAIN = (issue(LEAF, MIDDLE, names=[HOST, f"other.{HOST}"]), MIDDLE_DER)
OLD = Party("Old root", 131)
OLD_DER = issue(OLD, OLD, ca=True, begins=NOW - 400 * DAY, ends=NOW - DAY)
STRANGER_ROOT = issue(OTHER, OTHER, ca=True)
STRANGER = (issue(LEAF, OTHER, names=[HOST]), STRANGER_ROOT)
ALONE = (issue(LEAF, LEAF, names=[HOST]),)
SECOND = int(NOW.timestamp())
ISSUER = "https://attester.example"
SAN = f"x509_san_dns:{HOST}"
ATTESTED = "verifier_attestation:shop"
CLIENT = "shop.example"


def hash_of(chain: Sequence[bytes]) -> str:
    return "x509_hash:" + base64url.encode(hashlib.sha256(chain[0]).digest())


def signed(header: dict[str, Any], payload: dict[str, Any], by: Party) -> str:
    """A compact JWS by a key, whatever its header says."""
    text = ".".join(base64url.encode(strict_json.dumps(part)) for part in (header, payload))
    r, s = decode_dss_signature(by.private.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{text}.{base64url.encode(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def changed(obj: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Members changed; None removes one."""
    return {name: value for name, value in {**obj, **changes}.items() if value is not None}


def resigned(
    asking: Asking, raw: bytes, *, ref: Any = None, header: Any = None, payload: Any = None
) -> bytes:
    """The object with members changed (None removes one), signed again."""
    parts = [json.loads(base64url.decode(part)) for part in raw.decode().split(".")[:2]]
    changed = [
        {name: value for name, value in {**part, **(changes or {})}.items() if value is not None}
        for part, changes in zip(parts, (header, payload), strict=True)
    ]
    text = ".".join(base64url.encode(strict_json.dumps(part)) for part in changed)
    signature = asking.keys.sign(ref or asking.ref, text.encode(), P256)
    return f"{text}.{base64url.encode(signature)}".encode()


def x5c(chain: Sequence[bytes]) -> list[str]:
    return [base64.b64encode(der).decode() for der in chain]


def attestation(*, header: Any = None, by: Party = ATTESTER, **claims: Any) -> str:
    whole = {
        "iss": ISSUER,
        "sub": "shop",
        "iat": SECOND - 60,
        "exp": SECOND + 86_400,
        "cnf": {"jwk": LEAF.key.to_jwk()},
    }
    return signed(
        changed({"typ": ATTESTATION, "alg": "ES256", "kid": "1"}, header or {}), changed(whole, claims), by
    )


@dataclass
class Case:
    """One vector: what is sent, and what it must end in; `code` None where it is accepted."""

    name: str
    client_id: str
    header: dict[str, Any]
    payload: dict[str, Any] = field(default_factory=dict)
    by: Party = LEAF
    code: str | None = None
    answer: str = "invalid_client"
    told: bool = False
    strict: bool = False
    origin: str = ""
    nonce: str = ""
    vouched: str = ""
    bent: Callable[[str], str] = field(default=lambda text: text)

    def to_json(self) -> dict[str, Any]:
        payload = {
            "client_id": self.client_id,
            "aud": AUDIENCE,
            "iat": SECOND,
            "exp": SECOND + 300,
            "response_type": "vp_token",
            "response_mode": "dc_api" if self.origin else "direct_post",
            "nonce": "n-0S6_WzA2Mj",
            "dcql_query": NAME_QUERY.to_wire(),
            **(
                {"expected_origins": [ORIGIN]}
                if self.origin
                else {"response_uri": ADDRESS, "state": "state-of-the-session"}
            ),
        }
        header = changed({"typ": TYP, "alg": "ES256"}, self.header)
        vector: dict[str, Any] = {
            "name": self.name,
            "client_id": self.client_id,
            "input": self.bent(signed(header, changed(payload, self.payload), self.by)),
        }
        given = {"wallet_nonce": self.nonce, "origin": self.origin, "known_roots": self.strict}
        vector |= {name: value for name, value in given.items() if value}
        if self.code is None:
            return {**vector, "vouched_by": self.vouched}
        return {**vector, "code": self.code, "answer": self.answer, **({"told": True} if self.told else {})}


def _certificates() -> list[Case]:
    good = {"x5c": x5c(CHAIN)}
    bad = "oid4vp.certificate"

    def of(name: str, *chain: bytes, **more: Any) -> Case:
        return Case(name, hash_of(chain), {"x5c": x5c(chain)}, code=bad, **more)

    elsewhere = {"response_uri": "https://a.example/r"}
    late = issue(LEAF, ROOT, begins=NOW - 9 * DAY, ends=NOW - DAY)
    early = issue(LEAF, ROOT, begins=NOW + DAY)
    wild = (issue(LEAF, ROOT, names=[f"*.{HOST}", "*"]),)
    no_names = (issue(LEAF, ROOT),)
    url = (issue(LEAF, ROOT, names=[f"https://{HOST}"]),)
    return [
        Case("a certificate by its hash", hash_of(CHAIN), good, vouched="Test root"),
        Case("a certificate by its name", SAN, good, vouched="Test root"),
        Case("a name in capitals", "x509_san_dns:Verifier.Example", good, vouched="Test root"),
        Case("a hash under no known root", hash_of(STRANGER), {"x5c": x5c(STRANGER)}),
        Case("a name under no known root", SAN, {"x5c": x5c(STRANGER)}),
        Case("a certificate that signed itself", hash_of(ALONE), {"x5c": x5c(ALONE)}),
        of("no known root where one is demanded", *STRANGER, strict=True),
        of("itself for a root where one is demanded", *ALONE, strict=True),
        Case("another certificate than the hash's", hash_of(STRANGER), good, code=bad),
        Case("the hash of the authority", hash_of((MIDDLE_DER,)), good, code=bad),
        Case("a certificate for another name", "x509_san_dns:bank.example", good, code=bad),
        Case("a name above that of the certificate", "x509_san_dns:example", good, code=bad),
        Case("a certificate for all names", SAN, {"x5c": x5c(wild)}, code=bad),
        Case("a certificate without names", SAN, {"x5c": x5c(no_names)}, code=bad),
        Case("a certificate for a URL", SAN, {"x5c": x5c(url)}, code=bad),
        of("a certificate that has ended", late),
        of("a certificate that has not begun", early),
        of("one that has ended, of a stranger", issue(LEAF, LEAF, ends=NOW - DAY / 2)),
        of("one that has ended, by a stranger", issue(LEAF, OTHER, ends=NOW - DAY / 2), STRANGER_ROOT),
        of("an authority that has ended", issue(LEAF, OLD, names=[HOST])),
        of("an authority that is none", issue(LEAF, OTHER), issue(OTHER, ROOT)),
        of("an authority that asks itself", STRANGER_ROOT),
        of("a link that did not sign", issue(LEAF, Party("Middle", 99)), MIDDLE_DER),
        of("a key that may not sign", issue(LEAF, ROOT, (usage(key_agreement=True), True))),
        of("signed over a hash of 224 bits", issue(LEAF, ROOT, hashed=hashes.SHA224())),
        of("five certificates", *CHAIN, *[ROOT_DER] * 3),
        Case("no certificate", hash_of(CHAIN), {}, code=bad),
        Case("an empty chain", hash_of(CHAIN), {"x5c": []}, code=bad),
        Case("certificates in base64url", hash_of(CHAIN), {"x5c": [base64url.encode(CHAIN[0])]}, code=bad),
        Case("certificates in the payload", hash_of(CHAIN), {}, {"x5c": x5c(CHAIN)}, code=bad),
        Case("a key beside the certificate's", hash_of(CHAIN), good, by=OTHER, code="oid4vp.asker_key"),
        Case(
            "a key in the header for the certificate",
            hash_of(CHAIN),
            {"jwk": OTHER.key.to_jwk()},
            by=OTHER,
            code=bad,
        ),
        Case(
            "a private key in the header",
            hash_of(CHAIN),
            {**good, "jwk": {**LEAF.key.to_jwk(), "d": "AAAA"}},
            code="oid4vp.asker_key",
        ),
        Case(
            "an answer to another host",
            SAN,
            good,
            {"response_uri": "https://evil.example/r"},
            code="oid4vp.response_uri",
            answer="invalid_request",
        ),
        Case(
            "an answer to a host below",
            SAN,
            good,
            {"response_uri": f"https://other.{HOST}/r"},
            code="oid4vp.response_uri",
            answer="invalid_request",
        ),
        Case("an answer to any host, by hash", hash_of(CHAIN), good, elsewhere, vouched="Test root"),
    ]


def _attestations() -> list[Case]:
    bad = "oid4vp.attestation"

    def of(name: str, code: str | None = bad, **claims: Any) -> Case:
        return Case(name, ATTESTED, {"jwt": attestation(**claims)}, code=code)

    two = [ADDRESS, "https://shop.example/r"]
    return [
        Case("an attested verifier", ATTESTED, {"jwt": attestation()}, vouched="Test attester"),
        Case(
            "an attestation with the address",
            ATTESTED,
            {"jwt": attestation(redirect_uris=two)},
            vouched="Test attester",
        ),
        Case(
            "an attestation with another address",
            ATTESTED,
            {"jwt": attestation(redirect_uris=[ADDRESS + "2"])},
            code="oid4vp.response_uri",
            answer="invalid_request",
        ),
        Case(
            "an attestation with no address at all",
            ATTESTED,
            {"jwt": attestation(redirect_uris=[])},
            code="oid4vp.response_uri",
            answer="invalid_request",
        ),
        Case("no attestation", ATTESTED, {}, code=bad),
        Case("an attestation in the payload", ATTESTED, {}, {"jwt": attestation()}, code=bad),
        of("an attestation for another client", sub="bank"),
        of("an attestation for the identifier with its prefix", sub=ATTESTED),
        of("an attestation by nobody known", iss="https://other.example"),
        of("an attestation without issuer", iss=None),
        of("an attestation that has ended", exp=SECOND - 31),
        of("an attestation without an end", exp=None),
        of("an attestation that has not begun", nbf=SECOND + 31),
        of("an attestation from the future", iat=SECOND + 31),
        of("an attestation of no key", cnf=None),
        of("an attestation of a private key", cnf={"jwk": {**LEAF.key.to_jwk(), "d": "AAAA"}}),
        of("an attestation by another's key", by=OTHER),
        of("an attestation by a key that the attester does not have", header={"kid": "2"}),
        of("an attestation of another type", header={"typ": "JWT"}),
        of("an attestation without signature", header={"alg": "none"}),
        of("an attestation with a MAC", header={"alg": "HS256"}),
        Case(
            "a key that is not attested", ATTESTED, {"jwt": attestation()}, by=OTHER, code="oid4vp.asker_key"
        ),
    ]


def _registered() -> list[Case]:
    good = {"kid": "1"}
    return [
        Case("a registered client", CLIENT, good, by=REGISTERED, vouched="Test shop"),
        Case("a client that is not registered", "bank.example", good, by=REGISTERED, code="oid4vp.client_id"),
        Case("another key's name", CLIENT, {"kid": "2"}, by=REGISTERED, code="oid4vp.asker_key"),
        Case("a key that is not registered", CLIENT, good, by=OTHER, code="oid4vp.asker_key"),
        Case(
            "an address that is not registered",
            CLIENT,
            good,
            {"response_uri": ADDRESS + "?x"},
            by=REGISTERED,
            code="oid4vp.response_uri",
            answer="invalid_request",
        ),
        Case(
            "metadata of a registered client",
            CLIENT,
            good,
            {"client_metadata": {}},
            by=REGISTERED,
            code="oid4vp.request",
            told=True,
        ),
    ]


def _objects() -> list[Case]:
    who, good = hash_of(CHAIN), {"x5c": x5c(CHAIN)}

    def wrong(name: str, payload: dict[str, Any], code: str = "oid4vp.request", **more: Any) -> Case:
        return Case(name, who, good, payload, **{"code": code, "answer": "invalid_request", **more})

    def header(name: str, **changes: Any) -> Case:
        return Case(name, who, {**good, **changes}, code="oid4vp.request", answer="invalid_request")

    first, second, third = range(3)

    def part(at: int, text: str) -> Callable[[str], str]:
        return lambda jws: ".".join(text if place == at else one for place, one in enumerate(jws.split(".")))

    return [
        header("of another type", typ="JWT"),
        header("of no type", typ=None),
        header("without signature", alg="none"),
        header("with a MAC", alg="HS256"),
        header("with an algorithm nobody has", alg="RS256"),
        header("without algorithm", alg=None),
        header("with a critical extension", crit=["b64"], b64=False),
        Case("another algorithm than the key's", who, {**good, "alg": "EdDSA"}, code="oid4vp.asker_key"),
        wrong("encrypted", {}, "oid4vp.unsupported", bent=lambda jws: f"{jws}.AAAA.AAAA"),
        wrong("of two parts", {}, bent=lambda jws: jws.rpartition(".")[0]),
        wrong("with a header that is no JSON", {}, bent=part(first, "AAAA")),
        Case(
            "with another payload",
            who,
            good,
            code="oid4vp.asker_key",
            bent=part(second, base64url.encode(b"{}")),
        ),
        Case("with no signature", who, good, code="oid4vp.asker_key", bent=part(third, "")),
        wrong("another client inside", {"client_id": SAN}, "oid4vp.client_id", answer="invalid_client"),
        wrong("no client inside", {"client_id": None}),
        wrong("for another wallet", {"aud": "https://wallet.example"}),
        wrong("for no wallet", {"aud": None}),
        wrong("of yesterday", {"iat": SECOND - 86_400, "exp": SECOND - 86_000}),
        wrong("of tomorrow", {"iat": SECOND + 86_400, "exp": None}),
        wrong("good for a year", {"exp": SECOND + 31_536_000}),
        wrong("of no time", {"iat": None, "exp": None}),
        wrong("a nonce that the wallet did not send", {"wallet_nonce": "abc"}),
        wrong("no nonce of the wallet's", {}, nonce="abc"),
        wrong("another nonce of the wallet's", {"wallet_nonce": "abd"}, nonce="abc"),
        Case("the wallet's nonce", who, good, {"wallet_nonce": "abc"}, nonce="abc", vouched="Test root"),
        wrong("an answer to nowhere", {"response_uri": None}),
        wrong("an answer to a file", {"response_uri": "file:///etc/passwd"}),
        wrong("a query and a scope", {"scope": "x"}, told=True),
        wrong("a scope", {"scope": "x", "dcql_query": None}, told=True),
        wrong("a query of the drafts", {"presentation_definition": {}, "dcql_query": None}, told=True),
        wrong("a redirect_uri", {"redirect_uri": ADDRESS}, told=True),
        wrong("an answer through the browser", {"response_mode": "dc_api"}, told=True),
        wrong("an answer in the fragment", {"response_mode": "fragment"}, told=True),
        wrong("encrypted for nobody", {"response_mode": "direct_post.jwt"}, "oid4vp.encryption", told=True),
        wrong(
            "encrypted as nobody can",
            {
                "response_mode": "direct_post.jwt",
                "client_metadata": {
                    "jwks": {"keys": [{**LEAF.key.to_jwk(), "kid": "1", "alg": "ECDH-ES"}]},
                    "encrypted_response_enc_values_supported": ["A128CBC-HS256"],
                },
            },
            "oid4vp.encryption",
            told=True,
        ),
        wrong(
            "transaction data that nobody knows",
            {"transaction_data": [base64url.encode(b'{"type":"urn:x","credential_ids":["who"]}')]},
            "oid4vp.transaction_data",
            answer="invalid_transaction_data",
            told=True,
        ),
    ]


def _by_browser() -> list[Case]:
    who, good = hash_of(CHAIN), {"x5c": x5c(CHAIN)}

    def wrong(name: str, payload: dict[str, Any], code: str, **more: Any) -> Case:
        found = {"code": code, "answer": "invalid_request", "origin": ORIGIN, **more}
        return Case(f"by a page, {name}", who, good, payload, **found)

    def right(name: str, payload: dict[str, Any], **more: Any) -> Case:
        return Case(f"by a page, {name}", who, good, payload, origin=ORIGIN, vouched="Test root", **more)

    bare = {"aud": None, "iat": None, "exp": None}
    several = {"client_id": None, **bare}
    return [
        right("as in the examples", bare),
        right("one of two", {"expected_origins": ["https://a.example", ORIGIN]}),
        wrong("another page", {"expected_origins": ["https://evil.example"]}, "oid4vp.origin"),
        wrong("the page's origin with a slash", {"expected_origins": [f"{ORIGIN}/"]}, "oid4vp.origin"),
        wrong("the page's origin in capitals", {"expected_origins": [ORIGIN.upper()]}, "oid4vp.origin"),
        wrong("for no page", {"expected_origins": None}, "oid4vp.request"),
        wrong("for an empty list of pages", {"expected_origins": []}, "oid4vp.request"),
        wrong("for another wallet", {"aud": "https://wallet.example"}, "oid4vp.request"),
        wrong("an answer to an address", {"response_mode": "direct_post"}, "oid4vp.request"),
        Case(
            "by a page, a name under no known root",
            SAN,
            {"x5c": x5c(STRANGER)},
            origin=ORIGIN,
            code="oid4vp.certificate",
        ),
        Case(
            "by a page, of one client among several",
            who,
            {**good, "client_id": who},
            several,
            origin=ORIGIN,
            vouched="Test root",
        ),
        Case(
            "by a page, a client in header and payload",
            who,
            {**good, "client_id": who},
            bare,
            origin=ORIGIN,
            code="oid4vp.request",
            answer="invalid_request",
        ),
    ]


def main() -> None:
    cases = [*_certificates(), *_attestations(), *_registered(), *_objects(), *_by_browser()]
    world = {
        "roots": {
            base64.b64encode(ROOT_DER).decode(): "Test root",
            base64.b64encode(OLD_DER).decode(): "Old root",
        },
        "attesters": {ISSUER: {"name": "Test attester", "keys": {"1": ATTESTER.key.to_jwk()}}},
        "clients": {
            CLIENT: {
                "name": "Test shop",
                "keys": {"1": REGISTERED.key.to_jwk()},
                "response_uris": [ADDRESS],
                "metadata": ClientMetadata({"dc+sd-jwt": {}}).to_wire(),
            }
        },
        "now": SECOND,
        "leeway": int(timedelta(seconds=30).total_seconds()),
    }
    vectors = [case.to_json() for case in cases]
    FILE.write_text(json.dumps({"world": world, "vectors": vectors}, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
