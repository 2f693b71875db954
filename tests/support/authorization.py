"""A wallet that asks by authorization code, and the browser of the person who has it."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from clicid.keys.algorithms import P256
from clicid.oid4vci import client_attestation, dpop
from clicid.oid4vci.authorization import (
    AuthorizationLink,
    AuthorizationRequest,
    AuthorizationResponse,
)
from clicid.oid4vci.token import CodeRequest, RefreshRequest
from clicid.securing.signing import sign
from tests.support import attesting, issuer_world
from tests.support.issuer_clients import Wallet
from tests.support.issuer_config import configured
from tests.support.memory_keystore import MemoryKeyStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

    from clicid.adapters.wallet_attester import WalletAttester
    from clicid.keys.store import KeyRef
    from tests.support.issuer_clients import Person
    from tests.support.issuer_world import World
    from tests.support.sites import Named, Site

REDIRECT = "https://wallet.example/cb"
OWN = "com.example.wallet:/cb"
LISTED = "listed-wallet"
AGE = "ClicAge_sdjwt"
_SETTINGS = """
[authorization]
clients = [{{ client_id = "{listed}", redirect_uris = ["{redirect}"] }}]
{more}

[[wallet_providers]]
name = "Provider AB"
clients = ["{attested}"]
roots = ["provider.pem"]

