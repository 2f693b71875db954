"""DCQL queries: what is read is written and read again, and matched without a foreign exception."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from clicid.codec import strict_json
from clicid.errors import ClicidError
from clicid.oid4vp.answering import Presented, check_answer
from clicid.oid4vp.dcql import Query
from clicid.oid4vp.matching import Held, match

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json

_TREE: dict[str, Json] = {"a": {"b": [1, "x", True, None]}, "c": "y", "vct": "urn:id"}
_HELD = [
    Held("1", "dc+sd-jwt", frozenset({"urn:id"}), _TREE, frozenset({("a",), ("a", "b", 0), ("c",)})),
    Held("2", "ldp_vc", frozenset({"t1", "t2"}), _TREE),
]
SEEDS = [
    strict_json.dumps(
        {
            "credentials": [
                {
                    "id": "q",
                    "format": "dc+sd-jwt",
                    "meta": {"vct_values": ["urn:id"]},
                    "claims": [
                        {"id": "i", "path": ["a", "b", None], "values": [1, "x", True]},
                        {"id": "j", "path": ["a", "b", 1]},
                    ],
                    "claim_sets": [["i"], ["j"]],
                    "multiple": True,
                    "trusted_authorities": [{"type": "aki", "values": ["k"]}],
                },
                {"id": "w", "format": "ldp_vc", "meta": {"type_values": [["t1", "t2"]]}},
            ],
            "credential_sets": [{"options": [["q"], ["w"]], "required": False}],
        }
    ),
    b'{"credentials":[{"id":"q","format":"dc+sd-jwt","meta":{"vct_values":["urn:id"]}}]}',
]


def target(data: bytes) -> None:
    with contextlib.suppress(ClicidError):
        query = Query.loads(data)
        assert Query.parse(query.to_wire()) == query
        choices = match(query, _HELD)
        if choices.satisfiable:
            picks = choices.preferred()
            choices.check(picks)
            by_id = {one.id: one for one in _HELD}
            check_answer(
                query,
                {
                    name: [Presented(one.format, one.types, one.tree) for one in (by_id[found[0].held_id],)]
                    for name, found in picks.items()
                },
            )
