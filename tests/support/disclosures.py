"""Selective disclosure in tests: base and derived documents of both suites, and their values taken apart.

A proof value as JSON is its header in hexadecimal and its components; bytes are ``{"hex": ...}`` and maps
lists of pairs, so that a test may write what no strict writer would.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from clicid.codec import cbor, multibase
from clicid.keys import bbs
from clicid.keys.algorithms import BLS12_381_G2, P256
from clicid.rdf.profile import Profile
from clicid.securing import data_integrity
from clicid.securing.data_integrity import bbs_2023, ecdsa_sd_2023, holder
from clicid.securing.data_integrity.bbs_2023 import BBS_2023
from clicid.securing.data_integrity.bbs_binding import HolderSecrets
from clicid.securing.data_integrity.bbs_values import Feature
from clicid.securing.data_integrity.ecdsa_sd_2023 import ECDSA_SD_2023
from tests.support import proofs, w3c

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from clicid.codec.strict_json import Json
    from clicid.keys.public import PublicKey

REFS: Final = {P256: proofs.REFS[P256], BLS12_381_G2: w3c.STORE.generate(BLS12_381_G2, "issuer BBS")}
MANDATORY: Final = ("/issuer", "/validUntil", "/credentialStatus/0")
SELECTIVE: Final = ("/credentialSubject/1/ageOver18", "/credentialSubject/0", "/name")
PRESENTATION_HEADER: Final = b"n-0S6_WzA2Mj"
DOMAIN: Final = "https://verifier.example"
HOLDER_SECRET: Final = bytes(range(32))


def document() -> dict[str, Json]:
    """A credential whose nodes have no ids, as one that can be shown in parts should not."""
    status = w3c.unsigned()["credentialStatus"]
    assert isinstance(status, list)
    entries: list[Json] = [
        {name: value for name, value in entry.items() if name != "id"}
        for entry in status
        if isinstance(entry, dict)
    ]
    subjects: list[Json] = [{"ageOver18": True}, {"ageOver18": False}]
    return w3c.unsigned(id=None, credentialSubject=subjects, credentialStatus=entries)


def numbers(seed: str) -> Callable[[int], bytes]:
    """Bytes that look random, the same each time."""
    count = iter(range(1 << 20))
    return lambda size: hashlib.shake_256(f"{seed}/{next(count)}".encode()).digest(size)


class Issued:
    """A credential with a base proof, and what its holder knows.

    Args:
        suite: The cryptosuite's identifier.
        feature: For bbs-2023.
        of: What is secured; `document` if left out.
        mandatory: The issuer's pointers.
    """

    def __init__(
        self,
        suite: str,
        feature: Feature = Feature.BASELINE,
        of: Mapping[str, Json] | None = None,
        mandatory: Sequence[str] = MANDATORY,
    ) -> None:
        self.suite = suite
        self.feature = feature
        self.alg = P256 if suite == ECDSA_SD_2023 else BLS12_381_G2
        self.secrets: HolderSecrets | None = None
        given = document() if of is None else of
        method = w3c.key_id(REFS[self.alg])
        options = proofs.options(suite, P256, verification_method=method)
        issuing = self._issuing(tuple(mandatory))
        prepared = data_integrity.prepare(
            given, options, self.alg, w3c.CONTEXTS, profile=Profile.CLOSED, suite=issuing
        )
        self.secured: dict[str, Any] = json.loads(w3c.signed(prepared, REFS[self.alg]))

    @property
    def key(self) -> PublicKey:
        """The issuer's."""
        return w3c.STORE.public(REFS[self.alg])

    def received(self, secured: Mapping[str, Json] | None = None) -> Any:
        """The holder's base proof."""
        given = self.secured if secured is None else secured
        if self.suite == ECDSA_SD_2023:
            return holder.receive_ecdsa_sd(given, w3c.CONTEXTS, profile=Profile.CLOSED)
        return holder.receive_bbs(given, w3c.CONTEXTS, profile=Profile.CLOSED, secrets=self.secrets)

    def derived(self, pointers: Sequence[str] = SELECTIVE, *, seed: str = "shown") -> dict[str, Any]:
        """A derived document."""
        base = self.received()
        found: dict[str, Any]
        if self.suite == ECDSA_SD_2023:
            found = base.derive(pointers)
        else:
            domain = DOMAIN if self.feature.has_nym else None
            found = base.derive(
                pointers, presentation_header=PRESENTATION_HEADER, random=numbers(seed), nym_domain=domain
            )
        return found

    def _issuing(self, mandatory: tuple[str, ...]) -> data_integrity.Suite:
        random = numbers(f"{self.suite}/{self.feature}")
        if self.suite == ECDSA_SD_2023:
            return ecdsa_sd_2023.Issuing(mandatory, random)
        commitment = self._commitment(random)
        return bbs_2023.Issuing(mandatory, random, self.key, self.feature, commitment)

    def _commitment(self, random: Callable[[int], bytes]) -> bytes | None:
        if not self.feature.is_blind:
            return None
        committed = [HOLDER_SECRET] * self.feature.committed
        nym = bbs.draw_nym(random) if self.feature.has_nym else None
        made = bbs.commit(committed, random=random)
        if nym is not None:
            made = bbs.nym_commit(committed, nym, random=random)
        self.secrets = HolderSecrets(made.prover_blind, HOLDER_SECRET if committed else None, nym)
        return made.with_proof


KINDS: Final[dict[str, tuple[str, Feature]]] = {
    ECDSA_SD_2023: (ECDSA_SD_2023, Feature.BASELINE),
    **{f"{BBS_2023} {feature}": (BBS_2023, feature) for feature in Feature},
}
"""Both suites, and each feature of the second."""


def verify(secured: Mapping[str, Json], key: PublicKey) -> Mapping[str, Json]:
    """What a verifier does with a derived document."""
    parsed = data_integrity.parse(secured, w3c.CONTEXTS, profile=Profile.CLOSED)
    return data_integrity.verify(parsed, [key])


def opened(value: str) -> dict[str, Any]:
    """A proof value as JSON."""
    raw = multibase.decode(value, max_chars=1 << 17)
    return {"header": raw[:3].hex(), "components": _plain(cbor.loads(raw[3:]))}


def closed(value: Mapping[str, Any]) -> str:
    """The proof value that such JSON describes, however wrong; `raw` stands for what it is to be."""
    if "raw" in value:
        return str(value["raw"])
    raw = (
        bytes.fromhex(value["header"]) + _written(value["components"]) + bytes.fromhex(value.get("tail", ""))
    )
    return multibase.encode(raw[: len(raw) - value.get("cut", 0)], multibase.BASE64URL)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    if isinstance(value, dict):
        return {"map": [[_plain(key), _plain(item)] for key, item in value.items()]}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _written(value: Any) -> bytes:
    if isinstance(value, list):
        return _head(4, len(value)) + b"".join(_written(item) for item in value)
    if isinstance(value, dict) and "hex" in value:
        raw = bytes.fromhex(value["hex"])
        return _head(2, len(raw)) + raw
    if isinstance(value, dict) and "map" in value:
        return _head(5, len(value["map"])) + b"".join(
            _written(item) for pair in value["map"] for item in pair
        )
    if isinstance(value, dict):
        return bytes.fromhex(value["cbor"])
    return cbor.dumps(value)


def _head(kind: int, argument: int) -> bytes:
    head = bytearray(cbor.dumps(argument))
    head[0] |= kind << 5
    return bytes(head)
