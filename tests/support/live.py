"""A holder without a wallet's scruples, over real HTTP: redeems offers, presents whatever a test wants."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

import httpx

from clicid.adapters import clock, package_data
from clicid.codec import base64url, strict_json
from clicid.codec.web import encode_form
from clicid.did import key as did_key
from clicid.formats import sd_jwt_vc, vc_di
from clicid.formats.base import Binding
from clicid.keys.algorithms import ALGORITHMS, ED25519, P256
from clicid.oid4vci import proof
from clicid.oid4vci.offer import PRE_AUTHORIZED
from clicid.oid4vp.request import RequestReference, parse_request_url
from clicid.oid4vp.response import AuthorizationResponse
from sandbox.provider_client import NAME_AND_AGE, ProviderClient
from sandbox.setup.provider import CLIENT_ID
from tests.support.memory_keystore import MemoryKeyStore

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from clicid.formats.base import Prepared
    from clicid.formats.vc_di.holding import Place
    from clicid.keys.store import KeyRef
    from clicid.oid4vp.response import Presentation
    from clicid.rdf.contexts import Contexts
    from sandbox.onboarding_client import Offer
    from sandbox.setup.provider import Provider

IDENTITY, AGE, AGE_W3C = "ClicIdentity_sdjwt", "ClicAge_sdjwt", "ClicAge_ldp"
IDENTITY_W3C = "ClicIdentity_ldp"
SHOWN: Final = (("age_over_18",), ("family_name",))


def http_client() -> httpx.Client:
    """A client for loopback addresses; without TLS, which would take longer than a whole test."""
    return httpx.Client(timeout=30, trust_env=False, verify=False)


@dataclass(frozen=True, slots=True)
class Copy:
    """A credential and the key that it is bound to."""

    raw: bytes
    keys: MemoryKeyStore
    ref: KeyRef

    def status_entry(self) -> tuple[str, int]:
        """List URL and index, as an operator finds them in the credential."""
        if self.raw.startswith(b"{"):
            status = json.loads(self.raw)["credentialStatus"][0]
            return status["statusListCredential"].rpartition("/")[0], int(status["statusListIndex"])
        entry = json.loads(base64url.decode(self.raw.split(b".")[1].decode()))["status"]["status_list"]
        return entry["uri"], entry["idx"]

    def sd_jwt(
        self,
        binding: Binding,
        disclose: Iterable[Sequence[str]] = SHOWN,
        *,
        at: datetime | None = None,
        by: Copy | None = None,
    ) -> str:
        """A presentation of an SD-JWT VC; `by` signs with another copy's key."""
        prepared = sd_jwt_vc.prepare_presentation(self.raw, disclose, binding, at or clock.now())
        return (by or self).signed(prepared).decode()

    def contexts(self) -> Contexts:
        """The contexts of the network that a W3C credential is of."""
        vocabulary = json.loads(self.raw)["@context"][1].rpartition("/contexts/")[0]
        return package_data.contexts(vocabulary)

    def w3c(
        self, binding: Binding, places: Collection[Place] = (), *, by: Copy | None = None
    ) -> dict[str, Any]:
        """A presentation of a W3C credential, of these places of one that need not be shown whole.

        `by` presents it as another holder.
        """
        credential = vc_di.shown(self.raw, places, self.contexts())
        signer = by or self
        holder = did_key.create(signer.keys.public(signer.ref))
        prepared = vc_di.prepare_presentation([credential], holder, binding, self.contexts(), clock.now())
        made: dict[str, Any] = json.loads(signer.signed(prepared))
        return made

    def signed(self, prepared: Prepared[bytes]) -> bytes:
        """Whatever was prepared, signed by this copy's key."""
        return prepared.complete(
            [self.keys.sign(self.ref, one.message, one.alg) for one in prepared.to_be_signed]
        )


