"""What a verifier says of itself for the answer: keys to encrypt for, formats it reads (OpenID4VP 11)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clicid.codec import shape
from clicid.errors import Refused
from clicid.keys.algorithms import P256
from clicid.securing import jwe
from clicid.securing.jwe import Recipient

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json

DEFAULT_ENC: Final = jwe.A128GCM
"""What the answer is encrypted with where the verifier names nothing (5.1)."""

_MAX_KEYS: Final = 16
_MAX_ENCS: Final = 16
_MAX_NAMES: Final = 64
_SECRET: Final = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")
# Annex B: the parameters of each format, and what their arrays hold. COSE has numbers for algorithms.
_PARAMETERS: Final[dict[str, tuple[tuple[str, ...], type]]] = {
    "dc+sd-jwt": (("sd-jwt_alg_values", "kb-jwt_alg_values"), str),
    "jwt_vc_json": (("alg_values",), str),
    "ldp_vc": (("proof_type_values", "cryptosuite_values"), str),
    "mso_mdoc": (("issuerauth_alg_values", "deviceauth_alg_values"), int),
}


@dataclass(frozen=True, slots=True)
class ClientMetadata:
    """The `client_metadata` of a request, or what is known of a registered client.

    Args:
        vp_formats: `vp_formats_supported`, as written; None where it is absent.
        recipients: Of the `jwks`, the keys for encryption that we can use, in their order.
        encs: `encrypted_response_enc_values_supported`; empty for the default.
    """

    vp_formats: dict[str, Json] | None = None
    recipients: tuple[Recipient, ...] = ()
    encs: tuple[str, ...] = ()

    @classmethod
    def parse(cls, obj: Mapping[str, Json], where: str = "/client_metadata") -> ClientMetadata:
        """Read the object; other members are ignored (5.1).

        Raises:
            Refused: `codec.*`; `keys.format` also for a private key; `oid4vp.request` for keys of one name.
        """
        return cls(
            vp_formats=_vp_formats(obj, where),
            recipients=_recipients(obj, where),
            encs=shape.texts(
                obj, "encrypted_response_enc_values_supported", where, minimum=1, maximum=_MAX_ENCS
            )
            if "encrypted_response_enc_values_supported" in obj
            else (),
        )

    def to_wire(self) -> dict[str, Json]:
        """The JSON form."""
        obj: dict[str, Json] = {}
        if self.recipients:
            obj["jwks"] = {"keys": [one.to_jwk() for one in self.recipients]}
        if self.encs:
            obj["encrypted_response_enc_values_supported"] = list(self.encs)
        if self.vp_formats is not None:
            obj["vp_formats_supported"] = self.vp_formats
        return obj

    @property
    def enc_values(self) -> tuple[str, ...]:
        """What the answer may be encrypted with."""
        return self.encs or (DEFAULT_ENC,)


def _recipients(obj: Mapping[str, Json], where: str) -> tuple[Recipient, ...]:
    jwks = shape.optional_child(obj, "jwks", where)
    if jwks is None:
        return ()
    place = f"{where}/jwks/keys"
    keys = [
        shape.as_object(item, f"{place}/{index}")
        for index, item in enumerate(shape.items(jwks, "keys", f"{where}/jwks", maximum=_MAX_KEYS))
    ]
    names = [shape.text(jwk, "kid", place, maximum=256) for jwk in keys]
    if len(set(names)) != len(names):
        raise Refused("oid4vp.request", place, "two keys of one name")
    if any(name in jwk for jwk in keys for name in _SECRET):
        raise Refused("keys.format", place, "a private or secret key")
    return tuple(Recipient.from_jwk(jwk, place) for jwk in keys if _usable(jwk))


def _usable(jwk: dict[str, Json]) -> bool:
    """Whether it is for encryption, and of the kind that we have: one chooses among them (8.3)."""
    return jwk.get("use", "enc") == "enc" and jwk.get("alg") in jwe.ALGS and jwk.get("crv") == P256


def _vp_formats(obj: Mapping[str, Json], where: str) -> dict[str, Json] | None:
    formats = shape.optional_child(obj, "vp_formats_supported", where)
    if formats is None:
        return None
    place = f"{where}/vp_formats_supported"
    if len(formats) > _MAX_NAMES:
        raise Refused("codec.shape", place, f"more than {_MAX_NAMES} formats")
    for name in formats:
        parameters = shape.child(formats, name, place)
        known, kind = _PARAMETERS.get(name, ((), str))
        for parameter in known:
            values = shape.optional_items(
                parameters, parameter, f"{place}/{name}", minimum=1, maximum=_MAX_NAMES
            )
            if any(isinstance(value, bool) or not isinstance(value, kind) for value in values or ()):
                raise Refused("codec.shape", f"{place}/{name}/{parameter}", "not identifiers of algorithms")
    return formats
