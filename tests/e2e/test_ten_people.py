"""The ten test people, from the issuer's door to a verifier's answer; and production refuses them all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from clicid.adapters import clock, package_data
from clicid.adapters.fetch import Fetcher
from clicid.adapters.gather import settle
from clicid.adapters.known_chain import ChainSettings, load_network, open_chain
from clicid.formats.base import FormatId
from clicid.ledger.ground import Demands
from clicid.verification import Accepted, check_credential
from clicid.verification.formats import checkers
from sandbox import people
from sandbox.demo import HELD
from sandbox.enrolling import enrol
from tests.support.live import AGE_W3C, IDENTITY
from tests.support.refusals import refused
from verifier import config
from verifier.policy import policy

if TYPE_CHECKING:
    from pathlib import Path

    from clicid.formats.base import Have, Wanted
    from clicid.verification import Ending, Policy
    from sandbox.enrolling import Enrolled
    from sandbox.network import Network
    from sandbox.people import TestCase
    from tests.support.live import Copy

pytestmark = pytest.mark.slow

GOOD = ("approved", "low_level", "no_personal_number", "long_name", "swedish_letters")
BAD = {"expired": "validity.expired", "suspended": "status.suspended", "revoked": "status.revoked"}


@pytest.fixture(scope="module")
def ten(network: Network) -> dict[str, Enrolled]:
    """All ten, two at the door at a time."""
    people.portrait()  # made once, before threads ask for it

    def enrolled(case: TestCase) -> Enrolled:
        return enrol(network.folder, network.founded, case, lambda _: nullcontext())

    with ThreadPoolExecutor(2) as pool:
        return {one.case.case: one for one in pool.map(enrolled, people.test_people())}


def test_ten_there_are(ten: dict[str, Enrolled]) -> None:
    assert ten.keys() == {*GOOD, *BAD, "refused", "review"}
    assert len(ten) == 10


@pytest.mark.parametrize("case", GOOD)
def test_a_good_one_is_accepted(ten: dict[str, Enrolled], case: str) -> None:
    ended = ten[case]
    person, claims = ended.case.person, ended.identity
    assert ended.answer is not None
    assert (ended.answer.verdict, ended.answer.code) == ("accepted", "")
    assert (claims["given_name"], claims["family_name"]) == (person.given_name, person.family_name)
    assert claims["assurance_level"] == ("low" if case == "low_level" else "substantial")
    assert claims["test_credential"] is True
    number = claims.get("personal_identity_number", {}).get("value", "")
    assert number == person.personal_number
    assert (number == "") == (case == "no_personal_number")
    assert ended.as_it_should
    assert len(ended.held) == len(HELD)


def test_letters_and_lengths_are_what_their_names_say() -> None:
    letters = people.test_person("swedish_letters").person
    assert f"{letters.family_name} {letters.given_name}" == "Ängström Åsö Örjan Pär"
    long = people.test_person("long_name").person
    assert len(long.family_name) + len(long.given_name) > 39  # more than a TD3 zone's name field holds


@pytest.mark.parametrize("case", BAD)
def test_a_bad_one_is_issued_to_and_refused_by_the_verifier(ten: dict[str, Enrolled], case: str) -> None:
    ended = ten[case]
    assert ended.view["state"] == "approved"
    assert ended.answer is not None
    assert (ended.answer.verdict, ended.answer.code) == ("refused", BAD[case])
    assert ended.answer.claims == {}
    assert ended.as_it_should


@pytest.mark.parametrize("case", ["refused", "review"])
def test_one_who_gets_nothing(ten: dict[str, Enrolled], case: str) -> None:
    ended = ten[case]
    assert ended.view["state"] == case
    assert [reason["code"] for reason in ended.view["reasons"]] == ["sandbox.forced"]
    assert ended.held == []
    assert ended.as_it_should


@pytest.mark.parametrize(
    ("name", "form"), [(IDENTITY, FormatId.SD_JWT_VC), (AGE_W3C, FormatId.LDP_VC)], ids=["sd-jwt", "w3c"]
)
def test_production_refuses_test_credentials(
    network: Network, copies: dict[str, Copy], name: str, form: FormatId, tmp_path: Path
) -> None:
    """With the same material from the chain: only the policy differs."""
    settings = ChainSettings(
        network_file=network.folder / "network.json",
        network_digest=network.founded.digest,
        rpc=(network.founded.rpc,),
        in_use=tmp_path / "network-in-use.json",
        store=tmp_path / "chain.db",
        witness=None,
        demands=Demands(proofs=True, witness=False),
        confirmations=0,
        sandbox=True,
    )
    now = clock.now()
    fetcher = Fetcher(allow_loopback_http=True)
    chain = open_chain(settings, fetcher, now)
    chain.follower.sync(now)
    sandboxed = policy(config.load(network.founded.provider("shop").config), chain.network)
    production = replace(sandboxed, rules=replace(sandboxed.rules, allow_test=False))

    vocabulary = chain.network.vocabulary
    reading = checkers(package_data.contexts(vocabulary), shipped=package_data.shipped(vocabulary))

    def ending(by: Policy) -> Ending:
        def step(have: Have) -> Ending | Wanted:
            return check_credential(
                copies[name].raw,
                have,
                format=form,
                policy=by,
                checkers=reading,
                now=now,
            )

        return settle(step, chain.materials, now)

    try:
        assert isinstance(ending(sandboxed), Accepted)
        report = ending(production).report
        assert (report.verdict, report.code) == ("refused", "policy.test_credential")
    finally:
        chain.close()
        fetcher.close()


def test_production_refuses_the_sandbox_itself(network: Network) -> None:
    path, digest = network.folder / "network.json", network.founded.digest
    assert load_network(path, digest, sandbox=True, now=clock.now()).digest().hex() == digest
    with refused("network.kind"):
        load_network(path, digest, sandbox=False, now=clock.now())
