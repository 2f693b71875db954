"""What a person authorises by presenting: read, shown, signed and checked; and each way to cheat."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from clicid.codec import base64url, strict_json
from clicid.errors import RemoteError
from clicid.formats.mdoc.mso import Authorizations
from clicid.formats.sd_jwt_vc import token
from clicid.oid4vp import presenting, transaction_data
from clicid.oid4vp.binding import IN_THE_OPEN
from clicid.oid4vp.checking import AcceptedAnswer, RefusedAnswer
from clicid.oid4vp.transaction_data import (
    AGREEMENT,
    HASHES,
    HASHES_ALG,
    PAYMENT,
    TYPES,
    Authorised,
    TransactionData,
    TransactionType,
)
from tests.support.asking import CONTEXTS, NAME_QUERY, Asking
from tests.support.every_format import EveryHolder, query
from tests.support.refusals import refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clicid.oid4vp.dcql import Query
    from clicid.oid4vp.request import AuthorizationRequest

DETAILS = {"payee": "Systembolaget", "amount": "129.50", "currency": "SEK"}
TEXT = {"text": "Jag godkänner köpet."}


def payment(*ids: str, algs: Sequence[str] = (), **changes: str) -> TransactionData:
    return TransactionData.make(PAYMENT, DETAILS | changes, ids or ("sd",), algs)


def raw(**members: Any) -> TransactionData:
    """An object as a stranger may write it."""
    obj = {"type": PAYMENT.name, "credential_ids": ["sd"], **DETAILS, **members}
    kept = {name: value for name, value in obj.items() if value is not None}
    return TransactionData.parse(base64url.encode(strict_json.dumps(kept)), "/transaction_data/0")


def asked(wanted: Query, *items: TransactionData) -> AuthorizationRequest:
    return replace(Asking().session(wanted).request, transaction_data=items)


@pytest.fixture(scope="module")
def holder() -> EveryHolder:
    return EveryHolder()


def key_binding(presentation: Any) -> dict[str, Any]:
    proof = token.parse(presentation.encode()).combined.key_binding
    assert proof is not None
    found: dict[str, Any] = json.loads(proof.jws.unverified_payload)
    return found


def test_the_hash_is_over_the_text_as_it_came(holder: EveryHolder) -> None:
    item = payment()
    request = asked(query("dc+sd-jwt"), item)
    response = holder.answer(request)
    claims = key_binding(response.vp_token["sd"][0])
    assert claims[HASHES] == [base64url.encode(hashlib.sha256(item.encoded.encode()).digest())]
    assert HASHES_ALG not in claims
    assert isinstance(holder.check(request, response), AcceptedAnswer)


def test_the_algorithm_is_named_where_the_request_names_some(holder: EveryHolder) -> None:
    item = payment(algs=("sha-512", "sha-384"))
    request = asked(query("dc+sd-jwt"), item, payment(algs=("sha3-256", "sha-384"), amount="1"))
    response = holder.answer(request)
    claims = key_binding(response.vp_token["sd"][0])
    assert claims[HASHES_ALG] == "sha-384"
    assert claims[HASHES][0] == base64url.encode(hashlib.sha384(item.encoded.encode()).digest())
    assert isinstance(holder.check(request, response), AcceptedAnswer)


def test_a_presentation_without_anything_to_authorise_says_nothing_of_it(holder: EveryHolder) -> None:
    claims = key_binding(holder.answer(asked(query("dc+sd-jwt"))).vp_token["sd"][0])
    assert claims.keys() == {"iat", "aud", "nonce", "sd_hash"}


def licence(holder: EveryHolder, **allowed: Any) -> EveryHolder:
    """A holder whose driving licence may authorise payments, or what else is given."""
    may = Authorizations(**(allowed or {"namespaces": frozenset({PAYMENT.element[0]})}))
    mine = EveryHolder()
    mine.mdocs.authorizations = may
    mine.holdings |= {"mdl": replace(holder.holdings["mdl"], raw=mine.mdocs.credential())}
    return mine


def test_a_mobile_document_authorises_what_its_issuer_lets_it(holder: EveryHolder) -> None:
    mine = licence(holder)
    item = payment("mdl")
    request = asked(query("mso_mdoc"), item)
    response = mine.answer(request)
    found = mine.check(request, response)
    assert isinstance(found, AcceptedAnswer)
    # The same answer does not authorise another payment.
    other = asked(query("mso_mdoc"), payment("mdl", amount="1000"))
    altered = mine.check(replace(request, transaction_data=other.transaction_data), response)
    assert isinstance(altered, RefusedAnswer)
    assert altered.code == "oid4vp.transaction_data"


def test_a_mobile_document_that_may_authorise_texts_authorises_no_payment(holder: EveryHolder) -> None:
    """Its holder states the payment's hash where it may state that of a text."""
    namespace, element = AGREEMENT.element
    mine = licence(holder, elements={namespace: frozenset({element})})
    request = asked(query("mso_mdoc"), payment("mdl"))
    cheating = {PAYMENT.name: replace(PAYMENT, element=AGREEMENT.element)}
    prepared = presenting.prepare(
        request,
        mine.picks(request.query),
        mine.holdings,
        channel=IN_THE_OPEN,
        transactions=cheating,
        contexts=CONTEXTS,
        now=mine.world.now,
    )
    signatures = [mine.sign(name, one.message, one.alg) for name, one in prepared.to_be_signed]
    found = mine.check(request, prepared.complete(signatures))
    assert isinstance(found, RefusedAnswer)
    assert found.code == "oid4vp.transaction_data"


