"""The pages as HTML: no script, no third party, every text escaped, usable on an old phone."""

from __future__ import annotations

import base64
import hashlib
import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import segno

from clicid.errors import REASONS
from clicid.visible import visible
from issuer.pages.texts import TEXTS
from issuer.usecases.visited import Step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from issuer.pages.texts import Language
    from issuer.usecases.configurations import Offered
    from issuer.usecases.offering import Blocking
    from issuer.usecases.visited import Begun, View

STYLE: Final = """
:root{color-scheme:light}
body{font:1.1rem/1.5 system-ui,sans-serif;color:#1a1a1a;background:#fff;max-width:36rem;margin:0 auto;
padding:1rem}
h1{font-size:1.5rem;line-height:1.25}h2{font-size:1.2rem;margin-top:2rem}
label{display:block;font-weight:600;margin-top:1rem}
input{font:inherit;width:100%;box-sizing:border-box;padding:.6rem;border:2px solid #555;border-radius:.3rem}
button{font:inherit;font-weight:600;width:100%;padding:.8rem;margin-top:1rem;border:2px solid #14324a;
border-radius:.3rem;background:#14324a;color:#fff}
button.other{background:#fff;color:#14324a}
:focus-visible{outline:3px solid #b35900;outline-offset:2px}
.note{border-left:.3rem solid #14324a;padding:.2rem .8rem;background:#eef3f7}
.fault{border-left:.3rem solid #a40000;padding:.2rem .8rem;background:#fbeeee}
code{font-size:1.1rem;overflow-wrap:anywhere;user-select:all}
dt{font-weight:600;margin-top:.6rem}dd{margin:0}
footer{margin-top:2.5rem;border-top:1px solid #ccc;padding-top:.5rem}
"""
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
_PATH: Final = "/oid4vci/authorize"


def headers(redirect_uri: str = "") -> dict[str, str]:
    """What goes with every page, beside what goes with every answer (`issuer.http.traffic`).

    A form may end where the wallet is answered, and nowhere else.
    """
    return {
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; "
            f"form-action 'self'{_target(redirect_uri)}; frame-ancestors 'none'; base-uri 'none'"
        ),
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": "no-store",
    }


def _target(redirect_uri: str) -> str:
    # Browsers hold the redirect that answers a form against form-action too.
    if not redirect_uri:
        return ""
    parts = urlsplit(redirect_uri)
    return f" {parts.scheme}://{parts.netloc}" if parts.scheme in ("https", "http") else f" {parts.scheme}:"


def _shown_target(redirect_uri: str) -> str:
    """Whose address it is: of a scheme of its own that is the scheme, whatever host is made to follow it."""
    parts = urlsplit(redirect_uri)
    return parts.netloc if parts.scheme in ("https", "http") else parts.scheme


def qr_code(text: str) -> str:
    """A link as a QR code: an SVG document."""
    drawn: str = segno.make(text, error="l", micro=False).svg_inline(
        border=4, dark="#000", light="#fff", scale=4
    )
    return drawn


