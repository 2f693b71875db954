"""Our wallet, and a verifier on @openid4vc/openid4vp over HTTP."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from clicid.errors import RemoteError
from wallet.main import opened
from wallet.usecases import presenting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.network import Network
    from sandbox.wallet_client import WalletClient
    from tests.support.foreign import Party
    from wallet.usecases.parts import Parts
    from wallet.usecases.presenting import Question

pytestmark = pytest.mark.slow


@dataclass
class Consenting:
    """A person who looks, and agrees or not."""

    agrees: bool = True
    asked: list[Question] = field(default_factory=list)

    def consents(self, question: Question) -> bool:
        self.asked.append(question)
        return self.agrees


@pytest.fixture(scope="module")
def holder(our_wallet: WalletClient) -> Iterator[Parts]:
    """Our wallet, open: it holds what our issuer gives."""
    with opened(our_wallet.home, our_wallet.passphrase_file.read_text("utf-8")) as parts:
        yield parts


@dataclass(frozen=True)
class Asker:
    """The verifier, as our tests have it ask."""

    party: Party
    did: str
    trusted: list[str]
    vocabulary: str

    def ask(self, prefix: str, mode: str, **more: Any) -> dict[str, Any]:
        """A request for name and age."""
        query = {
            "credentials": [
                {
                    "id": "who",
                    "format": "dc+sd-jwt",
                    "meta": {"vct_values": [f"{self.vocabulary}/identity/v1"]},
                    "claims": [{"path": ["family_name"]}, {"path": ["age_over_18"], "values": [True]}],
                }
            ]
        }
        rest = {"decentralized_identifier": self.did}.get(prefix, "")
        client = {"clientId": f"{prefix}:{rest}"} if rest else {}
        made: dict[str, Any] = self.party(
            "ask", prefix=prefix, mode=mode, query=query, trusted=self.trusted, **client, **more
        )
        return made

    def result(self, made: dict[str, Any]) -> Any:
        """What it made of the answer."""
        return self.party("result", id=made["id"])


@pytest.fixture(scope="module")
def asker(their_verifier: Party, network: Network) -> Asker:
    """The verifier, which trusts the authority of our issuer's SD-JWT VCs."""
    authority = (network.folder / "issuer" / "ca.pem").read_text("ascii")
    trusted = ["".join(authority.splitlines()[1:-1])]
    return Asker(their_verifier, their_verifier("start")["did"], trusted, network.founded.vocabulary)


@pytest.mark.interop("openid4vp asks our wallet")
@pytest.mark.parametrize(
    ("prefix", "mode", "method"),
    [
        ("redirect_uri", "direct_post", ""),
        ("decentralized_identifier", "direct_post", ""),
        ("decentralized_identifier", "direct_post", "post"),
    ],
)
def test_what_it_asks_for_is_shown(holder: Parts, asker: Asker, prefix: str, mode: str, method: str) -> None:
    made = asker.ask(prefix, mode, method=method)
    person = Consenting()

    outcome = presenting.present(holder, made["url"], person)

    assert outcome.presented
    assert "#response_code=" in outcome.redirect_uri
    (question,) = person.asked
    assert not question.registered
    (shown,) = asker.result(made)["found"]["who"]
    assert shown["claims"]["family_name"] == "Åkerström-Öberg"
    assert "given_name" not in shown["claims"]


@pytest.mark.interop("openid4vp is told why our wallet does not answer")
def test_a_person_who_declines(holder: Parts, asker: Asker) -> None:
    made = asker.ask("decentralized_identifier", "direct_post", state="s-1")
    outcome = presenting.present(holder, made["url"], Consenting(agrees=False))
    assert not outcome.presented
    assert asker.result(made) == {"error": "access_denied", "state": "s-1"}


@pytest.mark.interop("openid4vp asks our wallet")
def test_a_request_for_another_client_is_not_answered(holder: Parts, asker: Asker) -> None:
    made = asker.ask("decentralized_identifier", "direct_post")
    other = made["url"].replace("did%3Ajwk%3A", "did%3Ajwk%3Ae")
    person = Consenting()
    with pytest.raises(RemoteError):
        presenting.present(holder, other, person)
    assert person.asked == []
    assert asker.result(made) is None
