"""An issuer on a model chain whose key is stolen or right withdrawn, and credentials of every format.

What a check is told of the chain is folded from the events themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from clicid.codec import multicodec
from clicid.did import compromise, ethr
from clicid.formats import sd_jwt_vc, vc_jose
from clicid.formats.base import (
    FormatId,
    IssuerIdentity,
    Material,
    Need,
    NeedKind,
    StatusRef,
    Unavailable,
    Validity,
)
from clicid.formats.vc_di import LdpVcChecker, holding, prepare_credential
from clicid.formats.vc_di.sealing import prepare_selective, secure_credential
from clicid.formats.vc_jose import Sealing
from clicid.formats.vc_jose.credential_checker import EnvelopedVcChecker
from clicid.keys.algorithms import ED25519, P256
from clicid.ledger import events
from clicid.ledger.branch import Branch
from clicid.ledger.facts import ABSENT
from clicid.ledger.state import State
from clicid.ledger.view import View
from clicid.rdf.profile import Profile
from clicid.securing.data_integrity import Proof, Purpose
from clicid.status.delta import RULES
from clicid.status.rows import list_id
from clicid.trust.accreditation import type_id
from clicid.trust.issuance import IssuanceTree, digest_of
from tests.support import w3c
from tests.support.chain_model import CHAIN_ID, ModelChain, event
from tests.support.world import Dice

if TYPE_CHECKING:
    from collections.abc import Callable

    from clicid.formats.base import Checked, Wanted

ISSUER, OTHER = b"\x11" * 20, b"\x22" * 20
DID: Final = str(ethr.EthrDid(CHAIN_ID, ISSUER))
VCT: Final = "https://schemas.example/identity/v1"
URL: Final = "https://issuer.example/1"
MULTIKEY: Final = b"did/pub/Multikey/veriKey/base58".ljust(32, b"\0")
REFS: Final = {alg: w3c.STORE.generate(alg, f"anchored-{alg}") for alg in (ED25519, P256)}
NUMBERS: Final = {ED25519: 1, P256: 2}
RULES_OF_VERIFIER: Final = replace(w3c.RULES, max_age={kind: timedelta(hours=1) for kind in NeedKind})


def identity(alg: str) -> IssuerIdentity:
    """The issuer with its key of that algorithm."""
    return IssuerIdentity(DID, f"{DID}#delegate-{NUMBERS[alg]}", "https://issuer.example")


def _value(alg: str) -> bytes:
    key = w3c.STORE.public(REFS[alg])
    return multicodec.encode(key.algorithm.multicodec, key.raw)


def _unsigned(number: int, *, nameless: bool = False) -> dict[str, Any]:
    named: dict[str, Any] = {"id": None, "name": None} if nameless else {"id": f"urn:uuid:{number:036}"}
    return w3c.unsigned(issuer=DID, validFrom=f"2026-11-{1 + number % 20:02}T00:00:00Z", **named)


def _sd_jwt(number: int) -> bytes:
    prepared = sd_jwt_vc.prepare_credential(
        identity(P256),
        {"age_over_18": True},
        vct=VCT,
        holder=w3c.HOLDER_KEY,
        validity=Validity(w3c.DAY, w3c.DAY + timedelta(days=9)),
        status=StatusRef(URL, 5),
        always=frozenset(),
        random=Dice(f"anchored-{number}"),
    )
    return w3c.signed(prepared, REFS[P256])


def _eddsa(number: int) -> bytes:
    prepared = prepare_credential(identity(ED25519), _unsigned(number), w3c.CONTEXTS, created=w3c.DAY)
    return w3c.signed(prepared, REFS[ED25519])


def _hashed(suite: str, alg: str) -> Callable[[int], bytes]:
    def made(number: int) -> bytes:
        proof = Proof(
            verification_method=identity(alg).key_id,
            purpose=Purpose.ASSERTION_METHOD,
            cryptosuite=suite,
            created=w3c.DAY,
        )
        prepared = secure_credential(
            identity(alg), _unsigned(number), proof, alg, w3c.CONTEXTS, profile=Profile.CLOSED
        )
        return w3c.signed(prepared, REFS[alg])

    return made


def _selective(number: int) -> bytes:
    """A part, as a verifier sees it."""
    prepared = prepare_selective(
        identity(P256),
        _unsigned(number, nameless=True),
        w3c.CONTEXTS,
        created=w3c.DAY,
        always=[],
        random=Dice(f"selective-{number}"),
    )
    raw = w3c.signed(prepared, REFS[P256])
    return holding.shown(raw, [("credentialSubject", "ageOver18")], w3c.CONTEXTS)


def _enveloped(form: FormatId) -> Callable[[int], bytes]:
    def made(number: int) -> bytes:
        how, source = Sealing(identity(ED25519), ED25519, w3c.DAY), _unsigned(number)
        prepared: Any
        if form is FormatId.VC_SD_JWT:
            dice = Dice(f"enveloped-{number}")
            prepared = vc_jose.prepare_sd_jwt(source, how, w3c.CONTEXTS, Profile.CLOSED, random=dice)
        elif form is FormatId.VC_JWT:
            prepared = vc_jose.prepare_jwt(source, how, w3c.CONTEXTS, Profile.CLOSED)
        else:
            prepared = vc_jose.prepare_cose(source, how, w3c.CONTEXTS, Profile.CLOSED)
        return w3c.signed(prepared, REFS[ED25519])

    return made


_LDP = LdpVcChecker(w3c.CONTEXTS)
KINDS: Final[dict[str, tuple[Any, Callable[[int], bytes]]]] = {
    "SD-JWT VC": (sd_jwt_vc.SdJwtVcChecker(), _sd_jwt),
    "eddsa-rdfc-2022": (_LDP, _eddsa),
    "eddsa-jcs-2022": (_LDP, _hashed("eddsa-jcs-2022", ED25519)),
    "ecdsa-rdfc-2019": (_LDP, _hashed("ecdsa-rdfc-2019", P256)),
    "ecdsa-jcs-2019": (_LDP, _hashed("ecdsa-jcs-2019", P256)),
    "ecdsa-sd-2023": (_LDP, _selective),
    **{
        form.value: (EnvelopedVcChecker(form, w3c.CONTEXTS), _enveloped(form))
        for form in (FormatId.VC_JWT, FormatId.VC_SD_JWT, FormatId.VC_COSE)
    },
}
"""For each kind its checker, and from a number to a credential, another for each number."""


class Anchored(Mapping[Need, Material | Unavailable]):
    """A chain, and what a check is told of it: the head is not final unless `final` says so.

    Args:
        proofs: By digest, what the holder brings.
    """

    def __init__(self) -> None:
        self.chain = ModelChain()
        self.branch = Branch(State(CHAIN_ID, RULES))
        self.branch.extend(self.chain.blocks[0])
        self.proofs: dict[bytes, bytes] = {}
        self.age = timedelta(minutes=1)
        keys = [
            event(
                events.AttributeChanged, identity=ISSUER, name=MULTIKEY, value=_value(alg), valid_to=1 << 60
            )
            for alg in NUMBERS
        ]
        lists = [
            event(events.ListCreated, identity=one, url=URL, width=2, size=100, purposes="a b")
            for one in (ISSUER, OTHER)
        ]
        self.mine(*keys, *lists, *(self._right(one) for one in (VCT, w3c.AGE_TYPE)))

    @staticmethod
    def _right(credential_type: str) -> dict[str, Any]:
        return event(
            events.Accredited,
            identity=ISSUER,
            type_id=type_id(credential_type),
            schema_digest=bytes(32),
            valid_from=10,
            valid_until=1 << 40,
            may_delegate=False,
            identifier="https://issuer.example",
            ca_digest=bytes(32),
        )

    def mine(self, *made: dict[str, Any], final: bool = True, salt: object = "") -> int:
        """A block with these events; its number."""
        block = self.chain.mine(*made, salt=salt)
        self.branch.extend(block)
        if final:
            self.branch.finalise(block.number)
        return block.number

    def anchor(self, *digests: bytes, by: bytes = ISSUER, final: bool = True) -> int:
        """Commit a root over digests, and give each its proof; the block's number."""
        tree = IssuanceTree(digests)
        for digest in digests:
            self.proofs[digest] = tree.prove(digest).to_bytes()
        return self.commit(tree.root, by=by, final=final)

    def commit(self, root: bytes, *, by: bytes = ISSUER, final: bool = True) -> int:
        """Commit a root; the block's number."""
        made = event(events.Committed, list_id=list_id(by, URL), bits=[], root=root)
        return self.mine(made, final=final)

    def revoke(self, alg: str) -> int:
        """Revoke a key; the block's number."""
        name = {"name": MULTIKEY, "value": _value(alg), "valid_to": 0}
        return self.mine(event(events.AttributeChanged, identity=ISSUER, **name), final=False)

    def state(self, alg: str, block: int, *, final: bool = False) -> int:
        """State a key's compromise; the block's number."""
        value = compromise.encode_compromise(NUMBERS[alg], block)
        name = {"name": compromise.COMPROMISED, "value": value, "valid_to": 1 << 60}
        return self.mine(event(events.AttributeChanged, identity=ISSUER, **name), final=final)

    def withdraw(self, credential_type: str, *, keeps_anchored: bool) -> int:
        """Withdraw the issuer's right; the block's number."""
        kept = {"type_id": type_id(credential_type), "keeps_anchored": keeps_anchored}
        return self.mine(event(events.Withdrawn, identity=ISSUER, **kept), final=False)

    def reorganise(self, number: int) -> None:
        """Lose the blocks above a number."""
        self.chain.fork(number)
        self.branch.drop_after(number)

    def get(self, need: Need, _default: object = None) -> Material | Unavailable:
        if need.kind is NeedKind.INCLUSION_PROOF:
            found = self.proofs.get(digest_of(need.uri))
            return Unavailable(w3c.NOW, "") if found is None else self._material(found)
        view, address = View(self.branch), ethr.EthrDid.parse(need.subject or need.uri).address
        match need.kind:
            case NeedKind.DID:
                return self._material(view.did(address).to_bytes())
            case NeedKind.ACCREDITATION:
                return self._material(view.accreditation(address, type_id(need.uri)))
            case NeedKind.ISSUANCE_ROOT:
                return self._material(view.issuance_root(address, digest_of(need.uri)))
            case _:
                return self._material(ABSENT)

    __getitem__ = get

    def _material(self, body: bytes) -> Material:
        return Material(body, w3c.NOW, w3c.NOW - self.age, "chain")

    def __iter__(self) -> Iterator[Need]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def check(self, kind: str, raw: bytes) -> Checked | Wanted:
        """The credential, at rest."""
        checker = KINDS[kind][0]
        found: Checked | Wanted = checker.check(
            checker.parse(raw), self, rules=RULES_OF_VERIFIER, binding=None, now=w3c.NOW
        )
        return found
