"""Presentations that must not be accepted, and calls that are not the caller's to make, over real HTTP."""

from __future__ import annotations

import copy
import json
import random
import string
from base64 import urlsafe_b64decode
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters import clock
from clicid.codec import base64url
from clicid.formats.base import Binding
from clicid.keys.algorithms import P256
from sandbox.network import SHOP
from sandbox.provider_client import AGE_SD_JWT as ASK_AGE
from sandbox.provider_client import AGE_W3C as ASK_AGE_W3C
from sandbox.provider_client import IDENTITY_W3C as ASK_IDENTITY_W3C
from sandbox.provider_client import NAME_AND_AGE, ProviderClient
from tests.support import plain_verifier
from tests.support.live import AGE_W3C, IDENTITY, IDENTITY_W3C, ending
from tests.support.live_network import until
from tests.support.second_issuer import SecondIssuer

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from sandbox.network import Network
    from sandbox.setup.provider import Provider
    from sandbox.wallet_client import WalletClient
    from tests.support.live import Asked, Copy, Door

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("unchanged")]

SAMPLES = 64
WAYS = [(NAME_AND_AGE, IDENTITY, "identity"), (ASK_AGE_W3C, AGE_W3C, "age")]
BASE64URL = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"


def test_what_is_good_is_accepted_and_nothing_more_is_shown(
    shop: Door, copies: dict[str, Copy], network: Network
) -> None:
    asked = shop.ask()
    assert shop.post(asked, copies[IDENTITY].sd_jwt(asked.binding)).status_code == 200
    body = shop.result(asked)
    assert ending(body["report"]) == ("accepted", "")
    (shown,) = body["claims"]["identity"]
    assert shown["claims"] == {"age_over_18": True, "family_name": "Åkerström-Öberg", "test_credential": True}
    assert shop.backend.health()["calls"].get(network.founded.identifier, 0) == 0
    asked = shop.ask(ASK_AGE_W3C)
    assert ending(shop.judge(asked, copies[AGE_W3C].w3c(asked.binding), "age")) == ("accepted", "")


NAME_AND_AGE_PLACES = [("credentialSubject", "ageOver18"), ("credentialSubject", "familyName")]


def test_a_part_of_the_w3c_identity_is_accepted_and_nothing_more_is_shown(
    shop: Door, copies: dict[str, Copy]
) -> None:
    asked = shop.ask(ASK_IDENTITY_W3C)
    seen = copies[IDENTITY_W3C].w3c(asked.binding, NAME_AND_AGE_PLACES)
    assert ending(shop.judge(asked, seen)) == ("accepted", "")
    asked = shop.ask(ASK_IDENTITY_W3C)
    shop.post(asked, copies[IDENTITY_W3C].w3c(asked.binding, NAME_AND_AGE_PLACES))
    (shown,) = shop.result(asked)["claims"]["identity"]
    claims = shown["claims"]
    assert claims == {"ageOver18": True, "familyName": "Åkerström-Öberg", "testCredential": True}


def test_the_wallet_shows_a_part_of_the_w3c_identity(shop: Door, wallet: WalletClient) -> None:
    made = shop.backend.ask(ASK_IDENTITY_W3C)
    said = wallet.present(made["request_url"])
    assert said.status == 0, said.error
    assert "Åkerström-Öberg" in said.out
    assert "1990" not in said.out
    status, body = shop.backend.result(made["id"])
    assert (status, body["report"]["verdict"]) == (200, "accepted")


def test_a_base_proof_is_the_holders_secret_and_no_presentation(shop: Door, copies: dict[str, Copy]) -> None:
    asked = shop.ask(ASK_IDENTITY_W3C)
    held = copies[IDENTITY_W3C]
    seen = held.w3c(asked.binding, NAME_AND_AGE_PLACES)
    seen["verifiableCredential"] = [json.loads(held.raw)]
    assert shop.judge(asked, seen)["verdict"] == "refused"


