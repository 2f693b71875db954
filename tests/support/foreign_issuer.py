"""Somebody else's issuer in memory, written from the specifications: every flow, and as strict as it may be.

It is no subclass of ours and shares none of its code but the checks of single tokens: what it wants of a
wallet it says in its metadata, and refuses a request that is not just so.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from clicid.codec import base64url, strict_json
from clicid.codec.web import JSON_TYPE, HttpAnswer
from clicid.keys.algorithms import P256
from clicid.keys.public import PublicKey
from clicid.oid4vci import client_attestation, key_attestation
from clicid.oid4vci import dpop as proving
from clicid.securing import jwe
from clicid.securing.jwe import Recipient
from tests.support.attesting import ALGS, CLIENT, PROVIDERS
from tests.support.memory_keystore import MemoryKeyStore
from tests.support.world import NOW

if TYPE_CHECKING:
    from collections.abc import Callable

    from clicid.codec.web import HttpRequest
    from clicid.oid4vci.dpop import VerifiedDpop

ISSUER = "https://foreign.example/tenant"
AS = "https://as.foreign.example"
PRE = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
PID = "pid"
SCOPED: dict[str, Any] = {
    "format": "dc+sd-jwt",
    "vct": "https://schemas.foreign.example/pid",
    "scope": "pid",
    "cryptographic_binding_methods_supported": ["jwk"],
    "proof_types_supported": {"jwt": {"proof_signing_alg_values_supported": ["ES256"]}},
}
UNSCOPED = {name: value for name, value in SCOPED.items() if name != "scope"}
MINUTE = timedelta(minutes=1)


class Error(Exception):
    """An error answer."""

    def __init__(self, code: str, status: int = 400, headers: dict[str, str] | None = None) -> None:
        super().__init__(code)
        self.answer = HttpAnswer(status, JSON_TYPE, json.dumps({"error": code}).encode(), headers or {})


@dataclass
class ForeignIssuer:
    """What it is like is in its fields; what it was asked is in `seen`.

    Args:
        configurations: Its metadata's.
        server: Its authorization server: itself, or another.
        par: Whether requests are pushed: ``no``, ``may``, ``must``.
        dpop: Whether tokens are bound to keys.
        nonces: Whether DPoP proofs must hold a nonce of the server's, each good once.
        methods: `token_endpoint_auth_methods_supported`.
        challenges: Whether client attestations must answer a challenge: ``no``, ``endpoint``, ``header``.
        nonce_endpoint: Whether key proofs must hold a nonce.
        batch: The largest number of keys at once.
        pending: How often a credential is not ready yet.
        encryption: ``no``, ``may`` or ``must``.
        identifiers: How many credentials of each kind it names in the token response.
        refreshes: Whether it gives refresh tokens.
        tx_code: The transaction code, "" if none is wanted.
        iss: Whether it says who it is when it sends the browser back.
        wants_issuer_state: Whether it asks for what its offer said.
        anonymous: Whether it gives credentials for a code to wallets that do not say who they are.
        notifies: Whether it wants to know what became of a credential.
        make: The credential for a configuration and a key.
    """

    configurations: dict[str, dict[str, Any]] = field(default_factory=lambda: {PID: dict(SCOPED)})
    server: str = ISSUER
    par: str = "no"
    dpop: bool = False
    nonces: bool = False
    methods: tuple[str, ...] = ("none",)
    challenges: str = "no"
    nonce_endpoint: bool = True
    batch: int = 1
    pending: int = 0
    encryption: str = "no"
    identifiers: int = 0
    refreshes: bool = False
    tx_code: str = ""
    iss: bool = True
    wants_issuer_state: bool = True
    notifies: bool = True
    anonymous: bool = True
    now: datetime = NOW
    make: Callable[[str, PublicKey], Any] = field(default=lambda name, key: f"{name} {key.to_multikey()}")
    seen: list[HttpRequest] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._codes: dict[str, dict[str, str]] = {}
        self._pushed: dict[str, dict[str, str]] = {}
        self._tokens: dict[str, str] = {}
        self._refresh: dict[str, str] = {}
        self._c_nonces: set[str] = set()
        self._server_nonces: set[str] = set()
        self._challenges: set[str] = set()
        self._jtis: set[str] = set()
        self._waiting: dict[str, tuple[int, dict[str, Any]]] = {}
        self._pre_authorized = "pre-authorized"
        self.notified: list[dict[str, Any]] = []
        self._keys = MemoryKeyStore(b"foreign")
        self._ref = self._keys.generate(P256, "encryption")

    # Documents ----------------------------------------------------------------------------------------

    def offer(self, grant: str = "pre", **changes: Any) -> str:
        grants: dict[str, Any] = {}
        if "pre" in grant:
            grants[PRE] = {"pre-authorized_code": self._pre_authorized}
            if self.tx_code:
                grants[PRE]["tx_code"] = {"length": len(self.tx_code)}
        if "code" in grant:
            grants["authorization_code"] = {"issuer_state": "the person's business"}
        offer = {
            "credential_issuer": ISSUER,
            "credential_configuration_ids": list(self.configurations),
            "grants": grants,
        } | changes
        return "openid-credential-offer://?credential_offer=" + quote(json.dumps(offer))

    def metadata(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "credential_issuer": ISSUER,
            "credential_endpoint": f"{ISSUER}/credential",
            "deferred_credential_endpoint": f"{ISSUER}/deferred",
            "credential_configurations_supported": self.configurations,
            "something_else": {"nobody": "knows"},
        }
        if self.server != ISSUER:
            found["authorization_servers"] = [self.server]
        if self.notifies:
            found["notification_endpoint"] = f"{ISSUER}/notification"
        if self.nonce_endpoint:
            found["nonce_endpoint"] = f"{ISSUER}/nonce"
        if self.batch > 1:
            found["batch_credential_issuance"] = {"batch_size": self.batch}
        if self.encryption != "no":
            key = Recipient(self._keys.public(self._ref), "enc-1", jwe.ECDH_ES).to_jwk()
            old = {"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "rsa", "alg": "RSA-OAEP-256"}
            required = {"encryption_required": self.encryption == "must"}
            encs = {"enc_values_supported": ["A256CBC-HS512", "A256GCM"]}
            found["credential_request_encryption"] = {"jwks": {"keys": [old, key]}} | encs | required
            found["credential_response_encryption"] = {"alg_values_supported": ["ECDH-ES"]} | encs | required
        return found

    def server_metadata(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "issuer": self.server,
            "token_endpoint": f"{self.server}/token?tenant=1",
            "authorization_endpoint": f"{self.server}/authorize?tenant=1",
            "grant_types_supported": ["authorization_code", PRE, "refresh_token"],
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["plain", "S256"],
            "authorization_response_iss_parameter_supported": self.iss,
            "token_endpoint_auth_methods_supported": list(self.methods),
            "authorization_details_types_supported": ["openid_credential"],
            "pre-authorized_grant_anonymous_access_supported": self.anonymous,
        }
        if self.par != "no":
            found["pushed_authorization_request_endpoint"] = f"{self.server}/par"
            found["require_pushed_authorization_requests"] = self.par == "must"
        if self.dpop:
            found["dpop_signing_alg_values_supported"] = ["ES384", "ES256"]
        if self.challenges == "endpoint":
            found["challenge_endpoint"] = f"{self.server}/challenge"
        return found

    # Requests -----------------------------------------------------------------------------------------

    def send(self, request: HttpRequest) -> HttpAnswer:
        self.seen.append(request)
        headers = dict(request.headers)
        try:
            return self._route(request, headers)
        except Error as error:
            return error.answer

    def _route(self, request: HttpRequest, headers: dict[str, str]) -> HttpAnswer:
        documents = {
            _known(ISSUER, "openid-credential-issuer"): self.metadata,
            _known(self.server, "oauth-authorization-server"): self.server_metadata,
        }
        if request.method == "GET":
            return _json(documents[request.url]()) if request.url in documents else HttpAnswer(404, "", b"")
        routes = {
            f"{self.server}/par": self._par,
            f"{self.server}/token?tenant=1": self._token,
            f"{self.server}/challenge": self._challenge,
            f"{ISSUER}/nonce": self._nonce,
            f"{ISSUER}/credential": self._credential,
            f"{ISSUER}/deferred": self._deferred,
            f"{ISSUER}/notification": self._notification,
        }
        return routes[request.url](request, headers)

    def browser(self, url: str) -> str:
        """What the person's browser comes to, once they have said yes."""
        assert url.startswith(f"{self.server}/authorize?tenant=1&")
        fields = dict(parse_qsl(urlsplit(url).query))
        if "request_uri" in fields:
            client_id = fields["client_id"]
            fields = self._pushed.pop(fields["request_uri"])
            assert fields["client_id"] == client_id
        else:
            assert self.par != "must"
        self._check_authorization(fields)
        code = secrets.token_urlsafe(8)
        self._codes[code] = fields
        back = {"code": code, "state": fields["state"]} | ({"iss": self.server} if self.iss else {})
        return f"{fields['redirect_uri']}?{urlencode(back)}"

    def _check_authorization(self, fields: dict[str, str]) -> None:
        assert fields["response_type"] == "code"
        assert fields["code_challenge_method"] == "S256"
        if self.wants_issuer_state:
            assert fields["issuer_state"] == "the person's business"
        assert len(fields["state"]) >= 22
        if all("scope" in one for one in self.configurations.values()):
            assert fields["scope"] == " ".join(one["scope"] for one in self.configurations.values())
            assert "authorization_details" not in fields
        else:
            asked = json.loads(fields["authorization_details"])
            assert [one["credential_configuration_id"] for one in asked] == list(self.configurations)
            assert all(one["type"] == "openid_credential" for one in asked)
            locations = [ISSUER] if self.server != ISSUER else None
            assert all(one.get("locations") == locations for one in asked)
        assert fields.get("resource") == (ISSUER if self.server != ISSUER else None)

    def _par(self, request: HttpRequest, headers: dict[str, str]) -> HttpAnswer:
        fields = _form(request)
        assert "request_uri" not in fields
        self._authenticate(request, headers, fields.get("client_id", ""))
        uri = f"urn:ietf:params:oauth:request_uri:{secrets.token_urlsafe(8)}"
        self._pushed[uri] = fields
        return _json({"request_uri": uri, "expires_in": 60}, 201)

    def _challenge(self, _request: HttpRequest, _headers: dict[str, str]) -> HttpAnswer:
        return _json({"attestation_challenge": _new(self._challenges)})

    def _nonce(self, request: HttpRequest, _headers: dict[str, str]) -> HttpAnswer:
        assert (request.body, request.authorization) == (b"", "")
        found = {"dpop-nonce": _new(self._server_nonces)} if self.nonces else {}
        return _json({"c_nonce": _new(self._c_nonces)}, headers=found)

    def _token(self, request: HttpRequest, headers: dict[str, str]) -> HttpAnswer:
        fields = _form(request)
        jkt = self._authenticate(request, headers, fields.get("client_id", ""))
        grant = fields["grant_type"]
        if grant == PRE:
            assert ("client_id" in fields) is (not self.anonymous or "oauth-client-attestation" in headers)
            given = fields["pre-authorized_code"], fields.get("tx_code", "")
            if given != (self._pre_authorized, self.tx_code):
                raise Error("invalid_grant")
            self._pre_authorized = ""
        elif grant == "authorization_code":
            asked = self._codes.pop(fields["code"])
            digest = hashlib.sha256(fields["code_verifier"].encode()).digest()
            assert base64url.encode(digest) == asked["code_challenge"]
            assert (fields["client_id"], fields["redirect_uri"]) == (
                asked["client_id"],
                asked["redirect_uri"],
            )
        elif self._refresh.pop(fields["refresh_token"], None) != jkt:
            raise Error("invalid_grant")
        return _json(self._tokens_for(jkt))

    def _tokens_for(self, jkt: str) -> dict[str, Any]:
        token = secrets.token_urlsafe(8)
        self._tokens[token] = jkt
        found: dict[str, Any] = {
            "access_token": token,
            "token_type": "DPoP" if self.dpop else "bearer",
            "expires_in": 60,
        }
        if self.refreshes:
            found["refresh_token"] = secrets.token_urlsafe(8)
            self._refresh[found["refresh_token"]] = jkt
        if self.identifiers:
            found["authorization_details"] = [
                {
                    "type": "openid_credential",
                    "credential_configuration_id": name,
                    "credential_identifiers": [f"{name}-{index}" for index in range(self.identifiers)],
                }
                for name in self.configurations
            ]
        return found

    def _authenticate(self, request: HttpRequest, headers: dict[str, str], client_id: str) -> str:
        """DPoP and client attestation; gives the thumbprint of the key."""
        shown = self._dpop(request, headers) if self.dpop else None
        assert self.dpop or "dpop" not in headers
        if "none" not in self.methods:
            self._attested(headers, client_id, shown)
        return "" if shown is None else shown.jkt

    def _dpop(self, request: HttpRequest, headers: dict[str, str], token: str = "") -> VerifiedDpop:
        shown = proving.verify(
            headers["dpop"],
            htm=request.method,
            htu=request.url,
            algs=("ES256",),
            now=self.now,
            max_age=MINUTE,
            leeway=timedelta(),
            access_token=token,
        )
        assert shown.jti not in self._jtis
        self._jtis.add(shown.jti)
        combined = "attest_jwt_client_auth_dpop" in self.methods and not token
        if combined and self.challenges != "no":
            if shown.nonce not in self._challenges:
                raise self._challenged()
        elif self.nonces and shown.nonce in self._server_nonces:
            self._server_nonces.remove(shown.nonce)
        elif self.nonces:
            status, how = (401, 'DPoP error="use_dpop_nonce"') if token else (400, "")
            nonce = _new(self._server_nonces)
            raise Error("use_dpop_nonce", status, {"dpop-nonce": nonce, "www-authenticate": how})
        return shown

    def _attested(self, headers: dict[str, str], client_id: str, shown: VerifiedDpop | None) -> None:
        combined = "attest_jwt_client_auth_dpop" in self.methods
        assert combined == ("oauth-client-attestation-pop" not in headers)
        pop = shown if combined else headers["oauth-client-attestation-pop"]
        assert pop is not None
        client = client_attestation.verify(
            headers["oauth-client-attestation"],
            pop,
            audience=self.server,
            client_id=client_id or None,
            providers=PROVIDERS,
            algs=ALGS,
            now=self.now,
            max_age=MINUTE,
            leeway=timedelta(),
        )
        assert client.client_id == CLIENT
        if self.challenges != "no" and client.challenge not in self._challenges:
            raise self._challenged()

    def _challenged(self) -> Error:
        headers = {"oauth-client-attestation-challenge": _new(self._challenges)}
        if self.nonces:
            headers["dpop-nonce"] = _new(self._server_nonces)
        return Error("use_attestation_challenge", headers=headers)

    # Credentials --------------------------------------------------------------------------------------

    def _credential(self, request: HttpRequest, headers: dict[str, str]) -> HttpAnswer:
        self._access(request, headers)
        body = self._opened(request)
        name = self._name(body)
        keys = self._proved(body["proofs"], self.configurations[name])
        assert len(keys) <= self.batch
        made = [{"credential": self.make(name, key)} for key in keys]
        answer = {"credentials": made[::-1], "notification_id": "about them"}
        if not self.pending:
            return self._sealed(answer, body)
        identifier = secrets.token_urlsafe(8)
        self._waiting[identifier] = (self.pending - 1, answer)
        return self._sealed({"transaction_id": identifier, "interval": 60}, body, 202)

    def _deferred(self, request: HttpRequest, headers: dict[str, str]) -> HttpAnswer:
        self._access(request, headers)
        body = self._opened(request)
        if body["transaction_id"] not in self._waiting:
            raise Error("invalid_transaction_id")
        left, answer = self._waiting.pop(body["transaction_id"])
        if not left:
            return self._sealed(answer, body)
        self._waiting[body["transaction_id"]] = (left - 1, answer)
        return self._sealed({"transaction_id": body["transaction_id"], "interval": 60}, body, 202)

    def _notification(self, request: HttpRequest, headers: dict[str, str]) -> HttpAnswer:
        self._access(request, headers)
        self.notified.append(json.loads(request.body))
        return HttpAnswer(204, "", b"")

    def forget_tokens(self) -> None:
        """All access tokens are over."""
        self._tokens.clear()

    def _access(self, request: HttpRequest, headers: dict[str, str]) -> None:
        scheme, _, token = request.authorization.partition(" ")
        if token not in self._tokens:
            raise Error("invalid_token", 401, {"www-authenticate": 'Bearer error="invalid_token"'})
        assert scheme == ("DPoP" if self.dpop else "Bearer")
        if self.dpop:
            assert self._dpop(request, headers, token).jkt == self._tokens[token]

    def _name(self, body: dict[str, Any]) -> str:
        if not self.identifiers:
            return str(body["credential_configuration_id"])
        assert "credential_configuration_id" not in body
        return str(body["credential_identifier"]).rpartition("-")[0]

    def _proved(self, proofs: dict[str, Any], configuration: dict[str, Any]) -> list[PublicKey]:
        ((kind, values),) = proofs.items()
        wanted = configuration["proof_types_supported"][kind]
        if kind == "attestation":
            (value,) = values
            return list(self._key_attestation(value).keys)
        keys = [self._jwt(value, attested="key_attestations_required" in wanted) for value in values]
        return [key for found in keys for key in found]

    def _jwt(self, jwt: str, *, attested: bool) -> list[PublicKey]:
        header, payload = (_decoded(part) for part in jwt.split(".")[:2])
        assert header["typ"] == "openid4vci-proof+jwt"
        assert payload["aud"] == ISSUER
        if self.nonce_endpoint:
            if payload["nonce"] not in self._c_nonces:
                raise Error("invalid_nonce")
        else:
            assert "nonce" not in payload
        key = PublicKey.from_jwk(header["jwk"])
        key.verify(base64url.decode(jwt.split(".")[2]), jwt.rpartition(".")[0].encode())
        if not attested:
            assert "key_attestation" not in header
            return [key]
        keys = list(self._key_attestation(header["key_attestation"]).keys)
        assert key in keys
        return keys

    def _key_attestation(self, jwt: str) -> key_attestation.VerifiedKeyAttestation:
        found = key_attestation.verify(
            jwt,
            providers=PROVIDERS,
            algs=ALGS,
            now=self.now,
            max_age=MINUTE,
            leeway=timedelta(),
            need_exp=True,
        )
        if self.nonce_endpoint and found.nonce not in self._c_nonces:
            raise Error("invalid_nonce")
        return found

    def forget_nonces(self) -> None:
        """All c_nonces are over."""
        self._c_nonces.clear()

    def _opened(self, request: HttpRequest) -> dict[str, Any]:
        if request.content_type == JSON_TYPE:
            assert self.encryption != "must"
            return dict(json.loads(request.body))
        assert request.content_type == "application/jwt"
        message = jwe.parse(request.body, max_bytes=1 << 20)
        raw = jwe.decrypt(
            message,
            agree=lambda public: self._keys.agree(self._ref, public),
            kid="enc-1",
            encs=("A256GCM",),
        )
        return dict(json.loads(raw))

    def _sealed(self, answer: dict[str, Any], body: dict[str, Any], status: int = 200) -> HttpAnswer:
        wanted = body.get("credential_response_encryption")
        if wanted is None:
            assert self.encryption != "must"
            return _json(answer, status)
        raw = jwe.encrypt(
            strict_json.dumps(answer),
            Recipient.from_jwk(wanted["jwk"]),
            enc=wanted["enc"],
            random=secrets.token_bytes,
        )
        return HttpAnswer(status, "application/jwt", raw)


def _known(identifier: str, name: str) -> str:
    parts = urlsplit(identifier)
    return f"{parts.scheme}://{parts.netloc}/.well-known/{name}{parts.path}"


def _json(body: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None) -> HttpAnswer:
    return HttpAnswer(status, JSON_TYPE, json.dumps(body).encode(), headers or {})


def _form(request: HttpRequest) -> dict[str, str]:
    assert request.content_type == "application/x-www-form-urlencoded"
    return dict(parse_qsl(request.body.decode(), strict_parsing=True))


def _decoded(part: str) -> dict[str, Any]:
    return dict(json.loads(base64url.decode(part)))


def _new(known: set[str]) -> str:
    value = secrets.token_urlsafe(16)
    known.add(value)
    return value
