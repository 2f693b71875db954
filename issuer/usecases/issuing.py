"""OpenID4VCI from the access token on, over the store: the core decides, this keeps.

Issuing a credential takes two transactions with the signatures between them. The first spends the
nonce and reserves status indexes; the second records what is handed out. Killed in between, the
wallet's next try gets fresh indexes, and those reserved before are void for ever: an index is never
given out twice, and nothing that was not recorded was ever sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from clicid.errors import LocalError, Refused, RemoteError
from clicid.oid4vci.credential import CredentialResponse, NotificationEvent
from clicid.oid4vci.errors import Wire
from clicid.oid4vci.issuance import (
    CredentialRequested,
    CredentialsMade,
    Grant,
    NonceSpent,
    NonceWanted,
    Noted,
    NotificationSent,
)
from clicid.trust.issuance import InclusionProof
from issuer.usecases.indexes import draw
from issuer.usecases.minting import Order
from issuer.usecases.offering import threshold_name
from issuer.usecases.profile import profile_of
from issuer.usecases.records import Copy, CopyState
from issuer.usecases.revocation import REVOKED
from issuer.usecases.walking import Walk

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clicid.formats.base import Validity
    from clicid.oid4vci.credential import Credential, CredentialRequest, NonceResponse, NotificationRequest
    from clicid.oid4vci.issuer import Issuer
    from clicid.oid4vci.proof import VerifiedProof
    from clicid.oid4vci.token import PresentedToken
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
class _Reserved:
    grant: Grant
    copies: tuple[Copy, ...]
    profile: Profile
    threshold: int


class Issuing:
    """Nonce, credential and notification endpoint.

    Args:
        env: Store, keys, time, randomness.
        core: The issuer's role of OpenID4VCI.
        offered: Our configurations.
        mint: Makes and signs credentials.
        test_people: The sandbox's forced endings; empty outside one.
        wake: Called when a status changed with an issuing.
        active_lists: Over how many status lists copies are spread.
        worker: This process's name: what an earlier life of it had reserved is void.
    """

    def __init__(
        self,
        env: Environment,
        core: Issuer,
        offered: Mapping[str, Offered],
        mint: Mint,
        *,
        test_people: Mapping[str, TestPerson],
        wake: Callable[[], None],
        active_lists: int,
        worker: str,
    ) -> None:
        self._env = env
        self._active_lists = active_lists
        self._worker = worker
        self._core = core
        self._offered = offered
        self._mint = mint
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
        made = self._core.nonce(now=self._env.now(), random=self._env.random)
        with self._env.store.writing() as tx:
            tx.issuance.add_nonce(bytes.fromhex(made.digest), made.expires_at)
        return made.response

    def credential(self, access_token: PresentedToken, request: CredentialRequest) -> CredentialResponse:
        """Issue a credential (OpenID4VCI 8).

        Raises:
            RemoteError: With the wire code for the peer; `invalid_nonce` also where what was signed has been
                voided meanwhile: with a fresh nonce the wallet may ask again.
        """
        lookup = bytes.fromhex(self._core.digest(access_token.value))
        with self._env.store.writing() as tx:
            reserved = self._reserve(tx, lookup, CredentialRequested(access_token, request))
        if isinstance(reserved, RemoteError):
            raise reserved
        minted = [self._make(reserved, copy, proof) for copy, proof in _pairs(reserved)]
        credentials = tuple(one.credential for one in minted)
        with self._env.store.writing() as tx:
            reply = self._walk(tx, lookup, CredentialsMade(reserved.grant, credentials))
            if isinstance(reply, CredentialResponse):
                self._handed_out(tx, reserved, reply)
                for copy, one in zip(reserved.copies, minted, strict=True):
                    if one.digest is not None:
                        tx.issuance.add_leaf(one.digest, copy.id, self._env.now())
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

    def _reserve(self, tx: Transaction, lookup: bytes, event: CredentialRequested) -> _Reserved | RemoteError:
        reply = self._walk(tx, lookup, event)
        if isinstance(reply, NonceWanted):
            fresh = tx.issuance.use_nonce(bytes.fromhex(reply.digest), self._env.now())
            reply = self._walk(tx, lookup, NonceSpent(reply.grant, fresh))
        if isinstance(reply, RemoteError):
            return reply
        found = tx.issuance.grant(lookup)
        if not isinstance(reply, Grant) or found is None:
            raise LocalError("oid4vci.sequence", detail="no grant")
        if any(tx.issuance.holder_known(self._holder(proof)) for proof in reply.holders):
            return RemoteError(Wire.INVALID_PROOF, "oid4vci.proof_header", detail="a key used before")
        for copy in tx.issuance.copies_of_offer(found.id, reply.configuration_id):
            if copy.state is CopyState.RESERVED:
                self._void(tx, copy)
        profile = profile_of(tx, found.person_id)
        threshold = tx.vault.get(found.person_id, threshold_name(found.id)) or b"0"
        copies = tuple(self._copy(tx, found, reply, proof, profile) for proof in reply.holders)
        return _Reserved(reply, copies, profile, int(threshold))

    def _copy(
        self, tx: Transaction, found: GrantRow, grant: Grant, proof: VerifiedProof, profile: Profile
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
                raise RemoteError(Wire.INVALID_NONCE, "oid4vci.nonce", detail="voided while it was signed")
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
        tx.issuance.set_state(copy.id, CopyState.VOID)
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


def _uuid4(raw: bytes) -> str:
    text = (int.from_bytes(raw, "big") & ~(0xF << 76) | 4 << 76) & ~(3 << 62) | 2 << 62
    digits = f"{text:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
