"""What the two suites of selective disclosure have in common.

An issuer makes a base proof, of which only the holder ever hears; the holder derives from it one for
each verifier, over a part of the document. Statements of the document are either mandatory, which one
hash covers and every part has, or are signed so that each can be shown by itself.
"""

from __future__ import annotations

import hashlib
import itertools
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from clicid.codec import cbor, multibase, shape
from clicid.errors import Refused
from clicid.rdf import limits, selection, selective
from clicid.securing.data_integrity import transforms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from clicid.codec.cbor import Cbor, Writable
    from clicid.codec.strict_json import Json
    from clicid.keys.public import PublicKey
    from clicid.rdf.selective import Separated
    from clicid.securing.data_integrity.inputs import Input
    from clicid.securing.data_integrity.options import Proof

HEADER_SIZE: Final = 3
_MAX_VALUE_CHARS: Final = 1 << 17
_MAX_VALUE_DEPTH: Final = 2


@dataclass(frozen=True, slots=True)
class Split:
    """A document's statements, or those of a part of it, under the issuer's labels.

    Args:
        mandatory_hash: SHA-256 of the mandatory ones.
        others: The rest, in order.
    """

    mandatory_hash: bytes
    others: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a derived proof says of a part (createDisclosureData).

    Args:
        document: The part, without a proof.
        labels: For the number of each canonical label in the part, the issuer's label.
        mandatory: Which of the part's statements are mandatory.
        chosen: Which of the document's statements that are not mandatory are in the part.
    """

    document: dict[str, Json] = field(repr=False)
    labels: Mapping[int, str] = field(repr=False)
    mandatory: tuple[int, ...]
    chosen: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Received:
    """A proof as it came.

    Args:
        source: What it is over.
        members: All of it.
        proof: Its options.
        where: Its JSON pointer.
    """

    source: Input = field(repr=False)
    members: Mapping[str, Json] = field(repr=False)
    proof: Proof
    where: str

    def check_alone(self) -> None:
        """Refuse (`proof.previous`) if it follows other proofs, which no derived document has."""
        check_alone(self.proof, self.where)

    def check_kind(self, key: PublicKey, algorithm: str) -> None:
        """Refuse (`keys.algorithm`) a key of another kind."""
        if key.algorithm.name != algorithm:
            place = shape.pointer(self.where, "verificationMethod")
            raise Refused("keys.algorithm", place, f"a key of {algorithm} is wanted")

    def statements(self, labels: Mapping[int, str]) -> list[bytes]:
        """The input's N-Quads under the issuer's labels, by the number of each canonical label.

        Raises:
            Refused: `rdf.labels`; the `rdf.*` of safe mode.
        """
        nquads = self.source.canonical().nquads
        with refused_at(value_at(self.where)):
            return selective.relabelled(nquads, labels)

    def hash(self) -> bytes:
        """SHA-256 of its canonical configuration: it without its value."""
        config = {name: value for name, value in self.members.items() if name != "proofValue"}
        return proof_hash(self.source, config, self.where)


@contextmanager
def refused_at(where: str) -> Iterator[None]:
    """What is refused inside is refused at this place."""
    try:
        yield
    except Refused as error:
        raise Refused(error.code, where, error.detail) from error


def proof_hash(source: Input, config: Mapping[str, Json], where: str) -> bytes:
    """SHA-256 of the canonical proof configuration.

    Raises:
        Refused: The `rdf.*` of safe mode.
    """
    return hashlib.sha256(transforms.rdfc_config(source, config, where)).digest()


def check_alone(proof: Proof, where: str) -> None:
    """Refuse (`proof.previous`) a proof that follows others."""
    if proof.previous_proof:
        raise Refused("proof.previous", shape.pointer(where, "previousProof"), "not with this suite")


def split(nquads: Sequence[bytes], mandatory: Sequence[int], where: str) -> Split:
    """Statements parted by the indexes of the mandatory ones, which rise.

    Raises:
        Refused: `proof.value` for an index beyond the last statement.
    """
    if mandatory and mandatory[-1] >= len(nquads):
        raise Refused("proof.value", value_at(where), "an index of no statement")
    indexes = frozenset(mandatory)
    joined = b"".join(nquads[index] for index in mandatory)
    others = tuple(line for index, line in enumerate(nquads) if index not in indexes)
    return Split(hashlib.sha256(joined).digest(), others)


def show(separated: Separated, mandatory: Sequence[int], pointers: Iterable[str]) -> Shown:
    """The part that the holder shows.

    Args:
        separated: The document under the issuer's labels.
        mandatory: The indexes of the mandatory statements.
        pointers: The issuer's JSON pointers, which select those, and the holder's.

    Raises:
        Refused: `rdf.pointer`, `rdf.pointer_nothing`, `rdf.pointer_inside`; `rdf.pointer_nothing` too
            if there is no pointer at all.
    """
    part = separated.part(pointers)
    if not part.indexes:
        raise Refused("rdf.pointer_nothing", detail="nothing is selected")
    always = frozenset(mandatory)
    others = (index for index in range(len(separated.nquads)) if index not in always)
    shown = frozenset(part.indexes)
    return Shown(
        part.document,
        separated.shown_labels(part),
        tuple(place for place, index in enumerate(part.indexes) if index in always),
        tuple(place for place, index in enumerate(others) if index in shown),
    )


def encode(header: bytes, components: Sequence[Writable]) -> str:
    """A `proofValue`: header and components in CBOR, in base64url."""
    return multibase.encode(header + cbor.dumps(components), multibase.BASE64URL)


def decode(members: Mapping[str, Json], where: str) -> tuple[bytes, list[Cbor]]:
    """Header and components of a `proofValue`.

    Raises:
        Refused: `proof.value`, `codec.base64url`, `codec.cbor`, `codec.size`.
    """
    place = value_at(where)
    text = shape.text(members, "proofValue", where, maximum=_MAX_VALUE_CHARS)
    if not text.startswith(multibase.BASE64URL):
        raise Refused("proof.value", place, "base64url is wanted")
    raw = multibase.decode(text, where=place, max_chars=_MAX_VALUE_CHARS)
    components = cbor.loads(raw[HEADER_SIZE:], where=place, max_depth=_MAX_VALUE_DEPTH)
    if not isinstance(components, list):
        raise Refused("proof.value", place, "components are wanted")
    return raw[:HEADER_SIZE], components


def value_at(where: str) -> str:
    """The JSON pointer of a proof's value."""
    return shape.pointer(where, "proofValue")


