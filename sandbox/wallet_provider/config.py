"""What whoever runs a wallet provider sets, read once from one TOML file."""

from __future__ import annotations

import tomllib
from pathlib import Path  # noqa: TC003 - pydantic reads the annotation
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from clicid.codec.web import web_url
from clicid.errors import LocalError, Refused

CONFIG: Final = "wallet-provider.toml"
DATABASE: Final = "wallet-provider.db"
_DAY: Final = 86_400


class Settings(BaseModel):
    """Paths are relative to the file.

    Args:
        url: Its identifier, and where it is reached.
        client_id: That of its wallets, the same for all of them.
        wallet_name: What they are called.
        wallet_link: More about them; its own page if left out.
        key: The attesting key's name in the vault, ``vault.db`` beside the file.
        x5c: The key's certificates, PEM, leaf first, without the root.
        client_seconds: How long a wallet's attestation holds.
        key_seconds: The same of keys.
        challenge_seconds: How long a challenge may be answered.
        code_seconds: How long an enrolment code may be used.
        list_size: Entries of a status list, a multiple of eight.
        ttl_seconds: How long a copy of the list may be used.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    client_id: Annotated[str, Field(min_length=1, max_length=512)]
    wallet_name: Annotated[str, Field(min_length=1, max_length=200)]
    wallet_link: str = ""
    key: str
    x5c: Annotated[list[Path], Field(min_length=1, max_length=3)]
    client_seconds: Annotated[int, Field(ge=7200, le=7 * _DAY)] = _DAY
    key_seconds: Annotated[int, Field(ge=60, le=_DAY)] = 3600
    challenge_seconds: Annotated[int, Field(ge=10, le=3600)] = 300
    code_seconds: Annotated[int, Field(ge=60, le=31 * _DAY)] = _DAY
    list_size: Annotated[int, Field(ge=1024, le=1 << 22, multiple_of=8)] = 1 << 17
    ttl_seconds: Annotated[int, Field(ge=1, le=_DAY)] = 60
    folder: Path

    @property
    def software(self) -> str:
        """The value of `key_storage` for keys that nothing but a passphrase keeps, and where it is explained.

        OpenID4VCI D.2 has names for stores that were evaluated by ISO/IEC 18045. Nobody evaluated this one,
        so none of them would be true.
        """
        return f"{self.url}/key-storage/software"


def load(path: Path) -> Settings:
    """Read the file.

    Raises:
        LocalError: `config.file`, `config.invalid`.
    """
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise LocalError("config.file", str(path), error.strerror or "") from error
    except ValueError as error:
        raise LocalError("config.invalid", str(path), "not TOML") from error
    folder = path.resolve().parent
    try:
        settings = Settings.model_validate({**table, "folder": folder})
        web_url(settings.url, "url", bare=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise LocalError("config.invalid", f"{path}: {place}", first["msg"]) from None
    except Refused as error:
        raise LocalError("config.invalid", f"{path}: url", error.detail) from None
    if settings.url.endswith("/"):
        raise LocalError("config.invalid", f"{path}: url", "no slash at its end")
    return settings
