"""The part of JSON Patch (RFC 6902) that vector files use: add, replace, remove."""

from __future__ import annotations

import copy
from typing import Any


def patched(document: Any, operations: list[dict[str, Any]]) -> Any:
    """A changed copy.

    A path's last step may hold slashes where it is a whole IRI: it is not split at those.
    """
    changed = copy.deepcopy(document)
    for operation in operations:
        parent, step = _target(changed, operation["path"])
        if isinstance(parent, list):
            parent[int(step) : int(step) + (operation["op"] != "add")] = (
                [] if operation["op"] == "remove" else [copy.deepcopy(operation["value"])]
            )
        elif operation["op"] == "remove":
            del parent[step]
        else:
            assert (operation["op"] == "add") != (step in parent), operation["path"]
            parent[step] = copy.deepcopy(operation["value"])
    return changed


def _target(document: Any, path: str) -> tuple[Any, str]:
    value, rest = document, path.removeprefix("/")
    while True:
        step, slash, below = rest.partition("/")
        if not slash or (isinstance(value, dict) and step not in value):
            return value, rest
        value = value[int(step)] if isinstance(value, list) else value[step]
        rest = below
