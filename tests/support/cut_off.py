"""People show credentials to a verifier that is cut off from everybody: what it says, whom it tries to reach.

Usage: ``python -m tests.support.cut_off FOLDER MODE COUNT``, in a network namespace of its own where the
system gives one (CLICID_ALONE says so). MODE is ``store``, where the verifier followed a node until the cut,
or ``bundle``. Prints one JSON object.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from clicid.codec import base64url
from clicid.formats.base import Binding
from clicid.ledger import bundle
from clicid.oid4vp.request import RequestReference, parse_request_url
from clicid.oid4vp.response import AuthorizationResponse
from tests.support.asking import AGE_QUERY
from tests.support.known_network import CLIENT, REVOKED, SECRET, SUSPENDED, KnownNetwork
from verifier.cli import app

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = (
    *("good", "good", "good", "good", "revoked long ago"),
    *("revoked just before the cut", "suspended", "expired", "forged", "replayed"),
)
"""What is wrong with every tenth credential."""
WANTED = {
    "good": ("accepted", ""),
    "revoked long ago": ("refused", "status.revoked"),
    "revoked just before the cut": ("refused", "status.revoked"),
    "suspended": ("refused", "status.suspended"),
    "expired": ("refused", "validity.expired"),
    "forged": ("refused", "issuer.signature"),
    "replayed": ("refused", "holder.nonce"),
}
EVERY = 20
"""Of so many tens one is shown over OpenID4VP; the others over the VC API."""
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _UP = 0x8913, 0x8914, 1


def network(folder: Path, mode: str, count: int) -> tuple[KnownNetwork, Path]:
    """A network whose last revocations stand in its last block, and a verifier that knows it up to there."""
    known = KnownNetwork()
    marked = {"revoked long ago": REVOKED, "suspended": SUSPENDED, "revoked just before the cut": REVOKED}
    early: dict[int, int] = {}
    late: dict[int, int] = {}
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        if kind in marked:
            (late if kind == "revoked just before the cut" else early)[number] = marked[kind]
    known.mine(known.mark(early), empty=3)
    known.mine(known.mark(late))
    node = f'rpc = ["http://127.0.0.1:{_closed_port()}"]'
    config = known.verifier(folder / "online", node)
    known.follow(folder / "online")
    if mode == "bundle":
        file = folder / "last.bundle"
        app(["bundle", "make", str(file), "--config", str(config)], standalone_mode=False)
        signer = bundle.parse(file.read_bytes()).signer.to_multikey()
        more = f'\n[bundle]\nfile = "../last.bundle"\nsigners = ["{signer}"]\n'
        config = known.verifier(folder / "offline", "", more=more)
    return known, config


def _closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


@contextmanager
def running(folder: Path, config: Path) -> Iterator[Web]:
    """The verifier's process, watched; ready when it answers."""
    port = _closed_port()
    command = [sys.executable, "-m", "tests.support.watched_verifier", str(folder / "tried.log")]
    command += ["serve", "--config", str(config), "--port", str(port)]
    with (folder / "verifier.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        web = Web(port)
        deadline = time.monotonic() + 120
        while not web.is_up():
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError((folder / "verifier.log").read_text("utf-8"))
            time.sleep(0.05)
        yield web
    finally:
        process.terminate()
        process.wait(60)


class Web:
    """One client of the verifier; counts the connections it makes itself."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._http = HTTPConnection("127.0.0.1", port, timeout=60)
        self._token = ""
        self.connections = 0

    def is_up(self) -> bool:
        self.connections += 1
        try:
            self._http.connect()
        except OSError:
            return False
        return True

    def call(self, method: str, path: str, body: bytes = b"", media_type: str = "application/json") -> Any:
        """Status and JSON, or the text of what is none."""
        headers = {"Content-Type": media_type}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        if self._http.sock is None:
            self.connections += 1
            self._http.connect()
        self._http.request(method, path, body or None, headers)
        answer = self._http.getresponse()
        raw = answer.read()
        return answer.status, json.loads(raw) if raw.startswith((b"{", b"[")) else raw.decode()

    def sign_in(self) -> None:
        """A token; it lasts ten minutes."""
        form = f"grant_type=client_credentials&client_id={CLIENT}&client_secret={SECRET}".replace(" ", "+")
        self._token = ""
        status, body = self.call("POST", "/oauth2/token", form.encode(), "application/x-www-form-urlencoded")
        assert status == 200, body
        self._token = body["access_token"]


def _show(web: Web, known: KnownNetwork, number: int) -> tuple[str, str]:
    kind, person = KINDS[number % len(KINDS)], known.person(number)
    credential = person.credential(forged=kind == "forged", expired=kind == "expired")
    known.keys.remove(person.key)  # of many thousands
    person = known.person(number)
    if number // len(KINDS) % EVERY == 0:
        return _over_oid4vp(web, person, credential, replayed=kind == "replayed")
    asked = Binding(f"the gate {number % 7}", f"a nonce for {number} and nobody else")
    answered = Binding(asked.audience, "an old nonce") if kind == "replayed" else asked
    shown = person.presentation(credential, answered).decode()
    options = json.dumps({"challenge": asked.nonce, "domain": asked.audience}, separators=(",", ":"))
    body = f'{{"verifiablePresentation":{shown},"options":{options}}}'
    _, answer = web.call("POST", "/presentations/verify", body.encode())
    return answer["report"]["verdict"], answer["report"]["code"]


def _over_oid4vp(web: Web, person: Any, credential: bytes, *, replayed: bool) -> tuple[str, str]:
    ask = json.dumps({"dcql_query": AGE_QUERY.to_wire(), "purpose": "age-and-name"}).encode()
    status, made = web.call("POST", "/requests", ask)
    assert status == 201, made
    reference = parse_request_url(made["request_url"])
    assert isinstance(reference, RequestReference)
    _, request = web.call("GET", urlsplit(reference.request_uri).path)
    asked = json.loads(base64url.decode(request.split(".")[1]))
    binding = Binding(asked["client_id"], "an old nonce" if replayed else asked["nonce"])
    shown = json.loads(person.presentation(credential, binding))
    form = AuthorizationResponse({"age": (shown,)}, asked["state"]).to_form()
    path = urlsplit(asked["response_uri"]).path
    web.call("POST", path, form, "application/x-www-form-urlencoded")
    status, result = web.call("GET", f"/requests/{made['id']}/result")
    assert status == 200, result
    return result["report"]["verdict"], result["report"]["code"]


def _loopback_up() -> None:
    """A new namespace has a loopback interface that is down, and no other."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh", b"lo", 0)
        flags = struct.unpack("16sh", fcntl.ioctl(any_socket, _SIOCGIFFLAGS, request))[1]
        if not flags & _UP:
            fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh", b"lo", flags | _UP))


