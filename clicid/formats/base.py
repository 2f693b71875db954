"""The one small interface behind which every credential format stands.

A check is a pure function of bytes and dated material: where it lacks something it says what it
wants (`Wanted`), the shell fetches or takes it from its store, and calls again from the top.
Signing is prepare, sign elsewhere, complete: no format ever holds a private key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeVar

from clicid.did import web
from clicid.did.webvh.identifier import METHOD as WEBVH
from clicid.did.webvh.identifier import WebvhDid

# Formats hand these out; their callers find them here.
from clicid.formats.claims import Claims as Claims  # noqa: PLC0414, TC001 - handed on
from clicid.securing.signing import Prepared as Prepared  # noqa: PLC0414
from clicid.securing.signing import SigningOperation as SigningOperation  # noqa: PLC0414
from clicid.trust import issuer_metadata
from clicid.trust.iaca import NAMED_BY_KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime, timedelta

    from clicid.codec.strict_json import Json
    from clicid.keys.public import PublicKey
    from clicid.ledger.facts import Accreditation
    from clicid.status.entry import BitstringEntry
    from clicid.trust.anchors import Anchor
    from clicid.trust.iaca import Authority


class FormatId(StrEnum):
    """Formats by the identifiers of OpenID4VCI 1.0 annex A and OpenID4VP 1.0 annex B.

    Those of VC-JOSE-COSE, which no annex names, go by the subtype of their media type; what mdocs are shown
    in, by its name in ISO/IEC 18013-5; what a `jwt_vc_json` is shown in, by the name that it had in drafts.
    """

    LDP_VC = "ldp_vc"
    LDP_VP = "ldp_vp"
    SD_JWT_VC = "dc+sd-jwt"
    JWT_VC = "jwt_vc_json"
    JWT_VP = "jwt_vp_json"
    VC_JWT = "vc+jwt"
    VP_JWT = "vp+jwt"
    VC_SD_JWT = "vc+sd-jwt"
    VP_SD_JWT = "vp+sd-jwt"
    VC_COSE = "vc+cose"
    VP_COSE = "vp+cose"
    MDOC = "mso_mdoc"
    DEVICE_RESPONSE = "device_response"


HAIP_FORMATS: Final = frozenset({FormatId.SD_JWT_VC, FormatId.MDOC})
"""The formats that HAIP 1.0 6 profiles."""


class NeedKind(StrEnum):
    """What a check can want from outside."""

    DID = "did"
    ACCREDITATION = "accreditation"
    STATUS = "status"
    STATUS_LIST = "status_list"
    STATUS_LIST_CREDENTIAL = "status_list_credential"
    REGISTRATION = "registration"
    INCLUSION_PROOF = "inclusion_proof"
    ISSUANCE_ROOT = "issuance_root"


class Need(NamedTuple):
    """One thing wanted. `subject` narrows it: the DID whose accreditation or list is meant.

    kind DID: uri = the DID; the body is an `EthrRecord`, the JSON of a did:web, or for a did:webvh its two
    files (`did.webvh.files.Files.to_bytes`); of an HTTPS identifier its metadata with the keys in them
    (`trust.issuer_metadata`). ACCREDITATION: uri = credential type URI, subject = issuer DID.
    STATUS: uri = list URL, subject = issuer DID (the anchored list). STATUS_LIST: the same, for
    the signed HTTP form; with ``#`` and a purpose after the URL, that form of the same list which is a
    credential for the purpose. STATUS_LIST_CREDENTIAL: uri = URL of a list that no chain anchors, subject =
    the credential's issuer. REGISTRATION: uri = the service provider's DID.
    INCLUSION_PROOF: uri = ``sha256:`` and a credential's digest in hexadecimal, subject = its issuer; the
    holder carries it, and nobody else is asked. ISSUANCE_ROOT: uri = ``sha256:`` and the root, subject = the
    issuer's DID.
    """

    kind: NeedKind
    uri: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Material:
    """What the shell found. Age is always ``now - as_of``, never ``now - obtained_at``.

    `media_type` is what the server said of the body, where more than one would do. `doubt` is the reason
    code for which it may only refuse, `notes` are codes of what the policy allows and a report must say.
    """

    body: bytes
    obtained_at: datetime
    as_of: datetime
    source: str
    media_type: str = ""
    doubt: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unavailable:
    """The shell tried and did not get it."""

    tried_at: datetime
    why: str


Have = Mapping[Need, Material | Unavailable]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The check needs these before it can go on."""

    needs: tuple[Need, ...]


class Outcome(StrEnum):
    """How one line of the report ended."""

    PASSED = "passed"
    FAILED = "failed"
    UNDECIDED = "undecided"
    NOT_REACHED = "not_reached"


