"""A reason of ours as problem details (RFC 9457), with the type that the W3C's specifications give it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clicid.errors import REASONS

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json
    from clicid.errors import ClicidError

MEDIA_TYPE: Final = "application/problem+json"

_DATA_MODEL: Final = "https://www.w3.org/TR/vc-data-model#"
_SECURITY: Final = "https://w3id.org/security#"
_STATUS_LIST: Final = "https://www.w3.org/ns/credentials/status-list#"
_VCALM: Final = "https://www.w3.org/TR/vcalm#"
OURS: Final = "urn:clicid:error:"

# VC Data Model 2.0 7.2; VC Data Integrity 1.0 4.7; Bitstring Status List 1.0 3.5; VCALM: error handling.
# The longest prefix decides; a code that has none is named by us.
_TYPES: Final = (
    ("codec.json", _DATA_MODEL + "PARSING_ERROR"),
    ("codec.size", _DATA_MODEL + "PARSING_ERROR"),
    ("codec.", _DATA_MODEL + "MALFORMED_VALUE_ERROR"),
    ("did.", _DATA_MODEL + "MALFORMED_VALUE_ERROR"),
    ("holder.audience", _SECURITY + "INVALID_DOMAIN_ERROR"),
    ("holder.nonce", _SECURITY + "INVALID_CHALLENGE_ERROR"),
    ("holder.", _SECURITY + "PROOF_VERIFICATION_ERROR"),
    ("issuer.signature", _DATA_MODEL + "CRYPTOGRAPHIC_SECURITY_ERROR"),
    ("issuer.key_", _SECURITY + "PROOF_VERIFICATION_ERROR"),
    ("keys.", _DATA_MODEL + "CRYPTOGRAPHIC_SECURITY_ERROR"),
    ("proof.", _SECURITY + "PROOF_VERIFICATION_ERROR"),
    ("rdf.", _SECURITY + "PROOF_TRANSFORMATION_ERROR"),
    ("securing.", _DATA_MODEL + "CRYPTOGRAPHIC_SECURITY_ERROR"),
    ("status.index", _STATUS_LIST + "RANGE_ERROR"),
    ("status.too_old", _STATUS_LIST + "STATUS_RETRIEVAL_ERROR"),
    ("status.unavailable", _STATUS_LIST + "STATUS_RETRIEVAL_ERROR"),
    ("status_list.too_old", _STATUS_LIST + "STATUS_RETRIEVAL_ERROR"),
    ("status_list.unavailable", _STATUS_LIST + "STATUS_RETRIEVAL_ERROR"),
    ("status.", _STATUS_LIST + "STATUS_VERIFICATION_ERROR"),
    ("validity.", _DATA_MODEL + "RANGE_ERROR"),
    ("vc.", _DATA_MODEL + "MALFORMED_VALUE_ERROR"),
    ("vc_api.option", _VCALM + "UNKNOWN_OPTION_PROVIDED"),
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem.

    Args:
        code: A key of `REASONS`.
        where: The place in the request's body, as a JSON pointer; empty for the whole.
        detail: What to tell an engineer; never a claim's value.
    """

    code: str
    where: str = ""
    detail: str = ""

    @classmethod
    def of(cls, error: ClicidError, inside: str = "") -> Problem:
        """The problem an error tells of.

        Args:
            error: Ours.
            inside: The member of the body that the error's own place is in, as a JSON pointer.
        """
        where = error.where if error.where.startswith("/") else ""
        return cls(error.code, inside + where, error.detail)

    def to_json(self, status: int) -> dict[str, Json]:
        """The members of RFC 9457, and ours: the stable code, the place, and the sentence in Swedish."""
        reason = REASONS[self.code]
        return {
            "type": problem_type(self.code),
            "title": reason.en,
            "title_sv": reason.sv,
            "status": status,
            "detail": self.detail,
            "code": self.code,
            "where": self.where,
        }


def problem_type(code: str) -> str:
    """The URL of a reason's kind of problem."""
    fitting = [(len(prefix), url) for prefix, url in _TYPES if code.startswith(prefix)]
    return max(fitting)[1] if fitting else OURS + code
