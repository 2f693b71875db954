"""What an operator sets, read once from one TOML file; what is missing or wrong is refused at start."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from clicid.errors import LocalError
from clicid.oid4vci.clients import is_redirect_uri
from clicid.oid4vci.credential import ProofType
from issuer import haip
from issuer.engines.face_models import DLIB, INSIGHTFACE, YUNET_SFACE, FaceModels
from issuer.evidence.decision import MATCH_BELOW, REVIEW_UP_TO, TABLE
from issuer.evidence.evidence import EvidenceKind  # noqa: TC001 - pydantic reads the annotation
from issuer.evidence.levels import Claim, Level, Loip, UseCase

if TYPE_CHECKING:
    from collections.abc import Mapping

_DAY: Final = 86_400
Distance = Annotated[float, Field(gt=0, lt=2)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]


class _Table(BaseModel):
    # Paths are relative to the file; a setting we do not know is a typing mistake.
    model_config = ConfigDict(extra="forbid", frozen=True)


class Address(_Table):
    """Where an application listens."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)]


class NetworkSettings(_Table):
    """The chain: its network file, the file's digest given out of band, and endpoints."""

    file: Path
    digest: Annotated[str, Field(pattern=r"^(0x)?[0-9a-f]{64}$")]
    rpc: Annotated[list[str], Field(min_length=1)]
    transaction_seconds: Annotated[float, Field(gt=0, le=3600)] = 60


class CredentialKey(_Table):
    """A credential key: its name in the key store and the DID URL under which it stands on chain."""

    name: str
    id: Annotated[str, Field(pattern=r"^did:[^#]+#.+$")]


class DocumentSignerSettings(_Table):
    """Who signs mdocs: a key in the key store, its certificate, and the root above it (PEM).

    `revocations` is the root's list of revoked certificates (DER), served where the certificates say.
    """

    name: str
    certificate: Path
    authority: Path
    revocations: Path | None = None


class KeySettings(_Table):
    """Keys by name in the key store. Without `owner`, suspensions are lifted elsewhere.

    Without `document_signer` no mdocs are issued.
    """

    vault: Path
    vault_key_file: Path
    sd_jwt: CredentialKey
    data_integrity: CredentialKey
    wrapping: str
    committer: str
    payer: str
    owner: str | None = None
    x5c: list[Path] = []
    document_signer: DocumentSignerSettings | None = None
    # For encrypted credential requests: the first is published, the others are those before it.
    request_encryption: list[str] = []


class OutboxSettings(_Table):
    """How one-time codes leave: into a directory (sandbox only), or posted to the carrier's gateway."""

    kind: Literal["directory", "http"]
    directory: Path | None = None
    url: str | None = None
    token_file: Path | None = None

    @model_validator(mode="after")
    def _complete(self) -> OutboxSettings:
        wanted = self.directory if self.kind == "directory" else self.url and self.token_file
        if not wanted:
            raise ValueError("directory, or url and token_file, must be set for this kind")
        return self


class StatusSettings(_Table):
    """Status lists by name (their URL is ``{identifier}/status/{name}``) and how they are used and served.

    Copies are spread over the first `active` lists with room, in alphabetical order. With a cadence,
    changes that can wait go out every so many seconds, filled up with decoys to a multiple of `decoys`.

    What was issued is anchored with the next version of a list, after `root_seconds` at the latest.
    """

    lists: Annotated[list[Name], Field(min_length=1)]
    size: Annotated[int, Field(ge=131_072, le=1 << 24)] = 131_072
    active: Annotated[int, Field(ge=1, le=64)] = 2
    alarm_below: Annotated[int, Field(ge=0)] = 10_000
    cadence_seconds: Annotated[int, Field(ge=0, le=31 * _DAY)] = 0
    decoys: Annotated[int, Field(ge=0, le=1024)] = 0
    publish_seconds: Annotated[float, Field(gt=0, le=3600)] = 5
    ttl_seconds: Annotated[int, Field(ge=1, le=_DAY)] = 300
    life_seconds: Annotated[int, Field(ge=60, le=7 * _DAY)] = _DAY
    root_seconds: Annotated[int, Field(ge=0, le=7 * _DAY)] = 3600

    @model_validator(mode="after")
    def _decoys_have_a_time(self) -> StatusSettings:
        if self.decoys and not self.cadence_seconds:
            raise ValueError("decoys need cadence_seconds")
        return self


