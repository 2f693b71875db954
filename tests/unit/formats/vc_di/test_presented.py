"""A presentation of a known layout is read as any other, or not at all."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from clicid.codec import strict_json
from clicid.did import jwk
from clicid.formats.base import Binding, Checked, Checker, FormatId, Outcome
from clicid.formats.vc_di import LdpVcChecker, LdpVpChecker, parse_presentation, prepare_presentation
from clicid.formats.vc_di.credential import parse_credential
from clicid.formats.vc_di.presented import Presented
from clicid.rdf.profile import Profile
from clicid.securing import data_integrity
from clicid.verification.walk import walk
from tests.support import w3c
from tests.unit.formats.vc_di.test_recognised import identity, taught, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clicid.formats.vc_di.presentation import Presentation

OTHER = w3c.did(w3c.OTHER_REF)
ID = "urn:uuid:00000000-0000-4000-8000-000000000001"


def teach(raw: bytes) -> LdpVpChecker:
    """A checker that knows the layouts of a presentation and of what is in it, and no other."""
    inside = taught(strict_json.dumps(json.loads(raw)["verifiableCredential"][0]))
    checker = LdpVpChecker(inside.contexts, inside=inside)
    found = met_twice(checker, raw)
    assert [line.outcome for line in found.lines] == [Outcome.PASSED] * 4
    return checker


def met_twice(checker: LdpVpChecker, raw: bytes) -> Checked:
    """What a check says; a shape that was met once is not compiled yet."""
    for _ in range(2):
        found = checker.check(checker.parse(raw), {}, rules=w3c.RULES, binding=w3c.BINDING, now=w3c.NOW)
    return found


def read(checker: LdpVpChecker, raw: bytes) -> Presentation | None:
    assert checker.presented is not None
    return checker.presented.read(raw)


def held(checker: LdpVpChecker, raw: bytes) -> bool:
    """Whether it was read by its layout; that it was then read as the long way reads it is asserted."""
    found = read(checker, raw)
    if found is None:
        return False
    expected = parse_presentation(raw, w3c.CONTEXTS)
    assert replace(expected, unverified=replace(expected.unverified, document={})) == found
    inside = [parse_credential(one, w3c.CONTEXTS) for _, one in expected.credentials]
    assert list(found.read) == inside
    assert [one.unverified.document for one in found.read] == [one.unverified.document for one in inside]
    return True


@pytest.fixture(scope="module")
def raw() -> bytes:
    return w3c.presentation()


@pytest.fixture(scope="module")
def checker(raw: bytes) -> LdpVpChecker:
    found = teach(raw)
    assert held(found, raw)
    return found


def status_of(index: int) -> Any:
    return json.loads(json.dumps(w3c.unsigned()["credentialStatus"]).replace("94567", str(index)))


def other_credential(**changes: Any) -> bytes:
    document = w3c.unsigned(
        id=ID,
        validFrom="2026-11-01T00:00:00Z",
        credentialSubject={"id": OTHER, "ageOver18": True},
        credentialStatus=status_of(5),
    )
    return w3c.credential({**document, **changes})


def test_that_of_another_holder_over_another_credential_for_another_request(checker: LdpVpChecker) -> None:
    binding = Binding("https://other.example/", "Åter-1")
    now = w3c.NOW + timedelta(seconds=7)
    other = w3c.presentation([other_credential()], ref=w3c.OTHER_REF, binding=binding, now=now)
    assert held(checker, other)
    parsed = checker.parse(other)
    assert parsed.raw is None
    assert parsed.holder == OTHER
    (proof,) = parsed.proofs
    assert (proof.challenge, proof.domain, proof.created) == ("Åter-1", ("https://other.example/",), now)
    passed = checker.check(parsed, {}, rules=w3c.RULES, binding=binding, now=now)
    assert {line.outcome for line in passed.lines} == {Outcome.PASSED}
    (inner,) = passed.nested
    assert inner.parsed == parse_credential(inner.raw, w3c.CONTEXTS)
    assert inner.holder_key == w3c.STORE.public(w3c.OTHER_REF)
    refused = checker.check(parsed, {}, rules=w3c.RULES, binding=w3c.BINDING, now=now)
    assert [line.code for line in refused.lines if line.outcome is Outcome.FAILED] == ["holder.nonce"]


def test_every_altered_byte(checker: LdpVpChecker, raw: bytes) -> None:
    draw = random.Random(11)
    recognised = 0
    for place, byte in enumerate(raw):
        for other in {byte ^ 1, byte ^ 0x20, draw.randrange(256), ord('"')} - {byte}:
            altered = bytes((*raw[:place], other, *raw[place + 1 :]))
            if held(checker, altered):
                recognised += 1
                assert codes(checker, altered)
        assert not held(checker, raw[:place])
        if held(checker, raw[:place] + raw[place + 1 :]):
            recognised += 1
    assert recognised > 100


def codes(checker: LdpVpChecker, raw: bytes) -> set[str]:
    found = checker.check(checker.parse(raw), {}, rules=w3c.RULES, binding=w3c.BINDING, now=w3c.NOW)
    assert found.nested == ()
    return {line.code for line in found.lines if line.outcome is Outcome.FAILED}


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if path:
        yield path
    entries = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for name, child in entries:
        yield from places(child, (*path, name))


def changed(raw: bytes, path: tuple[str | int, ...], value: Any) -> bytes:
    document = json.loads(raw)
    *above, last = path
    node = document
    for step in above:
        node = node[step]
    node[last] = value
    return strict_json.dumps(document)


def test_every_field_of_another_type(checker: LdpVpChecker, raw: bytes) -> None:
    others: tuple[Any, ...] = (
        None,
        True,
        0,
        1.5,
        "",
        "x",
        "urn:x",
        "_:b",
        "a\nb",
        "x" * 3000,
        [],
        ["x"],
        {},
        {"id": ID},
    )
    for path in places(json.loads(raw)):
        for other in others:
            held(checker, changed(raw, path, other))
    for path in (("proof", "challenge"), ("proof", "domain")):
        assert held(checker, changed(raw, path, "x"))
        assert not held(checker, changed(raw, path, ""))
        assert not held(checker, changed(raw, path, "x" * 1025))
        assert not held(checker, changed(raw, path, ["x"]))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"holder":"did:key:z', '"holder":"did:key: z'),
        ('"holder":"did:key:z', '"holder":"https://z'),
        ('"verificationMethod":"did:key:z6Mkn', '"verificationMethod":"did:key:<z6Mkn'),
        ('"purpose":', '"purpose" :'),
        ('"type":["VerifiablePresentation"]', '"type":"VerifiablePresentation"'),
        ('"type":["VerifiablePresentation"]', '"type":["VerifiablePresentation"],"type":["x"]'),
        ('"holder":', '"holder":"did:key:z6","holder":'),
        ('"verifiableCredential":[', '"verifiableCredential":[],"verifiableCredential":['),
        ('"ageOver18":true', '"ageOver18":true,"ageOver18":true'),
        ('"ageOver18":true', '"ageOver18":false'),
        ('"authentication"', '"assertionMethod"'),
        ('"challenge":"n-0', '"challenge":"\\u006e-0'),
        ('"urn:uuid:5b0b3a54', '"urn:x:5b0b3a54'),
        ('"statusListIndex":"94567"', '"statusListIndex":"94568"'),
        ("2026-11-22T12:00:00Z", "2026-11-22T25:00:00Z"),
        ("2026-11-22T12:00:00Z", "2026-11-22"),
        ('"validFrom":"2026-11-22', '"validFrom":"2028-11-22'),
        ("eddsa-rdfc-2022", "eddsa-jcs-2022"),
        ('{"@context"', ' {"@context"'),
        ('"proofValue":"z2', '"proofValue":"zz2'),
    ],
)
def test_what_is_changed_in_the_text_takes_the_long_way(
    checker: LdpVpChecker, raw: bytes, old: str, new: str
) -> None:
    text = raw.decode()
    assert not held(checker, text.replace(old, new, 1).encode()) or old not in text


def test_reordered_members_take_the_long_way(checker: LdpVpChecker, raw: bytes) -> None:
    document = json.loads(raw)
    for name in document:
        last = {**{other: value for other, value in document.items() if other != name}, name: document[name]}
        assert held(checker, strict_json.dumps(last)) == (name == "proof")


def test_bytes_that_are_no_text_or_too_long_take_the_long_way(checker: LdpVpChecker, raw: bytes) -> None:
    assert not held(checker, b"\xff" + raw)
    assert not held(checker, raw + b" " * (1 << 14))


def test_another_credential_put_in_is_read_and_the_signature_is_wrong(
    checker: LdpVpChecker, raw: bytes
) -> None:
    swapped = changed(raw, ("verifiableCredential", 0), json.loads(other_credential()))
    assert held(checker, swapped)
    assert codes(checker, swapped) == {"holder.signature"}


def test_the_credential_in_it_is_checked_as_ever(raw: bytes) -> None:
    checker = teach(raw)
    assert checker.inside is not None
    checkers: dict[FormatId, Checker[Any]] = {FormatId.LDP_VP: checker, FormatId.LDP_VC: checker.inside}
    value = json.loads(raw)["verifiableCredential"][0]["proof"]["proofValue"]
    forged = json.loads(w3c.credential(w3c.unsigned(id=ID)))
    forged["proof"]["proofValue"] = value
    for credential, expected in (
        (w3c.credential(w3c.unsigned(id=ID)), ""),
        (strict_json.dumps(forged), "issuer.signature"),
        (other_credential(), "holder.key_mismatch"),
    ):
        presented = w3c.presentation([credential])
        assert held(checker, presented)
        walked = walk(
            presented,
            FormatId.LDP_VP,
            w3c.have(),
            checkers=checkers,
            rules=w3c.RULES,
            binding=w3c.BINDING,
            now=w3c.NOW,
        )
        assert isinstance(walked, tuple)
        outer, inner = walked
        assert outer.passed
        failures = [line.code for line in inner.checked.lines if line.outcome is Outcome.FAILED]
        assert failures == ([expected] if expected else [])


def test_several_credentials_and_an_identity() -> None:
    first = w3c.credential()
    subject = {**identity()["credentialSubject"], "id": OTHER}
    inside = taught(first)

    def named(number: str, **changes: Any) -> bytes:
        claims = {**subject, **changes}
        return w3c.credential(identity(id=number, credentialSubject=claims, credentialStatus=status_of(5)))

    second = named(ID)
    for _ in range(2):
        parsed = inside.parse(second)
        data_integrity.verify(parsed.unverified, [w3c.STORE.public(w3c.ISSUER_REF)])
    inside.recognised.learn(second, parsed, inside.contexts, inside.shipped)
    checker = LdpVpChecker(inside.contexts, inside=inside)
    raw = w3c.presentation([first, second])
    assert len(met_twice(checker, raw).nested) == 2
    assert held(checker, raw)
    other = named(ID.replace("1", "2"), familyName="Ek 漢字")
    assert held(checker, w3c.presentation([first, other]))
    assert not held(checker, w3c.presentation([first, named("https://issuer.example/1")]))
    assert not held(checker, w3c.presentation([other, first]))
    assert not held(checker, w3c.presentation([first]))
    # Of one holder: which of two nodes of one name the graph describes is for the long way to say.
    assert not held(checker, w3c.presentation([first, named(ID, id=w3c.HOLDER)]))


def test_nothing_is_learned_from_a_wrong_signature_or_around_an_unknown_credential(raw: bytes) -> None:
    inside = taught(w3c.credential())
    checker = LdpVpChecker(inside.contexts, inside=inside)
    forged = w3c.presentation(signer=w3c.OTHER_REF)
    met_twice(checker, forged)
    assert not held(checker, raw)
    unknown = LdpVpChecker(inside.contexts, inside=LdpVcChecker(inside.contexts))
    met_twice(unknown, raw)
    assert not held(unknown, raw)


def test_only_what_is_written_compactly_and_not_too_long_is_learned(raw: bytes) -> None:
    inside = taught(w3c.credential())
    for other in (json.dumps(json.loads(raw)).encode(), w3c.presentation([w3c.credential()] * 13)):
        checker = LdpVpChecker(inside.contexts, inside=inside)
        met_twice(checker, other)
        assert not held(checker, other)


def test_a_holder_by_another_method_is_read_by_its_own_layout(checker: LdpVpChecker) -> None:
    holder = jwk.create(w3c.HOLDER_KEY)
    prepared = prepare_presentation([w3c.credential()], holder, w3c.BINDING, w3c.CONTEXTS, w3c.NOW)
    assert held(checker, w3c.signed(prepared, w3c.HOLDER_REF))


def test_everybodys_presentations_have_no_known_layout() -> None:
    inside = LdpVcChecker(w3c.CONTEXTS, profile=Profile.OPEN)
    assert LdpVpChecker(w3c.CONTEXTS, profile=Profile.OPEN, inside=inside).presented is None
    assert LdpVpChecker(w3c.CONTEXTS).presented is None


def test_no_name_stays_in_what_is_remembered() -> None:
    raw = w3c.presentation([w3c.credential(identity())])
    checker = teach(raw)
    assert held(checker, raw)
    kept = list(texts(checker.presented, set()))
    assert len(kept) > 20
    for secret in ("Åsa", "Öhrn", "199001021234", w3c.HOLDER, "5b0b3a54", w3c.BINDING.nonce, "asker"):
        assert not any(secret in text for text in kept)


def test_what_cannot_be_recalled_is_not_learned(
    checker: LdpVpChecker, raw: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert checker.inside is not None
    monkeypatch.setattr("clicid.formats.vc_di.presented.recall", lambda *_: None)
    fresh = Presented(checker.inside.recognised, checker.inside.shipped)
    fresh.learn(raw, parse_presentation(raw, checker.contexts), checker.contexts)
    assert fresh.read(raw) is None
