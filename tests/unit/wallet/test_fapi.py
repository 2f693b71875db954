"""What HAIP 1.0 4 takes over of the FAPI 2.0 Security Profile 5.3.3, at the wallet as its client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from clicid.errors import ClicidError
from tests.support.foreign_issuer import ISSUER
from tests.support.foreign_scene import Agreeing, InstantBrowser
from tests.support.refusals import refused
from tests.unit.wallet.test_haip import ALL, Strict, asked, form, take
from wallet.usecases import renewing
from wallet.usecases.accepting import accept

if TYPE_CHECKING:
    from clicid.oid4vci.dialogue import Consented, ConsentWanted


class Watched(InstantBrowser):
    """A browser that remembers where it was sent."""

    def __init__(self, scene: Strict) -> None:
        super().__init__(scene.issuer)
        self.links: list[str] = []

    def visit(self, url: str, state: str) -> str:
        self.links.append(url)
        return super().visit(url, state)


def test_the_authorization_endpoint_sees_the_client_and_the_reference_alone() -> None:
    """5.3.3.2, 6: whatever else is asked is pushed. `tenant` is of the server's address."""
    scene = Strict(**ALL)
    browser = Watched(scene)
    accept(scene.parts(), scene.issuer.offer("code"), Agreeing(), browser)
    (link,) = browser.links
    assert {name for name, _ in parse_qsl(urlsplit(link).query)} == {"tenant", "client_id", "request_uri"}


def test_each_request_has_a_challenge_of_its_own() -> None:
    """5.3.3.2, 4; and another `state`, which binds the answer to the browser that was sent."""
    scene = Strict(**ALL)
    said = []
    for _ in range(2):
        take(scene)
        said.append(form(asked(scene, "/par")[-1]))
    for name in ("code_challenge", "state"):
        assert said[0][name] != said[1][name]
    assert {one["code_challenge_method"] for one in said} == {"S256"}


@pytest.mark.parametrize("rotated", [True, False])
def test_refresh_tokens_are_used_and_their_successors_kept(*, rotated: bool) -> None:
    """5.3.3.1, 6: whether the server gives others, or leaves the one that it gave."""
    scene = Strict(**ALL)
    tokens, first = scene.issuer._tokens_for, list[str]()

    def lasting(jkt: str) -> dict[str, Any]:
        found = tokens(jkt)
        if first:
            scene.issuer._refresh = {first[0]: jkt}
            del found["refresh_token"]
        else:
            first.append(found["refresh_token"])
        return found

    if not rotated:
        scene.issuer._tokens_for = lasting  # type: ignore[method-assign]
    (kept,) = take(scene)
    for _ in range(2):
        (kept,) = renewing.renew(scene.parts(), [kept.entry]).kept
    spent = [said["refresh_token"] for said in map(form, asked(scene, "/token")) if "refresh_token" in said]
    assert len(set(spent)) == (2 if rotated else 1)


def test_tokens_go_in_the_header_and_nowhere_else() -> None:
    """5.3.3.1, 3."""
    scene = Strict(**ALL)
    take(scene)
    tokens = set(scene.issuer._tokens)
    (request,) = asked(scene, "/credential")[-1:]
    assert request.authorization in {f"DPoP {one}" for one in tokens}
    for one in scene.issuer.seen:
        assert not any(token in one.url or token.encode() in one.body for token in tokens)


@pytest.mark.parametrize("which", ["credential_issuer", "issuer"])
def test_metadata_of_somebody_else_are_not_believed(which: str) -> None:
    """5.3.3.1, 9 to 11: they stand at the identifier's own address by https, and name it."""
    scene = Strict(**ALL)
    name = "metadata" if which == "credential_issuer" else "server_metadata"
    said = getattr(scene.issuer, name)
    setattr(scene.issuer, name, lambda: said() | {which: "https://another.example"})
    with refused("oid4vci.metadata", f"/{which}"):
        take(scene)
    assert not asked(scene, "/par")


def test_an_issuer_in_the_open_is_not_asked() -> None:
    """5.2.1 and 5.3.3.1, 10: nobody on the way may change what a wallet begins with."""
    scene = Strict(**ALL)
    link = scene.issuer.offer("code", credential_issuer=ISSUER.replace("https", "http"))
    with pytest.raises(ClicidError):
        accept(scene.parts(), link, Agreeing(), InstantBrowser(scene.issuer))
    assert not asked(scene, "/par")


def test_nothing_begins_before_the_person_agrees_and_no_more_is_asked_for() -> None:
    """5.3.3.1, 12 and 13."""
    scene = Strict(**ALL)

    class Looking(Agreeing):
        def on_offer(self, offer: ConsentWanted) -> Consented:
            assert not asked(scene, "/par")
            return super().on_offer(offer)

    accept(scene.parts(), scene.issuer.offer("code"), Looking(), InstantBrowser(scene.issuer))
    (pushed,) = map(form, asked(scene, "/par")[-1:])
    assert pushed["scope"] == "pid"