def test_a_mobile_document_that_may_not_authorise_is_not_shown(holder: EveryHolder) -> None:
    request = asked(query("mso_mdoc", "dc+sd-jwt"), payment("mdl"))
    with pytest.raises(RemoteError) as caught:
        holder.answer(request)
    assert caught.value.wire == "invalid_transaction_data"
    picks = holder.picks(request.query)
    with pytest.raises(RemoteError) as caught:
        presenting.check_authorises(request, picks, holder.holdings)
    assert caught.value.wire == "invalid_transaction_data"
    presenting.check_authorises(request, picks, licence(holder).holdings)
    presenting.check_authorises(asked(query("mso_mdoc", "dc+sd-jwt"), payment("sd")), picks, holder.holdings)


def test_one_credential_authorises_where_several_may(holder: EveryHolder) -> None:
    mine = licence(holder)
    request = asked(query("dc+sd-jwt", "mso_mdoc"), payment("mdl", "sd"), payment("sd", amount="2"))
    response = mine.answer(request)
    (claims,) = (key_binding(one) for one in response.vp_token["sd"])
    assert len(claims[HASHES]) == 1
    assert isinstance(mine.check(request, response), AcceptedAnswer)


def test_what_authorises_must_be_presented() -> None:
    with pytest.raises(RemoteError) as caught:
        transaction_data.assign((payment("age"),), {"sd"})
    assert caught.value.wire == "invalid_transaction_data"


@pytest.mark.parametrize(
    "items",
    [
        (payment(amount="1295.0"),),
        (payment(), payment(amount="1")),
        (payment("mdl"),),
        (payment(algs=("sha-384",)),),
    ],
    ids=["another amount", "one more", "another credential", "another hash"],
)
def test_an_answer_authorises_that_and_nothing_else(
    holder: EveryHolder, items: tuple[TransactionData, ...]
) -> None:
    request = asked(query("dc+sd-jwt"), payment())
    response = holder.answer(request)
    found = holder.check(replace(request, transaction_data=items), response)
    assert isinstance(found, RefusedAnswer)
    assert found.code == "oid4vp.transaction_data"


def test_more_than_was_asked_is_refused(holder: EveryHolder) -> None:
    request = asked(query("dc+sd-jwt"), payment(), payment(amount="1000000"))
    response = holder.answer(request)
    found = holder.check(replace(request, transaction_data=(payment(),)), response)
    assert isinstance(found, RefusedAnswer)
    assert found.code == "oid4vp.transaction_data"


def test_the_same_payment_twice_is_signed_twice(holder: EveryHolder) -> None:
    request = asked(query("dc+sd-jwt"), payment(), payment())
    response = holder.answer(request)
    assert len(key_binding(response.vp_token["sd"][0])[HASHES]) == 2
    assert isinstance(holder.check(request, response), AcceptedAnswer)
    once = holder.answer(replace(request, transaction_data=(payment(),)))
    assert isinstance(holder.check(request, once), RefusedAnswer)


UNBOUND = query("dc+sd-jwt", require_cryptographic_holder_binding=False)
WITHOUT_ELEMENT = TransactionType("urn:x", {}, {})


