"""What is known of issuers on no chain that somebody has named, fetched when a check wants it.

Nothing of an issuer that nobody named is ever fetched, whatever an offer or a credential says: it would lead
the wallet to a place of a stranger's choice. While something is shown to a verifier nobody is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.errors import Refused, Undecided
from clicid.formats.base import Need, NeedKind, Unavailable
from clicid.trust.iaca import NAMED_BY_KEY

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.adapters.gather import Source
    from clicid.adapters.named_issuers import NamedIssuers
    from clicid.formats.base import Material


class NamedSource:
    """A `gather.Source` for one command: each thing is fetched once, and the rest is another source's.

    Args:
        rest: For everything else.
        issuers: The way to those that are named.
    """

    def __init__(self, rest: Source, issuers: NamedIssuers) -> None:
        self._rest = rest
        self._issuers = issuers
        self._found: dict[Need, Material | Unavailable] = {}

    def get(self, need: Need, now: datetime) -> Material | Unavailable:
        """From the issuer, or from the other source. LocalError `wallet.damaged`."""
        if not self._is_named(need):
            return self._rest.get(need, now)
        if need not in self._found:
            self._found[need] = self._fetched(need, now)
        return self._found[need]

    def get_at_once(self, need: Need, now: datetime) -> Material | Unavailable | None:
        """What takes no waiting, which for another's server is nothing."""
        return None if self._is_named(need) else self._rest.get_at_once(need, now)

    def _is_named(self, need: Need) -> bool:
        by_name = self._issuers.rules.by_name
        if need.kind is NeedKind.DID:
            return need.uri in by_name and not need.uri.startswith(NAMED_BY_KEY)
        named = by_name.get(need.subject)
        return need.kind is NeedKind.STATUS_LIST and named is not None and need.uri in named.lists

    def _fetched(self, need: Need, now: datetime) -> Material | Unavailable:
        try:
            if need.kind is NeedKind.DID:
                return self._issuers.document(need.uri)
            # Who is known by an authority alone signs its lists under it, and has no document.
            by_key = need.subject.startswith(NAMED_BY_KEY)
            signer = Unavailable(now, "none") if by_key else self.get(Need(NeedKind.DID, need.subject), now)
            _, found = self._issuers.signed_list(need, signer)
        except (Refused, Undecided) as error:
            return Unavailable(now, error.code)
        return found