def _opened() -> int:
    """Connections that this network namespace has begun, as the kernel counts them (RFC 4022)."""
    names, values = (
        line.split()[1:]
        for line in Path("/proc/net/snmp").read_text("ascii").splitlines()
        if line.startswith("Tcp:")
    )
    return int(values[names.index("ActiveOpens")])


def _interfaces() -> list[str]:
    return sorted(line.split(":")[0].strip() for line in Path("/proc/net/dev").read_text().splitlines()[2:])


def main(folder: Path, mode: str, count: int, *, alone: bool) -> dict[str, Any]:
    """Everything; see the module."""
    if alone:
        _loopback_up()
    known, config = network(folder, mode, count)
    wrong: list[Any] = []
    ended: Counter[str] = Counter()
    before, begun = _opened(), time.monotonic()
    with running(folder, config) as web:
        for number in range(count):
            if number % 1_000 == 0:
                web.sign_in()
            kind = KINDS[number % len(KINDS)]
            found = _show(web, known, number)
            ended[f"{kind}: {':'.join(found)}"] += 1
            if found != WANTED[kind] and len(wrong) < 10:
                wrong.append([number, kind, *found])
        seconds = time.monotonic() - begun
        _, health = web.call("GET", "/health")
        connections = web.connections
    return {
        "wrong": wrong,
        "ended": dict(ended),
        "calls": health["calls"],
        "node": health["head"],
        "tried": (folder / "tried.log").read_text("utf-8").splitlines(),
        "opened_by_others": _opened() - before - connections if alone else None,
        "interfaces": _interfaces() if alone else None,
        "seconds": round(seconds, 1),
    }


if __name__ == "__main__":
    print(
        json.dumps(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), alone="CLICID_ALONE" in os.environ))
    )
