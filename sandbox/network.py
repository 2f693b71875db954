"""A whole ClicID network in one folder: founded once, then started and stopped as wanted."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from clicid.adapters.chain_contracts import NAMES
from clicid.adapters.chain_writer import ChainWriter
from clicid.errors import LocalError
from clicid.ledger.network import NetworkFile
from sandbox.processes import Service, free_port
from sandbox.setup import founding, issuer, provider, wallet_provider
from sandbox.setup.provider import Provider
from sandbox.setup.roles import GOVERNANCE, PAYER, SD_JWT, Roles
from sandbox.wallet_provider.config import CONFIG

if TYPE_CHECKING:
    from collections.abc import Callable

BLOCK_SECONDS: Final = 1
CHAIN: Final = "chain"
WALLET_PROVIDER: Final = wallet_provider.FOLDER
OPERATOR: Final = "anna.sandbox"
SHOP: Final = "Systemhandeln AB (TEST)"


@dataclass(frozen=True, slots=True)
class Founded:
    """What was decided when the network was founded; kept in ``sandbox.json``."""

    chain_port: int
    issuer_port: int
    operator_port: int
    digest: str
    operator_token: str
    providers: tuple[Provider, ...] = ()
    wallet_provider_port: int = 0

    @property
    def rpc(self) -> str:
        """The chain's JSON-RPC address."""
        return f"http://127.0.0.1:{self.chain_port}"

    @property
    def identifier(self) -> str:
        """The issuer's identifier and address."""
        return f"http://127.0.0.1:{self.issuer_port}"

    @property
    def vocabulary(self) -> str:
        """Where the network's credential types have their ids: the issuer serves them."""
        return f"{self.identifier}/schemas"

    @property
    def operators(self) -> str:
        """Where the issuer's operators work."""
        return f"http://127.0.0.1:{self.operator_port}"

    @property
    def wallet_provider(self) -> str:
        """The wallet provider's identifier and address."""
        return f"http://127.0.0.1:{self.wallet_provider_port}"

    def provider(self, name: str) -> Provider:
        """The service provider of that name."""
        return next(one for one in self.providers if one.name == name)


