"""DCQL against its vectors: parsing, the wallet's matching, and the verifier's comparison."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from clicid.codec import strict_json
from clicid.errors import RemoteError
from clicid.oid4vp import matching
from clicid.oid4vp.answering import Presented, check_answer
from clicid.oid4vp.claims_path import answer, select
from clicid.oid4vp.dcql import ClaimsQuery, Query
from clicid.oid4vp.matching import Candidate, Choice, Choices, Held, match
from tests.support.refusals import refused

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json
    from clicid.oid4vp.claims_path import ConcretePath

FOLDER = Path(__file__).parents[2] / "vectors" / "dcql"


def vectors(name: str) -> pytest.MarkDecorator:
    rows = json.loads((FOLDER / f"{name}.json").read_text())
    return pytest.mark.parametrize("vector", rows, ids=lambda vector: vector["name"])


@vectors("parse")
def test_parse(vector: dict[str, Any]) -> None:
    text = json.dumps(vector["query"])
    if "wire" in vector:
        query = Query.loads(text)
        assert query.to_wire() == vector["wire"]
        assert Query.parse(query.to_wire()) == query
        return
    with refused(vector["code"], vector["where"]):
        Query.loads(text)


def test_a_text_that_reads_in_two_ways_is_refused() -> None:
    for text, code in ((b'{"credentials":[],"credentials":[]}', "codec.json"), (b"[" * 20, "codec.size")):
        with refused(code):
            Query.loads(text)


def held(vector: dict[str, Any]) -> list[Held]:
    return [
        Held(
            id=one["id"],
            format=one["format"],
            types=frozenset(one["types"]),
            tree=one["tree"],
            selective=frozenset(tuple(place) for place in one["selective"]),
            authorities=frozenset((kind, value) for kind, value in one["authorities"]),
        )
        for one in vector["held"]
    ]


@vectors("match")
def test_match(vector: dict[str, Any]) -> None:
    query = Query.parse(vector["query"])
    choices = match(query, held(vector))
    assert {
        name: [
            {"held": one.held_id, "disclose": [*map(list, one.disclose)], "shown": [*map(list, one.shown)]}
            for one in found
        ]
        for name, found in choices.candidates.items()
    } == vector["candidates"]
    assert [[one.required, [*map(list, one.options)]] for one in choices.sets] == vector["sets"]
    assert choices.satisfiable == (vector["preferred"] is not None)
    if vector["preferred"] is None:
        with pytest.raises(RemoteError) as caught:
            choices.preferred()
        assert (caught.value.wire, caught.value.code) == ("access_denied", "oid4vp.nothing_held")
    else:
        picks = choices.preferred()
        assert sorted(picks) == vector["preferred"]
        choices.check(picks)


@vectors("match")
def test_what_a_wallet_shows_is_an_answer_to_the_verifier(vector: dict[str, Any]) -> None:
    query = Query.parse(vector["query"])
    by_id = {one.id: one for one in held(vector)}
    choices = match(query, list(by_id.values()))
    if vector["preferred"] is None:
        return
    check_answer(
        query,
        {
            name: [_presented(by_id[one.held_id], one) for one in found]
            for name, found in choices.preferred().items()
        },
    )


def _presented(one: Held, candidate: Candidate) -> Presented:
    return Presented(one.format, one.types, _only(one.tree, (), set(candidate.shown)), one.authorities)


def _only(tree: Any, place: tuple[str | int, ...], shown: set[tuple[str | int, ...]]) -> Any:
    """The tree with nothing in it but what is shown; elements that are not shown become null."""
    if isinstance(tree, dict):
        inner = {key: _only(value, (*place, key), shown) for key, value in tree.items()}
        return {key: value for key, value in inner.items() if value is not None}
    if isinstance(tree, list):
        return [_only(value, (*place, index), shown) for index, value in enumerate(tree)]
    return tree if place in shown else None


@vectors("answer")
def test_answer(vector: dict[str, Any]) -> None:
    query = Query.parse(vector["query"])
    presented = {
        name: [
            Presented(
                one["format"],
                frozenset(one["types"]),
                one["tree"],
                frozenset((kind, value) for kind, value in one["authorities"]),
            )
            for one in found
        ]
        for name, found in vector["presented"].items()
    }
    if vector["refused"] is None:
        check_answer(query, presented)
        return
    with pytest.raises(RemoteError) as caught:
        check_answer(query, presented)
    assert (caught.value.code, caught.value.where) == ("oid4vp.answer", vector["refused"])
    assert "Öhrn" not in str(caught.value) + repr(presented)


A, A2, B = (Candidate(query, one, (), ()) for query, one in (("a", "1"), ("a", "2"), ("b", "3")))
CHOICES = Choices(
    {"a": (A, A2), "b": (B,)},
    (Choice(required=True, options=(("a",), ("b",))), Choice(required=False, options=(("b",),))),
    frozenset({"b"}),
)


@pytest.mark.parametrize("picks", [{"a": (A,)}, {"a": (A2,)}, {"b": (B,)}, {"a": (A,), "b": (B,)}])
def test_a_choice_among_the_candidates_is_good(picks: dict[str, tuple[Candidate, ...]]) -> None:
    CHOICES.check(picks)


@pytest.mark.parametrize(
    "picks",
    [{}, {"a": ()}, {"a": (B,)}, {"a": (A, A2)}, {"c": (A,)}],
    ids=["none", "an empty one", "another's candidate", "two for one", "an unknown id"],
)
def test_another_choice_is_refused(picks: dict[str, tuple[Candidate, ...]]) -> None:
    with pytest.raises(RemoteError) as caught:
        CHOICES.check(picks)
    assert (caught.value.wire, caught.value.code) == ("access_denied", "oid4vp.answer")


def test_more_than_was_asked_for_is_not_shown() -> None:
    choices = Choices(CHOICES.candidates, (Choice(required=True, options=(("a",),)),), frozenset())
    with pytest.raises(RemoteError) as caught:
        choices.check({"a": (A,), "b": (B,)})
    assert caught.value.detail == "more than was asked for"


def test_a_path_selects_at_most_so_many_places() -> None:
    tree = strict_json.loads(b"[[" + b",".join([b"0"] * 5000) + b"]]")
    assert len(select(tree, (None, None))) == 4096


def test_a_held_credential_does_not_print_its_claims() -> None:
    one = Held("h", "f", frozenset(), {"name": "s3cret"})
    assert "s3cret" not in repr(one)


class TestCost:
    """A query is matched before anybody has agreed to anything: no query may keep a wallet busy."""

    NAMES = tuple(f"c{number}" for number in range(64))

    def held(self) -> list[Held]:
        tree: dict[str, Json] = dict.fromkeys(self.NAMES, "value")
        selective = frozenset((name,) for name in self.NAMES)
        return [Held(f"h{at}", "dc+sd-jwt", frozenset({"t"}), tree, selective) for at in range(8)]

    def query(self, *claim_sets: tuple[str, ...]) -> Query:
        claims: list[Json] = [{"id": name, "path": [name]} for name in self.NAMES]
        wanted: dict[str, Json] = {"format": "dc+sd-jwt", "meta": {"vct_values": ["t"]}, "claims": claims}
        wanted["claim_sets"] = [[*names] for names in claim_sets]
        return Query.parse({"credentials": [{**wanted, "id": f"q{at}"} for at in range(16)]})

    def test_each_claim_is_looked_up_once_for_a_credential(self, monkeypatch: pytest.MonkeyPatch) -> None:
        calls: list[str] = []

        def counted(tree: Json, claim: ClaimsQuery) -> dict[ConcretePath, Json]:
            calls.append(claim.id)
            return answer(tree, claim)

        monkeypatch.setattr(matching, "answer", counted)
        match(self.query(*(self.NAMES for _ in range(32))), self.held())
        assert len(calls) == 16 * len(self.held()) * len(self.NAMES)

    def test_sets_that_disclose_the_same_are_one_way(self) -> None:
        """A person would choose among 32 lines that say the same; the first of them counts."""
        same = ("c1", "c0"), ("c0", "c1", "c0"), ("c0",), ("c0", "c1")
        found = match(self.query(*same), self.held()[:1]).candidates["q0"]
        assert [(one.claim_set, one.disclose) for one in found] == [
            (0, (("c0",), ("c1",))),
            (2, (("c0",),)),
        ]