# Replayed, for somebody else, in answer to something else ------------------------------------------


@pytest.mark.parametrize("way", WAYS)
def test_a_presentation_replayed_in_another_session(
    shop: Door, copies: dict[str, Copy], way: tuple[dict[str, Any], str, str]
) -> None:
    query, name, query_id = way
    first, second = shop.ask(query), shop.ask(query)
    seen = _presented(copies[name], first.binding)
    assert ending(shop.judge(first, seen, query_id)) == ("accepted", "")
    assert ending(shop.judge(second, seen, query_id)) == ("refused", "holder.nonce")


def test_an_answer_posted_a_second_time(shop: Door, copies: dict[str, Copy]) -> None:
    asked = shop.ask()
    seen = copies[IDENTITY].sd_jwt(asked.binding)
    assert shop.post(asked, seen).status_code == 200
    again = shop.post(asked, seen)
    assert (again.status_code, again.json()) == (400, {"error": "invalid_request"})
    assert ending(shop.result(asked)["report"]) == ("accepted", "")


@pytest.mark.parametrize("way", WAYS)
def test_for_another_audience_or_another_nonce(
    shop: Door, copies: dict[str, Copy], way: tuple[dict[str, Any], str, str]
) -> None:
    query, name, query_id = way
    asked = shop.ask(query)
    for_another = Binding("decentralized_identifier:did:ethr:0x1:0x" + "ab" * 20, asked.nonce)
    report = shop.judge(asked, _presented(copies[name], for_another), query_id)
    assert ending(report) == ("refused", "holder.audience")
    asked = shop.ask(query)
    to_another = Binding(asked.client_id, "not the nonce of the request")
    report = shop.judge(asked, _presented(copies[name], to_another), query_id)
    assert ending(report) == ("refused", "holder.nonce")


def test_a_proof_from_an_hour_ago(shop: Door, copies: dict[str, Copy]) -> None:
    asked = shop.ask()
    old = copies[IDENTITY].sd_jwt(asked.binding, at=clock.now() - timedelta(hours=1))
    assert ending(shop.judge(asked, old)) == ("refused", "holder.proof_time")


# Without the holder, or with another ----------------------------------------------------------------


def test_without_key_binding(shop: Door, copies: dict[str, Copy]) -> None:
    asked = shop.ask()
    bare = copies[IDENTITY].sd_jwt(asked.binding).rpartition("~")[0] + "~"
    assert ending(shop.judge(asked, bare)) == ("refused", "holder.binding_missing")


def test_a_w3c_credential_without_a_presentation_around_it(shop: Door, copies: dict[str, Copy]) -> None:
    asked = shop.ask(ASK_AGE_W3C)
    report = shop.judge(asked, json.loads(copies[AGE_W3C].raw), "age")
    assert report["verdict"] == "refused"
    assert report["code"].startswith(("vc.", "codec."))


def test_with_the_key_of_another_wallet(shop: Door, copies: dict[str, Copy], thief: dict[str, Copy]) -> None:
    asked = shop.ask()
    stolen = copies[IDENTITY].sd_jwt(asked.binding, by=thief[IDENTITY])
    assert ending(shop.judge(asked, stolen)) == ("refused", "holder.signature")
    asked = shop.ask(ASK_AGE_W3C)
    taken_over = copies[AGE_W3C].w3c(asked.binding, by=thief[AGE_W3C])
    assert ending(shop.judge(asked, taken_over, "age")) == ("refused", "holder.key_mismatch")


# Altered --------------------------------------------------------------------------------------------


def test_altered_in_any_byte_of_an_sd_jwt(shop: Door, copies: dict[str, Copy]) -> None:
    for share in range(SAMPLES):
        asked = shop.ask()
        seen = _altered(copies[IDENTITY].sd_jwt(asked.binding), share)
        assert _not_taken(shop, asked, shop.post(asked, seen)), seen


