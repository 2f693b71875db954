"""HAIP 1.0 5 to 5.3: what a wallet under it listens to, and what it refuses; what goes on without it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from clicid.errors import RemoteError
from clicid.oid4vp import wallet
from clicid.oid4vp.checking import RefusedAnswer
from clicid.oid4vp.client_id import ORIGIN as ORIGIN_PREFIX
from clicid.oid4vp.client_id import ClientId
from clicid.oid4vp.presentation import ChoiceWanted, Finished, Presentation
from clicid.oid4vp.request import HAIP_SCHEME, RequestReference, ResponseMode, parse_request_url
from clicid.oid4vp.rules import HAIP, OPENID4VP, Requesters
from clicid.oid4vp.session import Verdict
from clicid.oid4vp.verifier import SUPPORTED_FORMATS
from clicid.securing import jwe
from clicid.securing.jwe import Recipient
from clicid.trust.anchors import Anchor
from tests.support import requests
from tests.support.asking import Asking
from tests.support.desks import ASKERS, KEY, REQUEST_URI, TERMS, Desk, play
from tests.support.every_format import query
from tests.support.requests import ALONE, CHAIN, LEAF, ORIGIN, ROOT, ROOT_DER, SAN, Case, hash_of, x5c
from tests.support.world import NOW, Dice
from tests.support.x509 import issue

if TYPE_CHECKING:
    from collections.abc import Sequence

UNDER_HAIP = replace(TERMS, request=HAIP)
JWT, PLAIN = ResponseMode.DIRECT_POST_JWT, ResponseMode.DIRECT_POST
ROOTED = (issue(LEAF, ROOT), ROOT_DER)


def test_a_signed_and_encrypted_request_by_hash_is_answered() -> None:
    desk = Desk("x509_hash", JWT)
    reply, choice = play(desk, terms=UNDER_HAIP)
    assert (reply, desk.verdict) == (Finished(presented=True), Verdict.ACCEPTED)
    assert choice.verified.asker.vouched_by == "Root"


@pytest.mark.parametrize("kind", [one for one in ASKERS if one != "x509_hash"])
def test_no_other_prefix_is_listened_to(kind: str) -> None:
    desk = Desk(kind, JWT)
    with pytest.raises(RemoteError) as caught:
        play(desk, terms=UNDER_HAIP)
    assert (caught.value.wire, caught.value.code) == ("invalid_request", "oid4vp.unsupported")
    assert play(desk)[0] == Finished(presented=True)


def test_a_request_in_the_open_is_refused() -> None:
    asked = Asking().session(
        client_id=ClientId("redirect_uri", requests.ADDRESS),
        response_uri=requests.ADDRESS,
        verifier_info=(),
    )
    link = asked.request.to_url()
    with pytest.raises(RemoteError) as caught:
        wallet.start(link, terms=UNDER_HAIP, now=NOW, random=Dice("w"))
    assert (caught.value.wire, caught.value.code) == ("invalid_request", "oid4vp.unsupported")
    assert wallet.start(link, terms=TERMS, now=NOW, random=Dice("w"))[0].request is not None


def test_a_request_object_in_the_link_is_refused() -> None:
    with pytest.raises(RemoteError) as caught:
        HAIP.check_client(ClientId.parse(hash_of(CHAIN)), by_value=True)
    assert caught.value.where == "request_uri"
    HAIP.check_client(ClientId.parse(hash_of(CHAIN)), by_value=False)
    OPENID4VP.check_client(ClientId.parse(hash_of(CHAIN)), by_value=True)


def test_an_answer_in_the_open_is_refused_and_the_verifier_is_told() -> None:
    desk = Desk("x509_hash", PLAIN)
    reply, choice = play(desk, terms=UNDER_HAIP)
    assert (reply, choice) == (Finished(presented=False, code="oid4vp.unsupported"), None)
    assert play(Desk("x509_hash", PLAIN))[0] == Finished(presented=True)


def by_chain(chain: Sequence[bytes], terms: Any) -> Any:
    """A desk whose certificates are these, of the same key."""
    desk = Desk("x509_hash", JWT, client_id=ClientId.parse(hash_of(chain)))
    desk.client_id, desk.arguments = ClientId.parse(hash_of(chain)), {"x5c": tuple(chain)}
    return play(desk, terms=terms)[0]


@pytest.mark.parametrize(
    "chain", [ROOTED, (*CHAIN, ROOT_DER), ALONE, requests.STRANGER], ids=["leaf", "path", "alone", "stranger"]
)
def test_a_root_in_the_chain_and_a_certificate_of_nobodys_are_refused(chain: Sequence[bytes]) -> None:
    reply = by_chain(chain, UNDER_HAIP)
    assert isinstance(reply, RemoteError)
    assert (reply.wire, reply.code) == ("invalid_client", "oid4vp.certificate")
    assert by_chain(chain, TERMS) == Finished(presented=True)


def test_a_root_that_is_itself_under_another_is_a_trust_anchor_all_the_same() -> None:
    """Self-signed or not: what the wallet trusts does not stand in the header."""
    middle = replace(UNDER_HAIP, requesters=Requesters({Anchor.load(requests.MIDDLE_DER): "Middle"}))
    reply = by_chain(CHAIN, middle)
    assert isinstance(reply, RemoteError)
    assert reply.code == "oid4vp.certificate"
    assert by_chain(CHAIN[:1], middle) == Finished(presented=True)


def test_links_of_both_schemes_say_the_same() -> None:
    reference = RequestReference(ClientId.parse(hash_of(CHAIN)), REQUEST_URI, "post")
    link = reference.to_url(HAIP.scheme)
    assert link.startswith(f"{HAIP_SCHEME}://?")
    assert parse_request_url(link) == parse_request_url(reference.to_url()) == reference


def test_a256gcm_is_taken_where_both_are_offered_and_a128gcm_where_it_alone_is() -> None:
    request = Desk("x509_hash", JWT).session.request
    assert set(request.metadata.encs) == {jwe.A128GCM, jwe.A256GCM}
    assert HAIP.enc(request) == jwe.A256GCM
    only = replace(request, metadata=replace(request.metadata, encs=(jwe.A128GCM,)))
    assert HAIP.enc(only) == jwe.A128GCM


def test_the_wallet_says_what_it_listens_to() -> None:
    said = HAIP.wallet_metadata(SUPPORTED_FORMATS)
    assert said["client_id_prefixes_supported"] == ["x509_hash"]
    assert said["response_modes_supported"] == ["direct_post.jwt"]
    assert set(said["vp_formats_supported"]) == {"dc+sd-jwt", "mso_mdoc"}  # type: ignore[arg-type]
    assert "ES256" in said["request_object_signing_alg_values_supported"]  # type: ignore[operator]
    every = OPENID4VP.wallet_metadata(SUPPORTED_FORMATS)["vp_formats_supported"]
    assert set(every) == set(SUPPORTED_FORMATS)  # type: ignore[arg-type]


def test_a_query_for_none_of_the_profiles_formats_is_refused() -> None:
    wanted = query("jwt_vc_json")
    reply, _ = play(Desk("x509_hash", JWT, query=wanted), terms=UNDER_HAIP)
    assert reply == Finished(presented=False, code="oid4vp.unsupported")
    assert play(Desk("x509_hash", JWT, query=wanted))[0] == Finished(presented=True)


def test_each_mdoc_comes_in_a_device_response_of_its_own() -> None:
    desk = Desk("x509_hash", JWT)
    answer = desk.holder.answer(desk.session.request, None)
    assert {len(found) for found in answer.vp_token.values()} == {1}
    assert len(answer.vp_token) == 2


# Credentials that have a holder


def test_what_is_bound_is_never_accepted_without_its_holders_proof() -> None:
    """Also where the query says that it need not be: HAIP 1.0 6.1.1.1 says always."""
    wanted = query("dc+sd-jwt")
    unbound = replace(
        wanted,
        credentials=tuple(
            replace(one, require_cryptographic_holder_binding=False) for one in wanted.credentials
        ),
    )
    desk = Desk("x509_hash", JWT, query=unbound)
    request, holder = desk.session.request, desk.holder
    answer = holder.answer(request, None)
    alone = replace(
        answer,
        vp_token={
            name: tuple(f"{str(one).rpartition('~')[0]}~" for one in found)
            for name, found in answer.vp_token.items()
        },
    )
    plain = holder.check(request, alone, None)
    strict = replace(holder.policy, rules=replace(holder.policy.rules, haip=True))
    found = holder.check(request, alone, None, policy=strict)
    assert isinstance(found, RefusedAnswer)
    assert found.code == "holder.binding_missing"
    assert not isinstance(plain, RefusedAnswer)


# The Digital Credentials API


def asked(mode: ResponseMode, **changes: Any) -> Any:
    recipient = Recipient(KEY.public, "k", jwe.ECDH_ES) if mode.encrypted else None
    return Asking().session(
        **{
            "client_id": ClientId(ORIGIN_PREFIX, ORIGIN),
            "response_uri": "",
            "response_mode": mode,
            "recipient": recipient,
            "verifier_info": (),
            "origin": ORIGIN,
            **changes,
        }
    )


def start(protocol: str, data: Any, terms: Any = UNDER_HAIP) -> tuple[Presentation, Any]:
    return wallet.start_for_page(protocol, data, ORIGIN, terms=terms, now=NOW, random=Dice("w"))


ENCRYPTED: dict[str, Any] = {
    "response_mode": "dc_api.jwt",
    "client_metadata": asked(ResponseMode.DC_API_JWT).request.metadata.to_wire(),
}


def several(*chains: Sequence[bytes]) -> dict[str, Any]:
    """A request that a client by name has signed, and clients of these certificates, all with one key."""
    payload, signatures = "", []
    for who, header in [(SAN, {"x5c": x5c(CHAIN)}), *((hash_of(one), {"x5c": x5c(one)}) for one in chains)]:
        changes = {**ENCRYPTED, "client_id": None}
        case = Case("x", who, {**header, "client_id": who}, changes, origin=ORIGIN)
        protected, payload, signature = case.to_json()["input"].split(".")
        signatures.append({"protected": protected, "signature": signature})
    return {"request": {"payload": payload, "signatures": signatures}}


def test_an_unsigned_request_of_a_page_is_listened_to_if_its_answer_is_encrypted() -> None:
    _, reply = start("openid4vp-v1-unsigned", asked(ResponseMode.DC_API_JWT).request.to_wire())
    assert isinstance(reply, ChoiceWanted)
    plain = asked(ResponseMode.DC_API).request.to_wire()
    _, refusal = start("openid4vp-v1-unsigned", plain)
    assert isinstance(refusal, RemoteError)
    assert refusal.code == "oid4vp.unsupported"
    assert isinstance(start("openid4vp-v1-unsigned", plain, TERMS)[1], ChoiceWanted)


@pytest.mark.parametrize(
    "change",
    [
        {"response_type": "vp_token id_token"},
        {"response_type": "code"},
        {"dcql_query": None},
        {"dcql_query": None, "presentation_definition": {"id": "x", "input_descriptors": []}},
    ],
    ids=str,
)
def test_nothing_but_a_vp_token_is_given_and_nothing_but_dcql_understood(change: dict[str, Any]) -> None:
    wire = {**asked(ResponseMode.DC_API_JWT).request.to_wire(), **change}
    with pytest.raises(RemoteError) as caught:
        start("openid4vp-v1-unsigned", {name: one for name, one in wire.items() if one is not None})
    assert caught.value.wire == "invalid_request"


def signed(who: str, chain: Sequence[bytes], changes: dict[str, Any]) -> dict[str, Any]:
    return {"request": Case("x", who, {"x5c": x5c(chain)}, changes, origin=ORIGIN).to_json()["input"]}


def test_a_signed_request_of_a_page_is_by_hash_and_its_answer_encrypted() -> None:
    protocol, who = "openid4vp-v1-signed", hash_of(CHAIN)
    _, reply = start(protocol, signed(who, CHAIN, ENCRYPTED))
    assert isinstance(reply, ChoiceWanted)
    assert reply.verified.signed
    assert isinstance(start(protocol, signed(who, CHAIN, {}))[1], RemoteError), "in the open"
    assert isinstance(start(protocol, signed(hash_of(ROOTED), ROOTED, ENCRYPTED))[1], RemoteError), "a root"
    with pytest.raises(RemoteError):
        start(protocol, signed(SAN, CHAIN, ENCRYPTED))
    assert isinstance(start(protocol, signed(SAN, CHAIN, ENCRYPTED), TERMS)[1], ChoiceWanted)


def test_of_several_signatures_that_by_hash_counts() -> None:
    _, reply = start("openid4vp-v1-multisigned", several(CHAIN))
    assert isinstance(reply, ChoiceWanted)
    assert str(reply.verified.request.client_id) == hash_of(CHAIN)
    with pytest.raises(RemoteError):
        start("openid4vp-v1-multisigned", several())
