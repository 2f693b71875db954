"""The options of a request: known ones are read strictly, and one that is not known is refused.

An option that a service does not know could change what its caller believes was done.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from clicid.codec import instant, shape
from clicid.errors import Refused
from clicid.trust import issuance

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime

    from clicid.codec.strict_json import Json

WHERE: Final = "/options"
MAX_POINTERS: Final = 256
MAX_POINTER: Final = 1024
MAX_TEXT: Final = 2048

_PROOFS: Final = "issuanceProofs"

# What a caller may ask to have checked. Everything is checked whatever it asks: less is never done.
CHECKS: Final = frozenset({"proof", "credentialStatus", "status", "validity", "schema"})


@dataclass(frozen=True, slots=True)
class IssueOptions:
    """How a credential is secured.

    Args:
        cryptosuite: The suite, or empty for the instance's own.
        key_type: The key's algorithm, or empty for the instance's own.
        mandatory_pointers: What a selectively disclosing suite always shows; None if not said.
        credential_id: A name for the credential that is not in it.
    """

    cryptosuite: str = ""
    key_type: str = ""
    mandatory_pointers: tuple[str, ...] | None = None
    credential_id: str = ""


@dataclass(frozen=True, slots=True)
class DeriveOptions:
    """What a holder shows: `selectivePointers`, and the nonce it is shown for, where the suite has one."""

    selective_pointers: tuple[str, ...]
    nonce: str = ""


@dataclass(frozen=True, slots=True)
class ProveOptions:
    """How a presentation is secured.

    Args:
        challenge: What the verifier asked with, or None.
        domain: Whom it is for, or None.
        cryptosuite: The suite, or empty for the instance's own.
        verification_method: The key, or empty for the instance's own.
        created: The time of the proof, or None for now.
    """

    challenge: str | None = None
    domain: str | None = None
    cryptosuite: str = ""
    verification_method: str = ""
    created: datetime | None = None


@dataclass(frozen=True, slots=True)
class VerifyOptions:
    """What a proof must answer, where the caller says so, and what the answer shall hold.

    Args:
        challenge: What the proof's `challenge` must be, or None.
        domain: What its `domain` must be, or None.
        returns: Which of `credential`, `presentation`, `results` and `problemDetails` are asked for.
        issuance_proofs: By a credential's digest (``sha256:`` and hexadecimal), that it was anchored.
    """

    challenge: str | None = None
    domain: str | None = None
    returns: frozenset[str] = frozenset()
    issuance_proofs: Mapping[str, bytes] = field(default_factory=dict, repr=False)


def issue(request: Mapping[str, Json]) -> IssueOptions:
    """The options of `/credentials/issue`.

    Raises:
        Refused: `codec.shape`; `vc_api.option` for one that is not known. So does each of these.
    """
    options = _options(request, ("cryptosuite", "keyType", "mandatoryPointers", "credentialId"))
    pointers = pointers_of(options, "mandatoryPointers") if "mandatoryPointers" in options else None
    return IssueOptions(
        cryptosuite=_text(options, "cryptosuite") or "",
        key_type=_text(options, "keyType") or "",
        mandatory_pointers=pointers,
        credential_id=_text(options, "credentialId") or "",
    )


def derive(request: Mapping[str, Json]) -> DeriveOptions:
    """The options of `/credentials/derive`. No pointers show what the issuer made mandatory."""
    options = _options(request, ("selectivePointers", "nonce"))
    pointers = pointers_of(options, "selectivePointers") if "selectivePointers" in options else ()
    return DeriveOptions(pointers, _text(options, "nonce") or "")


def prove(request: Mapping[str, Json]) -> ProveOptions:
    """The options of `/presentations/prove`. Type and purpose have one value each that can be asked for."""
    fixed = {"type": "DataIntegrityProof", "proofPurpose": "authentication"}
    options = _options(
        request, (*fixed, "challenge", "domain", "cryptosuite", "verificationMethod", "created")
    )
    for name, value in fixed.items():
        if (_text(options, name) or value) != value:
            raise Refused("vc_api.option", shape.pointer(WHERE, name), f"{value} alone is made here")
    created = _text(options, "created")
    return ProveOptions(
        challenge=_text(options, "challenge"),
        domain=_text(options, "domain"),
        cryptosuite=_text(options, "cryptosuite") or "",
        verification_method=_text(options, "verificationMethod") or "",
        created=None if created is None else instant.parse(created, where=f"{WHERE}/created"),
    )


def verify(request: Mapping[str, Json]) -> VerifyOptions:
    """The options of `/credentials/verify` and `/presentations/verify`."""
    flags = ("returnCredential", "returnPresentation", "returnResults", "returnProblemDetails")
    options = _options(request, (*flags, "challenge", "domain", "checks", _PROOFS))
    for index, check in enumerate(_checks(options)):
        if check not in CHECKS:
            raise Refused("vc_api.option", f"{WHERE}/checks/{index}", "not a check that can be asked for")
    asked = frozenset(name for name in flags if shape.optional_boolean(options, name, WHERE))
    return VerifyOptions(
        challenge=_text(options, "challenge"),
        domain=_text(options, "domain"),
        returns=asked,
        issuance_proofs=(
            issuance.brought(options[_PROOFS], shape.pointer(WHERE, _PROOFS)) if _PROOFS in options else {}
        ),
    )


def pointers_of(options: Mapping[str, Json], name: str) -> tuple[str, ...]:
    """JSON pointers; the empty one names the whole document.

    Raises:
        Refused: `codec.shape`. What a pointer selects, the suite looks at.
    """
    place = shape.pointer(WHERE, name)
    found = shape.items(options, name, WHERE, maximum=MAX_POINTERS)
    for index, item in enumerate(found):
        if item != "":
            shape.as_text(item, shape.pointer(place, index), maximum=MAX_POINTER)
    return tuple(str(item) for item in found)


@contextmanager
def selecting(name: str) -> Iterator[None]:
    """What is wrong with a pointer is wrong in the option, wherever the pointer leads (`rdf.pointer*`)."""
    try:
        yield
    except Refused as error:
        if not error.code.startswith("rdf.pointer"):
            raise
        raise Refused(error.code, shape.pointer(WHERE, name), error.where or error.detail) from error


def _options(request: Mapping[str, Json], known: Collection[str]) -> dict[str, Json]:
    options = shape.optional_child(request, "options") or {}
    for name in options:
        if name not in known:
            raise Refused("vc_api.option", shape.pointer(WHERE, name[:80]), "not known here")
    return options


def _text(options: Mapping[str, Json], name: str) -> str | None:
    return shape.optional_text(options, name, WHERE, maximum=MAX_TEXT)


def _checks(options: Mapping[str, Json]) -> tuple[str, ...]:
    return shape.texts(options, "checks", WHERE, maximum=16) if "checks" in options else ()
