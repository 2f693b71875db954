"""An identity credential that is shown in parts, ecdsa-sd-2023 and bbs-2023, beside @digitalbazaar."""

from __future__ import annotations

import secrets
from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from benchmarks.documents import CHECKERS, CONTEXTS, CRYPTOGRAPHY, ECDSA, VALIDITY, disclosable_document
from benchmarks.measure import Contender, Contest
from benchmarks.node_peers import LESS, WARM, Task, credentials
from clicid.codec import shape, strict_json
from clicid.formats import vc_di
from clicid.formats.base import FormatId
from clicid.keys import bbs
from clicid.keys.algorithms import BLS12_381_G2, P256
from clicid.rdf.profile import Profile
from clicid.securing.data_integrity import Proof, Purpose, bbs_2023, ecdsa_sd_2023, holder
from clicid.securing.data_integrity.ecdsa_sd_2023 import BaseValue, DerivedValue
from clicid.securing.signing import BbsOperation
from clicid.verification import Accepted, check_credential
from tests.support.world import NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from benchmarks.documents import Issuer
    from clicid.codec.strict_json import Json
    from clicid.formats.base import IssuerIdentity
    from clicid.securing.data_integrity import Suite
    from clicid.securing.signing import SigningOperation

MANDATORY: Final = ("/issuer", "/validFrom", "/validUntil", "/credentialStatus")
SHOWN: Final = tuple(f"/credentialSubject/{name}" for name in ("familyName", "birthDate", "ageOver18"))
_WHAT: Final = "an identity credential of 25 values"
# Theirs needs a second for one credential of bbs-2023.
_SLOW_COUNT: Final = 15
_SLOW_WARM: Final = 2


class DisclosureContests:
    """Issue, derive and verify over `count` credentials, by either suite."""

    def __init__(self, issuer: Issuer, count: int) -> None:
        self._issuer, self._count = issuer, count
        documents = [disclosable_document(issuer.sd_jwt, number) for number in range(count + 1)]
        self._suites = (_EcdsaSd(issuer, documents), _Bbs(issuer, documents))
        self._elsewhere = credentials(issuer.sd_jwt.key_id, self._task(_EcdsaSd), self._task(_Bbs))

    def contests(self) -> Sequence[Contest]:
        """All of them."""
        return [contest for suite in self._suites for contest in self._of(suite)]

    def _of(self, suite: _Suite) -> Iterator[Contest]:
        for operation, what in (
            ("verify", f"verify {len(SHOWN)} values shown of {_WHAT}"),
            ("derive", f"show {len(SHOWN)} values of {_WHAT}"),
            ("issue", f"issue {_WHAT}"),
        ):
            run, less = getattr(suite, operation), LESS if operation == "verify" else ""
            yield Contest(
                f"{suite.key}.{operation}",
                f"W3C VC, {suite.name}, {what}",
                Contender("clicid", "ClicID", "", run),
                suite.floors(operation),
                tuple(
                    replace(figure, less=less)
                    for figure in self._elsewhere.get(f"{suite.key}.{operation}", ())
                ),
            )

    def _task(self, suite: type[_Suite]) -> Task:
        slow = suite is _Bbs
        count = min(self._count, _SLOW_COUNT if slow else self._count)
        warm = min(count, _SLOW_WARM if slow else WARM)
        documents = [disclosable_document(self._issuer.sd_jwt, number) for number in range(count + warm)]
        return Task(suite.key, suite.peer, suite.name, documents, warm, MANDATORY, SHOWN)


