"""What the sandbox's issuer gives beside SD-JWT and linked data, shown to its verifiers over real HTTP."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from clicid.codec import base64url
from clicid.formats import mdoc
from clicid.formats.mdoc import transcript
from clicid.formats.mdoc.elements import PID, PID_DOCTYPE
from sandbox import people
from sandbox.network import SHOP
from tests.support.live import Door, Redemption, ending

if TYPE_CHECKING:
    import httpx

    from sandbox.network import Network
    from sandbox.wallet_client import WalletClient
    from tests.support.live import Asked, Copy
    from tests.support.live_network import Identified

pytestmark = pytest.mark.slow

MDOC = "ClicIdentity_mdoc"


def query(doctype: str, *paths: tuple[str, str]) -> dict[str, Any]:
    """Asks for elements of one mdoc."""
    one = {
        "id": "identity",
        "format": "mso_mdoc",
        "meta": {"doctype_value": doctype},
        "claims": [{"path": list(path)} for path in paths],
    }
    return {"credentials": [one]}


def shown(copy: Copy, asked: Asked, *paths: tuple[str, str]) -> str:
    """A DeviceResponse in answer to a request."""
    session = transcript.openid4vp(asked.client_id, asked.nonce, asked.response_uri, None)
    prepared = mdoc.prepare_presentation(base64url.decode(copy.raw.decode()), paths, session)
    return base64url.encode(copy.signed(prepared))


def test_an_mdoc_is_accepted_by_what_is_on_chain(
    shop: Door, copies: dict[str, Copy], network: Network
) -> None:
    doctype = f"{network.founded.vocabulary}/identity/v1"
    paths = ((doctype, "family_name"), (doctype, "birth_date"))
    asked = shop.ask(query(doctype, *paths))
    assert shop.post(asked, shown(copies[MDOC], asked, *paths)).status_code == 200
    body = shop.result(asked)
    assert ending(body["report"]) == ("accepted", "")
    (one,) = body["claims"]["identity"]
    assert one["claims"] == {
        doctype: {"family_name": "Åkerström-Öberg", "birth_date": people.DEMO.birth_date.isoformat()}
    }


def test_an_mdoc_of_anothers_is_refused(
    shop: Door, copies: dict[str, Copy], thief: dict[str, Copy], network: Network
) -> None:
    doctype = f"{network.founded.vocabulary}/identity/v1"
    paths = ((doctype, "family_name"),)
    asked = shop.ask(query(doctype, *paths))
    session = transcript.openid4vp(asked.client_id, asked.nonce, asked.response_uri, None)
    raw = base64url.decode(copies[MDOC].raw.decode())
    stolen = thief[MDOC].signed(mdoc.prepare_presentation(raw, paths, session))
    verdict, code = ending(shop.judge(asked, base64url.encode(stolen)))
    assert (verdict, code) == ("refused", "holder.device_auth")


def test_the_wallet_shows_an_mdoc(shop: Door, wallet: WalletClient, network: Network) -> None:
    doctype = f"{network.founded.vocabulary}/identity/v1"
    made = shop.backend.ask(query(doctype, (doctype, "family_name")))
    said = wallet.present(made["request_url"])
    assert said.status == 0, said.error
    assert "Åkerström-Öberg" in said.out


def test_an_eu_identity_marked_test_is_accepted_by_its_root_alone(
    network: Network, person: Identified, http: httpx.Client
) -> None:
    """By a verifier to whom no chain says anything of it: the root is named, and the list's address."""
    offer = person.client.offer("TestPid_mdoc")
    assert offer.configurations == ("TestPid_mdoc",)
    copy = Redemption(http, network.founded.identifier, offer).all()["TestPid_mdoc"]
    made = network.add_provider("abroad", SHOP)
    text = made.config.read_text("utf-8")
    row = next(line for line in text.splitlines() if line.startswith('issuer = "did:'))
    lists = [f"{network.founded.identifier}/status/{name}" for name in ("a", "b")]
    named = f"types = {json.dumps([PID_DOCTYPE])}\nlists = {json.dumps(lists)}\nstatus_max_age_seconds = 3600"
    made.config.write_text(text.replace(row, named), "utf-8")
    network.start("abroad")
    paths = ((PID, "family_name"), (PID, "issuing_country"), (f"{PID}.UT", "test_credential"))
    with Door(http, made) as abroad:
        asked = abroad.ask(query(PID_DOCTYPE, *paths))
        abroad.post(asked, shown(copy, asked, *paths))
        body = abroad.result(asked)
        assert ending(body["report"]) == ("accepted", "")
        (one,) = body["claims"]["identity"]
        assert one["claims"] == {
            PID: {"family_name": "Åkerström-Öberg", "issuing_country": "UT"},
            f"{PID}.UT": {"test_credential": True},
        }
