"""Our W3C credentials at others: @digitalbazaar/vc, which knows nothing of ClicID and has what HTTP serves.

A context and a list come from where their ids say, the issuer's DID document from a service provider's
verifier, which has it from the chain. W3C's own contexts the package brings along.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.operator_client import OperatorClient
from tests.support.live import AGE_W3C, Copy
from tests.support.node import install, installed

if TYPE_CHECKING:
    from sandbox.network import Network
    from tests.support.live import Door

pytestmark = pytest.mark.slow

PACKAGES = Path(__file__).with_name("others")
Judge = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="module")
def judge(shop: Door) -> Judge:
    """What @digitalbazaar/vc says of credentials."""
    if missing := install(PACKAGES):
        pytest.skip(missing)
    answer = shop.http.post(
        f"{shop.provider.origin}/oauth2/token",
        data={"grant_type": "client_credentials"},
        auth=(shop.client_id, shop.provider.client_secret),
    )
    where = {"resolver": shop.provider.origin, "token": answer.json()["access_token"]}

    def judged(*credentials: dict[str, Any]) -> list[dict[str, Any]]:
        done = subprocess.run(
            [shutil.which("node") or "node", str(PACKAGES / "verify.mjs"), str(installed(PACKAGES))],
            input="\n".join(json.dumps(one) for one in (where, *credentials)),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    return judged


def test_a_credential_as_it_came(network: Network, judge: Judge, copies: dict[str, Copy]) -> None:
    credential = json.loads(copies[AGE_W3C].raw)
    (said,) = judge(credential)
    assert said["verified"], said["why"]
    assert said["status"] == [["revocation", False], ["suspension", False]]
    _, age = credential["@context"]
    lists = [entry["statusListCredential"] for entry in credential["credentialStatus"]]
    assert said["fetched"] == sorted([credential["issuer"], age, *lists])
    assert all(url.startswith(f"{network.founded.identifier}/") for url in (age, *lists))


def test_nothing_in_it_can_be_changed(judge: Judge, copies: dict[str, Copy]) -> None:
    credential = json.loads(copies[AGE_W3C].raw)
    changed = [deepcopy(credential) for _ in range(7)]
    changed[0]["credentialSubject"]["ageOver18"] = False
    changed[1]["credentialSubject"]["id"] = "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"
    del changed[2]["credentialSubject"]["testCredential"]
    changed[3]["validUntil"] = "2126-11-25T00:00:00Z"
    changed[4]["credentialStatus"][0]["statusListIndex"] = "1"
    changed[5]["credentialSubject"]["givenName"] = "Elsa"
    changed[6]["proof"]["created"] = "2020-01-01T00:00:00Z"
    assert [one["verified"] for one in judge(*changed)] == [False] * len(changed)


def test_a_revoked_one(network: Network, judge: Judge, take: Callable[[], dict[str, Copy]]) -> None:
    doomed = take()[AGE_W3C]
    with OperatorClient(network.founded) as operator:
        operator.act(operator.find(*doomed.status_entry()), "revoke", "lost")
    (said,) = judge(json.loads(doomed.raw))
    # The package says what the entries are; what that means is for who asks.
    assert said["status"] == [["revocation", True], ["suspension", False]], said["why"]
