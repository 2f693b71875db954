"""Memory stays where it is, whatever shapes come: a proof at full size by `CLICID_PROVE_HOSTILE`."""

from __future__ import annotations

import gc
import os
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters import package_data
from clicid.errors import Refused
from clicid.formats.base import Checked
from clicid.formats.vc_di import LdpVcChecker, prepare_credential, recognised
from clicid.rdf import shapes
from tests.support import w3c

if TYPE_CHECKING:
    from clicid.codec.layout import Layouts

COUNT = int(os.environ.get("CLICID_PROVE_HOSTILE", "1200"))
WARM = max(COUNT // 10, 600)
# What an interpreter's own allocator may keep back, whatever the count.
GROWTH = 24 << 20
AGES = (13, 15, 16, 18, 20, 21, 65)


def hostile(draw: random.Random) -> dict[str, Any]:
    """A credential of a shape that nobody has met: other claims, languages and names, dates left out."""
    subject: dict[str, Any] = {f"ageOver{age}": draw.random() < 0.5 for age in AGES if draw.random() < 0.6}
    changes: dict[str, Any] = {"credentialSubject": {"id": w3c.HOLDER, "ageOver18": True, **subject}}
    changes["name"] = f"{draw.getrandbits(64)}"
    changes["description"] = [
        {"@value": f"{draw.getrandbits(32)}", "@language": draw.choice(("sv", "en", "fi"))}
        for _ in range(draw.randrange(1, 6))
    ]
    if draw.random() < 0.3:
        changes["validUntil"] = None
    return w3c.unsigned(**changes)


def resident() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def kept(layouts: Layouts[Any]) -> int:
    return len(layouts._frames)


@pytest.mark.timeout(7200)
def test_hostile_shapes_do_not_fill_the_memory() -> None:
    draw = random.Random(20)
    contexts = package_data.contexts.__wrapped__()
    checker = LdpVcChecker(contexts)
    before = accepted = 0
    for number in range(COUNT):
        if number == WARM:
            before = resident()
        document = hostile(draw)
        raw = w3c.signed(prepare_credential(w3c.ISSUER, document, contexts, created=w3c.DAY), w3c.ISSUER_REF)
        if number % 4 == 0:  # a stranger's, whose signature is wrong
            old, new = (b"ageOver", b"ageOwer") if number % 8 else (b'"name":"', b'"name":"x')
            raw = raw.replace(old, new)
        try:
            found = checker.check(checker.parse(raw), w3c.have(), rules=w3c.RULES, binding=None, now=w3c.NOW)
        except Refused:
            continue
        accepted += isinstance(found, Checked) and found.claims is not None
    assert accepted == COUNT - (COUNT + 3) // 4
    assert resident() - before < GROWTH
    known = shapes.of(contexts)
    assert all(len(layouts) <= shapes.MAX_SHAPES for layouts in known._known.values())
    assert all(kept(layouts) <= shapes.MAX_SHAPES for layouts in known._known.values())
    assert len(checker.recognised._known) <= recognised.MAX_LAYOUTS
    assert len(contexts.processed) <= 512
