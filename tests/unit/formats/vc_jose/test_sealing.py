"""Issuing and presenting in envelopes: what they say, what is hidden, and what cannot be made."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from clicid.codec import base64url, cbor
from clicid.codec.cbor import Tagged
from clicid.errors import LocalError, Refused
from clicid.formats import vc_jose
from clicid.formats.base import Binding, Checked, FormatId, HolderBound, Outcome, StatusRef
from clicid.formats.data_model import Enveloped, envelope, parse_enveloped
from clicid.formats.vc_jose import EnvelopedVcChecker, EnvelopedVpChecker, parse_credential
from clicid.keys.algorithms import BLS12_381_G2, ED25519, P256
from clicid.rdf.profile import Profile
from clicid.securing import cose
from clicid.securing.sd_jwt.disclosure import read
from tests.support import jose, w3c
from tests.support.memory_keystore import SIGNING
from tests.support.refusals import refused
from tests.support.world import Dice

if TYPE_CHECKING:
    from collections.abc import Callable

    from clicid.codec.strict_json import Json

CREDENTIALS = (FormatId.VC_JWT, FormatId.VC_SD_JWT, FormatId.VC_COSE)
EXPIRES = w3c.NOW + timedelta(days=1)


@pytest.mark.parametrize("form", CREDENTIALS)
@pytest.mark.parametrize("alg", SIGNING)
def test_what_is_issued_passes(form: FormatId, alg: str) -> None:
    raw = jose.credential(form, alg, holder=w3c.HOLDER_KEY, expires=EXPIRES)
    checker = EnvelopedVcChecker(form, w3c.CONTEXTS)

    checked = checker.check(checker.parse(raw), jose.have(alg), rules=w3c.RULES, binding=None, now=w3c.NOW)

    assert isinstance(checked, Checked)
    assert {line.outcome for line in checked.lines} == {Outcome.PASSED}
    assert checked.issuer == jose.identity(alg).did
    assert checked.credential_type == w3c.AGE_TYPE
    assert checked.status == (StatusRef(w3c.LIST_URL, 94567),)
    assert "ageOver18" not in repr(checker.parse(raw)) + repr(checked)


def test_the_header_and_claims_of_a_jwt() -> None:
    raw = jose.credential(holder=w3c.HOLDER_KEY, expires=EXPIRES)
    header, payload = (json.loads(part) for part in jose.parts(raw))

    assert header == {"alg": "EdDSA", "kid": w3c.ISSUER.key_id, "typ": "vc+jwt", "cty": "vc"}
    claims = {name: payload.pop(name) for name in ("iat", "exp", "cnf")}
    assert claims == {
        "iat": int(w3c.DAY.timestamp()),
        "exp": int(EXPIRES.timestamp()),
        "cnf": {"jwk": w3c.HOLDER_KEY.to_jwk()},
    }
    assert payload == jose.unsigned()


def test_the_header_of_cose_has_the_claims_and_the_payload_is_the_credential() -> None:
    raw = jose.credential(FormatId.VC_COSE, P256, holder=w3c.HOLDER_KEY, expires=EXPIRES)
    message = cbor.loads(raw, tags=frozenset((cose.TAG,)))
    assert isinstance(message, Tagged)
    assert isinstance(message.value, list)
    protected, unprotected, payload, _ = message.value
    assert isinstance(protected, bytes)
    assert isinstance(payload, bytes)

    assert cbor.loads(protected) == {
        1: -7,
        3: "application/vc",
        4: jose.identity(P256).key_id.encode(),
        15: {
            4: int(EXPIRES.timestamp()),
            6: int(w3c.DAY.timestamp()),
            8: {1: {1: 1, -1: 6, -2: w3c.HOLDER_KEY.raw}},
        },
        16: "application/vc+cose",
    }
    assert unprotected == {}
    assert json.loads(payload) == jose.unsigned(P256)
    assert parse_credential(raw, FormatId.VC_COSE, w3c.CONTEXTS).opened.claims.holder == w3c.HOLDER_KEY


def issued(hide: Any = None, **changes: Any) -> bytes:
    prepared = vc_jose.prepare_sd_jwt(
        jose.unsigned(**changes), jose.sealing(), w3c.CONTEXTS, Profile.CLOSED, random=Dice(), hide=hide
    )
    return jose.signed(prepared, w3c.ISSUER_REF)


def names(raw: bytes) -> list[str | None]:
    return [read(text, "").name for text in raw.decode().split("~")[1:-1]]


def test_what_is_hidden() -> None:
    assert names(issued()) == ["ageOver18"]
    several: list[Json] = [
        {"id": w3c.HOLDER, "ageOver18": True},
        {"id": w3c.did(w3c.OTHER_REF), "ageOver18": False},
    ]
    assert names(issued(credentialSubject=several)) == ["ageOver18"] * 2
    everything = issued(lambda path: path == ("name",))
    assert names(everything) == ["name"]


@pytest.mark.parametrize("name", ["issuer", "validUntil", "credentialStatus"])
def test_what_a_verifier_decides_by_is_never_hidden(name: str) -> None:
    with refused("vc.seal", kind=LocalError):
        issued(lambda path: path == (name,))


def test_of_several_status_entries_none_can_be_left_away() -> None:
    raw = issued(lambda path: path == ("credentialStatus", 0))
    for shown in (raw, raw.partition(b"~")[0] + b"~"):
        with refused("sd_jwt.not_selective", "/credentialStatus"):
            parse_credential(shown, FormatId.VC_SD_JWT, w3c.CONTEXTS)


PREPARE: list[Callable[..., object]] = [
    lambda document, how: vc_jose.prepare_jwt(document, how, w3c.CONTEXTS, Profile.CLOSED),
    lambda document, how: vc_jose.prepare_sd_jwt(document, how, w3c.CONTEXTS, Profile.CLOSED, random=Dice()),
    lambda document, how: vc_jose.prepare_cose(document, how, w3c.CONTEXTS, Profile.CLOSED),
]


@pytest.mark.parametrize("prepare", PREPARE)
def test_what_cannot_be_issued(prepare: Callable[..., object]) -> None:
    good = jose.unsigned()
    for taken in ("vc", "vp", "iss", "exp", "cnf", "proof"):
        with refused("vc.seal", kind=LocalError):
            prepare({**good, taken: {}}, jose.sealing())
    with refused("vc.seal", kind=LocalError):
        prepare(good, jose.sealing(P256))
    with refused("vc.seal", kind=LocalError):
        prepare({**good, "issuer": w3c.did(w3c.OTHER_REF)}, jose.sealing())
    with refused("rdf.term_unknown"):
        prepare({**good, "unheard": "of"}, jose.sealing())
    with refused("vc.subject"):
        prepare({**good, "credentialSubject": []}, jose.sealing())


def test_a_key_that_signs_no_message() -> None:
    for prepare in PREPARE:
        with refused("keys.algorithm"):
            prepare(jose.unsigned(), replace(jose.sealing(), alg=BLS12_381_G2))


def test_no_holder_and_no_end() -> None:
    _, payload = (json.loads(part) for part in jose.parts(jose.credential()))
    assert not {"cnf", "exp", "iss", "nbf"} & payload.keys()
    parsed = parse_credential(jose.credential(FormatId.VC_COSE), FormatId.VC_COSE, w3c.CONTEXTS)
    assert parsed.opened.claims.holder is None
    assert parsed.opened.claims.expires is None


def test_the_presentation_says_who_for_whom_and_when() -> None:
    raw = jose.presentation()
    header, payload = (json.loads(part) for part in jose.parts(raw))

    assert header == {"alg": "EdDSA", "kid": w3c.key_id(w3c.HOLDER_REF), "typ": "vp+jwt", "cty": "vp"}
    assert payload["holder"] == w3c.HOLDER
    assert payload["aud"] == w3c.BINDING.audience
    assert payload["nonce"] == w3c.BINDING.nonce
    assert payload["iat"] == int(w3c.NOW.timestamp())
    assert w3c.BINDING.nonce not in repr(EnvelopedVpChecker(FormatId.VP_JWT).parse(raw))


def test_envelopes_are_opened_as_they_were_closed() -> None:
    for form in CREDENTIALS:
        raw = jose.credential(form)
        wrapped = envelope.wrap(Enveloped(form, raw))
        assert parse_enveloped(wrapped, kind=envelope.CREDENTIAL) == Enveloped(form, raw)
    text = envelope.wrap(Enveloped(FormatId.VC_COSE, b"\xd2\x84"))["id"]
    assert text == "data:application/vc+cose;base64," + base64.b64encode(b"\xd2\x84").decode()
    vp = Enveloped(FormatId.VP_JWT, jose.presentation())
    assert parse_enveloped(envelope.wrap(vp, kind=envelope.PRESENTATION), kind=envelope.PRESENTATION) == vp


def test_what_cannot_be_presented() -> None:
    with refused("vc.seal", kind=LocalError):
        jose.presentation([(FormatId.LDP_VC, w3c.credential())])
    with refused("vc.seal", kind=LocalError):
        jose.presentation([(FormatId.VC_JWT, b"x")] * 17)
    with refused("did.method"):
        vc_jose.prepare_presentation([], "did:web:holder.example", w3c.BINDING, w3c.NOW)


def test_a_selection_of_what_is_bound_to_no_key_or_presented_already() -> None:
    with refused("holder.binding_missing", "/cnf"):
        vc_jose.prepare_sd_jwt_selection(issued(), [], w3c.BINDING, w3c.NOW)
    bound = jose.credential(FormatId.VC_SD_JWT, holder=w3c.HOLDER_KEY)
    done = jose.signed(vc_jose.prepare_sd_jwt_selection(bound, [], w3c.BINDING, w3c.NOW), w3c.HOLDER_REF)
    with refused("sd_jwt.structure"):
        vc_jose.prepare_sd_jwt_selection(done, [], w3c.BINDING, w3c.NOW)


def test_no_presentation_at_rest() -> None:
    checker = EnvelopedVpChecker(FormatId.VP_JWT)
    checked = checker.check(
        checker.parse(jose.presentation()), {}, rules=w3c.RULES, binding=None, now=w3c.NOW
    )
    assert [line.code for line in checked.lines if line.outcome is Outcome.FAILED] == [
        "holder.binding_missing"
    ]
    assert checked.nested == ()


@pytest.mark.parametrize("at", ["iat", "exp", "nbf"])
def test_a_presentation_that_does_not_say_when_it_was_made(at: str) -> None:
    header, payload = (
        json.loads(base64url.decode(part)) for part in jose.presentation().decode().split(".")[:2]
    )
    payload = {name: value for name, value in payload.items() if name not in {"iat", "exp", "nbf"}}
    checker = EnvelopedVpChecker(FormatId.VP_JWT)

    def codes(holder: HolderBound, **more: int) -> list[str]:
        parsed = checker.parse(jose.jwt(header, {**payload, **more}, w3c.HOLDER_REF))
        rules = replace(w3c.RULES, holder=holder)
        checked = checker.check(parsed, {}, rules=rules, binding=w3c.BINDING, now=w3c.NOW)
        return [line.code for line in checked.lines if line.outcome is Outcome.FAILED]

    assert codes(HolderBound.REQUIRED) == ["holder.proof_time"]
    assert codes(HolderBound.UNSAFE_ANYBODY_MAY_PRESENT) == []
    # What it does say holds all the same, but for the age of what anybody may have found.
    wrong = int((w3c.NOW + (-timedelta(days=1) if at == "exp" else timedelta(days=1))).timestamp())
    found = codes(HolderBound.UNSAFE_ANYBODY_MAY_PRESENT, **{at: wrong})
    assert found == ([] if at == "iat" else ["holder.proof_time"])


def test_where_anybody_may_present() -> None:
    rules = replace(w3c.RULES, holder=HolderBound.UNSAFE_ANYBODY_MAY_PRESENT)
    checker = EnvelopedVpChecker(FormatId.VP_JWT)
    nobody = Binding("", "")
    checked = checker.check(checker.parse(jose.presentation()), {}, rules=rules, binding=nobody, now=w3c.NOW)
    assert {line.outcome for line in checked.lines} == {Outcome.PASSED}
    (inner,) = checked.nested
    credentials = EnvelopedVcChecker(FormatId.VC_JWT, w3c.CONTEXTS)
    bound = replace(w3c.BINDING, holder_key=w3c.STORE.public(w3c.OTHER_REF))
    nested = credentials.check(
        credentials.parse(inner.raw), jose.have(), rules=rules, binding=bound, now=w3c.NOW
    )
    assert isinstance(nested, Checked)
    assert {line.outcome for line in nested.lines} == {Outcome.PASSED}


def test_a_presentation_in_cose() -> None:
    payload = jose.parts(jose.presentation())[1]
    header = {
        cose.ALG: -8,
        cose.KID: w3c.key_id(w3c.HOLDER_REF).encode(),
        cose.TYP: "application/vp+cose",
    }
    raw = jose.sign1(header, payload, w3c.HOLDER_REF)
    checker = EnvelopedVpChecker(FormatId.VP_COSE)

    checked = checker.check(checker.parse(raw), {}, rules=w3c.RULES, binding=w3c.BINDING, now=w3c.NOW)

    assert {line.outcome for line in checked.lines} == {Outcome.PASSED}
    assert len(checked.nested) == 1


def test_every_byte_counts() -> None:
    for form in (FormatId.VC_JWT, FormatId.VC_COSE):
        raw = jose.credential(form)
        checker = EnvelopedVcChecker(form, w3c.CONTEXTS)
        for at in range(0, len(raw), 7):
            altered = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
            try:
                checked = checker.check(
                    checker.parse(altered), jose.have(), rules=w3c.RULES, binding=None, now=w3c.NOW
                )
            except Refused:
                continue
            # Another DID is another issuer, who is asked for: nothing of it was accepted either.
            assert not isinstance(checked, Checked) or checked.claims is None


def test_the_store_signs_each_of_them_once() -> None:
    for prepare in PREPARE:
        (operation,) = prepare(jose.unsigned(), jose.sealing()).to_be_signed  # type: ignore[attr-defined]
        assert operation.alg == ED25519
