"""The value of a bbs-2023 proof of each feature, base or derived: the one that was made, or our error."""

from __future__ import annotations

import json

from clicid.codec import strict_json
from clicid.errors import ClicidError
from clicid.securing.data_integrity.bbs_values import Feature
from tests.fuzz import disclosing
from tests.support.disclosures import Issued, opened

ISSUED = [Issued("bbs-2023", feature) for feature in Feature]
DERIVED = [issued.derived() for issued in ISSUED]

SEEDS = [
    json.dumps([number, opened(document["proof"]["proofValue"])]).encode()
    for number, (issued, derived) in enumerate(zip(ISSUED, DERIVED, strict=True))
    for document in (derived, issued.secured)
]


def target(data: bytes) -> None:
    try:
        given = strict_json.loads(data)
    except ClicidError:
        return
    match given:
        case [int(number), changed] if 0 <= number < len(ISSUED):
            value = disclosing.value(changed)
            # All four say the same of the same issuer's: what was made for one is as good under another.
            if value not in [one["proof"]["proofValue"] for one in DERIVED]:
                disclosing.check(ISSUED[number], DERIVED[number], value)
        case _:
            disclosing.check(ISSUED[0], DERIVED[0], disclosing.value(given))
