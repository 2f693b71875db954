"""Who calls an issuer: a person's browser and a wallet."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any, Self

import httpx

from clicid.codec import strict_json
from clicid.keys.algorithms import ALGORITHMS, ED25519, P256
from clicid.oid4vci import proof
from tests.support.issuer_config import POLICY
from tests.support.issuer_doubles import frames, picture
from tests.support.memory_keystore import MemoryKeyStore

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json
    from tests.support.issuer_world import World
    from tests.support.sites import Site


PHONE = "+46701740635"
EMAIL = "asa.ohrn@example.com"
SECRETS = ("Öhrnström", "OEHRNSTROEM", "Åsa Märta", "PA8271364", "199002282389", PHONE, EMAIL, "701740635")


class Person:
    """A person's browser."""

    def __init__(self, world: World, language: str = "sv") -> None:
        self.world = world
        started = world.call("POST", "/onboarding", json={"language": language})
        assert started.status_code == 201, started.text
        self.id = started.json()["session_id"]
        self.token = started.json()["resume_token"]

    def call(self, method: str, path: str = "", **options: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        return self.world.call(method, f"/onboarding/{self.id}{path}", headers=headers, **options)

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = self.call("GET").json()
        return found

    def to_contact(self, *, consent: bool = True) -> None:
        assert self.call("POST", "/notice", json={"policy_version": POLICY}).status_code == 200
        answer = {"policy_version": POLICY, "given": consent}
        assert self.call("POST", "/face-consent", json=answer).status_code == 200

    def confirm(self, channel: str, address: str) -> None:
        assert self.call("POST", "/contact", json={"channel": channel, "address": address}).status_code == 202
        body = {"channel": channel, "code": self.world.mailbox.last()}
        assert self.call("POST", "/contact/confirm", json=body).status_code == 200

    def to_document(self, *, consent: bool = True, phone: str = PHONE, email: str = EMAIL) -> None:
        self.to_contact(consent=consent)
        self.confirm("phone", phone)
        self.confirm("email", email)

    def upload(self, what: str, image: bytes | None = None) -> httpx.Response:
        return self.call(
            "PUT", f"/{what}", content=image or picture("navy"), headers={"content-type": "image/jpeg"}
        )

    def ask(self) -> dict[str, Any]:
        """A challenge of head turns."""
        answer = self.call("POST", "/liveness")
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def turn(self, challenge_id: str, *given: bytes) -> httpx.Response:
        """Answer a challenge."""
        files: list[tuple[str, Any]] = [("challenge_id", (None, challenge_id))]
        files += [("frame", ("f.jpg", frame, "image/jpeg")) for frame in given]
        return self.call("PUT", "/liveness", files=files)

    def turn_head(self) -> httpx.Response:
        """Ask for a challenge and answer it."""
        answer = self.turn(self.ask()["challenge_id"], *frames())
        assert answer.status_code == 200, answer.text
        return answer

    def to_decision(self) -> None:
        self.to_document()
        assert self.upload("document").status_code == 200
        assert self.upload("selfie", picture("olive")).status_code == 200
        self.turn_head()

    def settled(self) -> dict[str, Any]:
        self.world.until(lambda: self._stored_state() != "deciding")
        return self.state()

    def _stored_state(self) -> str:
        with self.world.ground.env.store.reading() as tx:
            session = tx.sessions.get(self.id)
            assert session is not None
            return session.state

    def approved(self) -> Self:
        self.to_decision()
        assert self.settled()["state"] == "approved"
        return self

    def person_id(self) -> str:
        with self.world.ground.env.store.reading() as tx:
            session = tx.sessions.get(self.id)
            assert session is not None
            assert session.person_id is not None
            return session.person_id

    def offer(self, **wish: Any) -> dict[str, Any]:
        answer = self.call("POST", "/offers", json=wish)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found


class Wallet:
    """A wallet's requests, with a fresh key for every copy."""

    def __init__(self, world: Site, offer_url: str) -> None:
        self.world = world
        self.identifier = world.identifier
        query = httpx.URL(offer_url).params["credential_offer"]
        self.offer = json.loads(query)
        grant = self.offer["grants"]["urn:ietf:params:oauth:grant-type:pre-authorized_code"]
        self.code = grant["pre-authorized_code"]
        self.keys = MemoryKeyStore()
        self.access_token = ""

    def redeem(self, tx_code: str | None = None, code: str | None = None) -> httpx.Response:
        form = {
            "grant_type": "urn:ietf:params:oauth:grant-type:pre-authorized_code",
            "pre-authorized_code": code or self.code,
            "tx_code": tx_code if tx_code is not None else self.world.mailbox.last("transaction"),
        }
        answer = self.world.call("POST", "/oid4vci/token", data=form)
        if answer.status_code == 200:
            self.access_token = answer.json()["access_token"]
        return answer

    def nonce(self) -> str:
        nonce: str = self.world.call("POST", "/oid4vci/nonce").json()["c_nonce"]
        return nonce

    def proof(self, configuration: str, *, nonce: str | None = None, key: str | None = None) -> str:
        alg = ED25519 if configuration.endswith("_ldp") else P256
        name = key or secrets.token_hex(8)
        ref = self.keys.find(name) or self.keys.generate(alg, name)
        prepared = proof.prepare(
            self.keys.public(ref),
            alg=ALGORITHMS[alg].jose,
            binding="did:key" if configuration.endswith(("_ldp", "_jwt")) else "jwk",
            issuer=self.identifier,
            nonce=self.nonce() if nonce is None else nonce,
            now=self.world.clock(),
        )
        operation = prepared.to_be_signed[0]
        return prepared.complete([self.keys.sign(ref, operation.message, operation.alg)]).decode()

    def credential(self, configuration: str, **proof_options: Any) -> httpx.Response:
        return self.send(configuration, self.proof(configuration, **proof_options))

    def send(self, configuration: str, jwt: str) -> httpx.Response:
        body: dict[str, Json] = {"credential_configuration_id": configuration, "proofs": {"jwt": [jwt]}}
        return self.world.call(
            "POST",
            "/oid4vci/credential",
            headers={"authorization": f"Bearer {self.access_token}", "content-type": "application/json"},
            content=strict_json.dumps(body),
        )

    def notify(self, notification_id: str, event: str) -> httpx.Response:
        return self.world.call(
            "POST",
            "/oid4vci/notification",
            headers={"authorization": f"Bearer {self.access_token}"},
            json={"notification_id": notification_id, "event": event},
        )