class GasSettings(_Table):
    """What revoking may cost, and what must be there for it. There is no safe guess, so no default.

    `max_fee_gwei` is the most that a unit of gas may cost. Below `refuse_below` single revocations at
    that price the issuer does not start; below `alarm_below` it says so at every measurement.
    """

    max_fee_gwei: Annotated[float, Field(gt=0, le=1_000_000)]
    refuse_below: Annotated[int, Field(ge=0)]
    alarm_below: Annotated[int, Field(ge=1)]
    confirmations: Annotated[int, Field(ge=0, le=10_000)] = 12
    stuck_seconds: Annotated[int, Field(ge=1, le=86_400)] = 120

    @model_validator(mode="after")
    def _alarm_comes_first(self) -> GasSettings:
        if self.alarm_below < self.refuse_below:
            raise ValueError("alarm_below must not be less than refuse_below")
        return self

    @property
    def max_fee(self) -> int:
        """In wei per unit of gas."""
        return round(self.max_fee_gwei * 10**9)


class PolicySettings(_Table):
    """The notice in force, a file a language, and how long images are kept, and faces of who was enrolled."""

    version: Annotated[str, Field(min_length=1, max_length=32)]
    notices: Annotated[dict[Literal["sv", "en"], Path], Field(min_length=1)]
    face_notices: Annotated[dict[Literal["sv", "en"], Path], Field(min_length=1)]
    contest_days: Annotated[int, Field(ge=1, le=365)] = 30
    review_days: Annotated[int, Field(ge=1, le=365)] = 90
    # Unless the operator says otherwise the numbers of a face go with its images.
    enrolled_face_days: Annotated[int, Field(ge=0, le=3660)] | None = None

    @model_validator(mode="after")
    def _same_languages(self) -> PolicySettings:
        if self.notices.keys() != self.face_notices.keys():
            raise ValueError("notices and face_notices must be there in the same languages")
        return self


class FaceSearchSettings(_Table):
    """Searching a face among all faces; off without this table.

    There is no safe guess for the threshold, so no default: of many faces some stranger's is near.
    """

    match_below: Distance
    notices: Annotated[dict[Literal["sv", "en"], Path], Field(min_length=1)]


class ContactSettings(_Table):
    """How many codes one address, one onboarding, and with offers one person, may be sent in an hour."""

    codes_per_hour: Annotated[int, Field(ge=1)] = 5


class LevelSettings(_Table):
    """A level that the operator claims, in the words of eIDAS and of ETSI TS 119 461, and what it takes."""

    eidas: Level
    evidence: Annotated[list[EvidenceKind], Field(min_length=1)]
    etsi: Loip | None = None
    use_case: UseCase | None = None

    @model_validator(mode="after")
    def _known_to_the_standard(self) -> LevelSettings:
        if fault := self.claim().fault():
            raise ValueError(fault)
        return self

    def claim(self) -> Claim:
        """The row, for the decision."""
        return Claim(self.eidas, frozenset(self.evidence), self.etsi, self.use_case)


class RuleSettings(_Table):
    """The numbers of the decision table. The levels have no default: claiming one is the operator's word."""

    levels: Annotated[list[LevelSettings], Field(min_length=1, max_length=16)]


