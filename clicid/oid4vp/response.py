"""The presentation response (OpenID4VP 8): vp_token, its form for direct_post, and errors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from clicid.codec import base64url, shape, strict_json
from clicid.codec.web import encode_form, parse_form, web_url
from clicid.errors import answered_with
from clicid.oid4vp.dcql import MAX_CREDENTIALS
from clicid.oid4vp.errors import Wire
from clicid.trust import issuance

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json

Presentation: TypeAlias = "str | dict[str, Json]"
"""One presentation as it stands in a vp_token: text, or a JSON object for `ldp_vc`."""

MAX_RESPONSE_BYTES: Final = 2 << 20
_MAX_TOKEN_BYTES: Final = 1 << 20
_MAX_PRESENTATIONS: Final = 16
_MAX_STATE: Final = 512
_MAX_PROOFS_BYTES: Final = 1 << 18


@dataclass(frozen=True, slots=True)
class AuthorizationResponse:
    """An answer: for each credential query's id, its presentations (8.1).

    `issuance_proofs` is a parameter of our own, which others ignore (8.2): for the digest of a credential
    (``sha256:`` and hexadecimal) the proof that it stands under an issuance root. It needs no
    signature: whoever made a proof up has not made the chain up.
    """

    vp_token: dict[str, tuple[Presentation, ...]] = field(repr=False)
    state: str = ""
    issuance_proofs: dict[str, bytes] = field(default_factory=dict, repr=False)

    def to_wire(self) -> dict[str, Json]:
        """The parameters as members of a JSON object (8.3, A.4)."""
        obj: dict[str, Json] = {"vp_token": {name: list(found) for name, found in self.vp_token.items()}}
        if self.state:
            obj["state"] = self.state
        if self.issuance_proofs:
            obj["issuance_proofs"] = {
                name: base64url.encode(proof) for name, proof in self.issuance_proofs.items()
            }
        return obj

    def to_form(self) -> bytes:
        """The form that is posted in response mode direct_post (8.2)."""
        return encode_form(
            {
                name: value if isinstance(value, str) else strict_json.dumps(value).decode()
                for name, value in self.to_wire().items()
            }
        )


@dataclass(frozen=True, slots=True)
class ErrorResponse:
    """A wallet's refusal (8.5). Codes that we do not know are read as `invalid_request`."""

    error: Wire
    state: str = ""

    def to_wire(self) -> dict[str, Json]:
        """The parameters as members of a JSON object."""
        obj: dict[str, Json] = {"error": self.error.value}
        return {**obj, "state": self.state} if self.state else obj

    def to_form(self) -> bytes:
        """The form that is posted."""
        return encode_form({name: str(value) for name, value in self.to_wire().items()})


_WIRE: Final = {wire.value: wire for wire in Wire}


def parse_response(raw: bytes) -> AuthorizationResponse | ErrorResponse:
    """Read the form posted to the response address in the open; unknown parameters are ignored.

    Raises:
        RemoteError: `invalid_request`.
    """
    with answered_with(Wire.INVALID_REQUEST, "oid4vp.response"):
        return from_fields(parse_form(raw, max_bytes=MAX_RESPONSE_BYTES))


def from_fields(fields: Mapping[str, str]) -> AuthorizationResponse | ErrorResponse:
    """The answer in the fields of a form, in which objects are JSON texts (8.1).

    Raises:
        Refused: `codec.*`.
    """
    obj: dict[str, Json] = {**fields}
    if "vp_token" in fields and "error" not in fields:
        shape.as_text(fields["vp_token"], "vp_token", maximum=_MAX_TOKEN_BYTES)
        obj["vp_token"] = strict_json.loads(fields["vp_token"], max_bytes=_MAX_TOKEN_BYTES)
    if "issuance_proofs" in fields:
        obj["issuance_proofs"] = strict_json.loads(
            fields["issuance_proofs"], max_bytes=_MAX_PROOFS_BYTES, max_depth=1
        )
    return from_object(obj)


def from_object(obj: Mapping[str, Json]) -> AuthorizationResponse | ErrorResponse:
    """The answer in the members of an object; unknown ones are ignored.

    Raises:
        Refused: `codec.*`.
    """
    state = obj.get("state", "")
    if state != "":
        state = shape.as_text(state, "state", maximum=_MAX_STATE)
    if "error" in obj:
        error = shape.as_text(obj["error"], "error", maximum=_MAX_STATE)
        return ErrorResponse(_WIRE.get(error, Wire.INVALID_REQUEST), str(state))
    return AuthorizationResponse(
        _vp_token(shape.as_object(obj.get("vp_token"), "vp_token")),
        str(state),
        issuance.brought(obj["issuance_proofs"], "issuance_proofs") if "issuance_proofs" in obj else {},
    )


def _vp_token(obj: dict[str, Json]) -> dict[str, tuple[Presentation, ...]]:
    shape.as_items(list(obj), "vp_token", minimum=1, maximum=MAX_CREDENTIALS)
    return {
        name: tuple(_presentation(item, f"vp_token/{name}/{index}") for index, item in enumerate(found))
        for name in obj
        for found in (shape.items(obj, name, "vp_token", minimum=1, maximum=_MAX_PRESENTATIONS),)
    }


def _presentation(value: Json, where: str) -> Presentation:
    if isinstance(value, dict):
        return value
    return shape.as_text(value, where, maximum=_MAX_TOKEN_BYTES)


@dataclass(frozen=True, slots=True)
class ResponseReceipt:
    """What a verifier answers a posted response (8.2): where to send the person's browser, or ""."""

    redirect_uri: str = field(default="", repr=False)

    @classmethod
    def parse(cls, raw: bytes) -> ResponseReceipt:
        """Read the JSON object; unknown members are ignored.

        Raises:
            Refused: `codec.*`.
        """
        obj = shape.as_object(strict_json.loads(raw, max_bytes=16_384, max_depth=8))
        address = shape.optional_text(obj, "redirect_uri")
        return cls("" if address is None else web_url(address, "/redirect_uri", fragment=True))

    def to_wire(self) -> dict[str, Json]:
        """The JSON form."""
        return {"redirect_uri": self.redirect_uri} if self.redirect_uri else {}
