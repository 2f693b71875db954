"""What goes to the chain, as bytes: calls, deployments, signed forms and EIP-1559 transactions.

Nothing here speaks to a node. Private keys stay in their `KeyStore`, which signs 32-byte digests.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import rlp
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from eth_abi.abi import decode as abi_decode
from eth_abi.abi import encode as abi_encode
from eth_abi.exceptions import DecodingError, EncodingError
from eth_hash.auto import keccak

from clicid.codec import shape, strict_json
from clicid.errors import LocalError
from clicid.keys.algorithms import SECP256K1

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clicid.keys.public import PublicKey
    from clicid.keys.store import KeyRef, KeyStore

    Signer: TypeAlias = tuple[KeyStore, KeyRef]
    """A secp256k1 key by reference, and the store that signs with it."""

MAX_TRANSACTION_BYTES: Final = 131_072
"""128 KiB: what the pools of nodes take."""

MAX_TRANSACTION_GAS: Final = 16_777_216
"""2^24 (EIP-7825)."""

_MAX_CODE_BYTES: Final = 49_152  # of deployment code (EIP-3860)
_EIP_1559: Final = b"\x02"
_ERROR_STRING: Final = bytes.fromhex("08c379a0")
_DYNAMIC: Final = frozenset({"bytes", "string"})

# Which signed forms take the signer's nonce as their first parameter (contracts: ABI, "What is signed").
_NONCE_FIRST: Final = {
    "delegate": True,
    "withdrawDelegation": True,
    "createList": True,
    "setCommitter": True,
    "commit": False,
    "commitLarge": False,
}
_KINDS: Final = {"commitLarge": "commit"}
ERC1056_SIGNED: Final = frozenset(
    {"changeOwner", "addDelegate", "revokeDelegate", "setAttribute", "revokeAttribute"}
)
"""The functions of DidRegistry that have a signed form."""


def address_of(public: PublicKey) -> bytes:
    """The account of a secp256k1 key: 20 bytes.

    Raises:
        LocalError: `keystore.capability` if the key is of another algorithm.
    """
    if public.algorithm.name != SECP256K1:
        raise LocalError("keystore.capability", detail="accounts are secp256k1 keys")
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256K1(), public.raw)
    coordinates = point.public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )[1:]
    return keccak(coordinates)[12:]


@dataclass(frozen=True, slots=True)
class Function:
    """A contract's function: its name, the ABI types it takes, and those it returns."""

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    def encode(self, args: Sequence[Any]) -> bytes:
        """Call data. Raises `LocalError` (`chain.arguments`)."""
        selector = keccak(f"{self.name}({','.join(self.inputs)})".encode())[:4]
        return selector + encode(self.inputs, args, self.name)

    def decode(self, output: bytes) -> tuple[Any, ...]:
        """What a call returned; addresses are 20 bytes. Raises `LocalError` (`chain.arguments`)."""
        try:
            values = abi_decode(self.outputs, output)
        except DecodingError as error:
            raise LocalError("chain.arguments", self.name, "no such function at this address") from error
        pairs = zip(self.outputs, values, strict=True)
        return tuple(bytes.fromhex(v[2:]) if kind == "address" else v for kind, v in pairs)


@dataclass(frozen=True, slots=True)
class Artifact:
    """A compiled contract: what a deployment sends, and what can be called afterwards."""

    name: str
    bytecode: bytes
    constructor: tuple[str, ...]
    functions: Mapping[str, Function]

    @classmethod
    def from_json(cls, raw: bytes) -> Artifact:
        """Read an artifact of `contracts`. Raises `Refused` (`codec.*`)."""
        document = shape.as_object(strict_json.loads(raw))
        entries = [shape.as_object(entry) for entry in shape.as_items(document["abi"])]
        functions = (
            Function(shape.text(entry, "name"), _types(entry, "inputs"), _types(entry, "outputs"))
            for entry in entries
            if entry["type"] == "function"
        )
        constructors = (_types(entry, "inputs") for entry in entries if entry["type"] == "constructor")
        return cls(
            shape.text(document, "name"),
            bytes.fromhex(shape.text(document, "bytecode", maximum=2 * _MAX_CODE_BYTES).removeprefix("0x")),
            next(constructors, ()),
            {function.name: function for function in functions},
        )

    def function(self, name: str) -> Function:
        """A function by its name. Raises `LocalError` (`chain.arguments`)."""
        if name not in self.functions:
            raise LocalError("chain.arguments", f"{self.name}.{name}", "no such function")
        return self.functions[name]

    def deployment(self, args: Sequence[Any]) -> bytes:
        """The data that deploys it. Raises `LocalError` (`chain.arguments`)."""
        return self.bytecode + encode(self.constructor, args, self.name)


