"""What the issuer must refuse: offers, codes, nonces, photographs, and operators without a role."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import date
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from sandbox import people
from sandbox.documents.assets import GENUINE, IMPOSTOR, photograph_of
from sandbox.documents.camera import photograph
from sandbox.documents.mrz_lines import td3_lines, with_wrong_check_digit
from sandbox.documents.passport import make_passport
from sandbox.onboarding_client import RefusedByIssuerError
from tests.support.live import AGE, IDENTITY, Redemption
from tests.support.live_network import issuer_database, someone

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from sandbox.network import Network
    from sandbox.onboarding_client import OnboardingClient
    from sandbox.wallet_client import WalletClient
    from tests.support.live import Copy
    from tests.support.live_network import Identified

pytestmark = pytest.mark.slow


@pytest.fixture
def redemption(network: Network, person: Identified, wallet: WalletClient, http: httpx.Client) -> Redemption:
    """A fresh offer; the wallet has taken its own before."""
    return Redemption(http, network.founded.identifier, person.client.offer())


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Status and the protocol's error code."""
    return answer.status_code, answer.json()["error"]


# Offers ----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("unchanged")
def test_an_offer_used_twice(wallet: WalletClient, person: Identified) -> None:
    held = wallet.held()
    again = wallet.accept(person.first_offer.url, person.first_offer.tx_code)
    assert again.status == 1
    assert "[wallet.offer_code]" in again.error
    assert wallet.held() == held


@pytest.mark.usefixtures("unchanged")
def test_a_token_asked_for_twice(redemption: Redemption) -> None:
    assert redemption.token().status_code == 200
    assert refusal(redemption.token()) == (400, "invalid_grant")


@pytest.mark.usefixtures("unchanged")
def test_a_wrong_transaction_code_burns_the_offer_at_the_fifth_try(redemption: Redemption) -> None:
    for _ in range(5):
        assert refusal(redemption.token("000000")) == (400, "invalid_grant")
    assert refusal(redemption.token()) == (400, "invalid_grant")


def test_four_wrong_tries_leave_the_right_one(redemption: Redemption) -> None:
    for _ in range(4):
        assert refusal(redemption.token("000000")) == (400, "invalid_grant")
    assert redemption.token().status_code == 200


@pytest.mark.usefixtures("unchanged")
def test_a_nonce_that_expired_was_spent_or_was_never_given(redemption: Redemption, network: Network) -> None:
    redemption.token()
    expired = redemption.nonce()
    with closing(sqlite3.connect(issuer_database(network))) as database:
        # As if it had waited: no nonce that is open now lives on.
        assert database.execute("UPDATE nonce SET expires_at = 1 WHERE NOT used").rowcount >= 1
        database.commit()
    for nonce in (expired, "never given by anybody"):
        _, answer = redemption.request(IDENTITY, nonce)
        assert refusal(answer) == (400, "invalid_nonce")


def test_after_a_refused_nonce_a_fresh_one_is_taken_once(redemption: Redemption) -> None:
    redemption.token()
    _, answer = redemption.request(IDENTITY, "never given by anybody")
    assert refusal(answer) == (400, "invalid_nonce")
    nonce = redemption.nonce()
    copy, answer = redemption.request(IDENTITY, nonce)
    assert (answer.status_code, bool(copy.raw)) == (200, True)
    _, answer = redemption.request(AGE, nonce)
    assert refusal(answer) == (400, "invalid_nonce")


@pytest.mark.usefixtures("unchanged")
def test_duplicate_keys_in_a_request(redemption: Redemption, network: Network, http: httpx.Client) -> None:
    redemption.token()
    answer = http.post(
        f"{network.founded.identifier}/oid4vci/credential",
        content=b'{"credential_configuration_id": "ClicAge_sdjwt", "credential_configuration_id": "x"}',
        headers={"authorization": f"Bearer {redemption.access_token}", "content-type": "application/json"},
    )
    assert refusal(answer) == (400, "invalid_credential_request")
    answer = http.post(
        f"{network.founded.identifier}/onboarding",
        content=b'{"language": "en", "language": "sv"}',
        headers={"content-type": "application/json"},
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "codec.json")


# Photographs -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def visitor(network: Network) -> Iterator[OnboardingClient]:
    """Somebody whose contact is confirmed and whose photographs are still to come."""
    with someone(network, "+46701740606", "visitor@example.com") as client:
        client.begin()
        client.agree(face=True)
        client.confirm_contact()
        yield client


def bomb() -> bytes:
    """A PNG of a few kilobytes that would take 900 megabytes of memory."""
    out = BytesIO()
    Image.new("1", (30_000, 30_000)).save(out, "PNG")
    return out.getvalue()


def film() -> bytes:
    """Two pictures in one file: which of them would be the photograph?"""
    out = BytesIO()
    wall = Image.open(BytesIO(nobody()))
    wall.save(out, "WEBP", save_all=True, append_images=[Image.new("RGB", wall.size, "red")])
    return out.getvalue()


