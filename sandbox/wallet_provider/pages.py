"""The two pages for people, in Swedish and English."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sandbox.wallet_provider.config import Settings

_PAGE: Final = """\
<!doctype html>
<html lang="sv">
<head><meta charset="utf-8"><title>{title}</title><meta name="viewport" content="width=device-width"></head>
<body><main>
<h1>{title}</h1>
<p>{sv}</p>
<section lang="en"><h2>{title_en}</h2><p>{en}</p></section>
</main></body>
</html>
"""
_ABOUT: Final = _PAGE.format(
    title="Plånboksleverantör (TEST)",
    title_en="Wallet provider (TEST)",
    sv="""\
Här intygas plånböcker av slaget {name}, för test. En plånbok är registrerad med en kod som den har fått
härifrån; mer än så prövas den inte. Varje utfärdare får ett eget intyg, och leverantören får inte veta
vilka de är.""",
    en="""\
Wallets of the kind {name} are attested here, for tests. A wallet was registered by a code that it got from
here; nothing else about it is examined. Each issuer gets an attestation of its own, and the provider is not
told who they are.""",
)
_SOFTWARE: Final = _PAGE.format(
    title="Nyckelförvaring: programvara",
    title_en="Key storage: software",
    sv="""\
Nycklar i {name} ligger krypterade i en fil på innehavarens dator och öppnas med en lösenfras. Inget säkert
chip vaktar dem: den som har filen och frasen kan kopiera dem. Ingen har utvärderat förvaret enligt ISO/IEC
18045, så inget av de värden som OpenID4VCI har för det vore sant. Om innehavarens medgivande vid varje
användning sägs ingenting.""",
    en="""\
Keys of {name} lie encrypted in a file on their holder's computer, and are opened by a passphrase. No secure
chip keeps them: whoever has file and phrase can copy them. Nobody has evaluated the store by ISO/IEC 18045,
so none of the values that OpenID4VCI has for that would be true. Nothing is said of the holder's consent to
each use.""",
)


def about(settings: Settings) -> str:
    """Who attests, and what it says by that."""
    return _ABOUT.format(name=escape(settings.wallet_name))


def software(settings: Settings) -> str:
    """What is said of a key by the value that has this address."""
    return _SOFTWARE.format(name=escape(settings.wallet_name))
