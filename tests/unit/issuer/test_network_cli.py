"""Founding a network by the commands: deployed on the embedded chain, signed root by root, rotated."""

from __future__ import annotations

import re
import stat
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from clicid.adapters import clock
from clicid.adapters.chain_contracts import DID_REGISTRY, STATUS_REGISTRY
from clicid.adapters.chain_writer import ChainWriter
from clicid.adapters.fetch import Fetcher
from clicid.adapters.known_chain import ChainSettings, open_chain
from clicid.keys.store import KeyRef
from clicid.ledger.events import Contract
from clicid.ledger.ground import Demands
from clicid.ledger.network import NetworkFile, NetworkKind, rotate, verify
from issuer.cli import app
from issuer.deploying import Place, Record
from issuer.vaults import open_vault
from sandbox.chain.node import ChainNode
from sandbox.chain.server import RpcServer
from tests.support import anvil
from tests.support.deployed import deploy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from typer.testing import Result

NOW = datetime.now(UTC)
GOVERNANCE = "0x" + "9a" * 20
TEST = frozenset({NetworkKind.TEST})
NEXT_CENTURY = timedelta(days=36_500)


def run(*arguments: object, code: int = 0) -> str:
    result: Result = CliRunner().invoke(app, ["network", *map(str, arguments)])
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result.output


@dataclass
class Founders:
    """Where the contracts are, and six root keys, each in a vault of its own."""

    folder: Path
    url: str
    node: ChainNode
    deployed: Path
    roots: list[str]
    payer: Any

    def nonce(self) -> int:
        """How many transactions the payer has sent."""
        return int(self.node.evm.state().get_nonce(self.payer))

    def vault(self, root: int) -> Path:
        return self.folder / f"root-{root}"

    def init(self, out: Path, *more: object, code: int = 0) -> str:
        named = [word for root in self.roots[:5] for word in ("--root", root)]
        options = ("--kind", "test", "--vocabulary", "https://schemas.example", "--threshold", 3, *named)
        return run("init", out, "--rpc", self.url, "--deployed", self.deployed, *options, *more, code=code)

    def sign(self, file: Path, root: int, *more: object, code: int = 0) -> str:
        digest = NetworkFile.parse(file.read_bytes()).digest().hex()
        return run("sign", file, "--vault", self.vault(root), "--digest", digest, *more, code=code)


@pytest.fixture(scope="module")
def founders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Founders]:
    folder = tmp_path_factory.mktemp("founders")
    roots = [run("root-key", folder / f"root-{number}").strip() for number in range(6)]
    payer = run("account-key", folder / "payer", "gas-payer").strip()
    with ChainNode(None, interval=0, delay=0.005) as node, RpcServer(node) as server:
        node.fund([bytes.fromhex(payer[2:])])
        made = Founders(folder, server.url, node, folder / "deployed.json", roots, bytes.fromhex(payer[2:]))
        run(*deployment(made))
        yield made


def deployment(founders: Founders, record: Path | None = None, governance: str = GOVERNANCE) -> list[object]:
    where = ("--rpc", founders.url, "--vault", founders.folder / "payer", "--governance", governance)
    return ["deploy", record or founders.deployed, *where, "--yes"]


def read(path: Path) -> NetworkFile:
    return NetworkFile.parse(path.read_bytes())


def test_three_of_five_roots_sign_and_every_step_says_who_is_missing(
    founders: Founders, tmp_path: Path
) -> None:
    path = tmp_path / "network.json"
    said = founders.init(path)
    assert "roots: 3 more must sign" in said
    assert "It may not be used: network.signature" in said
    for count, root in enumerate((4, 0, 2), start=1):
        with pytest.raises(AssertionError):
            run("show", path)
        said = founders.sign(path, root)
        assert read(path).digest().hex() in said
        assert f"expires     {read(path).expires:%Y-%m-%d}" in said
        assert (f"{3 - count} more must sign" in said) is (count < 3)
    shown = run("show", path)
    assert "It may be used." in shown
    assert shown.count("  signed") == 3
    assert shown.count("  has not signed") == 2
    verify(read(path), kinds=TEST, now=NOW)
    assert read(path).governance.hex() == GOVERNANCE[2:]
    assert read(path).chain_id == founders.node.chain_id


