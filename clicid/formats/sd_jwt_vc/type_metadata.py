"""What a publisher says of a type of SD-JWT VCs: names for people, and what every credential must have (5).

The documents are fetched by whoever holds the credential, and by no verifier: who publishes a type would
learn when a credential of it is used. `collect` says what to fetch, `check` holds a credential against it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast

from clicid.codec import shape, strict_json
from clicid.codec.web import web_url
from clicid.errors import Refused
from clicid.formats.data_model import resources

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clicid.codec.strict_json import Json
    from clicid.securing.sd_jwt.reveal import Path, Revealed

ClaimPath: TypeAlias = "tuple[str | int | None, ...]"
Selective: TypeAlias = Literal["always", "allowed", "never"]

MAX_BYTES: Final = 1 << 18
MAX_CHAIN: Final = 8
"""A type that extends another, which extends another: so many documents at most."""
SCHEMES: Final = ("https://", "http://")
"""How a type begins that is an address; where plain http may go, the fetcher says."""
_CODE: Final = "sd_jwt.type_metadata"
_MAX_DEPTH: Final = 12
_MAX_CLAIMS: Final = 512
_MAX_DISPLAYS: Final = 64
_MAX_PATH: Final = 16
_MAX_NAME: Final = 512
_MAX_TEXT: Final = 4096
_SELECTIVE: Final = frozenset({"always", "allowed", "never"})


@dataclass(frozen=True, slots=True)
class Label:
    """What to call something in one language (a BCP 47 tag). A stranger's words."""

    locale: str
    name: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class ClaimMetadata:
    """Of one claim, or of all that a path selects (5.6). What the document leaves open is None."""

    path: ClaimPath
    display: tuple[Label, ...] | None = None
    mandatory: bool | None = None
    selective: Selective | None = None


@dataclass(frozen=True, slots=True)
class TypeMetadata:
    """A document (5.2), or with all that it extends (`collect`).

    Args:
        vct: The type.
        extends: The type that it extends, or "".
        integrity: What the bytes of that one's document must be (`extends#integrity`), or "".
        display: Names of the type; None where the document has none.
        claims: One for each path.
    """

    vct: str
    extends: str = ""
    integrity: str = ""
    display: tuple[Label, ...] | None = None
    claims: tuple[ClaimMetadata, ...] = ()


def parse(raw: bytes, *, vct: str, integrity: str = "") -> TypeMetadata:
    """Read a document; unknown members are ignored.

    Args:
        raw: What was fetched.
        vct: The type it was fetched for.
        integrity: What the bytes must be (7), or "".

    Raises:
        Refused: `codec.*`, `vc.resource` for an integrity that is none; `sd_jwt.type_metadata` for other
            bytes, another type, and what breaks a rule of 5.
    """
    if integrity and not resources.fits(raw, integrity, "vct#integrity"):
        raise Refused(_CODE, "vct#integrity", "other bytes than were meant")
    obj = shape.as_object(strict_json.loads(raw, max_bytes=MAX_BYTES, max_depth=_MAX_DEPTH))
    if shape.text(obj, "vct") != vct:
        raise Refused(_CODE, "/vct", "not the type that was asked for")
    found = shape.optional_items(obj, "claims", maximum=_MAX_CLAIMS)
    claims = tuple(
        _claim(shape.as_object(item, where), where)
        for index, item in enumerate(found or ())
        for where in (f"/claims/{index}",)
    )
    if len({claim.path for claim in claims}) != len(claims):
        raise Refused(_CODE, "/claims", "a path stands twice")
    return TypeMetadata(
        vct=vct,
        extends=shape.optional_text(obj, "extends") or "",
        integrity=shape.optional_text(obj, "extends#integrity") or "",
        display=_labels(obj, "", "name"),
        claims=claims,
    )


def _claim(obj: dict[str, Json], where: str) -> ClaimMetadata:
    path = shape.items(obj, "path", where, minimum=1, maximum=_MAX_PATH)
    selective = shape.optional_text(obj, "sd", where)
    if selective is not None and selective not in _SELECTIVE:
        raise Refused(_CODE, f"{where}/sd", "always, allowed or never")
    return ClaimMetadata(
        path=tuple(_step(step, f"{where}/path/{index}") for index, step in enumerate(path)),
        display=_labels(obj, where, "label"),
        mandatory=shape.optional_boolean(obj, "mandatory", where),
        selective=cast("Selective | None", selective),
    )


def _step(value: Json, where: str) -> str | int | None:
    if value is None:
        return None
    return shape.as_text(value, where) if isinstance(value, str) else shape.as_integer(value, where)


