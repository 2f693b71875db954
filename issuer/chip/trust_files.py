"""What an operator trusts, out of files as states and the ICAO directory hand them out.

A certificate or revocation list (DER, PEM), a master list (CMS), a directory's export (LDIF, RFC 2849), or a
ZIP archive of such. What a file is, its first bytes say, not its name.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from clicid.errors import ClicidError, Refused
from issuer.chip import certificates, crl, csca, master_list, tlv

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from datetime import datetime

    from issuer.chip.certificates import Certificate
    from issuer.chip.csca import CscaStore

_Made = TypeVar("_Made")

MAX_BYTES: Final = 134_217_728
MAX_MEMBERS: Final = 1_024
MAX_VALUES: Final = 65_536
_CODE: Final = "chip.master_list"
_ZIP: Final = b"PK\x03\x04"
_ZIP_MEMBER: Final = b"PK\x01\x02"
# What zipfile lets out for archives that are cut, changed, locked or of an unknown make.
_ZIP_RAISED: Final = (
    zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, RuntimeError, EOFError, OSError,
    ValueError, LookupError, OverflowError, TypeError,
)  # fmt: skip
_PEM: Final = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,32})-----\s([A-Za-z0-9+/=\s]*)-----END \1-----")
_LDIF: Final = (b"version:", b"dn:", b"#")
_LDIF_VALUES: Final = frozenset(
    {"pkdmasterlistcontent", "cscamasterlistdata", "cacertificate;binary", "certificaterevocationlist;binary"}
)
_OID, _INTEGER, _VERSION = 0x06, 0x02, 0xA0


class Skipped(NamedTuple):
    """Something in a file that was left out, and why."""

    where: str
    code: str


@dataclass(frozen=True, slots=True)
class _Found:
    certificates: list[bytes]
    lists: list[bytes]
    revocations: list[bytes]


def trust(
    files: Mapping[str, bytes], pinned: Collection[str], *, now: datetime
) -> tuple[CscaStore, tuple[Skipped, ...]]:
    """The store that the files make.

    Certificates that stand in them by themselves are trusted; master lists only where one of those, or a
    pin, vouches for their signer. A list never vouches for another.

    Args:
        files: By the name that reasons are to say.
        pinned: SHA-256 fingerprints of certificates of list signers, in hexadecimal.
        now: The time of the check.

    Returns:
        The store, and what was left out: a state's odd certificate must not take the others along. Without
        a revocation list that was left out its state's documents have none, which is told of each of them.

    Raises:
        Refused: ``chip.*`` for a file that is none of these or holds nothing, for a file of whose master
            lists none is good, and where no certificate that was given can be used.
    """
    found = {name: _read(data, name) for name, data in files.items()}
    skipped: list[Skipped] = []
    given = _usable(certificates.read, {name: one.certificates for name, one in found.items()}, skipped)
    revocations = _usable(crl.read, {name: one.revocations for name, one in found.items()}, skipped)
    own = csca.store_of(given, revocations)
    listed: list[Certificate] = []
    for name, one in found.items():
        more, left_out = _listed(name, one.lists, own, pinned, now)
        listed += more
        skipped += left_out
    return own.joined(csca.store_of(listed)), tuple(skipped)


def _usable(
    read: Callable[[bytes, str], _Made], given: Mapping[str, list[bytes]], skipped: list[Skipped]
) -> list[_Made]:
    """What can be read; what cannot is told, and refused where nothing is left."""
    found: list[_Made] = []
    failed: list[ClicidError] = []
    for name, several in given.items():
        for der in several:
            try:
                found.append(read(der, name))
            except ClicidError as reason:
                failed.append(reason)
                skipped.append(Skipped(name, reason.code))
    if failed and not found:
        raise failed[0]
    return found


def certificates_in(data: bytes, where: str) -> tuple[Certificate, ...]:
    """The certificates that a file holds by themselves.

    Raises:
        Refused: ``chip.*`` as `trust`.
    """
    return tuple(certificates.read(der, where) for der in _read(data, where).certificates)


def _listed(
    name: str, lists: list[bytes], own: CscaStore, pinned: Collection[str], now: datetime
) -> tuple[list[Certificate], list[Skipped]]:
    found: list[Certificate] = []
    skipped: list[Skipped] = []
    failed: list[ClicidError] = []
    for place, der in enumerate(lists, 1):
        where = name if len(lists) == 1 else f"{name}, list {place}"
        try:
            read = master_list.verified(der, own, pinned, now=now, where=where)
        except ClicidError as reason:
            failed.append(reason)
            skipped.append(Skipped(where, reason.code))
            continue
        found += read.certificates
        skipped += (Skipped(where, code) for code in read.skipped)
    if lists and len(failed) == len(lists):
        raise failed[0]
    return found, skipped


def _read(data: bytes, where: str) -> _Found:
    if len(data) > MAX_BYTES:
        raise Refused(_CODE, where, "too long")
    found = _Found([], [], [])
    for one in _unzipped(data, where) if data.startswith(_ZIP) else (data,):
        for der in _values(one, where):
            _sorted_into(found, der, where)
    if not (found.certificates or found.lists or found.revocations):
        raise Refused(_CODE, where, "nothing in it")
    return found


def _unzipped(data: bytes, where: str) -> Iterator[bytes]:
    if data.count(_ZIP_MEMBER) > MAX_MEMBERS:
        raise Refused(_CODE, where, "too many files in it")
    left = MAX_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.infolist():
                if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
                    raise Refused(_CODE, where, "packed in another way than ZIP's own")
                with archive.open(member) as stream:
                    body = stream.read(left + 1)  # what its header says of its size is not asked
                left -= len(body)
                if left < 0:
                    raise Refused(_CODE, where, "too long when unpacked")
                if body:  # a folder has none
                    yield body
    except _ZIP_RAISED as error:
        raise Refused(_CODE, where, "a ZIP archive that cannot be read") from error


def _values(data: bytes, where: str) -> Iterable[bytes]:
    if data.startswith(b"\x30"):
        return (data,)
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:16].lower()
    if start.startswith(_LDIF):
        return _ldif(data, where)
    blocks = _PEM.findall(data)
    if not blocks or len(blocks) > MAX_VALUES:
        raise Refused(_CODE, where, "no certificate, list, export or archive")
    return [_base64(body, where) for _, body in blocks]


def _ldif(data: bytes, where: str) -> Iterator[bytes]:
    """The values that are wanted; lines that begin with a space go on with the one before (RFC 2849)."""
    count = 0
    for line in re.sub(rb"\r?\n ", b"", data).splitlines():
        name, separator, value = line.partition(b"::")
        if not separator or name.decode("latin-1").lower() not in _LDIF_VALUES:
            continue
        count += 1
        if count > MAX_VALUES:
            raise Refused(_CODE, where, "too many values")
        yield _base64(value, where)


def _base64(text: bytes, where: str) -> bytes:
    try:
        return base64.b64decode(b"".join(text.split()), validate=True)
    except binascii.Error as error:
        raise Refused(_CODE, where, "base64") from error


def _sorted_into(found: _Found, der: bytes, where: str) -> None:
    """A message begins with its type; a certificate's body with a version of its own tag, a list's not."""
    outer = tlv.children(tlv.only(der, 0x30, where), where)
    if outer and outer[0].tag == _OID:
        found.lists.append(der)
        return
    inner = tlv.first_tag(outer[0].value, where) if outer else 0
    if inner == _VERSION:
        found.certificates.append(der)
    elif inner in {_INTEGER, 0x30}:
        found.revocations.append(der)
    else:
        raise Refused(_CODE, where, "neither certificate nor list")