def test_roots_may_sign_copies_apart(founders: Founders, tmp_path: Path) -> None:
    path = tmp_path / "network.json"
    founders.init(path)
    copies = []
    for root in (0, 1, 2):
        copy = tmp_path / f"copy-{root}.json"
        copy.write_bytes(path.read_bytes())
        founders.sign(copy, root)
        copies.append(copy)
    assert "more must sign" not in run("collect", path, *copies)
    verify(read(path), kinds=TEST, now=NOW)
    other = tmp_path / "other.json"
    other.write_bytes(replace(read(path), version=2).to_bytes())
    assert "network.digest" in run("collect", path, other, code=1)


def test_who_is_no_root_and_what_has_expired_is_not_signed(founders: Founders, tmp_path: Path) -> None:
    path = tmp_path / "network.json"
    founders.init(path, "--days", 1)
    before = path.read_bytes()
    assert "network.root" in founders.sign(path, 5, code=1)
    assert "network.digest" in run("sign", path, "--vault", founders.vault(0), "--digest", "00" * 32, code=1)
    assert "Aborted" in run("sign", path, "--vault", founders.vault(0), code=1)
    assert path.read_bytes() == before
    path.write_bytes(replace(read(path), expires=datetime(2020, 1, 1, tzinfo=UTC)).to_bytes())
    assert "network.expired" in founders.sign(path, 0, code=1)


def test_a_rotation_wants_the_old_roots_and_the_new(founders: Founders, tmp_path: Path) -> None:
    first, second = tmp_path / "network.json", tmp_path / "network-2.json"
    founders.init(first)
    for root in (0, 1, 2):
        founders.sign(first, root)
    changes = ("--remove-root", founders.roots[0], "--add-root", founders.roots[5], "--threshold", 4)
    said = run("rotate", first, second, *changes)
    assert "version     2" in said
    assert "roots: 4 more must sign" in said
    assert "roots of the version in use: 3 more must sign" in said
    assert "network.root" in founders.sign(second, 0, code=1)
    for root in (5, 3, 2, 1):
        said = founders.sign(second, root, "--from", first)
    assert "more must sign" not in said
    assert "It may be used." in run("show", second, "--from", first)
    assert "is told with --from" in run("show", second)
    rotate(read(first), read(second), now=NOW)
    # A root that is leaving signs for the threshold of the version in use.
    leaving = tmp_path / "network-3.json"
    run("rotate", first, leaving, *changes)
    founders.sign(leaving, 0, "--from", first)
    assert "network.rollback" in founders.sign(first, 0, "--from", second, code=1)
    assert "network.root" in run("rotate", first, leaving, "--remove-root", founders.roots[5], code=1)
    assert "file.exists" in run("rotate", first, leaving, code=1)


def test_foreign_and_wrong_signatures_are_told(founders: Founders, tmp_path: Path) -> None:
    path, other = tmp_path / "network.json", tmp_path / "other.json"
    founders.init(path)
    founders.sign(path, 0)
    own = read(path)
    other.write_bytes(replace(own, version=9).to_bytes())
    shown = run("show", other, code=1)
    assert f"WRONG signature in the name of {founders.roots[0]}" in shown
    path.write_bytes(replace(own, roots=replace(own.roots, keys=own.roots.keys[1:])).to_bytes())
    run("show", path, code=1)


def test_files_are_written_once_and_for_their_owner(founders: Founders, tmp_path: Path) -> None:
    path = tmp_path / "network.json"
    founders.init(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    assert "file.exists" in founders.init(path, code=1)
    assert path.read_bytes() == before
    founders.init(path, "--force", "--days", 3)
    assert path.read_bytes() != before
    assert [one.name for one in tmp_path.iterdir()] == ["network.json"]
    assert "keystore.exists" in run("root-key", founders.vault(0), code=1)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--threshold", 6), "codec.shape"),
        (("--vocabulary", "https://schemas.example/"), "codec.url"),
        (("--root", "z6Mkno"), "keys.algorithm"),
        (("--rpc", "http://127.0.0.1:9"), "chain.unreachable"),
        (("--deployed", "nowhere.json"), "config.file"),
    ],
)
def test_wrong_options_make_no_file(
    founders: Founders, tmp_path: Path, options: tuple[object, ...], code: str
) -> None:
    assert code in founders.init(tmp_path / "network.json", *options, code=1)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("sent", [True, False])
