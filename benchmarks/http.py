"""A presentation over HTTP, one worker: the server's processor time a request, beside the least possible.

The least is a bare ASGI application under the same server, which reads the body and answers as many
bytes, and the two raw signature checks of a presentation with one credential. The server is a process
of its own, so that the client's time is not in the figures; they are its own count of processor time.
"""

from __future__ import annotations

import http.client
import json
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from fastapi import FastAPI

from benchmarks import serving
from benchmarks.documents import BINDING, CHECKERS, CRYPTOGRAPHY, Issuer
from benchmarks.measure import UNIT, Row
from benchmarks.w3c import W3cContests
from clicid.adapters import oauth_clients, vc_api_routes
from clicid.adapters.vc_api_door import VcApiDoor
from clicid.codec import strict_json
from clicid.vc_api import messages
from tests.support.world import NOW
from verifier.store import VerifierStore
from verifier.usecases.vc_api import GeneralVerifying

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from starlette.types import ASGIApp

    from clicid.codec.strict_json import Json
    from clicid.formats.base import Material, Need
    from clicid.vc_api.messages import VerifyRequest

_PATH: Final = "/presentations/verify"
_WARM: Final = 50
_TOKEN: Final = secrets.token_urlsafe(32)
_CLIENTS: Final = 4
"""Connections at a time: with one alone the server would wait for us between two requests."""
_WHAT: Final = "W3C VC, a presentation with one credential over HTTP, one worker"


def figures(count: int, machine: str) -> Sequence[Row]:
    """Our server's time a request, the least possible, and where the difference goes.

    Args:
        count: Distinct presentations.
        machine: As it stands beside each figure.
    """
    issuer = Issuer()
    w3c = W3cContests(issuer, count + _WARM)
    bodies = [_body(presentation) for presentation in w3c.presentations]
    service = GeneralVerifying(issuer.policy, CHECKERS, _AtHand(issuer.have), lambda: NOW)
    app = FastAPI()
    app.include_router(vc_api_routes.verifying(service))
    with TemporaryDirectory() as folder:
        answer, ours = _served(VcApiDoor(app, service, _clients(Path(folder))), bodies)
    if not json.loads(answer)["verified"]:
        raise SystemExit(f"a good presentation was not verified: {answer.decode()}")
    bare = _served(serving.bare(len(answer)), bodies)[1]
    signatures = _time(w3c.verify_both_raw, count)
    check = _time(lambda number: service.verify(_request(bodies[number])), count)
    least = bare + signatures
    rows = (
        ("", f"{_WHAT}: ClicID", ours, UNIT, ours / least),
        (
            ".rate",
            f"{_WHAT}: share of the rate that the least possible would reach",
            least / ours,
            "of 1",
            None,
        ),
        (".of.bare", "a bare ASGI answer under uvicorn", bare, UNIT, None),
        (".of.signatures", "two raw Ed25519 verifications", signatures, UNIT, None),
        (
            ".framework",
            "server and framework, share of ClicID's time",
            1 - check / ours,
            "of 1",
            None,
        ),
    )
    return [
        Row(
            f"http.presentation{name}",
            what,
            round(value, 3),
            unit,
            "" if ratio is None else _LEAST,
            "" if ratio is None else CRYPTOGRAPHY,
            None if ratio is None else round(ratio, 3),
            machine,
        )
        for name, what, value, unit, ratio in rows
    ]


def _clients(folder: Path) -> Callable[[str], bool]:
    """Whether a caller has an access token, as the verifier finds it out; the benchmark's has one."""
    now = int(NOW.timestamp())
    store = VerifierStore(folder / "verifier.db", bytes(32), secrets.token_bytes)
    store.add_token(_TOKEN, "benchmark", now + 600)
    store.token_client(_TOKEN, now)  # From the first call on it is remembered.
    store.close()
    return lambda authorization: store.remembered_client(oauth_clients.bearer(authorization), now) is not None


class _AtHand:
    """A source that has everything."""

    def __init__(self, have: Mapping[Need, Material]) -> None:
        self._have: Final = have

    def get(self, need: Need, _now: datetime) -> Material:
        return self._have[need]

    get_at_once = get


_LEAST: Final = "a bare ASGI answer and two raw Ed25519 verifications"


def _body(presentation: bytes) -> bytes:
    options: dict[str, Json] = {"challenge": BINDING.nonce, "domain": BINDING.audience}
    return strict_json.dumps({"verifiablePresentation": json.loads(presentation), "options": options})


def _request(body: bytes) -> VerifyRequest:
    return messages.verify(body, messages.VERIFIABLE_PRESENTATION)


def _served(app: ASGIApp, bodies: Sequence[bytes]) -> tuple[bytes, float]:
    """The last answer, and the server's microseconds of processor time a request while it is kept busy."""
    with serving.server(nullcontext(app)) as (port, spent):
        _asked(port, bodies[:_WARM])
        begun = spent()
        asked = bodies[_WARM:]
        parts = [asked[first::_CLIENTS] for first in range(min(_CLIENTS, len(asked)))]
        with ThreadPoolExecutor(_CLIENTS) as clients:
            answers = list(clients.map(lambda part: _asked(port, part), parts))
        return answers[-1], (spent() - begun) * 1e6 / (len(bodies) - _WARM)


def _asked(port: int, bodies: Sequence[bytes]) -> bytes:
    """The last answer to one after the other, over one connection."""
    answer = b""
    with closing(http.client.HTTPConnection("127.0.0.1", port)) as client:
        for body in bodies:
            headers = {"content-type": "application/json", "authorization": f"Bearer {_TOKEN}"}
            client.request("POST", _PATH, body, headers)
            answer = client.getresponse().read()
    return answer


def _time(run: Callable[[int], object], count: int) -> float:
    begun = time.process_time()
    for number in range(count):
        run(number)
    return (time.process_time() - begun) * 1e6 / count
