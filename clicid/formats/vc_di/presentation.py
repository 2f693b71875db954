"""A presentation as it came, read strictly and hashed; nothing is verified yet (VC Data Model 2.0, 4.13)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from clicid.codec import shape, strict_json
from clicid.errors import Refused
from clicid.formats import data_model
from clicid.formats.base import FormatId
from clicid.formats.data_model import EmbeddedCredential, Enveloped
from clicid.formats.data_model.credential import ISSUABLE, VERIFIABLE
from clicid.formats.data_model.presentation import MAX_CREDENTIALS
from clicid.formats.vc_di import document
from clicid.rdf.profile import Profile
from clicid.securing import data_integrity
from clicid.securing.data_integrity import Purpose

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json
    from clicid.formats.data_model import PresentationDocument
    from clicid.formats.data_model.presentation import Held
    from clicid.formats.vc_di.credential import Credential
    from clicid.rdf.contexts import Contexts
    from clicid.securing.data_integrity import Proof, UnverifiedDocument

__all__ = ["MAX_CREDENTIALS", "Presentation", "parse_presentation"]

# What answers our own requests. Everybody's presentations may say more (termsOfUse, say).
_OWN: Final = ("@context", "id", "type", "holder", "verifiableCredential", "proof")


@dataclass(slots=True)  # Not frozen: to build that takes six times as long, and one is built in every check.
class Presentation:
    """A presentation with its proofs.

    Args:
        unverified: The document with what its proofs are over.
        proofs: The options of each proof, in order.
        holder: The holder's URL; None if only the proof says who it is.
        credentials: Format and bytes of each credential that is secured by itself, in order.
        self_asserted: How many there are that only the presentation secures.
        read: Those credentials as their checker reads them, if they were read with it (`presented`).
        raw: What it was read from, if there was no layout to know it by.
    """

    unverified: UnverifiedDocument
    proofs: tuple[Proof, ...]
    holder: str | None
    credentials: tuple[tuple[FormatId, bytes], ...] = field(repr=False)
    self_asserted: int
    read: tuple[Credential, ...] = field(default=(), repr=False, compare=False)
    raw: bytes | None = field(default=None, repr=False, compare=False)


def parse_presentation(raw: bytes, contexts: Contexts, *, profile: Profile = Profile.CLOSED) -> Presentation:
    """Read a presentation.

    1. Strict JSON; where it answers our own requests, no members that are not expected, and one proof.
    2. The data model.
    3. JSON-LD in safe mode, and what each proof is over. Each is for authentication.

    A credential inside is handed on as JSON of our own writing: its proof is over what it says.

    Args:
        raw: What came.
        contexts: The contexts at hand.
        profile: `CLOSED` for answers to our own requests, `OPEN` for everybody's presentations.

    Raises:
        Refused: `codec.*`, `vc.*`, `proof.*`, `rdf.*`.
    """
    secured = document.read(raw)  # 1
    own = profile is Profile.CLOSED
    if own:
        shape.only(secured, _OWN)
        _check_one_proof(secured)
    model = data_model.parse_presentation(secured, versions=ISSUABLE if own else VERIFIABLE)  # 2
    if own:
        _check_own(model)
    unverified = data_integrity.parse(secured, contexts, profile=profile)  # 3
    proofs = document.proofs(unverified, Purpose.AUTHENTICATION)
    credentials = [_secured(held) for held in model.credentials if not _is_self_asserted(held)]
    others = len(model.credentials) - len(credentials)
    return Presentation(unverified, proofs, model.holder, tuple(credentials), others, raw=raw)


def _check_own(model: PresentationDocument) -> None:
    if model.types != (document.PRESENTATION,):
        raise Refused("vc.type", "/type", "VerifiablePresentation alone is wanted")
    if model.holder is None:
        raise Refused("vc.holder", "/holder", "missing")
    if not model.credentials:
        raise Refused("vc.credential", "/verifiableCredential", "missing")
    for index, held in enumerate(model.credentials):
        if _is_self_asserted(held):
            raise Refused("vc.self_asserted", f"/verifiableCredential/{index}", "no proof of its own")


def _check_one_proof(secured: Mapping[str, Json]) -> None:
    """Refuse (`proof.format`) several: whoever made the keys could have each hash the whole anew (4.5)."""
    proofs = secured.get("proof")
    if isinstance(proofs, list) and len(proofs) > 1:
        raise Refused("proof.format", "/proof", "one is wanted")


def _is_self_asserted(held: Held) -> bool:
    return isinstance(held, EmbeddedCredential) and held.self_asserted


def _secured(held: Held) -> tuple[FormatId, bytes]:
    if isinstance(held, Enveloped):
        return held.format, held.raw
    return FormatId.LDP_VC, strict_json.dumps(dict(held.members))