def test_an_interrupted_deployment_deploys_nothing_twice(
    founders: Founders, tmp_path: Path, *, sent: bool
) -> None:
    path = tmp_path / "deployed.json"
    run(*deployment(founders, path))
    whole, nonce = Record.read(path), founders.nonce()
    status = whole.contracts[Contract.STATUS]
    # Ended after the transaction was sent and before its block was written down, or before it was signed.
    kept: dict[Contract, Place] = {
        name: place for name, place in whole.contracts.items() if name is not Contract.STATUS
    }
    if sent:
        kept[Contract.STATUS] = status.model_copy(update={"address": None, "block": None})
    whole.model_copy(update={"contracts": kept}).write(path)
    assert "network.deployment" in founders.init(tmp_path / "n.json", "--deployed", path, code=1)
    said = run(*deployment(founders, path))
    assert (said.count("0x"), founders.nonce()) == (2, nonce if sent else nonce + 1)
    assert (Record.read(path) == whole) is sent
    founders.init(tmp_path / "n.json", "--deployed", path)
    assert "network.deployment" in run(*deployment(founders, path, "0x" + "11" * 20), code=1)


def test_a_deployment_whose_nonce_was_used_for_something_else_is_made_anew(
    founders: Founders, tmp_path: Path
) -> None:
    whole, path = Record.read(founders.deployed), tmp_path / "deployed.json"
    with (
        open_vault(founders.folder / "payer") as keys,
        closing(ChainWriter(founders.url, payer=(keys, KeyRef("gas-payer")))) as writer,
    ):
        registry = bytes.fromhex(str(whole.contracts[Contract.DID].address)[2:])
        never_sent = writer.prepare_deployment(STATUS_REGISTRY, [registry])
        deploy(writer, DID_REGISTRY)
    place = Place(transaction=f"0x{never_sent.raw.hex()}")
    whole.having(Contract.STATUS, place).write(path)
    assert "status" in run(*deployment(founders, path))
    founders.init(tmp_path / "n.json", "--deployed", path)


def test_a_payer_that_holds_too_little_deploys_nothing(founders: Founders, tmp_path: Path) -> None:
    poor = run("account-key", tmp_path, "gas-payer").strip()
    options = ("--rpc", founders.url, "--vault", tmp_path, "--governance", GOVERNANCE, "--yes")
    said = run("deploy", tmp_path / "deployed.json", *options, code=1)
    assert "chain.funds" in said
    assert poor in said
    assert not Record.read(tmp_path / "deployed.json").contracts


def test_the_estimate_is_not_too_low_and_not_far_off(founders: Founders, tmp_path: Path) -> None:
    said = run(*deployment(founders, tmp_path / "deployed.json"))
    (most,) = re.findall(r"at most ([\d,]+) gas", said)
    used = sum(int(one.replace(",", "")) for one in re.findall(r"block \d+, ([\d,]+) gas", said))
    assert used <= int(most.replace(",", "")) <= 1.5 * used


def test_a_public_did_registry_is_used_where_there_is_one(founders: Founders, tmp_path: Path) -> None:
    whole = Record.read(founders.deployed)
    there = whole.contracts[Contract.DID]
    assert there.address is not None
    path = tmp_path / "deployed.json"
    said = run(*deployment(founders, path), "--did-registry", there.address)
    assert "state proof" in said
    record = Record.read(path)
    assert record.contracts[Contract.DID] == Place(address=there.address, block=there.block)
    founders.init(tmp_path / "network.json", "--deployed", path)
    assert read(tmp_path / "network.json").contracts[Contract.DID].block == there.block
    nobody = run(*deployment(founders, tmp_path / "2.json"), "--did-registry", "0x" + "12" * 20, code=1)
    assert "no ERC-1056 registry" in nobody
    trust = whole.contracts[Contract.TRUST].address
    other = run(*deployment(founders, tmp_path / "2.json"), "--did-registry", trust, code=1)
    assert "network.code" in other


