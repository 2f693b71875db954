"""One credential configuration of an issuer's metadata (OpenID4VCI 12.2.4 and annex A)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from clicid.codec import shape
from clicid.errors import Refused

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json

Path: TypeAlias = "tuple[str | int | None, ...]"
"""A claims path pointer (OpenID4VCI annex C): key, index, or None for every element."""

_MAX_DISPLAYS: Final = 64
_MAX_CLAIMS: Final = 512
_MAX_PATH: Final = 16
_MAX_NAMES: Final = 64
# The texts of a display, and how long each may be.
_DISPLAY_TEXTS: Final = {
    "name": 512,
    "locale": 64,
    "description": 4096,
    "background_color": 64,
    "text_color": 64,
}


@dataclass(frozen=True, slots=True)
class Image:
    """A picture to be shown: a ``https:`` address or a ``data:`` URI, and what stands for it in words."""

    uri: str
    alt_text: str = ""

    def to_wire(self) -> dict[str, Json]:
        """The JSON form."""
        obj: dict[str, Json] = {"uri": self.uri}
        if self.alt_text:
            obj["alt_text"] = self.alt_text
        return obj


@dataclass(frozen=True, slots=True)
class Display:
    """How to name and show something in one language (12.2.4); what is not said is "" or None.

    `locale` is a BCP 47 tag, colours are CSS values. All of it is an issuer's word about itself.
    """

    name: str
    locale: str = ""
    description: str = ""
    logo: Image | None = None
    background_color: str = ""
    background_image: Image | None = None
    text_color: str = ""

    def to_wire(self) -> dict[str, Json]:
        """The JSON form."""
        obj: dict[str, Json] = {name: value for name in _DISPLAY_TEXTS if (value := getattr(self, name))}
        if self.logo is not None:
            obj["logo"] = self.logo.to_wire()
        if self.background_image is not None:
            obj["background_image"] = self.background_image.to_wire()
        return obj


def displays(obj: dict[str, Json], where: str) -> tuple[Display, ...]:
    """Read a member `display`: names in several languages, one for each."""
    found = shape.optional_items(obj, "display", where, minimum=1, maximum=_MAX_DISPLAYS)
    result = []
    for index, item in enumerate(found or ()):
        place = f"{where}/display/{index}"
        one = shape.as_object(item, place)
        texts = {
            name: shape.optional_text(one, name, place, maximum=most) or ""
            for name, most in _DISPLAY_TEXTS.items()
        }
        logo, background_image = _image(one, "logo", place), _image(one, "background_image", place)
        result.append(Display(**texts, logo=logo, background_image=background_image))
    if len({one.locale for one in result}) != len(result):
        raise Refused("oid4vci.metadata", f"{where}/display", "two displays for one language")
    return tuple(result)


def _image(obj: dict[str, Json], name: str, where: str) -> Image | None:
    found, place = shape.optional_child(obj, name, where), shape.pointer(where, name)
    if found is None:
        return None
    alt_text = shape.optional_text(found, "alt_text", place, maximum=512)
    return Image(shape.text(found, "uri", place), alt_text or "")


@dataclass(frozen=True, slots=True)
class KeyAttestationsRequired:
    """That keys must be attested, and at which of these levels (annex D.2); no levels mean any."""

    key_storage: tuple[str, ...] = ()
    user_authentication: tuple[str, ...] = ()

    @classmethod
    def parse(cls, obj: dict[str, Json], where: str) -> KeyAttestationsRequired:
        """Read the member `key_attestations_required`."""
        return cls(
            key_storage=_names(obj, "key_storage", where),
            user_authentication=_names(obj, "user_authentication", where),
        )

    def to_wire(self) -> dict[str, Json]:
        """The JSON form."""
        levels = {"key_storage": self.key_storage, "user_authentication": self.user_authentication}
        return {name: list(values) for name, values in levels.items() if values}


@dataclass(frozen=True, slots=True)
class ClaimDescription:
    """One claim that a credential may hold (annex B.2)."""

    path: Path
    mandatory: bool = False
    display: tuple[Display, ...] = ()

    @classmethod
    def parse(cls, obj: dict[str, Json], where: str) -> ClaimDescription:
        """Read one element of `claims`."""
        path = shape.items(obj, "path", where, minimum=1, maximum=_MAX_PATH)
        return cls(
            path=tuple(_step(step, f"{where}/path/{index}") for index, step in enumerate(path)),
            mandatory=bool(shape.optional_boolean(obj, "mandatory", where)),
            display=displays(obj, where),
        )

    def to_wire(self) -> dict[str, Json]:
        """The JSON form."""
        obj: dict[str, Json] = {"path": list(self.path), "mandatory": self.mandatory}
        if self.display:
            obj["display"] = [one.to_wire() for one in self.display]
        return obj


def _step(value: Json, where: str) -> str | int | None:
    if value is None:
        return None
    return shape.as_text(value, where) if isinstance(value, str) else shape.as_integer(value, where)


@dataclass(frozen=True, slots=True)
class CredentialConfiguration:
    """One kind of credential that an issuer offers.

    Args:
        format: As written; a wallet passes over formats that it does not know.
        scope: The OAuth scope, or "".
        signing_algs: JOSE names for `dc+sd-jwt` and `jwt_vc_json`, cryptosuite names for `ldp_vc`, COSE
            numbers for `mso_mdoc`.
        binding_methods: Ways to bind a key: ``jwk``, ``cose_key``, ``did:key``, ...
        proof_algs: For each proof type, the algorithms accepted (JOSE names).
        attestations: What each proof type that demands a key attestation demands of it.
        vct: The type, for `dc+sd-jwt`.
        doctype: The type, for `mso_mdoc`.
        context: `credential_definition.@context`, for `ldp_vc`.
        types: `credential_definition.type`, for W3C formats.
        display: Names for people.
        claims: What the credential may hold.
    """

    format: str
    scope: str = ""
    signing_algs: tuple[str | int, ...] = ()
    binding_methods: tuple[str, ...] = ()
    proof_algs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    attestations: dict[str, KeyAttestationsRequired] = field(default_factory=dict)
    vct: str = ""
    doctype: str = ""
    context: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    display: tuple[Display, ...] = ()
    claims: tuple[ClaimDescription, ...] = ()

    @classmethod
    def parse(cls, obj: dict[str, Json], where: str) -> CredentialConfiguration:
        """Read one configuration.

        Raises:
            Refused: `oid4vci.metadata` or `codec.*`.
        """
        name = shape.text(obj, "format", where, maximum=64)
        binding = _names(obj, "cryptographic_binding_methods_supported", where)
        proof_algs, attested = _proof_types(obj, where)
        if bool(binding) != bool(proof_algs):
            raise Refused("oid4vci.metadata", where, "binding methods and proof types only together")
        described = shape.optional_child(obj, "credential_metadata", where) or {}
        claims = shape.optional_items(described, "claims", where, minimum=1, maximum=_MAX_CLAIMS)
        definition = shape.optional_child(obj, "credential_definition", where) or {}
        place = shape.pointer(where, "credential_definition")
        linked = name == "ldp_vc"
        return cls(
            format=name,
            scope=shape.optional_text(obj, "scope", where) or "",
            signing_algs=_signing_algs(obj, where),
            binding_methods=binding,
            proof_algs=proof_algs,
            attestations=attested,
            vct=shape.text(obj, "vct", where) if name == "dc+sd-jwt" else "",
            doctype=shape.text(obj, "doctype", where) if name == "mso_mdoc" else "",
            context=shape.texts(definition, "@context", place, minimum=1, maximum=_MAX_NAMES)
            if linked
            else (),
            types=(
                shape.texts(definition, "type", place, minimum=1, maximum=_MAX_NAMES)
                if linked or name == "jwt_vc_json"
                else ()
            ),
            display=displays(described, f"{where}/credential_metadata"),
            claims=tuple(
                ClaimDescription.parse(shape.as_object(claim, at), at)
                for index, claim in enumerate(claims or ())
                for at in (f"{where}/credential_metadata/claims/{index}",)
            ),
        )

    def to_wire(self) -> dict[str, Json]:
        """The JSON form."""
        obj: dict[str, Json] = {"format": self.format}
        if self.scope:
            obj["scope"] = self.scope
        if self.signing_algs:
            obj["credential_signing_alg_values_supported"] = list(self.signing_algs)
        if self.binding_methods:
            obj["cryptographic_binding_methods_supported"] = list(self.binding_methods)
            obj["proof_types_supported"] = {kind: self._proof_type(kind) for kind in self.proof_algs}
        if self.vct:
            obj["vct"] = self.vct
        if self.doctype:
            obj["doctype"] = self.doctype
        if self.types:
            context: dict[str, Json] = {"@context": list(self.context)} if self.context else {}
            obj["credential_definition"] = context | {"type": list(self.types)}
        described: dict[str, Json] = {}
        if self.display:
            described["display"] = [one.to_wire() for one in self.display]
        if self.claims:
            described["claims"] = [claim.to_wire() for claim in self.claims]
        if described:
            obj["credential_metadata"] = described
        return obj

    def _proof_type(self, kind: str) -> dict[str, Json]:
        obj: dict[str, Json] = {"proof_signing_alg_values_supported": list(self.proof_algs[kind])}
        if kind in self.attestations:
            obj["key_attestations_required"] = self.attestations[kind].to_wire()
        return obj


def _names(obj: dict[str, Json], key: str, where: str) -> tuple[str, ...]:
    return shape.texts(obj, key, where, minimum=1, maximum=_MAX_NAMES) if key in obj else ()


def _signing_algs(obj: dict[str, Json], where: str) -> tuple[str | int, ...]:
    key = "credential_signing_alg_values_supported"
    place = shape.pointer(where, key)
    found = shape.optional_items(obj, key, where, minimum=1, maximum=_MAX_NAMES)
    return tuple(
        shape.as_text(item, f"{place}/{index}")
        if isinstance(item, str)
        else shape.as_integer(item, f"{place}/{index}", minimum=-shape.MAX_INTEGER)
        for index, item in enumerate(found or ())
    )


def _proof_types(
    obj: dict[str, Json], where: str
) -> tuple[dict[str, tuple[str, ...]], dict[str, KeyAttestationsRequired]]:
    found = shape.optional_child(obj, "proof_types_supported", where) or {}
    place = shape.pointer(where, "proof_types_supported")
    algs, attested = {}, {}
    for kind in found:
        at = shape.pointer(place, kind)
        proof_type = shape.child(found, kind, place)
        algs[kind] = shape.texts(
            proof_type, "proof_signing_alg_values_supported", at, minimum=1, maximum=_MAX_NAMES
        )
        required = shape.optional_child(proof_type, "key_attestations_required", at)
        if required is not None:
            attested[kind] = KeyAttestationsRequired.parse(
                required, shape.pointer(at, "key_attestations_required")
            )
    return algs, attested
