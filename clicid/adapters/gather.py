"""The loop between a pure check and the store that feeds it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Protocol, overload

from clicid.errors import LocalError
from clicid.formats.base import Material, Need, NeedKind, Unavailable, Wanted
from clicid.verification import NotAtOnce

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from clicid.formats.base import Have
    from clicid.oid4vp.checking import Answer
    from clicid.oid4vp.request_object import VerifiedRequest
    from clicid.verification import Ending

MAX_ROUNDS: Final = 6
"""Accreditation, its giver's, DID, status, signed list: five, and one to end."""


class Source(Protocol):
    """Where material comes from: a store at hand. Whoever has to call somebody does so elsewhere."""

    def get(self, need: Need, now: datetime) -> Material | Unavailable:
        """The material, or that it could not be had; never an exception for what is missing."""

    def get_at_once(self, need: Need, now: datetime) -> Material | Unavailable | None:
        """The same where that takes no waiting, for a lock or a file; None where it might."""


# One form for each kind of end: of a type variable mypy joins a union's members into `object`. They
# overlap only in a step that does nothing but want.
@overload
def settle(  # type: ignore[overload-overlap]
    step: Callable[[Have], Ending | Wanted], source: Source, now: datetime
) -> Ending: ...
@overload
def settle(  # type: ignore[overload-overlap]
    step: Callable[[Have], Answer | Wanted], source: Source, now: datetime
) -> Answer: ...
@overload
def settle(
    step: Callable[[Have], VerifiedRequest | Wanted], source: Source, now: datetime
) -> VerifiedRequest: ...
def settle(step: Callable[[Have], object], source: Source, now: datetime) -> object:
    """Call `step` with what it wants until it ends.

    A source is at hand, so what the step looks for is there when it looks, and most end in the first
    round: nothing is read, hashed or verified again for each thing that was wanted.

    Args:
        step: A check with all but its material bound.
        source: Asked once for each need.
        now: The time given to the source.

    Raises:
        LocalError: `verification.rounds` if it still wants more after six rounds.
    """
    have = _AtHand(source, now)
    for _ in range(MAX_ROUNDS):
        ending = step(have)
        if not isinstance(ending, Wanted):
            return ending
        for need in ending.needs:
            have.get(need)
    raise LocalError("verification.rounds")


class Brought:
    """A source, and beside it what a holder brought along: the proofs that credentials were anchored.

    Args:
        source: For everything else.
        proofs: By ``sha256:`` and the digest of a credential.
    """

    def __init__(self, source: Source, proofs: Mapping[str, bytes]) -> None:
        self._source = source
        self._proofs = proofs
        self.needed: set[str] = set()

    def get(self, need: Need, now: datetime) -> Material | Unavailable:
        """A holder's proof, which is as of now; or what the source has. Remembers what was `needed`."""
        if need.kind is not NeedKind.INCLUSION_PROOF:
            return self._source.get(need, now)
        self.needed.add(need.uri)
        proof = self._proofs.get(need.uri)
        return Unavailable(now, "none came along") if proof is None else Material(proof, now, now, "holder")

    def get_at_once(self, need: Need, now: datetime) -> Material | Unavailable | None:
        """The same where that takes no waiting."""
        return (
            self.get(need, now)
            if need.kind is NeedKind.INCLUSION_PROOF
            else self._source.get_at_once(need, now)
        )


class WithoutWaiting(Mapping[Need, Material | Unavailable]):
    """What a source has at once; `NotAtOnce` where one might have to wait.

    A check looks for each thing about once: what was found is not kept.
    """

    def __init__(self, source: Source, now: datetime) -> None:
        self._source = source
        self._now = now

    def get(self, need: Need, _default: object = None) -> Material | Unavailable:
        """What the source has: always something, so that the default is not looked at."""
        found = self._source.get_at_once(need, self._now)
        if found is None:
            raise NotAtOnce
        return found

    __getitem__ = get

    def __iter__(self) -> Iterator[Need]:
        return iter(())

    def __len__(self) -> int:
        return 0


class _AtHand(Mapping[Need, Material | Unavailable]):
    """What a source has, each asked for once, when it is first looked for."""

    def __init__(self, source: Source, now: datetime) -> None:
        self._source = source
        self._now = now
        self._asked: dict[Need, Material | Unavailable] = {}

    def get(self, need: Need, _default: object = None) -> Material | Unavailable:
        """What the source has: always something, so that the default is not looked at."""
        found = self._asked.get(need)
        if found is None:
            found = self._asked[need] = self._source.get(need, self._now)
        return found

    __getitem__ = get

    def __iter__(self) -> Iterator[Need]:
        return iter(self._asked)

    def __len__(self) -> int:
        return len(self._asked)