def _labels(obj: dict[str, Json], where: str, name: str) -> tuple[Label, ...] | None:
    found = shape.optional_items(obj, "display", where, maximum=_MAX_DISPLAYS)
    if found is None:
        return None
    return tuple(
        Label(
            locale=shape.text(one, "locale", at, maximum=64),
            name=shape.text(one, name, at, maximum=_MAX_NAME),
            description=shape.optional_text(one, "description", at, maximum=_MAX_TEXT) or "",
        )
        for index, item in enumerate(found)
        for at in (f"{where}/display/{index}",)
        for one in (shape.as_object(item, at),)
    )


def collect(vct: str, integrity: str, known: Mapping[str, bytes]) -> TypeMetadata | str:
    """A type with all that it extends (5.4), or the address of the document that is wanted next.

    Args:
        vct: The credential's type; one that is no address has no document here.
        integrity: Its `vct#integrity`, or "".
        known: Documents by address.

    Raises:
        Refused: As `parse`; `sd_jwt.type_metadata` for a type that extends itself or goes on for too long,
            for one that is no address, and for what an extended type does not allow (5.6.6).
    """
    chain: list[TypeMetadata] = []
    following = (vct, integrity)
    while following[0]:
        name, expected = following
        if not name.startswith(SCHEMES):
            raise Refused(_CODE, "/extends" if chain else "/vct", "no address that could be asked")
        if name in {one.vct for one in chain} or len(chain) == MAX_CHAIN:
            raise Refused(_CODE, "/extends", "a type that extends itself, or too many others")
        address = web_url(name, "/vct")
        if address not in known:
            return address
        chain.append(parse(known[address], vct=name, integrity=expected))
        following = (chain[-1].extends, chain[-1].integrity)
    result = chain.pop()
    while chain:
        result = _extended(result, chain.pop())
    return result


def _extended(base: TypeMetadata, child: TypeMetadata) -> TypeMetadata:
    """A type's own word beside that of what it extends (5.5.3, 5.6.6)."""
    claims = {claim.path: claim for claim in base.claims}
    for own in child.claims:
        before = claims.get(own.path)
        claims[own.path] = own if before is None else _stricter(before, own)
    return replace(
        child,
        display=base.display if child.display is None else child.display,
        claims=tuple(claims.values()),
    )


def _stricter(before: ClaimMetadata, own: ClaimMetadata) -> ClaimMetadata:
    if before.mandatory and own.mandatory is False:
        raise Refused(_CODE, "/claims", "what the extended type demands is left to choice")
    if before.selective in {"always", "never"} and own.selective not in {None, before.selective}:
        raise Refused(_CODE, "/claims", "what the extended type fixes of disclosure is changed")
    return ClaimMetadata(
        path=own.path,
        display=before.display if own.display is None else own.display,
        mandatory=before.mandatory if own.mandatory is None else own.mandatory,
        selective=before.selective if own.selective is None else own.selective,
    )


def check(metadata: TypeMetadata, revealed: Revealed) -> None:
    """Return if a credential, with all its disclosures, is as its type says (5.6).

    1. Every path leads through what it expects: objects by name, arrays by index.
    2. What is mandatory is there.
    3. What must be selectively disclosable is, by itself; what must not, is not.

    Raises:
        Refused: `sd_jwt.type_claims`, with the path.
    """
    for claim in metadata.claims:
        where = "/".join("*" if step is None else str(step) for step in claim.path)
        places = _select(revealed, claim.path, where)  # 1
        if claim.mandatory and not places:  # 2
            raise Refused("sd_jwt.type_claims", where, "is not there, and has to be")
        hidden = [place in revealed.needed for place in places]
        if claim.selective == "always" and not all(hidden):  # 3
            raise Refused("sd_jwt.type_claims", where, "cannot be withheld, and has to be selective")
        if claim.selective == "never" and any(hidden):
            raise Refused("sd_jwt.type_claims", where, "can be withheld, and must not be selective")


def _select(revealed: Revealed, path: Sequence[str | int | None], where: str) -> list[Path]:
    found: list[tuple[Path, Json]] = [((), revealed.claims)]
    for step in path:
        below: list[tuple[Path, Json]] = []
        for place, value in found:
            if not isinstance(value, dict if isinstance(step, str) else list):
                raise Refused("sd_jwt.type_claims", where, "leads through a value of another kind")
            below += [((*place, key), inner) for key, inner in _below(value, step, place in revealed.gaps)]
        found = below
    return [place for place, _ in found]


def _below(value: Json, step: str | int | None, gaps: bool) -> list[tuple[str | int, Json]]:  # noqa: FBT001
    if isinstance(value, dict):
        return [(step, value[step])] if isinstance(step, str) and step in value else []
    if not isinstance(value, list):
        return []
    if step is None:
        return [*enumerate(value)]
    # Where elements are left out, which one an index means cannot be told from those that are there.
    return [(step, value[step])] if isinstance(step, int) and step < len(value) and not gaps else []
