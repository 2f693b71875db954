"""The tables of the configuration file, each with its units and bounds."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path  # noqa: TC003 - pydantic reads the annotation
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from clicid.oid4vci.credential import ProofType
from issuer.engines.face_models import DLIB, INSIGHTFACE, YUNET_SFACE, FaceModels
from issuer.evidence.decision import MATCH_BELOW, REVIEW_UP_TO, TABLE
from issuer.evidence.evidence import EvidenceKind  # noqa: TC001 - pydantic reads the annotation
from issuer.evidence.levels import Claim, Level, Loip, UseCase

_DAY: Final = 86_400
Distance = Annotated[float, Field(gt=0, lt=2)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]


class Table(BaseModel):
    """A table of the file, or the whole of it."""

    # Paths are relative to the file; a setting we do not know is a typing mistake.
    model_config = ConfigDict(extra="forbid", frozen=True)


class Address(Table):
    """Where an application listens."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)]


class NetworkSettings(Table):
    """The chain: its network file, the file's digest given out of band, and endpoints."""

    file: Path
    digest: Annotated[str, Field(pattern=r"^(0x)?[0-9a-f]{64}$")]
    rpc: Annotated[list[str], Field(min_length=1)]
    transaction_seconds: Annotated[float, Field(gt=0, le=3600)] = 60


class CredentialKey(Table):
    """A credential key: its name in the key store and the DID URL under which it stands on chain."""

    name: str
    id: Annotated[str, Field(pattern=r"^did:[^#]+#.+$")]


class DocumentSignerSettings(Table):
    """Who signs mdocs: a key in the key store, its certificate, and the root above it (PEM).

    `revocations` is the root's list of revoked certificates (DER), served where the certificates say.
    """

    name: str
    certificate: Path
    authority: Path
    revocations: Path | None = None


class KeySettings(Table):
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


class OutboxSettings(Table):
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


class StatusSettings(Table):
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


class GasSettings(Table):
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


class PolicySettings(Table):
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


class FaceSearchSettings(Table):
    """Searching a face among all faces; off without this table.

    There is no safe guess for the threshold, so no default: of many faces some stranger's is near.
    """

    match_below: Distance
    notices: Annotated[dict[Literal["sv", "en"], Path], Field(min_length=1)]


class ContactSettings(Table):
    """How many codes one address, one onboarding, and with offers one person, may be sent in an hour."""

    codes_per_hour: Annotated[int, Field(ge=1)] = 5


class LevelSettings(Table):
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


class RuleSettings(Table):
    """The numbers of the decision table. The levels have no default: claiming one is the operator's word."""

    levels: Annotated[list[LevelSettings], Field(min_length=1, max_length=16)]


class FaceSettings(Table):
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


class ChipSettings(Table):
    """Whom to trust for the chips of travel documents; files, or folders of such.

    `csca` has country signers, master lists and revocation lists; `ml_signers` signers of master lists that
    are trusted as they are. Without this table no chips are read.
    """

    csca: Annotated[list[Path], Field(min_length=1)]
    ml_signers: list[Path] = []


class ReviewSettings(Table):
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


class KeyAttestationSettings(Table):
    """That keys must be attested by a listed wallet provider, at one of these levels; no levels mean any."""

    key_storage: list[str] = []
    user_authentication: list[str] = []


class WalletProviderSettings(Table):
    """A wallet provider whose word counts: the client ids of its wallets, and its root certificates.

    With `redirect_uris` answers to its wallets go there only; without, to whatever address one names.
    """

    name: Annotated[str, Field(min_length=1, max_length=64)]
    clients: Annotated[list[str], Field(min_length=1)]
    roots: Annotated[list[Path], Field(min_length=1)]
    redirect_uris: Annotated[list[str], Field(max_length=16)] = []


class WalletClientSettings(Table):
    """A wallet that need not be attested: its `client_id`, and where its answers may go, letter by letter."""

    client_id: Annotated[str, Field(min_length=1, max_length=256)]
    redirect_uris: Annotated[list[str], Field(min_length=1, max_length=16)]


class AuthorizationSettings(Table):
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


class IssuingSettings(Table):
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


class ApiClient(Table):
    """A system that may have credentials secured: its id and its secret's SHA-256 (hex)."""

    client_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    secret_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class VcApiSettings(Table):
    """The VC API for the operator's own systems, at the operators' address.

    `types` are the IRIs of the credential types that they may compose; never one of ClicID's own, which
    only the evidence of an onboarding leads to.
    """

    clients: Annotated[list[ApiClient], Field(min_length=1)]
    types: Annotated[list[str], Field(min_length=1)]
