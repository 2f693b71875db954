"""A status list that an issuer signed and published over HTTP, held against the list anchored on chain.

An issuer writes a revocation down before it anchors it, and publishes from what is written down. So the list
that it serves may be ahead of the chain, and is never behind: one that lacks a revocation which is anchored
already is an old copy, or was made for whoever asked. Nothing undoes a revocation, so the same holds of a
list and one that was signed before it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from clicid.codec import instant, shape, strict_json
from clicid.errors import Refused
from clicid.formats.issuer import Keyed, issuer_key
from clicid.securing import cose, jws
from clicid.securing.cose import UnverifiedCose
from clicid.status import token_list, token_list_cwt
from clicid.status.rows import StatusList
from clicid.trust import anchors, iaca, issuer_metadata, x5c

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.formats.base import Have, Rules
    from clicid.keys.public import PublicKey
    from clicid.ledger.facts import StatusSnapshot
    from clicid.securing.jws import UnverifiedJws
    from clicid.status.token_list import StatusListToken, TokenStatusList


class Agreement(StrEnum):
    """How a signed list stands to another word of the same issuer; what is none has its reason code."""

    SAME = ""
    AHEAD = "ahead"
    OLDER = "status.signed_list_older"
    DIFFERS = "status.signed_list_differs"


ACCEPT: Final = f"{token_list.MEDIA_TYPE}, {token_list_cwt.MEDIA_TYPE}"
"""Both forms, to whoever publishes a list."""
_LIST_SIGNERS: Final = frozenset((iaca.LIST_SIGNER, iaca.DOCUMENT_SIGNER))
_WIDTHS: Final = (1, 2)
"""Of the lists of which signed ones are made."""
DISAGREES: Final = frozenset({Agreement.OLDER, Agreement.DIFFERS})


def verified(
    raw: bytes, list_url: str, issuer: str, have: Have, *, rules: Rules, now: datetime
) -> StatusListToken:
    """The claims of a Status List Token (8.3), signed by a key of the issuer's DID, that has not expired.

    Raises:
        Refused: As `authentic`; `status.token_list` for one that has expired.
    """
    claims = authentic(raw, list_url, issuer, have, rules=rules, now=now)
    if expired(claims, now):
        raise Refused("status.token_list", "/exp", "expired")
    return claims


def expired(claims: StatusListToken, now: datetime) -> bool:
    """Whether a list says of itself that it is over: it may refuse still, and accept no more."""
    return claims.exp is not None and claims.exp <= instant.to_numeric_date(now)


def authentic(
    raw: bytes, list_url: str, issuer: str, have: Have, *, rules: Rules, now: datetime
) -> StatusListToken:
    """The claims of a Status List Token (8.3), signed by a key of the issuer's, expired or not.

    In either form of a token. An issuer's keys are its DID's, by `kid`, or those below its HTTPS identifier.
    One that is known by an authority's key alone has signers under it, whose certificates are in `x5c` or
    `x5chain`.

    Raises:
        Refused: `codec.*`, `securing.*`, `keys.*`; `issuer.key_unknown` if it names no key of the issuer's
            that is at hand; `issuer.certificate`, `issuer.unknown`, `mdoc.*` for a signer that is not under
            its root; `status.token_list` for another list's.
    """
    token = token_list_cwt.parse(raw) if token_list_cwt.is_cwt(raw) else _jwt(raw)
    if issuer.startswith(iaca.NAMED_BY_KEY):
        key = _under_root(_chain(token), issuer, rules, now)
    else:
        key_id = _key_id(token)
        if issuer.startswith(issuer_metadata.SCHEMES):
            key_id = issuer_metadata.key_id(issuer, key_id)
        keyed = issuer_key(key_id, issuer, have, rules=rules, now=now)
        if not isinstance(keyed, Keyed):
            raise Refused("issuer.key_unknown")
        key = keyed.key
    if rules.haip and not isinstance(token, UnverifiedCose):
        _check_certified(token, key, rules)
    claims = _verified_claims(token, key)
    if claims.sub != list_url:
        raise Refused("status.token_list", "/sub", "another list")
    return claims


def _check_certified(token: UnverifiedJws, key: PublicKey, rules: Rules) -> None:
    """The key stands in `x5c`, and no root with it (HAIP 1.0 6.1)."""
    chain = _chain(token)
    x5c.check_rootless(chain, rules.roots())
    if x5c.spki(x5c.load(chain[0])) != key.to_spki():
        raise Refused("issuer.certificate", "/x5c", "of another key than the list is signed with")


def unverified(raw: bytes) -> StatusListToken:
    """The claims of a token in either form, whoever signed it.

    Raises:
        Refused: `codec.*`, `securing.*`, `keys.algorithm`, `status.token_list`.
    """
    if token_list_cwt.is_cwt(raw):
        return token_list_cwt.claims(token_list_cwt.parse(raw).unverified_payload)
    return _claims(_jwt(raw).unverified_payload)


def media_type(raw: bytes) -> str:
    """Of the form that a token seems to have."""
    return token_list_cwt.MEDIA_TYPE if token_list_cwt.is_cwt(raw) else token_list.MEDIA_TYPE


def _jwt(raw: bytes) -> UnverifiedJws:
    return jws.parse(raw, typ=token_list.TYP, max_bytes=token_list.MAX_CHARS)


def _claims(payload: bytes) -> StatusListToken:
    found = strict_json.loads(payload, max_bytes=token_list.MAX_CHARS)
    return token_list.StatusListToken.parse(shape.as_object(found))


def _verified_claims(token: UnverifiedJws | UnverifiedCose, key: PublicKey) -> StatusListToken:
    if isinstance(token, UnverifiedCose):
        return token_list_cwt.claims(cose.verify(token, key))
    return _claims(jws.verify(token, key))


def _key_id(token: UnverifiedJws | UnverifiedCose) -> str:
    if not isinstance(token, UnverifiedCose):
        return shape.text(token.header, "kid")
    try:
        return (token.key_id or b"").decode()
    except UnicodeDecodeError as error:
        raise Refused("issuer.key_unknown", "kid", "no DID URL") from error


def _chain(token: UnverifiedJws | UnverifiedCose) -> tuple[bytes, ...]:
    if not isinstance(token, UnverifiedCose):
        return x5c.from_header(token.header)
    # RFC 9360 2: in either header, for a certificate is signed itself; one alone is not in an array.
    found = token.header.get(cose.X5CHAIN, token.unprotected.get(cose.X5CHAIN))
    return (found,) if isinstance(found, bytes) else ()


def _under_root(chain: tuple[bytes, ...], issuer: str, rules: Rules, now: datetime) -> PublicKey:
    roots = tuple(root for root, did in rules.authorities.items() if not did and root.name == issuer)
    if not roots:
        held = tuple(anchor for anchor, did in rules.anchors.items() if not did and anchor.name == issuer)
        return anchors.leaf(chain, held, now=now).key
    if len(chain) != 1:
        raise Refused("issuer.certificate", "/x5c", "the signer's certificate alone is wanted")
    found = iaca.signer(chain[0], roots, _LIST_SIGNERS)
    iaca.check_dates(found, now)
    return found.key


class Word(NamedTuple):
    """What an issuer said of a whole list at one time, in one of its forms.

    Args:
        at: When, in seconds since 1970.
        bits: Of an entry.
        entries: All of them, packed as the form has them.
        revoked: A bit for each entry that says revoked, wherever the form has it; nothing undoes those.
    """

    at: int
    bits: int
    entries: bytes
    revoked: int


def compared(mine: Word, other: Word) -> Agreement:
    """How one word stands to another in the same form that is known of already."""
    if (mine.bits, len(mine.entries)) != (other.bits, len(other.entries)):
        return Agreement.DIFFERS
    if mine.entries == other.entries:
        return Agreement.SAME
    if not other.revoked & ~mine.revoked:
        # A suspension may be lifted, and a list with another one may be of any time.
        ahead = mine.at >= other.at or mine.revoked & ~other.revoked
        return Agreement.AHEAD if ahead else Agreement.OLDER
    return Agreement.OLDER if mine.at < other.at else Agreement.DIFFERS


def word(signed: StatusListToken) -> Word:
    """What a Status List Token says."""
    return _word(signed.status_list, signed.iat)


def anchored(snapshot: StatusSnapshot, at: datetime) -> Word | None:
    """The anchored list as a Status List Token of `at` would have it; None if none is made of it."""
    if snapshot.width > max(_WIDTHS):
        return None
    held = StatusList(snapshot.width, snapshot.size, bytes(snapshot.entries))
    return _word(token_list.of_rows(held), instant.to_numeric_date(at))


def with_anchored(signed: StatusListToken, snapshot: StatusSnapshot, signed_by: datetime) -> Agreement:
    """How a signed list stands to the anchored one.

    Args:
        signed: As `verified` gave it.
        snapshot: The anchored list with all bad news.
        signed_by: A list that was signed at this time or later was signed after what is anchored.
    """
    held = anchored(snapshot, signed_by)
    return Agreement.DIFFERS if held is None else compared(word(signed), held)


def with_earlier(signed: StatusListToken, before: StatusListToken) -> Agreement:
    """How a signed list stands to one of the same URL that was seen before it."""
    return compared(word(signed), word(before))


def _word(held: TokenStatusList, at: int) -> Word:
    every = bytes([sum(1 << entry for entry in range(0, 8, held.bits))])
    lowest = int.from_bytes(every * len(held.entries), "little")
    return Word(at, held.bits, held.entries, int.from_bytes(held.entries, "little") & lowest)
