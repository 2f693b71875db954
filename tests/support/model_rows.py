"""Vector files of a base document and rows; a row makes one or many documents of it (see the notes there)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.patching import patched

VECTORS = Path(__file__).resolve().parents[1] / "vectors" / "data_model"
_SHOWN = 60


def load(name: str) -> dict[str, Any]:
    vectors: dict[str, Any] = json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))
    return vectors


def accepted(name: str) -> list[Any]:
    """Parameters: the document."""
    vectors = load(name)
    return [
        pytest.param(patched(vectors["base"], row.get("patch", [])), id=f"{name}: {row['what']}"[:_SHOWN])
        for row in vectors["accepted"]
    ]


def refused(name: str) -> list[Any]:
    """Parameters: the document, the code, and the place."""
    vectors = load(name)
    return [
        pytest.param(document, row["code"], row.get("where", row["at"]), id=f"{name}: {what}"[:_SHOWN])
        for row in vectors["refused"]
        for document, what in _documents(vectors["base"], row)
    ]


def _documents(base: Any, row: dict[str, Any]) -> list[tuple[Any, str]]:
    at = row["at"]
    what = f"{at} {row.get('what', '')}"
    if row.get("remove"):
        return [(patched(base, [{"op": "remove", "path": at}]), what)]
    missing = row.get("op") in {"add", "set"} and at.rpartition("/")[2] not in _parent(base, at)
    operation = "add" if missing else "replace"
    return [
        (patched(base, [{"op": operation, "path": at, "value": value}]), f"{what}: {json.dumps(value)}")
        for value in row["values"]
    ]


def _parent(base: Any, at: str) -> Any:
    value = base
    for step in at.split("/")[1:-1]:
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value
