"""When it cannot be known: chain silent, knowledge too old, another chain than the network file's.

An outage never looks like a forgery, and is never passed over: undecided, with the age of what is known.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import anyio
import httpx
import pytest

from clicid.adapters import clock, package_data
from clicid.adapters.fetch import Fetcher
from clicid.adapters.gather import settle
from clicid.adapters.known_chain import ChainSettings, open_chain
from clicid.errors import ClicidError, LocalError, Refused
from clicid.formats.base import Binding, FormatId, NeedKind, Rules
from clicid.keys.algorithms import ED25519
from clicid.keys.store import KeyRef
from clicid.ledger.events import Contract
from clicid.ledger.ground import Demands
from clicid.ledger.network import NetworkFile
from clicid.verification import Policy, Request, SignedLists, UndecidedWith, check, checkers
from issuer import iaca
from sandbox.operator_client import OperatorClient
from sandbox.setup.roles import ROOTS
from tests.support.live import IDENTITY, Door, ending, lines
from tests.support.live_network import paused, set_policy, until
from verifier import config as settings
from verifier.main import create_app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fastapi import FastAPI

    from clicid.formats.base import Have, Wanted
    from clicid.verification import Ending
    from sandbox.network import Network
    from tests.support.live import Copy

pytestmark = pytest.mark.slow

MAX_AGE = 10
ANOTHER_DIGEST = bytes(32)


def shown(door: Door, copy: Copy) -> dict[str, object]:
    """The report on a fresh presentation."""
    asked = door.ask()
    report: dict[str, object] = door.judge(asked, copy.sd_jwt(asked.binding))
    return report


@pytest.fixture(scope="module")
def careful(network: Network, http: httpx.Client) -> Iterator[Door]:
    """A verifier that also looks at signed lists, and allows knowledge of some seconds only."""
    made = network.add_provider("careful", "Apoteket (TEST)", signed_lists="may_refuse")
    set_policy(made.config, chain_max_age_seconds=MAX_AGE)
    network.start("careful")
    with Door(http, made) as door:
        yield door


def test_a_signed_list_newer_than_the_anchored_one_refuses(
    network: Network, shop: Door, careful: Door, take: Callable[[], dict[str, Copy]]
) -> None:
    copy = take()[IDENTITY]
    uri, index = copy.status_entry()
    # Started anew it holds no list, and fetches the one it lacks at once and not on its next round.
    network.services["careful"].stop()
    network.start("careful")
    with OperatorClient(network.founded) as operator:
        credential_id = operator.find(uri, index)
        until(lambda: ending(shown(shop, copy)) == ("accepted", ""), seconds=10, what="accepted")
        with paused(network.services["chain"]):
            operator.act(credential_id, "revoke", "compromised")
            until(lambda: shown(careful, copy)["verdict"] == "refused", seconds=MAX_AGE, what="refused")
            report = shown(careful, copy)
            assert ending(report) == ("refused", "status.revoked")
            (line,) = [line for line in lines(report) if line["code"] == "status.revoked"]
            assert line["source"] == uri
            # Who looks at the chain alone cannot know it yet: the chain stands still.
            assert ending(shown(shop, copy)) == ("accepted", "")
    until(lambda: ending(shown(shop, copy)) == ("refused", "status.revoked"), seconds=20, what="anchored")
    (line,) = [line for line in lines(shown(shop, copy)) if line["code"] == "status.revoked"]
    assert line["source"].startswith("chain ")
    # Being ahead of the chain is no contradiction, and is not told as one.
    assert careful.backend.health()["disagreeing_lists"] == {}


def test_no_chain_no_acceptance(
    network: Network, careful: Door, http: httpx.Client, copies: dict[str, Copy]
) -> None:
    """What is known grows too old, what was never known stays unknown; a fresh signed list mends neither."""
    copy = copies[IDENTITY]
    uri, _ = copy.status_entry()
    assert ending(shown(careful, copy)) == ("accepted", "")
    late = network.add_provider("late", "Nattkiosken (TEST)", signed_lists="may_refuse")
    network.services["chain"].stop()
    try:
        network.start("late")
        with Door(http, late) as newcomer:
            assert newcomer.backend.health()["trouble"] == "chain.unreachable"
            _expect_undecided(newcomer, copy, "accreditation.unavailable")
        until(
            lambda: careful.backend.health()["head_age_seconds"] > MAX_AGE, seconds=2 * MAX_AGE, what="older"
        )
        assert http.get(uri, headers={"accept": "application/statuslist+jwt"}).status_code == 200
        report = _expect_undecided(careful, copy, "accreditation.too_old")
        line, *_ = [line for line in lines(report) if line["code"] == "accreditation.too_old"]
        assert MAX_AGE <= line["age_seconds"] < 10 * MAX_AGE
        assert line["source"].startswith("chain ")
        assert careful.backend.health()["trouble"] == "chain.unreachable"
    finally:
        network.start("chain")
    until(lambda: ending(shown(careful, copy)) == ("accepted", ""), seconds=20, what="known again")


def _expect_undecided(door: Door, copy: Copy, code: str) -> dict[str, object]:
    asked = door.ask()
    door.post(asked, copy.sd_jwt(asked.binding))
    body = door.result(asked)
    assert ending(body["report"]) == ("undecided", code)
    assert body["claims"] is None
    report: dict[str, object] = body["report"]
    return report


def test_a_status_list_older_than_the_policy_allows(
    network: Network, copies: dict[str, Copy], tmp_path: Path
) -> None:
    fetcher = Fetcher(allow_loopback_http=True)
    where = ChainSettings(
        network_file=network.folder / "network.json",
        network_digest=network.founded.digest,
        rpc=[network.founded.rpc],
        in_use=tmp_path / "network-in-use.json",
        store=tmp_path / "chain.db",
        witness=None,
        demands=Demands(proofs=True, witness=False),
        confirmations=2,
        sandbox=True,
    )
    chain = open_chain(where, fetcher, clock.now())
    copy, binding = copies[IDENTITY], Binding("decentralized_identifier:did:example:asker", "a nonce of mine")
    now = clock.now() + timedelta(hours=1)
    raw = copy.sd_jwt(binding, at=now).encode()
    ages = dict.fromkeys(NeedKind, timedelta(days=1)) | {NeedKind.STATUS: timedelta(minutes=10)}
    rules = Rules(
        issuers=None,
        max_age=ages,
        leeway=timedelta(0),
        key_binding_max_age=timedelta(minutes=1),
        allow_test=True,
    )
    schemas = package_data.schema_digests(network.founded.vocabulary)
    policy = Policy("ten minutes", rules, schemas, SignedLists.IGNORED, network.founded.digest)
    request = Request(FormatId.SD_JWT_VC, binding, frozenset(schemas))

    def step(have: Have) -> Ending | Wanted:
        return check(
            raw,
            have,
            request=request,
            policy=policy,
            checkers=checkers(package_data.contexts(network.founded.vocabulary)),
            now=now,
        )

    try:
        until(lambda: chain.follower.sync(clock.now()).final > 0, seconds=10, what="synced")
        ended = settle(step, chain.materials, now)
    finally:
        chain.close()
        fetcher.close()
    assert isinstance(ended, UndecidedWith)
    assert ended.report.code == "status.too_old"
    line, *_ = [line for section in ended.report.sections for line in section.lines if line.code]
    assert line.age is not None
    assert timedelta(minutes=59) < line.age < timedelta(minutes=61)


# The network file ------------------------------------------------------------------------------------


@pytest.fixture
def newcomer(network: Network, tmp_path: Path) -> Path:
    """The shop's verifier on another machine: its folder, which does not know the chain yet."""
    folder = network.founded.provider("shop").config.parent
    for name in ("verifier.toml", "vault.db", "vault.key", "registration.json"):
        shutil.copyfile(folder / name, tmp_path / name)
    shutil.copyfile(network.folder / "issuer" / iaca.ROOT_PEM, tmp_path / iaca.ROOT_PEM)
    text = (tmp_path / "verifier.toml").read_text("utf-8")
    for elsewhere in ("../../network.json", f"../../issuer/{iaca.ROOT_PEM}"):
        text = text.replace(elsewhere, elsewhere.rpartition("/")[2])
    (tmp_path / "verifier.toml").write_text(text, "utf-8")
    return tmp_path


