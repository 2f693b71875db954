"""Nonce, credential, deferred and notification messages (OpenID4VCI 7, 8, 9, 11)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias

from clicid.codec import shape, strict_json
from clicid.errors import Refused, RemoteError, answered_with
from clicid.oid4vci import encryption
from clicid.oid4vci.errors import Wire

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json
    from clicid.oid4vci.encryption import AnswerEncryption

_MAX_REQUEST_BYTES: Final = 1 << 18
_MAX_RESPONSE_BYTES: Final = 1 << 20
_MAX_PROOF: Final = 1 << 15
_MAX_PROOFS: Final = 64
_MAX_NAME: Final = 512
_MAX_WAIT_SECONDS: Final = 30 * 86_400

Credential: TypeAlias = "str | dict[str, Json]"
"""One issued credential as it stands in a response: text, or a JSON object for `ldp_vc`."""


@dataclass(frozen=True, slots=True)
class NonceResponse:
    """What the nonce endpoint answers (7.2); not to be stored by caches."""

    c_nonce: str = field(repr=False)

    @classmethod
    def parse(cls, raw: bytes) -> NonceResponse:
        """Read an answer; `Refused` `codec.*`."""
        obj = shape.as_object(strict_json.loads(raw, max_bytes=16_384, max_depth=8))
        return cls(c_nonce=shape.text(obj, "c_nonce", maximum=1024))

    def to_wire(self) -> dict[str, Json]:
        """The JSON form."""
        return {"c_nonce": self.c_nonce}


class ProofType(StrEnum):
    """How a wallet shows that it holds a key (annex F)."""

    JWT = "jwt"
    DI_VP = "di_vp"
    ATTESTATION = "attestation"


_PROOF_TYPES: Final = {kind.value: kind for kind in ProofType}


@dataclass(frozen=True, slots=True)
class Proofs:
    """The key proofs of one request, all of one type: JWTs, or presentations for `di_vp`."""

    kind: ProofType
    values: tuple[str | dict[str, Json], ...] = field(repr=False)

    @classmethod
    def parse(cls, obj: dict[str, Json], where: str) -> Proofs:
        """Read the member `proofs` (8.2).

        Raises:
            RemoteError: `invalid_proof` for anything but one member, of a type that exists.
            Refused: `codec.shape` for no proofs, or more than anybody takes.
        """
        name = next(iter(obj), "")
        if len(obj) != 1 or name not in _PROOF_TYPES:
            raise RemoteError(
                Wire.INVALID_PROOF,
                "oid4vci.proof_missing",
                where,
                "exactly one member, of a known proof type",
            )
        kind, place = _PROOF_TYPES[name], shape.pointer(where, name)
        most = 1 if kind is ProofType.ATTESTATION else _MAX_PROOFS
        values = shape.items(obj, name, where, minimum=1, maximum=most)
        read = shape.as_object if kind is ProofType.DI_VP else _jwt
        return cls(kind, tuple(read(value, f"{place}/{index}") for index, value in enumerate(values)))

    def to_wire(self) -> dict[str, Json]:
        """The JSON form."""
        return {self.kind.value: list(self.values)}


def _jwt(value: Json, where: str) -> str:
    return shape.as_text(value, where, maximum=_MAX_PROOF)


@dataclass(frozen=True, slots=True)
class CredentialRequest:
    """A credential request (8.2): one configuration or identifier, and key proofs."""

    credential_configuration_id: str = ""
    credential_identifier: str = ""
    proofs: Proofs | None = field(default=None, repr=False)
    answer_encryption: AnswerEncryption | None = None

    @classmethod
    def parse(cls, raw: bytes) -> CredentialRequest:
        """Read the body; unknown members are ignored.

        Raises:
            RemoteError: `invalid_credential_request`; `invalid_proof` for proofs of an unknown kind;
                `invalid_encryption_parameters`.
        """
        with answered_with(Wire.INVALID_CREDENTIAL_REQUEST, "oid4vci.request"):
            obj = shape.as_object(strict_json.loads(raw, max_bytes=_MAX_REQUEST_BYTES, max_depth=12))
            configuration = shape.optional_text(obj, "credential_configuration_id", maximum=_MAX_NAME) or ""
            identifier = shape.optional_text(obj, "credential_identifier", maximum=_MAX_NAME) or ""
            if bool(configuration) == bool(identifier):
                raise Refused("oid4vci.request", detail="exactly one of configuration id and identifier")
            proofs = shape.optional_child(obj, "proofs")
            return cls(
                configuration,
                identifier,
                None if proofs is None else Proofs.parse(proofs, "/proofs"),
                encryption.optional(obj),
            )

    def to_wire(self) -> dict[str, Json]:
        """The JSON form."""
        obj: dict[str, Json] = {}
        if self.credential_configuration_id:
            obj["credential_configuration_id"] = self.credential_configuration_id
        if self.credential_identifier:
            obj["credential_identifier"] = self.credential_identifier
        if self.proofs is not None:
            obj["proofs"] = self.proofs.to_wire()
        if self.answer_encryption is not None:
            obj[encryption.MEMBER] = self.answer_encryption.to_wire()
        return obj


@dataclass(frozen=True, slots=True)
class CredentialResponse:
    """Issued credentials (8.3), one per proved key and in the order of the proofs."""

    credentials: tuple[Credential, ...] = field(repr=False)
    notification_id: str = ""

    @classmethod
    def parse(cls, raw: bytes) -> CredentialResponse:
        """Read an answer of status 200.

        Raises:
            Refused: `codec.*`.
        """
        obj = shape.as_object(strict_json.loads(raw, max_bytes=_MAX_RESPONSE_BYTES, max_depth=32))
        found = shape.items(obj, "credentials", minimum=1, maximum=_MAX_PROOFS)
        return cls(
            credentials=tuple(_credential(item, f"/credentials/{index}") for index, item in enumerate(found)),
            notification_id=shape.optional_text(obj, "notification_id", maximum=_MAX_NAME) or "",
        )

    def to_wire(self) -> dict[str, Json]:
        """The JSON form."""
        obj: dict[str, Json] = {"credentials": [{"credential": one} for one in self.credentials]}
        if self.notification_id:
            obj["notification_id"] = self.notification_id
        return obj


def _credential(item: Json, where: str) -> Credential:
    value = shape.member(shape.as_object(item, where), "credential", where)
    if isinstance(value, dict):
        return value
    return shape.as_text(value, shape.pointer(where, "credential"), maximum=_MAX_RESPONSE_BYTES)


@dataclass(frozen=True, slots=True)
class DeferredResponse:
    """An answer of status 202: come back with this identifier after `interval` seconds (8.3, 9.2)."""

    transaction_id: str = field(repr=False)
    interval: int

    @classmethod
    def parse(cls, raw: bytes) -> DeferredResponse:
        """Read an answer of status 202; `Refused` `codec.*`."""
        obj = shape.as_object(strict_json.loads(raw, max_bytes=16_384, max_depth=8))
        return cls(
            transaction_id=shape.text(obj, "transaction_id", maximum=_MAX_NAME),
            interval=shape.integer(obj, "interval", minimum=1, maximum=_MAX_WAIT_SECONDS),
        )

    def to_wire(self) -> dict[str, Json]:
        """The JSON form."""
        return {"transaction_id": self.transaction_id, "interval": self.interval}


@dataclass(frozen=True, slots=True)
class DeferredRequest:
    """What the deferred credential endpoint is asked (9.1)."""

    transaction_id: str = field(repr=False)
    answer_encryption: AnswerEncryption | None = None

    @classmethod
    def parse(cls, raw: bytes) -> DeferredRequest:
        """Read the body.

        Raises:
            RemoteError: `invalid_credential_request`; `invalid_encryption_parameters`.
        """
        with answered_with(Wire.INVALID_CREDENTIAL_REQUEST, "oid4vci.request"):
            obj = shape.as_object(strict_json.loads(raw, max_bytes=16_384, max_depth=8))
            transaction_id = shape.text(obj, "transaction_id", maximum=_MAX_NAME)
            return cls(transaction_id, encryption.optional(obj))

    def to_wire(self) -> dict[str, Json]:
        """The JSON form."""
        obj: dict[str, Json] = {"transaction_id": self.transaction_id}
        if self.answer_encryption is not None:
            obj[encryption.MEMBER] = self.answer_encryption.to_wire()
        return obj


class NotificationEvent(StrEnum):
    """What became of the credentials (11.1)."""

    ACCEPTED = "credential_accepted"
    FAILURE = "credential_failure"
    DELETED = "credential_deleted"


_EVENTS: Final = {event.value: event for event in NotificationEvent}


@dataclass(frozen=True, slots=True)
class NotificationRequest:
    """What a wallet tells the notification endpoint (11.1); answered 204, and idempotent."""

    notification_id: str
    event: NotificationEvent

    @classmethod
    def parse(cls, raw: bytes) -> NotificationRequest:
        """Read the body; the free text of a description is dropped.

        Raises:
            RemoteError: `invalid_notification_request`.
        """
        with answered_with(Wire.INVALID_NOTIFICATION_REQUEST, "oid4vci.request"):
            obj = shape.as_object(strict_json.loads(raw, max_bytes=16_384, max_depth=8))
            event = _EVENTS.get(shape.text(obj, "event", maximum=64))
            if event is None:
                raise Refused("oid4vci.request", "/event", "unknown event")
            return cls(
                notification_id=shape.text(obj, "notification_id", maximum=_MAX_NAME),
                event=event,
            )

    def to_wire(self) -> dict[str, Json]:
        """The JSON form."""
        return {"notification_id": self.notification_id, "event": self.event.value}
