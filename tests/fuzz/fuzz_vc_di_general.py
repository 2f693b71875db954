"""Everybody's credentials and presentations from a stranger: a check that ends, and no change accepted."""

from __future__ import annotations

import json
from typing import Any

from clicid.errors import ClicidError
from clicid.formats.base import Checked
from clicid.securing.data_integrity import EDDSA_JCS_2022
from tests.support import general, model_rows, w3c
from tests.support.patching import patched

_OPEN = model_rows.load("open")
_BASE = {**_OPEN["base"], "issuer": w3c.ISSUER.did}
_CREDENTIALS = [general.credential(patched(_BASE, row["patch"])) for row in _OPEN["accepted"]]
SEEDS = [
    *_CREDENTIALS,
    general.credential(json.loads(_CREDENTIALS[0]), EDDSA_JCS_2022),
    general.presentation(),
    general.presentation(*_CREDENTIALS[:2]),
]
_SAID = [{name: value for name, value in json.loads(raw).items() if name != "proof"} for raw in _CREDENTIALS]


def target(data: bytes) -> None:
    for checker in (general.CREDENTIALS, general.PRESENTATIONS):
        try:
            parsed: Any = checker.parse(data)
        except ClicidError:
            continue
        checked = checker.check(parsed, {}, rules=general.RULES, binding=general.NO_BINDING, now=w3c.NOW)
        if isinstance(checked, Checked) and checked.claims is not None:
            assert any(_same(checked.claims.reveal(), said) for said in _SAID)


def _same(claims: Any, said: Any) -> bool:
    """Whether the signed statements are those: an order, or an array of one, says nothing."""
    return bool(_plain(claims) == _plain({name: value for name, value in said.items() if name != "@context"}))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(child) for name, child in value.items()}
    if isinstance(value, list):
        items = sorted((_plain(child) for child in value), key=repr)
        return items[0] if len(items) == 1 else items
    return value
