"""What strangers and operators that mean ill try on the issuer."""

from __future__ import annotations

import hashlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from issuer.engines import images
from issuer.usecases.records import Role
from tests.support.issuer_clients import Person, Wallet
from tests.support.issuer_doubles import picture

if TYPE_CHECKING:
    from tests.support.issuer_world import World


class Crowd:
    """Counts how many are inside a function at once."""

    def __init__(self, inner: Any) -> None:
        self._inner, self._lock = inner, threading.Lock()
        self._inside = self.most = self.calls = 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with self._lock:
            self._inside += 1
            self.calls += 1
            self.most = max(self.most, self._inside)
        try:
            time.sleep(0.1)
            return self._inner(*args, **kwargs)
        finally:
            with self._lock:
                self._inside -= 1


def test_a_crowd_at_the_blocking_code_does_not_fill_the_memory(
    still: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd = Crowd(lambda *_, **__: bytes(31))
    monkeypatch.setattr(hashlib, "scrypt", crowd)
    tries = [{"block_id": f"AAAA-{number:04}", "code": "BBBB-CCCC-DDDD"} for number in range(12)]
    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(lambda body: still.call("POST", "/block", json=body).status_code, tries))
    assert found == [403] * 12
    assert (crowd.calls, crowd.most <= 2) == (12, True)


def test_neither_does_one_at_the_upload(still: World, monkeypatch: pytest.MonkeyPatch) -> None:
    crowd = Crowd(images.decode)
    monkeypatch.setattr(images, "decode", crowd)
    person = Person(still)
    person.to_document()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: person.upload("document", picture("navy")).status_code, range(8)))
    assert min(found) == 200
    assert (crowd.calls, crowd.most <= 2) == (8, True)


@pytest.mark.parametrize("name", ["person", "system", "rules"])
def test_no_operator_acts_under_the_name_of_the_person_or_the_machine(still: World, name: str) -> None:
    body = {"name": name, "roles": [Role.REVIEWER]}
    answer = still.call("POST", "/operators", to="operators", json=body, headers=still.operator(Role.ADMIN))
    assert (answer.status_code, answer.json()["code"]) == (409, "operator.exists")


def test_a_stranger_cannot_write_a_line_of_the_log(still: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    forged = "x\n2026-11-22 INFO clicid.issuer refused: nothing\x1b[2K"
    calls = [
        ("/oid4vci/credential", {forged: forged}),
        ("/oid4vci/credential", {"proofs": {forged: [forged]}, "credential_configuration_id": forged}),
        ("/oid4vci/notification", {"notification_id": forged, "event": forged}),
        ("/onboarding", {"language": forged, forged: 1}),
        ("/block", {"block_id": forged, "code": forged}),
    ]
    for path, body in calls:
        headers = {"authorization": "Bearer x"}
        assert 400 <= still.call("POST", path, json=body, headers=headers).status_code < 500
    assert still.call("POST", f"/onboarding/{forged.encode().hex()}/notice", json={}).status_code >= 400
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("clicid")]
    assert lines
    assert all(line.isprintable() for line in lines)


def test_who_has_the_resume_token_and_not_the_phone_cannot_try_all_codes(world: World) -> None:
    person = Person(world).approved()
    tries = 0
    for _ in range(5):
        wallet = Wallet(world, person.offer()["credential_offer"])
        wrong = f"{(int(world.mailbox.last('transaction')) + 1) % 10**6:06}"
        while wallet.redeem(wrong).json() == {"error": "invalid_grant"} and tries < 100:
            tries += 1
            if not tries % 5:
                break
    refused = person.call("POST", "/offers", json={})
    assert (refused.status_code, refused.json()["code"], tries) == (429, "onboarding.too_often", 25)
    # Nor by beginning anew as the same person: it is the person that is counted.
    again = Person(world).approved().call("POST", "/offers", json={})
    assert (again.status_code, again.json()["code"]) == (429, "onboarding.too_often")
