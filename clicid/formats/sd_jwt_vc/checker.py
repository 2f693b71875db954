"""The verifier's side of SD-JWT VC: the numbered steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from clicid.errors import Refused
from clicid.formats.base import (
    Checked,
    CheckName,
    Claims,
    FormatId,
    Line,
    Outcome,
    Wanted,
)
from clicid.formats.issuer import Keyed, Known, failed, issuer_key, issuer_known
from clicid.formats.sd_jwt_vc import token
from clicid.formats.sd_jwt_vc.reveal import NEVER_SELECTIVE, reveal
from clicid.securing import jws
from clicid.trust import x5c

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from clicid.formats.base import Binding, Have, Rules
    from clicid.formats.sd_jwt_vc.token import SdJwt
    from clicid.keys.public import PublicKey
    from clicid.securing.jws import UnverifiedJws

Step: TypeAlias = "tuple[CheckName, Callable[[], None]]"

_SECTIONS: Final = {
    CheckName.STRUCTURE: "RFC 9901 4; SD-JWT VC 2.2",
    CheckName.ISSUER_KNOWN: "design 3: issuer allowed",
    CheckName.ISSUER_KEY: "SD-JWT VC 2.5; HAIP 1.0 7.1",
    CheckName.ISSUER_SIGNATURE: "RFC 9901 7.1 (2)",
    CheckName.VALIDITY: "RFC 7519 4.1.4 to 4.1.6",
    CheckName.HOLDER_BINDING: "RFC 9901 7.3; OpenID4VP 1.0 B.3.6",
    CheckName.NONCE: "RFC 9901 7.3; OpenID4VP 1.0 14.1",
    CheckName.AUDIENCE: "RFC 9901 7.3; OpenID4VP 1.0 14.2",
    CheckName.DISCLOSURES: "RFC 9901 7.1 (3)",
}
_AT_REST: Final = {CheckName.HOLDER_BINDING, CheckName.NONCE, CheckName.AUDIENCE}
"""Steps that a credential at rest has no answer to."""

# What the checks consume; what is left are claims about the person.
_REGISTERED: Final = NEVER_SELECTIVE | {"iat"}


@dataclass(frozen=True, slots=True)
class SdJwtVcChecker:
    """A `Checker[SdJwt]`."""

    format: FormatId = FormatId.SD_JWT_VC

    def parse(self, raw: bytes) -> SdJwt:
        """Step 1; see `token.parse` for what it refuses."""
        return token.parse(raw)

    def check(
        self, parsed: SdJwt, have: Have, *, rules: Rules, binding: Binding | None, now: datetime
    ) -> Checked | Wanted:
        """Walk the steps until one does not pass.

        1. Structure: done by `parse`; a credential at rest has no KB-JWT.
        2. Issuer known: accredited for the `vct` on chain, and on the policy's list if it has one.
        3. Issuer key: the `kid` is a key of the DID's for credentials; `iss` and `x5c`, where
           present, lead to the same issuer.
        4. Issuer signature (RFC 9901 7.1, 2).
        5. Validity: `iat`, `nbf`, `exp` with the leeway.
        6. Holder binding, nonce and audience (RFC 9901 7.3): the KB-JWT is by the key in `cnf`, just
           made, over exactly this selection, for this request. Inside a presentation that already
           proved its holder's key, that key must be the one in `cnf`.
        7. Disclosures (RFC 9901 7.1, 3).
        8. The status entry is handed on: `verification` looks it up, now that the issuer's word
           for its address holds.

        Lines of steps that were not reached say so. With `binding` None (a credential at rest) there
        is no step 6.
        """
        if binding is None and parsed.key_binding is not None:
            error = Refused("sd_jwt.structure", detail="a presentation where a credential is wanted")
            return _ended([_failed(CheckName.STRUCTURE, error)], parsed, binding)
        lines = [_passed(CheckName.STRUCTURE)]
        # 2
        known = issuer_known(parsed.issuer_did, parsed.credential_type, have, rules=rules, now=now)
        if not isinstance(known, Known):
            return _ended_at(known, lines, parsed, binding)
        lines.append(known.line)
        # 3
        keyed = issuer_key(parsed.key_id, parsed.issuer_did, have, rules=rules, now=now)
        if not isinstance(keyed, Keyed):
            return _ended_at(keyed, lines, parsed, binding)
        steps: list[Step] = [
            (CheckName.ISSUER_KEY, lambda: _check_names(parsed, known, keyed.key, now)),
            (CheckName.ISSUER_SIGNATURE, lambda: _check_signature(parsed.jws, keyed.key, "issuer.signature")),
            (CheckName.VALIDITY, lambda: _check_validity(parsed, rules, now)),
            *_binding_steps(parsed, rules, binding, now),
        ]
        for name, walk in steps:
            try:
                walk()
            except Refused as error:
                return _ended([*lines, _failed(name, error)], parsed, binding)
            lines.append(keyed.line if name is CheckName.ISSUER_KEY else _passed(name))
        return _disclosed(parsed, lines, binding)


def _disclosed(parsed: SdJwt, lines: list[Line], binding: Binding | None) -> Checked:
    """Steps 7 and 8."""
    try:
        claims = reveal(parsed.payload, parsed.disclosures).claims
    except Refused as error:
        return _ended([*lines, _failed(CheckName.DISCLOSURES, error)], parsed, binding)
    return Checked(
        lines=(*lines, _passed(CheckName.DISCLOSURES)),
        claims=Claims({name: value for name, value in claims.items() if name not in _REGISTERED}),
        issuer=parsed.issuer_did,
        credential_type=parsed.credential_type,
        status=() if parsed.status is None else (parsed.status,),
    )


def _binding_steps(parsed: SdJwt, rules: Rules, binding: Binding | None, now: datetime) -> list[Step]:
    """Step 6: none at rest, one inside a presentation, three where the token is the presentation."""
    if binding is None:
        return []
    holder_key = binding.holder_key
    if holder_key is not None:
        return [(CheckName.HOLDER_BINDING, lambda: _check_enclosed(parsed, holder_key))]
    return [
        (CheckName.HOLDER_BINDING, lambda: _check_holder(parsed, rules, now)),
        (CheckName.NONCE, lambda: _check_same(parsed, "nonce", binding.nonce)),
        (CheckName.AUDIENCE, lambda: _check_same(parsed, "audience", binding.audience)),
    ]


def _check_names(parsed: SdJwt, known: Known, key: PublicKey, now: datetime) -> None:
    if parsed.issuer is not None and parsed.issuer != known.accreditation.identifier:
        raise Refused("issuer.identifier", "/iss")
    if parsed.x5c:
        x5c.check(parsed.x5c, key, known.accreditation, now=now)


def _check_signature(signed: UnverifiedJws, key: PublicKey, code: str) -> None:
    try:
        jws.verify(signed, key)
    except Refused as error:
        raise Refused(code if error.code == "keys.signature" else error.code, error.where) from error


def _check_validity(parsed: SdJwt, rules: Rules, now: datetime) -> None:
    # The leeway is added to our own time: the token's may lie at the end of what can be expressed.
    if parsed.expires is not None and now - rules.leeway >= parsed.expires:
        raise Refused("validity.expired")
    for begin in (parsed.not_before, parsed.issued_at):
        if begin is not None and now + rules.leeway < begin:
            raise Refused("validity.not_yet")


def _check_enclosed(parsed: SdJwt, holder_key: PublicKey) -> None:
    if parsed.holder is None:
        raise Refused("holder.binding_missing", "/cnf")
    if parsed.holder != holder_key:
        raise Refused("holder.key_mismatch", "/cnf")


def _check_holder(parsed: SdJwt, rules: Rules, now: datetime) -> None:
    proof = parsed.key_binding
    if parsed.holder is None or proof is None:
        raise Refused("holder.binding_missing")
    _check_signature(proof.jws, parsed.holder, "holder.signature")
    if proof.sd_hash != parsed.hashed:
        raise Refused("holder.selection")
    if not -rules.leeway <= now - proof.issued_at <= rules.key_binding_max_age + rules.leeway:
        raise Refused("holder.proof_time")


def _check_same(parsed: SdJwt, what: Literal["nonce", "audience"], wanted: str) -> None:
    proof = parsed.key_binding
    if proof is None or getattr(proof, what) != wanted:
        raise Refused(f"holder.{what}")


def _failed(step: CheckName, error: Refused) -> Line:
    return failed(step, _SECTIONS[step], error)


def _passed(step: CheckName) -> Line:
    return Line(step, Outcome.PASSED, _SECTIONS[step])


def _ended_at(
    step: Line | Wanted, lines: list[Line], parsed: SdJwt, binding: Binding | None
) -> Checked | Wanted:
    return step if isinstance(step, Wanted) else _ended([*lines, step], parsed, binding)


def _ended(lines: list[Line], parsed: SdJwt, binding: Binding | None) -> Checked:
    """The walk ended at its last line; the steps after it were not reached."""
    walked = {line.check for line in lines}
    skipped = _AT_REST if binding is None else set()
    rest = [
        Line(step, Outcome.NOT_REACHED, section)
        for step, section in _SECTIONS.items()
        if step not in walked and step not in skipped
    ]
    return Checked(lines=(*lines, *rest), issuer=parsed.issuer_did, credential_type=parsed.credential_type)
