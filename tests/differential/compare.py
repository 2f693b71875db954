"""The comparison: each document through each path, and its canonical form before each judge.

Usage: ``python -m tests.differential.compare [--count N] [--seed S]``.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import itertools
import json
import secrets
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from clicid.errors import Refused
from clicid.rdf import quick, safe
from clicid.rdf.contexts import Contexts
from clicid.rdf.shapes import Budget, Shapes
from tests.differential import documents
from tests.differential.documents import Documents
from tests.differential.judges import JUDGE, Jsonld, Oxigraph, Pyld
from tests.support.node import install

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from clicid.rdf.profile import Profile
    from tests.differential.documents import Case
    from tests.differential.judges import Judge

_CHUNK: Final = 100
_SHOWN: Final = 5

Ending = tuple[str, bytes, tuple[str, ...]]
"""A refusal's code and place, or canonical N-Quads and types."""


@dataclass(slots=True)
class Tally:
    """How the documents ended, and every disagreement."""

    counts: Counter[str] = field(default_factory=Counter)
    disagreements: list[str] = field(default_factory=list)

    def lines(self) -> Iterable[str]:
        """For people."""
        yield ", ".join(f"{self.counts[name]} {name}" for name in sorted(self.counts))
        yield f"{len(self.disagreements)} disagreements"
        yield from self.disagreements[:_SHOWN]


class Comparison:
    """All paths over one set of contexts, and the judges."""

    def __init__(self, judges: Sequence[Judge]) -> None:
        known = documents.contexts()
        self._contexts = Contexts(known, {url: hashlib.sha256(raw).hexdigest() for url, raw in known.items()})
        self._shapes = Shapes(self._contexts, Budget(cost=0))
        self._judges = judges
        self.tally = Tally()

    def run(self, cases: Iterable[Case]) -> Tally:
        """Compare them all."""
        endless = iter(cases)
        while chunk := list(itertools.islice(endless, _CHUNK)):
            accepted = [(case, found) for case in chunk if (found := self._by_every_path(case))]
            for judge in self._judges:
                said = judge.canonical([case.document for case, _ in accepted])
                for (case, found), opinion in zip(accepted, said, strict=True):
                    abstains = opinion is None and judge.may_abstain
                    self.tally.counts[f"{'not ' if abstains else ''}judged by {judge.name}"] += 1
                    if not abstains and (opinion is None or opinion.encode() != found):
                        self._disagree(judge.name, case, found, opinion)
        return self.tally

    def _by_every_path(self, case: Case) -> bytes:
        """What the reference path gives; empty for a refusal."""
        document, profile = case.document, case.profile
        counts = self.tally.counts
        counts["documents"] += 1
        reference = _ending(safe.process, document, self._contexts, profile)
        if _ending(quick.process, document, self._contexts, profile) != reference:
            self._disagree("faster path", case, reference)
        found = self._shapes.find(document, profile=profile)
        if found is not None:
            shape, values = found
            counts["filled" if shape.nquads(values) is not None else "given back by a shape"] += 1
            if _ending(lambda *_, **__: self._shapes.process(document, profile=profile)) != reference:
                self._disagree("compiled shape", case, reference)
        elif reference[1] and case.first:
            for _ in range(2):  # A shape that was met once is not compiled yet.
                self._shapes.learn(document, "anybody", profile=profile)
            counts["compiled" if self._shapes.find(document, profile=profile) else "not compiled"] += 1
        counts["accepted" if reference[1] else "refused"] += 1
        return reference[1]

    def _disagree(self, who: str, case: Case, *what: object) -> None:
        document = json.dumps(case.document)
        self.tally.disagreements.append(f"{who}: {case.profile.value} {document}\n   {what}")


def _ending(path: Any, document: Any = None, contexts: Any = None, profile: Profile | None = None) -> Ending:
    try:
        found = path(document, contexts, profile=profile)
    except Refused as error:
        return f"{error.code} {error.where}", b"", ()
    return "", found.nquads, found.types


def compare(count: int, seed: int) -> Tally:
    """So many documents of a seed; jsonld.js judges too where it can be had."""
    known = {url: json.loads(raw) for url, raw in documents.contexts().items()}
    missing = install(JUDGE)
    with contextlib.ExitStack() as stack:
        judges: list[Judge] = [Pyld(known), Oxigraph(known)]
        if missing:
            print(f"without jsonld.js: {missing}")
        else:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            judges.append(stack.enter_context(Jsonld(known, Path(folder))))
        return Comparison(judges).run(itertools.islice(Documents(seed), count))


def main() -> int:
    """Compare; 0 when nobody disagrees."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=secrets.randbits(32))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}")
    tally = compare(arguments.count, arguments.seed)
    print("\n".join(tally.lines()))
    return 1 if tally.disagreements else 0


if __name__ == "__main__":
    sys.exit(main())
