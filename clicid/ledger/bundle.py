"""A bundle: what is known of a network, signed, dated and packed, for machines that reach no node.

A bundle is two lines' worth of bytes: a compact JWS over the manifest, a line feed, and the parts one
after another in one zlib stream (RFC 1950). The manifest names each part with its size, digest and the
time that it stands for, and the packed bytes with their size and digest: what is not signed for is not
unpacked. The same parts packed twice are the same bytes; of the signature that holds for Ed25519.

A part is rows, each a name and a body: ``u16 length, name (UTF-8), u64 length, body``.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clicid.codec import instant, jcs, shape, strict_json
from clicid.errors import Refused
from clicid.keys.public import PublicKey
from clicid.ledger.hexes import octets
from clicid.securing import jws

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from clicid.codec.strict_json import Json

TYP: Final = "clicid-bundle+jwt"
MAX_MANIFEST: Final = 1 << 20
MAX_PACKED: Final = 1 << 28
MAX_UNPACKED: Final = 1 << 30
MAX_PARTS: Final = 16
MAX_CHOSEN: Final = 4_096
"""Most issuers, types or lists that a bundle of chosen ones names."""

_KIND: Final = "clicid-bundle"
_VERSION: Final = 1
_CHUNK: Final = 1 << 20
_LEVEL: Final = 6
_NAME: Final = struct.Struct(">H")
_BODY: Final = struct.Struct(">Q")
_MAX_TEXT: Final = 2_048

Rows = list[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class BlockName:
    """A block: its number, hash (32 bytes), and time (seconds since 1970)."""

    number: int
    hash: bytes
    time: int


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its name, size and SHA-256 unpacked, and the time it stands for."""

    name: str
    size: int
    digest: bytes
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Scope:
    """What a bundle is about; None is everything that the network has.

    Of what lies outside nothing is known: that is another thing than knowing that there is nothing.

    Args:
        issuers: DIDs.
        types: Credential type URIs.
        lists: URLs of status lists.
    """

    issuers: frozenset[str] | None = None
    types: frozenset[str] | None = None
    lists: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a bundle's signer signed.

    Args:
        made_at: When it was made, by its maker's clock.
        network: SHA-256 of the network file.
        head: The last block that bad news was read from.
        final: The last block that good news was read from.
        scope: What the bundle is about.
        parts: In the order in which they are packed.
        packed_size: Bytes of the packed parts.
        packed_digest: Their SHA-256.
    """

    made_at: datetime
    network: bytes
    head: BlockName
    final: BlockName
    scope: Scope
    parts: tuple[Part, ...]
    packed_size: int
    packed_digest: bytes

    def to_bytes(self) -> bytes:
        """Canonical JSON (RFC 8785)."""
        return jcs.dumps(
            {
                "kind": _KIND,
                "version": _VERSION,
                "made_at": instant.format_stamp(self.made_at),
                "network": self.network.hex(),
                "head": _block_out(self.head),
                "final": _block_out(self.final),
                "scope": _scope_out(self.scope),
                "parts": [
                    {
                        "name": part.name,
                        "size": part.size,
                        "sha256": part.digest.hex(),
                        "as_of": instant.format_stamp(part.as_of),
                    }
                    for part in self.parts
                ],
                "packed": {"size": self.packed_size, "sha256": self.packed_digest.hex()},
            }
        )

    @classmethod
    def parse(cls, raw: bytes) -> Manifest:
        """What `to_bytes` gives. Raises Refused `codec.*`, `bundle.format`."""
        obj = shape.as_object(strict_json.loads(raw, max_bytes=MAX_MANIFEST, max_depth=4))
        shape.only(
            obj, ("kind", "version", "made_at", "network", "head", "final", "scope", "parts", "packed")
        )
        if (obj.get("kind"), obj.get("version")) != (_KIND, _VERSION):
            raise Refused("bundle.format", "/version")
        packed = shape.child(obj, "packed")
        parts = tuple(_part(shape.as_object(row)) for row in shape.items(obj, "parts", maximum=MAX_PARTS))
        if len({part.name for part in parts}) != len(parts):
            raise Refused("bundle.format", "/parts", "a part is named twice")
        return cls(
            made_at=instant.parse(shape.text(obj, "made_at"), where="/made_at"),
            network=octets(obj, "network", 32),
            head=_block(shape.child(obj, "head")),
            final=_block(shape.child(obj, "final")),
            scope=_scope(shape.child(obj, "scope")),
            parts=parts,
            packed_size=shape.integer(packed, "size", "/packed", maximum=MAX_PACKED),
            packed_digest=octets(packed, "sha256", 32, "/packed"),
        )


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle whose signature fits the key that it names; whether that key is trusted is not said yet."""

    manifest: Manifest
    signer: PublicKey
    packed: bytes

    def digest(self) -> bytes:
        """SHA-256 of the manifest, and so of everything: what two people compare."""
        return hashlib.sha256(self.manifest.to_bytes()).digest()

    def check_signer(self, signers: Collection[PublicKey]) -> None:
        """Return if the policy lists the signer.

        Raises:
            Refused: `bundle.signer`.
        """
        if self.signer not in signers:
            raise Refused("bundle.signer", "", self.signer.to_multikey())


