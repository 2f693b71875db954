"""Everything the hosted pages say, in Swedish and English, and what a person can do when it went wrong."""

from __future__ import annotations

import re
from typing import Final, Literal, TypeAlias

from clicid.codec.accept import language as best

Language: TypeAlias = Literal["sv", "en"]
_LANGUAGES: Final[tuple[Language, ...]] = ("en", "sv")

TEXTS: Final[dict[str, tuple[str, str]]] = {
    # English, Swedish. {name} is the service provider.
    "asks": (
        "{name} asks you to show something from your wallet.",
        "{name} ber dig visa något ur din plånbok.",
    ),
    "purpose": ("Why", "Varför"),
    "privacy": ("How {name} handles your data", "Så hanterar {name} dina uppgifter"),
    "browser": ("Choose a wallet in this browser", "Välj plånbok i den här webbläsaren"),
    "same": ("Open the wallet on this device", "Öppna plånboken på den här enheten"),
    "cross": ("Use a wallet on another device", "Använd en plånbok på en annan enhet"),
    "open": ("Open the wallet", "Öppna plånboken"),
    "scan": ("Scan with your wallet", "Skanna med din plånbok"),
    "scan_how": (
        "Open the wallet on your phone and scan the code with it. Check there that {name} is who asks.",
        "Öppna plånboken i telefonen och skanna koden med den. Kontrollera där att det är {name} som frågar.",
    ),
    "scan_warning": (
        (
            "Scan only if you came here yourself. Never scan a code that somebody sent you or asks "
            "you to scan: what you show would go to them."
        ),
        (
            "Skanna bara om du själv har gått in här. Skanna aldrig en kod som någon skickat till dig"
            " eller ber dig skanna: det du visar hamnar då hos dem."
        ),
    ),
    "qr": ("QR code for your wallet", "QR-kod till din plånbok"),
    "too_long": (
        "The request is too long for a code. Choose another way.",
        "Begäran är för lång för en kod. Välj ett annat sätt.",
    ),
    "other_way": ("Choose another way", "Välj ett annat sätt"),
    "waiting": ("Waiting for your wallet.", "Väntar på din plånbok."),
    "fetched": (
        "A wallet has read the request. Go on in the wallet.",
        "En plånbok har läst begäran. Fortsätt i plånboken.",
    ),
    "deciding": ("Your answer is being checked.", "Ditt svar kontrolleras."),
    "browser_failed": (
        "The browser could not reach a wallet. Choose another way.",
        "Webbläsaren nådde ingen plånbok. Välj ett annat sätt.",
    ),
    "done": ("Done", "Klart"),
    "done_more": ("You can close this page.", "Du kan stänga sidan."),
    "go_on": ("Go on to {name}", "Fortsätt till {name}"),
    "back": ("Back to {name}", "Tillbaka till {name}"),
    "again": ("Start over", "Börja om"),
    "refused": ("It was not accepted", "Det godtogs inte"),
    "undecided": ("It could not be checked right now", "Det gick inte att kontrollera just nu"),
    "declined": ("Nothing was shown", "Inget visades"),
    "declined_more": (
        "You declined in the wallet, or it has nothing that fits.",
        "Du tackade nej i plånboken, eller så finns där inget som passar.",
    ),
    "expired": ("Time ran out", "Tiden gick ut"),
    "expired_more": ("There was no answer in time.", "Det kom inget svar i tid."),
    "what_to_do": ("What you can do", "Vad du kan göra"),
    "code": ("Code for support", "Kod till supporten"),
    "elsewhere": ("This page was opened in another browser", "Sidan öppnades i en annan webbläsare"),
    "elsewhere_more": (
        (
            "For your safety it works only in the browser in which it was opened first. Go back "
            "there, or start over at the service."
        ),
        (
            "För din säkerhet fungerar den bara i webbläsaren där den öppnades först. Gå tillbaka "
            "dit, eller börja om hos tjänsten."
        ),
    ),
    "unknown": ("There is no such page", "Sidan finns inte"),
    "unknown_more": (
        "The link is wrong, or its time is over. Start over at the service.",
        "Länken är fel, eller så har tiden gått ut. Börja om hos tjänsten.",
    ),
}

ADVICE: Final[dict[str, tuple[str, str]]] = {
    "renew": (
        "Get a new credential in your wallet from whoever issued it, then start over.",
        "Hämta ett nytt intyg i plånboken från den som utfärdade det och börja sedan om.",
    ),
    "unblock": (
        "The credential is blocked or withdrawn. If you did not do that yourself, contact whoever issued it.",
        "Intyget är spärrat eller återkallat. Har du inte gjort det själv, kontakta den som utfärdade det.",
    ),
    "other_issuer": (
        "Choose a credential from another issuer, if you have one: this service does not accept this one.",
        "Välj ett intyg från en annan utfärdare om du har något: tjänsten godtar inte den här.",
    ),
    "show_all": (
        "Start over and show everything that is asked for, or choose another credential.",
        "Börja om och visa allt som efterfrågas, eller välj ett annat intyg.",
    ),
    "wait": (
        "This is not your fault. Wait a minute and start over.",
        "Det är inte ditt fel. Vänta en minut och börja om.",
    ),
    "start_over": (
        "Start over. If it happens again, tell the service the code below, or try another wallet.",
        "Börja om. Händer det igen, uppge koden nedan för tjänsten eller prova en annan plånbok.",
    ),
}

# By the first that fits of a reason code. What is not here can only be tried again.
_ADVISED: Final = (
    (re.compile(r".*\.(too_old|unavailable)|clock\..*|issuance_root\..*|status\.(un|digest).*"), "wait"),
    (re.compile(r"status\.(revoked|suspended)"), "unblock"),
    (re.compile(r"validity\.expired|issuer\.(key_.*|not_anchored)"), "renew"),
    (re.compile(r"issuer\..*|policy\..*|schema\..*|mdoc\.(signer|authority|country).*"), "other_issuer"),
    (re.compile(r"oid4vp\.answer"), "show_all"),
)


def text(name: str, language: Language, provider: str = "") -> str:
    """A text of the table with the service provider's name in it, which is not escaped yet."""
    english, swedish = TEXTS[name]
    return (swedish if language == "sv" else english).replace("{name}", provider)


def advice(code: str, language: Language) -> str:
    """What a person can do about a reason code."""
    name = next((name for pattern, name in _ADVISED if pattern.fullmatch(code)), "start_over")
    english, swedish = ADVICE[name]
    return swedish if language == "sv" else english


def preferred(header: str) -> Language:
    """The better of our languages for an `Accept-Language` (RFC 9110 12.5.4); English for others."""
    return best(header, _LANGUAGES)