@dataclass(frozen=True, slots=True)
class Page:
    """One authorization, shown in a language.

    Args:
        view: What is shown.
        language: In which language.
        chosen: The language if the person chose it on a page, or "": then links keep to it.
        offered: Our configurations.
        fault: Code of what went wrong in the last step, or "".
    """

    view: View
    language: Language
    chosen: str
    offered: Mapping[str, Offered]
    fault: str = ""

    def render(self, *, blocking: Blocking | None = None, begun: Begun | None = None) -> str:
        """The page for what is asked next.

        Args:
            blocking: Block id and code, where they are to be shown.
            begun: The onboarding that was just begun, where it is to be shown.
        """
        body = {
            Step.NAME: self._name,
            Step.UNFINISHED: self._unfinished,
            Step.REFUSED: self._refused,
            Step.CODE: self._code,
            Step.AGREE: self._agree,
        }[self.view.step]
        shown = "" if blocking is None else self._blocking(blocking)
        inner = self._begun(begun) if begun is not None else body()
        return _document(
            self.language,
            self._text("title"),
            f"{self._asks()}{self._told()}{shown}{inner}{self._form('decline', 'decline', other=True)}",
            f"{_PATH}/{self.view.id}",
        )

    def _text(self, name: str, **values: str) -> str:
        # A name with reversed writing in it would turn round what stands beside it.
        escaped = {key: html.escape(visible(value)) for key, value in values.items()}
        return html.escape(TEXTS[name][self.language]).format(**escaped)

    def _asks(self) -> str:
        client = self.view.requested.client
        known = (
            self._text("attested", provider=client.provider) if client.provider else self._text("unattested")
        )
        return (
            f"<h1>{self._text('title')}</h1><p>{self._text('asks', wallet=client.name or client.id)}</p>"
            f"<ul>{''.join(self._configuration(name) for name in self.view.configurations)}</ul>"
            f'<p>{known}</p><p class="note">{self._text("began")}</p>'
        )

    def _configuration(self, name: str) -> str:
        row = self.offered.get(name)
        if row is None:
            return f"<li>{html.escape(name)}</li>"
        title = self._title(row)
        claims = "".join(
            f"<li>{html.escape(_named(claim.display, self.language, '.'.join(map(str, claim.path))))}</li>"
            for claim in row.type.claims
        )
        listed = f"<details><summary>{self._text('claims')}</summary><ul>{claims}</ul></details>"
        return f"<li>{html.escape(title)}{listed if claims else ''}</li>"

    def _title(self, row: Offered) -> str:
        """What a credential is called; with its format where it is asked for in several."""
        title = row.type.display.get(self.language, row.type.name)
        asked = [self.offered[name].type.name for name in self.view.configurations if name in self.offered]
        return f"{title} ({row.format})" if asked.count(row.type.name) > 1 else title

    def _told(self) -> str:
        if not self.fault:
            return ""
        reason = REASONS[self.fault]
        told = html.escape(reason.sv if self.language == "sv" else reason.en)
        return f'<p class="fault" role="alert">{told}</p>'

    def _name(self) -> str:
        fields = (
            f'<label for="session">{self._text("session")}</label>'
            '<input id="session" name="session_id" required maxlength="64" autocomplete="off" '
            'autocapitalize="none" spellcheck="false">'
            f'<label for="token">{self._text("token")}</label>'
            '<input id="token" name="resume_token" required maxlength="128" autocomplete="off" '
            'autocapitalize="none" spellcheck="false">'
        )
        return (
            f"<h2>{self._text('name_title')}</h2><p>{self._text('name_how')}</p>"
            f"{self._form('name', 'go_on', fields)}"
            f"<h2>{self._text('begin_title')}</h2><p>{self._text('begin_how')}</p>"
            f"{self._form('begin', 'begin', other=True)}"
        )

    def _begun(self, begun: Begun) -> str:
        return (
            f"<h2>{self._text('begun_title')}</h2><p>{self._text('begun_how')}</p><dl>"
            f"<dt>{self._text('session')}</dt><dd><code>{html.escape(begun.session_id)}</code></dd>"
            f"<dt>{self._text('token')}</dt><dd><code>{html.escape(begun.resume_token)}</code></dd></dl>"
            f"{self._look('begun_next')}"
        )

    def _unfinished(self) -> str:
        return (
            f"<h2>{self._text('unfinished_title')}</h2><p>{self._text('unfinished_how')}</p>"
            f"{self._look('again')}{self._form('forget', 'other', other=True)}"
        )

    def _refused(self) -> str:
        return (
            f"<h2>{self._text('refused_title')}</h2><p>{self._text('refused_how')}</p>"
            f"{self._form('forget', 'other', other=True)}"
        )

    def _code(self) -> str:
        head = f"<h2>{self._text('code_title')}</h2><p>{self._text('code_how')}</p>"
        other = self._form("forget", "other", other=True)
        if not self.view.phone:
            return f"{head}{self._form('send', 'send')}{other}"
        field = (
            f'<label for="code">{self._text("code")}</label>'
            '<input id="code" name="code" required inputmode="numeric" autocomplete="one-time-code" '
            'pattern="[0-9]{6}" maxlength="6">'
        )
        return (
            f'{head}<p role="status">{self._text("sent", phone=self.view.phone)}</p>'
            f"{self._form('confirm', 'go_on', field)}{self._form('send', 'send_again', other=True)}{other}"
        )

    def _agree(self) -> str:
        client = self.view.requested.client
        deferred = f'<p class="note">{self._text("deferred")}</p>' if self.view.deferred else ""
        how = self._text(
            "agree_how",
            wallet=client.name or client.id,
            target=_shown_target(self.view.requested.redirect_uri),
        )
        return f"<h2>{self._text('agree_title')}</h2>{deferred}<p>{how}</p>{self._form('agree', 'agree')}"

    def _blocking(self, blocking: Blocking) -> str:
        return (
            f'<div class="note"><h2>{self._text("blocking_title")}</h2>'
            f"<p>{self._text('blocking_how')}</p><dl>"
            f"<dt>{self._text('block_id')}</dt><dd><code>{html.escape(blocking.block_id)}</code></dd>"
            f"<dt>{self._text('block_code')}</dt><dd><code>{html.escape(blocking.code)}</code></dd></dl></div>"
        )

    def _form(self, act: str, button: str, fields: str = "", *, other: bool = False) -> str:
        look = ' class="other"' if other else ""
        return (
            f'<form method="post" action="{_PATH}/{self.view.id}/{act}{self._kept()}">'
            f'<input type="hidden" name="form_token" value="{self.view.form_token}">{fields}'
            f"<button{look}>{self._text(button)}</button></form>"
        )

    def _look(self, button: str) -> str:
        lang = f'<input type="hidden" name="lang" value="{self.chosen}">' if self.chosen else ""
        return (
            f'<form method="get" action="{_PATH}/{self.view.id}">{lang}'
            f"<button>{self._text(button)}</button></form>"
        )

    def _kept(self) -> str:
        return f"?lang={self.chosen}" if self.chosen else ""


def error(code: str, language: Language) -> str:
    """The page for what cannot go on, and is told to nobody but the person who sees it."""
    reason = REASONS[code]
    told = html.escape(reason.sv if language == "sv" else reason.en)
    title, how = (html.escape(TEXTS[name][language]) for name in ("error_title", "error_how"))
    return _document(language, title, f'<h1>{title}</h1><p class="fault" role="alert">{told}</p><p>{how}</p>')


def _named(displays: tuple[object, ...], language: Language, otherwise: str) -> str:
    for one in displays:
        if getattr(one, "locale", "").startswith(language):
            return str(getattr(one, "name", otherwise))
    return otherwise


def _document(language: Language, title: str, body: str, path: str = "") -> str:
    other = "en" if language == "sv" else "sv"
    switch = html.escape(TEXTS["switch"][language])
    footer = f'<footer><a href="{path}?lang={other}" lang="{other}" hreflang="{other}">{switch}</a></footer>'
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        f"<title>{title} – ClicID</title>"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style></head><body><main>{body}</main>{footer if path else ''}</body></html>\n"
    )
