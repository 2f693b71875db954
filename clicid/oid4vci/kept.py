"""What an issuance keeps of the authorization it rests on: invitation, request, refresh token."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from clicid.codec import instant, saved, shape
from clicid.oid4vci.clients import Client

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.codec.strict_json import Json


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
    """The refresh token of an issuance: its digest, and until when it holds."""

    digest: str
    until: datetime

    def to_json(self) -> dict[str, Json]:
        """The stored form."""
        return {"digest": self.digest, "until": instant.to_numeric_date(self.until)}

    @classmethod
    def from_json(cls, obj: dict[str, Json], where: str) -> Refreshing:
        """Read the stored form."""
        until = instant.from_numeric_date(shape.member(obj, "until", where), where=f"{where}/until")
        return cls(shape.text(obj, "digest", where), until)
