"""From payload and disclosures to claims (RFC 9901 7.1, step 3): what is hidden stays away."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from clicid.codec import shape
from clicid.errors import Refused
from clicid.securing.sd_jwt.disclosure import ELLIPSIS, RESERVED, SD, SD_ALG, as_digest, digests

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clicid.codec.strict_json import Json
    from clicid.securing.sd_jwt.disclosure import Disclosure

Path: TypeAlias = "tuple[str | int, ...]"
"""Where a value stands among the claims: names and indexes, as in DCQL without null."""

MAX_NESTING: Final = 16


@dataclass(frozen=True, slots=True)
class Revealed:
    """The claims, and which disclosures each hidden place needed.

    Args:
        claims: The payload with every disclosed value in its place; no digest is left in it.
        needed: For the path of each disclosed value, its disclosure. A value inside another hidden
            one needs the disclosures of its ancestors too, which have paths of their own.
        emptied: Where arrays stand whose elements are all hidden: there is nothing in them to see.
        gaps: Where arrays stand of which an element is hidden: indexes are not those of the issuer.
    """

    claims: dict[str, Json] = field(repr=False)
    needed: Mapping[Path, Disclosure] = field(repr=False)
    emptied: tuple[Path, ...] = field(repr=False)
    gaps: frozenset[Path] = field(repr=False)


def reveal(
    payload: Mapping[str, Json],
    disclosures: Sequence[Disclosure],
    *,
    never_selective: frozenset[str],
    counted: frozenset[str] = frozenset(),
) -> Revealed:
    """Put the disclosed values where their digests stand.

    Args:
        payload: The signed payload.
        disclosures: In any order; each must be used once.
        never_selective: Names of top-level claims that must stand in the open; the format says which.
        counted: Those among them in which no element of an array may be hidden either. Hidden members
            are let stand, for decoys look like them.

    Raises:
        Refused: `sd_jwt.digest_alg` unless `_sd_alg` is sha-256 or absent; `sd_jwt.digest` for a
            malformed place; `sd_jwt.digest_duplicate` if a digest or disclosure stands twice;
            `sd_jwt.claim_name` for a reserved name or one that is already taken;
            `sd_jwt.not_selective` if a claim that must be open was hidden, or could be left away in part;
            `sd_jwt.disclosure` if an object's place was filled with an array element or the reverse;
            `sd_jwt.disclosure_unused`; `codec.size` above the nesting cap.
    """
    if payload.get(SD_ALG, "sha-256") != "sha-256":
        raise Refused("sd_jwt.digest_alg", f"/{SD_ALG}")
    by_digest = {item.digest: item for item in disclosures}
    if len(by_digest) != len(disclosures):
        raise Refused("sd_jwt.digest_duplicate", detail="a disclosure stands twice")
    walk = _Walk(by_digest, never_selective, counted)
    claims = walk.members({name: value for name, value in payload.items() if name != SD_ALG}, ())
    if len(walk.needed) != len(disclosures):
        raise Refused("sd_jwt.disclosure_unused")
    return Revealed(claims, walk.needed, tuple(walk.emptied), frozenset(walk.gaps))


@dataclass(frozen=True, slots=True)
class _Walk:
    by_digest: Mapping[str, Disclosure]
    never_selective: frozenset[str]
    counted: frozenset[str]
    seen: set[str] = field(default_factory=set)
    needed: dict[Path, Disclosure] = field(default_factory=dict)
    emptied: list[Path] = field(default_factory=list)
    gaps: set[Path] = field(default_factory=set)

    def value(self, value: Json, path: Path) -> Json:
        if len(path) > MAX_NESTING:
            raise Refused("codec.size", _pointer(path), f"nested deeper than {MAX_NESTING}")
        if isinstance(value, dict):
            return self.members(value, path)
        if isinstance(value, list):
            return self.elements(value, path)
        return value

    def members(self, obj: Mapping[str, Json], path: Path) -> dict[str, Json]:
        where = _pointer(path)
        # The issuer's open members first: a disclosure must not take their names.
        found = {name: self.value(value, (*path, name)) for name, value in obj.items() if name != SD}
        if not RESERVED.isdisjoint(found):
            raise Refused("sd_jwt.claim_name", where, "a reserved name")
        for digest in digests(obj.get(SD, []), where):
            disclosure = self._take(digest, where)
            if disclosure is None:
                continue
            name = disclosure.name
            if name is None:
                raise Refused("sd_jwt.disclosure", where, "an array element in the place of a member")
            if name in found:
                raise Refused("sd_jwt.claim_name", where, "a name that is already taken")
            if not path and name in self.never_selective:
                raise Refused("sd_jwt.not_selective", _pointer((name,)))
            self.needed[*path, name] = disclosure
            found[name] = self.value(disclosure.value, (*path, name))
        return found

    def elements(self, items: Sequence[Json], path: Path) -> list[Json]:
        where = _pointer(path)
        found: list[Json] = []
        for item in items:
            here = (*path, len(found))
            if not isinstance(item, dict) or ELLIPSIS not in item:
                found.append(self.value(item, here))
                continue
            if path[0] in self.counted:
                raise Refused("sd_jwt.not_selective", where)
            if len(item) != 1:
                raise Refused("sd_jwt.digest", where, "other members beside a hidden element's digest")
            disclosure = self._take(as_digest(item[ELLIPSIS], where), where)
            if disclosure is None:
                self.gaps.add(path)
                continue
            if disclosure.name is not None:
                raise Refused("sd_jwt.disclosure", where, "a member in the place of an array element")
            self.needed[here] = disclosure
            found.append(self.value(disclosure.value, here))
        if items and not found:
            self.emptied.append(path)
        return found

    def _take(self, digest: str, where: str) -> Disclosure | None:
        if digest in self.seen:
            raise Refused("sd_jwt.digest_duplicate", where)
        self.seen.add(digest)
        return self.by_digest.get(digest)


def _pointer(path: Path) -> str:
    where = ""
    for step in path:
        where = shape.pointer(where, step)
    return where
