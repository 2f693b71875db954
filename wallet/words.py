"""What the wallet says to its person, in Swedish and English."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from clicid.errors import REASONS
from clicid.formats.base import FormatId
from clicid.visible import visible
from wallet import labels
from wallet.usecases.naming import on_chain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

    from wallet.store.records import HistoryEntry
    from wallet.usecases.choosing import Showing
    from wallet.usecases.presenting import Question


# What a credential of a format says of itself and not of the person; one line stands for it. It leaves the
# wallet with every presentation, which the line says: what the person can withhold is never among it.
_W3C: Final = frozenset(
    {"@context", "credentialStatus", "id", "issuer", "proof", "type", "validFrom", "validUntil"}
    | {"cnf", "exp", "iat", "iss", "nbf"}
)
_ABOUT_THE_CREDENTIAL: Final[dict[str, frozenset[str]]] = {
    FormatId.SD_JWT_VC: frozenset(
        {"aka_vcts", "cnf", "exp", "iat", "iss", "nbf", "status", "vct", "vct#integrity"}
    ),
    FormatId.LDP_VC: _W3C,
    FormatId.JWT_VC: _W3C | {"expirationDate", "issuanceDate"},
}


def _of_the_person(showing: Showing) -> list[tuple[str, Any]]:
    about = _ABOUT_THE_CREDENTIAL.get(showing.credential.format, frozenset())
    chosen = tuple("/".join(map(str, place)) for place in showing.candidate.disclose)
    return [
        (name, value)
        for name, value in showing.values
        if name.split("/")[0] not in about or any(f"{name}/".startswith(f"{one}/") for one in chosen)
    ]


# The space, and what draws nothing and is a letter or a mark. Indenting a line is the wallet's to do.
_BLANK: Final = " \u034f\u115f\u1160\u200c\u200d\u2800\u3164\ufe00-\ufe0f\uffa0"
_MANY_BLANKS: Final = re.compile(f"(?<=[^{_BLANK}])[{_BLANK}]{{8,}}")


class Language(StrEnum):
    """The languages there are."""

    EN = "en"
    SV = "sv"


@dataclass(frozen=True, slots=True)
class Words:
    """One language's sentences."""

    language: Language
    offered: str
    accept: str
    wrong_code: str
    tx_code: str
    asks: str
    unknown: str
    vouched: str
    goes_to: str
    authorises: str
    purpose: str
    privacy: str
    shows: str
    linkable: str
    no_chain: str
    over_asking: str
    over_asking_prompt: str
    over_asking_word: str
    choose_option: str
    choose_extra: str
    leave_out: str
    choose_one: str
    choose_several: str
    once_only: str
    number: str
    no_such_number: str
    keeps: str
    always: str
    show: str
    presented: str
    declined: str
    browser: str
    open_browser: str
    paste_back: str
    waiting: str
    renew: str
    renew_when: dict[str, str]

    def name(self, display: dict[str, str]) -> str:
        """A display name in this language if there is one."""
        wanted = [name for locale, name in display.items() if locale.split("-")[0] == self.language.value]
        return next(iter([*wanted, *display.values()]), "?")

    def describe(self, out: Console, question: Question) -> None:
        """Who asks, for what purpose, each value that would leave the wallet, and what it would authorise."""
        self.asker(out, question)
        say(out, self.shows)
        for showing in question.showings:
            self._showing(out, showing)
        if question.authorisations:
            say(out, self.authorises, style="yellow")
        for one in question.authorisations:
            say(out, f"  {one.title[self.language.value]}")
            for label, text in one.lines:
                say(out, f"    {label[self.language.value]}: {text}")

    def brief(self, showing: Showing) -> str:
        """A credential, and the names of what it would show."""
        names = self._listed(showing, [name for name, _ in _of_the_person(showing)])
        return f"{self.name(showing.credential.display)} ({showing.credential.format}): {names}"

    def way(self, out: Console, number: int, showing: Showing) -> None:
        """One way to answer, as a line to choose."""
        one = showing.credential
        say(out, f"  {number}  {self.brief(showing)} [{one.entry[:8]}]")
        if showing.linkable:
            say(out, f"     {self.linkable}", style="yellow")

    def asker(self, out: Console, question: Question) -> None:
        """Who asks, and for what purpose; of somebody unknown, what is known."""
        if question.registered:
            say(out, self.asks.format(party=question.party))
            say(out, self.purpose.format(purpose=question.purpose.get(self.language.value, "")))
            say(out, self.privacy.format(address=question.privacy_policy))
        else:
            row = REASONS[question.why_unknown]
            why = row.sv if self.language is Language.SV else row.en
            say(out, self.unknown.format(identifier=question.party, why=why), style="yellow")
            if question.vouched_by:
                say(out, self.vouched.format(party=question.vouched_by))
            say(out, self.goes_to.format(host=question.destination))
        for claim in question.over_asking:
            one = next((one for one in question.showings if claim in one.called), None)
            told = labels.plain(claim) if one is None else self._full(one, claim)
            say(out, self.over_asking.format(claim=told), style="yellow")

    def history(self, entry: HistoryEntry, names: Iterable[str]) -> list[str]:
        """What was shown, with the labels that it had then; what is called the same stands once."""
        said = (
            entry.called[name][self.language.value] if name in entry.called else labels.plain(name)
            for name in names
        )
        return [*dict.fromkeys(said)]

    def _full(self, showing: Showing, name: str) -> str:
        """A claim with its label before its technical name: a label alone is the issuer's word for it."""
        found = showing.called.get(name)
        return labels.plain(name) if found is None else found.full[self.language.value]

    def _listed(self, showing: Showing, names: Sequence[str]) -> str:
        """Names read out one after another: labels alone, where a chain stands behind whose words they are.

        Each is one claim's; and before consent each stands with its technical name (`describe`).
        """
        said = [showing.called[name].alone[self.language.value] for name in names if name in showing.called]
        alone = [
            one.alone[self.language.value]
            if (one := showing.called.get(name)) is not None
            and on_chain(showing.credential.issuer)
            and said.count(one.alone[self.language.value]) == 1
            else self._full(showing, name)
            for name in names
        ]
        return ", ".join(alone)

    def _showing(self, out: Console, showing: Showing) -> None:
        say(out, f"  {self.name(showing.credential.display)} ({showing.credential.format})")
        for name, value in _of_the_person(showing):
            say(out, f"    {self._full(showing, name)}: {value}")
        if showing.kept:
            say(out, f"    {self.keeps.format(names=self._listed(showing, showing.kept))}")
        say(out, f"    {self.always}", style="dim")
        if not on_chain(showing.credential.issuer):
            say(out, f"    {self.no_chain}", style="yellow")
        if showing.linkable:
            say(out, f"    {self.linkable}", style="yellow")


