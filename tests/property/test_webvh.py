"""did:webvh: what a controller does by the rules is read as they meant it, and a thief's line never is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clicid.did.webvh import authoring, documents, log
from clicid.errors import Refused
from tests.support.memory_keystore import MemoryKeyStore
from tests.support.webvh import NOW, Controller

STORE = MemoryKeyStore(b"webvh-property")
NAMES = st.sampled_from("abcd")
ACTS = st.one_of(
    st.tuples(st.just("keys"), st.sets(NAMES, max_size=3)),
    st.tuples(st.just("rotate"), NAMES),
    st.tuples(st.just("promise"), NAMES),
    st.tuples(st.just("witness"), st.sets(NAMES, max_size=2)),
    st.tuples(st.just("move"), st.sampled_from(("one.example", "two.example:path"))),
)


@dataclass
class Model:
    """A controller, and what each reader must make of their log."""

    controller: Controller = field(default_factory=lambda: Controller(store=STORE))
    signers: set[str] = field(default_factory=lambda: {"u-a"})
    promised: str = ""
    witnesses: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=lambda: {"a"})

    def act(self, what: str, value: Any) -> None:
        """One entry by the rules, approved by whoever has to."""
        asked = set(self.witnesses)
        signer = self.promised or min(self.signers)
        state, parameters = self._changes(what, value)
        following = f"p-{value}-{len(self.controller.lines)}" if what == "promise" else ""
        if self.promised:
            self.signers = {self.promised}
            parameters["updateKeys"] = self._multikeys()
        if self.promised or following:
            hashes = [authoring.promise(self.controller.key(following))] if following else []
            parameters["nextKeyHashes"] = hashes
        self.controller.update(state, signer=signer, **parameters)
        self.promised = following
        for name in asked or self.witnesses:
            self.controller.approve(name)

    def _changes(self, what: str, value: Any) -> tuple[dict[str, Any] | None, dict[str, Any]]:
        match what:
            case "keys":
                self.keys = set(value)
                return self.controller.state(*sorted(value), did=self.controller.did), {}
            case "rotate" if not self.promised:
                self.signers = {f"u-{value}"}
                return None, {"updateKeys": self._multikeys()}
            case "witness":
                self.witnesses = {f"w-{name}" for name in value}
                listed = self.controller.witnesses(*sorted(self.witnesses), threshold=len(value))
                return None, {"witness": listed if value else {}}
            case "move":
                return authoring.moved(self.controller.read().newest, value), {}
        return None, {}

    def _multikeys(self) -> list[str]:
        return [self.controller.key(name).to_multikey() for name in sorted(self.signers)]


@given(st.lists(ACTS, max_size=6))
def test_a_log_by_the_rules_and_a_thief_at_each_step(acts: list[tuple[str, Any]]) -> None:
    model = Model()
    model.controller.create(signer="u-a", portable=True)
    for number, act in enumerate(acts, start=2):
        model.act(*act)
        did = model.controller.did
        found = documents.document(model.controller.read(), NOW)
        assert model.controller.read().newest.number == number
        live = {one.id for one in found.methods if not one.ended}
        assert live == {f"{did}#{name}" for name in model.keys}
        thief = Controller(
            lines=list(model.controller.lines), approvals=list(model.controller.approvals), store=STORE
        )
        own: dict[str, Any] = {"updateKeys": [thief.key("thief").to_multikey()], "nextKeyHashes": []}
        thief.update(signer="thief", **own)
        for name in model.witnesses:
            thief.approve(name)  # Even where all witnesses are deceived.
        with pytest.raises(Refused, match=r"did\.log_"):
            log.read(did, thief.files, NOW)
