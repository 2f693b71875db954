"""What the wallet's role works with beside the state, and what it sees in the state (OpenID4VCI)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from clicid.codec import strict_json
from clicid.codec.web import JSON_TYPE
from clicid.errors import LocalError, Refused
from clicid.formats.base import HAIP_FORMATS
from clicid.keys.public import PublicKey
from clicid.oid4vci import binding, client_attestation, encryption
from clicid.oid4vci.encryption import AnswerEncryption
from clicid.securing import jwe
from clicid.securing.jwe import Recipient

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clicid.codec.strict_json import Json
    from clicid.oid4vci.acceptance import Acceptance
    from clicid.oid4vci.binding import Plan
    from clicid.oid4vci.configuration import CredentialConfiguration
    from clicid.oid4vci.metadata import (
        AuthorizationServerMetadata,
        CredentialIssuerMetadata,
        RequestEncryption,
    )
    from clicid.oid4vci.signed_metadata import Signers
    from clicid.rdf.contexts import Contexts
    from clicid.securing.signing import SigningOperation

T = TypeVar("T")

ES256: Final = "ES256"


class HolderKeys(Protocol):
    """What the wallet's keys do for the role, each named by its public half."""

    def sign(self, key: PublicKey, operation: SigningOperation) -> bytes:
        """What a key signs."""

    def agree(self, key: PublicKey, public: PublicKey) -> bytes:
        """The shared secret of one of our keys on P-256 and another's (32 bytes)."""


@dataclass(frozen=True, slots=True)
class WalletRules:
    """What a wallet decides once.

    Args:
        copies: How many copies of a credential it wants: fewer where the issuer gives fewer at once.
        client_id: By which authorization servers know it where nobody attests it.
        redirect_uri: Where a browser finds it; "" where no browser can be used.
        attested: Whether a wallet provider attests it and its keys.
        signers: Who may sign issuers' metadata; where there is nobody, plain metadata are asked for.
        contexts: The JSON-LD contexts at hand.
        haip: Whether it takes credentials as HAIP 1.0 wants it, and in no other way.
    """

    copies: int
    client_id: str
    redirect_uri: str
    attested: bool
    signers: Signers
    contexts: Contexts
    haip: bool = False

    @property
    def signed_metadata(self) -> bool:
        """Whether anybody's signature would say something."""
        return bool(self.signers.anchors or self.signers.keys)


@dataclass(frozen=True, slots=True)
class Hands:
    """What the role works with beside the state. `random` gives so many secret random bytes."""

    rules: WalletRules
    keys: HolderKeys
    random: Callable[[int], bytes]


def offered(state: Acceptance, rules: WalletRules) -> dict[str, CredentialConfiguration]:
    """What of an offer we can hold: a known format, keys that we can make and prove."""
    known = present(state.issuer).configurations
    found = {name: known.get(name) for name in present(state.offer).credential_configuration_ids}
    return {
        name: one
        for name, one in found.items()
        if one is not None
        and (not rules.haip or one.format in HAIP_FORMATS)
        and binding.plan(one, attested=rules.attested) is not None
    }


def uses_dpop(state: Acceptance) -> bool:
    """Whether tokens of the server are bound to a key of ours: wherever it can (RFC 9449 5.1)."""
    return ES256 in present(state.server).dpop_signing_alg_values_supported or combined(state)


def attests(server: AuthorizationServerMetadata, rules: WalletRules) -> bool:
    """Whether the wallet authenticates by its provider's word."""
    methods = {client_attestation.METHOD, client_attestation.COMBINED_METHOD}
    return rules.attested and not methods.isdisjoint(server.token_endpoint_auth_methods_supported)


def combined(state: Acceptance) -> bool:
    """Whether the DPoP proof shows the attested key: where the server knows no proof of its own for it."""
    methods = present(state.server).token_endpoint_auth_methods_supported
    return (
        bool(state.attestation)
        and client_attestation.METHOD not in methods
        and client_attestation.COMBINED_METHOD in methods
    )


def planned(configuration: CredentialConfiguration, rules: WalletRules) -> Plan:
    """How the keys under way are proved."""
    return present(binding.plan(configuration, attested=rules.attested))


def check_encryption(issuer: CredentialIssuerMetadata) -> None:
    """Return if messages can be encrypted wherever the issuer demands it.

    Wherever it offers to encrypt answers we want it; our key for that stands in an encrypted request (8.2).

    Raises:
        Refused: `oid4vci.unsupported`.
    """
    asked, answered = issuer.request_encryption, issuer.response_encryption
    if asked is not None and _recipient(asked) is None and (asked.required or answered is not None):
        raise Refused("oid4vci.unsupported", "/credential_request_encryption", "no key that we encrypt to")
    if answered is None:
        return
    if asked is None:
        raise Refused("oid4vci.unsupported", "/credential_request_encryption", "demanded to encrypt answers")
    if jwe.ECDH_ES not in answered.alg_values or not _enc(answered.enc_values):
        raise Refused("oid4vci.unsupported", "/credential_response_encryption", "no algorithm of ours")


def answer_encryption(state: Acceptance) -> AnswerEncryption | None:
    """How we want the answer encrypted, if at all."""
    offered_encryption = present(state.issuer).response_encryption
    if offered_encryption is None:
        return None
    key = PublicKey.from_multikey(state.encryption_key)
    return AnswerEncryption(
        Recipient(key, key.thumbprint(), jwe.ECDH_ES), _enc(offered_encryption.enc_values)
    )


def sealed(state: Acceptance, hands: Hands, message: dict[str, Json]) -> tuple[str, bytes]:
    """Media type and body: encrypted wherever the issuer offers it."""
    body, offered_encryption = strict_json.dumps(message), present(state.issuer).request_encryption
    recipient = None if offered_encryption is None else _recipient(offered_encryption)
    if offered_encryption is None or recipient is None:
        return JSON_TYPE, body
    enc = _enc(offered_encryption.enc_values)
    return encryption.MEDIA_TYPE, jwe.encrypt(body, recipient, enc=enc, random=hands.random)


def _recipient(offered_encryption: RequestEncryption) -> Recipient | None:
    """The first of the issuer's keys that we can encrypt to."""
    if not _enc(offered_encryption.enc_values):
        return None
    for jwk in offered_encryption.jwks:
        try:
            return Recipient.from_jwk(jwk)
        except Refused:
            continue
    return None


def _enc(values: Sequence[str]) -> str:
    return next((enc for enc in values if enc in jwe.ENCS), "")


def current(state: Acceptance) -> tuple[str, CredentialConfiguration]:
    """Name and configuration of what is under way."""
    name = present(next(iter(state.wished), None)).configuration_id
    return name, present(present(state.issuer).configurations.get(name))


def made(state: Acceptance) -> tuple[PublicKey, ...]:
    """The keys made for it."""
    return tuple(map(PublicKey.from_multikey, state.keys))


def present(value: T | None) -> T:
    """A part of the state that its phase implies; missing only in a state that was tampered with."""
    if value is None:
        raise LocalError("oid4vci.state")
    return value
