"""The whole story on real input, in eight steps. Every figure it prints was measured in this run."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from clicid.codec import instant
from clicid.keys.store import KeyRef
from issuer.engines.face import SelfieMatcher
from issuer.engines.faces import FaceFinder
from issuer.engines.faces.resnet import ResnetEngine
from issuer.evidence.decision import MATCH_BELOW, REVIEW_UP_TO
from sandbox import people
from sandbox.asking import ask
from sandbox.identification import Identification, Input, at_the_door
from sandbox.network import OPERATOR, WALLET_PROVIDER, Network
from sandbox.operator_client import OperatorClient
from sandbox.provider_client import (
    AGE_EITHER,
    AGE_SD_JWT,
    AGE_W3C,
    IDENTITY_MDOC,
    NAME_AND_AGE,
    ProviderClient,
)
from sandbox.setup.roles import COMMITTER, DATA_INTEGRITY, GOVERNANCE, OWNER, PAYER, SD_JWT
from sandbox.telling import StepFailedError
from sandbox.wallet_client import WalletClient, new_wallet
from sandbox.wallet_provider.config import CONFIG
from sandbox.wallet_provider.opening import opened as wallet_provider

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.asking import Answer
    from sandbox.onboarding_client import Offer
    from sandbox.telling import Step, Story

BLOCK_LIMIT_SECONDS: Final = 60.0
HELD: Final = frozenset(
    {(form, kind) for form in ("dc+sd-jwt", "mso_mdoc", "ldp_vc") for kind in ("identity", "age")}
    | {("jwt_vc_json", "age")}
)
"""What the wallet has of the one offer, by format and type."""
SHOP, KIOSK = "shop", "kiosk"


@dataclass(slots=True)
class Demo:
    """The story's state between its steps."""

    folder: Path
    story: Story
    given: Input | None
    network: Network = field(init=False)
    wallet: WalletClient = field(init=False)
    offer: Offer = field(init=False)
    held: list[dict[str, Any]] = field(init=False)
    input: Input = field(init=False)
    verifications: int = 0

    def run(self) -> None:
        """All eight steps; raises at the first that does not do what it says."""
        try:
            self.found()
            self.make_documents()
            self.onboard()
            self.receive()
            self.present()
            self.present_without_issuer()
            self.revoke_and_block()
            self.close()
        finally:
            if hasattr(self, "network"):
                self.network.stop()

    def found(self) -> None:
        """Step 1."""
        with self.story.step(
            "A network is founded: chain, contracts, roles, issuer, service provider"
        ) as step:
            with self.story.working("deploying, anchoring, accrediting, registering"):
                self.network = Network.found(self.folder, self.story.say)
            # They load their libraries and models while step 2 works.
            self.network.launch("issuer", SHOP, WALLET_PROVIDER)
            roles = self.network.roles
            accounts = {
                name: f"0x{roles.address(name).hex()}" for name in (OWNER, COMMITTER, PAYER, GOVERNANCE)
            }
            for name, account in accounts.items():
                self.story.say(f"{name:<17} {account}")
            publics = [roles.issuer.public(KeyRef(name)) for name in (DATA_INTEGRITY, SD_JWT)]
            for public in publics:
                self.story.say(f"{'credential key':<17} {public.to_multikey()}")
            step.measured = {
                "network": self.network.founded.digest,
                "accounts": accounts,
                "credential_keys": [public.to_multikey() for public in publics],
            }
            self.story.expect(len(set(accounts.values())) == 4, "roles on chain have keys of their own")

    def make_documents(self) -> None:
        """Step 2."""
        if self.given is not None:
            with self.story.step("The document and the selfie are yours"):
                self.input = self.given
                self.story.say("taken as they are; nothing is made up in their place")
            return
        with self.story.step("A passport is made and photographed; faces are compared") as step:
            with self.story.working("drawing, photographing"):
                photo = people.passport_photo(people.DEMO, seed=1)
            self.input = Input(photo, people.selfie(), own=False)
            (self.folder / "passport.jpg").write_bytes(photo)
            self.story.say(f"the photograph of the passport: {self.folder / 'passport.jpg'}")
            with self.story.working("comparing faces"):
                step.measured = self._distances()

    def _distances(self) -> dict[str, Any]:
        finder = FaceFinder()
        matcher = SelfieMatcher(finder, ResnetEngine(finder))
        portrait = people.portrait()
        genuine = matcher.compare(portrait, people.selfie())
        impostor = matcher.compare(portrait, people.impostor_selfie())
        copy = matcher.compare(portrait, people.warped_portrait())
        for name, match in (
            ("the same adult", genuine),
            ("another adult", impostor),
            ("a warped copy", copy),
        ):
            likeness = match.scores.get("copy", 0.0)
            self.story.say(f"{name:<15} distance {match.distance:.3f}, likeness as an image {likeness:.3f}")
        codes = [finding.code for finding in copy.findings]
        self.story.expect(
            (genuine.distance or 1) < MATCH_BELOW, f"the same adult matches (distance below {MATCH_BELOW})"
        )
        self.story.expect(
            (impostor.distance or 0) > REVIEW_UP_TO, f"another adult does not (above {REVIEW_UP_TO})"
        )
        self.story.expect("face.copy_of_portrait" in codes, "the warped copy is seen to be a copy")
        return {
            "genuine_distance": genuine.distance,
            "impostor_distance": impostor.distance,
            "copy_distance": copy.distance,
            "copy_likeness": copy.scores.get("copy"),
        }

    def onboard(self) -> None:
        """Step 3."""
        with self.story.step("The person is identified by the issuer") as step:
            with self.story.working("waiting for the issuer and the verifier"):
                self.network.wait("issuer", SHOP, WALLET_PROVIDER)
            self.story.say(f"the issuer answers at {self.network.founded.identifier}")
            with ExitStack() as door:
                self.offer = Identification(self.story, step, self.network, self.input, door).run()
            self.story.say(
                f"offered: {', '.join(self.offer.configurations)}; a blocking code for the drawer at home"
            )

    def receive(self) -> None:
        """Step 4."""
        with self.story.step("The wallet takes the credentials") as step:
            with self.story.working("the wallet is made, registers with its provider, accepts the offer"):
                self.wallet = new_wallet(
                    self.folder / "wallets" / "nils",
                    self.folder,
                    self.network.founded,
                    "correct horse battery staple",
                )
                registered = self.wallet.register(self.network.founded.wallet_provider, self._code())
                said = self.wallet.accept(self.offer.url, self.offer.tx_code)
            self.story.expect(registered.status == 0, "the wallet provider knows the wallet, by a code")
            self.story.expect(said.status == 0, f"the offer is accepted {said.error.strip()[-200:]}".rstrip())
            step.measured["attestations"] = self._attestations()
            self.story.expect(
                step.measured["attestations"] > 0, "it attested the wallet, and was not told to which issuer"
            )
            self.held = self.wallet.held()
            for row in self.held:
                self.story.say(f"{row['format']:<11} {row['type']}")
            found = {(row["format"], _kind(row)) for row in self.held}
            self.story.expect(
                found == HELD, "identity and age, each as SD-JWT VC, mdoc and W3C VC; age as a signed JWT too"
            )
            again = self.wallet.accept(self.offer.url, self.offer.tx_code)
            self.story.expect(again.status != 0, "the same offer a second time is refused")
            step.measured["held"] = self.held

    def _code(self) -> str:
        with wallet_provider(self.folder / WALLET_PROVIDER / CONFIG) as providing:
            return providing.code()

    def _attestations(self) -> int:
        """How many the wallet provider has made."""
        with wallet_provider(self.folder / WALLET_PROVIDER / CONFIG) as providing:
            now = instant.to_numeric_date(providing.clock())
            return sum(one.attestations for one in providing.store.instances(now))

    def present(self) -> None:
        """Step 5."""
        with self.story.step("A service provider asks; the person shows only that") as step:
            self._accepted(step, SHOP, NAME_AND_AGE, tell=True)
            self._accepted(step, SHOP, AGE_W3C, tell=True)
            self._accepted(step, SHOP, IDENTITY_MDOC, tell=True)
            self.story.say("the shop takes the age in either of two forms; the person takes the second")
            self._accepted(step, SHOP, AGE_EITHER, tell=True, typed=("2", "y"))

    def present_without_issuer(self) -> None:
        """Step 6."""
        with self.story.step("The issuer is stopped; presentations still verify") as step:
            self.network.services["issuer"].stop()
            self.story.expect(not self.network.services["issuer"].running, "the issuer's process has ended")
            self._accepted(step, SHOP, NAME_AND_AGE, tell=False)
            self._accepted(step, SHOP, AGE_W3C, tell=False)
            for report in step.reports:
                self.story.print_report(report)

    def revoke_and_block(self) -> None:
        """Step 7."""
        with self.story.step("Revoked by an operator, blocked by the person") as step:
            with self.story.working("the issuer comes back; a second service provider is set up"):
                self.network.launch("issuer")
                # Its verifier's store is new, and it never fetches a signed list: it follows the chain alone.
                self.network.add_provider(KIOSK, "Kiosken på hörnet (TEST)", signed_lists="ignored")
                self.network.start(KIOSK)
                self.network.wait("issuer")
            self.story.say("the issuer is back; a kiosk's verifier, new, follows the chain and nothing else")
            self._revoke_identity(step)
            self._refused(step, KIOSK, NAME_AND_AGE, "status.revoked")
            self._block_the_rest(step)

    def _revoke_identity(self, step: Step) -> None:
        # The form that the shop asks for; its entry names its place in the list.
        identity = next(row for row in self.held if (row["format"], _kind(row)) == ("dc+sd-jwt", "identity"))
        (shown,) = self.wallet.run("show", identity["id"], "--json").rows()
        entry = shown["claims"]["status"]["status_list"]
        with OperatorClient(self.network.founded) as operator:
            copies = operator.copies(entry["uri"], entry["idx"])
            started = time.monotonic()
            for credential_id in copies:
                operator.act(credential_id, "revoke", "compromised")
        self.story.say(
            f"{OPERATOR} revokes the identity credential as compromised, every copy of it ({len(copies)})"
        )
        seconds = self._until_refused(SHOP, NAME_AND_AGE, "status.revoked", started, step)
        step.measured["revocation_seconds"] = seconds
        self.story.say(f"from the operator's click to the first refusal: {seconds:.1f} s")

    def _block_the_rest(self, step: Step) -> None:
        started = time.monotonic()
        with at_the_door(self.network) as anyone:
            anyone.block(self.offer.block_id, self.offer.blocking_code)
        self.story.say("the person blocks the rest from another device, with the code from the drawer")
        seconds = self._until_refused(KIOSK, AGE_SD_JWT, "status.suspended", started, step)
        self._refused(step, SHOP, AGE_W3C, "status.suspended")
        step.measured["block_seconds"] = seconds
        self.story.expect(seconds < BLOCK_LIMIT_SECONDS, f"suspended at the verifier after {seconds:.1f} s")

    def close(self) -> None:
        """Step 8."""
        with self.story.step("What it took") as step:
            calls = self._issuer_calls()
            history = self.wallet.history()
            self.story.say(f"the wallet's own history has {len(history)} entries")
            self.story.expect(calls == 0, f"calls that verifiers made to the issuer: {calls}")
            step.measured = {"verifications": self.verifications, "issuer_calls": calls}

    def _issuer_calls(self) -> int:
        """What the verifiers themselves counted, since each was started."""
        total = 0
        for name in (SHOP, KIOSK):
            with ProviderClient(self.network.founded.provider(name)) as backend:
                total += backend.health()["calls"].get(self.network.founded.identifier, 0)
        return total

    def _ask(self, name: str, query: dict[str, Any], typed: tuple[str, ...] = ()) -> Answer:
        """One request, answered by the wallet's own process: as is typed, else by agreeing."""

        def present(url: str) -> str:
            said = self.wallet.choose(url, *typed) if typed else self.wallet.present(url)
            return said.out + said.error

        self.verifications += 1
        with self.story.working(f"{name} asks, the wallet answers"):
            return ask(self.network.founded.provider(name), query, present)

    def _accepted(
        self, step: Step, name: str, query: dict[str, Any], *, tell: bool, typed: tuple[str, ...] = ()
    ) -> None:
        answer = self._ask(name, query, typed)
        if tell:
            self.story.quote(answer.seen)
        self.story.keep(step, answer.report)
        self.story.expect(answer.verdict == "accepted", f"{name}: {answer.verdict} {answer.code}".rstrip())
        for claims in answer.claims.values() if tell else ():
            self.story.say(
                "the service provider is given: " + ", ".join(f"{k}: {v}" for k, v in _leaves(claims))
            )

    def _refused(self, step: Step, name: str, query: dict[str, Any], code: str) -> None:
        answer = self._ask(name, query)
        self.story.keep(step, answer.report)
        told = f"{name}: {answer.verdict} {answer.code}"
        self.story.expect((answer.verdict, answer.code) == ("refused", code), told)

    def _until_refused(
        self, name: str, query: dict[str, Any], code: str, started: float, step: Step
    ) -> float:
        """Ask until the verifier refuses with this code; seconds since `started`."""
        while True:
            answer = self._ask(name, query)
            seconds = round(time.monotonic() - started, 1)
            if answer.code == code:
                self.story.keep(step, answer.report)
                self.story.expect(answer.verdict == "refused", f"{name}: refused {code}")
                return seconds
            if seconds >= BLOCK_LIMIT_SECONDS:
                raise StepFailedError(
                    f"{name} does not know after {seconds} s: {answer.verdict} {answer.code}"
                )


def _leaves(claims: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Claims by their own names; those of an mdoc lie in namespaces."""
    for name, value in claims.items():
        yield from _leaves(value) if isinstance(value, dict) else ((name, value),)


def _kind(row: dict[str, Any]) -> str:
    """``identity`` or ``age``, out of the type's URI."""
    return str(row["type"].split("/")[-2])
