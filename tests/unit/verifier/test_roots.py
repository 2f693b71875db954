"""Documents of an authority that the policy names, from its row to the verdict; its lists over HTTP."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters.gather import settle
from clicid.codec import strict_json
from clicid.formats.base import FormatId
from clicid.formats.mdoc.elements import MDL_DOCTYPE, PID_DOCTYPE
from clicid.keys.algorithms import P256
from clicid.securing import cose, jws
from clicid.status import token_list, token_list_cwt
from clicid.status.token_list import StatusListToken, TokenStatusList
from clicid.verification import Request, check
from tests.support.chain_model import ModelChain, network_file
from tests.support.mdoc import CHECKERS, MdocWorld
from tests.support.verifier_config import GOOD
from tests.support.world import DAY, LIST_URL, Store
from verifier.config import load
from verifier.policy import policy
from verifier.refresh.evidence import ListWatch
from verifier.refresh.named import NamedMaterials

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clicid.codec.strict_json import Json
    from clicid.formats.base import Have, Wanted
    from clicid.verification import Ending
    from tests.support.named_issuer import Site

ROW = """
[[policy.roots]]
kind = "mdoc"
file = "iaca.der"
types = ["{doc_type}"]
lists = ["{url}"]
status_max_age_seconds = 86400
"""
NETWORK = network_file(ModelChain())
FORMS = ("jwt", "cwt")


@dataclass
class Foreign:
    """A state's authority, and a verifier whose file has its root."""

    site: Site
    folder: Path
    types: str = MDL_DOCTYPE
    lists: str = LIST_URL
    world: MdocWorld = field(default_factory=MdocWorld)

    def __post_init__(self) -> None:
        self.now = self.world.now
        (self.folder / "iaca.der").write_bytes(self.world.root)
        path = self.folder / "verifier.toml"
        row = ROW.format(doc_type=self.types, url=self.lists)
        path.write_text(GOOD.replace("sandbox = true", "") + row, "utf-8")
        self.policy = policy(load(path), NETWORK)
        rest = Store({})
        self.materials = NamedMaterials(
            rest,
            self.site,
            lambda: self.now,
            rules=self.policy.rules,
            watch=ListWatch(rest, self.policy.rules, self.folder / "evidence"),
            folder=self.folder / "named",
        )

    def show_list(self, value: int, form: str, *, signer: Any = None) -> None:
        """Its web server has a list in which the document has this value, signed under the root."""
        entries = bytearray(4)
        entries[5 >> 2] |= value << (5 & 3) * 2
        body = StatusListToken(
            sub=LIST_URL,
            iat=int(self.now.timestamp()),
            exp=None,
            ttl=None,
            status_list=TokenStatusList(2, bytes(entries)),
        )
        certificate, ref = self.world.certificate, signer or self.world.signer_ref
        if form == "jwt":
            x5c: list[Json] = [base64.b64encode(certificate).decode()]
            header: dict[str, Json] = {"typ": token_list.TYP, "alg": "ES256", "x5c": x5c}
            token = self.world.signed_by(jws.prepare(header, strict_json.dumps(body.payload())), ref)
            self.site.files["/status/1"] = (token_list.MEDIA_TYPE, token)
        else:
            prepared = token_list_cwt.prepare(body, P256, {cose.X5CHAIN: certificate})
            self.site.files["/status/1"] = (token_list_cwt.MEDIA_TYPE, self.world.signed_by(prepared, ref))
        self.materials.refresh()

    def said(self) -> tuple[str, str]:
        """Verdict and code for the document, shown rightly."""
        raw, binding = self.world.presentation(), self.world.binding
        request = Request(FormatId.DEVICE_RESPONSE, binding, frozenset({self.world.doc_type}))

        def step(have: Have) -> Ending | Wanted:
            return check(raw, have, request=request, policy=self.policy, checkers=CHECKERS, now=self.now)

        report = settle(step, self.materials, self.now).report
        return report.verdict.value, report.code


@pytest.fixture
def foreign(site: Site, tmp_path: Path) -> Iterator[Foreign]:
    made = Foreign(site, tmp_path)
    yield made
    made.materials.stop()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("value", "verdict", "code"),
    [(0, "accepted", ""), (1, "refused", "status.revoked"), (2, "refused", "status.suspended")],
)
def test_what_its_list_says(foreign: Foreign, form: str, value: int, verdict: str, code: str) -> None:
    foreign.show_list(value, form)
    assert foreign.said() == (verdict, code)


def test_a_list_that_was_never_had_leaves_it_undecided(foreign: Foreign) -> None:
    assert foreign.said() == ("undecided", "status.unavailable")


@pytest.mark.parametrize("form", FORMS)
def test_a_list_that_grew_old_leaves_it_undecided(foreign: Foreign, form: str) -> None:
    foreign.show_list(0, form)
    foreign.now += DAY + timedelta(seconds=1)
    assert foreign.said() == ("undecided", "status.too_old")


@pytest.mark.parametrize("form", FORMS)
def test_a_revocation_never_grows_old(foreign: Foreign, form: str) -> None:
    foreign.show_list(1, form)
    foreign.now += 3 * DAY
    assert foreign.said() == ("refused", "status.revoked")


@pytest.mark.parametrize("form", FORMS)
def test_a_list_that_another_key_signed_is_not_taken(foreign: Foreign, form: str) -> None:
    foreign.show_list(0, form, signer=foreign.world.other_ref)
    assert foreign.said() == ("undecided", "status.unavailable")


def test_nothing_is_asked_for_but_the_lists_that_the_file_names(site: Site, tmp_path: Path) -> None:
    other = "https://issuer.example/status/2"
    made = Foreign(site, tmp_path, lists=other)
    made.materials.refresh()
    assert made.said() == ("undecided", "status.unavailable")
    assert site.asked == ["/status/2"]
    made.materials.stop()


def test_a_root_counts_for_the_types_of_its_row(site: Site, tmp_path: Path) -> None:
    made = Foreign(site, tmp_path, types=PID_DOCTYPE)
    made.show_list(0, "jwt")
    assert made.said() == ("refused", "issuer.unknown")
    made.materials.stop()


def test_a_document_under_another_root_is_refused(foreign: Foreign) -> None:
    foreign.show_list(0, "jwt")
    world = foreign.world
    world.certificate = world.signer(world.authority(world.other_ref), world.other_ref)
    assert foreign.said() == ("refused", "issuer.unknown")
