"""DG14: what a chip can prove of itself, and with which keys (9303-11 9.2)."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from asn1crypto import core
from asn1crypto import keys as asn1_keys

from clicid.errors import Refused
from issuer.chip import asn1, keys, tlv
from issuer.chip.access import Cipher
from issuer.chip.files import TAG
from issuer.chip.keys import EcKey

_ACTIVE: Final = "2.23.136.1.1.5"
_CHIP_KEY: Final = "0.4.0.127.0.7.2.2.1.2"
_CIPHERS: Final = {
    "0.4.0.127.0.7.2.2.3.2.1": Cipher.TRIPLE_DES,
    "0.4.0.127.0.7.2.2.3.2.2": Cipher.AES_128,
    "0.4.0.127.0.7.2.2.3.2.3": Cipher.AES_192,
    "0.4.0.127.0.7.2.2.3.2.4": Cipher.AES_256,
}
# BSI TR-03111 5.2.1: ecdsa-plain-signatures.
_PLAIN_ECDSA: Final = {
    "0.4.0.127.0.7.1.1.4.1.1": "sha1",
    "0.4.0.127.0.7.1.1.4.1.2": "sha224",
    "0.4.0.127.0.7.1.1.4.1.3": "sha256",
    "0.4.0.127.0.7.1.1.4.1.4": "sha384",
    "0.4.0.127.0.7.1.1.4.1.5": "sha512",
}
MAX_INFOS: Final = 64


class _Info(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    _fields: Final = [
        ("protocol", core.ObjectIdentifier),
        ("required", core.Any),
        ("optional", core.Any, {"optional": True}),
    ]


class _Infos(core.SetOf):  # type: ignore[misc]
    _child_spec = _Info


class ChipKey(NamedTuple):
    """A key for chip authentication.

    Args:
        key: The chip's static key.
        cipher: What the session is secured with.
        number: Its number; None where it is the only one.
    """

    key: EcKey
    cipher: Cipher
    number: int | None


class SecurityInfos(NamedTuple):
    """What is used here of DG14.

    Args:
        active_digest: The hash algorithm of active authentication by ECDSA; None where it is not said.
        chip_keys: The keys for chip authentication by ECDH.
    """

    active_digest: str | None
    chip_keys: tuple[ChipKey, ...]


def read(dg14: bytes) -> SecurityInfos:
    """Read DG14; protocols that are not used here are passed over.

    Raises:
        Refused: `chip.file` for what is no DG14, `chip.algorithm` for a key or algorithm that is not known.
    """
    infos = asn1.load(_Infos, tlv.only(dg14, TAG[14], "DG14"), "chip.file", "DG14")
    digests: list[str] = []
    public: dict[int | None, EcKey] = {}
    ciphers: dict[int | None, Cipher] = {}
    with asn1.reading("chip.file", "DG14"):
        if len(infos) > MAX_INFOS:
            raise Refused("chip.file", "DG14", "too many entries")
        for info in infos:
            oid = info["protocol"].dotted
            if oid == _ACTIVE:
                digests.append(_digest(info))
            elif oid == _CHIP_KEY:
                public[_number(info)] = _key(info)
            elif oid in _CIPHERS:
                ciphers[_number(info)] = _CIPHERS[oid]
    if len(digests) > 1:
        raise Refused("chip.file", "DG14", "active authentication by two algorithms")
    found = (ChipKey(key, ciphers[number], number) for number, key in public.items() if number in ciphers)
    return SecurityInfos(digests[0] if digests else None, tuple(found))


def _digest(info: Any) -> str:
    oid = info["optional"].parse(spec=core.ObjectIdentifier).dotted
    if oid not in _PLAIN_ECDSA:
        raise Refused("chip.algorithm", "DG14", f"active authentication by {oid}")
    return _PLAIN_ECDSA[oid]


def _number(info: Any) -> int | None:
    if info["optional"].native is None:
        return None
    number = info["optional"].parse(spec=core.Integer).native
    return number if isinstance(number, int) else None


def _key(info: Any) -> EcKey:
    key = keys.read(info["required"].parse(spec=asn1_keys.PublicKeyInfo), "chip.file", "DG14")
    if not isinstance(key, EcKey):
        raise Refused("chip.algorithm", "DG14", f"chip authentication with {key.name}")
    return key
