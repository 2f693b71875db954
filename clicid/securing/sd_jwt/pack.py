"""From claims to payload and disclosures: every chosen place hidden behind a salted digest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from clicid.codec import base64url
from clicid.errors import Refused
from clicid.securing.sd_jwt.disclosure import ELLIPSIS, RESERVED, SD, make

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from clicid.codec.strict_json import Json
    from clicid.securing.sd_jwt.disclosure import Disclosure
    from clicid.securing.sd_jwt.reveal import Path

_SALT_BYTES: Final = 16
_DIGEST_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Packed:
    """A payload with digests, and the disclosures that belong to it, in the order of their digests.

    That order is as good as random, and so says nothing about the claims.
    """

    payload: dict[str, Json] = field(repr=False)
    disclosures: tuple[Disclosure, ...]


def pack(
    claims: Mapping[str, Json],
    *,
    hide: Callable[[Path], bool],
    random: Callable[[int], bytes],
    pad_to: int = 1,
) -> Packed:
    """Hide the chosen places.

    Args:
        claims: What to pack.
        hide: Whether the value at a path is to be hidden. Asked of every member and element.
        random: Gives that many random bytes.
        pad_to: The digests of the top level are filled up with decoys (RFC 9901 4.2.5) to a multiple
            of this, so that their number does not say which optional claims there are.

    Raises:
        Refused: `sd_jwt.claim_name` for a member with a reserved name.
    """
    work = _Packing(hide, random)
    payload, digests = work.split(claims, ())
    while len(digests) % pad_to:
        digests.append(base64url.encode(random(_DIGEST_BYTES)))
    if digests:
        payload[SD] = [*sorted(digests)]
    return Packed(payload, tuple(sorted(work.disclosures, key=lambda item: item.digest)))


@dataclass(frozen=True, slots=True)
class _Packing:
    hide: Callable[[Path], bool]
    random: Callable[[int], bytes]
    disclosures: list[Disclosure] = field(default_factory=list)

    def value(self, value: Json, path: Path) -> Json:
        if isinstance(value, dict):
            packed, digests = self.split(value, path)
            return packed | {SD: [*sorted(digests)]} if digests else packed
        if isinstance(value, list):
            return self.elements(value, path)
        return value

    def split(self, obj: Mapping[str, Json], path: Path) -> tuple[dict[str, Json], list[str]]:
        packed: dict[str, Json] = {}
        digests: list[str] = []
        for name, value in obj.items():
            if name in RESERVED:
                raise Refused("sd_jwt.claim_name", detail="a reserved name")
            here = (*path, name)
            inner = self.value(value, here)
            if self.hide(here):
                digests.append(self._hidden(name, inner))
            else:
                packed[name] = inner
        return packed, digests

    def elements(self, items: Sequence[Json], path: Path) -> list[Json]:
        packed: list[Json] = []
        for index, value in enumerate(items):
            here = (*path, index)
            inner = self.value(value, here)
            packed.append({ELLIPSIS: self._hidden(None, inner)} if self.hide(here) else inner)
        return packed

    def _hidden(self, name: str | None, value: Json) -> str:
        disclosure = make(self.random(_SALT_BYTES), name, value)
        self.disclosures.append(disclosure)
        return disclosure.digest
