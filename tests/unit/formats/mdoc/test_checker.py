"""What a verifier decides of an mdoc, step by step, and its three endings."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clicid.codec import cbor, strict_json
from clicid.codec.cbor_layout import Layouts
from clicid.errors import LocalError
from clicid.formats.base import (
    Accredited,
    Binding,
    Checked,
    CheckName,
    FormatId,
    NamedIssuer,
    Need,
    NeedKind,
    Outcome,
    Unavailable,
    Wanted,
)
from clicid.formats.mdoc import (
    DeviceResponseChecker,
    Mdoc,
    MdocChecker,
    device_response,
    fields,
    issuer_signed,
    mso,
)
from clicid.formats.mdoc.elements import MDL
from clicid.keys.algorithms import ED25519, P256, P384
from clicid.securing import cose, jws
from clicid.status import token_list, token_list_cwt
from clicid.status.token_list import StatusListToken, TokenStatusList
from clicid.trust.iaca import Authority
from clicid.verification import (
    Accepted,
    RefusedWith,
    Request,
    UndecidedWith,
    bundle,
    check_credential,
    signed_lists,
)
from tests.support.mdoc import CHECKERS, CLIENT_ID, NONCE, SESSION, MdocWorld, opened
from tests.support.mdoc_held_cases import mac_on
from tests.support.memory_keystore import MemoryKeyStore
from tests.support.refusals import refused
from tests.support.world import DAY, DID, LIST_URL, NOW


def accepted(world: MdocWorld, raw: bytes, **changes: Any) -> Accepted:
    ending = world.check(raw, **changes)
    assert isinstance(ending, Accepted), ending
    return ending


def test_a_good_response_is_accepted_and_its_report_names_what_was_shown() -> None:
    world = MdocWorld()
    ending = accepted(world, world.presentation())

    response, document = ending.report.sections
    assert (response.format, document.format) == (FormatId.DEVICE_RESPONSE, FormatId.MDOC)
    assert document.issuer == DID
    assert document.shown == (
        f"{MDL}/age_over_18",
        f"{MDL}/driving_privileges",
        f"{MDL}/family_name",
        f"{MDL}/issuing_country",
    )
    known = next(line for line in document.lines if line.check is CheckName.ISSUER_KNOWN)
    assert known.age == timedelta(minutes=1)
    key = next(line for line in document.lines if line.check is CheckName.ISSUER_KEY)
    assert "revocation list is not looked at" in key.detail


def test_the_claims_are_json_by_namespace() -> None:
    world = MdocWorld()
    wanted = [
        (MDL, name) for name in ("birth_date", "expiry_date", "portrait", "driving_privileges", "height")
    ]
    ending = accepted(world, world.presentation(disclose=wanted))

    (shown,) = ending.credentials
    assert shown.claims.reveal() == {
        MDL: {
            "birth_date": "1990-02-28",
            "expiry_date": "2027-11-01T00:00:00Z",
            "portrait": "_9j_4CBubyBwb3J0cmFpdA",
            "driving_privileges": [
                {
                    "vehicle_category_code": "B",
                    "issue_date": "2010-03-01",
                    "codes": [{"code": "70", "sign": "="}],
                },
                {"vehicle_category_code": "AM"},
            ],
            "height": 171,
        }
    }


@pytest.mark.parametrize("alg", [P384, ED25519])
def test_other_algorithms(alg: str) -> None:
    world = MdocWorld(alg=alg, holder_alg=alg)
    accepted(world, world.presentation())


def test_long_names_that_look_alike_are_told_once() -> None:
    world = MdocWorld()
    long = "n" * 127
    world.elements = {"a/b": {"c": 1}, "a": {"b/c": 2}, long: {long: 3}}
    ending = accepted(world, world.presentation(disclose=[("a/b", "c"), ("a", "b/c"), (long, long)]))
    assert ending.report.sections[1].shown == ("a/b/c", f"{long}/{long}")
    assert ending.credentials[0].claims.reveal() == world.elements


def test_two_documents_in_one_response() -> None:

    world = MdocWorld()
    first, second = opened(world.presentation()), opened(world.presentation(disclose=[(MDL, "sex")]))
    first["documents"] += second["documents"]
    ending = accepted(world, cbor.dumps(first))
    assert [sorted(one.claims.reveal()[MDL]) for one in ending.credentials][1] == ["sex"]


def test_a_document_at_rest() -> None:
    world = MdocWorld()
    ending = check_credential(
        world.credential(), world.have, format=FormatId.MDOC, policy=world.policy, checkers=CHECKERS, now=NOW
    )
    assert isinstance(ending, Accepted)
    (section,) = ending.report.sections
    assert CheckName.HOLDER_BINDING not in {line.check for line in section.lines}


def test_nothing_is_asked_of_a_stranger_and_two_things_of_a_known_one() -> None:
    world = MdocWorld()
    raw = world.presentation()
    assert world.check(raw, have={}) == Wanted((Need(NeedKind.ACCREDITATION, world.doc_type, DID),))
    only = {need: found for need, found in world.have.items() if need.kind is NeedKind.ACCREDITATION}
    assert world.check(raw, have=only) == Wanted((Need(NeedKind.STATUS, LIST_URL, DID),))
    stranger = replace(world.policy, rules=replace(world.rules, authorities={}))
    ending = world.check(raw, have={}, policy=stranger)
    assert isinstance(ending, RefusedWith)
    assert ending.report.code == "issuer.unknown"


@pytest.mark.parametrize("kind", [NeedKind.ACCREDITATION, NeedKind.STATUS])
def test_what_could_not_be_had_or_is_old_is_undecided(kind: NeedKind) -> None:
    world = MdocWorld()
    raw, have = world.presentation(), world.have
    (need,) = (need for need in have if need.kind is kind)
    for found, code in (
        (Unavailable(NOW, "no connection"), f"{kind}.unavailable"),
        (world.material(have[need].body, age=timedelta(hours=2)), f"{kind}.too_old"),  # type: ignore[union-attr]
    ):
        ending = world.check(raw, have={**have, need: found})
        assert isinstance(ending, UndecidedWith), ending
        assert ending.report.code == code


def test_an_accreditation_of_another_root_does_not_count() -> None:
    world = MdocWorld()
    for digest in (bytes(32), Authority.load(world.authority(world.other_ref)).key_digest):
        world.accreditation = replace(world.accreditation, ca_digest=digest)
        ending = world.check(world.presentation())
        assert isinstance(ending, RefusedWith)
        assert ending.report.code == "issuer.certificate"


def test_an_accreditation_that_was_withdrawn() -> None:
    world = MdocWorld()
    world.accreditation = replace(world.accreditation, withdrawn_at=int((NOW - DAY).timestamp()))
    ending = world.check(world.presentation())
    assert isinstance(ending, RefusedWith)
    assert ending.report.code == "issuer.accreditation_withdrawn"


def test_a_policys_list_of_issuers_narrows() -> None:
    world = MdocWorld()
    policy = replace(world.policy, rules=replace(world.rules, issuers=frozenset({"did:web:other.example"})))
    ending = world.check(world.presentation(), policy=policy)
    assert isinstance(ending, RefusedWith)
    assert ending.report.code == "issuer.unknown"


def by_key(world: MdocWorld, **changes: Any) -> Any:
    """A policy that trusts a root by its key alone, for these types."""
    root = Authority.load(world.root)
    types = changes.get("types", frozenset({world.doc_type}))
    named = NamedIssuer(types, frozenset({LIST_URL}), {NeedKind.STATUS: timedelta(hours=1)})
    rules = replace(world.rules, authorities={root: ""}, by_name={root.name: named})
    return replace(world.policy, rules=rules, allow_without_status=changes.get("without", True))


def test_a_root_on_no_chain_is_accepted_by_name_and_type() -> None:
    world = MdocWorld(status=None)
    ending = accepted(world, world.presentation(), policy=by_key(world), have={})
    assert ending.credentials[0].issuer == Authority.load(world.root).name
    known = next(line for line in ending.report.sections[1].lines if line.check is CheckName.ISSUER_KNOWN)
    assert known.detail == "named by the policy, not accredited on chain"


def test_a_root_on_no_chain_is_not_accepted_for_another_type_or_unnamed() -> None:
    world = MdocWorld(status=None)
    raw = world.presentation()
    unnamed = replace(by_key(world), rules=replace(by_key(world).rules, by_name={}))
    for policy in (by_key(world, types=frozenset({"other"})), unnamed):
        ending = world.check(raw, policy=policy, have={})
        assert isinstance(ending, RefusedWith)
        assert ending.report.code == "issuer.unknown"


def test_the_status_of_an_issuer_on_no_chain_is_undecided_where_nobody_vouches_for_its_list() -> None:
    world = MdocWorld()
    need = Need(NeedKind.STATUS_LIST, LIST_URL, Authority.load(world.root).name)
    wanted = world.check(world.presentation(), policy=by_key(world), have={})
    assert wanted == Wanted((need,))
    ending = world.check(world.presentation(), policy=by_key(world), have={need: world.material(b"no list")})
    assert isinstance(ending, UndecidedWith)
    assert ending.report.code == "status.unavailable"


def signed_list(world: MdocWorld, value: int, **changes: Any) -> bytes:
    """The list in which the world's document stands at 5, by the document signer or whom `x5c` names."""
    entries = (value << 5 * 2).to_bytes(4, "little")
    claims = StatusListToken(LIST_URL, int(NOW.timestamp()) - 60, None, None, TokenStatusList(2, entries))
    certificate = changes.get("certificate", world.certificate)
    header: dict[str, Any] = {"typ": token_list.TYP, "alg": "ES256"}
    if certificate:
        header["x5c"] = [base64.b64encode(certificate).decode()]
    prepared = jws.prepare(header, strict_json.dumps(claims.payload()))
    (operation,) = prepared.to_be_signed
    ref = changes.get("ref", world.signer_ref)
    return prepared.complete([world.keys.sign(ref, operation.message, operation.alg)])


