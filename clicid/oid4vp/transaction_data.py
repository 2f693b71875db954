"""What a person is asked to authorise by presenting (`transaction_data`; OpenID4VP 5.1, 8.4, B.2.1, B.3.3).

The holder's key signs a hash of the text of each object, as it came, and so of what was on the person's
screen: in a key-binding JWT as claims of its own (B.3.3.1), in an mdoc as an element that the device states.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NoReturn

from clicid.codec import base64url, shape, strict_json
from clicid.errors import Refused, RemoteError, answered_with
from clicid.oid4vp.dcql import MDOC, SD_JWT
from clicid.oid4vp.errors import Wire

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from clicid.codec.strict_json import Json
    from clicid.oid4vp.dcql import Query

HASHES: Final = "transaction_data_hashes"
HASHES_ALG: Final = "transaction_data_hashes_alg"
DEFAULT_ALG: Final = "sha-256"
# IANA "Named Information Hash Algorithm", as far as nobody doubts them.
_ALGORITHMS: Final = {DEFAULT_ALG: hashlib.sha256, "sha-384": hashlib.sha384, "sha-512": hashlib.sha512}

MAX_OBJECTS: Final = 8
_MAX_CHARS: Final = 16_384
_MAX_DEPTH: Final = 8
_MAX_TEXT: Final = 1024
_COMMON: Final = frozenset({"type", "credential_ids", HASHES_ALG})


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a type of transaction data: a text that the person is shown.

    Args:
        label: What it is called, by language (`sv` and `en`).
        form: What it must look like.
        required: Whether it must be there.
    """

    label: Mapping[str, str]
    form: re.Pattern[str] = re.compile(r".+", re.DOTALL)
    required: bool = True


@dataclass(frozen=True, slots=True)
class TransactionType:
    """A type that a wallet knows; what it does not know it must refuse (8.5).

    Args:
        name: The `type`.
        title: What the person is asked to do, by language (`sv` and `en`).
        members: What its objects have beside what all have; others are refused.
        element: Namespace and name of the data element that an mdoc's holder states; empty where the type
            cannot be authorised with an mdoc.
    """

    name: str
    title: Mapping[str, str]
    members: Mapping[str, Member]
    element: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class TransactionData:
    """One object of `transaction_data`.

    Args:
        encoded: As it came, base64url: what is hashed.
        type: Its type.
        credential_ids: The credential queries that may authorise it, of which one does.
        algs: The hash algorithms of which one must be used; empty for the default.
        details: What is particular to the type.
    """

    encoded: str = field(repr=False)
    type: str
    credential_ids: tuple[str, ...]
    algs: tuple[str, ...] = ()
    details: Mapping[str, Json] = field(default_factory=dict, repr=False)

    @classmethod
    def parse(cls, value: Json, where: str) -> TransactionData:
        """Read one element of `transaction_data`; whether its type is known is `check`'s question.

        Raises:
            RemoteError: `invalid_transaction_data` with `oid4vp.transaction_data`.
        """
        with answered_with(Wire.INVALID_TRANSACTION_DATA, "oid4vp.transaction_data"):
            encoded = shape.as_text(value, where, maximum=_MAX_CHARS)
            raw = base64url.decode(encoded, where=where, max_chars=_MAX_CHARS)
            obj = shape.as_object(strict_json.loads(raw, max_depth=_MAX_DEPTH), where)
            return cls(
                encoded=encoded,
                type=shape.text(obj, "type", where, maximum=512),
                credential_ids=shape.texts(obj, "credential_ids", where, minimum=1, maximum=64),
                algs=shape.texts(obj, HASHES_ALG, where, minimum=1, maximum=16) if HASHES_ALG in obj else (),
                details={name: member for name, member in obj.items() if name not in _COMMON},
            )

    @classmethod
    def make(
        cls,
        kind: TransactionType,
        details: Mapping[str, str],
        credential_ids: Sequence[str],
        algs: Sequence[str] = (),
    ) -> TransactionData:
        """An object of a known type, for a verifier to ask with.

        Raises:
            RemoteError: `invalid_transaction_data` for details that the type does not have.
        """
        obj: dict[str, Json] = {"type": kind.name, "credential_ids": [*credential_ids]}
        if algs:
            obj[HASHES_ALG] = [*algs]
        encoded = base64url.encode(strict_json.dumps({**obj, **details}))
        made = cls.parse(encoded, "/transaction_data")
        _check_details(made, kind, "/transaction_data")
        return made

    def digest(self, alg: str) -> bytes:
        """The hash over the text as it came, which is not decoded before (B.3.3.1)."""
        return _ALGORITHMS[alg](self.encoded.encode("ascii")).digest()