def pack(
    parts: Mapping[str, tuple[datetime, Rows]],
    *,
    network: bytes,
    head: BlockName,
    final: BlockName,
    scope: Scope,
    made_at: datetime,
) -> tuple[Manifest, bytes]:
    """The manifest to be signed, and the packed parts.

    Args:
        parts: Name to the time that the part stands for and its rows.
        network: SHA-256 of the network file.
        head: The last block that bad news was read from.
        final: The last block that good news was read from.
        scope: What the parts are about.
        made_at: The time now.

    Raises:
        Refused: `codec.size` for more than `MAX_UNPACKED` or `MAX_PACKED` bytes.
    """
    squeeze, packed, total = zlib.compressobj(_LEVEL), bytearray(), 0
    named = []
    for name, (as_of, rows) in parts.items():
        size, digest = 0, hashlib.sha256()
        for piece in _framed(rows):
            size += len(piece)
            digest.update(piece)
            packed += squeeze.compress(piece)
        total += size
        named.append(Part(name, size, digest.digest(), as_of.replace(microsecond=0)))
    packed += squeeze.flush()
    if total > MAX_UNPACKED or len(packed) > MAX_PACKED:
        raise Refused("codec.size", "", "a bundle of so much; choose issuers, types or lists")
    digest_ = hashlib.sha256(packed).digest()
    made = made_at.replace(microsecond=0)
    return Manifest(made, network, head, final, scope, tuple(named), len(packed), digest_), bytes(packed)


def prepare(manifest: Manifest, signer: PublicKey) -> jws.PreparedJws:
    """The manifest up to its signature by `signer`."""
    header: dict[str, Json] = {"typ": TYP, "alg": signer.algorithm.jose, "kid": signer.to_multikey()}
    return jws.prepare(header, manifest.to_bytes())


def joined(signed: bytes, packed: bytes) -> bytes:
    """The bundle of a signed manifest and its packed parts."""
    return signed + b"\n" + packed


def parse(raw: bytes) -> Bundle:
    """Bytes to a bundle whose parts are still packed.

    1. The manifest is signed by the key that it names.
    2. The packed parts have the size and the digest that the manifest says.

    Raises:
        Refused: `codec.*`, `keys.*`, `securing.*`, `bundle.format`, `bundle.digest`.
    """
    signed, line_feed, packed = raw[: MAX_PACKED + 2 * MAX_MANIFEST].partition(b"\n")
    if not line_feed:
        raise Refused("bundle.format", "", "no manifest")
    token = jws.parse(signed, typ=TYP, max_bytes=2 * MAX_MANIFEST)
    signer = PublicKey.from_multikey(shape.text(token.header, "kid"), "/kid")
    manifest = Manifest.parse(jws.verify(token, signer))
    if len(packed) != manifest.packed_size or hashlib.sha256(packed).digest() != manifest.packed_digest:
        raise Refused("bundle.digest", "", "the packed parts")
    return Bundle(manifest, signer, packed)


def unpack(bundle: Bundle) -> dict[str, Rows]:
    """The parts' rows by the parts' names. No byte more is unpacked than the manifest says.

    Raises:
        Refused: `codec.size` for more than `MAX_UNPACKED` bytes; `bundle.format`, `bundle.digest`.
    """
    parts = bundle.manifest.parts
    total = sum(part.size for part in parts)
    if total > MAX_UNPACKED:
        raise Refused("codec.size", "/parts", f"more than {MAX_UNPACKED} bytes")
    body = memoryview(_inflated(bundle.packed, total))
    found, at = {}, 0
    for part in parts:
        piece = body[at : at + part.size]
        at += part.size
        if hashlib.sha256(piece).digest() != part.digest:
            raise Refused("bundle.digest", f"/parts/{part.name}")
        found[part.name] = list(_rows(piece, part.name))
    return found