def test_altered_in_any_byte_of_a_w3c_presentation(shop: Door, copies: dict[str, Copy]) -> None:
    for share in range(SAMPLES):
        asked = shop.ask(ASK_AGE_W3C)
        seen = _altered(json.dumps(copies[AGE_W3C].w3c(asked.binding), separators=(",", ":")), share)
        assert _not_taken(shop, asked, shop.post_token(asked, f'{{"age":[{seen}]}}')), seen


def _altered(text: str, share: int) -> str:
    """Another character at a random place of one share of the text, so that every part is hit."""
    chance = random.Random(f"{share} of {SAMPLES}")
    place = len(text) * share // SAMPLES + chance.randrange(len(text) // SAMPLES)
    other = chance.choice([one for one in string.ascii_letters + string.digits if one != text[place]])
    return text[:place] + other + text[place + 1 :]


def _not_taken(shop: Door, asked: Asked, answer: httpx.Response) -> bool:
    """Either it was no answer, and the request still waits for one; or it was one, and is refused."""
    status, body = shop.backend.result(asked.id)
    if answer.status_code == 400 and status == 202:
        return bool(answer.json()["error"] == "invalid_request")
    return bool(status == 200 and body["report"]["verdict"] == "refused" and body["claims"] is None)


def test_extra_members_that_json_ld_would_drop(shop: Door, copies: dict[str, Copy]) -> None:
    asked = shop.ask(ASK_AGE_W3C)
    seen = copies[AGE_W3C].w3c(asked.binding)
    seen["verifiableCredential"][0]["credentialSubject"]["jobTitle"] = "chief of police"
    plain = plain_verifier.verdict(seen, copies[AGE_W3C].contexts())
    assert plain == "accepts", "nothing is dropped, so nothing is shown"
    assert ending(shop.judge(asked, seen, "age")) == ("refused", "rdf.term_unknown")


def test_duplicate_keys_in_what_a_wallet_posts(shop: Door, copies: dict[str, Copy]) -> None:
    asked = shop.ask(ASK_AGE_W3C)
    seen = json.dumps(copies[AGE_W3C].w3c(asked.binding))
    doubled = seen.replace('"holder":', '"holder": "did:key:z6Mk", "holder":', 1)
    answer = shop.post_token(asked, f'{{"age": [{doubled}]}}')
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_request"})
    assert ending(shop.judge(asked, json.loads(seen), "age")) == ("accepted", "")


def test_duplicate_keys_in_what_a_holder_signed(shop: Door, copies: dict[str, Copy]) -> None:
    asked = shop.ask()
    selection, _, binding = copies[IDENTITY].sd_jwt(asked.binding).rpartition("~")
    header, payload, _ = binding.split(".")
    doubled = base64url.decode(payload).replace(b"{", b'{"nonce":"another",', 1)
    signed = f"{header}.{base64url.encode(doubled)}"
    copy = copies[IDENTITY]
    signature = copy.keys.sign(copy.ref, signed.encode(), P256)
    seen = f"{selection}~{signed}.{base64url.encode(signature)}"
    assert ending(shop.judge(asked, seen)) == ("refused", "codec.json")


def test_base64_with_loose_bits(shop: Door, copies: dict[str, Copy]) -> None:
    asked = shop.ask()
    seen = copies[IDENTITY].sd_jwt(asked.binding)
    # 64 bytes are 86 characters: of the last one's six bits four say nothing.
    loose = seen[:-1] + BASE64URL[BASE64URL.index(seen[-1]) ^ 1]
    lenient = urlsafe_b64decode(loose.rpartition(".")[2] + "==")
    assert lenient == urlsafe_b64decode(seen.rpartition(".")[2] + "==")
    assert ending(shop.judge(asked, loose)) == ("refused", "codec.base64url")


# From an issuer that may not -------------------------------------------------------------------------