[outbox]"""


@contextmanager
def issuing(
    path: Path, more: str = "", provider: str = "[[wallet_providers]]", **options: Any
) -> Iterator[World]:
    """An issuer that knows a listed wallet and a wallet provider; `more` are settings of authorization."""
    path.mkdir(exist_ok=True)
    pem = base64.encodebytes(attesting.ROOT_CERTIFICATE).decode()
    (path / "provider.pem").write_text(f"-----BEGIN CERTIFICATE-----\n{pem}-----END CERTIFICATE-----\n")
    settings = _SETTINGS.format(listed=LISTED, redirect=REDIRECT, attested=attesting.CLIENT, more=more)
    settings = settings.replace("[[wallet_providers]]", provider)
    config = configured(path, **{"\n[outbox]": settings})
    with issuer_world.running(path, config=config, **options) as world:
        yield world


@dataclass
class Browser:
    """What a person sees, without scripts: cookies, redirects within the site, forms."""

    world: Site
    language: str = "en"
    cookies: dict[str, str] = field(default_factory=dict)
    page: str = ""
    path: str = ""
    answer: httpx.Response = field(init=False)

    def open(self, url: str) -> httpx.Response:
        """Open a link and follow redirects, as long as they stay here."""
        return self._request("GET", url.removeprefix(self.world.identifier))

    def press(self, act: str, **fields: str) -> httpx.Response:
        """Send the form whose action ends so, with its hidden fields and these."""
        found = re.search(rf'action="(/oid4vci/authorize/[0-9a-f]+/{act}[^"]*)">(.*?)</form>', self.page)
        assert found is not None, (act, self.page)
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', found[2]))
        return self._request("POST", found[1], data=hidden | fields)

    def has(self, act: str) -> bool:
        """Whether there is such a form."""
        return f"/{act}" in self.page

    def _request(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"accept-language": self.language}
        if self.cookies:
            headers["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self.answer = self.world.call(method, path, headers=headers, **options)
        self._keep(self.answer)
        location = self.answer.headers.get("location", "")
        if location.startswith("/"):
            return self._request("GET", location)
        if not location:
            self.page, self.path = self.answer.text.replace("\n", ""), path
        return self.answer

    def _keep(self, answer: httpx.Response) -> None:
        for line in answer.headers.get_list("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            if value.strip('"'):
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)

    def through(self, person: Named) -> AuthorizationResponse:
        """All the way of a person who was identified before: name it, give the code, agree."""
        if self.has("name"):
            self.press("name", session_id=person.id, resume_token=person.token)
        self.press("send")
        self.press("confirm", code=self.world.mailbox.last("authorization"))
        return self.agree()

    def agree(self, act: str = "agree") -> AuthorizationResponse:
        """Say so, and be sent back."""
        answer = self.press(act)
        assert answer.status_code == 303, answer.text
        return AuthorizationResponse.parse(answer.headers["location"].partition("?")[2])


class CodeWallet(Wallet):
    """A wallet that asks by authorization code; its tokens are bound to its key."""

    def __init__(self, world: Site, *, attested: bool = False, bound: bool = True) -> None:
        self.world = world
        self.identifier = world.identifier
        self.keys = MemoryKeyStore(secrets.token_bytes(8))
        self.key: KeyRef = self.keys.generate(P256, "dpop")
        self.attested, self.bound = attested, bound
        self.name = "Exempelplånboken"
        self.client_id = attesting.CLIENT if attested else LISTED
        self.redirect = OWN if attested else REDIRECT
        self.verifier = secrets.token_urlsafe(32)
        self.nonce_of: dict[str, str] = {}
        self.access_token = self.refresh_token = self.code = ""

    def request(self, **changes: Any) -> AuthorizationRequest:
        """A request for the age credential."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        values: dict[str, Any] = {
            "client_id": self.client_id,
            "redirect_uri": self.redirect,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "scope": (AGE,),
            "state": "s t&a=te",
            "resource": self.identifier,
        }
        return AuthorizationRequest(**values | changes)

    def push(self, **changes: Any) -> httpx.Response:
        return self.send_form("/oid4vci/par", self.request(**changes).to_form())

    def link(self, **changes: Any) -> str:
        """The link for the person's browser."""
        answer = self.push(**changes)
        assert answer.status_code == 201, answer.text
        link = AuthorizationLink(self.client_id, answer.json()["request_uri"])
        return link.to_url(f"{self.identifier}/oid4vci/authorize")

    def redeem_code(self, code: str, **changes: Any) -> httpx.Response:
        values = {"code": code, "redirect_uri": self.redirect, "code_verifier": self.verifier}
        form = CodeRequest(**values | changes, client_id=self.client_id).to_form()
        return self._tokens(self.send_form("/oid4vci/token", form))

    def refresh(self, token: str = "") -> httpx.Response:
        form = RefreshRequest(token or self.refresh_token, self.client_id).to_form()
        return self._tokens(self.send_form("/oid4vci/token", form))

    def _tokens(self, answer: httpx.Response) -> httpx.Response:
        if answer.status_code == 200:
            self.access_token = answer.json()["access_token"]
            self.refresh_token = answer.json().get("refresh_token", "")
        return answer

    def send_form(self, path: str, form: bytes, **headers: str) -> httpx.Response:
        """A request with every proof it takes; with a nonce or challenge once more, where one is demanded."""
        for _ in range(3):
            proofs = self.proofs(path)
            answer = self.world.call("POST", path, content=form, headers=proofs | headers)
            if not self.learn(answer):
                break
        return answer

    def proofs(self, path: str, method: str = "POST", token: str = "") -> dict[str, str]:
        """The headers that prove key and wallet."""
        found = {"content-type": "application/x-www-form-urlencoded"}
        if self.bound:
            found[dpop.HEADER] = self.dpop(path, method, token)
        if self.attested and not token:
            found[client_attestation.HEADER] = self.attestation()
            found[client_attestation.POP_HEADER] = self.pop()
        return found

    def dpop(self, path: str, method: str = "POST", token: str = "", jti: str = "") -> str:
        prepared = dpop.prepare(
            self.keys.public(self.key),
            alg="ES256",
            htm=method,
            htu=f"{self.identifier}{path}",
            jti=jti or secrets.token_hex(8),
            now=self.world.clock(),
            access_token=token,
            nonce=self.nonce_of.get("dpop", ""),
        )
        (operation,) = prepared.to_be_signed
        return prepared.complete([self.keys.sign(self.key, operation.message, operation.alg)]).decode()

    def attestation(self) -> str:
        return attesting.sign(
            client_attestation.prepare_attestation(
                attesting.instance(),
                client_id=self.client_id,
                alg="ES256",
                kid="",
                issuer="",
                chain=attesting.CHAINS["listed"],
                now=self.world.clock(),
                lifetime=timedelta(hours=1),
                wallet_name=self.name,
            )
        )

    def pop(self, jti: str = "") -> str:
        return attesting.sign(
            client_attestation.prepare_pop(
                alg="ES256",
                audience=self.identifier,
                jti=jti or secrets.token_hex(8),
                now=self.world.clock(),
                challenge=self.nonce_of.get("challenge", ""),
            ),
            attesting.INSTANCE,
        )

    def learn(self, answer: httpx.Response) -> bool:
        """Keep the nonces of an answer; whether it demanded one."""
        for name, header in (("dpop", dpop.NONCE_HEADER), ("challenge", client_attestation.CHALLENGE_HEADER)):
            if header in answer.headers:
                self.nonce_of[name] = answer.headers[header]
        if answer.status_code not in (400, 401) or not answer.content:
            return False
        return answer.json().get("error") in ("use_dpop_nonce", "use_attestation_challenge")

    def send(self, configuration: str, jwt: str) -> httpx.Response:
        body = {"credential_configuration_id": configuration, "proofs": {"jwt": [jwt]}}
        return self.bound_call("/oid4vci/credential", json=body)

    def bound_call(self, path: str, **options: Any) -> httpx.Response:
        for _ in range(2):
            headers = {"authorization": f"{'DPoP' if self.bound else 'Bearer'} {self.access_token}"}
            if self.bound:
                headers[dpop.HEADER] = self.dpop(path, token=self.access_token)
            answer = self.world.call("POST", path, headers=headers, **options)
            if not self.learn(answer):
                break
        return answer