class FaceSettings(_Table):
    """Which engine describes faces, where its models are, and between which distances a person looks.

    Thresholds are measured for dlib alone (docs/faces.md). Any other engine has none until its operator
    has measured them: they must be given.
    """

    engine: Literal["dlib", "insightface", "yunet-sface"] = "dlib"
    folder: Path | None = None
    detector: Path | None = None
    recogniser: Path | None = None
    match_below: Distance
    review_up_to: Distance

    @model_validator(mode="before")
    @classmethod
    def _measured_for_dlib(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("engine", DLIB) == DLIB:
            return {"match_below": MATCH_BELOW, "review_up_to": REVIEW_UP_TO, **given}
        return given

    @model_validator(mode="after")
    def _complete(self) -> FaceSettings:
        wanted = {INSIGHTFACE: {"folder"}, YUNET_SFACE: {"detector", "recogniser"}}.get(self.engine, set())
        paths = {"folder": self.folder, "detector": self.detector, "recogniser": self.recogniser}
        if {name for name, path in paths.items() if path is not None} != wanted:
            raise ValueError(f"{self.engine} takes {' and '.join(sorted(wanted)) or 'no path'}")
        if self.match_below > self.review_up_to:
            raise ValueError("match_below must not be greater than review_up_to")
        return self

    def models(self) -> FaceModels:
        """For the engines."""
        return FaceModels(self.engine, self.folder, self.detector, self.recogniser)


class ChipSettings(_Table):
    """Whom to trust for the chips of travel documents; files, or folders of such.

    `csca` has country signers, master lists and revocation lists; `ml_signers` signers of master lists that
    are trusted as they are. Without this table no chips are read.
    """

    csca: Annotated[list[Path], Field(min_length=1)]
    ml_signers: list[Path] = []


class ReviewSettings(_Table):
    """Four eyes: which verdicts take a second reviewer's agreement. None does, unless it is said here.

    `four_eyes` are kinds of verdicts, `four_eyes_from` a level from which approving takes two,
    `four_eyes_codes` what was noticed in a case.
    """

    four_eyes: list[Literal["approve", "refuse"]] = []
    four_eyes_from: Level | None = None
    four_eyes_codes: list[str] = []

    @model_validator(mode="after")
    def _codes_are_known(self) -> ReviewSettings:
        if unknown := sorted(set(self.four_eyes_codes) - TABLE.keys()):
            raise ValueError(f"{unknown[0]} is no code of the rule table")
        return self


class KeyAttestationSettings(_Table):
    """That keys must be attested by a listed wallet provider, at one of these levels; no levels mean any."""

    key_storage: list[str] = []
    user_authentication: list[str] = []


class WalletProviderSettings(_Table):
    """A wallet provider whose word counts: the client ids of its wallets, and its root certificates.

    With `redirect_uris` answers to its wallets go there only; without, to whatever address one names.
    """

    name: Annotated[str, Field(min_length=1, max_length=64)]
    clients: Annotated[list[str], Field(min_length=1)]
    roots: Annotated[list[Path], Field(min_length=1)]
    redirect_uris: Annotated[list[str], Field(max_length=16)] = []


class WalletClientSettings(_Table):
    """A wallet that need not be attested: its `client_id`, and where its answers may go, letter by letter."""

    client_id: Annotated[str, Field(min_length=1, max_length=256)]
    redirect_uris: Annotated[list[str], Field(min_length=1, max_length=16)]


class AuthorizationSettings(_Table):
    """Which wallets are served, how they show who they are, and how long things of theirs live.

    With `attested_only` a wallet must be attested by one of `wallet_providers`; `anonymous` says whether one
    that does not say who it is may redeem a pre-authorized code. With `bound` every access token is bound to
    a key (DPoP). Refresh tokens are given with bound tokens only, and with none if `refresh_days` is 0.
    `waiting` is how many pushed requests of one provider's wallets, or of all that are not attested, may
    wait for a browser.
    """

    clients: list[WalletClientSettings] = []
    attested_only: bool = False
    anonymous: bool = True
    bound: bool = False
    refresh_days: Annotated[int, Field(ge=0, le=366)] = 90
    request_seconds: Annotated[int, Field(ge=5, le=600)] = 90
    asking_minutes: Annotated[int, Field(ge=5, le=1440)] = 60
    code_seconds: Annotated[int, Field(ge=10, le=600)] = 60
    waiting: Annotated[int, Field(ge=1, le=1_000_000)] = 1000


class IssuingSettings(_Table):
    """How long things live, how many there are, and what is asked of wallets.

    A grant gives `copies` of each configuration, and as many again `renew_hours` later to who renews it.
    One request proves `batch_size` keys at most. `defer_seconds` is how long a wallet waits before it
    asks again for what a reviewer has not decided yet.
    """

    copies: Annotated[int, Field(ge=1, le=64)] = 5
    batch_size: Annotated[int, Field(ge=2, le=64)] = 5
    renew_hours: Annotated[int, Field(ge=1, le=24 * 366)] = 24
    defer_seconds: Annotated[int, Field(ge=1, le=_DAY)] = 60
    proof_types: Annotated[list[ProofType], Field(min_length=1)] = [ProofType.JWT, ProofType.DI_VP]
    key_attestations: KeyAttestationSettings | None = None
    encrypted_requests: bool = False
    encrypted_responses: bool = False

    offer_minutes: Annotated[int, Field(ge=1, le=1440)] = 15
    token_minutes: Annotated[int, Field(ge=1, le=60)] = 10
    nonce_minutes: Annotated[int, Field(ge=1, le=60)] = 5
    credential_days: Annotated[int, Field(ge=1, le=366)] = 365
    # The EU identity and driving licence as mdocs marked TEST: of a sandbox, and of nobody else.
    test_documents: bool = False

    def credential_life(self) -> timedelta:
        """How long a credential lives at most."""
        return timedelta(days=self.credential_days)


class ApiClient(_Table):
    """A system that may have credentials secured: its id and its secret's SHA-256 (hex)."""

    client_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    secret_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class VcApiSettings(_Table):
    """The VC API for the operator's own systems, at the operators' address.

    `types` are the IRIs of the credential types that they may compose; never one of ClicID's own, which
    only the evidence of an onboarding leads to.
    """

    clients: Annotated[list[ApiClient], Field(min_length=1)]
    types: Annotated[list[str], Field(min_length=1)]


class Config(_Table):
    """Everything `issuer.main` composes the applications from.

    `identifier` is the issuer's HTTPS identifier, byte for byte as in credentials and metadata. With `haip`
    everything is as HAIP 1.0 wants it of an issuer (`issuer.haip`).
    """

    identifier: str
    did: Annotated[str, Field(pattern=r"^did:ethr:0x[0-9a-f]+:0x[0-9a-f]{40}$")]
    data_dir: Path
    public: Address
    operators: Address
    network: NetworkSettings
    keys: KeySettings
    outbox: OutboxSettings
    status: StatusSettings
    gas: GasSettings
    policy: PolicySettings
    rules: RuleSettings
    sandbox: bool = False
    haip: bool = False
    contact: ContactSettings = ContactSettings()
    face: FaceSettings = Field(default_factory=lambda: face_settings({}))
    review: ReviewSettings = ReviewSettings()
    issuing: IssuingSettings = IssuingSettings()
    wallet_providers: list[WalletProviderSettings] = []
    authorization: AuthorizationSettings = AuthorizationSettings()
    chip: ChipSettings | None = None
    face_search: FaceSearchSettings | None = None
    vc_api: VcApiSettings | None = None
    worker_name: Name = "worker-1"
    engine_processes: Annotated[int, Field(ge=1, le=16)] = 1

    @model_validator(mode="before")
    @classmethod
    def _haip_turns_on(cls, given: Any) -> Any:
        return haip.turned_on(given) if isinstance(given, dict) and given.get("haip") is True else given

    @model_validator(mode="after")
    def _haip_is_kept(self) -> Config:
        if self.haip and (fault := haip.fault(self)):
            raise ValueError(fault)
        return self

    @model_validator(mode="after")
    def _search_is_explained(self) -> Config:
        if self.face_search is not None and self.face_search.notices.keys() != self.policy.notices.keys():
            raise ValueError("face_search.notices must be there in the languages of policy.notices")
        return self

    @model_validator(mode="after")
    def _wallets_can_be_answered(self) -> Config:
        named = [("authorization.clients", one.redirect_uris) for one in self.authorization.clients]
        named += [("wallet_providers", one.redirect_uris) for one in self.wallet_providers]
        for where, addresses in named:
            for address in addresses:
                if not is_redirect_uri(address, loopback=self.sandbox):
                    raise ValueError(f"{where}: {address} is no address to answer to")
        attested = {one for provider in self.wallet_providers for one in provider.clients}
        listed = {one.client_id for one in self.authorization.clients}
        if listed & attested and not self.authorization.attested_only:
            raise ValueError("authorization.clients: a provider's wallet would be served without its word")
        if self.authorization.attested_only and not self.wallet_providers:
            raise ValueError("authorization.attested_only takes wallet_providers")
        return self

    @model_validator(mode="after")
    def _proofs_can_be_had(self) -> Config:
        issuing = self.issuing
        attested = issuing.key_attestations is not None or ProofType.ATTESTATION in issuing.proof_types
        if attested and not self.wallet_providers:
            raise ValueError("attestations of keys take wallet_providers")
        if (issuing.encrypted_requests or issuing.encrypted_responses) and not self.keys.request_encryption:
            raise ValueError("encryption takes keys.request_encryption")
        if issuing.key_attestations is not None and set(issuing.proof_types) == {ProofType.DI_VP}:
            raise ValueError("di_vp carries no attestation: proof_types has to name another")
        return self

    @model_validator(mode="after")
    def _identifier_is_safe(self) -> Config:
        parts = urlsplit(self.identifier)
        loopback = self.sandbox and parts.scheme == "http" and parts.hostname == "127.0.0.1"
        if parts.scheme != "https" and not loopback:
            raise ValueError("identifier must be https (http on 127.0.0.1 only with sandbox = true)")
        if not parts.hostname or parts.path or parts.query or parts.fragment:
            raise ValueError("identifier is scheme and host, without path, query and fragment")
        if self.outbox.kind == "directory" and not self.sandbox:
            raise ValueError('outbox.kind "directory" stands in for a carrier in a sandbox only')
        if self.issuing.test_documents and not (self.sandbox and self.keys.document_signer):
            raise ValueError("issuing.test_documents takes a sandbox, and keys.document_signer")
        return self

    def list_urls(self) -> tuple[str, ...]:
        """The URLs of our status lists."""
        return tuple(f"{self.identifier}/status/{name}" for name in self.status.lists)


def face_settings(given: Mapping[str, object]) -> FaceSettings:
    """The same from elsewhere than the file, by the same rules.

    Raises:
        LocalError: ``config.missing``, ``config.invalid``, naming every setting.
    """
    try:
        return FaceSettings.model_validate(dict(given))
    except ValidationError as error:
        raise _refusal(error, "face") from None


def load(path: Path) -> Config:
    """Read a configuration file; relative paths in it start at its directory.

    Raises:
        LocalError: ``config.file``, ``config.missing``, ``config.invalid``, naming every setting.
    """
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise LocalError("config.file", str(path), error.strerror or "") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LocalError("config.invalid", str(path), str(error)) from None
    try:
        return _resolved(Config.model_validate(data), path.parent)
    except ValidationError as error:
        raise _refusal(error, str(path)) from None


def _refusal(error: ValidationError, where: str) -> LocalError:
    faults = [_Fault.of(entry["loc"], entry["type"], entry["msg"]) for entry in error.errors()]
    code = "config.missing" if any(fault.missing for fault in faults) else "config.invalid"
    return LocalError(code, where, "; ".join(fault.text for fault in faults))


@dataclass(frozen=True, slots=True)
class _Fault:
    text: str
    missing: bool

    @classmethod
    def of(cls, place: tuple[int | str, ...], kind: str, message: str) -> _Fault:
        # The value itself is not repeated: it may be a secret put into the wrong place.
        return cls(f"{'.'.join(map(str, place)) or 'the file'}: {message}", kind == "missing")


def _resolved(config: Config, base: Path) -> Config:
    """The same with every path absolute."""

    def absolute(value: object) -> object:
        match value:
            case Path():
                return (base / value).resolve()
            case _Table():
                return value.model_copy(
                    update={name: absolute(getattr(value, name)) for name in type(value).model_fields}
                )
            case dict():
                return {key: absolute(item) for key, item in value.items()}
            case list():
                return [absolute(item) for item in value]
            case _:
                return value

    resolved = absolute(config)
    if not isinstance(resolved, Config):
        raise LocalError("config.invalid", str(base))
    return resolved
