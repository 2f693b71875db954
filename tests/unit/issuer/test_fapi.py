"""What HAIP 1.0 4 takes over of the FAPI 2.0 Security Profile (5.2 to 5.4), at the authorization server.

Client authentication is HAIP's own (4.4.1), and so are the algorithms (7): what the profile says of these
does not apply.
"""

from __future__ import annotations

import base64
import json
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from clicid.codec import base64url
from clicid.oid4vci import client_attestation
from tests.support import attesting, issuer_world
from tests.support.authorization import Browser, CodeWallet
from tests.support.issuer_clients import Person
from tests.support.issuer_config import IDENTIFIER, configured
from tests.unit.issuer.test_haip import MDOC, SD_JWT, ask, attested_keys, error, granted, proved, written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.issuer_world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with issuer_world.running(tmp_path, config=written(tmp_path)) as found:
        yield found


def agreed(world: World, wallet: CodeWallet) -> str:
    """An authorization code, as the wallet gets it."""
    browser = Browser(world)
    browser.open(wallet.link(scope=(SD_JWT,)))
    return browser.through(Person(world).approved()).code


# 5.2.3: endpoints of browsers


@pytest.mark.parametrize(
    ("identifier", "sent"), [("https://issuer.example", "max-age=31536000"), (IDENTIFIER, None)]
)
def test_browsers_are_told_to_come_by_https_where_the_issuer_has_it(
    tmp_path: Path, identifier: str, sent: str | None
) -> None:
    """With the switch and without."""
    file = configured(tmp_path, **{IDENTIFIER: identifier})
    with issuer_world.running(tmp_path, config=file, background=False) as found:
        answer = found.call("GET", "/oid4vci/authorize?client_id=a&request_uri=b")
        assert answer.status_code == 400
        assert answer.headers.get("strict-transport-security") == sent


def test_scripts_of_other_origins_read_nothing_at_the_authorization_endpoint(world: World) -> None:
    link = CodeWallet(world, attested=True).link(scope=(SD_JWT,)).removeprefix(IDENTIFIER)
    asked = {"origin": "https://evil.example", "access-control-request-method": "GET"}
    for method in ("GET", "OPTIONS"):
        answer = world.call(method, link, headers=asked)
        assert answer.status_code in (303, 405)
        assert not [name for name in answer.headers if name.startswith("access-control-")]


# 5.3.2.1: in general


def test_there_are_no_passwords(world: World) -> None:
    form = b"grant_type=password&username=a&password=b&client_id=" + attesting.CLIENT.encode()
    answer = CodeWallet(world, attested=True).send_form("/oid4vci/token", form)
    assert error(answer) == (400, "unsupported_grant_type")


@pytest.mark.parametrize(
    "audience", [[IDENTIFIER], f"{IDENTIFIER}/oid4vci/par", "https://another.example"], ids=str
)
def test_wallets_authenticate_to_the_servers_identifier_as_text_alone(world: World, audience: Any) -> None:
    class Elsewhere(CodeWallet):
        def pop(self, jti: str = "") -> str:
            header, payload = (json.loads(base64url.decode(part)) for part in super().pop(jti).split(".")[:2])
            return attesting.bent(header, payload, {"payload": {"aud": audience}}, attesting.INSTANCE)

    assert error(Elsewhere(world, attested=True).push(scope=(SD_JWT,))) == (401, "invalid_client")


@contextmanager
def ahead(wallet: CodeWallet, seconds: int) -> Iterator[None]:
    """A wallet whose clock is ahead by so much."""
    world = wallet.world
    shifted: Any = SimpleNamespace(
        call=world.call,
        identifier=world.identifier,
        clock=lambda: world.clock() + timedelta(seconds=seconds),
    )
    wallet.world = shifted
    try:
        yield
    finally:
        wallet.world = world