class AttestedWallet(CodeWallet):
    """A wallet that a running wallet provider attests."""

    def __init__(self, world: Site, wallet: WalletAttester) -> None:
        super().__init__(world, attested=True)
        self._wallet = wallet
        self._ref = wallet.keys.generate(P256, secrets.token_hex(8))
        self._given = wallet.client_attestation(self._ref)
        self.client_id = self._given.client_id

    def attestation(self) -> str:
        return self._given.jwt

    def pop(self, jti: str = "") -> str:
        prepared = client_attestation.prepare_pop(
            alg="ES256",
            audience=self.identifier,
            jti=jti or secrets.token_hex(8),
            now=self.world.clock(),
            challenge=self.nonce_of.get("challenge", ""),
        )
        signed = [sign(self._wallet.keys, self._ref, one) for one in prepared.to_be_signed]
        return prepared.complete(signed).decode()


def granted(world: World, person: Person, wallet: CodeWallet, **changes: Any) -> CodeWallet:
    """A wallet with its tokens."""
    browser = Browser(world)
    browser.open(wallet.link(**changes))
    assert wallet.redeem_code(browser.through(person).code).status_code == 200
    return wallet


def proved(world: World, person: Person, wallet: CodeWallet, **changes: Any) -> Browser:
    """A page at which the code of the phone was given, and nobody has agreed yet."""
    browser = Browser(world)
    browser.open(wallet.link(**changes))
    browser.press("name", session_id=person.id, resume_token=person.token)
    browser.press("send")
    browser.press("confirm", code=world.mailbox.last("authorization"))
    assert browser.has("agree")
    return browser


def rows(world: World, table: str) -> int:
    """How many rows a table has."""
    with world.ground.database.reading() as connection:
        found = connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar()
    assert isinstance(found, int)
    return found


def error(answer: httpx.Response) -> tuple[int, str]:
    """The status of an answer, and the error that it names."""
    return answer.status_code, answer.json()["error"]
