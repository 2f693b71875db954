"""A credential as it came, read strictly and hashed; nothing is verified yet (VC Data Model 2.0, 4)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from clicid.codec import shape
from clicid.errors import Refused
from clicid.formats import data_model, w3c
from clicid.formats.data_model import resources
from clicid.formats.data_model.credential import ISSUABLE, VERIFIABLE
from clicid.formats.data_model.shipped import NOTHING
from clicid.formats.vc_di import document
from clicid.rdf import safe
from clicid.rdf.profile import Profile
from clicid.securing import data_integrity
from clicid.securing.data_integrity import Purpose

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from clicid.codec.strict_json import Json
    from clicid.formats.base import Line, StatusRef
    from clicid.formats.data_model.shipped import Shipped
    from clicid.rdf.contexts import Contexts
    from clicid.securing.data_integrity import Proof, UnverifiedDocument
    from clicid.status.entry import BitstringEntry

_OWN: Final = (*w3c.OWN_MEMBERS, "proof")


@dataclass(slots=True)  # Not frozen: to build that takes six times as long, and one is built in every check.
class Credential:
    """A credential with its proofs.

    Args:
        unverified: The document with what its proofs are over.
        proofs: The options of each proof, in order.
        issuer: The issuer's URL: a DID, for ClicID's own types.
        subjects: `credentialSubject`, one or more.
        valid_from: The beginning, or None.
        valid_until: The end, or None.
        profile: How it was read.
        types: The IRIs of its own types, beside VerifiableCredential.
        credential_type: The first of these, or that of VerifiableCredential if it has none.
        status: Its status entries.
        schema: What the schemas that it names say of it, or None if it names none.
        derived: Whether a holder chose what of it to show.
        raw: What it was read from, if there was no layout to know it by (`recognised`).
    """

    unverified: UnverifiedDocument
    proofs: tuple[Proof, ...]
    issuer: str
    subjects: tuple[Mapping[str, Json], ...] = field(repr=False)
    valid_from: datetime | None
    valid_until: datetime | None
    profile: Profile
    types: tuple[str, ...]
    credential_type: str
    status: tuple[StatusRef | BitstringEntry, ...]
    schema: Line | None
    derived: bool = False
    raw: bytes | None = field(default=None, repr=False, compare=False)

    @property
    def lifetime(self) -> timedelta | None:
        """From beginning to end; None if either is open."""
        if self.valid_from is None or self.valid_until is None:
            return None
        return self.valid_until - self.valid_from

    def issued(self) -> tuple[bytes, bytes] | None:
        """What its first proof's key has signed, and the signature; see `UnverifiedProof.issued`."""
        return self.unverified.proofs[0].issued()


def parse_credential(
    raw: bytes, contexts: Contexts, *, profile: Profile = Profile.CLOSED, shipped: Shipped = NOTHING
) -> Credential:
    """Read a credential.

    1. Strict JSON; of ClicID's own types, no members that they do not define.
    2. The data model, and what it names that is at hand.
    3. JSON-LD in safe mode, and what each proof is over. Each is for assertions. No other credential is
       described in it, which safe mode says of ClicID's own types.

    Args:
        raw: What came.
        contexts: The contexts at hand.
        profile: `CLOSED` for ClicID's own types, `OPEN` for everybody's.
        shipped: Resources and schemas at hand.

    Raises:
        Refused: `codec.*`, `did.syntax`, `vc.*`, `proof.*`, `rdf.*`.
    """
    secured = document.read(raw)  # 1
    own = profile is Profile.CLOSED
    if own:
        shape.only(secured, _OWN)
    model = data_model.parse_credential(secured, versions=ISSUABLE if own else VERIFIABLE)  # 2
    if own:
        w3c.check_own(model)
    resources.check(model.related, shipped.at_hand)
    unverified = data_integrity.parse(secured, contexts, profile=profile)  # 3
    if not own:
        _check_root(unverified.document, contexts)
    proofs = document.proofs(unverified, Purpose.ASSERTION_METHOD)
    types = w3c.credential_types(unverified.types, profile)
    return Credential(
        unverified=unverified,
        proofs=proofs,
        issuer=model.issuer,
        subjects=model.subjects,
        valid_from=model.valid_from,
        valid_until=model.valid_until,
        profile=profile,
        types=types,
        credential_type=w3c.first_type(types),
        status=w3c.status_entries(secured, model, profile),
        schema=shipped.schema_line(model, unverified.document),
        derived=not document.SELECTIVE.isdisjoint([proof.cryptosuite for proof in proofs]),
        raw=raw,
    )


def _check_root(document: Mapping[str, Json], contexts: Contexts) -> None:
    """Refuse (`rdf.root`) a credential inside: what is signed as a graph does not say which of them it is."""
    if w3c.CREDENTIAL in safe.inner_types(dict(document), contexts, profile=Profile.OPEN):
        raise Refused("rdf.root")
