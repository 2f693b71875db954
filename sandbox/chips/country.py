"""A country: its signer, the signer before and the link between them, document signers, lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from clicid.errors import LocalError
from sandbox.chips.certificates import MASTER_LIST_SIGNER_OID, Holder, Plan, issue
from sandbox.chips.revocation import revocation_list

if TYPE_CHECKING:
    from collections.abc import Callable

    from asn1crypto import x509

    from sandbox.chips.keys import Algorithm, SigningKey

COUNTRIES: Final = {"SWE": "SE", "UTO": "UT", "D": "DE", "FRA": "FR"}
"""As in the zone (Germany has one letter there), to two letters; ``UT`` for ICAO's Utopia, which has none."""

SIGNED: Final = datetime(2024, 3, 1, 9, 30, tzinfo=UTC)
"""When the sandbox's documents are signed: on the day of issue of its specimen passports."""
_DAY: Final = timedelta(days=1)
_YEAR: Final = 365 * _DAY
_SIGNER_FROM: Final = SIGNED - 30 * _DAY
_COUNTRY_FROM: Final = SIGNED - _YEAR
_FORMER_FROM: Final = SIGNED - 4 * _YEAR


@dataclass(frozen=True, slots=True)
class Country:
    """What signs a country's documents, with the private keys.

    Args:
        state: As in the zone, three letters mostly.
        former: The country signer before, which went out of use a year before the documents were signed.
        root: The country signer, self-signed.
        link: The country signer's key, certified by the one before.
        signer: A document signer.
        list_signer: A signer of master lists.
    """

    state: str
    former: Holder
    root: Holder
    link: x509.Certificate
    signer: Holder
    list_signer: Holder

    @property
    def code(self) -> str:
        """Two letters."""
        return COUNTRIES[self.state]

    def revocations(
        self, serials: dict[int, datetime], now: datetime, *, life: timedelta = 90 * _DAY
    ) -> bytes:
        """The country's revocation list as of yesterday, DER; the next one is due at the end of `life`."""
        subject = root_name(self.state)
        return revocation_list(self.root, self.code, subject, serials, starts=now - _DAY, ends=now + life)


def found(state: str, algorithm: Algorithm, make: Callable[[Algorithm], SigningKey]) -> Country:
    """A country, its keys and certificates.

    Args:
        state: A key of `COUNTRIES`.
        algorithm: What all its keys sign with.
        make: Makes a key; `sandbox.chips.keys.generate`.

    Raises:
        LocalError: ``sandbox.chip``, naming the countries there are.
    """
    if state not in COUNTRIES:
        raise LocalError("sandbox.chip", state, "countries: " + ", ".join(COUNTRIES))
    former = _self_signed(former_plan(state), make(algorithm))
    root = _self_signed(root_plan(state), make(algorithm))
    signer, lists = make(algorithm), make(algorithm)
    return Country(
        state=state,
        former=former,
        root=root,
        link=certify(link_plan(state), root.key, former).certificate,
        signer=certify(signer_plan(state), signer, root),
        list_signer=certify(list_signer_plan(state), lists, root),
    )


def certify(plan: Plan, key: SigningKey, by: Holder) -> Holder:
    """A certificate for a key, by another holder."""
    return Holder(issue(plan, key.public, by.key, by.key.public.dump()), key)


def root_name(state: str) -> str:
    """The country signer's common name."""
    return f"CSCA {state}"


def former_plan(state: str) -> Plan:
    """The country signer before: its certificate outlives every document signed below it."""
    return _authority_plan(state, 1, _FORMER_FROM)


def root_plan(state: str) -> Plan:
    """The country signer: signs for 3 years, is needed for 10 more and 3 months (9303-12 section 4.1)."""
    return _authority_plan(state, 2, _COUNTRY_FROM)


def link_plan(state: str) -> Plan:
    """Serial 3: what trusts the signer before comes to trust this one by it (9303-12 section 4.1.2.1)."""
    return _authority_plan(state, 3, _COUNTRY_FROM)


def signer_plan(state: str) -> Plan:
    """A document signer: signs for 3 months, passports only; valid while a document that it signed is."""
    return Plan(
        country=COUNTRIES[state],
        authority_country=COUNTRIES[state],
        state=state,
        subject=f"Document Signer {state} 1",
        issuer=root_name(state),
        serial=0x1001,
        starts=_SIGNER_FROM,
        ends=_SIGNER_FROM + 10 * _YEAR + 120 * _DAY,
        signs=(_SIGNER_FROM, _SIGNER_FROM + 90 * _DAY),
        usage=frozenset({"digital_signature"}),
        document_types=("P",),
    )


def list_signer_plan(state: str) -> Plan:
    """A master list signer, told by its extended key usage (9303-12 7.1.1.4)."""
    return Plan(
        country=COUNTRIES[state],
        authority_country=COUNTRIES[state],
        state=state,
        subject=f"Master List Signer {state} 1",
        issuer=root_name(state),
        serial=0x2001,
        starts=_SIGNER_FROM,
        ends=_SIGNER_FROM + 10 * _YEAR,
        signs=None,
        usage=frozenset({"digital_signature"}),
        extended_usage=MASTER_LIST_SIGNER_OID,
    )


def _authority_plan(state: str, serial: int, starts: datetime) -> Plan:
    return Plan(
        country=COUNTRIES[state],
        authority_country=COUNTRIES[state],
        state=state,
        subject=root_name(state),
        issuer=root_name(state),
        serial=serial,
        starts=starts,
        ends=starts + 14 * _YEAR,
        signs=(starts, starts + 3 * _YEAR),
        authority=True,
        usage=frozenset({"key_cert_sign", "crl_sign"}),
    )


def _self_signed(plan: Plan, key: SigningKey) -> Holder:
    return Holder(issue(plan, key.public, key, key.public.dump()), key)