def parse(obj: Mapping[str, Json]) -> tuple[TransactionData, ...]:
    """The `transaction_data` of a request; none where it has none.

    Raises:
        RemoteError: `invalid_transaction_data` with `oid4vp.transaction_data`.
    """
    if "transaction_data" not in obj:
        return ()
    with answered_with(Wire.INVALID_TRANSACTION_DATA, "oid4vp.transaction_data"):
        found = shape.items(obj, "transaction_data", minimum=1, maximum=MAX_OBJECTS)
    return tuple(
        TransactionData.parse(item, f"/transaction_data/{index}") for index, item in enumerate(found)
    )


def check(items: Sequence[TransactionData], query: Query, types: Mapping[str, TransactionType]) -> None:
    """Return if a wallet that knows `types` can have all of this authorised (8.5, B.3.3).

    1. The type is known, and the object has its members and no others.
    2. Each credential named is asked for, and with a proof by its holder.
    3. Of the hash algorithms one is ours.

    Raises:
        RemoteError: `invalid_transaction_data` with `oid4vp.transaction_data`.
    """
    queries = {credential.id: credential for credential in query.credentials}
    for index, item in enumerate(items):
        where = f"/transaction_data/{index}"
        kind = types.get(item.type)
        if kind is None:
            _refuse(where, "a type that is not known")
        _check_details(item, kind, where)  # 1
        for name in item.credential_ids:  # 2
            wanted = queries.get(name)
            if wanted is None:
                _refuse(where, "a credential that is not asked for")
            if not wanted.require_cryptographic_holder_binding:
                _refuse(where, "a credential that is asked for without its holder's proof")
            if wanted.format != SD_JWT and not (wanted.format == MDOC and all(kind.element)):
                _refuse(where, "a credential of a format that cannot authorise it")
    common_alg(items)  # 3


def _check_details(item: TransactionData, kind: TransactionType, where: str) -> None:
    if not item.details.keys() <= kind.members.keys():
        _refuse(where, "a member that the type does not have")
    for name, member in kind.members.items():
        if name not in item.details:
            if member.required:
                _refuse(f"{where}/{name}", "missing")
            continue
        value = item.details[name]
        if not isinstance(value, str) or len(value) > _MAX_TEXT or not member.form.fullmatch(value):
            _refuse(f"{where}/{name}", "not what the type has there")


def common_alg(items: Sequence[TransactionData]) -> str:
    """The hash algorithm for all of these: one claim names it for them all.

    Raises:
        RemoteError: `invalid_transaction_data` if there is none that each allows.
    """
    allowed = (alg for alg in _ALGORITHMS if all(alg in (item.algs or (DEFAULT_ALG,)) for item in items))
    found = next(allowed, None)
    if found is None:
        _refuse("/transaction_data", "no hash algorithm that all of it allows")
    return found


def assign(
    items: Sequence[TransactionData], answered: Collection[str]
) -> dict[str, tuple[TransactionData, ...]]:
    """Which credential query's answer authorises what: of those an object names, the first that is answered.

    Args:
        items: What is to be authorised.
        answered: The ids of the credential queries that the person answers.

    Raises:
        RemoteError: `invalid_transaction_data` if what an object names is not answered.
    """
    found: dict[str, tuple[TransactionData, ...]] = {}
    for index, item in enumerate(items):
        name = next((name for name in item.credential_ids if name in answered), None)
        if name is None:
            _refuse(f"/transaction_data/{index}", "the credential that authorises it is not presented")
        found[name] = (*found.get(name, ()), item)
    return found


def key_binding_claims(items: Sequence[TransactionData]) -> dict[str, Json]:
    """The claims of the key-binding JWT that authorises these (B.3.3.1); none for none."""
    if not items:
        return {}
    alg = common_alg(items)
    claims: dict[str, Json] = {HASHES: [base64url.encode(item.digest(alg)) for item in items]}
    if any(item.algs for item in items):
        claims[HASHES_ALG] = alg
    return claims


