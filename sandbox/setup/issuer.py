"""The issuer's folder: configuration, certificates, database, status lists, operators."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from clicid.adapters import clock
from clicid.keys.store import KeyRef
from issuer import iaca
from issuer.chain import ChainSettings, StatusRegistry
from issuer.config import load
from issuer.ground import DATABASE, open_ground
from issuer.store.database import Database
from issuer.usecases.operators import OperatorAccounts
from issuer.usecases.records import Role
from sandbox.setup import country, wallet_provider
from sandbox.setup.certificates import CHAIN, SIGNER, certify
from sandbox.setup.roles import COMMITTER, DATA_INTEGRITY, DOCUMENT_SIGNER, OWNER, PAYER, SD_JWT, WRAPPING
from wallet.main import CONFIRMATIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clicid.adapters.chain_writer import ChainWriter
    from sandbox.setup.roles import Roles

LISTS: Final = ("a", "b")
LIST_SIZE: Final = 131_072
_NOTICES: Final = Path(__file__).resolve().parent.parent / "notices"

_TOML: Final = """\
identifier = "{identifier}"
did = "{did}"
data_dir = "data"
sandbox = true
engine_processes = {engines}

[public]
port = {port}

[operators]
port = {operator_port}

[network]
file = "../network.json"
digest = "{digest}"
rpc = ["{rpc}"]

[keys]
vault = "vault.db"
vault_key_file = "vault.key"
wrapping = "{wrapping}"
committer = "{committer}"
payer = "{payer}"
x5c = {x5c}
request_encryption = ["request-encryption"]

[keys.document_signer]
name = "{document_signer}"
certificate = "{signer}"
authority = "{authority}"
revocations = "{revocations}"

[keys.sd_jwt]
name = "{sd_jwt}"
id = "{sd_jwt_id}"

[keys.data_integrity]
name = "{data_integrity}"
id = "{data_integrity_id}"

[outbox]
kind = "directory"
directory = "../outbox"

[issuing]
test_documents = true

[contact]
codes_per_hour = 1000

[status]
lists = {lists}
size = {size}
publish_seconds = 1
root_seconds = 60

[gas]
max_fee_gwei = 100
refuse_below = 100
alarm_below = 1000
confirmations = {confirmations}

[[wallet_providers]]
name = "sandbox"
clients = ["{wallet_client}"]
roots = ["../{wallet_provider}/{wallet_root}"]

[policy]
version = "sandbox-1"

[policy.notices]
en = "{notices}/notice.en.txt"
sv = "{notices}/notice.sv.txt"

[policy.face_notices]
en = "{notices}/face.en.txt"
sv = "{notices}/face.sv.txt"

[chip]
csca = ["{trust}"]

[[rules.levels]]
eidas = "low"
evidence = ["document"]

[[rules.levels]]
eidas = "substantial"
evidence = ["document", "face", "liveness"]

[[rules.levels]]
eidas = "high"
etsi = "extended"
use_case = "9.2.3.4"
evidence = ["chip", "face", "liveness"]
"""


def certificates(folder: Path, identifier: str, did: str, roles: Roles) -> bytes:
    """Certify what signs credentials; gives the digest of the root's public key for the accreditation."""
    sd_jwt, signer = (roles.issuer.public(KeyRef(name)) for name in (SD_JWT, DOCUMENT_SIGNER))
    return certify(folder, (identifier, did), sd_jwt, roles.authority, signer)


def write_config(
    folder: Path,
    *,
    identifier: str,
    ports: tuple[int, int],
    digest: str,
    rpc: str,
    key_ids: dict[str, str],
) -> Path:
    """Write ``issuer.toml``, and whose chips to trust; `ports` are the public and the operators'."""
    path = folder / "issuer.toml"
    text = _TOML.format(
        identifier=identifier,
        engines=min(2, os.cpu_count() or 1),
        did=key_ids[SD_JWT].partition("#")[0],
        port=ports[0],
        operator_port=ports[1],
        digest=digest,
        rpc=rpc,
        wrapping=WRAPPING,
        committer=COMMITTER,
        payer=PAYER,
        x5c=_listed(CHAIN),
        document_signer=DOCUMENT_SIGNER,
        signer=SIGNER,
        authority=iaca.ROOT_PEM,
        revocations=iaca.REVOCATIONS_FILE,
        sd_jwt=SD_JWT,
        sd_jwt_id=key_ids[SD_JWT],
        data_integrity=DATA_INTEGRITY,
        data_integrity_id=key_ids[DATA_INTEGRITY],
        confirmations=CONFIRMATIONS,
        lists=_listed(LISTS),
        size=LIST_SIZE,
        notices=_NOTICES.as_posix(),
        trust=country.TRUST,
        wallet_client=wallet_provider.CLIENT_ID,
        wallet_provider=wallet_provider.FOLDER,
        wallet_root=wallet_provider.ROOT,
    )
    path.write_text(text, "utf-8")
    country.settle(folder, clock.now())
    return path


def _listed(names: Sequence[str]) -> str:
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"


def open_lists(writer: ChainWriter, rpc: str, roles: Roles, identifier: str) -> None:
    """Create the status lists: the owner signs, and names the committer."""
    registry = StatusRegistry(
        ChainSettings(
            rpc_url=rpc,
            chain_id=writer.chain_id,
            addresses=writer.contracts.addresses,
            identity=roles.address(OWNER),
            payer=roles.signer(PAYER),
            committer=roles.signer(COMMITTER),
            owner=roles.signer(OWNER),
            seconds=60,
        )
    )
    for name in LISTS:
        registry.open_list(f"{identifier}/status/{name}", LIST_SIZE)
    registry.close()


def prepare(config: Path, operator: str) -> str:
    """Make the database and name one operator who reviews and revokes; gives the operator's token."""
    settings = load(config)
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = Database(settings.data_dir / DATABASE)
    database.migrate()
    database.close()
    ground = open_ground(settings)
    try:
        return OperatorAccounts(ground.env).add(operator, [Role.REVIEWER, Role.REVOKER], by="sandbox")
    finally:
        ground.close()
