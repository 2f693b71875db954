"""Runs one fuzz target under coverage guidance for a stated time.

Usage: ``python -m tests.fuzz.run NAME SECONDS CORPUS``. The invariant is in every target: a value or a
`ClicidError`; any other exception, or more than 10 s for one input, ends the run with that input kept
beside the corpus.
"""

from __future__ import annotations

import hashlib
import importlib
import sys
from pathlib import Path

import atheris


def main(name: str, seconds: str, corpus: str) -> None:
    """Fuzz `tests.fuzz.fuzz_<name>` and leave by libFuzzer's exit status."""
    with atheris.instrument_imports(include=["clicid", "issuer"]):
        module = importlib.import_module(f"tests.fuzz.fuzz_{name}")
    folder = Path(corpus)
    folder.mkdir(parents=True, exist_ok=True)
    for seed in module.SEEDS:
        (folder / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
    atheris.Setup(
        [
            sys.argv[0],
            str(folder),
            f"-max_total_time={seconds}",
            "-timeout=10",
            "-rss_limit_mb=4096",
            "-max_len=65536",
            f"-artifact_prefix={folder}-",
            "-print_final_stats=1",
        ],
        module.target,
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