def device_stated(
    items: Sequence[TransactionData], types: Mapping[str, TransactionType]
) -> dict[str, dict[str, list[bytes]]]:
    """What an mdoc's device states to authorise these (B.2.1): by element, the SHA-256 of each text."""
    stated: dict[str, dict[str, list[bytes]]] = {}
    for item in items:
        namespace, element = types[item.type].element
        stated.setdefault(namespace, {}).setdefault(element, []).append(item.digest(DEFAULT_ALG))
    return stated


@dataclass(frozen=True, slots=True)
class Authorised:
    """What one presentation's holder has signed: the algorithm and the hashes.

    `element` is where an mdoc's holder stated them: its issuer lets it do so one by one (B.2.1). Empty for a
    key-binding JWT, which is for all types.
    """

    alg: str
    hashes: tuple[bytes, ...]
    element: tuple[str, str] = ("", "")

    def is_of(self, item: TransactionData, types: Mapping[str, TransactionType]) -> bool:
        """Whether these hashes can be of this object."""
        kind = types.get(item.type)
        return not any(self.element) or (kind is not None and self.element == kind.element)

    @classmethod
    def from_claims(cls, claims: Mapping[str, Json], where: str) -> Authorised | None:
        """Of a key-binding JWT whose signature was good; None where it authorises nothing.

        Raises:
            RemoteError: `invalid_request` with `oid4vp.transaction_data` for what is malformed.
        """
        with answered_with(Wire.INVALID_REQUEST, "oid4vp.transaction_data"):
            alg = shape.optional_text(claims, HASHES_ALG, where, maximum=32)
            if HASHES not in claims:
                if alg is not None:
                    raise Refused("oid4vp.transaction_data", where, "an algorithm without hashes")
                return None
            found = shape.texts(claims, HASHES, where, minimum=1, maximum=MAX_OBJECTS)
            hashes = tuple(base64url.decode(text, where=where, max_chars=128) for text in found)
        return cls(alg or DEFAULT_ALG, hashes)


def check_authorised(
    items: Sequence[TransactionData],
    shown: Mapping[str, Sequence[Authorised]],
    types: Mapping[str, TransactionType],
) -> None:
    """Return if what was asked to be authorised is, by one presentation each, and nothing else is.

    Args:
        items: What was asked.
        shown: By the id of a credential query, what the presentations that answer it authorise.
        types: The types that there are.

    Raises:
        RemoteError: `invalid_request` with `oid4vp.transaction_data`.
    """
    left = [(name, one, value) for name, found in shown.items() for one in found for value in one.hashes]
    for index, item in enumerate(items):
        mine = [
            (name, one, value)
            for name, one, value in left
            if name in item.credential_ids
            and one.is_of(item, types)
            and one.alg in _ALGORITHMS
            and one.alg in (item.algs or (DEFAULT_ALG,))
            and value == item.digest(one.alg)
        ]
        if not mine:
            raise _unauthorised(f"/transaction_data/{index}", "not authorised by what was presented")
        left.remove(mine[0])
    if left:
        raise _unauthorised("", "something is authorised that was not asked for")


def _unauthorised(where: str, detail: str) -> RemoteError:
    return RemoteError(Wire.INVALID_REQUEST, "oid4vp.transaction_data", where, detail)


def _refuse(where: str, detail: str) -> NoReturn:
    raise RemoteError(Wire.INVALID_TRANSACTION_DATA, "oid4vp.transaction_data", where, detail)


PAYMENT: Final = TransactionType(
    name="https://schemas.clicid.example/transactions/payment/v1",
    title={"sv": "Godkänn en betalning", "en": "Approve a payment"},
    members={
        "payee": Member({"sv": "Till", "en": "To"}),
        "amount": Member({"sv": "Belopp", "en": "Amount"}, re.compile(r"\d{1,15}(\.\d{1,3})?", re.ASCII)),
        "currency": Member({"sv": "Valuta", "en": "Currency"}, re.compile(r"[A-Z]{3}", re.ASCII)),
        "reference": Member({"sv": "Meddelande", "en": "Reference"}, required=False),
    },
    element=("example.clicid.transactions.1", "payment_hashes"),
)
AGREEMENT: Final = TransactionType(
    name="https://schemas.clicid.example/transactions/agreement/v1",
    title={"sv": "Godkänn en text", "en": "Agree to a text"},
    members={"text": Member({"sv": "Text", "en": "Text"})},
    element=("example.clicid.transactions.1", "agreement_hashes"),
)
TYPES: Final[Mapping[str, TransactionType]] = {kind.name: kind for kind in (PAYMENT, AGREEMENT)}
"""The types that ClicID defines; a wallet may be given others."""