def test_an_issuer_whose_accreditation_was_withdrawn(network: Network, shop: Door, tmp_path: Path) -> None:
    with SecondIssuer(network, tmp_path) as issuer:
        issuer.accredit()
        copy = issuer.issue()
        # A right counts when it is final; that it is taken away counts at once.
        until(lambda: _shown(shop, copy) == ("accepted", ""), seconds=20, what="accepted")
        issuer.withdraw()
        withdrawn = ("refused", "issuer.accreditation_withdrawn")
        until(lambda: _shown(shop, copy) == withdrawn, seconds=10, what="refused")


def test_an_issuer_that_was_never_accredited(network: Network, shop: Door, tmp_path: Path) -> None:
    with SecondIssuer(network, tmp_path) as issuer:
        assert _shown(shop, issuer.issue()) == ("refused", "issuer.not_accredited")


def _shown(shop: Door, copy: Copy) -> tuple[str, str]:
    asked = shop.ask(ASK_AGE)
    return ending(shop.judge(asked, copy.sd_jwt(asked.binding, [["age_over_18"]]), "age"))


# Who asks --------------------------------------------------------------------------------------------


def test_a_report_asked_for_by_another_client(
    shop: Door, other_client: Door, copies: dict[str, Copy]
) -> None:
    asked = shop.ask()
    shop.post(asked, copies[IDENTITY].sd_jwt(asked.binding))
    status, body = other_client.backend.result(asked.id)
    assert (status, body["code"]) == (403, "oid4vp.owner")
    assert "claims" not in body
    assert shop.result(asked)["claims"]
    status, body = shop.backend.result(asked.id)
    assert (status, body["code"]) == (403, "oid4vp.collected")


def test_without_a_token_there_is_no_request_and_no_report(
    shop: Door, http: httpx.Client, copies: dict[str, Copy]
) -> None:
    asked = shop.ask()
    origin = shop.provider.origin
    for token in ("", "Bearer", "Bearer guessed", "Basic c2hvcDpzaG9w"):
        for method, path in (("POST", "/requests"), ("GET", f"/requests/{asked.id}/result")):
            answer = http.request(method, origin + path, headers={"authorization": token})
            assert (answer.status_code, answer.json()) == (401, {"error": "invalid_token"})
    wrong = http.post(
        f"{origin}/oauth2/token", data={"grant_type": "client_credentials"}, auth=(shop.client_id, "guessed")
    )
    assert (wrong.status_code, wrong.json()) == (401, {"error": "invalid_client"})
    assert ending(shop.judge(asked, copies[IDENTITY].sd_jwt(asked.binding))) == ("accepted", "")


def test_an_unknown_asker_is_never_shown_by_the_name_it_gives(
    network: Network, stranger: Provider, wallet: WalletClient
) -> None:
    with ProviderClient(stranger) as backend:
        said = wallet.present(backend.ask(NAME_AND_AGE)["request_url"])
    assert said.status == 0, said.error
    assert SHOP not in said.out
    assert "UNKNOWN" in said.out
    assert stranger.did in said.out
    last = wallet.history()[-1]
    assert (last["party"], last["registered"], last["purpose"]) == (stranger.did, False, "")


def test_over_asking_is_warned_of(shop: Door, wallet: WalletClient) -> None:
    wish = copy.deepcopy(NAME_AND_AGE)
    wish["credentials"][0]["claims"].append({"path": ["birth_date"]})
    made = shop.backend.ask(wish)
    assert made["beyond_registration"] == ["birth_date"]
    said = wallet.present(made["request_url"])
    assert "Beyond its registered purpose: Date of birth (birth_date)" in said.out
    assert SHOP in said.out


def _presented(copy: Copy, binding: Binding) -> Any:
    return copy.w3c(binding) if copy.raw.startswith(b"{") else copy.sd_jwt(binding)


def test_a_backend_whose_access_token_is_over_gets_another(shop: Door) -> None:
    shop.backend._http.headers["authorization"] = "Bearer over"
    assert shop.ask().id
    assert shop.backend._http.headers["authorization"] != "Bearer over"
