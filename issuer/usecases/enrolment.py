"""Who is known here already, and whether it is they who come back.

Numbers lead to a person by keyed hashes; they do not prove that the person is standing there. Whoever
shows somebody's document gets nothing of theirs before the face agrees with the one on file, or an
operator has looked (ADR 0032).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from clicid.errors import Refused
from issuer.evidence.evidence import DISTANCE, NO_ENGINE, Evidence, EvidenceKind
from issuer.evidence.ports import FaceDescriptor, Finding
from issuer.usecases.onboarding import ENROLLED_FACE
from issuer.usecases.profile import PROFILE, profile_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from issuer.evidence.decision import Rules
    from issuer.evidence.ports import DocumentFields
    from issuer.usecases.environment import Environment
    from issuer.usecases.onboarding import Policy
    from issuer.usecases.ports import Transaction

DOCUMENTS: Final = "documents"
"""The vault's name for what is known of all documents that a person has shown."""
KNOWN: Final = "enrolled.known"
_NUMBERS: Final = ("document", "number")
_NAME: Final = "name"


@dataclass(frozen=True, slots=True)
class Known:
    """A person known already.

    Args:
        person_id: Who.
        found_by: What led there: ``document``, ``number``, or nothing but ``name``.
    """

    person_id: str
    found_by: frozenset[str]

    @property
    def certain(self) -> bool:
        """Whether a number led there; a name and a birth date are no more than a hint."""
        return _NAME not in self.found_by


@dataclass(frozen=True, slots=True)
class _Shown:
    """One document of a person: enough to tell which of two of a kind is the later."""

    hash: str
    document_type: str
    issuing_state: str
    expiry_date: date | None


class Enrolment:
    """Finds the person, and compares.

    Args:
        env: Keyed hashes.
        rules: From which distance on a face is not that of the person.
        policy: How long the descriptor of an enrolled face is kept.
    """

    def __init__(self, env: Environment, rules: Rules, policy: Policy) -> None:
        self._env = env
        self._rules = rules
        self._policy = policy

    def find(self, tx: Transaction, fields: DocumentFields) -> Known | None:
        """The person these fields lead to.

        Raises:
            Refused: ``onboarding.person_conflict`` if the numbers lead to several persons, or to one
                born on another day; ``store.erased`` if the person's key is gone.
        """
        lookups = self._lookups(fields)
        by_kind = {kind: tx.persons.find([lookups[kind]]) for kind in lookups}
        certain = {person for kind in _NUMBERS for person in by_kind.get(kind, ())}
        if len(certain) > 1:
            raise Refused("onboarding.person_conflict")
        for person_id in certain:
            if profile_of(tx, person_id).fields.birth_date != fields.birth_date:
                raise Refused("onboarding.person_conflict", "birth_date")
            return Known(person_id, frozenset(kind for kind in _NUMBERS if by_kind.get(kind)))
        for person_id in by_kind.get(_NAME, ()):
            if _may_be(profile_of(tx, person_id).fields, fields):
                return Known(person_id, frozenset({_NAME}))
        return None

    def look(self, tx: Transaction, fields: DocumentFields, face: FaceDescriptor | None) -> Evidence | None:
        """The evidence that somebody is known already; None where nobody is.

        Args:
            tx: The transaction it is decided in.
            fields: What the document says.
            face: Of the selfie; None where none was compared.
        """
        try:
            known = self.find(tx, fields)
        except Refused as refusal:
            return _evidence((Finding(refusal.code, refusal.where),), {})
        if known is None:
            return None
        if not known.certain:
            return _evidence((Finding("enrolled.same_name"),), {})
        distance = self._distance(tx, known, face)
        signs = tuple(self._signs(tx, known, fields, distance))
        code = KNOWN if "document" in known.found_by else "enrolled.renewed"
        return _evidence(signs or (Finding(code),), {} if distance is None else {DISTANCE: distance})

    def whose(self, tx: Transaction, fields: DocumentFields) -> str | None:
        """The person these fields lead to, or may lead to; None also where they lead to several."""
        try:
            known = self.find(tx, fields)
        except Refused:
            return None
        return None if known is None else known.person_id

    def remember(self, tx: Transaction, person_id: str, fields: DocumentFields) -> None:
        """Have the person found by these fields too, from now on."""
        lookups = self._lookups(fields)
        for kind, hash_ in lookups.items():
            tx.persons.add_lookup(hash_, kind, person_id)
        mine = _shown(lookups["document"], fields)
        shown = [one for one in self._documents(tx, person_id) if one.hash != mine.hash]
        body = json.dumps({"shown": [asdict(one) for one in (*shown, mine)]}, default=str)
        tx.vault.put(person_id, DOCUMENTS, body.encode())

    def keep_face(self, tx: Transaction, key_id: str, face: FaceDescriptor | None) -> None:
        """Keep a face for when the person comes back, in place of an older one; None lets that go."""
        if face is None:
            tx.vault.drop(key_id, ENROLLED_FACE)
        else:
            body = json.dumps(asdict(face)).encode()
            tx.vault.put(key_id, ENROLLED_FACE, body, self._env.now() + self._policy.enrolled_face)

    def _signs(
        self, tx: Transaction, known: Known, fields: DocumentFields, distance: float | None
    ) -> Iterator[Finding]:
        """What speaks against its being the person who comes back."""
        if distance is None:
            yield Finding("enrolled.no_face")
        elif not distance < self._rules.match_below:  # also a distance that is not a number
            yield Finding("enrolled.other_face", score=distance)
        documents = self._documents(tx, known.person_id)
        mine = _shown(self._lookups(fields)["document"], fields)
        if any(_supersedes(one, mine) for one in documents):
            yield Finding("enrolled.superseded")
        before = profile_of(tx, known.person_id).fields
        if before.number == fields.number and _names(before) != _names(fields):
            yield Finding("onboarding.person_conflict", "name")

    def _distance(self, tx: Transaction, known: Known, face: FaceDescriptor | None) -> float | None:
        enrolled = face_of(tx, known.person_id)
        return None if face is None or enrolled is None else enrolled.distance(face)

    def _documents(self, tx: Transaction, person_id: str) -> tuple[_Shown, ...]:
        raw = tx.vault.get(person_id, DOCUMENTS)
        if raw is not None:
            return tuple(_Shown(**row | {"expiry_date": _day(row)}) for row in json.loads(raw)["shown"])
        if tx.vault.get(person_id, PROFILE) is None:
            return ()
        fields = profile_of(tx, person_id).fields  # identified before documents were remembered
        return (_shown(self._lookups(fields)["document"], fields),)

    def _lookups(self, fields: DocumentFields) -> Mapping[str, bytes]:
        """The keyed hashes by which a document's holder is found again."""
        kinds = {"document": f"{fields.issuing_state} {fields.number}"}
        if (number := fields.personal_number) is not None:
            kinds["number"] = f"{number.country} {number.digits}"
        if fields.birth_date is not None:
            kinds[_NAME] = "\0".join((*_names(fields), fields.birth_date.isoformat(), fields.nationality))
        return {kind: self._env.sealer.lookup(kind, value) for kind, value in kinds.items()}


