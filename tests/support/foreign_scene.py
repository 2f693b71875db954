"""Somebody else's issuer of real SD-JWT VCs under its own root, and a wallet whose person has named it."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from clicid.codec import base64url, strict_json
from clicid.errors import LocalError
from clicid.oid4vci.dialogue import Consented, ConsentWanted, KeyAttestationWanted
from clicid.verification.formats import checkers
from tests.support.asking import CONTEXTS
from tests.support.attesting import CLIENT
from tests.support.foreign_issuer import SCOPED, ForeignIssuer
from tests.support.holder import REDIRECT, RULES, attest, attest_keys
from tests.support.memory_keystore import MemoryKeyStore
from tests.support.world import Dice, Store, World
from tests.support.x509 import Party, issue
from wallet.store.named import NamedRecords
from wallet.store.records import WalletRecords
from wallet.store.roots import NamedRoot, RootKind, RootRecords, Roots
from wallet.usecases.parts import Parts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clicid.adapters.askar_vault import Record, Removal
    from clicid.codec.web import HttpAnswer, HttpRequest
    from clicid.keys.public import PublicKey
    from clicid.keys.store import KeyRef

ROOT, SIGNER = Party("A foreign root", 61), Party("A foreign issuer", 62)
VCT = SCOPED["vct"]
CERTIFICATE = issue(ROOT, ROOT, ca=True)
LIFE = timedelta(days=90)


class Killed(BaseException):
    """The machine went off."""


@dataclass
class Disk:
    """What survives a kill: records and keys. `left` is how many writes and calls still come through."""

    rows: dict[tuple[str, str], bytes] = field(default_factory=dict)
    keys: MemoryKeyStore = field(default_factory=MemoryKeyStore)
    left: int = 1 << 30

    def tick(self) -> None:
        if self.left <= 0:
            raise Killed
        self.left -= 1

    def names(self) -> set[str]:
        return set(vars(self.keys)["_keys"])


class DiskVault:
    """The records of an `AskarVault`: each `apply` is whole or not at all."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk

    def apply(self, changes: Sequence[Record | Removal]) -> None:
        self._disk.tick()
        for one in changes:
            value = getattr(one, "value", None)
            if value is None:
                self._disk.rows.pop((one.category, one.name), None)
            else:
                self._disk.rows[one.category, one.name] = value

    def put_record(self, category: str, name: str, value: bytes) -> None:
        self.apply([_record(category, name, value)])

    def delete_record(self, category: str, name: str) -> None:
        self._disk.tick()
        self._disk.rows.pop((category, name), None)

    def get_record(self, category: str, name: str) -> Any:
        value = self._disk.rows.get((category, name))
        return None if value is None else _record(category, name, value)

    def records(self, category: str) -> list[Any]:
        rows = sorted(self._disk.rows.items())
        return [_record(kind, name, value) for (kind, name), value in rows if kind == category]


def _record(category: str, name: str, value: bytes) -> Any:
    return SimpleNamespace(category=category, name=name, value=value)


class DiskKeys:
    """Keys that outlive a kill."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk

    def generate(self, alg: str, name: str) -> KeyRef:
        self._disk.tick()
        return self._disk.keys.generate(alg, name)

    def remove(self, ref: KeyRef) -> None:
        self._disk.tick()
        self._disk.keys.remove(ref)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._disk.keys, name)


@dataclass
class Agreeing:
    """A person who takes everything that is offered."""

    asked: int = 0

    def on_offer(self, offer: ConsentWanted) -> Consented:
        self.asked += 1
        return Consented(tuple(offer.configurations), "123456" if offer.tx_code else None)


@dataclass
class Provider:
    """The wallet's provider, at hand."""

    scene: Scene

    def client_attestation(self, key: KeyRef) -> Any:
        public = self.scene.disk.keys.public(key)
        return SimpleNamespace(jwt=attest(public, self.scene.issuer.now), client_id=CLIENT)

    def key_attestation(self, keys: Sequence[KeyRef], nonce: str) -> str:
        publics = tuple(map(self.scene.disk.keys.public, keys))
        return attest_keys(KeyAttestationWanted("", publics, nonce, (), ()), self.scene.issuer.now)


@dataclass
class InstantBrowser:
    """A person who signs in at once."""

    issuer: ForeignIssuer
    redirect_uri: str = REDIRECT

    def visit(self, url: str, state: str) -> str:
        assert state
        return self.issuer.browser(url)


class Scene:
    """One issuer, one wallet. `make` gives a credential for a configuration and a key."""

    def __init__(self, *, copies: int = 1, attested: bool = False, **options: Any) -> None:
        self.disk = Disk()
        self.issuer = ForeignIssuer(**({"make": self.credential} | options))
        self.copies = copies
        self.attested = attested
        self.roots = [NamedRoot(RootKind.SD_JWT, CERTIFICATE, frozenset({VCT}))]
        self.asked: list[str] = []

    def credential(self, name: str, key: PublicKey, **changes: Any) -> Any:
        """A credential for a key, as an issuer on no chain signs it."""
        now = int(self.issuer.now.timestamp())
        payload: dict[str, Any] = {
            "iss": "https://foreign.example",
            "vct": self.issuer.configurations[name]["vct"],
            "iat": now,
            "exp": now + int(LIFE.total_seconds()),
            "cnf": {"jwk": key.to_jwk()},
            "given_name": "Åsa",
        } | changes
        leaf = issue(SIGNER, ROOT, names=("foreign.example",))
        chain = [base64.b64encode(leaf).decode()]
        header: dict[str, Any] = {"alg": "ES256", "typ": "dc+sd-jwt", "x5c": chain}
        signing = ".".join(base64url.encode(strict_json.dumps(part)) for part in (header, payload))
        return f"{signing}.{base64url.encode(SIGNER.sign(signing.encode()))}~"

    def parts(self, send: Callable[[HttpRequest], HttpAnswer] | None = None) -> Parts:
        """The wallet for one command: whatever it knows is on its disk."""
        vault: Any = DiskVault(self.disk)
        keys: Any = DiskKeys(self.disk)
        roots = Roots.of(self.roots)
        world = World()
        rules = replace(
            world.rules, anchors=roots.anchors, authorities=roots.authorities, by_name=roots.by_name
        )
        policy = replace(world.policy, rules=rules, allow_without_status=True)
        attester: Any = Provider(self) if self.attested else None
        return Parts(
            keys=keys,
            records=WalletRecords(vault),
            named=NamedRecords(vault),
            http=SimpleNamespace(send=send or self.send),
            materials=Store({}),
            checkers=checkers(CONTEXTS),
            contexts=CONTEXTS,
            policy=policy,
            clock=lambda: self.issuer.now,
            random=Dice(f"wallet {len(self.disk.rows)} {len(self.asked)}"),
            roots=RootRecords(vault),
            holder=replace(RULES, copies=self.copies, attested=self.attested, contexts=CONTEXTS),
            attester=attester,
        )

    def send(self, request: HttpRequest) -> HttpAnswer:
        self.disk.tick()
        self.asked.append(request.url)
        answer = self.issuer.send(request)
        self.disk.tick()
        return answer

    def orphans(self) -> set[str]:
        """Keys that no credential, session or open issuance needs; and who has lost theirs."""
        records = self.parts().records
        needed = {one.key_name for one in records.credentials()}
        needed |= {one.key_name for one in records.sessions().values()} - {""}
        open_names = {name for run in records.runs() for name in run.key_names}
        missing = needed - self.disk.names()
        if missing:
            raise LocalError("wallet.damaged", detail=f"{missing} are gone")
        return self.disk.names() - needed - open_names
