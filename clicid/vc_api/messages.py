"""What the VC API's requests hold, read strictly from the bytes that came."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from clicid.codec import shape, strict_json
from clicid.vc_api import options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json
    from clicid.vc_api.options import DeriveOptions, IssueOptions, ProveOptions, VerifyOptions

MAX_BYTES: Final = 1 << 20
_MAX_DEPTH: Final = 24
_OPTIONS: Final = b',"options":{'

CREDENTIAL: Final = "credential"
VERIFIABLE_CREDENTIAL: Final = "verifiableCredential"
PRESENTATION: Final = "presentation"
VERIFIABLE_PRESENTATION: Final = "verifiablePresentation"


@dataclass(frozen=True, slots=True)
class IssueRequest:
    """`/credentials/issue`: a credential without its proof."""

    credential: Mapping[str, Json] = field(repr=False)
    options: IssueOptions


@dataclass(frozen=True, slots=True)
class DeriveRequest:
    """`/credentials/derive`: a credential as its issuer gave it, and what of it is to be shown."""

    credential: bytes = field(repr=False)
    options: DeriveOptions


@dataclass(frozen=True, slots=True)
class ProveRequest:
    """`/presentations/prove`: a presentation without its proof."""

    presentation: Mapping[str, Json] = field(repr=False)
    options: ProveOptions


@dataclass(frozen=True, slots=True)
class VerifyRequest:
    """`/credentials/verify` or `/presentations/verify`: something secured.

    Args:
        member: The name under which it came.
        raw: It, in JSON; nothing in it is verified.
        options: What its proof must answer.
        read: What `raw` says; None if nobody has read it (`verify_unread`).
    """

    member: str
    raw: bytes = field(repr=False)
    options: VerifyOptions
    read: Mapping[str, Json] | None = field(default=None, repr=False, compare=False)

    def document(self) -> Mapping[str, Json]:
        """What came, read.

        Raises:
            Refused: `codec.*`, if nobody has read it before.
        """
        if self.read is not None:
            return self.read
        return shape.as_object(strict_json.loads(self.raw, max_bytes=MAX_BYTES, max_depth=_MAX_DEPTH))


def issue(raw: bytes) -> IssueRequest:
    """Read a request to issue.

    Raises:
        Refused: `codec.size`, `codec.json`, `codec.shape`, `vc_api.option`, as each reader of this module.
    """
    request = _request(raw, CREDENTIAL)
    return IssueRequest(shape.child(request, CREDENTIAL), options.issue(request))


def derive(raw: bytes) -> DeriveRequest:
    """Read a request to derive."""
    request = _request(raw, VERIFIABLE_CREDENTIAL)
    credential = shape.child(request, VERIFIABLE_CREDENTIAL)
    return DeriveRequest(strict_json.dumps(credential), options.derive(request))


def prove(raw: bytes) -> ProveRequest:
    """Read a request to prove."""
    request = _request(raw, PRESENTATION)
    return ProveRequest(shape.child(request, PRESENTATION), options.prove(request))


def verify(raw: bytes, member: str) -> VerifyRequest:
    """Read a request to verify. What it holds is in JSON of our own writing: proofs are over what it says.

    Args:
        raw: The body.
        member: `VERIFIABLE_CREDENTIAL` or `VERIFIABLE_PRESENTATION`.
    """
    request = _request(raw, member)
    document = shape.child(request, member)
    return VerifyRequest(member, strict_json.dumps(document), options.verify(request), document)


def verify_unread(raw: bytes, member: str) -> VerifyRequest | None:
    """The request that a body as most are written may be: first the member, then the options, no blanks.

    It is that request if what it holds is one JSON object that `verify` would read, which was not looked
    at: around such bytes, the rest of the body makes an object of two members. Whoever uses it knows by
    other means that they are.

    Args:
        raw: The body.
        member: As for `verify`.

    Raises:
        Refused: As `verify`, for the options.
    """
    begins, cut = b'{"%s":' % member.encode(), raw.rfind(_OPTIONS)
    if not raw.startswith(begins) or not raw.endswith(b"}}") or cut < len(begins):
        return None
    given = strict_json.loads(raw[cut + len(_OPTIONS) - 1 : -1])
    return VerifyRequest(member, raw[len(begins) : cut], options.verify({"options": given}))


def _request(raw: bytes, member: str) -> dict[str, Any]:
    request = shape.as_object(strict_json.loads(raw, max_bytes=MAX_BYTES, max_depth=_MAX_DEPTH))
    shape.only(request, (member, "options"))
    return request
