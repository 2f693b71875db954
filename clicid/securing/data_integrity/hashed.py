"""Suites that sign two hashes: the proof configuration's, then the document's.

EdDSA Cryptosuites 1.0 (3.2, 3.3) and ECDSA Cryptosuites 1.0 (3.2, 3.3). They differ in how both are
brought to bytes before (`transforms`) and in the kind of key, which also says which hash it is.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

from clicid.codec import multibase, shape
from clicid.errors import LocalError, Refused
from clicid.keys.algorithms import ALGORITHMS, ED25519, P256, P384
from clicid.rdf.canon import SHA_256, SHA_384
from clicid.securing.data_integrity.suite import Unsigned
from clicid.securing.data_integrity.transforms import RDFC, rdfc_config
from clicid.securing.signing import SigningOperation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from clicid.codec.strict_json import Json
    from clicid.keys.public import PublicKey
    from clicid.securing.data_integrity.inputs import Input
    from clicid.securing.data_integrity.options import Proof
    from clicid.securing.data_integrity.transforms import Transform

_MAX_VALUE_CHARS: Final = 160
_MOST_CONFIGURATIONS: Final = 256
_OURSELVES: Final = ""
"""Whose shapes those of our own documents are."""
HASH_OF: Final = {ED25519: SHA_256, P256: SHA_256, P384: SHA_384}


@dataclass(slots=True)  # Not frozen: to build that takes six times as long, and one is built in every check.
class HashedProof:
    """An `UnverifiedProof` that signs a hash.

    Args:
        proof: Its options.
        algorithm: The kind of key that made it.
        hash_data: What was signed.
        signature: As long as that algorithm's are.
        where: Its JSON pointer.
        source: What it is over; None where all of it was known before.
        confirm: See `Transform`; None where nothing is left to find out.
    """

    proof: Proof
    algorithm: str
    hash_data: bytes
    signature: bytes
    where: str = field(repr=False)
    source: Input | None = field(default=None, repr=False, compare=False)
    confirm: Callable[[], None] | None = field(default=None, repr=False, compare=False)

    def verify(self, key: PublicKey) -> None:
        """Return if `key` has signed the hash data.

        Raises:
            Refused: `keys.algorithm`, `keys.signature`; `proof.context`, `rdf.*`.
        """
        if key.algorithm.name != self.algorithm:
            place = shape.pointer(self.where, "verificationMethod")
            raise Refused("keys.algorithm", place, f"a key of {self.algorithm} is wanted")
        try:
            key.verify(self.signature, self.hash_data)
        except Refused as error:
            raise Refused(error.code, self.where, error.detail) from error
        if self.confirm is not None:
            self.confirm()
        if self.source is not None:
            self.source.vouch(key.raw.hex())

    def issued(self) -> tuple[bytes, bytes] | None:
        """Both hashes, and the signature."""
        return self.hash_data, self.signature


@dataclass(frozen=True, slots=True)
class HashedSuite:
    """A `Suite`.

    Args:
        name: The cryptosuite's identifier.
        transform: To bytes.
        algorithms: The kinds of key, told apart by the length of their signatures.
    """

    name: str
    transform: Transform
    algorithms: tuple[str, ...]

    @property
    def members(self) -> frozenset[str]:
        """Those of the transformation."""
        return self.transform.members

    def parse(self, source: Input, members: Mapping[str, Json], proof: Proof, where: str) -> HashedProof:
        """Decode the value and hash the rest, as `Suite.parse` says."""
        signature = _decoded(members, where)
        for algorithm in self.algorithms:
            if len(signature) == ALGORITHMS[algorithm].signature_size:
                config = {name: value for name, value in members.items() if name != "proofValue"}
                hash_data = self._hash(source, config, algorithm, where)
                confirm = partial(self.transform.confirm, source, config, where)
                return HashedProof(proof, algorithm, hash_data, signature, where, source, confirm)
        raise Refused("proof.value", shape.pointer(where, "proofValue"), "of another length")

    def prepare(self, source: Input, proof: Proof, alg: str) -> Unsigned:
        """As `Suite.prepare` says; one signature is wanted."""
        if alg not in self.algorithms:
            raise LocalError("securing.suite", detail=f"{self.name} is not for keys of {alg}")
        config, digest = self._config(source, proof, alg)
        if digest:
            hash_data = (
                digest + getattr(hashlib, HASH_OF[alg])(source.canonical(HASH_OF[alg]).nquads).digest()
            )
        else:
            hash_data = self._hash(source, config, alg, "")
        operation = SigningOperation(alg, hash_data)
        source.vouch(_OURSELVES)
        return Unsigned(config, (operation,), lambda signatures: _encoded(signatures, alg))

    def _config(self, source: Input, proof: Proof, alg: str) -> tuple[Mapping[str, Json], bytes]:
        """A new proof's configuration, and its hash where that can be told without the document.

        An issuer signs with the same options all day, under the same contexts.
        """
        context = source.document.get("@context")
        named = isinstance(context, list) and all(isinstance(url, str) for url in context)
        if self.transform is not RDFC or not isinstance(context, list) or not named:
            return self.transform.complete(source, proof.to_json()), b""
        known = source.contexts.compiled.setdefault("configurations", {})
        key = (proof, tuple(context), source.profile, alg)
        if key not in known:
            config = self.transform.complete(source, proof.to_json())
            digest = getattr(hashlib, HASH_OF[alg])(rdfc_config(source, config, "")).digest()
            if len(known) >= _MOST_CONFIGURATIONS:
                known.clear()
            known[key] = config, digest
        found: tuple[Mapping[str, Json], bytes] = known[key]
        return found

    def _hash(self, source: Input, config: Mapping[str, Json], algorithm: str, where: str) -> bytes:
        name = HASH_OF[algorithm]
        forms = self.transform.forms(source, config, name, where)
        digest = getattr(hashlib, name)
        return b"".join([digest(form).digest() for form in forms])


def _decoded(members: Mapping[str, Json], where: str) -> bytes:
    place = shape.pointer(where, "proofValue")
    text = shape.text(members, "proofValue", where, maximum=_MAX_VALUE_CHARS)
    if not text.startswith(multibase.BASE58BTC):
        raise Refused("proof.value", place, "base58btc is wanted")
    return multibase.decode(text, where=place)


def _encoded(signatures: Sequence[bytes], alg: str) -> str:
    if [len(signature) for signature in signatures] != [ALGORITHMS[alg].signature_size]:
        raise LocalError("securing.signatures")
    return multibase.encode(signatures[0])
