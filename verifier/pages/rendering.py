"""The hosted pages as HTML: no third party, no style or script in the page, every text escaped."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import segno

from clicid.reasons import REASONS
from verifier.pages import texts

if TYPE_CHECKING:
    from verifier.pages.texts import Language

STATIC: Final = "/page-assets"
# The link to the wallet goes to another scheme by a click, which no directive forbids. Forms come back here.
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Permissions-Policy": "digital-credentials-get=(self)",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Brand:
    """Whose page it is.

    Args:
        name: The service provider's.
        logo: The file's media type and bytes, or None.
        colour: Of what is to be pressed, ``#rrggbb``.
    """

    name: str
    logo: tuple[str, bytes] | None = None
    colour: str = "#0b4f8a"

    @property
    def ink(self) -> str:
        """Black or white, whichever is read better on the colour (WCAG 2.2 1.4.3)."""
        red, green, blue = (_linear(int(self.colour[at : at + 2], 16)) for at in (1, 3, 5))
        # Where both contrast alike: (1.05)/(L+0.05) = (L+0.05)/0.05.
        return "#000000" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 else "#ffffff"

    def stylesheet(self) -> bytes:
        """The two colours as CSS."""
        return f":root{{--brand:{self.colour};--ink:{self.ink}}}\n".encode()


def _linear(value: int) -> float:
    share = value / 255
    return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)


@dataclass(frozen=True, slots=True)
class View:
    """What every page is drawn with.

    Args:
        brand: Whose it is.
        language: The person's.
        path: Of this page, ``/page/...``.
    """

    brand: Brand
    language: Language
    path: str = ""

    def text(self, name: str) -> str:
        """A text, escaped."""
        return html.escape(texts.text(name, self.language, self.brand.name))

    def page(self, title: str, body: str, *, script: bool = False, refresh: bool = False) -> str:
        """A whole document.

        Args:
            title: Of the page, escaped.
            body: HTML.
            script: Whether it looks by itself whether something has happened.
            refresh: The same where there are no scripts.
        """
        logo = f'<img src="{STATIC}/logo" alt="" class="logo">' if self.brand.logo else ""
        scripts = f'<script src="{STATIC}/page.js" defer></script>' if script else ""
        again = '<noscript><meta http-equiv="refresh" content="4"></noscript>' if refresh else ""
        return _DOCUMENT.format(
            language=self.language,
            title=title,
            name=html.escape(self.brand.name),
            static=STATIC,
            logo=logo,
            again=again,
            scripts=scripts,
            body=body,
            path=html.escape(self.path),
        )


_DOCUMENT: Final = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>{title} - {name}</title>
<link rel="stylesheet" href="{static}/page.css"><link rel="stylesheet" href="{static}/brand.css">
{again}</head>
<body data-path="{path}"><header>{logo}<p class="provider">{name}</p></header>
<main>{body}</main>{scripts}</body></html>
"""


def choose(view: View, purpose: str, privacy_policy: str, *, by_browser: bool) -> str:
    """How to show: in the browser, on this device, on another."""
    browser = (
        f'<p class="browser" hidden><button type="button" id="browser" class="first">{view.text("browser")}'
        f'</button></p><p id="failed" class="failed" role="alert" hidden>{view.text("browser_failed")}</p>'
        if by_browser
        else ""
    )
    ways = _start(view, "same", "first", "same") + _start(view, "cross", "second", "cross")
    body = (
        f"<h1>{view.text('asks')}</h1>"
        f"<h2>{view.text('purpose')}</h2><p>{html.escape(purpose)}</p>"
        f'<p><a href="{html.escape(privacy_policy)}" rel="noreferrer noopener" target="_blank">'
        f"{view.text('privacy')}</a></p>{browser}{ways}"
    )
    return view.page(view.text("asks"), body, script=by_browser)


