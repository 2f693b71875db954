"""The credential configurations we offer (OpenID4VCI 12.2.4), one row each."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from clicid.formats.base import FormatId
from clicid.formats.data_model import resources
from clicid.keys.algorithms import ALGORITHMS, ED25519, P256
from clicid.oid4vci.authorization import DETAILS_TYPE, S256
from clicid.oid4vci.client_attestation import COMBINED_METHOD, METHOD
from clicid.oid4vci.configuration import (
    ClaimDescription,
    CredentialConfiguration,
    Display,
    Image,
    KeyAttestationsRequired,
)
from clicid.oid4vci.credential import ProofType
from clicid.oid4vci.metadata import (
    AuthorizationServerMetadata,
    CredentialIssuerMetadata,
    RequestEncryption,
    ResponseEncryption,
)
from clicid.oid4vci.offer import AUTHORIZATION_CODE, PRE_AUTHORIZED
from clicid.oid4vci.token import REFRESH_TOKEN
from clicid.securing.data_integrity import ECDSA_RDFC_2019, ECDSA_SD_2023, EDDSA_RDFC_2022
from issuer import appearance
from issuer.usecases.authenticating import ALGS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json
    from clicid.formats.mdoc.document_type import DocumentType
    from clicid.oid4vci.clients import ClientRules

IDENTITY: Final = "ClicIdentity"
AGE: Final = "ClicAge"
_LOCALES: Final = {"en": "en", "sv": "sv-SE"}


W3C_SCHEMA: Final = "credential-schema.json"
"""Below the type's URI: where the schema of its W3C form has its id."""


@dataclass(frozen=True, slots=True)
class Published:
    """What is published of a type.

    Args:
        metadata: Its SD-JWT type metadata.
        context: Its JSON-LD context.
        schema: The schema of its W3C form.
        document: Its form as an mdoc.
    """

    metadata: bytes
    context: bytes
    schema: bytes
    document: DocumentType

    def named(self, context: str, schema: str) -> dict[str, Json]:
        """The members by which a W3C credential names context and schema, and fixes their bytes.

        Args:
            context: URL of the context.
            schema: URL of the schema.
        """
        # One id, one object: the schema's digest stands with the schema.
        return {
            "credentialSchema": {"id": schema, "type": "JsonSchema", "digestSRI": resources.sri(self.schema)},
            "relatedResource": {
                "id": context,
                "digestSRI": resources.sri(self.context),
                "mediaType": "application/ld+json",
            },
        }


@dataclass(frozen=True, slots=True)
class CredentialType:
    """A credential type, as its one source in `schemas/` describes it.

    Args:
        name: ``ClicIdentity`` or ``ClicAge``.
        vct: The type URI, the same in every format; empty where there are mdocs only.
        context: The JSON-LD context's URL; empty where there is no W3C form.
        display: Name by language.
        claims: Name of each claim, whether it must be there, and its name by language.
        document: Its form as an mdoc, whose elements hold those claims.
        always: Claims that are never selectively disclosable.
        terms: The JSON-LD term of each claim.
        members: For a claim that is an object, the term of each of its members.
        integrity: Digest of the type metadata that `vct` leads to.
        named: What a W3C credential says of its context and schema: `credentialSchema`, `relatedResource`.
    """

    name: str
    vct: str
    context: str
    display: Mapping[str, str]
    claims: tuple[ClaimDescription, ...]
    document: DocumentType
    always: frozenset[str] = frozenset()
    terms: Mapping[str, str] = field(default_factory=dict)
    members: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    integrity: str = ""
    named: Mapping[str, Json] = field(default_factory=dict)

    @classmethod
    def from_source(cls, source: Mapping[str, Json], published: Published) -> CredentialType:
        """From the parsed file of `schemas/types/`, and what is published of it."""
        claims: list[dict[str, Json]] = source["claims"]  # type: ignore[assignment]  # our own file
        return cls(
            name=str(source["name"]),
            vct=str(source["vct"]),
            context=str(source.get("context", "")),
            display=dict(source["display"]),  # type: ignore[arg-type]  # our own file
            claims=tuple(_claim(claim) for claim in claims),
            document=published.document,
            always=frozenset(str(c["name"]) for c in claims if c["disclosure"] == "always"),
            terms={str(c["name"]): str(c["term"]) for c in claims},
            members={str(c["name"]): dict(c["members"]) for c in claims if "members" in c},  # type: ignore[arg-type]  # our own file
            integrity=resources.sri(published.metadata),
            named=published.named(str(source["context"]), f"{source['vct']}/{W3C_SCHEMA}"),
        )

    def w3c_types(self) -> tuple[str, ...]:
        """The types of a W3C credential."""
        return ("VerifiableCredential", self.name)

    def subject_claims(self) -> tuple[ClaimDescription, ...]:
        """The claims by their paths in a W3C credential."""
        return tuple(
            replace(claim, path=("credentialSubject", self.terms[str(claim.path[0])]))
            for claim in self.claims
        )

    def element_claims(self) -> tuple[ClaimDescription, ...]:
        """The claims by their paths in an mdoc: namespace and element (OpenID4VCI annex C.2)."""
        named = {str(claim.path[0]): claim for claim in self.claims}
        return tuple(
            replace(named[element.claim], path=(namespace, identifier))
            for namespace, elements in self.document.namespaces.items()
            for identifier, element in elements.items()
        )