@dataclass(slots=True)
class Network:
    """The processes of a founded network, and the vaults of its roles.

    Args:
        folder: Everything is below it.
        founded: What was decided.
        roles: The five roles' vaults, open.
        writer: The chain's writing side, paid by the gas payer.
        services: The processes by name: ``chain``, ``issuer``, ``wallet-provider``, and each service
            provider's.
    """

    folder: Path
    founded: Founded
    roles: Roles
    writer: ChainWriter
    services: dict[str, Service] = field(default_factory=dict)

    @classmethod
    def found(cls, folder: Path, tell: Callable[[str], None]) -> Self:
        """Found a network and leave its chain running; the other services are not started yet."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if (folder / "sandbox.json").exists():
            raise LocalError("sandbox.busy", str(folder), "a network is founded here already")
        founded = _with_wallet_provider(folder, Founded(free_port(), free_port(), free_port(), "", ""))
        roles = Roles.open(folder / "keys", folder / "issuer")
        chain = _chain_service(folder, founded, roles)
        chain.start()
        writer = ChainWriter(founded.rpc, payer=roles.signer(PAYER))
        try:
            founded = _found_on_chain(folder, founded, roles, writer, tell)
        except BaseException:  # an interrupt too: nobody else would stop the chain
            chain.stop()
            raise
        network = cls(folder, founded, roles, writer, {CHAIN: chain})
        network._add_services()
        shop = network.add_provider("shop", SHOP)
        tell(f"service provider registered: {shop.did}")
        return network

    @classmethod
    def load(cls, folder: Path) -> Self:
        """A network founded earlier, its chain started again."""
        founded = read_founded(folder)
        if not founded.wallet_provider_port:  # It was founded before there were any.
            founded = _with_wallet_provider(folder, founded)
            _write(folder, founded)
        roles = Roles.open(folder / "keys", folder / "issuer")
        chain = _chain_service(folder, founded, roles)
        chain.start()
        file = NetworkFile.parse((folder / "network.json").read_bytes())
        addresses = {NAMES[name]: row.address for name, row in file.contracts.items()}
        writer = ChainWriter(founded.rpc, payer=roles.signer(PAYER), addresses=addresses)
        network = cls(folder, founded, roles, writer, {CHAIN: chain})
        network._add_services()
        return network

    def start(self, *names: str) -> None:
        """Start services side by side and wait; all that do not run when none is named."""
        self.launch(*names)
        self.wait(*names)

    def launch(self, *names: str) -> None:
        """Start services without waiting for them."""
        for name in names or self.services:
            if not self.services[name].running:
                self.services[name].launch()

    def wait(self, *names: str) -> None:
        """Wait until services that were launched listen.

        Raises:
            LocalError: `sandbox.service`.
        """
        for name in names or self.services:
            self.services[name].wait_ready()

    def stop(self) -> None:
        """Stop every service, the chain last, and close the vaults."""
        others = [service for name, service in self.services.items() if name != CHAIN]
        for service in others:
            service.ask_to_end()
        for service in (*others, self.services[CHAIN]):
            service.stop()
        self.writer.close()
        self.roles.close()

    def add_provider(
        self, name: str, legal_name: str, *, signed_lists: str = "ignored", registered: bool = True
    ) -> Provider:
        """Set up one more service provider and its verifier, not started yet."""
        made = provider.set_up(
            self.folder / "providers" / name,
            self.writer,
            self.roles,
            legal_name=legal_name,
            port=free_port(),
            digest=self.founded.digest,
            vocabulary=self.founded.vocabulary,
            rpc=self.founded.rpc,
            signed_lists=signed_lists,
            registered=registered,
        )
        self.founded = replace(self.founded, providers=(*self.founded.providers, made))
        _write(self.folder, self.founded)
        self.services[name] = _verifier_service(self.folder, made)
        return made

    def _add_services(self) -> None:
        config = str(self.folder / "issuer" / "issuer.toml")
        self.services["issuer"] = Service(
            name="issuer",
            module="issuer",
            arguments=("serve", "--config", config),
            ready_url=f"{self.founded.identifier}/.well-known/openid-credential-issuer",
            log=self.folder / "logs" / "issuer.log",
        )
        self.services[WALLET_PROVIDER] = _wallet_provider_service(self.folder, self.founded)
        for one in self.founded.providers:
            self.services[one.name] = _verifier_service(self.folder, one)


def _found_on_chain(
    folder: Path, founded: Founded, roles: Roles, writer: ChainWriter, tell: Callable[[str], None]
) -> Founded:
    deployed = folder / "deployed.json"
    for contract, receipt in founding.deploy(writer, roles.address(GOVERNANCE), deployed).items():
        name = NAMES[contract]
        tell(f"{name} at 0x{writer.contracts.addresses[name].hex()}, {receipt.gas_used:,} gas")
    file = founding.network_file(founded.rpc, deployed, roles, founded.vocabulary)
    (folder / "network.json").write_bytes(file.to_bytes())
    founded = replace(founded, digest=file.digest().hex())
    tell(f"network file signed by {founding.THRESHOLD} of {len(file.roots.keys)} root keys; its digest:")
    tell(f"  {founded.digest}")
    key_ids = founding.anchor_issuer(writer, roles)
    did = key_ids[SD_JWT].partition("#")[0]
    tell(f"issuer anchored:             {did}")
    ca_digest = issuer.certificates(folder / "issuer", founded.identifier, did, roles)
    founding.accredit(writer, roles, founded.identifier, founded.vocabulary, ca_digest)
    issuer.open_lists(writer, founded.rpc, roles, founded.identifier)
    tell("issuer accredited for identity and age, status lists opened")
    config = issuer.write_config(
        folder / "issuer",
        identifier=founded.identifier,
        ports=(founded.issuer_port, founded.operator_port),
        digest=founded.digest,
        rpc=founded.rpc,
        key_ids=key_ids,
    )
    founded = replace(founded, operator_token=issuer.prepare(config, OPERATOR))
    _write(folder, founded)
    return founded


def _chain_service(folder: Path, founded: Founded, roles: Roles) -> Service:
    funded = [f"0x{roles.address(name).hex()}" for name in (PAYER, GOVERNANCE)]
    return Service(
        name=CHAIN,
        module="sandbox.chain",
        arguments=(
            *("--dir", str(folder / "chain"), "--port", str(founded.chain_port)),
            *("--interval", str(BLOCK_SECONDS), "--fund", *funded),
        ),
        ready_url=founded.rpc,
        log=folder / "logs" / "chain.log",
    )


def _with_wallet_provider(folder: Path, founded: Founded) -> Founded:
    founded = replace(founded, wallet_provider_port=free_port())
    wallet_provider.set_up(folder / WALLET_PROVIDER, founded.wallet_provider)
    return founded


def _wallet_provider_service(folder: Path, founded: Founded) -> Service:
    return Service(
        name=WALLET_PROVIDER,
        module="sandbox.wallet_provider.cli",
        arguments=("serve", "--config", str(folder / WALLET_PROVIDER / CONFIG)),
        ready_url=f"{founded.wallet_provider}/",
        log=folder / "logs" / f"{WALLET_PROVIDER}.log",
    )


def _verifier_service(folder: Path, made: Provider) -> Service:
    return Service(
        name=made.name,
        module="verifier.cli",
        arguments=("serve", "--config", str(made.config), "--port", made.origin.rpartition(":")[2]),
        ready_url=f"{made.origin}/health",
        log=folder / "logs" / f"{made.name}.log",
    )


def _write(folder: Path, founded: Founded) -> None:
    path = folder / "sandbox.json"
    path.touch(0o600)
    path.write_text(json.dumps(asdict(founded), default=str, indent=1), "utf-8")


def read_founded(folder: Path) -> Founded:
    """What was decided when the network in a folder was founded.

    Raises:
        LocalError: `config.file` where none was.
    """
    try:
        row = json.loads((folder / "sandbox.json").read_text("utf-8"))
    except OSError as error:
        raise LocalError("config.file", str(folder), "no network is founded here") from error
    providers = tuple(Provider(**one | {"config": Path(one["config"])}) for one in row.pop("providers"))
    return Founded(**row, providers=providers)
