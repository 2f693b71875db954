"""What the pages say, in Swedish and English."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from clicid.codec.accept import language

Language: TypeAlias = Literal["sv", "en"]
_LANGUAGES: Final[tuple[Language, ...]] = ("en", "sv")

TEXTS: Final[dict[str, dict[Language, str]]] = {
    "title": {"sv": "Hämta ditt intyg", "en": "Get your credential"},
    "asks": {
        "sv": "Plånboken {wallet} vill hämta:",
        "en": "The wallet {wallet} wants to fetch:",
    },
    "attested": {"sv": "Plånboken är intygad av {provider}.", "en": "The wallet is attested by {provider}."},
    "unattested": {
        "sv": "Ingen plånboksleverantör har intygat plånboken för oss.",
        "en": "No wallet provider has attested the wallet to us.",
    },
    "began": {
        "sv": "Gå vidare bara om du själv nyss började i din egen plånbok. Har någon skickat länken till "
        "dig: avbryt, annars kan den personen få dina intyg.",
        "en": "Go on only if you yourself began just now, in your own wallet. If somebody sent you the link, "
        "cancel: otherwise that person may get your credentials.",
    },
    "claims": {"sv": "Vad intyget säger", "en": "What the credential says"},
    "name_title": {"sv": "Vem är du?", "en": "Who are you?"},
    "name_how": {
        "sv": "Har du redan visat vem du är hos oss? Skriv numret och återkomstkoden som du fick då. Sedan "
        "skickar vi en kod till telefonen som du bekräftade.",
        "en": "Have you already shown us who you are? Give the number and the resume token that you were "
        "given then. After that we send a code to the phone that you confirmed.",
    },
    "session": {"sv": "Nummer", "en": "Number"},
    "token": {"sv": "Återkomstkod", "en": "Resume token"},
    "go_on": {"sv": "Fortsätt", "en": "Continue"},
    "begin_title": {"sv": "Har du inte gjort det?", "en": "Have you not done that?"},
    "begin_how": {
        "sv": "Då börjar du nu: du fotograferar din id-handling och ditt ansikte. Sedan kommer du tillbaka "
        "hit.",
        "en": "Then you begin now: you photograph your identity document and your face. After that you come "
        "back here.",
    },
    "begin": {"sv": "Börja", "en": "Begin"},
    "begun_title": {"sv": "Spara det här", "en": "Keep this"},
    "begun_how": {
        "sv": "Med numret och återkomstkoden gör du din identifiering, i den app eller på den sida där du "
        "gör den. De visas bara nu. Ge dem inte till någon annan.",
        "en": "With the number and the resume token you go through your identification, in the app or on the "
        "page where you do that. They are shown only now. Give them to nobody else.",
    },
    "begun_next": {"sv": "Jag har sparat dem", "en": "I have kept them"},
    "unfinished_title": {
        "sv": "Din identifiering är inte klar",
        "en": "Your identification is not finished",
    },
    "unfinished_how": {
        "sv": "Gör klart den, i den app eller på den sida där du började, och kom tillbaka till den här "
        "sidan. Den väntar på dig en stund.",
        "en": "Finish it, in the app or on the page where you began, and come back to this page. It waits "
        "for you for a while.",
    },
    "again": {"sv": "Se efter igen", "en": "Look again"},
    "refused_title": {
        "sv": "Vi kunde inte godta din identifiering",
        "en": "We could not accept your identification",
    },
    "refused_how": {
        "sv": "Varför, och vad du kan göra, står där du identifierade dig. Du kan begära att en människa "
        "prövar det.",
        "en": "Why, and what you can do, is told where you identified yourself. You can ask for a person to "
        "look at it.",
    },
    "code_title": {"sv": "Visa att det är du", "en": "Show that it is you"},
    "code_how": {
        "sv": "Vi skickar en kod till telefonen som du bekräftade när du visade vem du är. Ge den inte till "
        "någon annan: med den får plånboken ovan dina intyg.",
        "en": "We send a code to the phone that you confirmed when you showed who you are. Give it to nobody "
        "else: with it the wallet above gets your credentials.",
    },
    "send": {"sv": "Skicka koden", "en": "Send the code"},
    "send_again": {"sv": "Skicka en ny kod", "en": "Send another code"},
    "sent": {
        "sv": "Koden har skickats till numret som slutar på {phone}. Den gäller i tio minuter.",
        "en": "The code was sent to the number that ends in {phone}. It is valid for ten minutes.",
    },
    "code": {"sv": "Kod, sex siffror", "en": "Code, six digits"},
    "other": {"sv": "Det här är inte min identifiering", "en": "This is not my identification"},
    "agree_title": {"sv": "Godkänner du?", "en": "Do you agree?"},
    "agree_how": {
        "sv": "Om du godkänner får plånboken {wallet} intygen ovan. Svaret går till {target}.",
        "en": "If you agree, the wallet {wallet} gets the credentials above. The answer goes to {target}.",
    },
    "deferred": {
        "sv": "En människa prövar din identifiering. Du kan godkänna nu: plånboken hämtar intygen när det är "
        "avgjort, om det går bra.",
        "en": "A person is looking at your identification. You can agree now: the wallet fetches the "
        "credentials when that is decided, if all is well.",
    },
    "agree": {"sv": "Godkänn", "en": "Agree"},
    "decline": {"sv": "Avbryt och gå tillbaka till plånboken", "en": "Cancel and go back to the wallet"},
    "blocking_title": {"sv": "Skriv upp det här på papper", "en": "Write this down on paper"},
    "blocking_how": {
        "sv": "Med de här kan du spärra alla dina intyg om du blir av med telefonen. De visas bara nu.",
        "en": "With these you can block all your credentials if you lose your phone. They are shown only "
        "now.",
    },
    "block_id": {"sv": "Spärrnummer", "en": "Block id"},
    "block_code": {"sv": "Spärrkod", "en": "Blocking code"},
    "error_title": {"sv": "Det gick inte", "en": "That did not work"},
    "error_how": {
        "sv": "Du kan stänga den här sidan och börja om i plånboken.",
        "en": "You can close this page and begin again in the wallet.",
    },
    "switch": {"sv": "In English", "en": "På svenska"},
}


def choose(asked: str, ui_locales: str, accept_language: str) -> Language:
    """The language of a page: as asked for on it, by the wallet (`ui_locales`), or by the browser."""
    for tag in (asked, *ui_locales.lower().split(" ")):
        for one in _LANGUAGES:
            if tag.split("-")[0] == one:
                return one
    return language(accept_language, _LANGUAGES)
