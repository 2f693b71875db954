"""Compile the contracts into `contracts/artifacts`: ``python -m contracts.build [--check]``.

An artifact holds the ABI, the deployment bytecode and the digests of source and runtime code. The
same compiler gives the same bytes, so `--check` (and a test) compiles again and compares.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any, Final

import vyper

HERE: Final = Path(__file__).parent
ARTIFACTS: Final = HERE / "artifacts"
NAMES: Final = ("DidRegistry", "TrustRegistry", "StatusRegistry")
COMPILER: Final = "vyper 0.4.3"

# Parameter names of the published ERC-1056 registry that Vyper does not allow or name.
_CANONICAL_NAMES: Final = {"content": "value"}


def artifact(name: str) -> dict[str, Any]:
    """Compile one contract.

    Returns:
        Members `name`, `abi`, `bytecode` (hex, deployment), `runtime_sha256` (of the deployed
        code, without the immutable values that a deployment appends), `source_sha256`, `compiler`.
    """
    if f"vyper {vyper.__version__}" != COMPILER:
        raise SystemExit(f"the artifacts are made by {COMPILER}, not vyper {vyper.__version__}")
    source = (HERE / f"{name}.vy").read_bytes()
    compiled = vyper.compile_code(source.decode(), output_formats=["abi", "bytecode", "bytecode_runtime"])
    runtime = bytes.fromhex(compiled["bytecode_runtime"].removeprefix("0x"))
    return {
        "name": name,
        "abi": compiled["abi"],
        "bytecode": compiled["bytecode"],
        "runtime_sha256": hashlib.sha256(runtime).hexdigest(),
        "source_sha256": hashlib.sha256(source).hexdigest(),
        "compiler": COMPILER,
    }


def canonical_erc1056(abi: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The ABI of our DidRegistry with the parameter names of the published registry."""

    def named(entry: dict[str, Any], members: str) -> list[dict[str, Any]]:
        return [
            parameter
            | {
                "name": ""
                if unnamed(parameter)
                else _CANONICAL_NAMES.get(parameter["name"], parameter["name"])
            }
            for parameter in entry.get(members, [])
        ]

    def unnamed(parameter: dict[str, Any]) -> bool:
        return str(parameter["name"]).startswith("arg")

    return [
        entry | {members: named(entry, members) for members in ("inputs", "outputs") if members in entry}
        for entry in abi
    ]


def built() -> dict[Path, bytes]:
    """Every file of `artifacts` as it follows from the sources."""
    artifacts = {name: artifact(name) for name in NAMES}
    documents: dict[str, Any] = dict(artifacts)
    documents["erc1056"] = canonical_erc1056(artifacts["DidRegistry"]["abi"])
    return {
        ARTIFACTS / f"{name}.json": (json.dumps(document, indent=1) + "\n").encode()
        for name, document in documents.items()
    }


def main() -> int:
    """Write the artifacts, or say which differ."""
    parser = argparse.ArgumentParser(prog="python -m contracts.build", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare with the files and write nothing")
    check = parser.parse_args().check
    files = built()
    stale = [path for path, content in files.items() if not path.exists() or path.read_bytes() != content]
    for path in stale:
        sys.stdout.write(f"{'differs' if check else 'written'}: {path.name}\n")
        if not check:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(files[path])
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
