"""A chip that was judged, as evidence: typed fields, what is to be noticed, and the portrait as an image."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from importlib import metadata
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from clicid.errors import Refused
from issuer.chip import files as chip_files
from issuer.chip import passive, proofs
from issuer.chip.files import name_of
from issuer.engines import chip_portrait, mrz, names
from issuer.engines.capitals import as_written, in_doubt
from issuer.engines.fields import document_fields, field_findings
from issuer.engines.personal_number import from_optional_data
from issuer.engines.printed import Printed
from issuer.evidence.evidence import ACTIVE, CHIP
from issuer.evidence.ports import ChipCommand, ChipReading, Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date, datetime

    from issuer.chip.csca import CscaStore
    from issuer.chip.files import ChipFiles
    from issuer.chip.passive import Authentic
    from issuer.evidence.ports import ChipAnswers, DocumentFields, PersonalNumber

ENGINE: Final = "clicid-chip"
# What stands for one national letter and for two letters alike: the zone does not tell which.
_DOUBTFUL: Final = ("AA", "AE", "OE", "UE")


class TrustingJudge:
    """`issuer.evidence.ports.ChipJudge` by passive authentication.

    Args:
        store: What the operator trusts now.
    """

    def __init__(self, store: Callable[[], CscaStore]) -> None:
        self._store = store

    def judge(self, files: Sequence[bytes], answers: ChipAnswers, *, now: datetime) -> ChipReading:
        """As the port says.

        1. The chip is authentic (`passive.authenticate`), and its portrait was read.
        2. What it answered, if anything, it answered with the keys that its state signed.
        3. Zone, name and portrait are what a credential can be made of.
        """
        read = chip_files.sort(files)
        document = passive.authenticate(read, self._store(), now=now)
        if document.portrait is None:
            raise Refused("chip.missing", "DG2")
        shown = _shown(document, answers)
        fields = fields_of(document, now.date())
        return ChipReading(
            fields=fields,
            findings=tuple(_findings(document, fields, now.date())),
            digests=_digests(read, document),
            checks=_checks(document) | shown,
            portrait=chip_portrait.as_jpeg(document.portrait),
            engine=ENGINE,
            engine_version=_version(),
        )

    def command(self, files: Sequence[bytes], *, now: datetime) -> ChipCommand | None:
        """As the port says."""
        document = passive.authenticate(chip_files.sort(files), self._store(), now=now)
        try:
            terminal = ec.generate_private_key(proofs.chip_curve(document))
            command = proofs.chip_command(document, terminal)
        except Refused:
            return None
        public = terminal.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        private = terminal.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return ChipCommand(public, command, private)


def fields_of(document: Authentic, today: date) -> DocumentFields:
    """What an authentic chip says: DG1, with DG11's name where that is the name in its own letters.

    DG11's personal number is taken where the zone has none; `_findings` tells where they differ.
    """
    zone = document.zone
    birth, expiry = (mrz.birth_date(zone.birth_date, today), mrz.expiry_date(zone.expiry_date, today))
    fields = document_fields(zone, Printed(*_names(document), findings=()), birth, expiry)
    own, _ = _own_number(document, fields)
    return replace(fields, personal_number=fields.personal_number or own)


def _names(document: Authentic) -> tuple[str | None, str | None]:
    """Family and given name of DG11, if both agree with the zone; None where they are not known.

    Some states repeat the zone's A to Z in DG11 (9303-10 4.7.11). A name with a letter that the zone has not
    is the name in its own letters; one without is taken where the zone's leaves no doubt.
    """
    zone, details = document.zone, document.details
    if details is None or not zone.given_names:
        return None, None
    pairs = ((details.surname, zone.surname), (details.given_names, zone.given_names))
    if not all(names.agrees(own, machine, truncated=zone.names_truncated) for own, machine in pairs):
        return None, None
    repeated = all(own.isascii() for own, _ in pairs)
    if repeated and any(doubtful in machine for _, machine in pairs for doubtful in _DOUBTFUL):
        return None, None
    if any(in_doubt(own, zone.issuing_state) for own, _ in pairs):
        return None, None
    return as_written(details.surname, zone.issuing_state), as_written(
        details.given_names, zone.issuing_state
    )


def _shown(document: Authentic, answers: ChipAnswers) -> dict[str, str]:
    """By which algorithm the chip proved that it is the original, for each proof that was asked of it."""
    shown: dict[str, str] = {}
    if answers.challenge is not None and answers.response is not None:
        shown[ACTIVE] = proofs.active_authentication(document, answers.challenge, answers.response)
    if answers.terminal is not None and answers.answer is not None:
        terminal = load_der_private_key(answers.terminal, None)
        if not isinstance(terminal, ec.EllipticCurvePrivateKey):
            raise Refused("chip.chip_authentication", "terminal")
        shown[CHIP] = proofs.chip_authentication(document, terminal, answers.answer)
    return shown


def _findings(document: Authentic, fields: DocumentFields, today: date) -> Iterator[Finding]:
    yield from (Finding(code) for code in document.notes)
    yield from field_findings(document.zone, fields, today)
    own, sound = _own_number(document, fields)
    if not sound or own not in {None, fields.personal_number}:
        yield Finding("document.personal_number", "personal_number")


def _own_number(document: Authentic, fields: DocumentFields) -> tuple[PersonalNumber | None, bool]:
    """DG11's personal number, where its rules are known to us, and whether it is sound."""
    own = document.details.personal_number if document.details else ""
    if not own:
        return None, True
    return from_optional_data(own, fields.issuing_state, fields.birth_date, fields.sex)


def _digests(read: ChipFiles, document: Authentic) -> dict[str, str]:
    whole = {"SOD": read.sod} | {name_of(number): data for number, data in sorted(read.groups.items())}
    if read.com is not None:
        whole["COM"] = read.com
    links = {f"link-{place}": one.fingerprint for place, one in enumerate(document.path.links, 1)}
    certificates = {"signer": document.signer.fingerprint, "country_signer": document.path.issuer.fingerprint}
    return {name: hashlib.sha256(data).hexdigest() for name, data in whole.items()} | certificates | links


def _checks(document: Authentic) -> dict[str, str]:
    groups = {name_of(number): state.value for number, state in document.groups.items()}
    return groups | {
        "hashes": document.security.digest,
        "signature": document.security.message.scheme.name,
        "certificate": document.signer.scheme.name,
    }


def _version() -> str:
    return f"asn1crypto {metadata.version('asn1crypto')}; cryptography {metadata.version('cryptography')}"
