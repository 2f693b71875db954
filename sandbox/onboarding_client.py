"""A person at the issuer's door: goes through the onboarding over HTTP, codes read from the outbox."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

import httpx

from clicid.errors import LocalError
from issuer.evidence.liveness import Move

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

DECISION_SECONDS: Final = 120.0
OVER: Final = frozenset({"approved", "refused", "review", "document", "selfie", "liveness"})
"""States in which the issuer waits for somebody, or is done."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What an approved person is handed: an offer's link, the transaction code, the blocking code once."""

    url: str = field(repr=False)
    tx_code: str = field(repr=False)
    configurations: tuple[str, ...] = ()
    block_id: str = ""
    blocking_code: str = field(default="", repr=False)


class OnboardingClient:
    """One onboarding.

    Args:
        identifier: The issuer's address.
        outbox: The directory that stands in for the carrier.
        language: ``sv`` or ``en``.
        phone: Number in international form.
        email: Address.
    """

    def __init__(self, identifier: str, outbox: Path, *, language: str, phone: str, email: str) -> None:
        self._http = httpx.Client(
            base_url=identifier, timeout=60, trust_env=False, headers={"user-agent": "person"}
        )
        self._outbox = outbox
        self._language = language
        self._addresses = {"phone": phone, "email": email}
        self._session = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    @property
    def session(self) -> tuple[str, str]:
        """The onboarding's id and its resume token, once it has begun."""
        return self._session.rpartition("/")[2], self._http.headers["authorization"].partition(" ")[2]

    def begin(self) -> dict[str, Any]:
        """Begin; the token that brings the person back is kept."""
        view = self._call("POST", "/onboarding", {"language": self._language})
        self._session = f"/onboarding/{view['session_id']}"
        self._http.headers["authorization"] = f"Bearer {view['resume_token']}"
        return view

    def agree(self, *, face: bool) -> dict[str, Any]:
        """Read the notice, and consent to face comparison or not."""
        notice = self._call("GET", f"/onboarding/notice?language={self._language}")
        version = {"policy_version": notice["policy_version"]}
        self._call("POST", f"{self._session}/notice", version)
        return self._call("POST", f"{self._session}/face-consent", version | {"given": face})

    def confirm_contact(self) -> dict[str, Any]:
        """Have codes sent to phone and e-mail, and give them back."""
        view: dict[str, Any] = {}
        for channel, address in self._addresses.items():
            code = self._code(
                channel,
                lambda channel=channel, address=address: self._call(  # type: ignore[misc]
                    "POST", f"{self._session}/contact", {"channel": channel, "address": address}
                ),
            )
            view = self._call("POST", f"{self._session}/contact/confirm", {"channel": channel, "code": code})
        return view

    def give(self, what: str, image: bytes) -> dict[str, Any]:
        """Upload the ``document`` or the ``selfie``."""
        kind = "image/png" if image.startswith(b"\x89PNG") else "image/jpeg"
        answer = self._http.put(f"{self._session}/{what}", content=image, headers={"content-type": kind})
        return _body(answer)

    def challenge(self) -> bytes:
        """What the passport's chip is to sign."""
        return bytes.fromhex(self._call("POST", f"{self._session}/chip/challenge")["challenge"])

    def give_chip(self, files: Iterable[bytes], response: bytes | None) -> dict[str, Any]:
        """Upload what was read off the chip, and its answer to the challenge."""
        form = [("file", ("file", data)) for data in files]
        form += [] if response is None else [("active_authentication", ("answer", response))]
        return _body(self._http.put(f"{self._session}/chip", files=form))

    def show_face(self, selfie: bytes, film: Callable[[Sequence[Move]], list[bytes]]) -> dict[str, Any]:
        """Upload the selfie, and turn the head where that is asked for."""
        view = self.give("selfie", selfie)
        return self.turn_head(film) if view["state"] == "liveness" else view

    def turn_head(self, film: Callable[[Sequence[Move]], list[bytes]]) -> dict[str, Any]:
        """Ask for head turns, have them filmed, and give the frames."""
        asked = self._call("POST", f"{self._session}/liveness")
        files: list[tuple[str, Any]] = [("challenge_id", (None, asked["challenge_id"]))]
        for place, frame in enumerate(film([Move(move) for move in asked["moves"]])):
            files.append(("frame", (f"{place}.jpg", frame, "image/jpeg")))
        return _body(self._http.put(f"{self._session}/liveness", files=files))

    def leave_turns_out(self) -> dict[str, Any]:
        """Go on without turning the head."""
        return self._call("POST", f"{self._session}/liveness/leave-out")

    def decision(self) -> dict[str, Any]:
        """Wait until the issuer has decided, or wants something again."""
        deadline = time.monotonic() + DECISION_SECONDS
        while time.monotonic() < deadline:
            view = self._call("GET", self._session)
            if view["state"] in OVER:
                return view
            time.sleep(0.1)
        raise LocalError("sandbox.service", "issuer", f"no decision after {DECISION_SECONDS:.0f} s")

    def offer(self, *configurations: str, age_threshold: int = 18) -> Offer:
        """Ask for an offer of these configurations, all of them when none is named."""
        body: dict[str, Any] = {"configurations": list(configurations), "age_threshold": age_threshold}
        handed: dict[str, Any] = {}

        def ask() -> None:
            handed.update(self._call("POST", f"{self._session}/offers", body))

        tx_code = self._code("phone", ask)
        return Offer(
            handed["credential_offer"],
            tx_code,
            tuple(handed["credential_configuration_ids"]),
            handed.get("block_id", ""),
            handed.get("blocking_code", ""),
        )

    def export(self) -> dict[str, Any]:
        """Everything the issuer holds about this person."""
        return self._call("GET", f"{self._session}/export")

    def erase(self) -> None:
        """Have everything erased."""
        answer = self._http.delete(self._session)
        if answer.status_code != 204:
            _body(answer)

    def block(self, block_id: str, code: str) -> None:
        """Suspend everything by the blocking code; needs no session and no wallet."""
        _body(self._http.post("/block", json={"block_id": block_id, "code": code}))

    def _code(self, channel: str, send: Callable[[], object]) -> str:
        """The code in the message that `send` causes."""
        before = set(self._outbox.glob(f"{channel}-*.json"))
        send()
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            for path in set(self._outbox.glob(f"{channel}-*.json")) - before:
                message = json.loads(path.read_text("utf-8"))
                if message["to"] == self._addresses[channel]:
                    return str(message["code"])
            time.sleep(0.05)
        raise LocalError("sandbox.service", "outbox", f"no {channel} message came")

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        return _body(self._http.request(method, path, json=body))


class RefusedByIssuerError(Exception):
    """The issuer answered with a problem; `code` is its stable code."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(f"{status}: {problem.get('code')}: {problem.get('title')}")
        self.status = status
        self.code = str(problem.get("code"))


def _body(answer: httpx.Response) -> dict[str, Any]:
    body: dict[str, Any] = answer.json() if answer.content else {}
    if answer.status_code >= 400:
        raise RefusedByIssuerError(answer.status_code, body)
    return body