def _inflated(packed: bytes, total: int) -> bytes:
    inflate, body, start = zlib.decompressobj(), bytearray(), 0
    try:
        for start in range(0, len(packed), _CHUNK):
            left, piece = packed[start : start + _CHUNK], b"more"
            while (left or piece) and not inflate.eof and len(body) <= total:
                # One byte more than is wanted shows what is too long; never more than a piece at once.
                piece = inflate.decompress(left, min(_CHUNK, total - len(body) + 1))
                left = inflate.unconsumed_tail
                body += piece
            if inflate.eof:
                break
    except zlib.error as error:
        raise Refused("bundle.format", "", "not a zlib stream") from error
    trailing = inflate.unused_data or start + _CHUNK < len(packed)
    if len(body) != total or not inflate.eof or trailing:
        raise Refused("bundle.format", "", "the parts are not as long as the manifest says")
    return bytes(body)


def _framed(rows: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    for name, body in rows:
        encoded = name.encode()
        yield _NAME.pack(len(encoded)) + encoded + _BODY.pack(len(body))
        yield body


def _rows(piece: memoryview, part: str) -> Iterator[tuple[str, bytes]]:
    at, where = 0, f"/parts/{part}"
    try:
        while at < len(piece):
            (length,) = _NAME.unpack_from(piece, at)
            begins = at + _NAME.size + length
            name = bytes(piece[at + _NAME.size : begins]).decode()
            (size,) = _BODY.unpack_from(piece, begins)
            begins += _BODY.size
            at = begins + size
            if at > len(piece):
                raise Refused("bundle.format", where, "a row is cut off")
            yield name, bytes(piece[begins:at])
    except (struct.error, UnicodeDecodeError) as error:
        raise Refused("bundle.format", where, "a malformed row") from error


def _block_out(block: BlockName) -> dict[str, Json]:
    return {"number": block.number, "hash": block.hash.hex(), "time": block.time}


def _block(obj: dict[str, Json]) -> BlockName:
    shape.only(obj, ("number", "hash", "time"))
    time = shape.integer(obj, "time", maximum=instant.MAX_NUMERIC_DATE)
    return BlockName(shape.integer(obj, "number"), octets(obj, "hash", 32), time)


def _part(obj: dict[str, Json]) -> Part:
    shape.only(obj, ("name", "size", "sha256", "as_of"), "/parts")
    return Part(
        _shown(shape.text(obj, "name", "/parts"), "/parts"),
        shape.integer(obj, "size", "/parts", maximum=MAX_UNPACKED),
        octets(obj, "sha256", 32, "/parts"),
        instant.parse(shape.text(obj, "as_of", "/parts"), where="/parts"),
    )


def _scope_out(scope: Scope) -> dict[str, Json]:
    chosen: tuple[tuple[str, frozenset[str] | None], ...] = (
        ("issuers", scope.issuers),
        ("types", scope.types),
        ("lists", scope.lists),
    )
    found: dict[str, Json] = {}
    for name, values in chosen:
        if values is not None:
            found[name] = [*sorted(values)]
    return found


def _scope(obj: dict[str, Json]) -> Scope:
    shape.only(obj, ("issuers", "types", "lists"), "/scope")
    return Scope(*(_chosen(obj, name) for name in ("issuers", "types", "lists")))


def _chosen(obj: dict[str, Json], name: str) -> frozenset[str] | None:
    if name not in obj:
        return None
    found: Sequence[str] = [
        _shown(shape.as_text(item, f"/scope/{name}", maximum=_MAX_TEXT), f"/scope/{name}")
        for item in shape.items(obj, name, "/scope", maximum=MAX_CHOSEN)
    ]
    return frozenset(found)


def _shown(text: str, where: str) -> str:
    """The text, which is told to people by whoever signed: it must not write lines of ours."""
    if not text.isprintable():
        raise Refused("bundle.format", where, "a character that cannot be seen")
    return text
