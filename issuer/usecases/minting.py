"""Making one credential: claims, format, signature."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from clicid.codec import base64url, shape, strict_json
from clicid.errors import LocalError
from clicid.formats import jwt_vc, mdoc, sd_jwt_vc
from clicid.formats.base import FormatId, StatusRef, Validity
from clicid.formats.vc_di import sealing as vc_di
from clicid.securing.data_integrity import ECDSA_SD_2023
from issuer.usecases import test_documents
from issuer.usecases.configurations import AGE
from issuer.usecases.profile import age_claims, identity_claims
from issuer.usecases.signing import Minted, mint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json
    from clicid.keys.store import KeyStore
    from clicid.oid4vci.credential import Credential
    from clicid.oid4vci.proof import VerifiedProof
    from clicid.rdf.contexts import Contexts
    from clicid.securing.data_integrity import PreparedDocument
    from issuer.usecases.configurations import CredentialType, Offered
    from issuer.usecases.ports import Random
    from issuer.usecases.profile import Profile
    from issuer.usecases.records import Copy
    from issuer.usecases.signing import DocumentSigner, IssuerKey

_EXPIRED_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class Order:
    """One copy to be made.

    Args:
        offered: Its configuration.
        profile: Whose it is.
        copy: Its id, status entry and end.
        proof: The holder's key.
        valid_from: The day it begins.
        threshold: Of an age statement.
    """

    offered: Offered
    profile: Profile
    copy: Copy
    proof: VerifiedProof
    valid_from: datetime
    threshold: int

    def claims(self) -> dict[str, Json]:
        """What is said of the holder."""
        today = self.valid_from.date()
        if self.offered.type.name == AGE:
            return age_claims(self.profile, self.threshold, today)
        if self.offered.type.name in test_documents.NAMES:
            return test_documents.claims(self.offered.type.name, self.profile, today)
        return identity_claims(self.profile, today)


class Mint:
    """Makes credentials in every format.

    Args:
        keystore: Where the credential keys live.
        keys: The credential key by algorithm name.
        contexts: JSON-LD contexts by hash.
        lists: URL by status list id.
        life: How long a credential lives, at most as long as the document.
        random: A source of random bytes, for salts.
        signer: Signs mdocs; None where none are issued.
    """

    def __init__(
        self,
        keystore: KeyStore,
        keys: Mapping[str, IssuerKey],
        contexts: Contexts,
        lists: Mapping[str, str],
        *,
        life: timedelta,
        random: Random,
        signer: DocumentSigner | None = None,
    ) -> None:
        self._keystore = keystore
        self._keys = keys
        self._contexts = contexts
        self._lists = lists
        self._life = life
        self._random = random
        self._signer = signer

    def validity(self, offered: Offered, profile: Profile, now: datetime, *, expired: bool) -> Validity:
        """From and until, rounded to the day: the start of today, and the end of life or document.

        Raises:
            LocalError: `mdoc.signer_expired` for an mdoc while its signer's certificate does not hold.
        """
        start = datetime.combine(now.date(), time(), UTC)
        if expired:
            return Validity(start - timedelta(days=2 * _EXPIRED_DAYS), start - timedelta(days=_EXPIRED_DAYS))
        until = start + self._life
        if profile.fields.expiry_date is not None:
            last_day = datetime.combine(profile.fields.expiry_date, time(), UTC)
            until = min(until, last_day + timedelta(days=1))
        if offered.format is FormatId.MDOC:
            until = min(until, self._signer_until(now))
        return Validity(start, until)

    def _signer_until(self, now: datetime) -> datetime:
        """The last midnight that the signer's certificate sees."""
        signer = self._document_signer()
        until = datetime.combine(signer.not_after.date(), time(), UTC)
        if not signer.not_before <= now < until:
            raise LocalError("mdoc.signer_expired", "keys.document_signer", "renew its certificate")
        return until

    def _document_signer(self) -> DocumentSigner:
        if self._signer is None:
            raise LocalError("oid4vci.configuration", detail="no document signer is configured")
        return self._signer

    def make(self, order: Order) -> Minted[Credential]:
        """One signed credential, as the credential response carries it, and its digest."""
        if order.offered.format is FormatId.SD_JWT_VC:
            return self._sd_jwt(order)
        if order.offered.format is FormatId.MDOC:
            return self._mdoc(order)
        if order.offered.format is FormatId.JWT_VC:
            return self._jwt(order)
        return self._ldp(order)

    def _sd_jwt(self, order: Order) -> Minted[Credential]:
        key = self._keys[order.offered.alg]
        prepared = sd_jwt_vc.prepare_credential(
            key.identity,
            order.claims(),
            vct=order.offered.type.vct,
            vct_integrity=order.offered.type.integrity,
            holder=order.proof.holder,
            validity=Validity(order.valid_from, order.copy.valid_until),
            status=self._status(order),
            always=order.offered.type.always,
            random=self._random,
        )
        made = mint(prepared, self._keystore, key.ref)
        return Minted(made.credential.decode(), made.digest)

    def _mdoc(self, order: Order) -> Minted[Credential]:
        signer, until = self._document_signer(), order.copy.valid_until
        # Rounded to the day, but within the certificate's dates; nothing is valid before it is signed.
        signed = max(order.valid_from, signer.not_before)
        # What is over from the beginning, a test person's, was never within them.
        valid_from = signed if signed < until else order.valid_from
        prepared = mdoc.prepare_credential(
            signer.certificate,
            order.offered.type.document.of_claims(order.claims()),
            doc_type=order.offered.type.document.doctype,
            holder=order.proof.holder,
            signed=signed,
            validity=Validity(valid_from, until),
            status=self._status(order),
            random=self._random,
        )
        made = mint(prepared, self._keystore, signer.ref)
        return Minted(base64url.encode(made.credential), made.digest)

    def _jwt(self, order: Order) -> Minted[Credential]:
        key, kind = self._keys[order.offered.alg], order.offered.type
        sealing = jwt_vc.Sealing(
            key.identity,
            order.offered.alg,
            order.copy.id,
            holder=order.proof.did,
            validity=Validity(order.valid_from, order.copy.valid_until),
            status=self._status(order),
        )
        prepared = jwt_vc.prepare_credential(
            self._subject(order),
            sealing,
            credential_type=kind.name,
            more_contexts=(kind.context,),
            contexts=self._contexts,
        )
        made = mint(prepared, self._keystore, key.ref)
        return Minted(made.credential.decode(), made.digest)

    def _ldp(self, order: Order) -> Minted[Credential]:
        key = self._keys[order.offered.alg]
        made = mint(self._prepared(order, self._document(order)), self._keystore, key.ref)
        return Minted(shape.as_object(strict_json.loads(made.credential)), made.digest)

    def _document(self, order: Order) -> dict[str, Json]:
        """The W3C credential, before anything secures it."""
        kind = order.offered.type
        return vc_di.credential_document(
            self._keys[order.offered.alg].identity,
            self._subject(order),
            credential_id=order.copy.id,
            credential_type=kind.name,
            more_contexts=(kind.context,),
            holder=order.proof.did,
            validity=Validity(order.valid_from, order.copy.valid_until),
            status_ref=self._status(order),
            named=kind.named,
        )

    def _subject(self, order: Order) -> dict[str, Json]:
        """What a W3C credential says of the holder."""
        kind = order.offered.type
        return {kind.terms[name]: _by_terms(name, value, kind) for name, value in order.claims().items()}

    def _prepared(self, order: Order, document: dict[str, Json]) -> PreparedDocument:
        identity, created = self._keys[order.offered.alg].identity, order.valid_from
        if order.offered.suite != ECDSA_SD_2023:
            return vc_di.prepare_credential(identity, document, self._contexts, created=created)
        return vc_di.prepare_selective(
            identity,
            document,
            self._contexts,
            created=created,
            always=[
                order.offered.type.terms[name] for name in order.claims() if name in order.offered.type.always
            ],
            random=self._random,
        )

    def _status(self, order: Order) -> StatusRef:
        return StatusRef(self._lists[order.copy.list_id], order.copy.index)


def _by_terms(name: str, value: Json, kind: CredentialType) -> Json:
    """A claim with the terms of the W3C form for the names of its members."""
    members = kind.members.get(name)
    if members is None or not isinstance(value, dict):
        return value
    return {members[member]: inner for member, inner in value.items()}
