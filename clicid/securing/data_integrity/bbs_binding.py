"""The three ways of BBS behind the features of bbs-2023: plain, blind, and with a pseudonym."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clicid.errors import LocalError
from clicid.keys import bbs
from clicid.securing.data_integrity.bbs_values import Pseudonym

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clicid.keys.public import PublicKey
    from clicid.securing.data_integrity.bbs_values import BaseValue, DerivedValue


@dataclass(frozen=True, slots=True)
class HolderSecrets:
    """What a holder keeps of a commitment that it made for an issuer.

    Args:
        prover_blind: From `bbs.commit` or `bbs.nym_commit`.
        holder_secret: The message committed to, if the credential is bound to one.
        prover_nym: The holder's part of the nym secret, if it has pseudonyms.
    """

    prover_blind: bytes = field(repr=False)
    holder_secret: bytes | None = field(default=None, repr=False)
    prover_nym: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Presented:
    """A derived proof's own part: the proof, and what it is bound to."""

    bbs_proof: bytes = field(repr=False)
    pseudonym: Pseudonym | None
    count: int | None


@dataclass(frozen=True, slots=True)
class Signed:
    """What an issuer has signed for a holder, and what the holder alone knows of it.

    Args:
        key: The issuer's, by the proof value.
        value: The proof value.
        messages: The statements that are not mandatory.
        secrets: The holder's; None if the issuer has seen all it signed.
    """

    key: PublicKey
    value: BaseValue = field(repr=False)
    messages: tuple[bytes, ...] = field(repr=False)
    secrets: HolderSecrets | None = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse to go on (`LocalError`, `securing.secrets`) with secrets that are not the feature's."""
        feature, secrets = self.value.feature, self.secrets
        has_holder_secret = secrets is not None and secrets.holder_secret is not None
        has_nym = secrets is not None and secrets.prover_nym is not None
        wanted = (feature.is_blind, bool(feature.committed), feature.has_nym)
        if (secrets is not None, has_holder_secret, has_nym) != wanted:
            raise LocalError("securing.secrets", detail=f"for {feature}")

    def verify(self) -> None:
        """Return if the key has signed it for this holder.

        Raises:
            Refused: `keys.signature`, `keys.bbs_messages`; `keys.format` for secrets that are none.
        """
        key, signature, header = self.key, self.value.signature, self.value.header
        if self.secrets is None:
            bbs.verify(key, signature, self.messages, header=header)
            return
        blind, committed, nym_secret = self.secrets.prover_blind, self._committed(), self._nym_secret()
        if nym_secret is None:
            bbs.blind_verify(
                key, signature, self.messages, committed_messages=committed, prover_blind=blind, header=header
            )
            return
        bbs.nym_verify(
            key,
            signature,
            self.messages,
            committed_messages=committed,
            prover_blind=blind,
            nym_secret=nym_secret,
            header=header,
        )

    def present(
        self,
        chosen: Sequence[int],
        domain: str | None,
        presentation_header: bytes,
        random: Callable[[int], bytes],
    ) -> Presented:
        """Prove that there is a signature, showing the chosen messages.

        Raises:
            Refused: `keys.signature`, `keys.bbs_messages`, `keys.bbs_random`; `keys.format`.
            LocalError: `securing.secrets` for a domain without a nym, or a nym without a domain.
        """
        if (domain is not None) != self.value.feature.has_nym:
            raise LocalError("securing.secrets", detail="a domain goes with a pseudonym")
        key, signature, header = self.key, self.value.signature, self.value.header
        if self.secrets is None:
            proof = bbs.proof_gen(
                key,
                signature,
                self.messages,
                chosen,
                header=header,
                presentation_header=presentation_header,
                random=random,
            )
            return Presented(proof, None, None)
        blind, committed, nym_secret = self.secrets.prover_blind, self._committed(), self._nym_secret()
        if nym_secret is None or domain is None:
            proof = bbs.blind_proof_gen(
                key,
                signature,
                self.messages,
                chosen,
                committed_messages=committed,
                prover_blind=blind,
                header=header,
                presentation_header=presentation_header,
                random=random,
            )
            return Presented(proof, None, len(self.messages))
        name = domain.encode()
        proof = bbs.nym_proof_gen(
            key,
            signature,
            self.messages,
            chosen,
            committed_messages=committed,
            prover_blind=blind,
            nym_secret=nym_secret,
            nym_domain=name,
            header=header,
            presentation_header=presentation_header,
            random=random,
        )
        pseudonym = Pseudonym(domain, bbs.calculate_pseudonym(nym_secret, name))
        return Presented(proof, pseudonym, len(self.messages))

    def _committed(self) -> list[bytes]:
        secret = self.secrets.holder_secret if self.secrets else None
        return [] if secret is None else [secret]

    def _nym_secret(self) -> bytes | None:
        ours, theirs = (self.secrets.prover_nym if self.secrets else None), self.value.signer_nym_entropy
        return None if ours is None or theirs is None else bbs.combine_nym(ours, theirs)


def verify_derived(key: PublicKey, value: DerivedValue, statements: Sequence[bytes], header: bytes) -> None:
    """Return if whoever made a derived proof has a signature by `key`, and the pseudonym if there is one.

    Raises:
        Refused: `keys.signature`, `keys.bbs_messages`.
    """
    bbs_proof, indexes, presentation_header = value.bbs_proof, value.selective, value.presentation_header
    if value.count is None:
        bbs.proof_verify(
            key, bbs_proof, statements, indexes, header=header, presentation_header=presentation_header
        )
    elif value.pseudonym is None:
        bbs.blind_proof_verify(
            key,
            bbs_proof,
            statements,
            indexes,
            count=value.count,
            committed=value.feature.committed,
            header=header,
            presentation_header=presentation_header,
        )
    else:
        bbs.nym_proof_verify(
            key,
            bbs_proof,
            statements,
            indexes,
            pseudonym=value.pseudonym.value,
            nym_domain=value.pseudonym.domain.encode(),
            count=value.count,
            committed=value.feature.committed,
            header=header,
            presentation_header=presentation_header,
        )
