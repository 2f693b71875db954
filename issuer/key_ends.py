"""How a credential key ends: retired, its private half destroyed; or compromised, for all to know.

Design: a key ends in one of two ways. What was signed under a retired key stays good until it expires,
so the key's entry on chain must outlive it. What was signed under a compromised one is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from clicid.adapters import clock
from clicid.codec import instant
from clicid.errors import LocalError
from issuer.documents import credential_types
from issuer.usecases import auditing
from issuer.usecases.configurations import offered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clicid.did.ethr import EthrKey
    from clicid.keys.public import PublicKey
    from clicid.keys.store import KeyRef
    from issuer.identity import Identity
    from issuer.settings import CredentialKey

_BY: Final = "command line"


@dataclass(frozen=True, slots=True)
class Signed:
    """What is out and valid under keys of one algorithm: how many copies, and when the last ends."""

    count: int
    last: datetime | None


def signed_under(identity: Identity, public: PublicKey) -> Signed:
    """What a key may have signed, as the database knows it.

    Copies are not told apart by key, so that those of an earlier or later key of the algorithm are counted
    too. Of what was secured over the VC API there are only digests in the database.
    """
    ground = identity.ground
    with ground.env.store.reading() as tx:
        return Signed(*tx.issuance.out_under(_configurations(identity, public), ground.env.now()))


def _configurations(identity: Identity, public: PublicKey) -> list[str]:
    """The ids of what is signed with keys of this one's algorithm."""
    rows = offered(*credential_types(identity.ground.network.vocabulary)).values()
    return [row.id for row in rows if row.alg == public.algorithm.name]


def check_retirable(identity: Identity, ref: KeyRef) -> EthrKey:
    """The entry of a key that may be retired now.

    1. The configuration no longer names it, and the keys that it names are on chain, in force.
    2. It is on chain, not revoked and not compromised.
    3. Its entry runs at least to the end of the last credential that it may have signed.

    Raises:
        LocalError: `key.in_use`, `key.not_on_chain`, `key.ended`, `key.ends_early`, `keystore.unknown`.
    """
    keystore, settings = identity.ground.keystore, identity.ground.config.keys
    for named in (settings.sd_jwt, settings.data_integrity):
        if named.name == ref.name:
            raise LocalError("key.in_use", ref.name, "name another one, and start the issuer again")
        _check_in_force(identity, named)
    public = keystore.public(ref)
    entry = identity.key(public)
    if entry is None:
        raise LocalError("key.not_on_chain", ref.name)
    if entry.ended_at is not None or entry.compromised_from is not None:
        raise LocalError("key.ended", identity.kid(entry))
    last, until = signed_under(identity, public).last, _instant(entry.valid_to)
    if last is not None and until < last:
        detail = f"{instant.format_stamp(until)}, before {instant.format_stamp(last)}"
        raise LocalError("key.ends_early", identity.kid(entry), detail)
    return entry


def retire(identity: Identity, ref: KeyRef) -> None:
    """Destroy the private half of a key that `check_retirable` let pass."""
    entry = check_retirable(identity, ref)
    identity.ground.keystore.remove(ref)
    record(identity, "retire-key", identity.kid(entry))


def consequences(identity: Identity, entry: EthrKey, block: int) -> Iterator[str]:
    """What a statement about a key would mean, a line at a time. Nothing is written."""
    public = identity.public(entry)
    yield f"{identity.kid(entry)}  {state_of(entry)}"
    if public is not None:
        signed = signed_under(identity, public)
        yield f"{signed.count} credentials are out that were signed with {public.algorithm.name}"
        env = identity.ground.env
        with env.store.reading() as tx:
            kept = tx.issuance.anchored_before(_configurations(identity, public), block, env.now())
        yield f"{kept} of them are anchored before block {block}"
    yield f"Those under this key are refused, but for what was anchored before block {block}."
    if entry.compromised_from is not None and entry.compromised_from <= block:
        yield f"It is stated already, from block {entry.compromised_from}; that cannot be made later."
    elif block <= entry.from_block:
        yield f"The key stands there since block {entry.from_block}: nothing under it will count."


def record(identity: Identity, act: str, subject: str, detail: str = "") -> None:
    """Write an act on a key into the audit table."""
    env = identity.ground.env
    with env.store.writing() as tx:
        auditing.record(tx, env, actor=_BY, act=act, subject=subject, detail=detail)


def state_of(entry: EthrKey) -> str:
    """How an entry on chain stands, for people."""
    if entry.compromised_from is not None:
        return f"compromised from block {entry.compromised_from}"
    if entry.ended_at is not None:
        return f"revoked {instant.format_stamp(_instant(entry.ended_at))}"
    return f"until {instant.format_stamp(_instant(entry.valid_to))}"


def _check_in_force(identity: Identity, named: CredentialKey) -> None:
    keystore = identity.ground.keystore
    ref = keystore.find(named.name)
    entry = None if ref is None else identity.key(keystore.public(ref))
    good = entry is not None and entry.ended_at is None and entry.compromised_from is None
    if (
        entry is None
        or not good
        or identity.kid(entry) != named.id
        or _instant(entry.valid_to) <= clock.now()
    ):
        raise LocalError("key.not_on_chain", named.id, f"the configuration names it for {named.name}")


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(min(seconds, instant.MAX_NUMERIC_DATE), UTC)
