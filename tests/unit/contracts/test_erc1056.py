"""DidRegistry against the published registry's bytecode: the same calls, the same logs, refusals and answers.

The bytecode is not in this repository: npm fetches the package into a temporary folder, and its
digest is checked.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import tarfile
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings

from clicid.adapters import package_data
from tests.property import test_contracts as properties
from tests.support.contract_evm import START, Contract, ContractEvm
from tests.support.contract_models import ZERO, DidModel

if TYPE_CHECKING:
    from pathlib import Path

PACKAGE = "ethr-did-registry@1.3.0"
MEMBER = "package/dist/artifacts/contracts/EthereumDIDRegistry.sol/EthereumDIDRegistry.json"
BYTECODE_SHA256 = "abc04bc6c3d10f5be676e924cc9ce19302943d459e965f3308b6b21d7a9eaa93"
LONG_VALUE = 1_025


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The artifact of the published registry."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    folder: Path = tmp_path_factory.mktemp("npm")
    packed = subprocess.run(
        [npm, "pack", "--silent", PACKAGE], cwd=folder, capture_output=True, timeout=120, check=False
    )
    if packed.returncode:
        pytest.skip(f"npm cannot fetch {PACKAGE}")
    with tarfile.open(next(folder.glob("*.tgz"))) as archive:
        member = archive.extractfile(MEMBER)
        assert member is not None
        artifact: dict[str, Any] = json.load(member)
    assert hashlib.sha256(bytes.fromhex(artifact["bytecode"][2:])).hexdigest() == BYTECODE_SHA256
    return artifact


@pytest.mark.slow
def test_our_abi_is_the_published_one(published: dict[str, Any]) -> None:
    """Every function and event, by name, parameters, indexed flags, outputs and mutability."""
    assert _comparable(json.loads(package_data.artifact("erc1056"))) == _comparable(published["abi"])


@pytest.mark.slow
@settings(properties.FEWER, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(properties.did_steps)
def test_the_same_calls_do_the_same(published: dict[str, Any], steps: list[tuple[Any, ...]]) -> None:
    """Each contract sees its own signatures, since its address is in them; all else is equal."""
    evm = ContractEvm()
    ours = Contract(evm, "DidRegistry")
    theirs = Contract(evm, "DidRegistry", code=bytes.fromhex(published["bytecode"][2:]))
    model, mirror = DidModel(time=START), DidModel(time=START)
    for step in steps:
        evm.next_block(step[0])
        for each in (model, mirror):
            each.number, each.time = evm.number, evm.time
        result, _ = properties.did_step(ours, model, step)
        expected, _ = properties.did_step(theirs, mirror, step)
        assert result.logs == expected.logs, step
        assert _word(result.error) == _word(expected.error), step
    for contract in (ours, theirs):
        properties.did_agrees(contract, model)
    evm.close()


@pytest.mark.slow
def test_where_ours_is_narrower(published: dict[str, Any]) -> None:
    """A value above 1,024 bytes, and the zero identity by a signature that recovers to nobody."""
    evm = ContractEvm()
    ours = Contract(evm, "DidRegistry")
    theirs = Contract(evm, "DidRegistry", code=bytes.fromhex(published["bytecode"][2:]))
    owner = properties.ADDRESSES[0]
    long_value = (owner, b"name".ljust(32, b"\0"), bytes(LONG_VALUE), 9)
    assert ours.send(owner, "setAttribute", *long_value).error == ""
    assert theirs.send(owner, "setAttribute", *long_value).error is None
    nobodys = (ZERO, 0, bytes(32), bytes(32), owner)
    assert ours.send(owner, "changeOwnerSigned", *nobodys).error == "bad_signature"
    assert theirs.send(owner, "changeOwnerSigned", *nobodys).error is None
    evm.close()


def _word(error: str | None) -> str | None:
    # An overflow is a bare revert with us, and a panic (0x4e487b71) with Solidity.
    return "" if error is not None and error.startswith("0x4e487b71") else error


def _comparable(entries: list[dict[str, Any]]) -> list[str]:
    rows = []
    for entry in entries:
        if entry["type"] != "constructor":
            inputs = [(item["name"], item["type"], item.get("indexed")) for item in entry["inputs"]]
            outputs = [item["type"] for item in entry.get("outputs", [])]
            rows.append(repr((entry["type"], entry["name"], inputs, outputs, entry.get("stateMutability"))))
    return sorted(rows)
