"""Machine readable zones: parsed or refused, and what is parsed is repaired into itself.

But for letters among the fillers after the names, which are taken for fillers: none may stand there.
"""

from __future__ import annotations

from datetime import date

from clicid.errors import ClicidError
from issuer.engines.mrz import birth_date, expiry_date, parse
from issuer.engines.mrz_layout import LAYOUTS
from issuer.engines.mrz_repair import names_ended, repair
from tests.support.mrz_writer import write

TODAY = date(2026, 11, 22)
_VALUES = {
    "document_code": "P", "issuing_state": "UTO", "nationality": "UTO", "number": "UT4071852",
    "birth_date": "850314", "expiry_date": "330501", "sex": "M", "names": "LINDH<<EVA<MARIA",
}  # fmt: skip
SEEDS = [
    "\n".join(write(layout, _VALUES | ({"document_code": "V"} if "MRV" in layout.name else {}))).encode()
    for layout in LAYOUTS
]


def target(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    try:
        repaired = repair(text.split("\n"))
        birth_date(repaired.mrz.birth_date, TODAY)
    except ClicidError:
        pass
    try:
        mrz = parse(text)
    except ClicidError:
        return
    expiry_date(mrz.expiry_date, TODAY)
    ended = parse("\n".join(names_ended(mrz.lines, mrz.layout)))
    if mrz.all_checks_pass and repair(mrz.lines).mrz != ended:
        raise AssertionError