def _claim(claim: Mapping[str, Json]) -> ClaimDescription:
    return ClaimDescription(
        path=(str(claim["name"]),),
        mandatory=claim["required"] is True,
        display=_displays(claim["display"]),  # type: ignore[arg-type]  # our own file
    )


def _displays(names: Mapping[str, str]) -> tuple[Display, ...]:
    return tuple(Display(name, _LOCALES[language]) for language, name in sorted(names.items()))


def _shown(displays: tuple[Display, ...], logos: Mapping[str, Image], color: str) -> tuple[Display, ...]:
    return tuple(
        replace(
            one,
            logo=logos[one.locale],
            background_color=color,
            text_color=appearance.TEXT_COLOR if color else "",
        )
        for one in displays
    )


@dataclass(frozen=True, slots=True)
class Serving:
    """What an issuer sets about its answers, beside what it offers.

    Args:
        batch_size: How many proofs one request may have.
        proof_types: How wallets may show their keys.
        attestations: What is demanded of key attestations, or None.
        requests: How requests may be encrypted, or None.
        responses: How answers may be encrypted, or None.
    """

    batch_size: int
    proof_types: tuple[ProofType, ...] = (ProofType.JWT,)
    attestations: KeyAttestationsRequired | None = None
    requests: RequestEncryption | None = None
    responses: ResponseEncryption | None = None

    def with_proofs(self, configuration: CredentialConfiguration) -> CredentialConfiguration:
        """A configuration with the proof types that it takes; `di_vp` only where a DID is bound."""
        own = configuration.proof_algs[ProofType.JWT]
        # Providers sign with ES256, whatever the key is that they attest (HAIP 1.0 7).
        attested = tuple(dict.fromkeys((*own, _ES256)))
        algs = {
            ProofType.JWT: own if self.attestations is None else attested,
            ProofType.ATTESTATION: attested,
            ProofType.DI_VP: (EDDSA_RDFC_2022, ECDSA_RDFC_2019),
        }
        by_did = any(method.startswith("did:") for method in configuration.binding_methods)
        types = [one for one in self.proof_types if one is not ProofType.DI_VP or by_did]
        return replace(
            configuration,
            proof_algs={one.value: algs[one] for one in types},
            attestations={} if self.attestations is None else {one.value: self.attestations for one in types},
        )


@dataclass(frozen=True, slots=True)
class Offered:
    """One configuration: id, type, format, the key that signs it, and the suite if there are several."""

    id: str
    type: CredentialType
    format: FormatId
    alg: str
    suite: str = ""

    def to_metadata(self) -> CredentialConfiguration:
        """As the metadata say it (OpenID4VCI annex A)."""
        kind, alg = self.type, ALGORITHMS[self.alg]
        common = CredentialConfiguration(
            format=self.format,
            scope=self.id,
            signing_algs=(alg.jose,),
            binding_methods=("jwk",),
            proof_algs={"jwt": (alg.jose,)},
            display=_displays(kind.display),
        )
        match self.format:
            case FormatId.MDOC:
                return replace(
                    common,
                    signing_algs=alg.cose[:1],
                    binding_methods=("cose_key",),
                    doctype=kind.document.doctype,
                    claims=kind.element_claims(),
                )
            case FormatId.JWT_VC:
                return replace(
                    common, binding_methods=_DIDS, types=kind.w3c_types(), claims=kind.subject_claims()
                )
            case FormatId.LDP_VC:
                return replace(
                    common,
                    signing_algs=(self.suite,),
                    binding_methods=("did:key",),
                    proof_algs={"jwt": (ALGORITHMS[ED25519].jose,)},
                    context=(_VC_V2, kind.context),
                    types=kind.w3c_types(),
                    claims=kind.subject_claims(),
                )
            case _:
                return replace(common, vct=kind.vct, claims=kind.claims)


