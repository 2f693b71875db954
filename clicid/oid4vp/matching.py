"""The wallet's side of a DCQL query (OpenID4VP 6.4): what it holds that answers, and what is shown.

A person may choose on three levels: which option of a credential set, which of the credentials that answer a
query, and which of the claim sets that a credential can answer with. `match` gives all of it; `preferred` is
what the verifier would like best, and `Choices.check` holds whatever was picked against the query again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from clicid.errors import RemoteError
from clicid.oid4vp.claims_path import answer, leaves
from clicid.oid4vp.errors import Wire

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from clicid.codec.strict_json import Json
    from clicid.oid4vp.claims_path import ConcretePath
    from clicid.oid4vp.dcql import ClaimsQuery, CredentialQuery, CredentialSet, Query


@dataclass(frozen=True, slots=True)
class Held:
    """One credential in the wallet, as far as a query can ask.

    Args:
        id: The wallet's own name for it.
        format: Its format identifier.
        types: Its vct, or its doctype, or its expanded type names.
        tree: Its claims as JSON: the processed payload of an SD-JWT VC, the whole W3C credential.
        selective: The places that can be withheld, each with all below it. What lies under none of
            them is always shown; empty for a format without selective disclosure.
        authorities: Pairs of type and value that `trusted_authorities` may name.
        bound: Whether its holder can prove to be it.
    """

    id: str
    format: str
    types: frozenset[str]
    tree: dict[str, Json] = field(repr=False)
    selective: frozenset[ConcretePath] = frozenset()
    authorities: frozenset[tuple[str, str]] = frozenset()
    bound: bool = True


@dataclass(frozen=True, slots=True)
class Candidate:
    """A way to answer a credential query: a held credential, and one of the claim sets it can answer with.

    Args:
        query_id: Which credential query.
        held_id: Which credential.
        disclose: The places that must be disclosed to answer, as a format's presenter takes them.
        shown: Every place that the verifier would then see: those, what they bring along, and
            what the credential never withholds. Sorted.
        claim_set: The index of the claim set (6.4.1), 0 for the one that the verifier likes best, and where
            the query has none.
        retained: Places of `shown` that the verifier says it will keep (`intent_to_retain`).
    """

    query_id: str
    held_id: str
    disclose: tuple[ConcretePath, ...]
    shown: tuple[ConcretePath, ...]
    claim_set: int = 0
    retained: tuple[ConcretePath, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """One question to the person: which option of a credential set to answer with.

    `options` are those that the wallet can answer, in the verifier's order of preference, as
    tuples of credential query ids. A set that is not required may also be left out.
    """

    required: bool
    options: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Choices:
    """Everything a wallet can offer for a query.

    Args:
        candidates: By credential query id, every way to answer it, the best first: by claim set, in the
            verifier's order, then by credential, in the wallet's. A query that nothing answers is not there.
        sets: The credential sets to answer, in their order, each with the options that can be answered.
        multiple: The queries that several credentials may answer, each in one way.
    """

    candidates: dict[str, tuple[Candidate, ...]]
    sets: tuple[Choice, ...]
    multiple: frozenset[str]

    @property
    def satisfiable(self) -> bool:
        """Whether every required set has an option that the wallet can answer."""
        return all(one.options for one in self.sets if one.required)

    def preferred(self) -> Picks:
        """The first option of each required set, each with its first candidate.

        Raises:
            RemoteError: `access_denied` with `oid4vp.nothing_held`.
        """
        if not self.satisfiable:
            raise RemoteError(Wire.ACCESS_DENIED, "oid4vp.nothing_held")
        names = {name for one in self.sets if one.required for name in one.options[0]}
        return {name: (found[0],) for name, found in self.candidates.items() if name in names}

    def check(self, picks: Picks) -> None:
        """Return if a person's choice answers the query.

        Raises:
            RemoteError: `access_denied` with `oid4vp.answer`.
        """
        for name, chosen in picks.items():
            known = set(chosen) <= set(self.candidates.get(name, ()))
            twice = len({one.held_id for one in chosen}) != len(chosen)
            if not chosen or not known or twice or (len(chosen) > 1 and name not in self.multiple):
                raise RemoteError(Wire.ACCESS_DENIED, "oid4vp.answer", name, "not among the choices")
        answered = [one for one in self.sets if any(set(option) <= picks.keys() for option in one.options)]
        if any(one.required and one not in answered for one in self.sets):
            raise RemoteError(Wire.ACCESS_DENIED, "oid4vp.answer", detail="a required set is not answered")
        wanted = {name for one in answered for option in one.options for name in option}
        if not picks.keys() <= wanted:
            raise RemoteError(Wire.ACCESS_DENIED, "oid4vp.answer", detail="more than was asked for")


Picks: TypeAlias = "dict[str, tuple[Candidate, ...]]"
"""What the person chose to show: for each credential query answered, its candidates."""


def match(query: Query, held: Sequence[Held]) -> Choices:
    """Find all ways to answer a query with what is held, and what each would show."""
    candidates = {
        credential.id: tuple(
            sorted(
                (candidate for one in held for candidate in _candidates(credential, one)),
                key=lambda candidate: candidate.claim_set,
            )
        )
        for credential in query.credentials
    }
    return Choices(
        candidates={name: found for name, found in candidates.items() if found},
        sets=tuple(_choice(one, candidates) for one in query.sets()),
        multiple=frozenset(credential.id for credential in query.credentials if credential.multiple),
    )


def _choice(one: CredentialSet, candidates: dict[str, tuple[Candidate, ...]]) -> Choice:
    options = tuple(option for option in one.options if all(candidates[name] for name in option))
    return Choice(one.required, options)


def _candidates(credential: CredentialQuery, held: Held) -> Iterator[Candidate]:
    if held.format != credential.format or not credential.meta.fits(held.types):
        return
    if credential.require_cryptographic_holder_binding and not held.bound:
        return
    trusted = {(one.type, value) for one in credential.trusted_authorities for value in one.values}
    # Of a kind of authority that is not known here none is known to be the issuer's: nothing is offered, for
    # whoever does not trust the issuer would learn what it asked for all the same (6.1.1).
    if trusted and trusted.isdisjoint(held.authorities):
        return
    # An asker may name a claim in many sets, and a set many times: each claim is looked up once, and two sets
    # that disclose the same are one way.
    above = _prefixes(held.selective)
    answers = {claim: _answered(claim, held, above) for claim in credential.claims}
    seen: set[frozenset[ConcretePath]] = set()
    for index, claims in enumerate(credential.alternatives()):  # best first (6.4.1)
        found = [answers[claim] for claim in dict.fromkeys(claims)]
        disclose = frozenset(place for one in found for place in one.disclose)
        if not all(one.places for one in found) or disclose in seen:
            continue
        seen.add(disclose)
        shown = _shown(held, frozenset(place for one in found for place in one.opened))
        kept = {place for claim in claims if claim.intent_to_retain for place in answers[claim].places}
        retained = tuple(place for place in shown if _lies_in(place, kept))
        yield Candidate(credential.id, held.id, _sorted(disclose), shown, index, retained)


class _Answered(NamedTuple):
    """What answers a claims query: the places, which of them must be disclosed, and what that opens."""

    places: tuple[ConcretePath, ...]
    disclose: frozenset[ConcretePath]
    opened: frozenset[ConcretePath]


def _answered(claim: ClaimsQuery, held: Held, above: set[ConcretePath]) -> _Answered:
    """`above` is all that a place which can be withheld lies in."""
    places = tuple(answer(held.tree, claim))
    disclose = frozenset(one for one in places if one in above or _lies_in(one, held.selective))
    return _Answered(places, disclose, _opened(held, disclose))


def _sorted(places: Iterable[ConcretePath]) -> tuple[ConcretePath, ...]:
    return tuple(sorted(set(places), key=_order))


def _opened(held: Held, places: frozenset[ConcretePath]) -> frozenset[ConcretePath]:
    """What must be disclosed for places to be seen: what each lies in, itself, and what lies in it."""
    above = _prefixes(places)
    return frozenset(other for other in held.selective if other in above or _lies_in(other, places))


def _shown(held: Held, opened: frozenset[ConcretePath]) -> tuple[ConcretePath, ...]:
    # Opening what a place lies in shows whatever else lies open in there.
    closed = held.selective - opened
    return _sorted(leaf for leaf in leaves(held.tree) if not _lies_in(leaf, closed))


def _prefixes(places: Iterable[ConcretePath]) -> set[ConcretePath]:
    return {place[:depth] for place in places for depth in range(len(place) + 1)}


def _lies_in(place: ConcretePath, places: Collection[ConcretePath]) -> bool:
    """Whether it is one of the places, or lies in one."""
    return any(place[:depth] in places for depth in range(len(place) + 1))


def _order(place: ConcretePath) -> tuple[tuple[bool, int, str], ...]:
    # Keys and indexes do not compare with each other: keys first, then indexes by number.
    return tuple((isinstance(step, int), step if isinstance(step, int) else 0, str(step)) for step in place)
