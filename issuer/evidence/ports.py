"""What the engines are asked and what they answer.

The engines themselves (`issuer.engines`) run in a process of their own. `DocumentReader` and
`FaceMatcher` are what is implemented there; `Engines` is what a use case awaits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from issuer.evidence.liveness import Answer, LivenessReading


@dataclass(frozen=True, slots=True)
class Finding:
    """Something noticed, with a code of `clicid.errors.REASONS`. It is a sign, not a verdict.

    Args:
        code: For example ``"document.expired"``.
        field: The name of the field it concerns (never its value); empty for the whole.
        score: The measurement behind it, where there is one.
    """

    code: str
    field: str = ""
    score: float | None = None


class DocumentType(StrEnum):
    """What kind of document it is, from the first character of the machine readable zone."""

    PASSPORT = "passport"
    IDENTITY_CARD = "identity_card"
    VISA = "visa"


class NumberKind(StrEnum):
    """What a Swedish twelve-digit number is."""

    PERSONAL = "personal"
    COORDINATION = "coordination"


@dataclass(frozen=True, slots=True)
class PersonalNumber:
    """A national personal identity number: twelve digits, its kind, and the ISO 3166-1 alpha-3 state."""

    digits: str
    kind: NumberKind
    country: str


@dataclass(frozen=True, slots=True)
class DocumentFields:
    """What stands on the document.

    Args:
        format: ``TD1``, ``TD2``, ``TD3``, ``MRV-A`` or ``MRV-B`` (ICAO 9303 parts 4 to 7).
        document_type: The kind of document.
        issuing_state: The code in the machine readable zone, for example ``SWE`` or ``D``.
        number: The document number, without filler.
        family_name: As printed, in its own letters and in capitals as people write them; None where
            the printed zone was not read (then the person has to give it, and a person looks at it).
        given_name: Likewise.
        family_name_mrz: As in the machine readable zone, words separated by spaces.
        given_name_mrz: Likewise; empty where the holder has only one name.
        nationality: The code in the machine readable zone.
        birth_date: None where the zone itself leaves it (partly) unknown.
        sex: ``M``, ``F`` or ``X`` (unspecified).
        expiry_date: None where the zone itself has none.
        personal_number: Where the document carries one and its rules are known to us.
    """

    format: str
    document_type: DocumentType
    issuing_state: str
    number: str
    family_name: str | None
    given_name: str | None
    family_name_mrz: str
    given_name_mrz: str
    nationality: str
    birth_date: date | None
    sex: str
    expiry_date: date | None
    personal_number: PersonalNumber | None


@dataclass(frozen=True, slots=True)
class DocumentReading:
    """What a document reader makes of one document, seen from one or two sides.

    Args:
        fields: None where no machine readable zone was read; `findings` then says why.
        findings: What was noticed, the gravest not necessarily first.
        scores: Measurements by name: ``text`` (lowest confidence of the zone's lines, 0 to 1), ``seconds``,
            what `issuer.engines.quality` and `issuer.engines.signs` measure of the side with the zone and of
            the portrait.
        check_digits: The zone's check digits by field name: ``ok``, ``failed`` or ``absent``.
        portrait: The portrait cut out upright, as JPEG, of two the larger; None where none was found.
        engine: The name of what read it.
        engine_version: Its version, models included.
    """

    fields: DocumentFields | None
    findings: tuple[Finding, ...]
    scores: Mapping[str, float]
    check_digits: Mapping[str, str]
    portrait: bytes | None = field(repr=False)
    engine: str
    engine_version: str


@dataclass(frozen=True, slots=True)
class FaceDescriptor:
    """The numbers that stand for a face. They are biometric data: sealed where they are kept, never logged.

    Only numbers of the same engine and version can be compared. Their Euclidean distance is what the
    engine's `FaceMatch.distance` measures, so the same thresholds hold.
    """

    engine: str
    engine_version: str
    values: tuple[float, ...] = field(repr=False)

    def distance(self, other: FaceDescriptor) -> float | None:
        """How unlike two faces are; None where another engine, or another version of it, made the other."""
        if (self.engine, self.engine_version) != (other.engine, other.engine_version):
            return None
        return math.dist(self.values, other.values)


@dataclass(frozen=True, slots=True)
class ChipReading:
    """What the chip of a travel document says that a state signed.

    Args:
        fields: As for a document; the names in their own letters are None where the chip has only the
            machine readable ones.
        findings: What whoever decides should know.
        digests: SHA-256 (hex) of each file by its name (``SOD``, ``DG1``), and of the certificates:
            ``signer``, ``country_signer``, ``link-1``.
        checks: Each group (``ok``, ``absent``), the algorithms of ``hashes``, ``signature`` and
            ``certificate``, and by which the chip proved that it is no copy (``active_authentication``,
            ``chip_authentication``; not there where it was not asked).
        portrait: Upright, as JPEG.
        engine: The name of what judged it.
        engine_version: Its version, libraries included.
    """

    fields: DocumentFields
    findings: tuple[Finding, ...]
    digests: Mapping[str, str]
    checks: Mapping[str, str]
    portrait: bytes = field(repr=False)
    engine: str
    engine_version: str


@dataclass(frozen=True, slots=True)
class ChipAnswers:
    """What a chip answered, to show that it is no copy; each None where it was not asked.

    Args:
        challenge: The 8 bytes that it was to sign.
        response: Its answer to INTERNAL AUTHENTICATE.
        terminal: The private key whose public half it agreed a key with, DER (PKCS 8).
        answer: Its answer to the command that was made with that key, with its status word.
    """

    challenge: bytes | None = field(default=None, repr=False)
    response: bytes | None = field(default=None, repr=False)
    terminal: bytes | None = field(default=None, repr=False)
    answer: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ChipCommand:
    """What the phone passes on to a chip in chip authentication.

    Args:
        public_key: The terminal's, as it is sent.
        command: The first command under the new keys.
        terminal: The private key, DER (PKCS 8): to be kept, and given to nobody.
    """

    public_key: bytes
    command: bytes
    terminal: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class FaceMatch:
    """What a face matcher makes of a portrait and a selfie.

    Args:
        distance: Between the two descriptors; 0 is the same image, smaller is more alike. None where
            there was nothing to compare; `findings` then says why.
        findings: ``face.none``, ``face.several``, ``face.copy_of_portrait`` and the like.
        scores: Measurements by name: those of the selfie's quality (`issuer.engines.faces.quality`),
            ``copy`` (likeness after registration, 0 to 1), ``seconds``.
        engine: The name of what compared them.
        engine_version: Its version, models included.
        descriptor: Of the selfie's face; None where `distance` is.
    """

    distance: float | None
    findings: tuple[Finding, ...]
    scores: Mapping[str, float]
    engine: str
    engine_version: str
    descriptor: FaceDescriptor | None = None


class DocumentReader(Protocol):
    """Reads an identity document off one or two images."""

    def read(self, images: Sequence[bytes], *, today: date) -> DocumentReading:
        """Read the document.

        Args:
            images: One or two images of one document, such as front and back of a card, in any order;
                each a JPEG, PNG or WebP file of at most 16 MiB and 40 megapixels.
            today: The day against which expiry and the century of two-digit years are judged.

        Raises:
            Refused: ``document.not_an_image``, ``document.image_bomb``.
        """


class ChipJudge(Protocol):
    """Judges a travel document's chip by what the operator trusts; milliseconds, and no I/O."""

    def judge(self, files: Sequence[bytes], answers: ChipAnswers, *, now: datetime) -> ChipReading:
        """Judge a chip.

        Args:
            files: What was read off it, in any order.
            answers: What it answered.
            now: The time of the check.

        Raises:
            Refused: ``chip.*``, `document.mrz_format`.
            Undecided: `chip.csca_unknown`, `chip.crl_stale`.
        """

    def command(self, files: Sequence[bytes], *, now: datetime) -> ChipCommand | None:
        """What an authentic chip is asked in chip authentication; None where it has no key for that here.

        Raises:
            Refused, Undecided: as `judge`.
        """


class FaceMatcher(Protocol):
    """Compares the face of a document with the face of a selfie."""

    def compare(self, portrait: bytes, selfie: bytes) -> FaceMatch:
        """Compare the largest face of the portrait with the only face of the selfie.

        Args:
            portrait: `DocumentReading.portrait`, or any upright image of the document.
            selfie: An image as `DocumentReader.read` takes them.

        Raises:
            Refused: ``face.not_an_image``, ``face.image_bomb``.
        """


class Engines(Protocol):
    """All of them, awaited: the work itself happens outside the event loop."""

    async def read_document(self, images: Sequence[bytes], *, today: date) -> DocumentReading:
        """As `DocumentReader.read`; raises `Undecided` (``engine.timeout``, ``engine.lost``) too."""

    async def compare_faces(self, portrait: bytes, selfie: bytes) -> FaceMatch:
        """As `FaceMatcher.compare`; raises `Undecided` (``engine.timeout``, ``engine.lost``) too."""

    async def check_liveness(self, answer: Answer, selfie: bytes) -> LivenessReading:
        """As `issuer.evidence.liveness.LivenessChecker.check`; raises `Undecided` likewise."""