@pytest.mark.parametrize(
    ("name", "other", "words"),
    [
        (Contract.DID, "0x" + "12" * 20, "there is no code"),
        (Contract.STATUS, Contract.TRUST, "this version's is"),
        (Contract.TRUST, Contract.STATUS, "this version's is"),
    ],
)
def test_contracts_without_code_or_with_other_code_are_refused(
    founders: Founders, tmp_path: Path, name: Contract, other: str, words: str
) -> None:
    whole = Record.read(founders.deployed)
    address = whole.contracts[Contract(other)].address if other in list(Contract) else other
    place = whole.contracts[name].model_copy(update={"address": address})
    whole.having(name, place).write(tmp_path / "deployed.json")
    said = founders.init(tmp_path / "network.json", "--deployed", tmp_path / "deployed.json", code=1)
    assert f"network.code: at {name if name is not Contract.DID else 'did'} at {address}" in said
    assert words in said


def test_a_record_of_another_block_or_chain_is_refused(founders: Founders, tmp_path: Path) -> None:
    whole = Record.read(founders.deployed)
    place = whole.contracts[Contract.TRUST]
    path = tmp_path / "deployed.json"
    whole.having(Contract.TRUST, place.model_copy(update={"block": 1})).write(path)
    assert "network.deployment" in founders.init(tmp_path / "n.json", "--deployed", path, code=1)
    # Only a DID registry may be another's: nobody's word is taken for what the other two are.
    status = whole.contracts[Contract.STATUS].address
    whole.having(Contract.TRUST, Place(address=status, block=place.block)).write(path)
    assert "network.code" in founders.init(tmp_path / "n.json", "--deployed", path, code=1)
    whole.having(Contract.TRUST, Place(address=place.address, block=place.block)).write(path)
    assert "network.deployment" in founders.init(tmp_path / "n.json", "--deployed", path, code=1)
    whole.model_copy(update={"chain_id": 7}).write(path)
    assert "network.chain" in founders.init(tmp_path / "n.json", "--deployed", path, code=1)
    path.write_text("{}")
    assert "config.invalid" in founders.init(tmp_path / "n.json", "--deployed", path, code=1)


def follows(folder: Path, path: Path, url: str) -> int:
    """The head that a verifier knows after one look: it has the file, an address, and no key at all."""
    fetcher = Fetcher(allow_loopback_http=True)
    settings = ChainSettings(
        network_file=path,
        network_digest=read(path).digest().hex(),
        rpc=[url],
        in_use=folder / "in-use.json",
        store=folder / "chain.db",
        witness=None,
        demands=Demands(proofs=True, witness=False),
        confirmations=0,
        sandbox=False,
    )
    with closing(fetcher), closing(open_chain(settings, fetcher, NOW)) as chain:
        return chain.follower.sync(clock.now()).head


def test_a_network_on_another_node_is_founded_and_followed_without_a_key(tmp_path: Path) -> None:
    path, deployed = tmp_path / "network.json", tmp_path / "deployed.json"
    root = run("root-key", tmp_path / "root").strip()
    account = run("account-key", tmp_path / "payer", "gas-payer").strip()
    with anvil.running(funded=[account]) as url:
        options = ("--vault", tmp_path / "payer", "--governance", GOVERNANCE, "--yes")
        assert run("deploy", deployed, "--rpc", url, *options).count("gas") == 4
        named = (
            "--kind",
            "test",
            "--vocabulary",
            "https://schemas.example",
            "--root",
            root,
            "--threshold",
            1,
        )
        run("init", path, "--rpc", url, "--deployed", deployed, *named)
        run("sign", path, "--vault", tmp_path / "root", "--digest", read(path).digest().hex())
        assert read(path).chain_id == 31_337
        assert follows(tmp_path, path, url) == 3
        # The same contracts by another's DID registry, whose code this version has not made.
        there = Record.read(deployed).contracts[Contract.DID].address
        again = run("deploy", tmp_path / "2.json", "--rpc", url, *options, "--did-registry", there)
        assert again.count("block") == 2