@dataclass(frozen=True, slots=True)
class Transaction:
    """An EIP-1559 transaction before it is signed. Fees are wei per gas; `to` empty deploys."""

    chain_id: int
    nonce: int
    tip: int
    max_fee: int
    gas: int
    to: bytes
    data: bytes

    def sign(self, signer: Signer) -> bytes:
        """The transaction as it travels.

        Raises:
            LocalError: `chain.too_large` above 128 KiB or 2^24 gas; `keystore.*`.
        """
        if self.gas > MAX_TRANSACTION_GAS:
            raise LocalError("chain.too_large", detail=f"{self.gas} gas")
        fields = [
            *(self.chain_id, self.nonce, self.tip, self.max_fee, self.gas),
            *(self.to, 0, self.data, []),
        ]
        signature = sign(signer, keccak(_EIP_1559 + rlp.encode(fields)))
        raw: bytes = _EIP_1559 + rlp.encode(
            [*fields, signature.v - 27, signature.r_number, signature.s_number]
        )
        if len(raw) > MAX_TRANSACTION_BYTES:
            raise LocalError("chain.too_large", detail=f"{len(raw)} bytes")
        return raw


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature as contracts take it: v is 27 or 28, r and s are 32 bytes."""

    v: int
    r: bytes
    s: bytes

    @property
    def r_number(self) -> int:
        """R as RLP wants it."""
        return int.from_bytes(self.r)

    @property
    def s_number(self) -> int:
        """S as RLP wants it."""
        return int.from_bytes(self.s)


def sign(signer: Signer, digest: bytes) -> Signature:
    """Sign 32 bytes. Raises `LocalError` (`keystore.*`)."""
    store, ref = signer
    raw = store.sign_digest(ref, digest)
    return Signature(27 + raw[64], raw[:32], raw[32:64])


def erc1056_digest(function: Function, args: Sequence[Any], *, registry: bytes, nonce: int) -> bytes:
    """What the owner signs for a `...Signed` function of DidRegistry (ERC-1056).

    Args:
        function: The unsigned form, whose first parameter is the identity.
        args: Its arguments.
        registry: The contract's address (20 bytes).
        nonce: The owner's nonce in the contract.
    """
    identity, *rest = zip(function.inputs, args, strict=True)
    packed = [_packed(kind, value) for kind, value in rest]
    head = [b"\x19\x00", registry, nonce.to_bytes(32), _packed(*identity), function.name.encode()]
    return keccak(b"".join(head + packed))


def typed_digest(
    function: Function, args: Sequence[Any], *, contract: bytes, chain_id: int, nonce: int
) -> bytes:
    """What is signed for a `...Signed` function of TrustRegistry and StatusRegistry.

    Args:
        function: The unsigned form.
        args: Its arguments.
        contract: The contract's address (20 bytes).
        chain_id: The chain's id.
        nonce: The signer's nonce in the contract; unused where the version is the nonce.

    Raises:
        LocalError: `chain.arguments` if the function has no signed form.
    """
    if function.name not in _NONCE_FIRST:
        raise LocalError("chain.arguments", function.name, "it has no signed form")
    kind = keccak(_KINDS.get(function.name, function.name).encode())
    values = [(type_, _hashed(type_, value)) for type_, value in zip(function.inputs, args, strict=True)]
    first = [("uint256", nonce)] if _NONCE_FIRST[function.name] else []
    rows = [("uint256", chain_id), ("bytes32", kind), *first, *values]
    types = tuple("bytes32" if type_ in _DYNAMIC else type_ for type_, _ in rows)
    words = encode(types, [value for _, value in rows], function.name)
    return keccak(b"\x19\x00" + contract + words)


def encode(types: Sequence[str], args: Sequence[Any], where: str) -> bytes:
    """ABI-encode arguments. Raises `LocalError` (`chain.arguments`)."""
    try:
        return abi_encode(types, args)
    except (EncodingError, ValueError, TypeError) as error:
        raise LocalError("chain.arguments", where, "the arguments do not fit the types") from error


def revert_reason(data: bytes) -> str:
    """The contract's word in revert data, or its hex where it gave none."""
    if data[:4] != _ERROR_STRING:
        return f"0x{data.hex()}"
    try:
        return str(abi_decode(["string"], data[4:])[0])
    except DecodingError:
        return f"0x{data.hex()}"


def _types(entry: Mapping[str, Any], members: str) -> tuple[str, ...]:
    return tuple(shape.text(shape.as_object(item), "type") for item in shape.as_items(entry.get(members, [])))


def _packed(kind: str, value: Any) -> bytes:
    """Solidity's packed form of the types ERC-1056 signs."""
    return int(value).to_bytes(32) if kind == "uint256" else bytes(value)


def _hashed(kind: str, value: Any) -> Any:
    if kind not in _DYNAMIC:
        return value
    return hashlib.sha256(value.encode() if isinstance(value, str) else value).digest()