@pytest.mark.parametrize(
    ("value", "ending", "code"),
    [(0, Accepted, ""), (1, RefusedWith, "status.revoked"), (2, RefusedWith, "status.suspended")],
)
def test_the_status_of_an_issuer_on_no_chain_by_a_signer_under_its_root(
    value: int, ending: type[object], code: str
) -> None:
    world = MdocWorld()
    need = Need(NeedKind.STATUS_LIST, LIST_URL, Authority.load(world.root).name)
    have = {need: world.material(signed_list(world, value))}
    found = world.check(world.presentation(), policy=by_key(world), have=have)
    assert isinstance(found, ending), found
    assert not isinstance(found, Wanted)
    assert found.report.code == code


def test_a_list_by_another_signer_is_none() -> None:
    world = MdocWorld()
    name = Authority.load(world.root).name
    stranger = world.signer(world.authority(world.other_ref), world.other_ref)
    old = world.signer(world.root, begins=NOW - 200 * DAY, days=199)
    for certificate, ref, code in (
        (stranger, world.signer_ref, "issuer.unknown"),
        (old, world.signer_ref, "mdoc.signer_expired"),
        (world.root, world.root_ref, "issuer.unknown"),
        (world.certificate, world.other_ref, "keys.signature"),
        (b"", world.signer_ref, "issuer.certificate"),
        (b"no certificate", world.signer_ref, "issuer.certificate"),
    ):
        raw = signed_list(world, 0, certificate=certificate, ref=ref)
        with refused(code):
            signed_lists.authentic(raw, LIST_URL, name, {}, rules=by_key(world).rules, now=NOW)
    with refused("issuer.unknown"):
        # Under another root of the policy's, which is another issuer.
        signed_lists.authentic(
            signed_list(world, 0), LIST_URL, name + "x", {}, rules=by_key(world).rules, now=NOW
        )