def face_of(tx: Transaction, key_id: str) -> FaceDescriptor | None:
    """The face on file under a key."""
    raw = tx.vault.get(key_id, ENROLLED_FACE)
    if raw is None:
        return None
    body = json.loads(raw)
    return FaceDescriptor(**body | {"values": tuple(body["values"])})


def _evidence(findings: tuple[Finding, ...], scores: Mapping[str, float]) -> Evidence:
    # No engine of its own: whether a person has been here before is nothing that a verifier learns.
    return Evidence(EvidenceKind.ENROLLED, NO_ENGINE, "", scores=scores, findings=findings)


def _names(fields: DocumentFields) -> tuple[str, str]:
    # Those of the zone: of the printed ones there may be none, and an operator may have typed them.
    return fields.family_name_mrz, fields.given_name_mrz


def _may_be(known: DocumentFields, fields: DocumentFields) -> bool:
    """Whether two people of one name and birth date can be one: not with two numbers of the same kind."""
    one, other = known.personal_number, fields.personal_number
    return one is None or other is None or (one.kind, one.country) != (other.kind, other.country)


def _shown(hash_: bytes, fields: DocumentFields) -> _Shown:
    return _Shown(hash_.hex(), fields.document_type, fields.issuing_state, fields.expiry_date)


def _supersedes(one: _Shown, mine: _Shown) -> bool:
    if (one.document_type, one.issuing_state) != (mine.document_type, mine.issuing_state):
        return False
    return one.expiry_date is not None and mine.expiry_date is not None and one.expiry_date > mine.expiry_date


def _day(row: dict[str, Any]) -> date | None:
    return row["expiry_date"] and date.fromisoformat(row["expiry_date"])
