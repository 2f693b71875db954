"""What an operator sets, read once from one TOML file; what is missing or wrong is refused at start."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, model_validator

from clicid.errors import LocalError
from clicid.oid4vci.clients import is_redirect_uri
from clicid.oid4vci.credential import ProofType
from issuer import haip, settings

if TYPE_CHECKING:
    from collections.abc import Mapping


class Config(settings.Table):
    """Everything `issuer.main` composes the applications from.

    `identifier` is the issuer's HTTPS identifier, byte for byte as in credentials and metadata. With `haip`
    everything is as HAIP 1.0 wants it of an issuer (`issuer.haip`).
    """

    identifier: str
    did: Annotated[str, Field(pattern=r"^did:ethr:0x[0-9a-f]+:0x[0-9a-f]{40}$")]
    data_dir: Path
    public: settings.Address
    operators: settings.Address
    network: settings.NetworkSettings
    keys: settings.KeySettings
    outbox: settings.OutboxSettings
    status: settings.StatusSettings
    gas: settings.GasSettings
    policy: settings.PolicySettings
    rules: settings.RuleSettings
    sandbox: bool = False
    haip: bool = False
    contact: settings.ContactSettings = settings.ContactSettings()
    face: settings.FaceSettings = Field(default_factory=lambda: face_settings({}))
    review: settings.ReviewSettings = settings.ReviewSettings()
    issuing: settings.IssuingSettings = settings.IssuingSettings()
    wallet_providers: list[settings.WalletProviderSettings] = Field(default_factory=list)
    authorization: settings.AuthorizationSettings = settings.AuthorizationSettings()
    chip: settings.ChipSettings | None = None
    face_search: settings.FaceSearchSettings | None = None
    vc_api: settings.VcApiSettings | None = None
    worker_name: settings.Name = "worker-1"
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


def face_settings(given: Mapping[str, object]) -> settings.FaceSettings:
    """The same from elsewhere than the file, by the same rules.

    Raises:
        LocalError: ``config.missing``, ``config.invalid``, naming every setting.
    """
    try:
        return settings.FaceSettings.model_validate(dict(given))
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
            case settings.Table():
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
