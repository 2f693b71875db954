"""What issuers on no chain publish of themselves, fetched: the document of a DID, a signed status list.

Only what somebody has named is asked for; whoever calls keeps what came, and holds the next against it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clicid.codec import instant
from clicid.codec.web import JSON_TYPE
from clicid.did import web
from clicid.errors import Refused, Undecided
from clicid.formats.base import Material, Need, NeedKind, Unavailable
from clicid.trust import issuer_metadata
from clicid.verification import signed_lists

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from clicid.adapters.fetch import Fetched, Fetching
    from clicid.adapters.webvh_logs import WebvhLogs
    from clicid.formats.base import Rules
    from clicid.status.token_list import StatusListToken

MAX_LIST_BYTES: Final = 8 << 20
_DOCUMENT: Final = "application/did+json, application/did+ld+json, application/json"


def is_one_document(issuer: str) -> bool:
    """Whether what is known of an issuer is one file that has no history: of a did:webvh it is not."""
    return issuer.startswith((f"did:{web.METHOD}:", *issuer_metadata.SCHEMES))


def document_url(issuer: str) -> str:
    """Where that file lies.

    Raises:
        Refused: `did.*`, `codec.url`.
    """
    return issuer_metadata.url(issuer) if issuer.startswith(issuer_metadata.SCHEMES) else web.url(issuer)


@dataclass(frozen=True, slots=True)
class NamedIssuers:
    """Fetches from issuers by did:webvh, did:web and HTTPS identifier.

    Args:
        fetcher: The way out.
        logs: Those of did:webvh, and what was seen of them.
        clock: The time.
        rules: Leeway, and whom the policy names.
    """

    fetcher: Fetching
    logs: WebvhLogs
    clock: Callable[[], datetime]
    rules: Rules

    def document(self, did: str) -> Material | Unavailable:
        """What `NeedKind.DID` wants of an issuer; for a did:webvh as `WebvhLogs.get` says.

        Raises:
            Refused: `fetch.content`, `did.*`, `codec.*`, `issuer.metadata` for one that has no good document.
            Undecided: `fetch.*`.
            LocalError: `did.store`.
        """
        now = self.clock()
        if did.startswith(issuer_metadata.SCHEMES):
            return self._metadata(did, now)
        if not is_one_document(did):
            return self.logs.get(did, now)
        answer = self._answer(web.url(did), _DOCUMENT, web.MAX_BYTES)
        if answer.doubt:
            return Unavailable(now, answer.doubt)
        web.document(did, answer.body, now)
        # The document has no date: it is as of when it was fetched.
        return Material(answer.body, now, answer.at or now, web.url(did))

    def _metadata(self, identifier: str, now: datetime) -> Material | Unavailable:
        """What an issuer says of its keys below its own identifier, with the keys in it."""
        where = issuer_metadata.url(identifier)
        answer = self._answer(where, JSON_TYPE, issuer_metadata.MAX_BYTES)
        body = answer.body
        if elsewhere := issuer_metadata.keys_url(identifier, body):
            keys = self._answer(
                elsewhere, f"application/jwk-set+json, {JSON_TYPE}", issuer_metadata.MAX_BYTES
            )
            body = issuer_metadata.inlined(identifier, keys.body)
        if answer.doubt:
            return Unavailable(now, answer.doubt)
        issuer_metadata.document(identifier, body)
        return Material(body, now, answer.at or now, where)

    def signed_list(self, need: Need, signer: Material | Unavailable) -> tuple[StatusListToken, Material]:
        """A list by its URL, signed by the issuer that `need` names, with its claims.

        Args:
            need: Of kind STATUS_LIST.
            signer: The issuer's document.

        Raises:
            Refused: `fetch.content`, and as `signed_lists.verified`.
            Undecided: `fetch.*`; `clock.behind` for one of the future.
        """
        answer = self._answer(need.uri, signed_lists.ACCEPT, MAX_LIST_BYTES)
        if answer.media_type != signed_lists.media_type(answer.body):
            raise Refused("fetch.content", detail=answer.media_type[:80])
        now = self.clock()
        have = {Need(NeedKind.DID, need.subject): signer}
        signed = signed_lists.verified(answer.body, need.uri, need.subject, have, rules=self.rules, now=now)
        as_of = instant.from_numeric_date(signed.iat)
        if as_of > now + self.rules.leeway:
            raise Undecided("clock.behind")
        return signed, Material(answer.body, now, as_of, need.uri, doubt=answer.doubt)

    def _answer(self, url: str, accept: str, max_bytes: int) -> Fetched:
        answer = self.fetcher.get(url, accept=accept, max_bytes=max_bytes)
        if answer.status != 200:
            raise Refused("fetch.content", detail=f"status {answer.status}")
        return answer
