"""The Digital Credentials Query Language (OpenID4VP 6), parsed in full.

What to do with a query is in `matching` (the wallet's side) and `answering` (the verifier's).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from clicid.codec import shape, strict_json
from clicid.errors import Refused

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json

Path: TypeAlias = "tuple[str | int | None, ...]"
"""A claims path pointer (OpenID4VP 7): key, index, or None for every element of an array."""

MAX_QUERY_BYTES: Final = 65_536
MAX_CREDENTIALS: Final = 16
_MAX_CLAIMS: Final = 128
_MAX_PATH: Final = 16
_MAX_VALUES: Final = 64
_MAX_SETS: Final = 32
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)

SD_JWT: Final = "dc+sd-jwt"
MDOC: Final = "mso_mdoc"
W3C: Final = frozenset({"ldp_vc", "jwt_vc_json"})


@dataclass(frozen=True, slots=True)
class ClaimsQuery:
    """One claim wanted (6.3). `values` empty: any value will do; else one of these, exactly.

    `intent_to_retain`, of mdocs alone, says that the asker will keep what it is shown (B.2.4).
    """

    path: Path
    id: str = ""
    values: tuple[str | int | bool, ...] = ()
    intent_to_retain: bool = False

    @classmethod
    def parse(cls, obj: dict[str, Json], form: str, where: str) -> ClaimsQuery:
        """Read one element of `claims` of a query for a format."""
        found = shape.items(obj, "path", where, minimum=1, maximum=_MAX_PATH)
        path = tuple(_step(step, f"{where}/path/{index}") for index, step in enumerate(found))
        if form == MDOC and [type(step) for step in path] != [str, str]:
            raise Refused("oid4vp.dcql", f"{where}/path", "a namespace and an element are wanted (7.2)")
        values = shape.optional_items(obj, "values", where, minimum=1, maximum=_MAX_VALUES)
        return cls(
            path=path,
            id=_identifier(obj, where) if "id" in obj else "",
            values=tuple(_value(item, f"{where}/values/{index}") for index, item in enumerate(values or ())),
            intent_to_retain=form == MDOC and shape.optional_boolean(obj, "intent_to_retain", where) is True,
        )

    def to_wire(self) -> dict[str, Json]:
        """The JSON form."""
        obj: dict[str, Json] = {"path": list(self.path)}
        if self.id:
            obj["id"] = self.id
        if self.values:
            obj["values"] = list(self.values)
        if self.intent_to_retain:
            obj["intent_to_retain"] = True
        return obj


def _step(value: Json, where: str) -> str | int | None:
    if value is None:
        return None
    return shape.as_text(value, where) if isinstance(value, str) else shape.as_integer(value, where)


def _value(value: Json, where: str) -> str | int | bool:
    if isinstance(value, str | int | bool):
        return value
    raise Refused("oid4vp.dcql", where, "a string, integer or boolean is wanted")


def _identifier(obj: dict[str, Json], where: str) -> str:
    name = shape.text(obj, "id", where)
    if not _ID.fullmatch(name):
        raise Refused("oid4vp.dcql", f"{where}/id", "letters, digits, _ and - only")
    return name


def _unique(names: list[str], where: str) -> None:
    if len(set(names)) != len(names):
        raise Refused("oid4vp.dcql", where, "an identifier stands twice")


@dataclass(frozen=True, slots=True)
class TrustedAuthority:
    """Whose credentials will do (6.1.1): a kind of list and its values."""

    type: str
    values: tuple[str, ...]

    @classmethod
    def parse(cls, obj: dict[str, Json], where: str) -> TrustedAuthority:
        """Read one element of `trusted_authorities`."""
        return cls(
            type=shape.text(obj, "type", where, maximum=128),
            values=shape.texts(obj, "values", where, minimum=1, maximum=_MAX_VALUES),
        )

    def to_wire(self) -> dict[str, Json]:
        """The JSON form."""
        return {"type": self.type, "values": list(self.values)}


@dataclass(frozen=True, slots=True)
class Meta:
    """What kind of credential is wanted, in the terms of its format (annex B).

    Exactly one is not empty for a format that we know: `vct_values` for `dc+sd-jwt`,
    `doctype_value` for `mso_mdoc`, `type_values` for the W3C formats: each a set of expanded type
    names of which a credential must have all.
    """

    vct_values: tuple[str, ...] = ()
    doctype_value: str = ""
    type_values: tuple[tuple[str, ...], ...] = ()

    @classmethod
    def parse(cls, obj: dict[str, Json], form: str, where: str) -> Meta:
        """Read the member `meta` for a format; of a format that we do not know, nothing is read."""
        if form == SD_JWT:
            return cls(vct_values=shape.texts(obj, "vct_values", where, minimum=1, maximum=_MAX_VALUES))
        if form == MDOC:
            return cls(doctype_value=shape.text(obj, "doctype_value", where))
        if form in W3C:
            found = shape.items(obj, "type_values", where, minimum=1, maximum=_MAX_VALUES)
            return cls(
                type_values=tuple(
                    _texts(item, f"{where}/type_values/{index}") for index, item in enumerate(found)
                )
            )
        return cls()

    def to_wire(self) -> dict[str, Json]:
        """The JSON form."""
        obj: dict[str, Json] = {}
        if self.vct_values:
            obj["vct_values"] = list(self.vct_values)
        if self.doctype_value:
            obj["doctype_value"] = self.doctype_value
        if self.type_values:
            obj["type_values"] = [list(types) for types in self.type_values]
        return obj

    def fits(self, types: frozenset[str]) -> bool:
        """Whether a credential with these types (or this vct, or doctype) is of the kind wanted."""
        if self.type_values:
            return any(types.issuperset(wanted) for wanted in self.type_values)
        return not types.isdisjoint({*self.vct_values, self.doctype_value})


def _texts(value: Json, where: str) -> tuple[str, ...]:
    found = shape.as_items(value, where, minimum=1, maximum=_MAX_VALUES)
    return tuple(shape.as_text(item, f"{where}/{index}") for index, item in enumerate(found))


@dataclass(frozen=True, slots=True)
class CredentialQuery:
    """One credential wanted (6.1).

    Args:
        id: Unique in the query; the key of the answer in `vp_token`.
        format: As written.
        meta: The kind of credential.
        claims: Claims wanted; empty: only what can never be withheld.
        claim_sets: Alternatives, best first, as tuples of claim ids; empty: all claims.
        multiple: Whether several presentations may be returned.
        require_cryptographic_holder_binding: Whether the holder must prove a key.
        trusted_authorities: Restrictions on the issuer.
    """

    id: str
    format: str
    meta: Meta
    claims: tuple[ClaimsQuery, ...] = ()
    claim_sets: tuple[tuple[str, ...], ...] = ()
    multiple: bool = False
    require_cryptographic_holder_binding: bool = True
    trusted_authorities: tuple[TrustedAuthority, ...] = ()

    @classmethod
    def parse(cls, obj: dict[str, Json], where: str) -> CredentialQuery:
        """Read one element of `credentials`."""
        form = shape.text(obj, "format", where, maximum=64)
        claims = _claims(obj, form, where)
        bound = shape.optional_boolean(obj, "require_cryptographic_holder_binding", where)
        trusted = shape.optional_items(obj, "trusted_authorities", where, minimum=1, maximum=_MAX_VALUES)
        return cls(
            id=_identifier(obj, where),
            format=form,
            meta=Meta.parse(shape.child(obj, "meta", where), form, f"{where}/meta"),
            claims=claims,
            claim_sets=_claim_sets(obj, claims, where),
            multiple=bool(shape.optional_boolean(obj, "multiple", where)),
            require_cryptographic_holder_binding=bound is not False,
            trusted_authorities=tuple(
                TrustedAuthority.parse(shape.as_object(item, at), at)
                for index, item in enumerate(trusted or ())
                for at in (f"{where}/trusted_authorities/{index}",)
            ),
        )

    def to_wire(self) -> dict[str, Json]:
        """The JSON form."""
        obj: dict[str, Json] = {"id": self.id, "format": self.format, "meta": self.meta.to_wire()}
        if self.claims:
            obj["claims"] = [claim.to_wire() for claim in self.claims]
        if self.claim_sets:
            obj["claim_sets"] = [list(ids) for ids in self.claim_sets]
        if self.multiple:
            obj["multiple"] = True
        if not self.require_cryptographic_holder_binding:
            obj["require_cryptographic_holder_binding"] = False
        if self.trusted_authorities:
            obj["trusted_authorities"] = [one.to_wire() for one in self.trusted_authorities]
        return obj

    def alternatives(self) -> tuple[tuple[ClaimsQuery, ...], ...]:
        """The sets of claims any of which will do, best first (6.4.1)."""
        if not self.claim_sets:
            return (self.claims,)
        by_id = {claim.id: claim for claim in self.claims}
        return tuple(tuple(by_id[name] for name in names) for names in self.claim_sets)


def _claims(obj: dict[str, Json], form: str, where: str) -> tuple[ClaimsQuery, ...]:
    found = shape.optional_items(obj, "claims", where, minimum=1, maximum=_MAX_CLAIMS)
    claims = tuple(
        ClaimsQuery.parse(shape.as_object(item, at), form, at)
        for index, item in enumerate(found or ())
        for at in (f"{where}/claims/{index}",)
    )
    _unique([claim.id for claim in claims if claim.id], f"{where}/claims")
    return claims


def _claim_sets(
    obj: dict[str, Json], claims: tuple[ClaimsQuery, ...], where: str
) -> tuple[tuple[str, ...], ...]:
    found = shape.optional_items(obj, "claim_sets", where, minimum=1, maximum=_MAX_SETS)
    place = f"{where}/claim_sets"
    if found is None:
        return ()
    sets = tuple(_texts(item, f"{place}/{index}") for index, item in enumerate(found))
    known = {claim.id for claim in claims if claim.id}
    if len(known) != len(claims) or not known.issuperset(name for names in sets for name in names):
        raise Refused("oid4vp.dcql", place, "every claim needs an id, every id a claim")
    return sets


@dataclass(frozen=True, slots=True)
class CredentialSet:
    """Alternatives among credentials (6.2): each option is a tuple of credential query ids."""

    options: tuple[tuple[str, ...], ...]
    required: bool = True

    @classmethod
    def parse(cls, obj: dict[str, Json], where: str) -> CredentialSet:
        """Read one element of `credential_sets`."""
        found = shape.items(obj, "options", where, minimum=1, maximum=_MAX_SETS)
        return cls(
            options=tuple(_texts(item, f"{where}/options/{index}") for index, item in enumerate(found)),
            required=shape.optional_boolean(obj, "required", where) is not False,
        )

    def to_wire(self) -> dict[str, Json]:
        """The JSON form."""
        obj: dict[str, Json] = {"options": [list(option) for option in self.options]}
        if not self.required:
            obj["required"] = False
        return obj


@dataclass(frozen=True, slots=True)
class Query:
    """A DCQL query (6): credentials, and which combinations of them will do.

    Without credential sets, all credentials are wanted (6.4.2).
    """

    credentials: tuple[CredentialQuery, ...]
    credential_sets: tuple[CredentialSet, ...] = field(default=())

    @classmethod
    def parse(cls, value: Json, where: str = "/dcql_query") -> Query:
        """Read the value of `dcql_query`; unknown members are ignored (6).

        Raises:
            Refused: `oid4vp.dcql` or `codec.*`.
        """
        obj = shape.as_object(value, where)
        found = shape.items(obj, "credentials", where, minimum=1, maximum=MAX_CREDENTIALS)
        credentials = tuple(
            CredentialQuery.parse(shape.as_object(item, at), at)
            for index, item in enumerate(found)
            for at in (f"{where}/credentials/{index}",)
        )
        known = [query.id for query in credentials]
        _unique(known, f"{where}/credentials")
        sets = shape.optional_items(obj, "credential_sets", where, minimum=1, maximum=_MAX_SETS)
        credential_sets = tuple(
            CredentialSet.parse(shape.as_object(item, at), at)
            for index, item in enumerate(sets or ())
            for at in (f"{where}/credential_sets/{index}",)
        )
        for one in credential_sets:
            if not set(known).issuperset(name for option in one.options for name in option):
                raise Refused("oid4vp.dcql", f"{where}/credential_sets", "an option names no credential")
        return cls(credentials, credential_sets)

    @classmethod
    def loads(cls, raw: bytes | str) -> Query:
        """Read a query from its JSON text; raises as `parse` does."""
        return cls.parse(strict_json.loads(raw, max_bytes=MAX_QUERY_BYTES, max_depth=12))

    def to_wire(self) -> dict[str, Json]:
        """The JSON form."""
        obj: dict[str, Json] = {"credentials": [query.to_wire() for query in self.credentials]}
        if self.credential_sets:
            obj["credential_sets"] = [one.to_wire() for one in self.credential_sets]
        return obj

    def sets(self) -> tuple[CredentialSet, ...]:
        """The credential sets; where there are none, the one that asks for everything."""
        everything = CredentialSet((tuple(query.id for query in self.credentials),))
        return self.credential_sets or (everything,)