def give(folder: Path, network: Network, file: NetworkFile) -> None:
    """Hand a network file to a verifier, and its digest over another channel."""
    (folder / "network.json").write_bytes(file.to_bytes())
    text = (folder / "verifier.toml").read_text("utf-8")
    text = text.replace(network.founded.digest, file.digest().hex())
    (folder / "verifier.toml").write_text(text, "utf-8")


def signed(network: Network, file: NetworkFile) -> NetworkFile:
    """The file signed by enough of the network's own root keys."""
    file = replace(file, signatures=())
    for name in ROOTS[: file.roots.threshold]:
        store, ref = network.roles.roots, KeyRef(name)
        file = file.with_signature(store.public(ref), store.sign(ref, file.to_be_signed(), ED25519))
    return file


def good_file(network: Network) -> NetworkFile:
    return NetworkFile.parse((network.folder / "network.json").read_bytes())


def test_a_network_file_with_a_wrong_signature(network: Network, newcomer: Path) -> None:
    file = good_file(network)
    (key, signature), *others = file.signatures
    forged = replace(file, signatures=((key, signature[::-1]), *others))
    give(newcomer, network, forged)
    done = subprocess.run(
        [sys.executable, "-m", "verifier.cli", "serve", "--config", str(newcomer / "verifier.toml")],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.decode().startswith("network.signature: at /signatures: ")
    assert not (newcomer / "chain.db").exists()


def test_a_network_file_that_too_few_signed(network: Network, newcomer: Path) -> None:
    file = good_file(network)
    give(newcomer, network, replace(file, signatures=file.signatures[:1]))
    _expect_no_start(newcomer, Refused, "network.signature")


def test_a_network_file_other_than_the_one_whose_digest_was_given(network: Network, newcomer: Path) -> None:
    other = signed(network, replace(good_file(network), governance=bytes(20)))
    (newcomer / "network.json").write_bytes(other.to_bytes())
    _expect_no_start(newcomer, LocalError, "network.digest")


def _expect_no_start(folder: Path, kind: type[ClicidError], code: str) -> None:
    with pytest.raises(kind) as caught:
        create_app(settings.load(folder / "verifier.toml"))
    assert caught.value.code == code


def wrong_chain(file: NetworkFile) -> NetworkFile:
    return replace(file, chain_id=file.chain_id + 1)


def wrong_checkpoint(file: NetworkFile) -> NetworkFile:
    return replace(file, checkpoint=replace(file.checkpoint, hash=ANOTHER_DIGEST))


def wrong_code(file: NetworkFile) -> NetworkFile:
    trust = replace(file.contracts[Contract.TRUST], code_sha256=ANOTHER_DIGEST)
    return replace(file, contracts={**file.contracts, Contract.TRUST: trust})


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (wrong_chain, "network.chain"),
        (wrong_checkpoint, "network.checkpoint"),
        (wrong_code, "network.code"),
    ],
)
def test_a_chain_that_is_not_the_one_of_the_network_file(
    network: Network, newcomer: Path, change: Callable[[NetworkFile], NetworkFile], code: str
) -> None:
    give(newcomer, network, signed(network, change(good_file(network))))
    health = anyio.run(_health, create_app(settings.load(newcomer / "verifier.toml")))
    assert health.status_code == 503
    assert (health.json()["trouble"], health.json()["head"]) == (code, -1)


async def _health(app: FastAPI) -> httpx.Response:
    """What a verifier says of itself once it has started."""
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport) as client:
        return await client.get("http://verifier.example/health")
