"""Documents with contexts of their own before the same judges; PyLD processes them in the kernel too.

Where pyoxigraph abstains, it takes a scoped context's new meaning of a protected term for a fault.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import os
import secrets
from typing import TYPE_CHECKING, Any

import pytest

from clicid.errors import Refused
from clicid.rdf import quick, safe
from clicid.rdf.contexts import Contexts
from clicid.rdf.profile import Profile
from tests.differential.judges import JUDGE, Jsonld, Oxigraph, Pyld
from tests.differential.written_contexts import BASE, BASE_URL, WrittenContexts
from tests.support import datasets
from tests.support.node import install

if TYPE_CHECKING:
    from pathlib import Path

    from tests.differential.judges import Judge

WHOLE = 100_000
COUNT = int(os.environ.get("CLICID_PROVE_DOCUMENTS", str(WHOLE // 50)))
RAW = json.dumps(BASE).encode()
CONTEXTS = Contexts({BASE_URL: RAW}, {BASE_URL: hashlib.sha256(RAW).hexdigest()})


def canonical(path: Any, document: dict[str, Any]) -> bytes | None:
    try:
        found: bytes = path(document, CONTEXTS, profile=Profile.OPEN).nquads
    except Refused:
        return None
    return found


@pytest.mark.timeout(3600)
def test_what_is_accepted_every_judge_reads_likewise(tmp_path: Path) -> None:
    seed = int(os.environ.get("CLICID_PROVE_SEED", secrets.randbits(32)))
    accepted = []
    for document in itertools.islice(WrittenContexts(seed), COUNT):
        found = canonical(safe.process, document)
        assert canonical(quick.process, document) == found, f"seed {seed}: {json.dumps(document)}"
        if found is not None:
            inlined = datasets.inlined(document, {BASE_URL: BASE["@context"]})
            accepted.append((inlined, found.decode()))
    with contextlib.ExitStack() as stack:
        judges: list[Judge] = [Pyld({}), Oxigraph({})]
        if not install(JUDGE):
            judges.append(stack.enter_context(Jsonld({}, tmp_path)))
        for judge in judges:
            said = judge.canonical([document for document, _ in accepted])
            for (document, ours), opinion in zip(accepted, said, strict=True):
                abstains = opinion is None and judge.may_abstain
                assert abstains or opinion == ours, f"{judge.name}, seed {seed}: {json.dumps(document)}"
            assert said.count(None) <= len(accepted) / 50
    print(f"seed {seed}: {len(accepted)} of {COUNT} accepted, {len(judges)} judges")
    assert len(accepted) > COUNT / 100
