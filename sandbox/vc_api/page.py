"""The page at ``/``: issuers, instances and routes, for people."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Final

from clicid.vc_api import operations
from clicid.vc_api.instances import instances

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_OPERATIONS: Final = (
    operations.ISSUE,
    operations.VERIFY_CREDENTIAL,
    operations.DERIVE,
    operations.PROVE,
    operations.VERIFY_PRESENTATION,
)


def page_of(issuers: Mapping[str, str]) -> str:
    """The page.

    Args:
        issuers: DID by the name of its kind of key.
    """
    return _PAGE.format(
        issuers=_rows((name, f"<code>{html.escape(did)}</code>") for name, did in issuers.items()),
        operations=_rows(
            (f"<code>POST …{one.path}</code>", html.escape(one.summary), html.escape(one.description))
            for one in _OPERATIONS
        ),
        instances=_rows(
            (f"<code>/{html.escape(one.path)}</code>", html.escape(", ".join(one.algorithms)))
            for one in instances()
        ),
    )


def _rows(rows: Iterable[tuple[str, ...]]) -> str:
    return "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)


_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>ClicID sandbox: VC API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}}
td{{text-align:left;padding:.2rem .8rem .2rem 0;vertical-align:top}}code{{overflow-wrap:anywhere}}</style>
</head>
<body><h1>ClicID sandbox: VC API</h1>
<p>No authentication, this machine only: anybody may be the issuer. The whole interface as
<a href="openapi.json">OpenAPI</a>; issuers as <a href="issuers">JSON</a>.</p>
<h2>Issuers</h2><table>{issuers}</table>
<h2>Below each instance</h2><table>{operations}</table>
<h2>Instances</h2><table>{instances}</table>
</body></html>
"""
