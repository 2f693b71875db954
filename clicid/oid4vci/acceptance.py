"""One issuance as the wallet sees it: its state, the events that move it, and the table.

The diagram in `docs/protocols.md` is made from the table, and `wallet.step` refuses to leave it.
The state holds the access token and the nonce: it belongs into the wallet's vault.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias

from clicid.codec import saved, shape, strict_json
from clicid.codec.web import HttpRequest
from clicid.errors import Refused
from clicid.oid4vci.metadata import AuthorizationServerMetadata, CredentialIssuerMetadata
from clicid.oid4vci.offer import CredentialOffer

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json
    from clicid.codec.web import HttpAnswer
    from clicid.keys.public import PublicKey
    from clicid.oid4vci.configuration import CredentialConfiguration
    from clicid.oid4vci.credential import Credential
    from clicid.oid4vci.offer import TxCode
    from clicid.securing.signing import SigningOperation

_KIND: Final = "oid4vci.acceptance"
_VERSION: Final = 1


class Phase(StrEnum):
    """What the wallet waits for."""

    OFFER = "offer"
    ISSUER_METADATA = "issuer_metadata"
    SERVER_METADATA = "server_metadata"
    CONSENT = "consent"
    TOKEN = "token"  # noqa: S105 - a phase, no secret
    NONCE = "nonce"
    KEY = "key"
    SIGNATURE = "signature"
    CREDENTIAL = "credential"
    CHECK = "check"
    NOTIFICATION = "notification"
    FINISHED = "finished"
    DECLINED = "declined"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to the last `HttpRequest`."""

    answer: HttpAnswer


@dataclass(frozen=True, slots=True)
class Consented:
    """The person wants these configurations; `tx_code` is None unless one is demanded."""

    configuration_ids: tuple[str, ...]
    tx_code: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Declined:
    """The person does not want them. The issuer is not told."""


@dataclass(frozen=True, slots=True)
class KeyMade:
    """A fresh key for the credential that is asked for next."""

    key: PublicKey


@dataclass(frozen=True, slots=True)
class Signed:
    """The signature that `SignatureWanted` asked for."""

    signature: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Checked:
    """The wallet has looked at the credential: kept it, or not."""

    kept: bool


Event: TypeAlias = Answered | Consented | Declined | KeyMade | Signed | Checked


@dataclass(frozen=True, slots=True)
class ConsentWanted:
    """Show the person who offers what, and ask. `retry` says that the last code was wrong."""

    issuer: CredentialIssuerMetadata
    configurations: dict[str, CredentialConfiguration]
    tx_code: TxCode | None
    retry: bool = False


@dataclass(frozen=True, slots=True)
class KeyWanted:
    """Make a fresh key of an algorithm of `clicid.keys.algorithms`, then send `KeyMade`."""

    configuration_id: str
    algorithm: str


@dataclass(frozen=True, slots=True)
class SignatureWanted:
    """Sign this with the key last made, then send `Signed`. It may be asked for twice."""

    operation: SigningOperation


@dataclass(frozen=True, slots=True)
class Received:
    """Check this credential (issuer, signature, type, its own key in it), then send `Checked`."""

    configuration_id: str
    configuration: CredentialConfiguration
    credential: Credential = field(repr=False)


@dataclass(frozen=True, slots=True)
class Finished:
    """All is over; `kept` names the configurations of the credentials that the wallet kept."""

    kept: tuple[str, ...]


Reply: TypeAlias = HttpRequest | ConsentWanted | KeyWanted | SignatureWanted | Received | Finished | Refused
"""What `wallet.step` answers: something to do, or why the issuance failed."""

_EVERY_CREDENTIAL: Final = frozenset({Phase.NONCE, Phase.KEY, Phase.FINISHED})

