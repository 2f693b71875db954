"""A service provider's public registration: who it is, and what it may ask for, and why.

The document is JSON, published by the service provider; its digest stands on chain, so a wallet
may get it from anywhere. A wallet reads name and purpose only from here.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from clicid.codec import instant, jcs, shape, strict_json, web
from clicid.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from clicid.codec.strict_json import Json
    from clicid.ledger.facts import Registration

MAX_BYTES: Final = 1 << 16
MAX_DEPTH: Final = 8
MAX_PURPOSES: Final = 32
MAX_TYPES: Final = 32
MAX_PATHS: Final = 128
MAX_CLIENT_IDS: Final = 16
_MAX_NAME: Final = 256
_MAX_TEXT: Final = 1024
_PURPOSE_ID: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.ASCII)

ClaimPath: TypeAlias = "tuple[str | int | None, ...]"
"""A claims path pointer (OpenID4VP 1.0, 7): names, indexes, None for every element."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """One thing the service provider asks for, and why.

    Args:
        id: Its short name in requests.
        text: The sentence the wallet shows, by language (`sv` and `en`).
        claims: For each credential type URI, the claims it may ask for; a path allows what is below it.
    """

    id: str
    text: Mapping[str, str]
    claims: Mapping[str, tuple[ClaimPath, ...]]

    def allows(self, credential_type: str, path: Sequence[str | int | None]) -> bool:
        """Whether the claim, or something that contains it, is registered for this purpose."""
        return any(_covers(allowed, path) for allowed in self.claims.get(credential_type, ()))


@dataclass(frozen=True, slots=True)
class RegistrationDocument:
    """The whole document. `digest` is SHA-256 of its JCS form (32 bytes), as it stands on chain.

    `client_ids` are client identifiers by which the service provider asks beside its DID, whole
    (``x509_hash:...``): what makes a certificate's asker the registered one.
    """

    legal_name: str
    identifier: str
    purposes: tuple[Purpose, ...]
    privacy_policy: str
    erasure_contact: str
    digest: bytes
    client_ids: frozenset[str] = frozenset()

    def purpose(self, purpose_id: str) -> Purpose:
        """The purpose of that name.

        Raises:
            Refused: `registration.purpose`.
        """
        for purpose in self.purposes:
            if purpose.id == purpose_id:
                return purpose
        raise Refused("registration.purpose")

    def allowed(self, purpose_id: str, credential_type: str, path: Sequence[str | int | None]) -> bool:
        """Whether the purpose exists and covers the claim."""
        return any(
            purpose.id == purpose_id and purpose.allows(credential_type, path) for purpose in self.purposes
        )

    def over_asking(
        self, purpose_id: str, credential_type: str, paths: Iterable[Sequence[str | int | None]]
    ) -> tuple[ClaimPath, ...]:
        """Those of the asked claims that the purpose does not cover: what a wallet must point at."""
        return tuple(tuple(path) for path in paths if not self.allowed(purpose_id, credential_type, path))


def parse(raw: bytes) -> RegistrationDocument:
    """The document from its JSON text.

    Members: `legal_name`, `identifier` (DID), `purposes` [{`id`, `text` {`sv`, `en`}, `claims`
    {type URI: [path, ...]}}], `privacy_policy` (URL), `erasure_contact` (URL or e-mail address), and
    perhaps `client_ids` [text].

    Raises:
        Refused: `codec.*`; `registration.document` for what is well-formed but senseless.
    """
    obj = shape.as_object(strict_json.loads(raw, max_bytes=MAX_BYTES, max_depth=MAX_DEPTH))
    shape.only(
        obj, ("legal_name", "identifier", "purposes", "privacy_policy", "erasure_contact", "client_ids")
    )
    found = shape.items(obj, "purposes", minimum=1, maximum=MAX_PURPOSES)
    purposes = tuple(_purpose(item, f"/purposes/{index}") for index, item in enumerate(found))
    if len({purpose.id for purpose in purposes}) != len(purposes):
        raise Refused("registration.document", "/purposes", "an id stands twice")
    identifier = shape.text(obj, "identifier", maximum=_MAX_NAME)
    if not identifier.startswith("did:"):
        raise Refused("registration.document", "/identifier", "a DID is wanted")
    return RegistrationDocument(
        legal_name=shape.text(obj, "legal_name", maximum=_MAX_NAME),
        identifier=identifier,
        purposes=purposes,
        privacy_policy=web.web_url(shape.text(obj, "privacy_policy", maximum=_MAX_TEXT), "/privacy_policy"),
        erasure_contact=shape.text(obj, "erasure_contact", maximum=_MAX_NAME),
        digest=hashlib.sha256(jcs.dumps(obj)).digest(),
        client_ids=frozenset(shape.texts(obj, "client_ids", minimum=1, maximum=MAX_CLIENT_IDS))
        if "client_ids" in obj
        else frozenset(),
    )


def check(
    document: RegistrationDocument, fact: Registration | None, did: str, *, now: datetime
) -> RegistrationDocument:
    """The document, if the chain says that it is this service provider's and in force now.

    Args:
        document: As fetched from anywhere.
        fact: What the chain says; None where it says nothing.
        did: The service provider that asks.
        now: The time of the check.

    Raises:
        Refused: `registration.unknown` if there is none for this DID or it has not begun,
            `registration.withdrawn`, `registration.expired`, `registration.digest` if the document
            is another than the registered one.
    """
    if fact is None or fact.did != did:
        raise Refused("registration.unknown")
    second = instant.to_numeric_date(now)
    if fact.withdrawn_at is not None:
        raise Refused("registration.withdrawn")
    if second < fact.valid_from:
        raise Refused("registration.unknown", detail="it has not begun")
    if second >= fact.valid_until:
        raise Refused("registration.expired")
    if fact.digest != document.digest or document.identifier != did:
        raise Refused("registration.digest")
    return document


def _purpose(value: Json, where: str) -> Purpose:
    obj = shape.as_object(value, where)
    shape.only(obj, ("id", "text", "claims"), where)
    purpose_id = shape.text(obj, "id", where, maximum=64)
    if not _PURPOSE_ID.fullmatch(purpose_id):
        raise Refused("registration.document", f"{where}/id", "lower-case letters, digits, - and _")
    text = shape.child(obj, "text", where)
    shape.only(text, ("sv", "en"), f"{where}/text")
    claims = shape.child(obj, "claims", where)
    if not 1 <= len(claims) <= MAX_TYPES:
        raise Refused("registration.document", f"{where}/claims", f"1 to {MAX_TYPES} types are wanted")
    return Purpose(
        id=purpose_id,
        text={
            language: shape.text(text, language, f"{where}/text", maximum=_MAX_TEXT)
            for language in ("sv", "en")
        },
        claims={name: _paths(claims, name, f"{where}/claims") for name in claims},
    )


def _paths(claims: Mapping[str, Json], name: str, where: str) -> tuple[ClaimPath, ...]:
    place = shape.pointer(where, name)
    found = shape.items(claims, name, where, minimum=1, maximum=MAX_PATHS)
    return tuple(_path(value, f"{place}/{index}") for index, value in enumerate(found))


def _path(value: Json, where: str) -> ClaimPath:
    steps = shape.as_items(value, where, minimum=1, maximum=MAX_DEPTH)
    return tuple(_step(step, where) for step in steps)


def _step(step: Json, where: str) -> str | int | None:
    if step is None or isinstance(step, str):
        return step
    return shape.as_integer(step, where)


def _covers(allowed: ClaimPath, asked: Sequence[str | int | None]) -> bool:
    if len(allowed) > len(asked):
        return False
    return all(
        mine == theirs or (mine is None and isinstance(theirs, int))
        for mine, theirs in zip(allowed, asked, strict=False)
    )
