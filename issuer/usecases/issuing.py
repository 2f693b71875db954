"""OpenID4VCI from the access token on, over the store: the core decides, this keeps.

Issuing a credential takes two transactions with the signatures between them. The first spends the
nonce and reserves status indexes; the second records what is handed out. Killed in between, the
wallet's next try gets fresh indexes, and those reserved before are void for ever: an index is never
given out twice, and nothing that was not recorded was ever sent. What is deferred stands in the stored
state with its keys, until the transaction that records it as handed out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from clicid.errors import LocalError, Refused, RemoteError
from clicid.oid4vci.credential import CredentialResponse, DeferredResponse, NotificationEvent
from clicid.oid4vci.errors import Wire
from clicid.oid4vci.issuance import (
    CredentialRequested,
    CredentialsMade,
    DeferredRequested,
    Denied,
    Grant,
    NonceSpent,
    NonceWanted,
    Noted,
    NotificationSent,
    NotReady,
)
from clicid.trust.issuance import InclusionProof
from issuer.usecases.entitlement import can_have, person_of, subject_of
from issuer.usecases.indexes import draw
from issuer.usecases.minting import Order
from issuer.usecases.records import Copy, CopyState
from issuer.usecases.revocation import REVOKED
from issuer.usecases.walking import Walk

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clicid.formats.base import Validity
    from clicid.oid4vci.credential import (
        Credential,
        CredentialRequest,
        DeferredRequest,
        NonceResponse,
        NotificationRequest,
    )
    from clicid.oid4vci.issuance import Reply
    from clicid.oid4vci.issuer import Issuer
    from clicid.oid4vci.proof import VerifiedProof
    from clicid.oid4vci.token import PresentedToken
    from issuer.usecases.attestations import AttestationStatuses
    from issuer.usecases.configurations import Offered
    from issuer.usecases.environment import Environment
    from issuer.usecases.minting import Mint
    from issuer.usecases.ports import Transaction
    from issuer.usecases.profile import Profile
    from issuer.usecases.records import GrantRow
    from issuer.usecases.signing import Minted
    from issuer.usecases.test_people import TestPerson

SIGNING: Final = timedelta(minutes=10)
"""Whoever has not handed out by then what was reserved never will."""
_NOTIFIED: Final = {
    NotificationEvent.ACCEPTED: CopyState.ACCEPTED,
    NotificationEvent.FAILURE: CopyState.VOID,
    NotificationEvent.DELETED: CopyState.VOID,
}


@dataclass(frozen=True, slots=True)
class _Granted:
    """What the core permits, and the keyed hash under which its grant is found."""

    lookup: bytes
    grant: Grant


@dataclass(frozen=True, slots=True)
class _Reserved:
    lookup: bytes
    grant: Grant
    copies: tuple[Copy, ...]
    profile: Profile
    threshold: int


class _VoidedError(Exception):
    """What was signed has been voided meanwhile: nothing of it is recorded."""


class Issuing:
    """Nonce, credential, deferred credential and notification endpoint.

    Args:
        env: Store, keys, time, randomness.
        core: The issuer's role of OpenID4VCI.
        offered: Our configurations.
        mint: Makes and signs credentials.
        attestations: Looks up whether attestations of keys were revoked.
        test_people: The sandbox's forced endings; empty outside one.
        wake: Called when a status changed with an issuing.
        active_lists: Over how many status lists copies are spread.
        copies: How many copies of a configuration a grant gives, and so how many are made at a time.
        worker: This process's name: what an earlier life of it had reserved is void.
    """

    def __init__(
        self,
        env: Environment,
        core: Issuer,
        offered: Mapping[str, Offered],
        mint: Mint,
        attestations: AttestationStatuses,
        *,
        test_people: Mapping[str, TestPerson],
        wake: Callable[[], None],
        active_lists: int,
        copies: int,
        worker: str,
    ) -> None:
        self._env = env
        self._copies = copies
        self._active_lists = active_lists
        self._worker = worker
        self._core = core
        self._offered = offered
        self._mint = mint
        self._attestations = attestations
        self._test_people = test_people
        self._wake = wake
        self._walk = Walk(env, core)

    def recover(self) -> int:
        """Void what this worker had reserved and not handed out when it was stopped; gives how many."""
        return self._void_where(lambda copy: copy.worker == self._worker)

    def let_go(self) -> int:
        """Void what any worker had begun so long ago that it never hands it out; gives how many."""
        begun_before = self._env.now() - SIGNING
        return self._void_where(lambda copy: copy.issued_at < begun_before)

    def nonce(self) -> NonceResponse:
        """A fresh nonce (OpenID4VCI 7)."""
        now = self._env.now()
        made = self._core.nonce(now=now, random=self._env.random)
        with self._env.store.writing() as tx:
            tx.issuance.add_nonce(bytes.fromhex(made.digest), made.expires_at, now)
        return made.response

    def credential(
        self, access_token: PresentedToken, request: CredentialRequest, *, encrypted: bool
    ) -> CredentialResponse | DeferredResponse:
        """Issue a credential, or say when to come back for it (OpenID4VCI 8).

        Args:
            access_token: As presented.
            request: What is asked for.
            encrypted: Whether the request was.

        Raises:
            RemoteError: With the wire code for the peer; `invalid_nonce` also where what was signed has been
                voided meanwhile: with a fresh nonce the wallet may ask again.
            Undecided: `oid4vci.attestation_status` where it is not known whether an attestation was revoked.
        """
        lookup = bytes.fromhex(self._core.digest(access_token.value))
        with self._env.store.writing() as tx:
            begun = self._begin(tx, lookup, CredentialRequested(access_token, request, encrypted))
        if isinstance(begun, _Granted):
            # Who attested the keys is asked outside of any transaction; the nonce is spent all the same.
            self._attestations.check(begun.grant.attested, Wire.INVALID_PROOF)
            with self._env.store.writing() as tx:
                begun = self._reserve(tx, begun)
        try:
            return self._finish(begun)
        except _VoidedError:
            raise RemoteError(
                Wire.INVALID_NONCE, "oid4vci.nonce", detail="voided while it was signed"
            ) from None

    def deferred(
        self, access_token: PresentedToken, request: DeferredRequest, *, encrypted: bool
    ) -> CredentialResponse | DeferredResponse:
        """Hand out what was deferred, or say when to come back for it (OpenID4VCI 9).

        Args:
            access_token: As presented.
            request: Which transaction.
            encrypted: Whether the request was.

        Raises:
            RemoteError: With the wire code for the peer.
        """
        lookup = bytes.fromhex(self._core.digest(access_token.value))
        with self._env.store.writing() as tx:
            begun = self._begin(tx, lookup, DeferredRequested(access_token, request, encrypted))
        try:
            return self._finish(begun)
        except _VoidedError:
            # Another request for the same came in between, and is being answered; or this one took too long.
            return DeferredResponse(request.transaction_id, 1)

    def _finish(
        self, begun: _Reserved | _Granted | DeferredResponse | RemoteError
    ) -> CredentialResponse | DeferredResponse:
        if isinstance(begun, RemoteError):
            raise begun
        if isinstance(begun, DeferredResponse):
            return begun
        if not isinstance(begun, _Reserved):
            raise LocalError("oid4vci.sequence", detail="nothing was reserved")
        minted = [self._make(begun, copy, proof) for copy, proof in _pairs(begun)]
        credentials = tuple(one.credential for one in minted)
        with self._env.store.writing() as tx:
            reply = self._walk(tx, begun.lookup, CredentialsMade(begun.grant, credentials))
            if isinstance(reply, CredentialResponse):
                self._handed_out(tx, begun, reply)
                for copy, one in zip(begun.copies, minted, strict=True):
                    if one.digest is not None:
                        tx.issuance.add_leaf(one.digest, copy.id, self._env.now())
            else:
                for copy in begun.copies:
                    self._void(tx, copy)
        self._wake()
        if isinstance(reply, RemoteError):
            raise reply
        if not isinstance(reply, CredentialResponse):
            raise LocalError("oid4vci.sequence", detail="no credential")
        return reply

    def inclusion_proof(self, digest: bytes) -> InclusionProof:
        """The proof that a credential stands under an issuance root, once its block is final.

        Raises:
            Refused: ``http.not_found`` for a digest that is none of ours, or not that far yet.
        """
        with self._env.store.reading() as tx:
            proof = tx.issuance.inclusion_proof(digest)
        if proof is None:
            raise Refused("http.not_found")
        return InclusionProof.from_bytes(proof)

    def notification(self, access_token: PresentedToken, request: NotificationRequest) -> None:
        """Take note of what became of credentials (OpenID4VCI 11).

        Raises:
            RemoteError: With the wire code for the peer.
        """
        lookup = bytes.fromhex(self._core.digest(access_token.value))
        with self._env.store.writing() as tx:
            reply = self._walk(tx, lookup, NotificationSent(access_token, request))
            if isinstance(reply, Noted):
                for copy in tx.issuance.copies_notified(self._notified(request.notification_id)):
                    tx.issuance.set_state(copy.id, _NOTIFIED[request.event])
        if isinstance(reply, RemoteError):
            raise reply

    def _begin(
        self, tx: Transaction, lookup: bytes, event: CredentialRequested | DeferredRequested
    ) -> _Reserved | _Granted | DeferredResponse | RemoteError:
        reply = self._walk(tx, lookup, event)
        if isinstance(reply, NonceWanted):
            fresh = tx.issuance.use_nonces([*map(bytes.fromhex, reply.digests)], self._env.now())
            reply = self._walk(tx, lookup, NonceSpent(reply.grant, fresh))
        if isinstance(reply, RemoteError):
            return reply
        if not isinstance(reply, Grant):
            raise LocalError("oid4vci.sequence", detail="no grant")
        granted = _Granted(lookup, reply)
        return granted if reply.attested else self._reserve(tx, granted)

    def _reserve(self, tx: Transaction, granted: _Granted) -> _Reserved | DeferredResponse | RemoteError:
        grant, found = granted.grant, tx.issuance.grant(granted.lookup)
        if found is None:
            return RemoteError(Wire.INVALID_TOKEN, "oid4vci.access_token", detail="burnt meanwhile")
        self._make_room(tx, found, grant)
        if any(tx.issuance.holder_known(self._holder(proof)) for proof in grant.holders):
            return RemoteError(Wire.INVALID_PROOF, "oid4vci.key_used", "/proofs")
        person_id = person_of(tx, found)
        if person_id is None:
            return _unready(self._walk(tx, granted.lookup, NotReady(grant)))
        if not person_id:
            return _unready(self._walk(tx, granted.lookup, Denied(grant)))
        profile, threshold = subject_of(tx, person_id, found.id, self._env.now().date())
        if not self._can_have(profile, threshold, grant):
            return _unready(self._walk(tx, granted.lookup, Denied(grant)))
        theirs = replace(found, person_id=person_id)
        copies = tuple(self._copy(tx, theirs, grant, proof, profile) for proof in grant.holders)
        return _Reserved(granted.lookup, grant, copies, profile, threshold)

    def _make_room(self, tx: Transaction, found: GrantRow, grant: Grant) -> None:
        """Void copies under way that leave this request no room: of its own transaction, or the oldest."""
        copies = tx.issuance.copies_of_offer(found.id, grant.configuration_id)
        under_way = [copy for copy in copies if copy.state is CopyState.RESERVED]
        keys = {self._holder(proof) for proof in grant.holders} if grant.transaction_id else set()
        overtaken = [copy for copy in under_way if copy.holder_hash in keys]
        others = sorted(
            (copy for copy in under_way if copy not in overtaken), key=lambda copy: copy.issued_at
        )
        crowding = max(len(others) + len(grant.holders) - self._copies, 0)
        for copy in (*overtaken, *others[:crowding]):
            self._void(tx, copy)

    def _can_have(self, profile: Profile, threshold: int, grant: Grant) -> bool:
        """Whether the person can have it still: what was decided later, or long ago, may not allow it."""
        person, offered = self._test_people.get(profile.rule), self._offered[grant.configuration_id]
        over = self._validity(offered, profile).valid_until <= self._env.now()
        if over and not (person and person.expired):
            return False
        return can_have(offered, profile, threshold, self._env.now().date())

    def _copy(
        self,
        tx: Transaction,
        found: GrantRow,
        grant: Grant,
        proof: VerifiedProof,
        profile: Profile,
    ) -> Copy:
        list_id, index = draw(tx, self._env.random, self._active_lists)
        copy = Copy(
            id=f"urn:uuid:{_uuid4(self._env.random(16))}",
            person_id=found.person_id,
            offer_id=found.id,
            configuration=grant.configuration_id,
            list_id=list_id,
            index=index,
            holder_hash=self._holder(proof),
            state=CopyState.RESERVED,
            valid_until=self._validity(self._offered[grant.configuration_id], profile).valid_until,
            issued_at=self._env.now(),
            worker=self._worker,
        )
        tx.issuance.reserve(copy)
        return copy

    def _make(self, reserved: _Reserved, copy: Copy, proof: VerifiedProof) -> Minted[Credential]:
        return self._mint.make(
            Order(
                offered=self._offered[copy.configuration],
                profile=reserved.profile,
                copy=copy,
                proof=proof,
                valid_from=self._validity(self._offered[copy.configuration], reserved.profile).valid_from,
                threshold=reserved.threshold,
            )
        )

    def _handed_out(self, tx: Transaction, reserved: _Reserved, reply: CredentialResponse) -> None:
        notified = self._notified(reply.notification_id)
        person = self._test_people.get(reserved.profile.rule)
        for copy in reserved.copies:
            if not tx.issuance.hand_out(copy.id, notified):
                raise _VoidedError
            if person and person.flags:
                tx.statuses.set_flags(copy.list_id, copy.index, person.flags)

    def _void_where(self, lost: Callable[[Copy], bool]) -> int:
        with self._env.store.writing() as tx:
            copies = [copy for copy in tx.issuance.copies_in(CopyState.RESERVED) if lost(copy)]
            for copy in copies:
                self._void(tx, copy)
        return len(copies)

    def _void(self, tx: Transaction, copy: Copy) -> None:
        # The index stays taken and reads as revoked, should a signature ever turn up.
        tx.issuance.void(copy.id)
        tx.statuses.set_flags(copy.list_id, copy.index, REVOKED)

    def _validity(self, offered: Offered, profile: Profile) -> Validity:
        person = self._test_people.get(profile.rule)
        expired = bool(person and person.expired)
        return self._mint.validity(offered, profile, self._env.now(), expired=expired)

    def _holder(self, proof: VerifiedProof) -> bytes:
        return self._env.sealer.lookup("holder", proof.holder.thumbprint())

    def _notified(self, notification_id: str) -> bytes:
        return self._env.sealer.lookup("notification", notification_id)


def _pairs(reserved: _Reserved) -> zip[tuple[Copy, VerifiedProof]]:
    return zip(reserved.copies, reserved.grant.holders, strict=True)


def _unready(reply: Reply) -> DeferredResponse | RemoteError:
    if not isinstance(reply, DeferredResponse | RemoteError):
        raise LocalError("oid4vci.sequence", detail="neither deferred nor denied")
    return reply


def _uuid4(raw: bytes) -> str:
    text = (int.from_bytes(raw, "big") & ~(0xF << 76) | 4 << 76) & ~(3 << 62) | 2 << 62
    digits = f"{text:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
