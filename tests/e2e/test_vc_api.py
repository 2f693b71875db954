"""``clicid-sandbox vc-api --tls`` over real HTTPS: every route and suite, and whatever can be wrong.

Each member of each request, and of each document in one, takes each wrong JSON type in turn. Whatever
comes, the answer is problem details with our code and the place, and never a 5xx.
"""

from __future__ import annotations

import copy
import os
import ssl
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from clicid.errors import REASONS
from clicid.vc_api.instances import NAMES, SELECTIVE, SUITES, instances
from sandbox.processes import free_port
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

V2 = "https://www.w3.org/ns/credentials/v2"
COMMAND = [sys.executable, "-m", "sandbox.cli", "vc-api"]
WRONG: list[Any] = [
    None,
    True,
    7,
    1.5,
    "",
    "\x00",
    "not a url",
    [],
    [None],
    [[]],
    [{}],
    {},
    {"a": None},
    "a" * 5000,
]
SIGNING = [(suite, kind) for suite, kinds in SUITES.items() for kind in kinds]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    port = free_port()
    log = tmp_path_factory.mktemp("vc-api") / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*COMMAND, "--port", str(port), "--tls"], cwd=ROOT, stdout=output, stderr=output
        )
    trusting = ssl.create_default_context()
    # The certificate is its own authority, made when it starts: nobody can know it before.
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    try:
        with httpx.Client(base_url=f"https://127.0.0.1:{port}", verify=trusting, timeout=30) as found:
            _wait(found, process, log)
            yield found
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait(client: httpx.Client, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(200):
        if process.poll() is not None:
            pytest.fail(log.read_text("utf-8", "replace"))
        try:
            client.get("/issuers")
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("it did not start")


@pytest.fixture(scope="module")
def issuers(client: httpx.Client) -> dict[str, str]:
    found: dict[str, str] = client.get("/issuers").json()
    assert set(found) == {"eddsa", "P-256", "P-384", "bbs"}
    return found


def post(client: httpx.Client, path: str, body: object) -> tuple[int, dict[str, Any]]:
    answer = client.post(path, json=body)
    assert answer.status_code < 500, (path, answer.text[:500])
    found: dict[str, Any] = answer.json()
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert found["code"] in REASONS
        assert found["status"] == answer.status_code
        assert found["where"] == "" or found["where"].startswith("/")
        assert found["type"].startswith(("https://", "urn:clicid:error:"))
    return answer.status_code, found


def unsigned(issuer: str) -> dict[str, Any]:
    return {
        "@context": [V2],
        "id": "urn:uuid:5b0b3a54-3d1c-4c3c-9b3e-0e8f6f4f5a11",
        "type": ["VerifiableCredential"],
        "name": {"@value": "Exempel", "@language": "sv"},
        "description": "An example",
        "issuer": {"id": issuer, "name": "An issuer"},
        "validFrom": "2026-01-01T00:00:00Z",
        "validUntil": "2036-01-01T00:00:00Z",
        "credentialSubject": {"id": "did:example:alice", "name": "Alice"},
        "credentialSchema": {"id": "https://example.org/schema.json", "type": "JsonSchema"},
        "relatedResource": {
            "id": V2,
            "digestSRI": "sha256-WZVc7WaX1h4Dsld+75b+UzCLFihoQoRvW1hn8fet7JJzQ=",
        },
        "refreshService": {"id": "https://example.org/refresh", "type": "https://example.org/Refresh"},
        "termsOfUse": {"id": "https://example.org/terms", "type": "https://example.org/Terms"},
        "evidence": {"id": "https://example.org/evidence", "type": "https://example.org/Evidence"},
    }


def plain(issuer: str) -> dict[str, Any]:
    """One whose schema and resources need not be at hand."""
    left_out = ("credentialSchema", "relatedResource")
    return {name: value for name, value in unsigned(issuer).items() if name not in left_out}


@pytest.fixture(scope="module")
def secured(client: httpx.Client, issuers: dict[str, str]) -> dict[str, Any]:
    """A verifiable credential of every suite, as a verifier is shown it."""
    found = {}
    for suite, kind in SIGNING:
        body = {"credential": plain(issuers[NAMES[kind]])}
        status, answer = post(client, f"/{suite}/{kind}/credentials/issue", body)
        if status == 404:
            status, answer = post(client, f"/{suite}/credentials/issue", body)
        assert status == 201, answer
        if suite in SELECTIVE:
            pointers = {"selectivePointers": ["/credentialSubject/name"]}
            status, answer = post(client, f"/{suite}/credentials/derive", {**answer, "options": pointers})
            assert status == 201, answer
        found[f"{suite} {kind}"] = answer["verifiableCredential"]
    return found


@pytest.mark.parametrize("name", [f"{suite} {kind}" for suite, kind in SIGNING])
def test_what_is_issued_is_verified_by_every_instance(
    client: httpx.Client, secured: dict[str, Any], name: str
) -> None:
    for instance in instances():
        path = f"/{instance.path}".rstrip("/") + "/credentials/verify"
        status, answer = post(client, path, {"verifiableCredential": secured[name]})
        assert (status, answer["verified"]) == (200, True), answer


def test_a_presentation_of_every_suite_at_once(
    client: httpx.Client, issuers: dict[str, str], secured: dict[str, Any]
) -> None:
    presentation = {
        "@context": [V2],
        "type": ["VerifiablePresentation"],
        "holder": issuers["eddsa"],
        "verifiableCredential": list(secured.values()),
    }
    options = {"challenge": "c-1", "domain": "verifier.example"}
    body = {"presentation": presentation, "options": options}
    status, proved = post(client, "/eddsa-rdfc-2022/presentations/prove", body)
    assert status == 201, proved
    status, answer = post(client, "/eddsa-rdfc-2022/presentations/verify", {**proved, "options": options})
    assert (status, answer["verdict"]) == (200, "accepted"), answer
    assert len(answer["report"]["sections"]) == 1 + len(secured)
    proved["verifiablePresentation"]["verifiableCredential"][2]["description"] = "changed"
    status, answer = post(client, "/eddsa-rdfc-2022/presentations/verify", {**proved, "options": options})
    assert (status, answer["verified"]) == (400, False)


def places(value: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place in a JSON value but the whole."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*at, key)
        yield from places(item, (*at, key))


def changed(value: Any, at: tuple[str | int, ...], new: Any) -> Any:
    found = copy.deepcopy(value)
    inner = found
    for key in at[:-1]:
        inner = inner[key]
    if new is ...:
        del inner[at[-1]]
    else:
        inner[at[-1]] = new
    return found


def variants(value: Any) -> Iterator[Any]:
    """The value with each member left out, and of each wrong type."""
    for at in places(value):
        yield changed(value, at, ...)
        for wrong in WRONG:
            yield changed(value, at, wrong)


def test_a_credential_to_be_issued_with_each_member_wrong(
    client: httpx.Client, issuers: dict[str, str]
) -> None:
    document = plain(issuers["eddsa"])
    codes = set()
    for variant in variants({"credential": document, "options": {"cryptosuite": "eddsa-rdfc-2022"}}):
        status, answer = post(client, "/credentials/issue", variant)
        if status == 201:
            issued = {"verifiableCredential": answer["verifiableCredential"]}
            status, answer = post(client, "/credentials/verify", issued)
            assert (status, answer["verified"]) == (200, True), answer
        else:
            codes.add(answer["code"])
    assert {"vc.context", "vc.type", "vc.issuer", "vc.subject", "vc.validity", "vc.id", "rdf.empty"} & codes
    assert len(codes) >= 10


@pytest.mark.parametrize("name", ["eddsa-rdfc-2022 Ed25519", "ecdsa-jcs-2019 P-384"])
def test_a_secured_credential_with_each_member_wrong(
    client: httpx.Client, secured: dict[str, Any], name: str
) -> None:
    """None of them is accepted: what was changed is signed, or is the proof."""
    for variant in variants(secured[name]):
        status, answer = post(client, "/credentials/verify", {"verifiableCredential": variant})
        assert status == 400, (answer, variant)
        assert answer["verified"] is False


@pytest.mark.parametrize("suite", sorted(SELECTIVE))
def test_a_derived_credential_with_each_member_of_its_proof_wrong(
    client: httpx.Client, secured: dict[str, Any], suite: str
) -> None:
    document = secured[f"{suite} {SUITES[suite][0]}"]
    for proof in variants(document["proof"]):
        body = {"verifiableCredential": {**document, "proof": proof}}
        assert post(client, "/credentials/verify", body)[0] == 400


def test_requests_to_derive_and_to_prove_with_each_member_wrong(
    client: httpx.Client, issuers: dict[str, str]
) -> None:
    _, issued = post(client, "/ecdsa-sd-2023/credentials/issue", {"credential": plain(issuers["P-256"])})
    derive = {
        "verifiableCredential": issued["verifiableCredential"],
        "options": {"selectivePointers": ["/credentialSubject/name"]},
    }
    prove = {
        "presentation": {"@context": [V2], "type": ["VerifiablePresentation"], "holder": issuers["eddsa"]},
        "options": {"challenge": "c", "domain": "d", "created": "2026-01-01T00:00:00Z"},
    }
    for path, body in (("/credentials/derive", derive), ("/presentations/prove", prove)):
        assert post(client, path, body)[0] == 201
        for variant in variants(body):
            assert post(client, path, variant)[0] in {201, 400}


@pytest.mark.parametrize(
    "path",
    [
        "credentials/issue",
        "credentials/verify",
        "credentials/derive",
        "presentations/prove",
        "presentations/verify",
    ],
)
def test_bodies_that_are_no_request(client: httpx.Client, path: str) -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    for content in (b"", b"{", b"\xff", b"null", b"[]", b'"a"', b"1e400", b'{"a":1,"a":1}', deep):
        answer = client.post(f"/{path}", content=content, headers={"content-type": "application/json"})
        assert answer.status_code in {400, 413}
        assert answer.json()["code"] in {"codec.json", "codec.shape", "codec.size"}


def test_the_whole_interface_is_described(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    assert document["openapi"].startswith("3.")
    for one in instances():
        assert f"/{one.path}".rstrip("/") + "/credentials/issue" in document["paths"]
    assert "/1.0/identifiers/{did}" in document["paths"]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7"])
def test_it_refuses_to_start_where_others_reach_it(host: str) -> None:
    ended = subprocess.run(
        [*COMMAND, "--port", "9", "--host", host],
        cwd=ROOT,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert b"config.sandbox" in ended.stderr


def test_its_keys_are_gone_when_it_ends(tmp_path: Path) -> None:
    port = free_port()
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    process = subprocess.Popen([*COMMAND, "--port", str(port)], cwd=ROOT, env=environment)
    try:
        with httpx.Client(base_url=f"http://localhost:{port}") as client:
            _wait(client, process, tmp_path)
        assert len(list(tmp_path.iterdir())) == 1
    finally:
        process.terminate()
        assert process.wait(timeout=20) == 0
    assert list(tmp_path.iterdir()) == []