def test_anybody_for_the_machine_that_shows_conformance() -> None:
    world = MdocWorld(status=None)
    rules = replace(
        world.rules,
        authorities={Authority.load(world.root): ""},
        accredited=Accredited.UNSAFE_ANYBODY_MAY_BE_THE_ISSUER,
    )
    policy = replace(world.policy, rules=rules, allow_without_status=True)
    accepted(world, world.presentation(), policy=policy, have={})


def test_a_mac_where_the_session_has_no_key_for_one() -> None:
    world = MdocWorld()
    binding = replace(world.binding, agree=None)
    ending = world.check(world.by_mac(), binding=binding)
    assert isinstance(ending, RefusedWith)
    assert ending.report.code == "holder.device_auth"


def test_a_response_without_a_session_is_a_mistake_of_ours() -> None:
    world = MdocWorld()
    with refused("mdoc.transcript", kind=LocalError):
        world.check(world.presentation(), binding=Binding(CLIENT_ID, NONCE))


def test_a_response_at_rest_does_not_pass() -> None:
    world = MdocWorld()
    checker = DeviceResponseChecker()
    checked = checker.check(checker.parse(world.presentation()), {}, rules=world.rules, binding=None, now=NOW)
    assert [line.code for line in checked.lines if line.outcome is Outcome.FAILED] == [
        "holder.binding_missing"
    ]
    assert checked.nested == ()


@pytest.mark.parametrize(
    ("key", "code"), [(None, "holder.binding_missing"), ("other", "holder.key_mismatch")]
)
def test_a_document_must_be_its_holders(key: str | None, code: str) -> None:
    world = MdocWorld()
    parsed = Mdoc(issuer_signed.parse(world.credential()))
    proved = None if key is None else world.keys.public(world.other_ref)
    binding = Binding(CLIENT_ID, NONCE, proved, transcript=SESSION)
    checked = MdocChecker().check(parsed, world.have, rules=world.rules, binding=binding, now=NOW)
    assert isinstance(checked, Checked)
    assert [line.code for line in checked.lines if line.outcome is Outcome.FAILED] == [code]


