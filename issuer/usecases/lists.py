"""The published forms of a status list: a JWT, a CWT, two W3C credentials, all from the same rows."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from clicid.codec import instant, strict_json
from clicid.errors import Refused
from clicid.formats import vc_di
from clicid.keys.algorithms import ALGORITHMS, ED25519, P256
from clicid.securing import cose, jws
from clicid.status import bitstring, token_list, token_list_cwt
from clicid.trust import x5c
from issuer.usecases.publication import published_list
from issuer.usecases.signing import finish

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from clicid.codec.cbor import Cbor, Key
    from clicid.codec.strict_json import Json
    from clicid.formats.base import IssuerIdentity, Prepared
    from clicid.keys.store import KeyStore
    from clicid.rdf.contexts import Contexts
    from clicid.status.rows import StatusList
    from clicid.status.token_list import StatusListToken
    from issuer.usecases.environment import Environment
    from issuer.usecases.ports import Transaction
    from issuer.usecases.records import ListRow
    from issuer.usecases.signing import IssuerKey

JWT: Final = "jwt"
CWT: Final = "cwt"
_AHEAD: Final = timedelta(seconds=30)
"""A list from so far in the future is still taken, and one that is signed anew would be older than it."""


@dataclass(frozen=True, slots=True)
class Served:
    """A signed form as it goes out."""

    body: bytes
    etag: str
    signed_at: datetime
    rows_digest: bytes
    revision: int


class Lists:
    """Signs the forms, and anew only when rows changed or the signature is half of its life old.

    Args:
        env: Store, time.
        keystore: Where the credential keys live.
        keys: The credential key by algorithm name.
        contexts: JSON-LD contexts by hash.
        life: How long a copy may be used at most.
        ttl: After how long a copy should be fetched anew.
    """

    def __init__(
        self,
        env: Environment,
        keystore: KeyStore,
        keys: Mapping[str, IssuerKey],
        contexts: Contexts,
        *,
        life: timedelta,
        ttl: timedelta,
    ) -> None:
        self._env = env
        self._keystore = keystore
        self._keys = keys
        self._contexts = contexts
        self._life = life
        self.ttl = ttl
        self._served: dict[tuple[str, str], Served] = {}
        self._building = threading.Lock()

    def serve(self, url: str, form: str) -> Served:
        """One form of a list.

        Anyone may ask, as often as they like: the list is built once for each change of it, not for each
        question, and by one thread at a time.

        Args:
            url: The list's URL, as on chain.
            form: `JWT`, `CWT`, ``revocation`` or ``suspension``.

        Raises:
            Refused: ``http.not_found`` for a list that is not ours.
        """
        if form not in (*_TOKENS, *bitstring.PURPOSES):
            raise Refused("http.not_found")
        known = self._known(url, form)
        if known is None:
            with self._building:
                known = self._known(url, form) or self._built(url, form)
        return known

    def _known(self, url: str, form: str) -> Served | None:
        """What was signed last, if it is what stands now and not yet half of its life old.

        What was signed by a clock that was far ahead is not: nobody takes a list from the future.
        """
        with self._env.store.reading() as tx:
            row = _row(tx, url)
        known = self._served.get((url, form))
        if known is None or known.revision != row.revision or self._old(known):
            return None
        return known

    def _old(self, served: Served) -> bool:
        return not -_AHEAD <= self._env.now() - served.signed_at < self._life / 2

    def _built(self, url: str, form: str) -> Served:
        with self._env.store.reading() as tx:
            row = _row(tx, url)
            # The time of what is read, and not of when it is built: what another process signs meanwhile
            # may have a revocation more, and must not be the older of the two.
            now = self._env.now()
            held = published_list(tx, row)
        digest = hashlib.sha256(held.entries).digest()
        known = self._served.get((url, form))
        if known is not None and known.rows_digest == digest and not self._old(known):
            served = replace(known, revision=row.revision)
        else:
            body = (
                self._token(held, url, form, now)
                if form in _TOKENS
                else self._bitstring(held, url, form, now)
            )
            etag = hashlib.sha256(body).hexdigest()[:32]
            served = Served(body, etag, now, digest, row.revision)
        self._served[url, form] = served
        return served

    def _token(self, held: StatusList, url: str, form: str, now: datetime) -> bytes:
        key = self._keys[P256]
        claims = token_list.StatusListToken(
            sub=url,
            iat=instant.to_numeric_date(now),
            exp=instant.to_numeric_date(now + self._life),
            ttl=int(self.ttl.total_seconds()),
            status_list=token_list.of_rows(held),
        )
        return finish(_PREPARED[form](claims, key.identity), self._keystore, key.ref)

    def _bitstring(self, held: StatusList, url: str, purpose: str, now: datetime) -> bytes:
        key = self._keys[ED25519]
        document = bitstring.credential(
            bitstring.of_rows(held, bitstring.PURPOSES.index(purpose)),
            url=bitstring.list_url(url, purpose),
            issuer=key.identity.did,
            valid_from=now,
            valid_until=now + self._life,
            ttl=self.ttl,
        )
        prepared = vc_di.prepare_credential(key.identity, document, self._contexts, created=now)
        return finish(prepared, self._keystore, key.ref)


def _jwt(claims: StatusListToken, signer: IssuerIdentity) -> Prepared[bytes]:
    header: dict[str, Json] = {"typ": token_list.TYP, "alg": ALGORITHMS[P256].jose, "kid": signer.key_id}
    chain = x5c.without_root(signer.x5c)
    if chain:
        header["x5c"] = x5c.to_header(chain)
    return jws.prepare(header, strict_json.dumps(claims.payload()))


def _cwt(claims: StatusListToken, signer: IssuerIdentity) -> Prepared[bytes]:
    named: dict[Key, Cbor] = {cose.KID: signer.key_id.encode()}
    chain = [*x5c.without_root(signer.x5c)]
    if chain:
        # RFC 9360 2: one alone is not in an array.
        named[cose.X5CHAIN] = chain[0] if len(chain) == 1 else [*chain]
    return token_list_cwt.prepare(claims, P256, named)


_PREPARED: Final[Mapping[str, Callable[[StatusListToken, IssuerIdentity], Prepared[bytes]]]] = {
    JWT: _jwt,
    CWT: _cwt,
}
_TOKENS: Final = frozenset(_PREPARED)


def _row(tx: Transaction, url: str) -> ListRow:
    row = next((row for row in tx.statuses.lists() if row.url == url), None)
    if row is None:
        raise Refused("http.not_found")
    return row