@pytest.mark.parametrize(("seconds", "taken"), [(10, True), (60, True), (61, False)])
def test_clocks_may_be_ahead_by_ten_seconds_and_not_by_more_than_a_minute(
    world: World, seconds: int, *, taken: bool
) -> None:
    class One(CodeWallet):
        """Of whose tokens one alone is from the future."""

        late = ""

        def dpop(self, *given: Any, **more: Any) -> str:
            with ahead(self, seconds if self.late == "dpop" else 0):
                return super().dpop(*given, **more)

        def attestation(self) -> str:
            with ahead(self, seconds if self.late == "attestation" else 0):
                return super().attestation()

        def pop(self, jti: str = "") -> str:
            with ahead(self, seconds if self.late == "pop" else 0):
                return super().pop(jti)

    for late, refusal in (
        ("dpop", (400, "invalid_dpop_proof")),
        ("attestation", (401, "invalid_client")),
        ("pop", (401, "invalid_client")),
    ):
        one = One(world, attested=True)
        one.late = late
        answer = one.push(scope=(SD_JWT,))
        assert (answer.status_code == 201) if taken else (error(answer) == refusal), (late, answer.text)
    wallet = granted(world)
    for kind in ("jwt", "attestation"):
        nonce = wallet.nonce()
        with ahead(wallet, seconds if kind == "attestation" else 0):
            attestation = attested_keys(wallet, f"{kind} key", nonce=nonce)
        with ahead(wallet, seconds):
            value = attestation if kind == "attestation" else proved(wallet, "jwt key", attestation, nonce)
        answer = ask(wallet, kind, value)
        assert (answer.status_code == 200) if taken else (error(answer) == (400, "invalid_proof")), kind


def test_a_code_may_be_bound_to_the_key_of_the_request(world: World) -> None:
    """RFC 9449 10: by `dpop_jkt`, or by the proof of the pushed request."""
    wallet = CodeWallet(world, attested=True)
    code = agreed(world, wallet)
    other = CodeWallet(world, attested=True)
    other.verifier, other.nonce_of = wallet.verifier, wallet.nonce_of
    assert error(other.redeem_code(code)) == (400, "invalid_grant")
    unlike = CodeWallet(world, attested=True)
    assert error(unlike.push(scope=(SD_JWT,), dpop_jkt="x" * 43)) == (400, "invalid_dpop_proof")


def test_a_token_is_good_for_what_was_agreed_to_and_no_more(world: World) -> None:
    """5.3.4 has it of resource servers too: what the authorization suffices for."""
    wallet = granted(world, SD_JWT)
    answer = ask(wallet, "attestation", attested_keys(wallet, "one"), MDOC)
    assert answer.status_code in (400, 401, 403), answer.text
    assert "credentials" not in answer.json()


# 5.3.2.2: the authorization endpoint


def form_without(wallet: CodeWallet, name: str, value: str = "") -> bytes:
    fields = dict(httpx.QueryParams(wallet.request(scope=(SD_JWT,)).to_form().decode()))
    del fields[name]
    return str(httpx.QueryParams(fields | ({name: value} if value else {}))).encode()


@pytest.mark.parametrize(
    ("name", "value", "refusal"),
    [
        ("response_type", "", "invalid_request"),
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "code id_token", "unsupported_response_type"),
        ("redirect_uri", "", "invalid_request"),
        ("redirect_uri", "http://wallet.example/cb", "invalid_request"),
        ("redirect_uri", "http://localhost.example/cb", "invalid_request"),
        ("code_challenge_method", "", "invalid_request"),
        ("code_challenge", "", "invalid_request"),
    ],
)
def test_what_may_not_be_pushed(world: World, name: str, value: str, refusal: str) -> None:
    wallet = CodeWallet(world, attested=True)
    assert error(wallet.send_form("/oid4vci/par", form_without(wallet, name, value))) == (400, refusal)