def test_valid_to_the_second_with_the_leeway() -> None:
    end = datetime(2027, 2, 1, tzinfo=UTC)
    world = MdocWorld()
    world.validity = replace(world.validity, valid_until=end)
    world.accreditation = replace(world.accreditation, valid_until=int((end + DAY).timestamp()))
    raw = world.presentation()
    for late, code in ((timedelta(seconds=29), ""), (timedelta(seconds=31), "validity.expired")):
        world.now = end + late
        ending = world.check(raw)
        assert not isinstance(ending, Wanted)
        assert ending.report.code == code


@pytest.mark.parametrize("how", ["signature", "mac", "mac_of_another", "mac_on_p384"])
def test_a_check_can_be_saved_and_made_again(how: str) -> None:
    world = MdocWorld()
    holder = world.other_ref if how == "mac_of_another" else None
    raw = world.presentation() if how == "signature" else world.by_mac(holder=holder)
    if how == "mac_on_p384":
        world, raw = MdocWorld(holder_alg=P384), mac_on(P384)
    request = Request(FormatId.DEVICE_RESPONSE, world.binding, frozenset({world.doc_type}))
    dumped = bundle.dump(raw, world.have, request=request, policy=world.policy, now=NOW)

    again = bundle.replay(dumped, lambda _: CHECKERS)

    first = world.check(raw)
    assert not isinstance(first, Wanted)
    assert again.report == first.report
    assert again.report.code == ("holder.device_auth" if how.startswith("mac_o") else "")
    altered = json.loads(dumped)
    if altered["request"].get("agreed"):
        altered["request"]["agreed"] = {}
        with refused("verifier.bundle", "/request/agreed", kind=LocalError):
            bundle.replay(json.dumps(altered).encode(), lambda _: CHECKERS)


def test_a_layout_is_learned_from_what_an_issuer_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device_response, "_LAYOUTS", Layouts(frozenset((24,))))
    monkeypatch.setattr(mso, "_LAYOUTS", Layouts(fields.VALUE_TAGS))
    monkeypatch.setattr(issuer_signed, "_VALUES", Layouts(fields.VALUE_TAGS))
    world, stranger = MdocWorld(), MdocWorld(keys=MemoryKeyStore(b"stranger"))
    chosen = [(MDL, "family_name"), (MDL, "driving_privileges")]

    assert isinstance(world.check(stranger.presentation(disclose=chosen)), RefusedWith)
    raw = world.presentation(disclose=chosen)
    assert len(unknown(raw)) == 3
    accepted(world, raw)
    assert not unknown(raw)
    accepted(world, world.presentation(disclose=chosen))


def unknown(raw: bytes) -> list[Any]:
    """What of a response is laid out as nothing that was seen before."""
    ((document, _),) = device_response.parse(raw).documents
    return list(document.issuer_signed.unknown)


@pytest.mark.parametrize(
    ("value", "ending", "code"),
    [(0, Accepted, ""), (1, RefusedWith, "status.revoked"), (2, RefusedWith, "status.suspended")],
)
@pytest.mark.parametrize("protected", [True, False])
def test_the_list_of_a_signer_under_the_root_as_a_cwt(
    value: int, ending: type[Any], code: str, *, protected: bool
) -> None:
    world = MdocWorld()
    found = by_list(world, cwt_list(world, value, world.certificate, protected=protected))
    assert isinstance(found, ending), found
    assert found.report.code == code


@pytest.mark.parametrize("chain", [None, "text", [b"one", b"two"], b"no certificate"])
def test_a_cwt_without_its_signer_is_no_list(chain: Any) -> None:
    world = MdocWorld()
    ending = by_list(world, cwt_list(world, 0, chain))
    assert isinstance(ending, UndecidedWith)
    assert ending.report.code == "status.unavailable"
    assert "issuer.certificate" in ending.report.sections[1].lines[-2].detail


def by_list(world: MdocWorld, raw: bytes) -> Any:
    need = Need(NeedKind.STATUS_LIST, LIST_URL, Authority.load(world.root).name)
    return world.check(world.presentation(), policy=by_key(world), have={need: world.material(raw)})


def cwt_list(world: MdocWorld, value: int, chain: Any, *, protected: bool = True) -> bytes:
    entries = (value << 5 * 2).to_bytes(4, "little")
    claims = StatusListToken(LIST_URL, int(NOW.timestamp()) - 60, None, None, TokenStatusList(2, entries))
    named: Any = {} if chain is None else {cose.X5CHAIN: chain}
    prepared = token_list_cwt.prepare(claims, P256, named if protected else {})
    if not protected:
        prepared = replace(prepared, unprotected=named)
    (operation,) = prepared.to_be_signed
    return prepared.complete([world.keys.sign(world.signer_ref, operation.message, operation.alg)])
