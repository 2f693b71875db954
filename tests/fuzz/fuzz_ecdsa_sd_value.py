"""The value of an ecdsa-sd-2023 proof, base or derived: the one that was made, or our error."""

from __future__ import annotations

import json

from clicid.codec import strict_json
from clicid.errors import ClicidError
from tests.fuzz import disclosing
from tests.support.disclosures import Issued, opened

ISSUED = Issued("ecdsa-sd-2023")
DERIVED = ISSUED.derived()

SEEDS = [
    json.dumps(opened(document["proof"]["proofValue"])).encode() for document in (DERIVED, ISSUED.secured)
] + [json.dumps(DERIVED["proof"]["proofValue"]).encode()]


def target(data: bytes) -> None:
    try:
        value = disclosing.value(strict_json.loads(data))
    except ClicidError:
        return
    disclosing.check(ISSUED, DERIVED, value)
