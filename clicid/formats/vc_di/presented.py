"""Presentations of a known layout, with the credentials in them: one layout from end to end.

As `recognised` is for credentials. What stands in a presentation is read by its own layout first, and
what is not read by one makes the whole presentation be read the long way; so is only learned what
encloses credentials that were learned: their layouts are those of accredited issuers.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from clicid.codec import layout, strict_json
from clicid.codec.layout import Layouts
from clicid.errors import Refused
from clicid.formats.base import FormatId
from clicid.formats.vc_di import places, recognised
from clicid.formats.vc_di.places import ID, Places
from clicid.formats.vc_di.presentation import Presentation
from clicid.rdf.profile import Profile
from clicid.securing.data_integrity.documents import UnverifiedDocument
from clicid.securing.data_integrity.recalled import CHALLENGE, CREATED, DOMAIN, METHOD, VALUE, recall

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from clicid.codec.layout import Path
    from clicid.codec.strict_json import Json
    from clicid.formats.data_model.shipped import Shipped
    from clicid.formats.vc_di.credential import Credential
    from clicid.formats.vc_di.recognised import Recognised
    from clicid.rdf.contexts import Contexts
    from clicid.securing.data_integrity.recalled import Recalled

MAX_LAYOUTS: Final = 64

_HOLDER: Final[Path] = ("holder",)
_CREDENTIALS: Final = "verifiableCredential"
_OWN: Final = frozenset((ID, _HOLDER, METHOD, DOMAIN, CHALLENGE))
_OF_PROOF: Final = frozenset((CREATED, VALUE))


def may_differ(path: Path) -> bool:
    """Whether the data model looks at the value in a place by itself, or not at all."""
    if path[0] != _CREDENTIALS:
        return path in _OWN
    inside = path[2:]
    return isinstance(path[1], int) and bool(inside) and (inside in _OF_PROOF or places.may_differ(inside))


class Presented:
    """The layouts of presentations that one checker has learned.

    Args:
        credentials: Those of the credentials that may stand in them.
        shipped: The resources and schemas by which these are read.
    """

    def __init__(self, credentials: Recognised, shipped: Shipped) -> None:
        self._credentials: Final = credentials
        self._shipped: Final = shipped
        self._known: Final[Layouts[_Known]] = Layouts(MAX_LAYOUTS)

    def read(self, raw: bytes) -> Presentation | None:
        """The presentation as `parse_presentation` reads it, but for its document, which nobody asks for.

        None where that has to be asked.
        """
        found = self._known.find_in(raw)
        if found is None:
            return None
        return self._read(*found)

    def _read(self, known: _Known, text: str, values: tuple[str, ...]) -> Presentation | None:
        try:
            return known.read(text, values, self._shipped)
        except Refused:
            return None

    def learn(self, raw: bytes, parsed: Presentation, contexts: Contexts) -> None:
        """Remember the layout of a presentation whose signature was good.

        It is remembered only if reading the same bytes by it gives the same presentation, and the
        credentials in it are all of known layouts.
        """
        if len(raw) > layout.MAX_BYTES:
            return
        text = raw.decode()
        secured = json.loads(text)
        inside = self._all_known(parsed)
        if strict_json.dumps(secured) != raw or not inside:
            return
        recalled = recall(secured, parsed.unverified, may_differ, contexts, Profile.CLOSED)
        known = None if recalled is None else _known(parsed, recalled, secured, text, inside)
        parts = layout.cut(text)
        if known is None or parts is None:
            return
        free = known.recalled.places
        # What is wrong with a credential inside is found out only when that is checked.
        if self._read(known, text, layout.taker(free)(parts.strings)) == _emptied(parsed):
            self._known.add(text, free, known)

    def _all_known(self, parsed: Presentation) -> list[recognised.Known]:
        """The layouts of the credentials inside; none if that of one is not known."""
        found = [
            self._credentials.known(raw) if form is FormatId.LDP_VC else None
            for form, raw in parsed.credentials
        ]
        known = [one for one in found if one is not None]
        return known if len(known) == len(found) else []


class _Inside(NamedTuple):
    """Where a credential stands in the text: as far behind its beginning, and as long, as values make it.

    `start` and `size` are without the values, which `before` and `within` take out of the presentation's:
    the latter all values that its own layout has, in the same order.
    """

    known: recognised.Known
    start: int
    before: Callable[[Sequence[str]], tuple[str, ...]]
    size: int
    within: Callable[[Sequence[str]], tuple[str, ...]]

    def read(self, text: str, values: Sequence[str], shipped: Shipped) -> tuple[bytes, Credential | None]:
        start = self.start + sum(map(len, self.before(values)))
        own = self.within(values)
        raw = text[start : start + self.size + sum(map(len, own))]
        return raw.encode(), self.known.read(raw, own, shipped)


@dataclass(frozen=True, slots=True)
class _Known:
    """What all presentations of a layout have in common, and where the rest stands among its free strings.

    Args:
        recalled: What is known of the proof.
        places: Where URLs stand.
        holder: Where the holder stands, if it may differ.
        inside: Where the credentials stand.
        like: A presentation of the layout, emptied of whatever differs.
    """

    recalled: Recalled
    places: Places
    holder: int | None
    inside: tuple[_Inside, ...]
    like: Presentation = field(repr=False)

    def read(self, text: str, values: tuple[str, ...], shipped: Shipped) -> Presentation | None:
        """The presentation with these values; None or `Refused` where the long way has to be taken."""
        if self.places.read(values) is None:
            return None
        raws: list[tuple[FormatId, bytes]] = []
        read: list[Credential] = []
        for one in self.inside:
            raw, credential = one.read(text, values, shipped)
            if credential is None:
                return None
            raws.append((FormatId.LDP_VC, raw))
            read.append(credential)
        proof = self.recalled.proof(values)
        if proof is None:
            return None
        return Presentation(
            UnverifiedDocument({}, self.like.unverified.types, (proof,)),
            (proof.proof,),
            self.like.holder if self.holder is None else values[self.holder],
            tuple(raws),
            0,
            tuple(read),
        )


def _emptied(parsed: Presentation) -> Presentation:
    return replace(parsed, unverified=replace(parsed.unverified, document={}))


def _known(
    parsed: Presentation,
    recalled: Recalled,
    secured: Mapping[str, Json],
    text: str,
    known: Sequence[recognised.Known],
) -> _Known | None:
    """What a presentation shows of its layout; None if a URL that may differ is not as most are.

    Nor is one known if other values may differ in it than in the layouts of the credentials inside.
    """
    # Those inside are looked at by the layouts of what stands there.
    own = [
        "" if path[0] == _CREDENTIALS else scheme
        for path, scheme in zip(recalled.free, recalled.schemes, strict=True)
    ]
    found = Places.of(recalled.free, own)
    items = secured[_CREDENTIALS]
    if found is None or not isinstance(items, list):
        return None
    holder = recalled.free.index(_HOLDER) if _HOLDER in recalled.free else None
    like = replace(
        parsed,
        unverified=UnverifiedDocument({}, parsed.unverified.types, ()),
        proofs=(),
        holder=parsed.holder if holder is None else "",
        credentials=(),
        raw=None,
    )
    inside = [_inside(index, recalled, secured, text, one) for index, one in enumerate(known)]
    read = tuple(one for one in inside if one is not None)
    return _Known(recalled, found, holder, read, like) if len(read) == len(items) else None


def _inside(
    index: int, recalled: Recalled, secured: Mapping[str, Json], text: str, known: recognised.Known
) -> _Inside | None:
    """Where a credential stands: from the brace before its first string to the end of its own text."""
    own = (_CREDENTIALS, index)
    numbers = [number for number, (path, _, _) in enumerate(layout.strings(dict(secured))) if path[:2] == own]
    pieces = text.split('"')
    start = len('"'.join(pieces[: 2 * numbers[0] + 1])) - len("{")
    items = secured[_CREDENTIALS]
    assert isinstance(items, list)
    size = len(strict_json.dumps(items[index]).decode())
    free = list(enumerate(recalled.places))
    before = tuple(place for place, number in free if number < numbers[0])
    within = tuple(place for place, number in free if numbers[0] <= number <= numbers[-1])
    places = tuple(recalled.places[place] - numbers[0] for place in within)
    schemes = tuple(recalled.schemes[place] for place in within)
    if (places, schemes) != (known.recalled.places, known.recalled.schemes):
        return None
    lengths = [len(pieces[2 * number + 1]) for number in recalled.places]
    return _Inside(
        known,
        start - sum(lengths[place] for place in before),
        layout.taker(before),
        size - sum(lengths[place] for place in within),
        layout.taker(within),
    )