class Components:
    """A proof value's components, taken one after the other.

    Each method raises `Refused` (`proof.value`) for another type, length or number, and `done` for
    components left over.
    """

    def __init__(self, components: list[Cbor], where: str) -> None:
        self._left = list(reversed(components))
        self._where: Final = value_at(where)

    def octets(self, *sizes: int) -> bytes:
        """Bytes of one of these sizes; of any size if none is given."""
        return self._octets(self._next(), sizes)

    def many_octets(self, size: int) -> tuple[bytes, ...]:
        """An array of bytes of one size."""
        return tuple(self._octets(item, (size,)) for item in self._array())

    def indexes(self) -> tuple[int, ...]:
        """An array of numbers that rise."""
        found = tuple(self._number(item) for item in self._array())
        if any(one >= other for one, other in itertools.pairwise(found)):
            raise self._refused("indexes that do not rise")
        return found

    def number(self) -> int:
        """A number of statements."""
        return self._number(self._next())

    def text(self, maximum: int) -> str:
        """A text of 1 to `maximum` characters."""
        found = self._next()
        if not isinstance(found, str) or not 1 <= len(found) <= maximum:
            raise self._refused("a text is wanted")
        return found

    def pointers(self) -> tuple[str, ...]:
        """An array of JSON pointers; `rdf.pointer` for what is none."""
        items = self._array()
        texts = tuple(item for item in items if isinstance(item, str))
        if len(texts) < len(items) or len(texts) > selection.MAX_POINTERS:
            raise self._refused("JSON pointers are wanted")
        for text in texts:
            selection.parse(text, self._where)
        return texts

    def octets_by_number(self, size: int) -> dict[int, bytes]:
        """A map of numbers to bytes of one size."""
        return {number: self._octets(value, (size,)) for number, value in self._map()}

    def numbers_by_number(self) -> dict[int, int]:
        """A map of numbers to numbers."""
        return {number: self._number(value) for number, value in self._map()}

    def done(self) -> None:
        """That was all."""
        if self._left:
            raise self._refused("components left over")

    def refused(self, detail: str) -> Refused:
        """That a component is not what it should be."""
        return self._refused(detail)

    def _next(self) -> Cbor:
        if not self._left:
            raise self._refused("a component is missing")
        return self._left.pop()

    def _array(self) -> list[Cbor]:
        found = self._next()
        if not isinstance(found, list):
            raise self._refused("an array is wanted")
        return found

    def _map(self) -> list[tuple[int, Cbor]]:
        found = self._next()
        if not isinstance(found, dict):
            raise self._refused("a map is wanted")
        return [(self._number(key), value) for key, value in found.items()]

    def _octets(self, value: Cbor, sizes: tuple[int, ...]) -> bytes:
        if not isinstance(value, bytes) or (sizes and len(value) not in sizes):
            raise self._refused("bytes of another length are wanted")
        return value

    def _number(self, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= limits.MAX_STATEMENTS:
            raise self._refused("a number is wanted")
        return value

    def _refused(self, detail: str) -> Refused:
        return Refused("proof.value", self._where, detail)
