"""The issuers on no chain that somebody has named: the person, in the vault, or the wallet's operator."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from clicid.codec import jcs, saved, shape, strict_json
from clicid.codec.web import web_url
from clicid.errors import Refused
from clicid.formats.base import NamedIssuer, NeedKind
from clicid.trust import issuer_metadata

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clicid.adapters.askar_vault import AskarVault
    from clicid.codec.strict_json import Json

MAX_AGE: Final = {NeedKind.DID: timedelta(minutes=5), NeedKind.STATUS: timedelta(days=1)}
"""Both are fetched when they are wanted: an older document is one that was seen before, while its server
fails, and an older list one that the issuer has not signed anew."""
_CATEGORY: Final = "named_issuer"


class NamedRecords:
    """Those that the person named: kept in the vault, for they tell whose customer or patient somebody is.

    Raises:
        LocalError: `wallet.damaged` for a record that cannot be read.
    """

    def __init__(self, vault: AskarVault) -> None:
        self._vault = vault

    def all(self) -> dict[str, NamedIssuer]:
        """By DID, sorted."""
        with saved.reading("wallet.damaged"):
            return parse([strict_json.loads(record.value) for record in self._vault.records(_CATEGORY)])

    def put(self, did: str, named: NamedIssuer) -> None:
        """Name an issuer; what it was named for before is forgotten."""
        row: dict[str, Json] = {"did": did, "types": [*sorted(named.types)], "lists": [*sorted(named.lists)]}
        self._vault.put_record(_CATEGORY, did, jcs.dumps(row))

    def remove(self, did: str) -> None:
        """Name it no more."""
        self._vault.delete_record(_CATEGORY, did)


def parse(rows: Iterable[Json]) -> dict[str, NamedIssuer]:
    """Issuers as they are written down, each with `did`, `types` and `lists`.

    Raises:
        Refused: `codec.shape`, also for a DID that stands twice; `codec.url`.
    """
    found: dict[str, NamedIssuer] = {}
    for row in map(shape.as_object, rows):
        shape.only(row, {"did", "types", "lists"})
        did = shape.text(row, "did")
        if did in found:
            raise Refused("codec.shape", did, "stands twice")
        lists = shape.texts(row, "lists", minimum=0 if did.startswith(issuer_metadata.SCHEMES) else 1)
        found[did] = issuer(shape.texts(row, "types", minimum=1), lists)
    return found


def issuer(types: Iterable[str], lists: Iterable[str]) -> NamedIssuer:
    """An issuer that is named for types, with the URLs of its status lists. Refused `codec.url`."""
    return NamedIssuer(frozenset(types), frozenset(web_url(url, "lists") for url in lists), MAX_AGE)
