"""The issuer's side: a document up to its signature (ISO/IEC 18013-5 9.1.2.4)."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from clicid.codec import cbor, instant
from clicid.codec.cbor import EMBEDDED, Tagged
from clicid.errors import LocalError, Refused
from clicid.formats.mdoc import elements, fields, mso, usual_item
from clicid.formats.mdoc.fields import TDATE
from clicid.keys import algorithms, cose_key
from clicid.keys.algorithms import P256
from clicid.securing import cose

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from clicid.codec.cbor import Cbor, Key
    from clicid.formats.base import StatusRef, Validity
    from clicid.formats.mdoc.mso import Authorizations
    from clicid.keys.public import PublicKey
    from clicid.securing.cose import PreparedCose
    from clicid.securing.signing import SigningOperation

_SALT_BYTES: Final = 32
_DIGEST_BYTES: Final = 32
_PLACE_BYTES: Final = 8
_PAD_TO: Final = 8
"""Digests are filled up to a multiple of this, so that their number says little."""


@dataclass(frozen=True, slots=True)
class PreparedMdoc:
    """An IssuerSigned that lacks its signature; a `Prepared[bytes]`."""

    _auth: PreparedCose
    _namespaces: Mapping[str, list[Cbor]] = field(repr=False)

    @property
    def to_be_signed(self) -> tuple[SigningOperation]:
        """The one signature wanted."""
        return self._auth.to_be_signed

    def complete(self, signatures: Sequence[bytes]) -> bytes:
        """The IssuerSigned, encoded.

        Raises:
            LocalError: `securing.signatures` unless there is one signature of the right size.
        """
        return cbor.dumps({"nameSpaces": self._namespaces, "issuerAuth": self._auth.item(signatures)})


class _Sealed(NamedTuple):
    """A namespace: its elements, and their digests with those that are of none."""

    items: list[Cbor]
    digests: dict[Key, Cbor]


def prepare_credential(
    certificate: bytes,
    namespaces: Mapping[str, Mapping[str, Cbor]],
    *,
    doc_type: str,
    holder: PublicKey,
    signed: datetime,
    validity: Validity,
    status: StatusRef | None,
    random: Callable[[int], bytes],
    authorizations: Authorizations | None = None,
    alg: str = P256,
) -> PreparedMdoc:
    """A document up to its signature.

    Args:
        certificate: The document signer's, DER.
        namespaces: By namespace and name, each data element.
        doc_type: The type of the document.
        holder: The key that it is bound to.
        signed: When it is signed; within the certificate's dates. Rounded down to the second, as all times.
        validity: From and until.
        status: Its entry, or None.
        random: Gives that many random bytes.
        authorizations: What the holder's device may state of its own; None for nothing.
        alg: The signer key's row in `clicid.keys.algorithms`.

    Raises:
        LocalError: `mdoc.seal` for an element that does not have the type of its name, for what no reader of
            ours would read, or for none at all.
    """
    if not any(namespaces.values()):
        raise LocalError("mdoc.seal", detail="no data element")
    sealed = {name: _sealed(name, members, random) for name, members in namespaces.items() if members}
    key_info: dict[Key, Cbor] = {"deviceKey": cose_key.to_whole_cose(holder)}
    if authorizations is not None:
        key_info["keyAuthorizations"] = _authorized(authorizations)
    security: dict[Key, Cbor] = {
        "version": mso.VERSION,
        "digestAlgorithm": mso.SHA_256,
        "valueDigests": {name: each.digests for name, each in sealed.items()},
        "deviceKeyInfo": key_info,
        "docType": doc_type,
        "validityInfo": {
            "signed": _tdate(signed),
            "validFrom": _tdate(validity.valid_from),
            "validUntil": _tdate(validity.valid_until),
        },
    }
    if status is not None:
        security["status"] = {"status_list": {"idx": status.index, "uri": status.list_url}}
    payload = cbor.embedded(cbor.dumps(security))
    auth = cose.prepare_item(algorithms.by_name(alg), payload, unprotected={cose.X5CHAIN: certificate})
    return PreparedMdoc(auth, {name: each.items for name, each in sealed.items()})


def _sealed(namespace: str, members: Mapping[str, Cbor], random: Callable[[int], bytes]) -> _Sealed:
    """9.1.2.5: digest ids say nothing, for they are dealt at random among more than there are elements."""
    count = -(-len(members) // _PAD_TO) * _PAD_TO
    ids = sorted(range(count), key=lambda _: random(_PLACE_BYTES))
    items: list[Cbor] = []
    digests: dict[Key, Cbor] = {}
    for digest_id, (element, value) in zip(ids, members.items(), strict=False):
        item = cbor.dumps(
            {
                "digestID": digest_id,
                "random": random(_SALT_BYTES),
                "elementIdentifier": element,
                "elementValue": value,
            }
        )
        _check(namespace, element, value, item)
        items.append(Tagged(EMBEDDED, item))
        digests[digest_id] = mso.HASHES[mso.SHA_256](cbor.embedded(item)).digest()
    return _Sealed(items, digests | {each: random(_DIGEST_BYTES) for each in ids[len(members) :]})


def _check(namespace: str, element: str, value: Cbor, item: bytes) -> None:
    """What we make we must be able to read: names of the length, values of the types."""
    place = f"{namespace}/{element}"
    try:
        for name in (namespace, element):
            fields.as_text(name, place, fields.MAX_NAME_CHARS)
        # As its reader will: the commonest at a glance, any other whole, head by head.
        if usual_item.read(item, partial(_read_whole, item, place)) is None:
            fields.read(item, place)
        elements.check(namespace, element, value)
    except Refused as error:
        raise LocalError("mdoc.seal", error.where, error.code) from error


def _read_whole(item: bytes, place: str, _: bytes) -> Cbor:
    return fields.read(item, place)


def _authorized(authorizations: Authorizations) -> dict[Key, Cbor]:
    found: dict[Key, Cbor] = {}
    if authorizations.namespaces:
        found["nameSpaces"] = [*sorted(authorizations.namespaces)]
    if authorizations.elements:
        found["dataElements"] = {name: [*sorted(each)] for name, each in authorizations.elements.items()}
    return found


def _tdate(when: datetime) -> Tagged:
    return Tagged(TDATE, instant.format_stamp(when))