def test_codes_live_a_minute_and_pushed_requests_less_than_ten(world: World) -> None:
    wallet = CodeWallet(world, attested=True)
    assert wallet.push(scope=(SD_JWT,)).json()["expires_in"] < 600
    code = agreed(world, wallet)
    world.clock.forward(seconds=61)
    assert error(wallet.redeem_code(code)) == (400, "invalid_grant")


def test_a_code_is_redeemed_once(world: World) -> None:
    wallet = CodeWallet(world, attested=True)
    code = agreed(world, wallet)
    assert wallet.redeem_code(code).status_code == 200
    assert error(wallet.redeem_code(code)) == (400, "invalid_grant")
    # RFC 6749 4.1.2: and what it gave is over.
    assert error(wallet.refresh()) == (400, "invalid_grant")


def test_no_redirect_repeats_a_form(world: World) -> None:
    """303 alone; where a framework would put a path right by 307, there is nothing."""
    browser, person = Browser(world), Person(world).approved()
    link = CodeWallet(world, attested=True).link(scope=(SD_JWT,)).removeprefix(IDENTIFIER)
    assert world.call("GET", link).status_code == 303
    browser.open(CodeWallet(world, attested=True).link(scope=(SD_JWT,)))
    for act in ("name", "send", "confirm", "agree"):
        path = f"{browser.path.partition('?')[0]}/{act}/"
        assert world.call("POST", path, data={"code": "123456"}).status_code in (404, 405)
    browser.through(person)
    assert browser.answer.status_code == 303
    assert world.call("POST", "/oid4vci/token/", content=b"code=1").status_code == 404


def test_the_page_says_who_asks_for_what(world: World) -> None:
    browser, person = Browser(world), Person(world).approved()
    browser.open(CodeWallet(world, attested=True).link(scope=(SD_JWT,)))
    browser.press("name", session_id=person.id, resume_token=person.token)
    browser.press("send")
    browser.press("confirm", code=world.mailbox.last("authorization"))
    assert "Exempelplånboken" in browser.page
    assert "The answer goes to com.example.wallet." in browser.page
    assert browser.has("decline")


# 5.3.4: the credential endpoint


@pytest.mark.parametrize("scheme", ["", "Bearer"])
def test_a_token_comes_in_the_header_and_bound(world: World, scheme: str) -> None:
    wallet = granted(world)
    body = {
        "credential_configuration_id": SD_JWT,
        "proofs": {"attestation": [attested_keys(wallet, "one")]},
    }
    path, headers = f"/oid4vci/credential?access_token={wallet.access_token}", {}
    if scheme:
        path, headers = "/oid4vci/credential", {"authorization": f"{scheme} {wallet.access_token}"}
    assert world.call("POST", path, json=body, headers=headers).status_code == 401


# 5.4.1: secrets


def test_secrets_are_of_128_bits_and_more(world: World) -> None:
    wallet = CodeWallet(world, attested=True)
    pushed = wallet.push(scope=(SD_JWT,)).json()["request_uri"].rpartition(":")[2]
    code = agreed(world, wallet)
    assert wallet.redeem_code(code).status_code == 200
    for secret in (pushed, code, wallet.access_token, wallet.refresh_token):
        assert len(base64.urlsafe_b64decode(secret + "=" * (-len(secret) % 4))) * 8 >= 128


def test_no_key_is_taken_that_is_shorter_than_224_bits_or_of_rsa(world: World) -> None:
    """Of the curves and algorithms that the server names, each is at least as long; it knows no RSA."""
    found = world.call("GET", "/.well-known/oauth-authorization-server").json()
    named = set(found["dpop_signing_alg_values_supported"])
    named |= set(found["client_attestation_signing_alg_values_supported"])
    assert named <= {"ES256", "ES384", "ES256K", "EdDSA", "Ed25519"}
    assert client_attestation.METHOD in found["token_endpoint_auth_methods_supported"]
    assert "jwks_uri" not in found, "nobody has to choose among keys of one name"
