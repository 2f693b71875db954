"""Lists of revoked certificates (9303-12 7.1.4; RFC 5280 5): read, and asked about a certificate."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from asn1crypto import crl

from clicid.errors import ClicidError, Refused, Undecided
from issuer.chip import asn1, csca, signatures

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from issuer.chip.certificates import Certificate
    from issuer.chip.csca import CscaStore
    from issuer.chip.signatures import Scheme

MAX_BYTES: Final = 4_194_304
MAX_OBJECTS: Final = 400_000
_CODE: Final = "chip.crl"
_CRL_SIGN: Final = "crl_sign"
# Number and authority key identifier; a list that marks anything else as critical is not a whole list.
_KNOWN: Final = frozenset({"2.5.29.20", "2.5.29.35"})


@dataclass(frozen=True, slots=True)
class RevocationList:
    """A list as it says of itself. Nobody has looked at its signature.

    Args:
        issuer: Whose it is, in a form that can be compared.
        authority_key_id: By which of the issuer's keys it is signed, or None.
        this_update: When it was made.
        next_update: When the next is due; None where it does not say.
        serials: The revoked serial numbers.
        scheme: How it is signed.
        signed: The bytes that are signed.
        signature: The signature.
    """

    issuer: str
    authority_key_id: bytes | None
    this_update: datetime
    next_update: datetime | None
    serials: frozenset[int] = field(repr=False)
    scheme: Scheme = field(repr=False)
    signed: bytes = field(repr=False)
    signature: bytes = field(repr=False)


def read(der: bytes, where: str) -> RevocationList:
    """Read a list.

    Raises:
        Refused: `chip.file` for its frame, `chip.crl` for what is malformed or has critical extensions that
            are unknown here, `chip.algorithm`.
    """
    if len(der) > MAX_BYTES:
        raise Refused(_CODE, where, "too long")
    parsed = asn1.load(crl.CertificateList, der, _CODE, where, objects=MAX_OBJECTS)
    with asn1.reading(_CODE, where):
        body = parsed["tbs_cert_list"]
        if body["signature"].dump() != parsed["signature_algorithm"].dump():
            raise Refused(_CODE, where, "two signature algorithms")
        extensions = _extensions(body["crl_extensions"], where)
        key_id = extensions.get("2.5.29.35")
        due = body["next_update"].native
        return RevocationList(
            issuer=body["issuer"].hashable,
            authority_key_id=None if key_id is None else key_id["key_identifier"].native,
            this_update=asn1.moment(body["this_update"].native, _CODE, where),
            next_update=None if due is None else asn1.moment(due, _CODE, where),
            serials=_serials(body["revoked_certificates"], where),
            scheme=signatures.scheme_of(parsed["signature_algorithm"], _CODE, where),
            signed=body.dump(),
            signature=parsed["signature"].native,
        )


def _extensions(extensions: Any, where: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if extensions.native is None:
        return found
    for one in extensions:
        oid = one["extn_id"].dotted
        if oid in found or (one["critical"].native and oid not in _KNOWN):
            raise Refused(_CODE, where, f"the extension {oid}")
        found[oid] = one["extn_value"].parsed
    return found


def _serials(revoked: Any, where: str) -> frozenset[int]:
    if revoked.native is None:
        return frozenset()
    found = set()
    for one in revoked:
        details = one["crl_entry_extensions"]
        if details.native is not None and any(each["critical"].native for each in details):
            raise Refused(_CODE, where, "an entry with a critical extension")
        found.add(one["user_certificate"].native)
    return frozenset(found)


def check(
    signer: Certificate, authorities: Sequence[Certificate], store: CscaStore, *, now: datetime, where: str
) -> bool:
    """Return whether a list of the signer's issuer was at hand; none revokes the signer or an authority.

    Bad news counts from any list, however old. That there is none counts from a current one.

    Raises:
        Refused: `chip.revoked`; `chip.crl` where a list in an issuer's name is not by a key of its.
        Undecided: `chip.crl_stale` where every list of the signer's issuer is too old.
    """
    chain = (signer, *authorities)
    lists = [one for one in store.revocations if one.issuer in {each.issuer for each in chain}]
    for one in lists:
        _check_signed(one, store, now, where)
    for each in chain:
        if any(one.issuer == each.issuer and each.serial in one.serials for one in lists):
            raise Refused("chip.revoked", where)
    own = [one for one in lists if one.issuer == signer.issuer]
    if own and not any(_is_current(one, now) for one in own):
        raise Undecided("chip.crl_stale", where)
    return bool(own)


def _is_current(revocations: RevocationList, now: datetime) -> bool:
    due = revocations.next_update
    return revocations.this_update <= now and due is not None and now <= due


def _check_signed(revocations: RevocationList, store: CscaStore, now: datetime, where: str) -> None:
    """A key of the list's issuer made it: of one that is trusted, or that a way of links leads from."""
    for one in store.roots + store.links:
        may = one.subject == revocations.issuer and _CRL_SIGN in one.usages and one.authority is True
        if may and _signed_by(revocations, one, where) and _trusted(one, store, now, where):
            return
    raise Refused(_CODE, where, "not signed by a country signer of its issuer's name")


def _signed_by(revocations: RevocationList, authority: Certificate, where: str) -> bool:
    try:
        revocations.scheme.check(authority.key, revocations.signature, revocations.signed, _CODE, where)
    except Refused:
        return False
    return True


def _trusted(authority: Certificate, store: CscaStore, now: datetime, where: str) -> bool:
    if authority in store.roots:
        return True
    try:
        csca.path(authority, store, at=now, where=where)
    except ClicidError:
        return False
    return True
