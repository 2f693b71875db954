"""The Credential Offer (OpenID4VCI 4.1): what an issuer hands to a person's wallet.

An offer is a stranger's text: reading one does nothing; a wallet acts only after consent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from clicid.codec import shape, strict_json
from clicid.codec.web import encode_query, parse_query, web_url
from clicid.errors import Refused

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json

SCHEME: Final = "openid-credential-offer"
HAIP_SCHEME: Final = "haip-vci"
"""Of links to wallets that take part in HAIP (HAIP 1.0 4.2)."""
PRE_AUTHORIZED: Final = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
AUTHORIZATION_CODE: Final = "authorization_code"

MAX_OFFER_BYTES: Final = 65_536
_MAX_CONFIGURATIONS: Final = 64
_MAX_SECRET: Final = 1024


@dataclass(frozen=True, slots=True)
class TxCode:
    """What kind of transaction code the issuer sent over another channel (4.1.1).

    `length` is None when the offer does not say; `description` has at most 300 characters.
    """

    input_mode: Literal["numeric", "text"] = "numeric"
    length: int | None = None
    description: str = ""

    @classmethod
    def parse(cls, obj: dict[str, Json], where: str) -> TxCode:
        """Read the member `tx_code`."""
        mode = shape.optional_text(obj, "input_mode", where) or "numeric"
        if mode not in ("numeric", "text"):
            raise Refused("oid4vci.offer", shape.pointer(where, "input_mode"))
        return cls(
            input_mode="text" if mode == "text" else "numeric",
            length=shape.optional_integer(obj, "length", where, minimum=1, maximum=64),
            description=shape.optional_text(obj, "description", where, maximum=300) or "",
        )

    def to_wire(self) -> dict[str, Json]:
        """The JSON form."""
        obj: dict[str, Json] = {"input_mode": self.input_mode}
        if self.length is not None:
            obj["length"] = self.length
        if self.description:
            obj["description"] = self.description
        return obj


@dataclass(frozen=True, slots=True)
class PreAuthorized:
    """The pre-authorized code grant. A `tx_code` that is there, even empty, demands a code."""

    code: str = field(repr=False)
    tx_code: TxCode | None = None
    authorization_server: str = ""

    @classmethod
    def parse(cls, obj: dict[str, Json], where: str) -> PreAuthorized:
        """Read the grant's object."""
        tx_code = shape.optional_child(obj, "tx_code", where)
        return cls(
            code=shape.text(obj, "pre-authorized_code", where, maximum=_MAX_SECRET),
            tx_code=None if tx_code is None else TxCode.parse(tx_code, shape.pointer(where, "tx_code")),
            authorization_server=shape.optional_text(obj, "authorization_server", where) or "",
        )

    def to_wire(self) -> dict[str, Json]:
        """The JSON form."""
        obj: dict[str, Json] = {"pre-authorized_code": self.code}
        if self.tx_code is not None:
            obj["tx_code"] = self.tx_code.to_wire()
        if self.authorization_server:
            obj["authorization_server"] = self.authorization_server
        return obj


@dataclass(frozen=True, slots=True)
class AuthorizationCode:
    """The authorization code grant. `issuer_state`, where there is one, goes into the request."""

    issuer_state: str = field(default="", repr=False)
    authorization_server: str = ""

    @classmethod
    def parse(cls, obj: dict[str, Json], where: str) -> AuthorizationCode:
        """Read the grant's object."""
        return cls(
            issuer_state=shape.optional_text(obj, "issuer_state", where, maximum=_MAX_SECRET) or "",
            authorization_server=shape.optional_text(obj, "authorization_server", where) or "",
        )

    def to_wire(self) -> dict[str, Json]:
        """The JSON form."""
        fields = {"issuer_state": self.issuer_state, "authorization_server": self.authorization_server}
        return {name: value for name, value in fields.items() if value}


@dataclass(frozen=True, slots=True)
class CredentialOffer:
    """An offer. Grants that we do not know are passed over; without one the wallet asks the server."""

    credential_issuer: str
    credential_configuration_ids: tuple[str, ...]
    pre_authorized: PreAuthorized | None = None
    authorization_code: AuthorizationCode | None = None

    @classmethod
    def parse(cls, raw: bytes | str) -> CredentialOffer:
        """Read the JSON of an offer; unknown members are ignored.

        Raises:
            Refused: `oid4vci.offer` or `codec.*`.
        """
        obj = shape.as_object(strict_json.loads(raw, max_bytes=MAX_OFFER_BYTES, max_depth=12))
        issuer = web_url(shape.text(obj, "credential_issuer"), "/credential_issuer", bare=True)
        ids = shape.texts(obj, "credential_configuration_ids", minimum=1, maximum=_MAX_CONFIGURATIONS)
        if len(set(ids)) != len(ids):
            raise Refused("oid4vci.offer", "/credential_configuration_ids", "an identifier stands twice")
        grants = shape.optional_child(obj, "grants") or {}
        pre_authorized = shape.optional_child(grants, PRE_AUTHORIZED, "/grants")
        code = shape.optional_child(grants, AUTHORIZATION_CODE, "/grants")
        return cls(
            credential_issuer=issuer,
            credential_configuration_ids=ids,
            pre_authorized=None
            if pre_authorized is None
            else PreAuthorized.parse(pre_authorized, shape.pointer("/grants", PRE_AUTHORIZED)),
            authorization_code=None
            if code is None
            else AuthorizationCode.parse(code, f"/grants/{AUTHORIZATION_CODE}"),
        )

    def to_wire(self) -> dict[str, Json]:
        """The JSON form."""
        obj: dict[str, Json] = {
            "credential_issuer": self.credential_issuer,
            "credential_configuration_ids": list(self.credential_configuration_ids),
        }
        grants: dict[str, Json] = {}
        if self.authorization_code is not None:
            grants[AUTHORIZATION_CODE] = self.authorization_code.to_wire()
        if self.pre_authorized is not None:
            grants[PRE_AUTHORIZED] = self.pre_authorized.to_wire()
        if grants:
            obj["grants"] = grants
        return obj

    def to_url(self, scheme: str = SCHEME) -> str:
        """The offer by value, as a link or a QR code carries it."""
        return encode_query(scheme, {"credential_offer": strict_json.dumps(self.to_wire()).decode()})


@dataclass(frozen=True, slots=True)
class OfferReference:
    """An offer by reference: the address to fetch it from (4.1.3)."""

    uri: str

    def to_url(self, scheme: str = SCHEME) -> str:
        """The link that carries the reference."""
        return encode_query(scheme, {"credential_offer_uri": self.uri})


def parse_offer_url(url: str) -> CredentialOffer | OfferReference:
    """Read an ``openid-credential-offer://`` or ``haip-vci://`` link: by value or by reference, never both.

    Raises:
        Refused: `oid4vci.offer` or `codec.*`.
    """
    fields = parse_query(url, schemes=(SCHEME, HAIP_SCHEME), max_bytes=4 * MAX_OFFER_BYTES)
    value, uri = fields.get("credential_offer"), fields.get("credential_offer_uri")
    if value is not None and uri is None:
        return CredentialOffer.parse(value)
    if uri is not None and value is None:
        return OfferReference(web_url(uri, "credential_offer_uri"))
    raise Refused("oid4vci.offer", detail="exactly one of credential_offer and credential_offer_uri")
