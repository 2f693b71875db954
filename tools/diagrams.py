"""Draws the state diagrams of `docs/protocols.md` from the transition tables of the protocol cores.

Usage: ``python -m tools.diagrams`` writes the file anew; ``--check`` fails if it is not current.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from clicid.oid4vci import dialogue, issuance
from clicid.oid4vp import presentation, session

if TYPE_CHECKING:
    from collections.abc import Mapping

DOCUMENT: Final = Path(__file__).resolve().parents[1] / "docs" / "protocols.md"
TABLES: Final[dict[str, Mapping[Any, frozenset[Any]]]] = {
    "oid4vci issuer": issuance.TRANSITIONS,
    "oid4vci wallet": dialogue.TRANSITIONS,
    "oid4vp verifier": session.TRANSITIONS,
    "oid4vp wallet": presentation.TRANSITIONS,
}
_PLACE: Final = re.compile(r"<!-- diagram: ([a-z0-9 ]+) -->\n(?:```mermaid\n.*?```\n)?", re.DOTALL)


def draw(table: Mapping[Any, frozenset[Any]]) -> str:
    """A table of (phase, event) to phases as a mermaid state diagram.

    The first row's phase begins, phases without rows end.
    """
    arrows: dict[tuple[str, str], list[str]] = {}
    for (phase, event), following in table.items():
        for after in sorted(following):
            arrows.setdefault((phase.value, after.value), []).append(event.__name__)
    (first, _), *_ = table
    befores = {before for before, _ in arrows}
    ends = sorted({after for _, after in arrows} - befores)
    lines = ["stateDiagram-v2", f"    [*] --> {first.value}"]
    lines += [f"    {before} --> {after}: {', '.join(events)}" for (before, after), events in arrows.items()]
    lines += [f"    {end} --> [*]" for end in ends]
    return "\n".join(lines)


def renewed(text: str) -> str:
    """The document with each diagram drawn anew after its mark."""

    def place(match: re.Match[str]) -> str:
        return f"<!-- diagram: {match[1]} -->\n```mermaid\n{draw(TABLES[match[1]])}\n```\n"

    return _PLACE.sub(place, text)


def main() -> int:
    """Write the document, or check it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if it is not current")
    check = parser.parse_args().check
    old = DOCUMENT.read_text()
    new = renewed(old)
    if not check:
        DOCUMENT.write_text(new)
    elif new != old:
        sys.stderr.write(f"{DOCUMENT.name} is not current: run python -m tools.diagrams\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
