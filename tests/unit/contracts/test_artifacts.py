"""What is committed is what the sources compile to, and what the documents say of it is true."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from eth_hash.auto import keccak

from clicid.adapters import package_data
from contracts import build
from tests.support.contract_evm import abi, artifact

if TYPE_CHECKING:
    from pathlib import Path

ABI_PAGE = (build.HERE / "ABI.md").read_text()
MAX_CODE_BYTES = 24_576  # EIP-170


@pytest.fixture(scope="module")
def built() -> dict[Path, bytes]:
    return build.built()


def test_artifacts_are_rebuilt_byte_for_byte(built: dict[Path, bytes]) -> None:
    assert {path.name for path in built} == {path.name for path in build.ARTIFACTS.glob("*.json")}
    for path, content in built.items():
        assert path.read_bytes() == content, path.name


@pytest.mark.parametrize("name", build.NAMES)
def test_a_contract_fits_the_main_networks_limits(name: str) -> None:
    assert len(artifact(name).bytecode) < MAX_CODE_BYTES


@pytest.mark.parametrize("name", build.NAMES)
def test_the_page_names_every_event_with_its_topic(name: str) -> None:
    for entry in abi(name):
        if entry["type"] == "event":
            types = ",".join(item["type"] for item in entry["inputs"])
            topic = keccak(f"{entry['name']}({types})".encode()).hex()
            assert f"| `0x{topic}` | `{entry['name']}({_parameters(entry)})` |" in ABI_PAGE


@pytest.mark.parametrize("name", build.NAMES)
def test_the_page_names_every_function(name: str) -> None:
    for function in artifact(name).functions.values():
        short = function.name.removesuffix("Signed")
        assert re.search(rf"`{function.name}\b|`{short}\(", ABI_PAGE), function.name


def test_the_canonical_abi_has_our_selectors_and_topics() -> None:
    canonical = json.loads(package_data.artifact("erc1056"))
    assert _shapes(canonical) == _shapes(abi("DidRegistry"))
    assert not re.search(r'"(arg\d|content)"', json.dumps(canonical))


def _parameters(entry: dict[str, Any]) -> str:
    return ", ".join(
        f"{item['type']} {'indexed ' if item['indexed'] else ''}{item['name']}" for item in entry["inputs"]
    )


def _shapes(entries: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return sorted(
        (
            entry["type"],
            entry["name"],
            tuple((item["type"], item.get("indexed")) for item in entry["inputs"]),
            tuple(item["type"] for item in entry.get("outputs", [])),
        )
        for entry in entries
    )