_ES256: Final = ALGORITHMS[P256].jose
_DIDS: Final = ("did:key", "did:jwk")
_VC_V2: Final = "https://www.w3.org/ns/credentials/v2"


def offered(identity: CredentialType, age: CredentialType) -> dict[str, Offered]:
    """What this issuer offers. The full identity exists only where parts of it can be shown."""
    rows = (
        Offered("ClicIdentity_sdjwt", identity, FormatId.SD_JWT_VC, P256),
        Offered("ClicAge_sdjwt", age, FormatId.SD_JWT_VC, P256),
        Offered("ClicAge_ldp", age, FormatId.LDP_VC, ED25519, EDDSA_RDFC_2022),
        Offered("ClicIdentity_ldp", identity, FormatId.LDP_VC, P256, ECDSA_SD_2023),
        Offered("ClicAge_jwt", age, FormatId.JWT_VC, P256),
    )
    return {row.id: row for row in rows}


def offered_as_mdoc(*types: CredentialType) -> dict[str, Offered]:
    """What an issuer with a document signer offers besides; the signer's key is on P-256."""
    rows = (Offered(f"{kind.name}_mdoc", kind, FormatId.MDOC, P256) for kind in types)
    return {row.id: row for row in rows}


def issuer_metadata(
    identifier: str, rows: Mapping[str, Offered], serving: Serving
) -> CredentialIssuerMetadata:
    """The Credential Issuer metadata."""
    logo = f"{identifier}/{appearance.LOGO_PATH}"
    logos = {locale: Image(logo, appearance.LOGO_TEXT[language]) for language, locale in _LOCALES.items()}
    configurations = {}
    for row in rows.values():
        color = appearance.IDENTITY_COLOR if row.type.name == IDENTITY else appearance.OTHER_COLOR
        made = serving.with_proofs(row.to_metadata())
        configurations[row.id] = replace(made, display=_shown(made.display, logos, color))
    return CredentialIssuerMetadata(
        credential_issuer=identifier,
        credential_endpoint=f"{identifier}/oid4vci/credential",
        configurations=configurations,
        nonce_endpoint=f"{identifier}/oid4vci/nonce",
        deferred_credential_endpoint=f"{identifier}/oid4vci/deferred_credential",
        notification_endpoint=f"{identifier}/oid4vci/notification",
        batch_size=serving.batch_size,
        display=_shown((Display("ClicID", "en"), Display("ClicID", "sv-SE")), logos, ""),
        request_encryption=serving.requests,
        response_encryption=serving.responses,
    )


def server_metadata(
    identifier: str, clients: ClientRules, *, attested: bool, refreshed: bool, details: bool = True
) -> AuthorizationServerMetadata:
    """The authorization server metadata: we are our own server.

    Args:
        identifier: Ours.
        clients: Which wallets are served.
        attested: Whether there are wallet providers whose word counts.
        refreshed: Whether refresh tokens are given.
        details: Whether wallets may ask by `authorization_details`.
    """
    authorizing = attested or bool(clients.listed)
    methods = (METHOD, COMBINED_METHOD) if attested else ()
    return AuthorizationServerMetadata(
        issuer=identifier,
        token_endpoint=f"{identifier}/oid4vci/token",
        grant_types_supported=(
            *((AUTHORIZATION_CODE,) if authorizing else ()),
            PRE_AUTHORIZED,
            *((REFRESH_TOKEN,) if refreshed else ()),
        ),
        anonymous_access=clients.anonymous and not clients.attested_only,
        authorization_endpoint=f"{identifier}/oid4vci/authorize" if authorizing else "",
        pushed_authorization_request_endpoint=f"{identifier}/oid4vci/par" if authorizing else "",
        challenge_endpoint=f"{identifier}/oid4vci/challenge" if attested else "",
        require_pushed_authorization_requests=authorizing,
        authorization_response_iss_parameter_supported=authorizing,
        response_types_supported=("code",) if authorizing else (),
        code_challenge_methods_supported=(S256,) if authorizing else (),
        authorization_details_types_supported=(DETAILS_TYPE,) if details else (),
        dpop_signing_alg_values_supported=ALGS,
        token_endpoint_auth_methods_supported=methods if clients.attested_only else (*methods, "none"),
        client_attestation_signing_alg_values_supported=ALGS if attested else (),
        client_attestation_pop_signing_alg_values_supported=ALGS if attested else (),
    )