class CheckName(StrEnum):
    """The lines of a report, in the order in which they are walked."""

    STRUCTURE = "structure"
    ISSUER_KNOWN = "issuer_known"
    ISSUER_KEY = "issuer_key"
    ISSUER_SIGNATURE = "issuer_signature"
    VALIDITY = "validity"
    HOLDER_BINDING = "holder_binding"
    NONCE = "nonce"
    AUDIENCE = "audience"
    DISCLOSURES = "disclosures"
    POLICY = "policy"
    SCHEMA = "schema"
    STATUS = "status"
    FRESHNESS = "freshness"


class Line(NamedTuple):
    """One check's result. `code` is a key of `REASONS` unless the line passed. No claim values.

    `where` is the place in what was checked, as far as it is known; the report tells it in `detail`.
    `allowed` is how old the material whose age it tells may be.
    """

    check: CheckName
    outcome: Outcome
    section: str
    code: str = ""
    detail: str = ""
    age: timedelta | None = None
    source: str = ""
    where: str = ""
    allowed: timedelta | None = None


class Accredited(StrEnum):
    """Whether an issuer must be accredited on chain for the type of what it issued.

    The second is for a machine that shows conformance with a standard which knows no accreditation.
    A signature then says only that somebody who chose a DID signed; the report's line says so too.
    """

    REQUIRED = "required"
    UNSAFE_ANYBODY_MAY_BE_THE_ISSUER = "unsafe_anybody_may_be_the_issuer"


class HolderBound(StrEnum):
    """Whether a presentation must be by the holder of what is in it, in answer to a request.

    The second, for the same machine, looks at no more than the presentation's own signature, and at
    nonce and audience where the caller names them.
    """

    REQUIRED = "required"
    UNSAFE_ANYBODY_MAY_PRESENT = "unsafe_anybody_may_present"


@dataclass(frozen=True, slots=True)
class NamedIssuer:
    """What a policy lets an issuer do that no chain accredits: these types, revoked by these lists.

    Args:
        types: Type URIs of what it may issue.
        lists: URLs of its signed status lists. A credential that stands in another one is undecided.
        max_age: The oldest document (kind DID) and the oldest list (kind STATUS) of its that may be used, in
            place of the ages of `Rules`.
    """

    types: frozenset[str]
    lists: frozenset[str]
    max_age: Mapping[NeedKind, timedelta]


@dataclass(frozen=True, slots=True)
class Rules:
    """The part of a policy that formats apply. Nothing has a default but what forbids.

    Args:
        issuers: The only DIDs accepted, or None to accept every issuer; either way each must be
            accredited on chain or stand in `by_name`.
        max_age: For each kind of need, the oldest material that may be used. A kind that is not named: none.
        leeway: Clock difference tolerated on `iat`, `nbf`, `exp`.
        key_binding_max_age: How old a holder's proof may be.
        allow_test: Whether credentials marked as a sandbox's test credentials are accepted.
        accredited: Whether issuers must be accredited.
        holder: Whether presentations must be by the holder.
        type_max_age: For a credential type's URI, the kinds for which its own largest age, stricter or
            laxer, takes the place of that in `max_age`.
        by_name: By its DID, each issuer that needs no accreditation. Only did:web and did:webvh, the HTTPS
            identifier of an issuer that publishes its keys below it (`trust.issuer_metadata`), and the name
            of an authority or anchor that has no DID: for whoever is on a chain the chain decides.
        authorities: The roots of mdocs that are trusted, and of each the DID that issues under it; empty for
            the `name` that its key gives it.
        anchors: The same of the authorities under which SD-JWT VCs are signed by `x5c` alone.
        haip: Whether SD-JWT VCs, and status lists as JWTs, must name their signer as HAIP 1.0 6.1 does, by
            `x5c` without the root, and credentials that are bound must be shown by their holder.

    Raises:
        Refused: `did.method`, `did.syntax`, `codec.url` for another name in `by_name`.
    """

    issuers: frozenset[str] | None
    max_age: Mapping[NeedKind, timedelta]
    leeway: timedelta
    key_binding_max_age: timedelta
    allow_test: bool = False
    accredited: Accredited = Accredited.REQUIRED
    holder: HolderBound = HolderBound.REQUIRED
    type_max_age: Mapping[str, Mapping[NeedKind, timedelta]] = field(default_factory=dict)
    by_name: Mapping[str, NamedIssuer] = field(default_factory=dict)
    authorities: Mapping[Authority, str] = field(default_factory=dict)
    anchors: Mapping[Anchor, str] = field(default_factory=dict)
    haip: bool = False
    _of_type: Mapping[str, Rules] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for did in self.by_name:
            _check_nameable(did)
        # Made once: a check asks three times.
        of_type = {
            uri: replace(self, max_age={**self.max_age, **ages}, type_max_age={})
            for uri, ages in self.type_max_age.items()
        }
        object.__setattr__(self, "_of_type", of_type)

    def roots(self) -> Iterator[bytes]:
        """The certificates of all authorities that are trusted, DER."""
        for anchor in self.anchors:
            yield anchor.certificate
        for authority in self.authorities:
            yield authority.certificate

    def of(self, credential_type: str) -> Rules:
        """The rules for credentials of a type: these, with the type's own ages."""
        return self._of_type.get(credential_type, self)

    def about(self, did: str) -> Rules:
        """The rules for what is known of an issuer: these, or with its own ages if it stands in `by_name`."""
        named = self.by_name.get(did)
        if named is None:
            return self
        return replace(self, max_age={**self.max_age, **named.max_age}, type_max_age={})

    def named(self, did: str, credential_type: str) -> NamedIssuer | None:
        """The issuer, if the policy names it for this type."""
        named = self.by_name.get(did)
        return named if named is not None and credential_type in named.types else None