def say(out: Console, text: str, *, style: str | None = None) -> None:
    """Print a line that may repeat what others wrote: nothing in it is markup or a terminal's command.

    Many blanks are counted, not drawn: they would fill a terminal's line, so that what follows, an amount
    to pay perhaps, would stand on the next as if the wallet said it.
    """
    counted = _MANY_BLANKS.sub(lambda found: rf" \u{{20}}*{len(found[0])} ", visible(text))
    out.print(counted, markup=False, emoji=False, style=style, soft_wrap=True)


WORDS: Final[dict[Language, Words]] = {
    Language.EN: Words(
        language=Language.EN,
        offered="{issuer} offers:",
        accept="Accept?",
        wrong_code="The code was wrong, or the offer is used up. Look at the message again.",
        tx_code="The code that was sent to you",
        asks="{party} asks you to show something.",
        unknown="An UNKNOWN party asks you to show something. Its identifier: {identifier}. {why}",
        vouched="{party} vouches that the identifier is its own, and says nothing of who it is.",
        goes_to="The answer would go to {host}.",
        authorises="You would also authorise, with your signature:",
        purpose="Registered purpose: {purpose}",
        privacy="Privacy policy: {address}",
        shows="It would see:",
        linkable="This copy was shown to someone else before: the two could link you.",
        no_chain=(
            "No chain stands behind this issuer: it counts because you, or whoever set up this wallet, "
            "named it. Only those who have named it too accept what it gave you."
        ),
        over_asking="Beyond its registered purpose: {claim}",
        over_asking_prompt="It asks for more than it is registered for. Type SHOW to show it anyway",
        over_asking_word="SHOW",
        choose_option="There are several ways to answer:",
        choose_extra="It would also like, and does not need:",
        leave_out="leave it out",
        choose_one="Which one do you want to show?",
        choose_several="Which ones do you want to show? Several numbers with commas between them.",
        once_only="Each credential only once, please.",
        number="Number",
        no_such_number="A number from {lowest} to {highest}, please.",
        keeps="It says that it will keep: {names}",
        always="and always: issuer, type, period of validity, number in the status list, this copy's key",
        show="Show this?",
        presented="Shown.",
        declined="Nothing was shown.",
        browser="The issuer will ask you to sign in on its own page.",
        open_browser="Open this page if your browser does not:",
        paste_back="Open this page, and paste the address at which you end",
        waiting="Waiting for an issuer: run `clicid-wallet resume` after {until}.",
        renew=(
            "{id}: {why} Run `clicid-wallet renew {id}` some other time, so that the issuer cannot see when "
            "you show it."
        ),
        renew_when={"spent": "each of its copies was shown once.", "ending": "it ends soon."},
    ),
    Language.SV: Words(
        language=Language.SV,
        offered="{issuer} erbjuder:",
        accept="Ta emot?",
        wrong_code="Koden var fel, eller så är erbjudandet förbrukat. Titta i meddelandet igen.",
        tx_code="Koden som skickades till dig",
        asks="{party} ber dig visa något.",
        unknown="En OKÄND part ber dig visa något. Dess identifierare: {identifier}. {why}",
        vouched="{party} går i god för att identifieraren är dess egen, och säger inget om vem den är.",
        goes_to="Svaret skulle gå till {host}.",
        authorises="Du skulle också godkänna, med din underskrift:",
        purpose="Registrerat ändamål: {purpose}",
        privacy="Integritetspolicy: {address}",
        shows="Den skulle se:",
        linkable="Den här kopian har visats för någon annan tidigare: de två kan se att det är samma person.",
        no_chain=(
            "Ingen kedja står bakom den här utfärdaren: den gäller för att du, eller den som ställde i "
            "ordning plånboken, har angett den. Bara den som också har angett den godtar det du har fått."
        ),
        over_asking="Utöver det registrerade ändamålet: {claim}",
        over_asking_prompt="Den ber om mer än den är registrerad för. Skriv VISA för att visa ändå",
        over_asking_word="VISA",
        choose_option="Det finns flera sätt att svara:",
        choose_extra="Den vill också gärna ha, men behöver inte:",
        leave_out="låt bli",
        choose_one="Vilket vill du visa?",
        choose_several="Vilka vill du visa? Flera nummer med komma emellan.",
        once_only="Varje intyg bara en gång, tack.",
        number="Nummer",
        no_such_number="Ett nummer från {lowest} till {highest}, tack.",
        keeps="Den säger att den kommer att spara: {names}",
        always="och alltid: utfärdare, typ, giltighetstid, nummer i statuslistan, den här kopians nyckel",
        show="Visa detta?",
        presented="Visat.",
        declined="Ingenting visades.",
        browser="Utfärdaren kommer att be dig logga in på sin egen sida.",
        open_browser="Öppna den här sidan om din webbläsare inte gör det:",
        paste_back="Öppna den här sidan, och klistra in adressen där du hamnar",
        waiting="Väntar på en utfärdare: kör `clicid-wallet resume` efter {until}.",
        renew=(
            "{id}: {why} Kör `clicid-wallet renew {id}` en annan gång, så att utfärdaren inte ser när du "
            "visar det."
        ),
        renew_when={"spent": "alla dess kopior har visats en gång.", "ending": "det går snart ut."},
    ),
}
