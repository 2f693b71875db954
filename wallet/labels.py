"""What people call claims: the words of a type's publisher or an issuer, and what of them is kept and shown.

Whoever writes them may want one claim taken for another. So a label is letters, digits and little else, it
cannot look like the technical name or the value that stand beside it, and where consent is given it never
stands alone. What is not such a text is left out, and the technical name stands.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Path: TypeAlias = "tuple[str | int | None, ...]"
"""What a label is for: key, index, or None for every element."""
Place: TypeAlias = "tuple[str | int, ...]"
Described: TypeAlias = "tuple[Path, Iterable[tuple[str, str]]]"
"""A path, and its texts, each with its locale."""

LANGUAGES: Final = ("en", "sv")
"""The languages in which the wallet speaks."""
MAX_LABELS: Final = 128
MAX_WILD: Final = 16
"""Labels for all elements of something: each is held against every claim that is shown."""
MAX_COLUMNS: Final = 64
_MAX_PATH: Final = 256
_MAX_MARKS: Final = 2
# Between words of a label; a comma or a colon would end it where labels are listed, or values follow.
_ENDS: Final = re.compile("[,:;] ")
_ALSO: Final = frozenset(" '’-–.%&?")
_LETTERS: Final = ("L", "Mc", "Mn", "Nd")
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL", "AN"})
# What draws nothing, and letters that look like punctuation, a colon among them.
_NO_LETTERS: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0") | {
    chr(code)
    for first, behind in ((0x2B0, 0x300), (0x180B, 0x1810), (0xFE00, 0xFE10), (0xE0100, 0xE01F0))
    for code in range(first, behind)
}


@dataclass(frozen=True, slots=True)
class ClaimLabel:
    """What people call a claim, by language; at least one."""

    path: Path
    texts: dict[str, str]


@dataclass(frozen=True, slots=True)
class Called:
    """A claim's label by language, alone and with the technical name after it."""

    alone: dict[str, str] = field(default_factory=dict)
    full: dict[str, str] = field(default_factory=dict)


def kept(*sources: Iterable[Described]) -> tuple[ClaimLabel, ...]:
    """What is kept of the labels of a credential's claims.

    Args:
        sources: Who describes it. What an earlier one names, a later one does not rename.
    """
    found: dict[Path, dict[str, str]] = {}
    for path, said in chain(*sources):
        short = sum(len(str(step)) for step in path) <= _MAX_PATH
        full = len(found) == MAX_LABELS or (None in path and sum(None in one for one in found) == MAX_WILD)
        if short and not full and path not in found and (texts := _texts(said)):
            found[path] = texts
    return tuple(ClaimLabel(path, texts) for path, texts in found.items())


def _texts(said: Iterable[tuple[str, str]]) -> dict[str, str]:
    """In the wallet's languages; where there are none, in the first that there is."""
    found: dict[str, str] = {}
    for locale, text in said:
        if label := clean(text):
            found.setdefault(re.split("[-_]", locale.lower())[0], label)
    return {name: found[name] for name in LANGUAGES if name in found} or dict([*found.items()][:1])


def clean(text: str) -> str:
    """A label as it may be shown, or "" for a text that is none."""
    label = _ENDS.sub(" – ", unicodedata.normalize("NFC", text).strip(" "))
    marks = "".join("m" if unicodedata.category(char) == "Mn" else " " for char in label)
    columns = sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in label)
    good = (
        columns <= MAX_COLUMNS
        and label[:1].isalnum()
        and all(map(_allowed, label))
        and "  " not in label
        and "m" * (_MAX_MARKS + 1) not in marks
    )
    return label if good else ""


def _allowed(char: str) -> bool:
    if char in _ALSO:
        return True
    letter = unicodedata.category(char).startswith(_LETTERS) and char not in _NO_LETTERS
    return letter and unicodedata.bidirectional(char) not in _RIGHT_TO_LEFT


def leads_to(path: Path, place: Place) -> bool:
    """Whether a place is what a pointer selects, or lies in it; the empty one selects all."""
    return len(place) >= len(path) and all(
        step == here or (step is None and isinstance(here, int))
        for step, here in zip(path, place, strict=False)
    )


def called(
    labels: Sequence[ClaimLabel], places: Sequence[Place], *, namespaced: bool
) -> Mapping[str, Called]:
    """What claims that are shown together are called, by their technical names; none for those without.

    Args:
        labels: What is kept of the credential.
        places: Where the claims stand.
        namespaced: Whether the first step is an mdoc's namespace, which is left out where it tells nothing.
    """
    if not labels:
        return {}
    found: dict[str, Called] = {}
    exact = {one.path: order for order, one in enumerate(labels)}
    wild = [(order, one.path) for order, one in enumerate(labels) if None in one.path]
    names = Counter(map(technical, places))
    elements = Counter(step for _, step in {place[:2] for place in places if len(place) > 1})
    for place in places:
        # The longest that leads there, and of those the one that was there before.
        hits = [(len(path), -order) for order, path in wild if leads_to(path, place)]
        parts = (place[:length] for length in range(1, len(place) + 1))
        hits += [(len(part), -exact[part]) for part in parts if part in exact]
        name = technical(place)
        # A member's name may hold a slash: one name of two places is neither's. Nor may it hold brackets.
        if not hits or names[name] > 1 or plain(name) != name:
            continue
        length, order = max(hits)
        texts, below = labels[-order].texts, place[length:]
        alone = {language: technical((_in(texts, language), *below)) for language in LANGUAGES}
        short = namespaced and len(place) > 1 and elements[place[1]] == 1
        behind = technical(place[1:]) if short else name
        found[name] = Called(alone, {language: f"{text} ({behind})" for language, text in alone.items()})
    return found


def technical(place: Place) -> str:
    """The technical name of a place."""
    return "/".join(map(str, place))


def plain(name: str) -> str:
    """A technical name without a label: in quotes where it could be taken for one with a label."""
    brackets = any(unicodedata.category(char) in {"Ps", "Pe"} for char in name)
    return json.dumps(name, ensure_ascii=False) if brackets else name


def _in(texts: Mapping[str, str], language: str) -> str:
    return texts.get(language) or next(iter(texts.values()))


def labelled(tree: Any, labels: Sequence[ClaimLabel], language: str) -> Any:
    """What a credential says, for a person: each member with its label, if it has one, before its name."""
    texts = {one.path: _in(one.texts, language) for one in labels}

    def told(tree: Any, place: Place) -> Any:
        if not isinstance(tree, dict):
            return tree
        found = {}
        for name, value in tree.items():
            here = (*place, name)
            known = here in texts and plain(name) == name
            found[f"{texts[here]} ({name})" if known else plain(name)] = told(value, here)
        return found

    return told(tree, ())