def _check_nameable(did: str) -> None:
    if did.startswith(NAMED_BY_KEY):
        return
    if did.startswith(issuer_metadata.SCHEMES):
        issuer_metadata.url(did)
    elif did.startswith(f"did:{WEBVH}:"):
        WebvhDid.parse(did)
    else:
        web.url(did)


# Not frozen: as `Inner`.
@dataclass(slots=True)
class Binding:
    """To whom and in answer to what a presentation must be made; neither has a default.

    Args:
        audience: To whom.
        nonce: In answer to what.
        holder_key: The key that an enclosing presentation proved; set only for nested credentials.
        transcript: Of an mdoc: the encoded SessionTranscript, which holds audience and nonce
            (`clicid.formats.mdoc.transcript`).
        agree: What our key of that session, on P-256, and another agree on (ECDH); None where a MAC is not
            accepted.
        signed_too: For the holder of an SD-JWT VC: what else its proof says, such as what it authorises.
    """

    audience: str
    nonce: str
    holder_key: PublicKey | None = None
    transcript: bytes = field(default=b"", repr=False)
    agree: Callable[[PublicKey], bytes] | None = field(default=None, repr=False, compare=False)
    signed_too: Mapping[str, Json] = field(default_factory=dict)


class Role(StrEnum):
    """Why something nested is there."""

    CREDENTIAL = "credential"
    STATUS_LIST = "status_list"


# Not frozen: to build that takes six times as long, and some are built in every check.
@dataclass(slots=True)
class Inner:
    """Something nested that `verification` must dispatch; the format is stated, never guessed.

    `parsed` is what the checker of that format parses `raw` to, where it was parsed with what encloses it; a
    document of an mdoc's response always was, and `raw` is empty: its bytes are nowhere by themselves.
    """

    format: FormatId
    raw: bytes = field(repr=False)
    role: Role
    holder_key: PublicKey | None
    parsed: object = field(default=None, repr=False, compare=False)


@dataclass(slots=True, unsafe_hash=True)  # Not frozen: as `Inner`.
class StatusRef:
    """One status entry a credential names: the list's URL on chain, and the entry's index."""

    list_url: str
    index: int


class Checked(NamedTuple):
    """A format's walk to its end: one line a check; claims only if no line failed.

    `issuer` is the issuer's DID (empty for a bare presentation), `credential_type` the type URI,
    `nested` what `verification` has to dispatch, `status` the entries it has to look up, `schema`
    what the schemas that it names say of it (None if it names none), `credential_id` its own id,
    `lifetime` how long it is valid from beginning to end (None if that is open), `right` the issuer's
    right to issue it (None if none was asked for), `chain` the certificates by which its signer is known,
    DER, the signer's first (empty where it is not known by certificates), `also` other types that it is
    of, for which the policy names the issuer too.
    """

    lines: tuple[Line, ...]
    claims: Claims | None = None
    issuer: str = ""
    credential_type: str = ""
    nested: tuple[Inner, ...] = ()
    status: tuple[StatusRef | BitstringEntry, ...] = ()
    schema: Line | None = None
    credential_id: str = ""
    lifetime: timedelta | None = None
    right: Accreditation | None = None
    chain: tuple[bytes, ...] = ()
    also: frozenset[str] = frozenset()


P = TypeVar("P")


class Checker(Protocol[P]):
    """Verifier side of a format. `parse` raises Refused; `check` never raises for bad content."""

    @property
    def format(self) -> FormatId:
        """Which format this is."""

    def parse(self, raw: bytes) -> P:
        """Bytes to a structure; `Refused` with the place when it is malformed."""

    def check(
        self, parsed: P, have: Have, *, rules: Rules, binding: Binding | None, now: datetime
    ) -> Checked | Wanted:
        """Walk the numbered steps.

        `binding` is None only for a credential at rest (a wallet looking at what it just
        received); a presentation always has one.
        """


@dataclass(frozen=True, slots=True)
class Validity:
    """From and until, both UTC and rounded to the day by the caller (privacy)."""

    valid_from: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class IssuerIdentity:
    """Who signs: DID, the DID URL of the key, the HTTPS identifier, and the certificate chain.

    `x5c` is DER, leaf first; formats that have no place for it ignore it.
    """

    did: str
    key_id: str
    identifier: str
    x5c: tuple[bytes, ...] = field(default=())
