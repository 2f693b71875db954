"""Payloads of a known layout: what one with a good signature has shown is not found out again.

As for W3C credentials: what an issuer signs on one day differs in its digests, the holder's key and the place
in the status list. Of such a payload only those are looked at. What is remembered is a layout
(`clicid.codec.layout`) and never a credential or a verdict: signature, dates, status and disclosures are
asked of every one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

import orjson

from clicid.codec import base64url, layout, shape, strict_json
from clicid.codec.layout import Layouts
from clicid.errors import Refused
from clicid.formats.base import StatusRef
from clicid.keys import algorithms
from clicid.keys.algorithms import P256
from clicid.keys.public import PublicKey
from clicid.securing.sd_jwt import reveal as revealing
from clicid.securing.sd_jwt.disclosure import ELLIPSIS, SD

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from clicid.codec.strict_json import Json
    from clicid.securing.sd_jwt.disclosure import Disclosure
    from clicid.securing.sd_jwt.reveal import Path

MAX_LAYOUTS: Final = 256
NEVER_SELECTIVE: Final = frozenset({"iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "aka_vcts", "status"})
"""SD-JWT VC 2.2.2.3: claims that must stand in the open."""
REGISTERED: Final = NEVER_SELECTIVE | {"iat"}
"""What the checks consume; what is left are claims about the person."""

# The one number that differs: the place in the status list. Fifteen digits are an integer to everybody.
_INDEX_NAME: Final = '"idx":'
_INDEX: Final = re.compile(r'"idx": ?(0|[1-9][0-9]{0,14})(?=[,}])')
_KEY: Final = ("cnf", "jwk")
_COORDINATE_CHARS: Final = 43
_HIDDEN_ELEMENT: Final = f'"{ELLIPSIS}"'.encode()
_CURVE: Final = algorithms.by_name(P256)


class Registered(NamedTuple):
    """The registered claims of an SD-JWT VC, typed (SD-JWT VC 2.2.2)."""

    issuer: str | None
    credential_type: str
    also: frozenset[str]
    integrity: str
    holder: PublicKey | None
    status: StatusRef | None
    issued_at: datetime | None
    not_before: datetime | None
    expires: datetime | None


class Recalled(NamedTuple):
    """A payload of a known layout."""

    registered: Registered
    digests: tuple[str, ...]
    known: Known

    def claims(self, disclosures: Sequence[Disclosure]) -> dict[str, Json] | None:
        """The claims about the person with what is disclosed; None where the long way has to be taken.

        That is wherever one of its refusals would be due, and for a disclosure with something inside it.
        """
        known = self.known
        places = {digest: group for group in known.groups for digest in self.digests[group.begin : group.end]}
        if len(places) != known.count:
            return None
        found: dict[str, Json] = orjson.loads(known.open)
        for disclosure in disclosures:
            group = places.pop(disclosure.digest, None)
            name, value = disclosure.name, disclosure.value
            if group is None or name is None or isinstance(value, dict | list):
                return None
            holder = _at(found, group.path)
            if name in holder or (not group.path and name in REGISTERED):
                return None
            holder[name] = value
        return found


class _Group(NamedTuple):
    """The digests of an object's hidden members: where it stands, and which of them are its."""

    path: Path
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Known:
    """What all payloads of a layout have in common, and where the rest stands among its free strings.

    Args:
        like: The registered claims of one, without its holder and its place in the list.
        list_url: Its status list, or "".
        open: What stands in the open of the claims about the person, as JSON.
        groups: Where the digests belong.
        count: How many digests there are.
        places: Where, among the free strings, digests and the key's coordinates stand.
    """

    like: Registered
    list_url: str
    open: bytes = field(repr=False)
    groups: tuple[_Group, ...]
    count: int
    places: tuple[tuple[int, ...], int, int]

    def read(self, values: tuple[str, ...], index: int | None) -> Recalled | None:
        """The payload with these values; None or `Refused` where the long way has to be taken."""
        digests, x, y = self.places
        if (index is None) == bool(self.list_url) or not len(values[x]) == len(
            values[y]
        ) == _COORDINATE_CHARS:
            return None
        point = b"\x04" + base64url.decode(values[x]) + base64url.decode(values[y])
        like = self.like
        registered = Registered(
            like.issuer,
            like.credential_type,
            like.also,
            like.integrity,
            PublicKey.from_point(_CURVE, point),
            None if index is None else StatusRef(self.list_url, index),
            like.issued_at,
            like.not_before,
            like.expires,
        )
        return Recalled(registered, layout.taker(digests)(values), self)


