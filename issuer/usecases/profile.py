"""What is kept of an approved person, and the claims that follow from it.

The profile lies sealed in the vault as JSON; it is made once, from the document that was decided on.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from clicid.errors import Refused
from issuer.evidence.evidence import NO_ENGINE
from issuer.evidence.ports import DocumentFields, DocumentType, NumberKind, PersonalNumber

if TYPE_CHECKING:
    from collections.abc import Sequence

    from issuer.evidence.evidence import Evidence
    from issuer.usecases.ports import Transaction

PROFILE: Final = "profile"
THRESHOLDS: Final = (13, 15, 16, 18, 20, 21, 65)

# Our document types to those of the ClicIdentity schema.
_TYPES: Final = {
    DocumentType.PASSPORT: "passport",
    DocumentType.IDENTITY_CARD: "identity_card",
    DocumentType.VISA: "visa",
}
# ICAO 9303-3 section 5: the one state whose code in the zone has a single letter.
_STATES: Final = {"D": "DEU"}


@dataclass(frozen=True, slots=True)
class Profile:
    """An identified person.

    Args:
        person_ref: 128 random bits, base64url; the same for every later onboarding.
        fields: What stands on the document.
        level: The assurance level.
        methods: How it was established, for example ``document``, ``face``.
        engines: What measured it.
        day: The day of the decision.
        rule: The sandbox's test case, empty outside one.
        test: Whether credentials must say that they are test credentials.
    """

    person_ref: str
    fields: DocumentFields
    level: str
    methods: tuple[str, ...]
    engines: tuple[str, ...]
    day: date
    rule: str = ""
    test: bool = False

    def to_bytes(self) -> bytes:
        """As JSON, for the vault."""
        return json.dumps(asdict(self), default=str).encode()

    @classmethod
    def from_bytes(cls, raw: bytes) -> Profile:
        """From the vault."""
        values: dict[str, Any] = json.loads(raw)
        values["fields"] = _fields(values["fields"])
        values["day"] = date.fromisoformat(values["day"])
        return cls(**values | {"methods": tuple(values["methods"]), "engines": tuple(values["engines"])})


def profile_of(tx: Transaction, person_id: str) -> Profile:
    """The profile of an identified person.

    Raises:
        Refused: ``issuing.profile`` if there is none, ``store.erased`` if the person's key is gone.
    """
    raw = tx.vault.get(person_id, PROFILE)
    if raw is None:
        raise Refused("issuing.profile", "person")
    return Profile.from_bytes(raw)


def fields_to_bytes(fields: DocumentFields) -> bytes:
    """A document's fields as JSON, for the vault."""
    return json.dumps(asdict(fields), default=str).encode()


def fields_from_bytes(raw: bytes) -> DocumentFields:
    """A document's fields from the vault."""
    return _fields(json.loads(raw))


def _fields(values: dict[str, Any]) -> DocumentFields:
    number = values["personal_number"]
    return DocumentFields(
        **values
        | {
            "document_type": DocumentType(values["document_type"]),
            "birth_date": _day(values["birth_date"]),
            "expiry_date": _day(values["expiry_date"]),
            "personal_number": number and PersonalNumber(**number | {"kind": NumberKind(number["kind"])}),
        }
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def with_names(fields: DocumentFields, given_name: str, family_name: str) -> DocumentFields:
    """The fields with printed names that an operator read off the photograph."""
    return replace(
        fields,
        given_name=given_name or fields.given_name,
        family_name=family_name or fields.family_name,
    )


def summary(evidence: Sequence[Evidence]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Methods and engines, without doubles and in a stable order."""
    methods = sorted({str(piece.kind) for piece in evidence if piece.engine != NO_ENGINE})
    engines = sorted(
        {f"{p.engine} {p.engine_version}".strip()[:64] for p in evidence if p.engine != NO_ENGINE}
    )
    return tuple(methods), tuple(engines)


def is_whole(fields: DocumentFields) -> bool:
    """Whether the document had everything that a person is known by here.

    A single name is the primary identifier, with no secondary one in the zone (ICAO 9303-3 4.6).
    """
    whole = None not in (fields.birth_date, fields.expiry_date, fields.given_name)  # None was not read
    return whole and bool(fields.family_name and (fields.given_name or not fields.given_name_mrz))


def age_on(birth: date, day: date) -> int:
    """Whole years; who is born on 29 February is a year older on 1 March."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def identity_claims(profile: Profile, today: date) -> dict[str, Any]:
    """The claims of ClicIdentity.

    Raises:
        Refused: ``issuing.profile`` if the document lacked what the schema demands;
            ``issuing.single_name`` if that is no more than a given name, which is not invented.
    """
    fields = profile.fields
    if is_whole(fields) and not fields.given_name:
        raise Refused("issuing.single_name", "given_name")
    birth, expiry = fields.birth_date, fields.expiry_date
    if birth is None or expiry is None or not fields.given_name or not fields.family_name:
        raise Refused("issuing.profile", "document")
    claims: dict[str, Any] = {
        "person_ref": profile.person_ref,
        "given_name": fields.given_name,
        "family_name": fields.family_name,
        "given_name_mrz": fields.given_name_mrz,
        "family_name_mrz": fields.family_name_mrz,
        "birth_date": birth.isoformat(),
        "nationality": _STATES.get(fields.nationality, fields.nationality),
        "document": {
            "type": _TYPES[fields.document_type],
            "number": fields.number,
            "issuing_state": _STATES.get(fields.issuing_state, fields.issuing_state),
            "expiry_date": expiry.isoformat(),
        },
        "assurance_level": profile.level,
        "evidence": {
            "methods": list(profile.methods),
            "engines": list(profile.engines),
            "day": profile.day.isoformat(),
        },
    }
    if (number := fields.personal_number) is not None:
        claims["personal_identity_number"] = {
            "value": number.digits,
            "kind": str(number.kind),
            "country": number.country,
        }
    age = age_on(birth, today)
    claims |= {f"age_over_{threshold}": age >= threshold for threshold in THRESHOLDS}
    return claims | _mark(profile)


def age_claims(profile: Profile, threshold: int, today: date) -> dict[str, Any]:
    """The claims of ClicAge: that one threshold is reached, and nothing else.

    Raises:
        Refused: ``issuing.threshold`` if it is not, or is none of the type's.
    """
    birth = profile.fields.birth_date
    if threshold not in THRESHOLDS or birth is None or age_on(birth, today) < threshold:
        raise Refused("issuing.threshold", "age_threshold")
    return {f"age_over_{threshold}": True} | _mark(profile)


def default_threshold(profile: Profile, today: date) -> int | None:
    """18 where it is reached, else the highest that is; None below 13."""
    birth = profile.fields.birth_date
    reached = [t for t in THRESHOLDS if t <= 18 and birth is not None and age_on(birth, today) >= t]
    return max(reached, default=None)


def _mark(profile: Profile) -> dict[str, Any]:
    return {"test_credential": True} if profile.test else {}
