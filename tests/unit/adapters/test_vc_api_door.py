"""What is answered at the door is what would have been answered inside; everything else goes in, whole."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from anyio import run

from clicid.adapters.vc_api_door import VcApiDoor
from clicid.vc_api import answers, messages
from clicid.verification import checkers
from tests.support import w3c
from tests.unit.verification.test_at_once import PRESENTATION, taught
from tests.unit.verification.test_nested import NOW, POLICY, store
from verifier.usecases.vc_api import GeneralVerifying

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.types import Message, Receive, Scope, Send

OPTIONS = {"challenge": w3c.BINDING.nonce, "domain": w3c.BINDING.audience}
JSON = [(b"content-type", b"application/json"), (b"authorization", b"Bearer known")]
PATH = "/presentations/verify"
ENVELOPE = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "id": "data:application/vp+jwt,e30.e30.e30",
    "type": "EnvelopedVerifiablePresentation",
}


def body(options: Mapping[str, Any] = OPTIONS, *, spaced: bool = False, turned: bool = False) -> bytes:
    members: dict[str, Any] = {"verifiablePresentation": json.loads(PRESENTATION), "options": options}
    if turned:
        members = dict(reversed(members.items()))
    return json.dumps(members, separators=None if spaced else (",", ":"), ensure_ascii=False).encode()


@dataclass
class House:
    """A door, with an application behind it that keeps what comes in."""

    value: int = 0
    known: bool = True
    came: list[Message] = field(default_factory=list)
    sent: list[Message] = field(default_factory=list)

    def __post_init__(self) -> None:
        reading = taught() if self.known else checkers(w3c.CONTEXTS)
        self.service = GeneralVerifying(POLICY, reading, store(self.value), lambda: NOW)
        self.door = VcApiDoor(self._inside, self.service, lambda text: text == "Bearer known")

    async def _inside(self, _scope: Scope, receive: Receive, send: Send) -> None:
        while not self.came or self.came[-1].get("more_body"):
            self.came.append(await receive())
        await send({"type": "http.response.start", "status": 299, "headers": []})

    def post(
        self,
        *chunks: bytes,
        path: str = PATH,
        method: str = "POST",
        headers: Sequence[tuple[bytes, bytes]] = JSON,
        ends: bool = True,
    ) -> int:
        """The status of the answer to a body that comes in chunks, and to no end if the client is gone."""
        coming: list[Message] = [
            {"type": "http.request", "body": chunk, "more_body": not ends or number + 1 < len(chunks)}
            for number, chunk in enumerate(chunks)
        ]
        coming += [] if ends else [{"type": "http.disconnect"}]
        scope = {"type": "http", "path": path, "method": method, "headers": headers}

        async def receive() -> Message:
            return coming.pop(0)

        async def send(message: Message) -> None:
            self.sent.append(message)

        self.came.clear()
        self.sent.clear()
        run(self.door, scope, receive, send)
        return int(self.sent[0]["status"])

    @property
    def got_in(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.came)

    def inside(self, raw: bytes) -> answers.Told:
        """What would have been answered inside."""
        request = messages.verify(raw, messages.VERIFIABLE_PRESENTATION)
        return answers.told(request, self.service.verify(request))


@pytest.mark.parametrize("value", [0, 1, 2])
@pytest.mark.parametrize(
    "raw",
    [
        body(),
        body(spaced=True),
        body(turned=True),
        body({**OPTIONS, "returnPresentation": True, "returnResults": True}),
        body({**OPTIONS, "domain": "another"}),
        body({**OPTIONS, "issuanceProofs": {}}),
    ],
)
def test_what_is_answered_at_the_door(raw: bytes, value: int) -> None:
    house = House(value)
    told = house.inside(raw)
    assert house.post(raw[:700], raw[700:]) == told.status
    assert not house.came
    assert house.sent[1]["body"] == told.body
    assert dict(house.sent[0]["headers"]) == {
        b"content-type": told.media_type.encode(),
        b"content-length": str(len(told.body)).encode(),
        b"cache-control": b"no-store",
    }


@pytest.mark.parametrize(
    "changed",
    [
        {"path": "/credentials/issue"},
        {"method": "GET"},
        {"headers": JSON[1:]},
        {"headers": [(b"content-type", b"text/plain"), JSON[1]]},
        {"headers": [*JSON, JSON[0]]},
        {"headers": [*JSON, JSON[1]]},
        {"headers": JSON[:1]},
        {"headers": [JSON[0], (b"authorization", b"Bearer other")]},
    ],
)
def test_who_or_what_is_not_known_at_the_door_goes_in(changed: dict[str, Any]) -> None:
    house = House()
    assert house.post(body(), **changed) == 299
    assert house.got_in == body()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b'{"verifiablePresentation":,"options":{}}',
        b'{"verifiablePresentation":{},"options":{}}',
        b'{"verifiablePresentation":1,"options":{"verifiablePresentation":{}}}',
        body({**OPTIONS, "unknown": 1}),
        body({**OPTIONS, "issuanceProofs": {f"sha256:{'00' * 32}": "AAAA"}}),
        body({**OPTIONS, "issuanceProofs": {"a": "AA", "options": {"challenge": "c"}}}),
        body({**OPTIONS, "issuanceProofs": []}),
        body()[:-1],
        body()[:-1] + b"x",
        body()[:-2] + b"]}",
        body({**OPTIONS, "options": {"challenge": "c"}}),
        json.dumps({"verifiablePresentation": ENVELOPE, "options": OPTIONS}, separators=(",", ":")).encode(),
        body() + b" " * (1 << 15),
        body().replace(
            b'{"verifiablePresentation":', b'{"verifiablePresentation":{},"verifiablePresentation":'
        ),
        body().replace(b',"options":{', b',"options":{},"options":{'),
    ],
)
def test_what_cannot_be_answered_at_the_door_goes_in_whole(raw: bytes) -> None:
    house = House()
    assert house.post(raw[:9], raw[9:]) == 299
    assert house.got_in == raw
    assert [message["type"] for message in house.came] == ["http.request"] * 2


@pytest.mark.parametrize("kind", [b"application/json; charset=utf-8", b"Application/JSON ;a=b"])
def test_json_with_parameters(kind: bytes) -> None:
    assert House().post(body(), headers=[(b"content-type", kind), JSON[1]]) == 200


def test_a_body_in_very_many_chunks_goes_in_whole() -> None:
    house = House()
    chunks = [bytes([byte]) for byte in body()]
    assert house.post(*chunks) == 299
    assert house.got_in == body()


def test_a_layout_that_was_never_met_goes_in() -> None:
    house = House(known=False)
    assert house.post(body()) == 299
    assert house.got_in == body()


def test_a_client_that_is_gone_is_gone_inside_too() -> None:
    house = House()
    assert house.post(body()[:100], ends=False) == 299
    assert [message["type"] for message in house.came] == ["http.request", "http.disconnect"]
