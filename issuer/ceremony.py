"""The network file's ceremony: the next version, one signature after the other, and who has signed.

Nothing here needs a chain: root keys live on machines without a network (design: the network file).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clicid.codec import instant
from clicid.errors import ClicidError, LocalError, Refused
from clicid.keys.algorithms import ED25519
from clicid.ledger.network import NetworkFile, check_expiry, check_succession, signers, verify

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from clicid.keys.public import PublicKey
    from clicid.keys.store import KeyRef, KeyStore
    from clicid.ledger.network import Roots


@dataclass(frozen=True, slots=True)
class Ceremony:
    """A file that is being signed, and the one whose place it shall take.

    Args:
        file: What is signed.
        old: The version in use; None for a network's first file.
    """

    file: NetworkFile
    old: NetworkFile | None = None

    def groups(self) -> dict[str, Roots]:
        """Whose thresholds must sign."""
        own = {"roots": self.file.roots}
        return own if self.old is None else own | {"roots of the version in use": self.old.roots}

    def sign(self, keystore: KeyStore, ref: KeyRef, now: datetime) -> NetworkFile:
        """The file with the signature of one root.

        Raises:
            Refused: `network.root` for a key that is no root here, `network.expired`,
                `network.rollback` for a file that does not follow the old one.
            LocalError: `keystore.*`.
        """
        key = keystore.public(ref)
        if not any(key in roots.keys for roots in self.groups().values()):
            raise Refused("network.root", ref.name, key.to_multikey())
        check_expiry(self.file, now)
        self._check_order()
        return self.file.with_signature(key, keystore.sign(ref, self.file.to_be_signed(), ED25519))

    def collect(self, copies: Iterable[NetworkFile]) -> NetworkFile:
        """The file with the good signatures that roots have put on copies of it.

        Raises:
            LocalError: `network.digest` for a copy of something else.
        """
        wanted = {key for roots in self.groups().values() for key in roots.keys}
        file = self.file
        for copy in copies:
            if copy.digest() != file.digest():
                raise LocalError("network.digest", detail=f"{copy.digest().hex()}, not {file.digest().hex()}")
            good = signers(copy) & wanted
            for key, signature in copy.signatures:
                if key in good:
                    file = file.with_signature(key, signature)
        return file

    def missing(self) -> dict[str, tuple[int, tuple[PublicKey, ...]]]:
        """By group: how many signatures are still wanted, and which keys have not signed."""
        good = signers(self.file)
        return {
            name: (
                max(roots.threshold - len(good.intersection(roots.keys)), 0),
                tuple(key for key in roots.keys if key not in good),
            )
            for name, roots in self.groups().items()
        }

    def trouble(self, now: datetime) -> ClicidError | None:
        """Why the file may not be used yet or any more; None if it may, where its kind is accepted."""
        try:
            verify(self.file, kinds={self.file.kind}, now=now)
            if self.old is not None:
                check_succession(self.old, self.file)
        except Refused as error:
            return error
        return None

    def told(self, now: datetime) -> Iterator[str]:
        """Everything that stands in the file, for people to compare, a line at a time."""
        yield from _content(self.file, now)
        good = signers(self.file)
        for name, roots in self.groups().items():
            yield f"{name}: {roots.threshold} of {len(roots.keys)} must sign"
            for key in roots.keys:
                yield f"  {key.to_multikey()}  {'signed' if key in good else 'has not signed'}"
        known = {key for roots in self.groups().values() for key in roots.keys}
        for key, _ in self.file.signatures:
            if key not in good:
                yield f"WRONG signature in the name of {key.to_multikey()}"
            elif key not in known:
                yield f"signature of a key that is no root: {key.to_multikey()}"

    def _check_order(self) -> None:
        old, new = self.old, self.file
        if old is None:
            return
        same = (old.chain_id, old.kind) == (new.chain_id, new.kind)
        if not same or new.version <= old.version:
            raise Refused("network.rollback", "/version", f"{old.version} is in use, {new.version} is signed")


def read(path: Path) -> NetworkFile:
    """A network file that nobody has vouched for yet.

    Raises:
        LocalError: `config.file`.
        Refused: `codec.*`, `keys.*`.
    """
    try:
        return NetworkFile.parse(path.read_bytes())
    except OSError as error:
        raise LocalError("config.file", str(path), error.strerror or "") from None


def _content(file: NetworkFile, now: datetime) -> Iterator[str]:
    days = (file.expires - now).days
    yield f"digest      {file.digest().hex()}"
    yield f"version     {file.version}"
    yield f"kind        {file.kind}"
    yield f"chain       {file.chain_id}, with block {file.checkpoint.number} 0x{file.checkpoint.hash.hex()}"
    for name, place in file.contracts.items():
        yield f"contract    {name} 0x{place.address.hex()} since block {place.block}"
        yield f"            code {place.code_sha256.hex()}"
    yield f"governance  0x{file.governance.hex()}"
    yield f"vocabulary  {file.vocabulary}"
    yield f"expires     {instant.format_stamp(file.expires)} ({days} days)"
