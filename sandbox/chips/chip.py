"""A chip that was read and what it is judged by: made right here, and wrong in `sandbox.chips.faults`."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sandbox.chips import groups as make
from sandbox.chips import security_object
from sandbox.chips.country import SIGNED, Country, found
from sandbox.chips.master_list import master_list
from sandbox.chips.proofs import CHALLENGE_BYTES, ActiveKey, ChipKey, active_key, chip_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from asn1crypto import cms, x509

    from sandbox.chips.certificates import Holder
    from sandbox.chips.keys import Algorithm, SigningKey
    from sandbox.documents.person import Person


@dataclass(frozen=True, slots=True)
class Portrait:
    """An image for DG2.

    Args:
        image: JPEG, or a JPEG 2000 file.
        size: Width and height in pixels.
        jpeg_2000: Which of the two it is.
    """

    image: bytes
    size: tuple[int, int]
    jpeg_2000: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """What was read off a chip, and what it is judged by.

    Args:
        files: By name: ``EF.COM``, ``EF.SOD``, ``DG1`` and so on.
        challenge: What the chip was asked to sign.
        response: Its answer in active authentication.
        master_list: The country signers that are trusted, CMS.
        revocations: Their revocation lists, DER.
        now: When it is judged.
    """

    files: dict[str, bytes]
    challenge: bytes
    response: bytes
    master_list: bytes
    revocations: tuple[bytes, ...]
    now: datetime


@dataclass(frozen=True, slots=True)
class World:
    """A document before it is signed: who signs, what is in it, and when it is looked at.

    Args:
        country: Whose document it is.
        other: Another country that is trusted as well.
        algorithm: What they sign with.
        person: Its holder.
        portrait: The holder's, in DG2.
        groups: Its data groups by number.
        active: Its chip's key for active authentication; DG15 has the public half.
        chip: Its chip's key for chip authentication; DG14 has the public half.
        now: When it is looked at.
        new_key: Makes a key of an algorithm.
        good: The document, its chip and what they are judged by, as they should be.
    """

    country: Country
    other: Country
    algorithm: Algorithm
    person: Person
    portrait: Portrait
    groups: dict[int, bytes]
    active: ActiveKey
    chip: ChipKey
    now: datetime
    new_key: Callable[[Algorithm], SigningKey]
    good: Case


def world(
    states: tuple[str, str],
    algorithm: Algorithm,
    person: Person,
    portrait: Portrait,
    *,
    now: datetime,
    new_key: Callable[[Algorithm], SigningKey],
    challenge: bytes | None = None,
) -> World:
    """Two countries and a document of the first.

    Args:
        states: As in the zone.
        algorithm: What everything is signed with; the chip proves itself with its kind of key too.
        person: The holder, a document of the first state's.
        portrait: For DG2.
        now: When it is looked at.
        new_key: Makes a key of an algorithm; `sandbox.chips.keys.generate`.
        challenge: What the chip is asked to sign, 8 bytes; None for one that is drawn.

    Raises:
        LocalError: ``sandbox.chip`` for a country that there is not.
    """
    country, other = (found(state, algorithm, new_key) for state in states)
    active, chip = active_key(algorithm), chip_key()
    groups = {
        1: make.zone_of(person),
        2: make.face(portrait.image, portrait.size, person.sex, jpeg_2000=portrait.jpeg_2000),
        11: make.details(person),
        14: make.security(chip, active.oid),
        15: make.chip_key(active.public),
    }
    challenge = challenge or secrets.token_bytes(CHALLENGE_BYTES)
    good = Case(
        files=read(groups, sign(groups, country.signer)),
        challenge=challenge,
        response=active.answer(challenge),
        master_list=publish(other, (country.root.certificate, other.root.certificate), now),
        revocations=(country.revocations({}, now), other.revocations({}, now)),
        now=now,
    )
    return World(country, other, algorithm, person, portrait, groups, active, chip, now, new_key, good)


def read(groups: Mapping[int, bytes], sod: bytes) -> dict[str, bytes]:
    """Files by name."""
    files = {"EF.COM": make.common(groups), "EF.SOD": sod}
    return files | {f"DG{number}": groups[number] for number in sorted(groups)}


def sign(groups: Mapping[int, bytes], signer: Holder) -> bytes:
    """EF.SOD over data groups."""
    digest = signer.key.digest
    hashes = security_object.hashed(groups, digest)
    return signed_over(security_object.security_object(hashes, digest), signer)


def signed_over(
    content: bytes,
    signer: Holder,
    *,
    at: datetime | None = SIGNED,
    by_key: bool = False,
    certificates: Iterable[x509.Certificate] | None = None,
) -> bytes:
    """EF.SOD around an LDS security object.

    Args:
        content: The LDS security object.
        signer: Who signs.
        at: The signing time; None for none.
        by_key: Name the signer by key identifier.
        certificates: Others than the signer's.
    """
    attributes = security_object.attributes(content, signer.key.digest, at)
    info = security_object.signer_info(signer, attributes, by_key=by_key)
    return wrapped(content, [info], [signer.certificate] if certificates is None else certificates)


def wrapped(
    content: bytes, infos: Iterable[cms.SignerInfo], certificates: Iterable[x509.Certificate]
) -> bytes:
    """EF.SOD of signatures that exist."""
    return security_object.file(security_object.signed_data(content, infos, certificates))


def publish(publisher: Country, certificates: Iterable[x509.Certificate], now: datetime) -> bytes:
    """A country's master list of last week."""
    return master_list(publisher, certificates, now - timedelta(days=7))