class _Suite(ABC):
    """What an issuer, a wallet and a verifier do, on bytes."""

    key: str
    name: str
    peer: str

    def __init__(self, issuer: Issuer, documents: Sequence[dict[str, Json]]) -> None:
        self.issuer, self._documents = issuer, documents
        self._issued = [self.issue(number) for number in range(len(documents))]
        self._derived = [self.derive(number) for number in range(len(documents))]

    def issue(self, number: int) -> bytes:
        """A credential with its base proof."""
        identity, alg = self.identity()
        proof = Proof(
            verification_method=identity.key_id,
            purpose=Purpose.ASSERTION_METHOD,
            cryptosuite=self.name,
            created=VALIDITY.valid_from,
        )
        prepared = vc_di.secure_credential(
            identity,
            self._documents[number],
            proof,
            alg,
            CONTEXTS,
            profile=Profile.CLOSED,
            suite=self.issuing(),
        )
        return prepared.complete([self.signed(one) for one in prepared.to_be_signed])

    def derive(self, number: int) -> bytes:
        """What a holder shows of it."""
        return strict_json.dumps(self.shown(_document(self._issued[number])))

    def verify(self, number: int) -> None:
        """The whole check of what is shown."""
        ending = check_credential(
            self._derived[number],
            self.issuer.have,
            format=FormatId.LDP_VC,
            policy=self.issuer.policy,
            checkers=CHECKERS,
            now=NOW,
        )
        if not isinstance(ending, Accepted):
            raise SystemExit(f"a good credential was not accepted: {ending}")

    @abstractmethod
    def identity(self) -> tuple[IssuerIdentity, str]:
        """Who signs, by which kind of key."""

    @abstractmethod
    def issuing(self) -> Suite:
        """The issuer's side."""

    @abstractmethod
    def signed(self, operation: SigningOperation) -> bytes:
        """By the issuer's key."""

    @abstractmethod
    def shown(self, secured: dict[str, Json]) -> dict[str, Json]:
        """By the holder."""

    def floors(self, _operation: str) -> tuple[Contender, ...]:
        """The signatures alone."""
        return ()


class _EcdsaSd(_Suite):
    key, name = "ecdsa_sd", ecdsa_sd_2023.ECDSA_SD_2023
    peer = "@digitalbazaar/ecdsa-sd-2023-cryptosuite"

    def identity(self) -> tuple[IssuerIdentity, str]:
        return self.issuer.sd_jwt, P256

    def issuing(self) -> Suite:
        return ecdsa_sd_2023.Issuing(MANDATORY, secrets.token_bytes)

    def signed(self, operation: SigningOperation) -> bytes:
        return self.issuer.p256.sign(operation.message)

    def shown(self, secured: dict[str, Json]) -> dict[str, Json]:
        return holder.receive_ecdsa_sd(secured, CONTEXTS, profile=Profile.CLOSED).derive(SHOWN)

    def floors(self, operation: str) -> tuple[Contender, ...]:
        private, verifier, message = self.issuer.p256.private, self.issuer.p256.verifier, bytes(64)
        signature = private.sign(message, ECDSA)
        if operation == "verify":
            count = 1 + len(DerivedValue.decode(_proof(self._derived[0]), "").signatures)
            return (
                _floor(
                    f"{count} P-256 verifications", count, lambda: verifier.verify(signature, message, ECDSA)
                ),
            )
        if operation == "issue":
            count = 1 + len(BaseValue.decode(_proof(self._issued[0]), "").signatures)
            return (_floor(f"{count} P-256 signatures", count, lambda: private.sign(message, ECDSA)),)
        return ()


class _Bbs(_Suite):
    key, name = "bbs_2023", bbs_2023.BBS_2023
    peer = "@digitalbazaar/bbs-2023-cryptosuite"

    def identity(self) -> tuple[IssuerIdentity, str]:
        return self.issuer.unlinkable, BLS12_381_G2

    def issuing(self) -> Suite:
        return bbs_2023.Issuing(MANDATORY, secrets.token_bytes, self.issuer.bbs.public)

    def signed(self, operation: SigningOperation) -> bytes:
        assert isinstance(operation, BbsOperation)
        return bbs.sign(self.issuer.bbs, operation.messages, header=operation.message)

    def shown(self, secured: dict[str, Json]) -> dict[str, Json]:
        received = holder.receive_bbs(secured, CONTEXTS, profile=Profile.CLOSED)
        return received.derive(SHOWN, presentation_header=b"", random=secrets.token_bytes)


def _document(raw: bytes) -> dict[str, Json]:
    return shape.as_object(strict_json.loads(raw))


def _proof(raw: bytes) -> dict[str, Json]:
    return shape.child(_document(raw), "proof")


def _floor(name: str, count: int, once: Callable[[], object]) -> Contender:
    def run(_number: int) -> None:
        for _ in range(count):
            once()

    return Contender("floor", f"floor: {name}", CRYPTOGRAPHY, run)