class Recognised:
    """The layouts that one checker has learned."""

    def __init__(self) -> None:
        self._known: Final[Layouts[Known]] = Layouts(MAX_LAYOUTS)

    def read(self, payload: bytes) -> Recalled | None:
        """What a payload says, exactly as it is read otherwise; None where that has to be asked."""
        found = _indexed(payload)
        if found is None:
            return None
        text, index = found
        known = self._known.find(text)
        try:
            return None if known is None else known[0].read(known[1], index)
        except Refused:
            return None

    def learn(
        self,
        payload: bytes,
        registered: Registered,
        disclosures: Sequence[Disclosure],
        claims: Mapping[str, Json],
    ) -> None:
        """Remember the layout of a payload whose signature was good.

        It is remembered only if reading the same bytes by it gives the same.

        Args:
            payload: The payload.
            registered: Its registered claims.
            disclosures: What came with it.
            claims: What both say about the person.
        """
        found = _indexed(payload)
        if found is None or len(payload) > layout.MAX_BYTES:
            return
        text, index = found
        parts = layout.cut(text)
        known = None if parts is None else _known(payload, registered)
        if parts is None or known is None:
            return
        what, free = known
        recalled = what.read(layout.taker(free)(parts.strings), index)
        if recalled is None or recalled.registered != registered:
            return
        if recalled.claims(disclosures) in (None, claims):  # None where something has more inside it
            self._known.add(text, free, what)


def _indexed(payload: bytes) -> tuple[str, int | None] | None:
    """A payload's text with its place in the status list written as 0, and that place."""
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        return None
    at = text.find(_INDEX_NAME)
    if at < 0:
        return text, None
    match = _INDEX.match(text, at)
    if match is None or text.rfind(_INDEX_NAME) != at:
        return None
    return f"{text[: match.start(1)]}0{text[match.end(1) :]}", int(match[1])


def _known(payload: bytes, registered: Registered) -> tuple[Known, tuple[int, ...]] | None:
    """What a payload shows of its layout, and which of its strings may differ; None if it is unusual."""
    # Of arrays whose elements are hidden, the places depend on what else is shown.
    if registered.holder is None or registered.holder.algorithm != _CURVE or _HIDDEN_ELEMENT in payload:
        return None
    obj = shape.as_object(strict_json.loads(payload))
    strings = list(layout.strings(obj))
    values = {number: path for number, (path, is_name, _) in enumerate(strings) if not is_name}
    digests = [number for number, path in values.items() if path[-2:-1] == (SD,)]
    coordinates = [
        next((number for number, path in values.items() if path == (*_KEY, name)), -1) for name in ("x", "y")
    ]
    if -1 in coordinates:
        return None
    free = tuple(sorted([*digests, *coordinates]))
    open_claims = revealing.reveal(obj, (), never_selective=NEVER_SELECTIVE).claims
    known = Known(
        like=registered._replace(holder=None, status=None),
        list_url="" if registered.status is None else registered.status.list_url,
        open=orjson.dumps({name: value for name, value in open_claims.items() if name not in REGISTERED}),
        groups=_groups([values[number] for number in digests]),
        count=len(digests),
        places=(tuple(map(free.index, digests)), free.index(coordinates[0]), free.index(coordinates[1])),
    )
    return known, free


def _groups(paths: Sequence[Path]) -> tuple[_Group, ...]:
    groups: list[_Group] = []
    for number, (*above, _, _) in enumerate(paths):
        path = tuple(above)
        if groups and groups[-1].path == path:
            groups[-1] = groups[-1]._replace(end=number + 1)
        else:
            groups.append(_Group(path, number, number + 1))
    return tuple(groups)


def _at(found: dict[str, Json], path: Path) -> dict[str, Json]:
    place: Json = found
    for step in path:
        place = place[step]  # type: ignore[index]  # The tree that the path was taken from.
    return place  # type: ignore[return-value]  # An object: digests of hidden members stand in no other.