def side_by_side() -> bytes:
    """Two people in one photograph."""
    pictures = [Image.open(BytesIO(photograph_of(name))).convert("RGB") for name in (GENUINE[1], IMPOSTOR)]
    height = min(one.height for one in pictures)
    pictures = [one.resize((one.width * height // one.height, height)) for one in pictures]
    both = Image.new("RGB", (sum(one.width for one in pictures), height))
    both.paste(pictures[0], (0, 0))
    both.paste(pictures[1], (pictures[0].width, 0))
    out = BytesIO()
    both.save(out, "JPEG", quality=92)
    return out.getvalue()


def nobody() -> bytes:
    """A wall."""
    out = BytesIO()
    Image.new("RGB", (900, 1200), "wheat").save(out, "JPEG")
    return out.getvalue()


@pytest.mark.usefixtures("unchanged")
def test_a_file_that_is_no_image_and_an_image_bomb(visitor: OnboardingClient) -> None:
    before = visitor.decision()["state"]
    for image, status, code in (
        (b"%PDF-1.7 not a photograph", 415, "document.not_an_image"),
        (b"", 415, "document.not_an_image"),
        (bomb(), 413, "document.image_bomb"),
        (film(), 415, "document.animated"),
        (nobody() + b"PK\x05\x06" + bytes(18), 415, "document.other_file"),
        (bytes(17 << 20), 413, "codec.size"),
    ):
        with pytest.raises(RefusedByIssuerError) as caught:
            visitor.give("document", image)
        assert (caught.value.status, caught.value.code) == (status, code)
    assert visitor.decision()["state"] == before


def test_what_a_person_can_mend_is_asked_for_again(visitor: OnboardingClient, person: Identified) -> None:
    forged = photograph(
        make_passport(people.DEMO, people.portrait(), zone=with_wrong_check_digit(td3_lines(people.DEMO))), 1
    )
    visitor.give("document", forged)
    visitor.show_face(nobody(), people.head_turns)
    view = visitor.decision()
    assert view["state"] == "document"
    assert {reason["code"] for reason in view["reasons"]} == {"document.check_digit", "face.none"}
    visitor.give("document", person.passport)
    visitor.show_face(side_by_side(), people.head_turns)
    view = visitor.decision()
    assert (view["state"], [reason["code"] for reason in view["reasons"]]) == ("selfie", ["face.several"])
    with pytest.raises(RefusedByIssuerError) as caught:
        visitor.offer()
    assert (caught.value.status, caught.value.code) == (409, "onboarding.wrong_step")


def test_a_passport_that_has_expired(network: Network, copies: dict[str, Copy]) -> None:
    old = replace(people.DEMO, issued=date(2014, 3, 1), expires=date(2024, 2, 28), number="XA7654321")
    with someone(network, "+46701740607", "late@example.com") as client:
        client.begin()
        client.agree(face=True)
        client.confirm_contact()
        client.give("document", people.passport_photo(old, seed=1))
        client.show_face(people.selfie(), people.head_turns)
        view = client.decision()
        assert view["state"] == "refused"
        assert [reason["code"] for reason in view["reasons"]] == ["document.expired"]
        with pytest.raises(RefusedByIssuerError) as caught:
            client.offer()
        assert (caught.value.status, caught.value.code) == (409, "onboarding.wrong_step")


# Operators -------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("unchanged")
def test_an_operator_without_the_role_and_somebody_who_is_none(
    network: Network, copies: dict[str, Copy], http: httpx.Client
) -> None:
    auditor = _new_operator(network, "olle.sandbox", "auditor")
    uri, index = copies[IDENTITY].status_entry()
    query = {"status_list": uri, "index": str(index)}
    known = {"authorization": f"Bearer {network.founded.operator_token}"}
    found = http.get(f"{network.founded.operators}/credentials", params=query, headers=known).json()
    address = f"{network.founded.operators}/credentials/{found['credential_id']}/revoke"
    for headers, status, code in (
        ({"authorization": f"Bearer {auditor}"}, 403, "operator.role"),
        ({"authorization": "Bearer guessed"}, 401, "operator.token"),
        ({}, 401, "operator.token"),
    ):
        answer = http.post(address, json={"reason": "compromised"}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    # The operators' address is not the public one.
    answer = http.post(
        address.replace(network.founded.operators, network.founded.identifier), json={}, headers=known
    )
    assert (answer.status_code, answer.json()["code"]) == (404, "http.not_found")


def _new_operator(network: Network, name: str, role: str) -> str:
    """The token of a new operator, made on the issuer's command line."""
    config = str(network.folder / "issuer" / "issuer.toml")
    command = ["operator", "add", name, "--role", role, "--config", config]
    done = subprocess.run([sys.executable, "-m", "issuer", *command], capture_output=True, check=True)
    return done.stdout.decode().strip()
