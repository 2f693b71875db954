"""JSON texts of a known layout: what they have in common, and the strings in which they differ.

A JSON text without a backslash is cut at its quotation marks into two series that together are the
text: what stands outside strings (the *frame*: brackets, colons, commas, numbers, literals, blanks)
and the strings, names and values alike. Two texts with the same frame and the same strings but for
some values are therefore the same JSON but for those values. What was found out about one of them
without looking at those values holds for the other, and finding that out costs two microseconds.
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from clicid.codec.strict_json import Json

T = TypeVar("T")

Path = tuple[str | int, ...]
"""Where a value stands: member names and array indexes from the root."""

_PLAIN_ASCII: Final = bytes(code for code in range(32, 127) if code != ord("\\"))
MAX_BYTES: Final = 1 << 14
"""Of a text that may be one of a known layout."""
_MOST_GRIDS: Final = 8
"""Choices of free strings for one frame. They differ only between documents of different meaning."""


class Cut(NamedTuple):
    """A JSON text in two series."""

    frame: str
    strings: list[str]


def cut(text: str) -> Cut | None:
    """A JSON text's two series; None where a string has no end, has or might need an escape, or is not plain.

    Plain is what `str.isprintable` calls so: no control character, no surrogate, no blank but the
    space. A text that is no JSON is cut too: it has the layout of none.
    """
    if not _is_plain(text.encode("utf-8", "surrogatepass").translate(None, _PLAIN_ASCII)):
        return None
    parts = text.split('"')
    if not len(parts) % 2:
        return None
    return Cut('"'.join(parts[::2]), parts[1::2])


def outline(text: str) -> str | None:
    """A JSON text without its string values, as a digest; None where `cut` gives none."""
    parts = cut(text)
    if parts is None:
        return None
    after = parts.frame.split('"')[1:]
    names = [one if next_.startswith(":") else "" for one, next_ in zip(parts.strings, after, strict=True)]
    return hashlib.sha256("\n".join((parts.frame, *names)).encode()).hexdigest()


def _is_plain(left: bytes) -> bool:
    """Of what is left of a text without its plain ASCII, which is little of most texts."""
    return b"\\" not in left and left.decode("utf-8", "surrogatepass").isprintable()


def strings(value: Json, path: Path = ()) -> Iterator[tuple[Path, bool, str]]:
    """The strings of a JSON value in the order of its text: path, whether it is a name, and text."""
    if isinstance(value, str):
        yield path, False, value
    elif isinstance(value, dict):
        for name, child in value.items():
            yield (*path, name), True, name
            yield from strings(child, (*path, name))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from strings(child, (*path, index))


@dataclass(slots=True)
class _Known(Generic[T]):
    what: T
    used: bool = False


class _Grid(NamedTuple, Generic[T]):
    """One choice of free strings in a frame, and what is known for each content of the others.

    These are joined by quotation marks, of which there is none in them.
    """

    free: tuple[int, ...]
    take_free: Callable[[Sequence[str]], tuple[str, ...]]
    take_fixed: Callable[[Sequence[str]], tuple[str, ...]]
    known: dict[str, _Known[T]]


class Layouts(Generic[T]):
    """What is known of texts by their layout, for at most `most` layouts.

    The oldest goes first, unless it was of use since it last was the oldest. Reading needs no lock:
    nothing that a reader may hold is changed but in one step.
    """

    def __init__(self, most: int) -> None:
        self._most: Final = most
        self._frames: dict[str, tuple[_Grid[T], ...]] = {}
        self._order: dict[tuple[str, tuple[int, ...], str], _Known[T]] = {}
        self._lock: Final = threading.Lock()

    def __len__(self) -> int:
        return len(self._order)

    def find_in(self, raw: bytes) -> tuple[T, str, tuple[str, ...]] | None:
        """As `find`, with the text; of bytes that are too many to look at, or no UTF-8, nothing is known."""
        if len(raw) > MAX_BYTES:
            return None
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            return None
        found = self.find(text, raw)
        return None if found is None else (found[0], text, found[1])

    def find(self, text: str, raw: bytes | None = None) -> tuple[T, tuple[str, ...]] | None:
        """What is known of texts like this one, and this one's free strings in their order.

        Args:
            text: A text.
            raw: The same in UTF-8, if it is at hand.
        """
        left = (text.encode("utf-8", "surrogatepass") if raw is None else raw).translate(None, _PLAIN_ASCII)
        if left and not _is_plain(left):
            return None
        parts = text.split('"')
        if not len(parts) % 2:  # A mark without its pair: what follows it is in no string that is looked at.
            return None
        strings = parts[1::2]
        for grid in self._frames.get('"'.join(parts[::2]), ()):
            found = grid.known.get('"'.join(grid.take_fixed(strings)))
            if found is not None:
                found.used = True
                return found.what, grid.take_free(strings)
        return None

    def add(self, text: str, free: Sequence[int], what: T) -> bool:
        """Remember what is known of all texts that differ from `text` in the `free` strings only.

        Args:
            text: A JSON text.
            free: Which of its strings may differ, by their place in `cut`, rising.
            what: What to answer.

        Returns:
            Whether it is remembered now: not for a text that cannot be cut.
        """
        parts = cut(text)
        if parts is None:
            return False
        with self._lock:
            grid = self._grid(parts, tuple(free))
            values = '"'.join(grid.take_fixed(parts.strings))
            key = (parts.frame, grid.free, values)
            self._order.pop(key, None)
            self._order[key] = grid.known[values] = _Known(what)
            while len(self._order) > self._most:
                self._make_room()
        return True

    def _grid(self, parts: Cut, free: tuple[int, ...]) -> _Grid[T]:
        grids = self._frames.get(parts.frame, ())
        for grid in grids:
            if grid.free == free:
                return grid
        fixed = sorted(set(range(len(parts.strings))) - set(free))
        grid = _Grid(free, taker(free), taker(fixed), {})
        for last in grids[_MOST_GRIDS - 1 :]:
            for values in last.known:
                del self._order[parts.frame, last.free, values]
        self._frames[parts.frame] = (grid, *grids[: _MOST_GRIDS - 1])
        return grid

    def _make_room(self) -> None:
        key, known = next(iter(self._order.items()))
        del self._order[key]
        if known.used:
            known.used = False
            self._order[key] = known
            return
        frame, free, values = key
        grids = self._frames[frame]
        grid = next(one for one in grids if one.free == free)
        del grid.known[values]
        left = tuple(one for one in grids if one.known)
        if left:
            self._frames[frame] = left
        else:
            del self._frames[frame]


def taker(places: Sequence[int]) -> Callable[[Sequence[str]], tuple[str, ...]]:
    """What takes these places out of a sequence: always a tuple, which `itemgetter` gives from two on."""
    if len(places) > 1:
        return itemgetter(*places)
    if not places:
        return lambda _: ()
    (place,) = places
    return lambda found: (found[place],)
