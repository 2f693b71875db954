"""EF.SOD: a signed message over the hash values of all data groups (9303-10 4.6.2)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from asn1crypto import algos, core

from clicid.errors import Refused
from issuer.chip import asn1, cms, keys, signatures, tlv
from issuer.chip.files import NUMBER, SOD, name_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from issuer.chip.cms import Message

_LDS_SECURITY_OBJECT: Final = "2.23.136.1.1.1"
_WITH_VERSION_INFO: Final = 1
_MANDATORY: Final = frozenset({1, 2})  # 9303-10 4.6


class GroupState(StrEnum):
    """What came of a data group."""

    OK = "ok"
    FAILED = "failed"
    ABSENT = "absent"


class _GroupHash(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    _fields: Final = [("number", core.Integer), ("value", core.OctetString)]


class _GroupHashes(core.SequenceOf):  # type: ignore[misc]
    _child_spec = _GroupHash


class _VersionInfo(core.Sequence):  # type: ignore[misc]
    _fields: Final = [("lds", core.PrintableString), ("unicode", core.PrintableString)]


class _LdsSecurityObject(core.Sequence):  # type: ignore[misc]
    _fields: Final = [
        ("version", core.Integer),
        ("hash_algorithm", algos.DigestAlgorithm),
        ("hashes", _GroupHashes),
        ("version_info", _VersionInfo, {"optional": True}),
    ]


@dataclass(frozen=True, slots=True)
class SecurityObject:
    """EF.SOD, taken apart; nobody has looked at its signature.

    Args:
        message: The signed message.
        version: 0, or 1 with the LDS version in it.
        digest: The hash algorithm of the groups, a name of `keys.DIGESTS`.
        hashes: The hash value of each data group by number.
        lds_version: As signed, ``"0108"``; None in version 0.
    """

    message: Message
    version: int
    digest: str
    hashes: Mapping[int, bytes]
    lds_version: str | None

    def compare(self, groups: Mapping[int, bytes]) -> dict[int, GroupState]:
        """Each group that is signed for: as signed, changed, or not given.

        Raises:
            Refused: `chip.group_unlisted` for a group that is given and not signed for.
        """
        for number in sorted(groups):
            if number not in self.hashes:
                raise Refused("chip.group_unlisted", name_of(number))
        return {number: self._state(number, groups.get(number)) for number in sorted(self.hashes)}

    def _state(self, number: int, group: bytes | None) -> GroupState:
        if group is None:
            return GroupState.ABSENT
        same = keys.digest(self.digest, group) == self.hashes[number]
        return GroupState.OK if same else GroupState.FAILED


def read(sod: bytes) -> SecurityObject:
    """Take an EF.SOD apart.

    Raises:
        Refused: `chip.file` for its frames, `chip.sod` for another content, version or a group listed twice,
            `chip.algorithm`.
    """
    tlv.check_der(sod, "SOD")
    message = cms.read(tlv.only(sod, SOD, "SOD"), "chip.sod", "SOD")
    if message.content_type != _LDS_SECURITY_OBJECT:
        raise Refused("chip.sod", "SOD", f"signed content of type {message.content_type}")
    inner = asn1.load(_LdsSecurityObject, message.content, "chip.sod", "SOD")
    with asn1.reading("chip.sod", "SOD"):
        digest = signatures.digest_of(inner["hash_algorithm"], "chip.sod", "SOD")
        version, info = inner["version"].native, inner["version_info"]
        with_info = info.native is not None
        if version not in {0, _WITH_VERSION_INFO} or with_info != (version == _WITH_VERSION_INFO):
            raise Refused("chip.sod", "SOD", "its version")
        return SecurityObject(
            message,
            version,
            digest,
            _hashes(inner["hashes"], digest),
            info["lds"].native if with_info else None,
        )


def _hashes(listed: Any, digest: str) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    size = keys.DIGESTS[digest].digest_size
    for one in listed:
        number, value = one["number"].native, one["value"].native
        if number not in NUMBER.values() or number in found or len(value) != size:
            raise Refused(
                "chip.sod", "SOD", "a group that is none, is listed twice, or a hash value's length"
            )
        found[number] = value
    if not found.keys() >= _MANDATORY:
        raise Refused("chip.sod", "SOD", "it lists no DG1 or no DG2")
    return found
