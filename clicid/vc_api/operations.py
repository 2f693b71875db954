"""The operations as an OpenAPI document describes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from clicid.trust import issuance
from clicid.vc_api import messages, options

if TYPE_CHECKING:
    from collections.abc import Mapping

_TEXT: Final[dict[str, Any]] = {"type": "string"}
_FLAG: Final[dict[str, Any]] = {"type": "boolean"}
_POINTERS: Final[dict[str, Any]] = {
    "type": "array",
    "items": {"type": "string", "description": "A JSON pointer (RFC 6901)"},
    "maxItems": options.MAX_POINTERS,
}
_PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["type", "title", "status", "code", "where"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": _TEXT,
        "title_sv": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT,
        "code": {"type": "string", "description": "Our stable reason code"},
        "where": {"type": "string", "description": "The place in the request's body, a JSON pointer"},
    },
}
_VERDICT: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["verified", "verdict", "checks", "warnings", "errors", "problemDetails", "report"],
    "properties": {
        "verified": _FLAG,
        "verdict": {"enum": ["accepted", "refused", "undecided"]},
        "checks": {"type": "array", "items": _TEXT},
        "warnings": {"type": "array", "items": _PROBLEM},
        "errors": {"type": "array", "items": _PROBLEM},
        "problemDetails": {"type": "array", "items": _PROBLEM},
        "report": {"type": "object", "description": "schemas/report.schema.json"},
        "credential": {"type": "object"},
        "verifiablePresentation": {"type": "object"},
        "results": {"type": "object"},
    },
}
_OBJECT: Final[dict[str, Any]] = {"type": "object"}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation.

    Args:
        path: Below an instance.
        summary: In a few words.
        description: In sentences.
        member: The member of the body that matters.
        options: Its options, by name.
        success: The HTTP status when it did what was asked.
        answer: The schema of that answer.
    """

    path: str
    summary: str
    description: str
    member: str
    options: Mapping[str, Mapping[str, Any]]
    success: int
    answer: Mapping[str, Any]

    def openapi(self) -> dict[str, Any]:
        """Body and answers, as an operation of OpenAPI 3.1 has them."""
        body = {
            "type": "object",
            "required": [self.member],
            "additionalProperties": False,
            "properties": {
                self.member: _OBJECT,
                "options": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": dict(self.options),
                },
            },
        }
        failed = _VERDICT if self.answer is _VERDICT else _OBJECT
        return {
            "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
            "responses": {
                str(self.success): {
                    "description": "Done",
                    "content": {"application/json": {"schema": dict(self.answer)}},
                },
                "4XX": {
                    "description": "Problem details",
                    "content": {"application/problem+json": {"schema": {"allOf": [_PROBLEM, failed]}}},
                },
            },
        }


def _with(member: str, **more: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": [member], "properties": {member: _OBJECT, **more}}


ISSUE: Final = Operation(
    "/credentials/issue",
    "Secure a credential",
    "The credential comes back with its proof. Its issuer is the one of this instance. Where the suite "
    "discloses selectively and no mandatory pointers are named, the instance's own list is used.",
    messages.CREDENTIAL,
    {
        "cryptosuite": _TEXT,
        "keyType": _TEXT,
        "mandatoryPointers": _POINTERS,
        "credentialId": _TEXT,
    },
    201,
    _with(
        messages.VERIFIABLE_CREDENTIAL,
        issuanceDigest={
            "type": "string",
            "description": "By what its inclusion proof is asked for, if it is anchored",
        },
    ),
)
DERIVE: Final = Operation(
    "/credentials/derive",
    "Show part of a credential",
    "A credential of a selectively disclosing suite, as its issuer gave it, becomes one that shows what "
    "the issuer made mandatory and what the pointers select.",
    messages.VERIFIABLE_CREDENTIAL,
    {"selectivePointers": _POINTERS, "nonce": _TEXT},
    201,
    _with(messages.VERIFIABLE_CREDENTIAL),
)
PROVE: Final = Operation(
    "/presentations/prove",
    "Secure a presentation",
    "The presentation comes back with the holder's proof over it.",
    messages.PRESENTATION,
    {
        "type": {"const": "DataIntegrityProof"},
        "proofPurpose": {"const": "authentication"},
        "cryptosuite": _TEXT,
        "verificationMethod": _TEXT,
        "created": _TEXT,
        "challenge": _TEXT,
        "domain": _TEXT,
    },
    201,
    _with(messages.VERIFIABLE_PRESENTATION),
)

_VERIFY: Final[dict[str, Any]] = {
    "challenge": _TEXT,
    "domain": _TEXT,
    "checks": {"type": "array", "items": {"enum": sorted(options.CHECKS)}},
    "returnResults": _FLAG,
    "returnProblemDetails": _FLAG,
    "issuanceProofs": {
        "type": "object",
        "description": "By a credential's digest (sha256: and hexadecimal), the proof that it was anchored",
        "maxProperties": issuance.MAX_BROUGHT,
        "additionalProperties": {"type": "string", "description": "base64url"},
    },
}
_DECIDES: Final = (
    "200 with the verdict and the report where everything passed. Whatever was not accepted is a 400 whose "
    "problem details are those of the first reason, with verdict and report beside them. Every check is "
    "made, whatever is asked for."
)
VERIFY_CREDENTIAL: Final = Operation(
    "/credentials/verify",
    "Verify a credential",
    _DECIDES,
    messages.VERIFIABLE_CREDENTIAL,
    {**_VERIFY, "returnCredential": _FLAG},
    200,
    _VERDICT,
)
VERIFY_PRESENTATION: Final = Operation(
    "/presentations/verify",
    "Verify a presentation and what is in it",
    _DECIDES,
    messages.VERIFIABLE_PRESENTATION,
    {**_VERIFY, "returnPresentation": _FLAG},
    200,
    _VERDICT,
)
