"""What the three contracts shall do, said again in Python from `contracts/ABI.md`.

A model's functions return the log a call must give, or raise `Reverted` with the contract's word.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from eth_abi.abi import encode
from eth_hash.auto import keccak

from tests.support.contract_evm import Log, abi

ZERO = bytes(20)


class Reverted(Exception):
    """The call must fail with this word."""


def need(condition: object, word: str) -> None:
    if not condition:
        raise Reverted(word)


class Events:
    """The events of one contract: how a log is written and how the running hash goes on."""

    def __init__(self, name: str) -> None:
        self._events = {entry["name"]: entry["inputs"] for entry in abi(name) if entry["type"] == "event"}

    def log(self, name: str, params: dict[str, Any]) -> Log:
        inputs = self._events[name]
        assert [item["name"] for item in inputs] == list(params)
        indexed = [encode([i["type"]], [params[i["name"]]]) for i in inputs if i["indexed"]]
        plain = [i for i in inputs if not i["indexed"]]
        data = encode([i["type"] for i in plain], [params[i["name"]] for i in plain])
        return Log((self._topic(name), *indexed), data)

    def running(self, previous: bytes, name: str, params: dict[str, Any]) -> bytes:
        words = [previous.ljust(32, b"\0"), self._topic(name)]
        kept = (item for item in self._events[name] if item["name"] != "previous")
        words.extend(_word(item["type"], params[item["name"]]) for item in kept)
        return hashlib.sha256(b"".join(words)).digest()[:28]

    def _topic(self, name: str) -> bytes:
        types = ",".join(item["type"] for item in self._events[name])
        return keccak(f"{name}({types})".encode())


def _word(kind: str, value: Any) -> bytes:
    if kind == "string":
        return hashlib.sha256(value.encode()).digest()
    return hashlib.sha256(value).digest() if kind == "bytes" else encode([kind], [value])


@dataclass
class Head:
    version: int = 0
    running: bytes = bytes(28)


@dataclass
class DidModel:
    """ERC-1056, and the heads in storage."""

    number: int = 1
    time: int = 0
    owners: dict[bytes, bytes] = field(default_factory=dict)
    delegates: dict[tuple[bytes, bytes, bytes], int] = field(default_factory=dict)
    changed: dict[bytes, int] = field(default_factory=dict)
    nonce: dict[bytes, int] = field(default_factory=dict)
    heads: dict[bytes, Head] = field(default_factory=dict)
    events: Events = field(default_factory=lambda: Events("DidRegistry"))

    def owner(self, identity: bytes) -> bytes:
        owner = self.owners.get(identity, ZERO)
        return identity if owner == ZERO else owner

    def authorize(self, identity: bytes, actor: bytes, *, signed: bool) -> None:
        need(actor == self.owner(identity), "bad_signature" if signed else "bad_actor")
        if signed:
            self.nonce[actor] = self.nonce.get(actor, 0) + 1

    def change(self, function: str, identity: bytes, *args: Any) -> Log:
        name, params = getattr(self, f"_{function}")(identity, *args)
        params["previousChange"] = self.changed.get(identity, 0)
        head = self.heads.setdefault(identity, Head())
        head.version += 1
        head.running = self.events.running(head.running, name, params)
        self.changed[identity] = self.number
        return self.events.log(name, params)

    def _until(self, validity: int) -> int:
        need(self.time + validity < 1 << 256, "")
        return self.time + validity

    def _changeOwner(self, identity: bytes, owner: bytes) -> tuple[str, dict[str, Any]]:  # noqa: N802
        self.owners[identity] = owner
        return "DIDOwnerChanged", {"identity": identity, "owner": owner}

    def _addDelegate(  # noqa: N802
        self, identity: bytes, kind: bytes, delegate: bytes, validity: int
    ) -> tuple[str, dict[str, Any]]:
        return self._delegate(identity, kind, delegate, self._until(validity))

    def _revokeDelegate(self, identity: bytes, kind: bytes, delegate: bytes) -> tuple[str, dict[str, Any]]:  # noqa: N802
        return self._delegate(identity, kind, delegate, self.time)

    def _delegate(self, identity: bytes, kind: bytes, to: bytes, until: int) -> tuple[str, dict[str, Any]]:
        self.delegates[identity, keccak(kind), to] = until
        return (
            "DIDDelegateChanged",
            {"identity": identity, "delegateType": kind, "delegate": to, "validTo": until},
        )

    def _setAttribute(  # noqa: N802
        self, identity: bytes, name: bytes, value: bytes, validity: int
    ) -> tuple[str, dict[str, Any]]:
        return self._attribute(identity, name, value, self._until(validity))

    def _revokeAttribute(self, identity: bytes, name: bytes, value: bytes) -> tuple[str, dict[str, Any]]:  # noqa: N802
        return self._attribute(identity, name, value, 0)

    def _attribute(
        self, identity: bytes, name: bytes, value: bytes, until: int
    ) -> tuple[str, dict[str, Any]]:
        return "DIDAttributeChanged", {"identity": identity, "name": name, "value": value, "validTo": until}


@dataclass
class TrustModel:
    """Who may issue, by whose word; `owner_of` is DidRegistry's answer."""

    did: DidModel
    governance: bytes
    proposed: bytes = ZERO
    accreditations: dict[tuple[bytes, bytes], tuple[str, bool, int, int]] = field(default_factory=dict)
    delegations: dict[tuple[bytes, bytes, bytes], str] = field(default_factory=dict)
    providers: set[bytes] = field(default_factory=set)
    signers: set[tuple[bytes, bytes]] = field(default_factory=set)
    nonce: dict[bytes, int] = field(default_factory=dict)
    heads: dict[bytes, Head] = field(default_factory=dict)
    events: Events = field(default_factory=lambda: Events("TrustRegistry"))

    def emit(self, subject: bytes, name: str, params: dict[str, Any]) -> Log:
        head = self.heads.setdefault(subject, Head())
        params |= {"version": head.version + 1, "previous": head.running}
        head.version += 1
        head.running = self.events.running(head.running, name, params)
        return self.events.log(name, params)

    def only_governance(self, actor: bytes) -> None:
        need(actor == self.governance, "not_governance")

    def deployed(self) -> Log:
        return self.emit(ZERO, "GovernanceChanged", {"former": ZERO, "governance": self.governance})

    def accredit(self, actor: bytes, identity: bytes, type_id: bytes, rest: tuple[Any, ...]) -> Log:
        schema, since, until, may_delegate, identifier, ca_digest = rest
        self.only_governance(actor)
        need(identity != ZERO, "no_identity")
        need(since < until, "bad_period")
        self.accreditations[identity, type_id] = ("granted", may_delegate, since, until)
        params = {"identity": identity, "typeId": type_id, "schemaDigest": schema, "validFrom": since}
        params |= {"validUntil": until, "mayDelegate": may_delegate, "identifier": identifier}
        return self.emit(identity, "Accredited", params | {"caDigest": ca_digest})

    def withdraw(self, actor: bytes, identity: bytes, type_id: bytes, keeps: bool) -> Log:
        self.only_governance(actor)
        state, *rest = self.accreditations.get((identity, type_id), ("none", False, 0, 0))
        self.accreditations[identity, type_id] = (_ended(state, keeps), *rest)  # type: ignore[assignment]
        params = {"identity": identity, "typeId": type_id, "keepsAnchored": keeps}
        return self.emit(identity, "Withdrawn", params)

    def delegate(
        self,
        actor: bytes,
        identity: bytes,
        type_id: bytes,
        to: bytes,
        period: tuple[int, int],
        *,
        signed: bool,
    ) -> Log:
        self._owner_only(actor, identity, signed=signed)
        need(to not in (identity, ZERO), "bad_delegate")
        need(period[0] < period[1], "bad_period")
        state, may, since, until = self.accreditations.get((identity, type_id), ("none", False, 0, 0))
        need(state == "granted", "not_granted")
        need(may, "may_not_delegate")
        need(period[0] >= since and period[1] <= until, "outside_period")
        self._used(actor, signed=signed)
        self.delegations[identity, type_id, to] = "granted"
        params = {"identity": identity, "typeId": type_id, "delegate": to}
        return self.emit(identity, "Delegated", params | {"validFrom": period[0], "validUntil": period[1]})

    def withdraw_delegation(
        self, actor: bytes, identity: bytes, type_id: bytes, to: bytes, *, keeps: bool, signed: bool
    ) -> Log:
        if signed or actor != self.governance:
            self._owner_only(actor, identity, signed=signed)
        state = self.delegations.get((identity, type_id, to), "none")
        self.delegations[identity, type_id, to] = _ended(state, keeps)
        self._used(actor, signed=signed)
        params = {"identity": identity, "typeId": type_id, "delegate": to, "keepsAnchored": keeps}
        return self.emit(identity, "DelegationWithdrawn", params)

    def register_provider(self, actor: bytes, identity: bytes, digest: bytes, period: tuple[int, int]) -> Log:
        self.only_governance(actor)
        need(identity != ZERO, "no_identity")
        need(period[0] < period[1], "bad_period")
        self.providers.add(identity)
        params = {"identity": identity, "digest": digest, "validFrom": period[0], "validUntil": period[1]}
        return self.emit(identity, "ServiceProviderRegistered", params)

    def withdraw_provider(self, actor: bytes, identity: bytes) -> Log:
        self.only_governance(actor)
        need(identity in self.providers, "not_granted")
        self.providers.remove(identity)
        return self.emit(identity, "ServiceProviderWithdrawn", {"identity": identity})

    def register_signer(self, actor: bytes, identity: bytes, signer: bytes, period: tuple[int, int]) -> Log:
        self.only_governance(actor)
        need(ZERO not in (identity, signer), "no_identity")
        need(period[0] < period[1], "bad_period")
        self.signers.add((identity, signer))
        params = {"identity": identity, "signer": signer, "validFrom": period[0], "validUntil": period[1]}
        return self.emit(identity, "ListSignerRegistered", params)

    def withdraw_signer(self, actor: bytes, identity: bytes, signer: bytes) -> Log:
        self.only_governance(actor)
        need((identity, signer) in self.signers, "not_granted")
        self.signers.remove((identity, signer))
        return self.emit(identity, "ListSignerWithdrawn", {"identity": identity, "signer": signer})

    def change_governance(self, actor: bytes, proposed: bytes) -> Log:
        self.only_governance(actor)
        self.proposed = proposed
        return self.emit(ZERO, "GovernanceProposed", {"governance": actor, "proposed": proposed})

    def accept_governance(self, actor: bytes) -> Log:
        need(actor == self.proposed, "not_proposed")
        former, self.governance, self.proposed = self.governance, actor, ZERO
        return self.emit(ZERO, "GovernanceChanged", {"former": former, "governance": actor})

    def _owner_only(self, actor: bytes, identity: bytes, *, signed: bool) -> None:
        need(actor == self.did.owner(identity), "bad_signature" if signed else "not_owner")

    def _used(self, actor: bytes, *, signed: bool) -> None:
        if signed:
            self.nonce[actor] = self.nonce.get(actor, 0) + 1