def same_device(view: View, url: str, *, fetched: bool) -> str:
    """The link to a wallet on this device."""
    body = (
        f"<h1>{view.text('open')}</h1>"
        f'<p><a class="button first" id="open" href="{html.escape(url)}">{view.text("open")}</a></p>'
        f"{_waiting(view, fetched=fetched)}"
    )
    return view.page(view.text("open"), body, script=True, refresh=True)


def cross_device(view: View, url: str, *, fetched: bool) -> str:
    """The code for a wallet on another device; none once a wallet has read it: one answers."""
    how, warning = view.text("scan_how"), view.text("scan_warning")
    code = "" if fetched else f'<p>{how}</p>{_qr(view, url)}<p class="warning">{warning}</p>'
    body = f"<h1>{view.text('scan')}</h1>{code}{_waiting(view, fetched=fetched)}"
    return view.page(view.text("scan"), body, script=True, refresh=True)


def _qr(view: View, url: str) -> str:
    try:
        code = segno.make(url, error="l", micro=False)
    except segno.DataOverflowError:  # A request that stands in the link itself may be long.
        return f'<p class="failed">{view.text("too_long")}</p>'
    drawn: str = code.svg_inline(border=4, dark="#000", light="#fff", omitsize=True)
    label = view.text("qr")
    return f'<div class="qr" role="img" aria-label="{label}">{drawn}</div>'


def _waiting(view: View, *, fetched: bool) -> str:
    told = view.text("fetched" if fetched else "waiting")
    status = f'<p id="status" role="status" data-fetched="{str(fetched).lower()}">{told}</p>'
    return status + _start(view, "other_way", "third")


def _start(view: View, name: str, look: str, channel: str = "") -> str:
    """A button that chooses a channel; "" chooses none, and ends the request that there is."""
    return (
        f'<form method="post" action="{html.escape(view.path)}/start"><input type="hidden" name="channel" '
        f'value="{channel}"><button class="{look}">{view.text(name)}</button></form>'
    )


def deciding(view: View) -> str:
    """An answer is here and not decided on."""
    body = f'<h1>{view.text("deciding")}</h1><p id="status" role="status">{view.text("deciding")}</p>'
    return view.page(view.text("deciding"), body, script=True, refresh=True)


def done(view: View, onward: str) -> str:
    """It was accepted."""
    return view.page(
        view.text("done"), f"<h1>{view.text('done')}</h1>{_onward(view, onward, 'go_on') or _closing(view)}"
    )


def _closing(view: View) -> str:
    return f"<p>{view.text('done_more')}</p>"


def ended(view: View, heading: str, code: str, onward: str, *, restart: bool) -> str:
    """It was refused, could not be decided, was declined, or took too long; and what to do.

    Args:
        view: As for every page.
        heading: ``refused``, ``undecided``, ``declined`` or ``expired``.
        code: The reason code, where it was decided on.
        onward: Where the browser goes on, or "".
        restart: Whether the person may choose again here.
    """
    again = _start(view, "again", "first") if restart else ""
    title = view.text(heading)
    reason = REASONS.get(code)
    if reason is None:
        told = f"<p>{view.text(heading + '_more')}</p>" if f"{heading}_more" in texts.TEXTS else ""
        return view.page(title, f"<h1>{title}</h1>{told}{again}{_onward(view, onward, 'back')}")
    sentence = html.escape(reason.sv if view.language == "sv" else reason.en)
    body = (
        f"<h1>{title}</h1><p>{sentence}</p><h2>{view.text('what_to_do')}</h2>"
        f"<p>{html.escape(texts.advice(code, view.language))}</p>{_onward(view, onward, 'back')}"
        f'<p class="code">{view.text("code")}: <code>{html.escape(code)}</code></p>'
    )
    return view.page(title, body)


def _onward(view: View, address: str, name: str) -> str:
    if not address:
        return ""
    return f'<p><a class="button first" href="{html.escape(address)}">{view.text(name)}</a></p>'


def told(view: View, name: str) -> str:
    """A heading and a sentence: ``elsewhere`` or ``unknown``."""
    return view.page(view.text(name), f"<h1>{view.text(name)}</h1><p>{view.text(name + '_more')}</p>")