@pytest.mark.parametrize(
    ("item", "wanted"),
    [
        (raw(type="urn:unknown"), query("dc+sd-jwt")),
        (raw(credential_ids=["other"]), query("dc+sd-jwt")),
        (raw(credential_ids=["sd", "other"]), query("dc+sd-jwt")),
        (raw(), UNBOUND),
        (raw(credential_ids=["jwt"]), query("jwt_vc_json")),
        (raw(credential_ids=["ldp"]), query("ldp_vc")),
        (
            raw(type="urn:x", credential_ids=["mdl"], payee=None, amount=None, currency=None),
            query("mso_mdoc"),
        ),
        (raw(amount="-1"), query("dc+sd-jwt")),
        (raw(amount="٣"), query("dc+sd-jwt")),
        (raw(amount=129), query("dc+sd-jwt")),
        (raw(currency="kr"), query("dc+sd-jwt")),
        (raw(payee=None), query("dc+sd-jwt")),
        (raw(payee="x" * 1025), query("dc+sd-jwt")),
        (raw(tip="1"), query("dc+sd-jwt")),
        (raw(transaction_data_hashes_alg=["sha-1", "md5"]), query("dc+sd-jwt")),
    ],
    ids=[
        *("type", "credential", "one of two", "unbound", "jwt", "ldp", "no element", "negative"),
        *("digits of another script", "a number", "currency", "missing", "long", "more", "hashes"),
    ],
)
def test_what_cannot_be_authorised_is_refused(item: TransactionData, wanted: Query) -> None:
    types = {**TYPES, "urn:x": WITHOUT_ELEMENT}
    with pytest.raises(RemoteError) as caught:
        transaction_data.check((item,), wanted, types)
    assert (caught.value.wire, caught.value.code) == ("invalid_transaction_data", "oid4vp.transaction_data")


def test_lists_of_hashes_without_a_common_one_are_refused() -> None:
    with pytest.raises(RemoteError):
        transaction_data.check((payment(), payment(algs=("sha-512",))), query("dc+sd-jwt"), TYPES)


def test_what_may_be_authorised_passes() -> None:
    agreement = TransactionData.make(AGREEMENT, TEXT, ["who"])
    transaction_data.check((agreement,), NAME_QUERY, TYPES)
    assert agreement.details == TEXT
    with refused("oid4vp.transaction_data", kind=RemoteError):
        TransactionData.make(AGREEMENT, {"text": ""}, ["who"])


@pytest.mark.parametrize(
    "claims",
    [
        {HASHES_ALG: "sha-256"},
        {HASHES: []},
        {HASHES: "AA"},
        {HASHES: ["="]},
        {HASHES: ["AA"] * 9},
        {HASHES: ["AA"], HASHES_ALG: 1},
    ],
)
def test_claims_of_another_form_are_refused(claims: Any) -> None:
    with pytest.raises(RemoteError) as caught:
        Authorised.from_claims(claims, "vp_token")
    assert caught.value.code == "oid4vp.transaction_data"


def test_a_proof_that_says_nothing_of_it_authorises_nothing(holder: EveryHolder) -> None:
    assert Authorised.from_claims({"nonce": "x"}, "vp_token") is None
    silent = asked(query("dc+sd-jwt"))
    response = holder.answer(silent)
    found = holder.check(replace(silent, transaction_data=(payment(),)), response)
    assert isinstance(found, RefusedAnswer)
    assert found.code == "oid4vp.transaction_data"


def test_labels_are_in_both_languages() -> None:
    for kind in TYPES.values():
        assert kind.title.keys() == {"sv", "en"}
        assert all(member.label.keys() == {"sv", "en"} for member in kind.members.values())


def test_what_is_authorised_stays_out_of_what_is_printed() -> None:
    assert "Systembolaget" not in repr(payment())
    assert payment().encoded not in repr(payment())


def test_what_is_shown_beside_authorises_nothing(holder: EveryHolder) -> None:
    """Neither a credential of a format that cannot, nor one that is shown without its holder's proof."""
    beside = query("dc+sd-jwt", require_cryptographic_holder_binding=False).credentials[0]
    wanted = query("dc+sd-jwt", "ldp_vc")
    both = replace(wanted, credentials=(*wanted.credentials, replace(beside, id="open")))
    request = replace(asked(both, payment()), state="s")
    response = holder.answer(request)
    bare = response.vp_token["sd"][0]
    assert isinstance(bare, str)
    shown = {**response.vp_token, "open": (bare.rpartition("~")[0] + "~",)}
    assert isinstance(holder.check(request, replace(response, vp_token=shown)), AcceptedAnswer)
    swapped = {**shown, "sd": shown["open"], "open": shown["sd"]}
    assert isinstance(holder.check(request, replace(response, vp_token=swapped)), RefusedAnswer)


@pytest.mark.parametrize(
    ("item", "by", "alg"),
    [
        (payment("sd"), "mdl", "sha-256"),
        (payment(algs=("sha-512",)), "sd", "sha-256"),
        (payment(), "sd", "sha-512"),
    ],
    ids=["by another credential", "with a hash that was not offered", "with another hash than the default"],
)
def test_the_right_hash_from_the_wrong_hand_authorises_nothing(
    item: TransactionData, by: str, alg: str
) -> None:
    with pytest.raises(RemoteError):
        transaction_data.check_authorised((item,), {by: [Authorised(alg, (item.digest(alg),))]}, TYPES)