def _ended(state: str, keeps: bool) -> str:
    need(state == "granted" or (state == "kept" and not keeps), "not_granted")
    return "kept" if keeps else "ended"


@dataclass
class StatusList:
    identity: bytes
    width: int
    size: int
    committer: bytes = ZERO
    head: Head = field(default_factory=Head)


@dataclass
class StatusModel:
    """Lists, who writes them, and their heads."""

    did: DidModel
    lists: dict[bytes, StatusList] = field(default_factory=dict)
    nonce: dict[bytes, int] = field(default_factory=dict)
    events: Events = field(default_factory=lambda: Events("StatusRegistry"))

    @staticmethod
    def list_id(identity: bytes, url: str) -> bytes:
        return hashlib.sha256(identity + url.encode()).digest()

    def create(self, actor: bytes, identity: bytes, shape: tuple[str, int, int, str], *, signed: bool) -> Log:
        url, width, size, purposes = shape
        need(actor == self.did.owner(identity), "bad_signature" if signed else "not_owner")
        need(url, "no_url")
        need(width in (1, 2, 4, 8), "bad_width")
        need(0 < size <= (1 << 32) // width, "bad_size")
        list_id = self.list_id(identity, url)
        need(list_id not in self.lists, "list_exists")
        self._used(actor, signed=signed)
        made = self.lists[list_id] = StatusList(identity, width, size)
        params = {"identity": identity, "listId": list_id, "url": url, "width": width, "size": size}
        params["purposes"] = purposes
        made.head.running = self.events.running(bytes(28), "ListCreated", params)
        return self.events.log("ListCreated", params)

    def set_committer(self, actor: bytes, list_id: bytes, committer: bytes, *, signed: bool) -> Log:
        need(list_id in self.lists, "no_list")
        held = self.lists[list_id]
        need(actor == self.did.owner(held.identity), "bad_signature" if signed else "not_owner")
        self._used(actor, signed=signed)
        held.committer = committer
        params = {"listId": list_id, "committer": committer, "previous": held.head.running}
        held.head.running = self.events.running(held.head.running, "CommitterChanged", params)
        return self.events.log("CommitterChanged", params)

    def commit(self, actor: bytes, list_id: bytes, version: int, parts: tuple[bytes, ...]) -> Log:
        held = self.lists.get(list_id)
        cleared = parts[1]
        if held is None or cleared or actor != held.committer:
            need(held is not None, "no_list")
            assert held is not None
            need(actor == self.did.owner(held.identity), "not_allowed")
        need(version == held.head.version + 1, "version_gap")
        names = ("set", "cleared", "digest", "root")
        params = {"listId": list_id, "version": version, **dict(zip(names, parts, strict=True))}
        params["previous"] = held.head.running
        held.head = Head(version, self.events.running(held.head.running, "Committed", params))
        return self.events.log("Committed", params)

    def _used(self, actor: bytes, *, signed: bool) -> None:
        if signed:
            self.nonce[actor] = self.nonce.get(actor, 0) + 1
