"""What an issuance keeps: what it rests on (invitation, request, refresh token), and what it gave or owes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from clicid.codec import instant, saved, shape
from clicid.keys.public import PublicKey
from clicid.oid4vci.clients import Client
from clicid.oid4vci.credential import NotificationEvent
from clicid.oid4vci.proof import VerifiedProof

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json

_LONG_AGO: Final = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class Invitation:
    """An offer for the authorization code grant: what it offers, and until when it may be asked for."""

    configuration_ids: tuple[str, ...]
    until: datetime

    def to_json(self) -> dict[str, Json]:
        """The stored form."""
        return {
            "configuration_ids": list(self.configuration_ids),
            "until": instant.to_numeric_date(self.until),
        }

    @classmethod
    def from_json(cls, obj: dict[str, Json], where: str) -> Invitation:
        """Read the stored form."""
        return cls(
            shape.texts(obj, "configuration_ids", where, minimum=1),
            instant.from_numeric_date(shape.member(obj, "until", where), where=f"{where}/until"),
        )


@dataclass(frozen=True, slots=True)
class Requested:
    """What a pushed request binds its code to.

    Args:
        client: Who asked.
        redirect_uri: Where the answer goes.
        code_challenge: What the verifier must hash to.
        request_digest: Of the `request_uri`.
        state: Goes back with the answer.
        dpop_jkt: The key that the code is bound to, or "".
        detailed: The configurations asked for by `authorization_details`.
        ui_locales: Languages that the person reads.
    """

    client: Client
    redirect_uri: str
    code_challenge: str
    request_digest: str
    state: str = field(default="", repr=False)
    dpop_jkt: str = ""
    detailed: tuple[str, ...] = ()
    ui_locales: str = ""

    def to_json(self) -> dict[str, Json]:
        """The stored form."""
        return {
            "client": self.client.to_json(),
            "detailed": list(self.detailed),
            **{name: getattr(self, name) for name in _REQUESTED},
        }

    @classmethod
    def from_json(cls, obj: dict[str, Json]) -> Requested:
        """Read the stored form."""
        return cls(
            client=Client.from_json(shape.child(obj, "client")),
            detailed=shape.texts(obj, "detailed"),
            **{name: saved.text(obj, name) for name in _REQUESTED},
        )


_REQUESTED: Final = (
    "redirect_uri",
    "code_challenge",
    "request_digest",
    "state",
    "dpop_jkt",
    "ui_locales",
)


@dataclass(frozen=True, slots=True)
class Refreshing:
    """The refresh token of an issuance.

    Args:
        digest: Its digest.
        until: Until when it holds.
        before: Digest of the one that was exchanged for it, until something of what that brought is used: the
            answer may have been lost. "" after that.
    """

    digest: str
    until: datetime
    before: str = ""

    def to_json(self) -> dict[str, Json]:
        """The stored form."""
        return {
            "digest": self.digest,
            "until": instant.to_numeric_date(self.until),
            "before": self.before,
        }

    @classmethod
    def from_json(cls, obj: dict[str, Json], where: str) -> Refreshing:
        """Read the stored form."""
        until = instant.from_numeric_date(shape.member(obj, "until", where), where=f"{where}/until")
        before = saved.text(obj, "before") if "before" in obj else ""
        return cls(shape.text(obj, "digest", where), until, before)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One answered credential request: how many copies, when, and what the wallet said of them."""

    configuration_id: str
    copies: int
    notification_id: str
    outcome: NotificationEvent | None = None
    at: datetime = _LONG_AGO

    def to_json(self) -> dict[str, Json]:
        """The stored form."""
        return {
            "configuration_id": self.configuration_id,
            "copies": self.copies,
            "notification_id": self.notification_id,
            "at": instant.to_numeric_date(self.at),
            "outcome": "" if self.outcome is None else self.outcome.value,
        }

    @classmethod
    def from_json(cls, obj: dict[str, Json], where: str) -> Delivery:
        """Read the stored form."""
        outcome = saved.text(obj, "outcome")
        return cls(
            configuration_id=shape.text(obj, "configuration_id", where),
            copies=shape.integer(obj, "copies", where),
            notification_id=shape.text(obj, "notification_id", where),
            # States of before there were renewals do not say when.
            at=instant.from_numeric_date(obj["at"], where=f"{where}/at") if "at" in obj else _LONG_AGO,
            outcome=saved.choice(NotificationEvent, outcome, where) if outcome else None,
        )


@dataclass(frozen=True, slots=True)
class Pending:
    """A credential request that was deferred: for which keys, and the digest of its transaction id."""

    configuration_id: str
    holders: tuple[VerifiedProof, ...]
    transaction_digest: str

    def to_json(self) -> dict[str, Json]:
        """The stored form; the nonce is spent, and not kept."""
        return {
            "configuration_id": self.configuration_id,
            "holders": [{"key": one.holder.to_multikey(), "did": one.did} for one in self.holders],
            "transaction_digest": self.transaction_digest,
        }

    @classmethod
    def from_json(cls, obj: dict[str, Json], where: str) -> Pending:
        """Read the stored form."""
        found = enumerate(shape.items(obj, "holders", where, minimum=1))
        return cls(
            configuration_id=shape.text(obj, "configuration_id", where),
            holders=tuple(_pending_holder(item, f"{where}/holders/{index}") for index, item in found),
            transaction_digest=shape.text(obj, "transaction_digest", where),
        )


def _pending_holder(item: Json, where: str) -> VerifiedProof:
    obj = shape.as_object(item, where)
    key = PublicKey.from_multikey(shape.text(obj, "key", where), f"{where}/key")
    return VerifiedProof(key, saved.text(obj, "did"), "")