class Redemption:
    """One offer at the issuer's OpenID4VCI endpoints, a call at a time."""

    def __init__(self, http: httpx.Client, identifier: str, offer: Offer) -> None:
        self._http = http
        self._identifier = identifier
        self._offer = offer
        grants = json.loads(httpx.URL(offer.url).params["credential_offer"])["grants"]
        self._code = grants[PRE_AUTHORIZED]["pre-authorized_code"]
        self.access_token = ""

    def token(self, tx_code: str | None = None) -> httpx.Response:
        """Redeem the code, with the right transaction code unless another is given."""
        form = {"grant_type": PRE_AUTHORIZED, "pre-authorized_code": self._code}
        answer = self._post("token", data=form | {"tx_code": tx_code or self._offer.tx_code})
        self.access_token = answer.json().get("access_token", self.access_token)
        return answer

    def nonce(self) -> str:
        """A fresh nonce."""
        return str(self._post("nonce").json()["c_nonce"])

    def request(self, configuration: str, nonce: str) -> tuple[Copy, httpx.Response]:
        """Ask for a credential; the copy's `raw` is empty unless it was given."""
        alg = ED25519 if configuration.endswith("_ldp") else P256
        keys = MemoryKeyStore()
        ref = keys.generate(alg, configuration)
        prepared = proof.prepare(
            keys.public(ref),
            alg=ALGORITHMS[alg].jose,
            binding="did:key" if configuration.endswith(("_ldp", "_jwt")) else "jwk",
            issuer=self._identifier,
            nonce=nonce,
            now=clock.now(),
        )
        empty = Copy(b"", keys, ref)
        jwt = empty.signed(prepared).decode()
        body = strict_json.dumps({"credential_configuration_id": configuration, "proofs": {"jwt": [jwt]}})
        headers = {"authorization": f"Bearer {self.access_token}", "content-type": "application/json"}
        answer = self._post("credential", content=body, headers=headers)
        if answer.status_code != 200:
            return empty, answer
        found = answer.json()["credentials"][0]["credential"]
        raw = found.encode() if isinstance(found, str) else strict_json.dumps(found)
        return Copy(raw, keys, ref), answer

    def all(self) -> dict[str, Copy]:
        """Redeem the offer and take everything in it."""
        assert self.token().status_code == 200
        copies = {}
        for configuration in self._offer.configurations:
            copies[configuration], answer = self.request(configuration, self.nonce())
            assert answer.status_code == 200, answer.text
        return copies

    def _post(self, endpoint: str, **options: Any) -> httpx.Response:
        return self._http.post(f"{self._identifier}/oid4vci/{endpoint}", **options)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as a wallet read it."""

    id: str
    client_id: str
    nonce: str
    response_uri: str
    state: str

    @property
    def binding(self) -> Binding:
        """For whom and in answer to what a presentation must be made."""
        return Binding(self.client_id, self.nonce)


@dataclass
class Door:
    """A service provider's backend, and the calls of wallets to its verifier."""

    http: httpx.Client
    provider: Provider
    client_id: str = CLIENT_ID
    backend: ProviderClient = field(init=False)

    def __enter__(self) -> Self:
        self.backend = ProviderClient(self.provider, client_id=self.client_id)
        return self

    def __exit__(self, *error: object) -> None:
        self.backend.__exit__(*error)

    def ask(self, query: dict[str, Any] = NAME_AND_AGE) -> Asked:
        """Create a request and fetch it as a wallet does."""
        made = self.backend.ask(query)
        reference = parse_request_url(made["request_url"])
        assert isinstance(reference, RequestReference)
        answer = self.http.get(reference.request_uri)
        assert answer.status_code == 200, answer.text
        body = json.loads(base64url.decode(answer.text.split(".")[1]))
        return Asked(made["id"], body["client_id"], body["nonce"], body["response_uri"], body["state"])

    def post(self, asked: Asked, presentation: Presentation, query_id: str = "identity") -> httpx.Response:
        """Post one presentation as the answer."""
        form = AuthorizationResponse({query_id: (presentation,)}, asked.state).to_form()
        return self.post_form(asked, form)

    def post_token(self, asked: Asked, vp_token: str) -> httpx.Response:
        """Post the text of a vp_token, whatever it is."""
        form = encode_form({"vp_token": vp_token, "state": asked.state})
        return self.post_form(asked, form)

    def post_form(self, asked: Asked, form: bytes) -> httpx.Response:
        """Post a form to the response address."""
        headers = {"content-type": "application/x-www-form-urlencoded"}
        return self.http.post(asked.response_uri, content=form, headers=headers)

    def result(self, asked: Asked) -> dict[str, Any]:
        """The result of a request that was answered."""
        status, body = self.backend.result(asked.id)
        assert status == 200, body
        return body

    def judge(self, asked: Asked, presentation: Presentation, query_id: str = "identity") -> dict[str, Any]:
        """Post an answer; gives the report of how it ended."""
        self.post(asked, presentation, query_id)
        report: dict[str, Any] = self.result(asked)["report"]
        return report


def ending(report: dict[str, Any]) -> tuple[str, str]:
    """Verdict and code."""
    return report["verdict"], report["code"]


def lines(report: dict[str, Any]) -> list[dict[str, Any]]:
    """All lines of a report."""
    return [
        line
        for found in report["presentations"].values()
        for one in found
        for section in one["sections"]
        for line in section["checks"]
    ]
