"""A did:webvh of a test's own: its keys, its log so far, and the lines that come next."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from clicid.did.webvh import authoring, log
from clicid.did.webvh.files import Files
from clicid.keys.algorithms import ED25519
from clicid.securing.signing import sign
from tests.support.memory_keystore import MemoryKeyStore

if TYPE_CHECKING:
    from clicid.did.webvh.log import Log
    from clicid.keys.public import PublicKey
    from clicid.keys.store import KeyRef
    from clicid.securing.signing import Prepared

START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 26, tzinfo=UTC)


@dataclass(slots=True)
class Controller:
    """Who has a did:webvh; a day passes with each entry.

    Args:
        place: Host and path.
        lines: The log.
        approvals: The witness file's entries.
    """

    place: str = "issuer.example"
    lines: list[bytes] = field(default_factory=list)
    approvals: list[dict[str, Any]] = field(default_factory=list)
    store: MemoryKeyStore = field(default_factory=lambda: MemoryKeyStore(b"webvh"))

    def ref(self, name: str) -> KeyRef:
        return self.store.find(name) or self.store.generate(ED25519, name)

    def key(self, name: str) -> PublicKey:
        return self.store.public(self.ref(name))

    def state(self, *names: str, did: str = "did:webvh:{SCID}:issuer.example") -> dict[str, Any]:
        """A document with the keys of these names for credentials."""
        return {
            "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
            "id": did,
            "verificationMethod": [
                {
                    "id": f"{did}#{name}",
                    "type": "Multikey",
                    "controller": did,
                    "publicKeyMultibase": self.key(name).to_multikey(),
                }
                for name in names
            ],
            "assertionMethod": [f"{did}#{name}" for name in names],
        }

    @property
    def time(self) -> datetime:
        return START + timedelta(days=len(self.lines))

    @property
    def did(self) -> str:
        return str(json.loads(self.lines[-1])["state"]["id"])

    @property
    def version_id(self) -> str:
        return str(json.loads(self.lines[-1])["versionId"])

    @property
    def files(self) -> Files:
        witnesses = json.dumps(self.approvals).encode() if self.approvals else b""
        return Files(b"".join(self.lines), witnesses)

    def read(self) -> Log:
        return log.read(self.did, self.files, NOW)

    def signed(self, prepared: Prepared[bytes], name: str) -> bytes:
        return prepared.complete([sign(self.store, self.ref(name), one) for one in prepared.to_be_signed])

    def create(self, *, signer: str = "update", **parameters: Any) -> Controller:
        state = self.state("a", did=f"did:webvh:{{SCID}}:{self.place}")
        prepared = authoring.genesis(self.place, state, parameters, self.key(signer), self.time)
        self.lines.append(self.signed(prepared, signer))
        return self

    def update(
        self,
        state: dict[str, Any] | None = None,
        *,
        signer: str = "update",
        **parameters: Any,
    ) -> Controller:
        """One more entry; nothing is checked, so that a wrong one can be made."""
        last = json.loads(self.lines[-1])
        prepared = authoring.update(
            last["versionId"],
            last["state"] if state is None else state,
            parameters,
            self.key(signer),
            self.time,
        )
        self.lines.append(self.signed(prepared, signer))
        return self

    def approve(self, name: str, version_id: str = "") -> Controller:
        wanted = version_id or self.version_id
        raw = self.signed(authoring.approval(wanted, self.key(name), self.time), name)
        self.approvals.append(json.loads(raw))
        return self

    def witnesses(self, *names: str, threshold: int = 1) -> dict[str, Any]:
        listed = [{"id": f"did:key:{self.key(name).to_multikey()}"} for name in names]
        return {"threshold": threshold, "witnesses": listed}
