"""Issuers by certificate alone: a chain to an authority that the policy trusts, and nobody else's word."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from clicid.adapters.gather import settle
from clicid.codec import base64url
from clicid.formats.base import Have, NamedIssuer, NeedKind, Wanted
from clicid.formats.sd_jwt_vc import SdJwtVcChecker
from clicid.status import token_list
from clicid.status.token_list import StatusListToken, TokenStatusList
from clicid.trust.anchors import Anchor
from clicid.verification import Accepted, Ending, bundle, check, signed_lists
from tests.support.sd_jwt_vectors import bound, decode, encode
from tests.support.world import DID, IDENTIFIER, LIST_URL, NOW, VCT, Store, World
from tests.support.x509 import Party, issue

ROOT, MIDDLE, SIGNER, OTHER = (
    Party(name, number) for number, name in enumerate(["Root", "Middle", "Signer", "Other"], 41)
)
ISSUER = "https://pid.example/se"
ROOT_DER, OTHER_DER = issue(ROOT, ROOT, ca=True), issue(OTHER, OTHER, ca=True)
MIDDLE_DER = issue(MIDDLE, ROOT, ca=True, path_length=0)
LEAF_DER = issue(SIGNER, ROOT, names=[ISSUER])
ANCHOR = Anchor.load(ROOT_DER)
CHECKERS = {SdJwtVcChecker().format: SdJwtVcChecker()}


def signed(header: dict[str, Any], payload: dict[str, Any], by: Party) -> str:
    head, body = encode(header), encode(payload)
    der = by.private.sign(f"{head}.{body}".encode(), ec.ECDSA(hashes.SHA256()))
    r, s = decode_dss_signature(der)
    return f"{head}.{body}." + base64url.encode(r.to_bytes(32, "big") + s.to_bytes(32, "big"))


@dataclass
class Foreign:
    """A credential as another issuer makes it, and a policy that trusts its authority for the type."""

    chain: tuple[bytes, ...] = (LEAF_DER,)
    by: Party = SIGNER
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    world: World = field(default_factory=World)

    def __post_init__(self) -> None:
        named = NamedIssuer(frozenset({VCT}), frozenset({LIST_URL}), {})
        rules = replace(self.world.rules, anchors={ANCHOR: ""}, by_name={ANCHOR.name: named})
        self.policy = replace(self.world.policy, rules=rules, schemas={}, allow_without_status=True)

    def presentation(self) -> str:
        token, *shown, _ = self.world.credential().decode().split("~")
        payload = decode(token.split(".")[1]) | {"iss": ISSUER} | self.claims
        payload = {name: value for name, value in payload.items() if value is not None and name != "status"}
        x5c = [base64.b64encode(der).decode() for der in self.chain]
        head = {"typ": "dc+sd-jwt", "alg": "ES256", "x5c": x5c} | self.header
        return bound("~".join([signed(head, payload, self.by), *shown, ""]))

    def ending(self, have: Have | None = None) -> Ending:
        raw = self.presentation().encode()
        self.store = Store(have or {})

        def step(known: Have) -> Ending | Wanted:
            asked = replace(self.world.request)
            return check(raw, known, request=asked, policy=self.policy, checkers=CHECKERS, now=NOW)

        return settle(step, self.store, NOW)

    def code(self, have: Have | None = None) -> str:
        return self.ending(have).report.code


def test_a_credential_under_a_trusted_authority_asks_nobody_anything() -> None:
    foreign = Foreign()
    ending = foreign.ending()
    assert isinstance(ending, Accepted)
    (shown,) = ending.credentials
    assert (shown.issuer, shown.credential_type) == (ANCHOR.name, VCT)
    assert foreign.store.asked == []


@pytest.mark.parametrize("kid", ["1", "https://pid.example/key", ROOT.key.thumbprint()])
def test_a_key_id_that_is_no_did_says_nothing(kid: str) -> None:
    assert Foreign(header={"kid": kid}).code() == ""


@pytest.mark.parametrize("chain", [(MIDDLE_DER,), (MIDDLE_DER, ROOT_DER)], ids=len)
def test_through_another_authority(chain: tuple[bytes, ...]) -> None:
    assert Foreign((issue(SIGNER, MIDDLE, names=[ISSUER]), *chain)).code() == ""


def test_iss_may_be_left_away() -> None:
    assert Foreign(claims={"iss": None}).code() == ""


ATTACKS: dict[str, tuple[Foreign, str]] = {
    "a stranger's chain": (Foreign((issue(SIGNER, OTHER, names=[ISSUER]),)), "issuer.unknown"),
    "a stranger's chain with its root": (
        Foreign((issue(SIGNER, OTHER, names=[ISSUER]), OTHER_DER)),
        "issuer.unknown",
    ),
    "signed by another key than the leaf's": (Foreign(by=OTHER), "issuer.signature"),
    "the authority's own certificate": (Foreign((ROOT_DER,), by=ROOT), "issuer.certificate"),
    "another under the same authority": (
        Foreign((issue(OTHER, ROOT, names=["https://bank.example"]),), by=OTHER),
        "issuer.identifier",
    ),
    "iss without a name in the leaf": (Foreign((issue(SIGNER, ROOT),)), "issuer.identifier"),
    "another type than the authority is named for": (
        Foreign(claims={"vct": "https://other.example/type"}),
        "issuer.unknown",
    ),
    "no certificate at all": (Foreign(header={"x5c": None}), "codec.shape"),
    "a DID that nobody accredits, with a good chain": (
        Foreign(header={"kid": f"{DID}#delegate-1"}),
        "issuer.not_accredited",
    ),
    "a hash instead of the key": (Foreign(header={"alg": "HS256"}), "keys.algorithm"),
}


@pytest.mark.parametrize(("foreign", "code"), ATTACKS.values(), ids=ATTACKS)
def test_attacks(foreign: Foreign, code: str) -> None:
    ending = foreign.ending()
    assert not isinstance(ending, Accepted)
    assert ending.report.code == code


def test_no_x5c_and_an_issuer_nobody_names() -> None:
    foreign = Foreign()
    raw = foreign.presentation()
    assert "x5c" in decode(raw.split(".")[0])
    header = {"typ": "dc+sd-jwt", "alg": "ES256"}
    token, *shown, _ = foreign.world.credential().decode().split("~")
    bare = bound("~".join([signed(header, decode(token.split(".")[1]), SIGNER), *shown, ""]))
    foreign.presentation = lambda: bare  # type: ignore[method-assign]
    assert foreign.code() == "issuer.unknown"
    assert foreign.store.asked == []


def test_an_accredited_issuer_is_found_by_its_authority_and_bound_to_it() -> None:
    """The same credential in a policy whose authority has a DID: the chain decides, also against it."""
    foreign = Foreign((issue(SIGNER, ROOT, names=[IDENTIFIER]),), claims={"iss": IDENTIFIER})
    world = foreign.world
    foreign.policy = replace(
        world.policy, rules=replace(world.rules, anchors={ANCHOR: DID}), allow_without_status=True
    )
    assert foreign.code(world.have) == "issuer.certificate", "another authority is accredited"
    world.accreditation = replace(world.accreditation, ca_digest=ANCHOR.key_digest)
    assert foreign.code(world.have) == ""
    assert [need.kind for need in foreign.store.asked] == [NeedKind.ACCREDITATION]
    assert foreign.code() == "issuer.not_accredited"
    foreign.claims["iss"] = ISSUER
    assert foreign.code(world.have) == "issuer.identifier"
    del foreign.claims["iss"]
    foreign.chain = (issue(SIGNER, ROOT, names=[ISSUER]),)
    assert foreign.code(world.have) == "issuer.identifier"


BASE = "https://types.example/base"


@pytest.mark.parametrize(
    ("named", "asked", "code"),
    [
        ({VCT, BASE}, {BASE}, ""),
        ({VCT, BASE}, {VCT}, ""),
        ({VCT}, {BASE}, "policy.type"),  # its own word alone makes it of no other type
        ({VCT, BASE}, {"https://types.example/other"}, "policy.type"),
    ],
)
def test_another_type_that_it_says_it_is_of(named: set[str], asked: set[str], code: str) -> None:
    foreign = Foreign(claims={"aka_vcts": [BASE]})
    by_name = {ANCHOR.name: NamedIssuer(frozenset(named), frozenset({LIST_URL}), {})}
    foreign.policy = replace(foreign.policy, rules=replace(foreign.policy.rules, by_name=by_name))
    foreign.world.request = replace(foreign.world.request, credential_types=frozenset(asked))
    ending = foreign.ending()
    assert ending.report.code == code
    if isinstance(ending, Accepted):
        assert ending.credentials[0].also == {BASE}


@pytest.mark.parametrize("also", [[], [VCT], [BASE, VCT], BASE, [1], [f"{BASE}/{n}" for n in range(17)]])
def test_other_types_that_are_none(also: object) -> None:
    assert Foreign(claims={"aka_vcts": also}).code() in {"codec.shape", "codec.size"}


def test_a_bundle_decides_the_same() -> None:
    foreign = Foreign()
    raw = foreign.presentation().encode()
    saved = bundle.dump(raw, {}, request=foreign.world.request, policy=foreign.policy, now=NOW)
    assert json.loads(saved)["version"] == 5
    assert isinstance(bundle.replay(saved, lambda _: CHECKERS), Accepted)


def test_a_status_list_under_the_same_authority() -> None:
    foreign = Foreign()
    claims = StatusListToken(
        sub=LIST_URL, iat=int(NOW.timestamp()), exp=None, ttl=None, status_list=TokenStatusList(1, bytes(2))
    )

    def word(by: Party, chain: tuple[bytes, ...]) -> str:
        header = {
            "typ": token_list.TYP,
            "alg": "ES256",
            "x5c": [base64.b64encode(der).decode() for der in chain],
        }
        raw = signed(header, claims.payload(), by).encode()
        return signed_lists.verified(raw, LIST_URL, ANCHOR.name, {}, rules=foreign.policy.rules, now=NOW).sub

    assert word(SIGNER, (LEAF_DER,)) == LIST_URL
    with pytest.raises(Exception, match=r"issuer\.unknown"):
        word(SIGNER, (issue(SIGNER, OTHER),))
    with pytest.raises(Exception, match=r"keys\.signature"):
        word(OTHER, (LEAF_DER,))
