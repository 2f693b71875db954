"""A small world of mdocs: a root, a signer under it, a holder, a reader; all a function of fixed seeds."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from clicid.codec import cbor
from clicid.codec.cbor import Tagged
from clicid.formats import mdoc
from clicid.formats.base import Binding, FormatId, Material, Need, NeedKind, Rules, StatusRef, Validity
from clicid.formats.mdoc import transcript
from clicid.formats.mdoc.elements import MDL, MDL_DOCTYPE
from clicid.keys.algorithms import P256
from clicid.ledger.facts import Accreditation, StatusSnapshot
from clicid.status.rows import list_id
from clicid.trust.accreditation import type_id
from clicid.trust.iaca import Authority
from clicid.trust.iaca_making import Place, prepare_authority, prepare_signer
from clicid.verification import Policy, Request, SignedLists, check
from tests.support.memory_keystore import MemoryKeyStore
from tests.support.world import (
    ADDRESS,
    AGEING,
    DAY,
    DID,
    IDENTIFIER,
    LIST_URL,
    NETWORK,
    NOW,
    SCHEMA_DIGEST,
    Dice,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from clicid.codec.cbor import Cbor
    from clicid.formats.base import Unavailable, Wanted
    from clicid.keys.store import KeyRef
    from clicid.verification import Checkers, Ending

CLIENT_ID = "x509_hash:Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk"
NONCE = "exc7gBkxjx1rdc9udRrveKvSsJIq80avlXeLHhGwqtA"
RESPONSE_URI = "https://verifier.example/response"
SESSION = transcript.openid4vp(CLIENT_ID, NONCE, RESPONSE_URI, None)
PLACE = Place("SE", "ClicID test IACA", "https://issuer.example/contact", "https://issuer.example/crl")
SIGNER_PLACE = replace(PLACE, common_name="ClicID test signer")
CHECKERS: Checkers = {
    FormatId.MDOC: mdoc.MdocChecker(),
    FormatId.DEVICE_RESPONSE: mdoc.DeviceResponseChecker(),
}


def day(text: str) -> Tagged:
    """A full-date."""
    return Tagged(1004, text)


ELEMENTS: dict[str, dict[str, Cbor]] = {
    MDL: {
        "family_name": "Öhrn",
        "given_name": "Åsa Märta",
        "birth_date": day("1990-02-28"),
        "issue_date": day("2026-11-01"),
        "expiry_date": Tagged(0, "2027-11-01T00:00:00Z"),
        "issuing_country": "SE",
        "issuing_authority": "Transportstyrelsen",
        "document_number": "AA0000000",
        "portrait": b"\xff\xd8\xff\xe0 no portrait",
        "driving_privileges": [
            {
                "vehicle_category_code": "B",
                "issue_date": day("2010-03-01"),
                "codes": [{"code": "70", "sign": "="}],
            },
            {"vehicle_category_code": "AM"},
        ],
        "un_distinguishing_sign": "S",
        "age_over_18": True,
        "age_over_65": False,
        "sex": 2,
        "height": 171,
        "nationality": "SE",
    },
    "org.iso.18013.5.1.SE": {"license_points": 3},
}
SHOWN = ((MDL, "family_name"), (MDL, "issuing_country"), (MDL, "age_over_18"), (MDL, "driving_privileges"))


@dataclass
class MdocWorld:
    """The parts a test changes."""

    keys: MemoryKeyStore = field(default_factory=lambda: MemoryKeyStore(b"mdoc"))
    random: Dice = field(default_factory=lambda: Dice("mdoc"))
    now: datetime = NOW
    alg: str = P256
    holder_alg: str = P256
    elements: dict[str, dict[str, Cbor]] = field(
        default_factory=lambda: {name: dict(each) for name, each in ELEMENTS.items()}
    )
    doc_type: str = MDL_DOCTYPE
    signed_at: datetime = NOW - 10 * DAY
    validity: Validity = field(
        default_factory=lambda: Validity(datetime(2026, 11, 12, tzinfo=UTC), datetime(2027, 5, 1, tzinfo=UTC))
    )
    status: StatusRef | None = field(default_factory=lambda: StatusRef(LIST_URL, 5))
    authorizations: Any = None

    def __post_init__(self) -> None:
        self.root_ref = self.keys.generate(P256, "root")
        self.signer_ref = self.keys.generate(self.alg, "signer")
        self.holder_ref = self.keys.generate(self.holder_alg, "holder")
        self.other_ref = self.keys.generate(P256, "other")
        self.reader_ref = self.keys.generate(P256, "reader")
        self.root = self.authority()
        self.certificate = self.signer(self.root)
        self.rules = Rules(
            issuers=None,
            max_age={kind: timedelta(hours=1) for kind in AGEING},
            leeway=timedelta(seconds=30),
            key_binding_max_age=timedelta(minutes=5),
            authorities={Authority.load(self.root): DID},
        )
        self.accreditation = Accreditation(
            did=DID,
            type_id=type_id(self.doc_type),
            schema_digest=SCHEMA_DIGEST,
            valid_from=int((NOW - 50 * DAY).timestamp()),
            valid_until=int((NOW + 50 * DAY).timestamp()),
            withdrawn_at=None,
            keeps_anchored=False,
            identifier=IDENTIFIER,
            ca_digest=Authority.load(self.root).key_digest,
        )
        self.snapshot = StatusSnapshot(list_id(ADDRESS, LIST_URL), 3, 2, 16, bytes(4))
        self.policy = Policy("test", self.rules, {self.doc_type: SCHEMA_DIGEST}, SignedLists.IGNORED, NETWORK)

    def authority(self, ref: KeyRef | None = None, place: Place = PLACE) -> bytes:
        """A root, by another key than this world's if one is named."""
        ref = ref or self.root_ref
        prepared = prepare_authority(
            place, self.keys.public(ref), begins=NOW - 400 * DAY, days=3650, random=self.random
        )
        return self.signed_by(prepared, ref)

    def signer(
        self, root: bytes, ref: KeyRef | None = None, place: Place = SIGNER_PLACE, **changes: Any
    ) -> bytes:
        """A document signer under a root whose key is `ref` or this world's."""
        ref = ref or self.root_ref
        prepared = prepare_signer(
            place,
            self.keys.public(self.signer_ref),
            root,
            self.keys.public(ref),
            begins=changes.get("begins", NOW - 100 * DAY),
            days=changes.get("days", 400),
            random=self.random,
        )
        return self.signed_by(prepared, ref)

    def signed_by(self, prepared: Any, ref: KeyRef) -> bytes:
        """Whatever was prepared, signed by one key."""
        return bytes(
            prepared.complete([self.keys.sign(ref, one.message, one.alg) for one in prepared.to_be_signed])
        )

    def material(self, body: bytes, *, age: timedelta = timedelta(minutes=1)) -> Material:
        """Something read off the chain."""
        return Material(body, self.now, self.now - age, "chain 1 block 100")

    @property
    def have(self) -> dict[Need, Material | Unavailable]:
        """All that a check of this world's document can want."""
        return {
            Need(NeedKind.ACCREDITATION, self.doc_type, DID): self.material(self.accreditation.to_bytes()),
            Need(NeedKind.STATUS, LIST_URL, DID): self.material(self.snapshot.to_bytes()),
        }

    @property
    def binding(self) -> Binding:
        """What a verifier says of the session; its reader's key agrees on MACs."""
        return Binding(
            CLIENT_ID, NONCE, transcript=SESSION, agree=lambda key: self.keys.agree(self.reader_ref, key)
        )

    def credential(self) -> bytes:
        """An IssuerSigned as the issuer gives it."""
        prepared = mdoc.prepare_credential(
            self.certificate,
            self.elements,
            doc_type=self.doc_type,
            holder=self.keys.public(self.holder_ref),
            signed=self.signed_at,
            validity=self.validity,
            status=self.status,
            random=self.random,
            authorizations=self.authorizations,
            alg=self.alg,
        )
        return self.signed_by(prepared, self.signer_ref)

    def presentation(
        self,
        credential: bytes | None = None,
        disclose: Iterable[tuple[str, str]] = SHOWN,
        session: bytes = SESSION,
        stated: Mapping[str, Mapping[str, Cbor]] = mdoc.NOTHING,
    ) -> bytes:
        """A DeviceResponse with the holder's signature."""
        raw = self.credential() if credential is None else credential
        return self.signed_by(mdoc.prepare_presentation(raw, disclose, session, stated), self.holder_ref)

    def by_mac(
        self, credential: bytes | None = None, reader: KeyRef | None = None, holder: KeyRef | None = None
    ) -> bytes:
        """A DeviceResponse with a MAC."""
        return mdoc.present_by_mac(
            self.credential() if credential is None else credential,
            SHOWN,
            SESSION,
            agree=lambda key: self.keys.agree(holder or self.holder_ref, key),
            reader=self.keys.public(reader or self.reader_ref),
        )

    def check(self, raw: bytes, **changes: Any) -> Ending | Wanted:
        """What a verifier decides."""
        binding = changes.get("binding", self.binding)
        types = frozenset({changes.get("doc_type", self.doc_type)})
        return check(
            raw,
            changes.get("have", self.have),
            request=Request(FormatId.DEVICE_RESPONSE, binding, types),
            policy=changes.get("policy", self.policy),
            checkers=CHECKERS,
            now=changes.get("now", self.now),
        )


_ANY = frozenset((24, 0, 1004))


def opened(raw: bytes) -> Any:
    """CBOR as values that a test may alter; `cbor.dumps` writes them again."""
    return cbor.loads(raw, tags=_ANY, any_order=True)