TRANSITIONS: Final[dict[tuple[Phase, type], frozenset[Phase]]] = {
    (Phase.OFFER, Answered): frozenset({Phase.ISSUER_METADATA, Phase.FAILED}),
    (Phase.ISSUER_METADATA, Answered): frozenset({Phase.SERVER_METADATA, Phase.FAILED}),
    (Phase.SERVER_METADATA, Answered): frozenset({Phase.CONSENT, Phase.FAILED}),
    (Phase.CONSENT, Consented): frozenset({Phase.TOKEN}),
    (Phase.CONSENT, Declined): frozenset({Phase.DECLINED}),
    # A wrong transaction code leads back to the person, as long as the issuer suffers it.
    (Phase.TOKEN, Answered): frozenset({Phase.NONCE, Phase.KEY, Phase.CONSENT, Phase.FAILED}),
    # A key that was already made for this credential is used on.
    (Phase.NONCE, Answered): frozenset({Phase.KEY, Phase.SIGNATURE, Phase.FAILED}),
    (Phase.KEY, KeyMade): frozenset({Phase.SIGNATURE}),
    (Phase.SIGNATURE, Signed): frozenset({Phase.CREDENTIAL}),
    # A nonce that ran out is fetched again, once a credential.
    (Phase.CREDENTIAL, Answered): frozenset({Phase.CHECK, Phase.NONCE, Phase.FAILED}),
    (Phase.CHECK, Checked): _EVERY_CREDENTIAL | {Phase.NOTIFICATION},
    (Phase.NOTIFICATION, Answered): _EVERY_CREDENTIAL,
}


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The state of one issuance at the wallet.

    Args:
        phase: What is waited for.
        offer: The offer, once it is read.
        issuer: The issuer's metadata, once they are.
        server: The authorization server's metadata, once they are.
        chosen: Configurations still to be fetched, in order; the first is under way.
        kept: Configurations whose credentials the wallet kept.
        access_token: "" until there is one.
        identifiers: Credential identifiers that the token response assigned to configurations.
        nonce: The c_nonce for the next proof, or "".
        key: The key made for the credential under way, as Multikey, or "".
        signing_input: What that key has to sign, or "".
        notification_id: Of the credential being checked, or "".
        renewed: Whether the nonce of the credential under way was already fetched anew.
    """

    phase: Phase
    offer: CredentialOffer | None = None
    issuer: CredentialIssuerMetadata | None = None
    server: AuthorizationServerMetadata | None = None
    chosen: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    access_token: str = field(default="", repr=False)
    identifiers: dict[str, str] = field(default_factory=dict)
    nonce: str = field(default="", repr=False)
    key: str = ""
    signing_input: str = field(default="", repr=False)
    notification_id: str = ""
    renewed: bool = False

    def to_bytes(self) -> bytes:
        """The state as versioned JSON."""
        parties: dict[str, Json] = {
            name: None if part is None else part.to_wire()
            for name, part in (("offer", self.offer), ("issuer", self.issuer), ("server", self.server))
        }
        identifiers: dict[str, Json] = dict(self.identifiers)
        return saved.dump(
            _KIND,
            _VERSION,
            {
                "phase": self.phase.value,
                **parties,
                "chosen": list(self.chosen),
                "kept": list(self.kept),
                "access_token": self.access_token,
                "identifiers": identifiers,
                "nonce": self.nonce,
                "key": self.key,
                "signing_input": self.signing_input,
                "notification_id": self.notification_id,
                "renewed": self.renewed,
            },
        )

    @classmethod
    def from_bytes(cls, raw: bytes) -> Acceptance:
        """Read a stored state.

        Raises:
            LocalError: `oid4vci.state`.
        """
        with saved.reading("oid4vci.state"):
            obj = saved.load(raw, _KIND, _VERSION)
            offer, issuer, server = (_part(obj, name) for name in ("offer", "issuer", "server"))
            identifiers = shape.child(obj, "identifiers")
            return cls(
                phase=saved.choice(Phase, shape.text(obj, "phase"), "/phase"),
                offer=None if offer is None else CredentialOffer.parse(strict_json.dumps(offer)),
                issuer=None if issuer is None else _issuer(issuer),
                server=None if server is None else _server(server),
                chosen=shape.texts(obj, "chosen"),
                kept=shape.texts(obj, "kept"),
                access_token=saved.text(obj, "access_token"),
                identifiers={name: shape.text(identifiers, name, "/identifiers") for name in identifiers},
                nonce=saved.text(obj, "nonce"),
                key=saved.text(obj, "key"),
                signing_input=saved.text(obj, "signing_input"),
                notification_id=saved.text(obj, "notification_id"),
                renewed=shape.boolean(obj, "renewed"),
            )


def _part(obj: dict[str, Json], name: str) -> dict[str, Json] | None:
    value = shape.member(obj, name)
    return None if value is None else shape.as_object(value, f"/{name}")


def _issuer(obj: dict[str, Json]) -> CredentialIssuerMetadata:
    identifier = shape.text(obj, "credential_issuer", "/issuer")
    return CredentialIssuerMetadata.parse(strict_json.dumps(obj), issuer=identifier)


def _server(obj: dict[str, Json]) -> AuthorizationServerMetadata:
    identifier = shape.text(obj, "issuer", "/server")
    return AuthorizationServerMetadata.parse(strict_json.dumps(obj), issuer=identifier)
