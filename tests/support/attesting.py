"""A wallet provider, a wallet instance and those who are neither; attestations of theirs, good and bent."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from clicid.codec import base64url, strict_json
from clicid.keys.algorithms import P256
from clicid.oid4vci.wallet_provider import WalletProvider, WalletProviders
from clicid.trust.anchors import Anchor
from tests.support.memory_keystore import SIGNING, MemoryKeyStore
from tests.support.world import NOW
from tests.support.x509 import Party, issue

if TYPE_CHECKING:
    from clicid.keys.public import PublicKey
    from clicid.keys.store import KeyRef
    from clicid.securing.jws import PreparedJws

CLIENT = "https://wallet.example"
SERVER = "https://issuer.example"
ALGS = ("ES256", "EdDSA")
MINUTE = timedelta(minutes=1)
KEYS = MemoryKeyStore(b"attesting")
REFS = {name: KEYS.generate(name, name) for name in SIGNING}
INSTANCE = REFS[P256]
THIEF = KEYS.generate(P256, "thief")
BY_KID = KEYS.generate(P256, "by kid")
# Keys that certificates are for: `tests.support.x509` makes them of numbers.
ROOT, SIGNER, OTHER_ROOT, MIDDLE = (Party(name, 40 + at) for at, name in enumerate(("A", "B", "C", "D")))
ROOT_CERTIFICATE = issue(ROOT, ROOT, ca=True)
CHAINS = {
    "listed": (issue(SIGNER, ROOT),),
    "listed, with the root": (issue(SIGNER, ROOT), ROOT_CERTIFICATE),
    "with another between": (issue(SIGNER, MIDDLE), issue(MIDDLE, ROOT, ca=True, path_length=0)),
    "to another root": (issue(SIGNER, OTHER_ROOT),),
    "to a root of the same name": (issue(SIGNER, Party("A", 77)),),
    "another root inside": (issue(SIGNER, OTHER_ROOT), issue(OTHER_ROOT, OTHER_ROOT, ca=True)),
    "self-signed": (issue(SIGNER, SIGNER),),
    "expired": (issue(SIGNER, ROOT, ends=NOW - timedelta(seconds=1)),),
    "not begun": (issue(SIGNER, ROOT, begins=NOW + timedelta(seconds=1)),),
    "between two, one no authority": (issue(SIGNER, MIDDLE), issue(MIDDLE, ROOT)),
    "an authority": (issue(SIGNER, ROOT, ca=True),),
    "the root alone": (ROOT_CERTIFICATE,),
    "another key's": (issue(MIDDLE, ROOT),),
}
BY_ROOT = WalletProvider("root", frozenset({CLIENT}), roots=(Anchor.load(ROOT_CERTIFICATE),))
BY_KEY = WalletProvider("key", frozenset({"other-wallet"}), keys={"kid-1": KEYS.public(BY_KID)})
PROVIDERS = WalletProviders((BY_ROOT, BY_KEY), haip=False)


def x5c(chain: str) -> list[str]:
    return [base64.b64encode(der).decode() for der in CHAINS[chain]]


def instance() -> PublicKey:
    return KEYS.public(INSTANCE)


def sign(prepared: PreparedJws, ref: KeyRef | None = None) -> str:
    """With a key of the store, or with that of the provider's certificate."""
    (operation,) = prepared.to_be_signed
    signed = (
        SIGNER.sign(operation.message) if ref is None else KEYS.sign(ref, operation.message, operation.alg)
    )
    return prepared.complete([signed]).decode()


def key_of(name: str) -> dict[str, Any]:
    """The JWK of a key that a vector names: an algorithm's, ``thief``, ``by kid``; ``!`` makes it private."""
    jwk: dict[str, Any] = KEYS.public(KEYS.find(name.rstrip("!")) or INSTANCE).to_jwk()
    return jwk | {"d": base64url.encode(bytes(31) + b"\1")} if name.endswith("!") else jwk


def bent(
    header: dict[str, Any], payload: dict[str, Any], vector: dict[str, Any], default: KeyRef | None
) -> str:
    """A token with a vector's changes, signed afterwards: null removes a member.

    `header` and `payload` are members; `key_in` names header members that hold keys; `chain` names one of
    `CHAINS`; `times` are seconds from the time of the check; `raw_payload` is text; `signed_by` names a key
    of the store, or ``nobody``; `cut` drops characters from the end, `long` adds a member of that size,
    `twice` joins two as a server joins two headers.
    """
    changes = dict(vector.get("header", {}))
    changes |= {name: key_of(key) for name, key in vector.get("key_in", {}).items()}
    if "chain" in vector:
        changes["x5c"] = x5c(vector["chain"])
    times: dict[str, Any] = {
        name: int(NOW.timestamp()) + offset for name, offset in vector.get("times", {}).items()
    }
    if "long" in vector:
        times["filling"] = "f" * vector["long"]
    raw = strict_json.dumps(_changed(payload, vector.get("payload", {}) | times))
    raw = vector.get("raw_payload", "").encode() or raw
    signing = ".".join(base64url.encode(part) for part in (strict_json.dumps(_changed(header, changes)), raw))
    name = vector.get("signed_by", "")
    ref = KEYS.find(name) if name else default
    if name == "nobody":
        return f"{signing}."
    if ref is None:
        signature = SIGNER.sign(signing.encode())
    else:
        alg = name if name in REFS else P256
        signature = KEYS.sign(ref, signing.encode(), alg)
    token = f"{signing}.{base64url.encode(signature)}"
    token = token[: len(token) - vector.get("cut", 0)]
    return f"{token}, {token}" if "twice" in vector else token


def _changed(obj: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**obj, **changes}.items() if value is not None}


def opened(prepared: PreparedJws) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and payload of what lacks its signature."""
    header, payload = (base64url.decode(part) for part in prepared.signing_input.decode().split("."))
    return _object(header), _object(payload)


def _object(raw: bytes) -> dict[str, Any]:
    found = strict_json.loads(raw)
    assert isinstance(found, dict)
    return dict(found)
