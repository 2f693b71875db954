"""The verifier's side of `ldp_vc`: the numbered steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clicid.errors import Refused
from clicid.formats.base import Checked, CheckName, Claims, FormatId, HolderBound, Line, Outcome, Wanted
from clicid.formats.holder import holder_document
from clicid.formats.issuer import Keyed, Known, failed, issuer_key, issuer_known
from clicid.formats.vc_di.credential import Credential, parse_credential
from clicid.securing import data_integrity

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from clicid.formats.base import Binding, Have, Rules
    from clicid.keys.public import PublicKey
    from clicid.rdf.contexts import Contexts

_SECTIONS: Final = {
    CheckName.STRUCTURE: "VC Data Model 2.0 4; VC Data Integrity 1.0 2.1",
    CheckName.ISSUER_KNOWN: "design 3: issuer allowed",
    CheckName.ISSUER_KEY: "Controlled Identifiers 1.0 3.3",
    CheckName.ISSUER_SIGNATURE: "VC Data Integrity EdDSA 1.0 3.2.2",
    CheckName.VALIDITY: "VC Data Model 2.0 4.9; VC Data Integrity 1.0 2.1",
    CheckName.HOLDER_BINDING: "VC Data Model 2.0 4.8; OpenID4VP 1.0 B.1.3.2",
}


@dataclass(frozen=True, slots=True)
class LdpVcChecker:
    """A `Checker[Credential]`.

    Args:
        contexts: The shipped contexts.
    """

    contexts: Contexts
    format: FormatId = FormatId.LDP_VC

    def parse(self, raw: bytes) -> Credential:
        """Step 1; see `parse_credential` for what it refuses."""
        return parse_credential(raw, self.contexts)

    def check(
        self, parsed: Credential, have: Have, *, rules: Rules, binding: Binding | None, now: datetime
    ) -> Checked | Wanted:
        """Walk the steps until one does not pass.

        1. Structure, and JSON-LD in safe mode: done by `parse`.
        2. Issuer known: accredited for the type's IRI on chain, and on the policy's list if it has one.
        3. Issuer key: `verificationMethod` is a key of the issuer's DID for credentials.
        4. Issuer signature (EdDSA Cryptosuites 3.2.2).
        5. Validity: `validFrom`, `validUntil`, and the proof's `created` and `expires`, with the leeway.
        6. Holder binding: every subject's id is a DID of the key that the enclosing presentation
           proved. A credential at rest (`binding` None) has no such step.
        7. The status entry is handed on: `verification` looks it up, now that the issuer's word
           for its address holds.
        """
        lines = [_passed(CheckName.STRUCTURE)]
        # 2
        known = issuer_known(parsed.issuer, parsed.credential_type, have, rules=rules, now=now)
        if not isinstance(known, Known):
            return known if isinstance(known, Wanted) else _ended([*lines, known], parsed, binding)
        lines.append(known.line)
        # 3
        method = parsed.proof.verification_method
        keyed = issuer_key(method, parsed.issuer, have, rules=rules, now=now)
        if not isinstance(keyed, Keyed):
            return keyed if isinstance(keyed, Wanted) else _ended([*lines, keyed], parsed, binding)
        lines.append(keyed.line)
        for name, walk in _steps(parsed, keyed.key, rules, binding, now):
            try:
                walk()
            except Refused as error:
                return _ended([*lines, failed(name, _SECTIONS[name], error)], parsed, binding)
            lines.append(_passed(name))
        # 7
        return Checked(
            lines=tuple(lines),
            claims=_claims(parsed),
            issuer=parsed.issuer,
            credential_type=parsed.credential_type,
            status=() if parsed.status is None else (parsed.status,),
            credential_id=str(parsed.unverified.document.get("id", "")),
        )


def _steps(
    parsed: Credential, key: PublicKey, rules: Rules, binding: Binding | None, now: datetime
) -> list[tuple[CheckName, Callable[[], None]]]:
    """Steps 4 to 6."""
    steps: list[tuple[CheckName, Callable[[], None]]] = [
        (CheckName.ISSUER_SIGNATURE, lambda: _check_signature(parsed, key)),
        (CheckName.VALIDITY, lambda: _check_validity(parsed, rules, now)),
    ]
    if binding is not None:
        steps.append((CheckName.HOLDER_BINDING, lambda: _check_holder(parsed, rules, binding.holder_key)))
    return steps


def _check_signature(parsed: Credential, key: PublicKey) -> None:
    try:
        data_integrity.verify(parsed.unverified, [key])
    except Refused as error:
        code = "issuer.signature" if error.code == "keys.signature" else error.code
        raise Refused(code, "/proof") from error


def _check_validity(parsed: Credential, rules: Rules, now: datetime) -> None:
    proof = parsed.proof
    for end in (parsed.valid_until, proof.expires):
        if end is not None and now - rules.leeway >= end:
            raise Refused("validity.expired")
    for begin in (parsed.valid_from, proof.created):
        if begin is not None and now + rules.leeway < begin:
            raise Refused("validity.not_yet")


def _check_holder(parsed: Credential, rules: Rules, key: PublicKey | None) -> None:
    if rules.holder is HolderBound.UNSAFE_ANYBODY_MAY_PRESENT:
        return
    if key is None:
        raise Refused("holder.binding_missing", detail="the credential stands in no presentation")
    for subject in parsed.subjects:
        did = subject.get("id")
        if not isinstance(did, str):
            raise Refused("holder.binding_missing", "/credentialSubject/id")
        if key not in {method.key for method in holder_document(did, "/credentialSubject/id").methods}:
            raise Refused("holder.key_mismatch", "/credentialSubject/id")


def _claims(parsed: Credential) -> Claims:
    """What is said of the holder: the members of the first subject, its id left out.

    Several subjects pass only at rest: no two nodes of a document have one id.
    """
    return Claims({name: value for name, value in parsed.subjects[0].items() if name != "id"})


def _passed(step: CheckName) -> Line:
    return Line(step, Outcome.PASSED, _SECTIONS[step])


def _ended(lines: list[Line], parsed: Credential, binding: Binding | None) -> Checked:
    """The walk ended at its last line; the steps after it were not reached."""
    walked = {line.check for line in lines}
    skipped = {CheckName.HOLDER_BINDING} if binding is None else set()
    rest = [
        Line(step, Outcome.NOT_REACHED, section)
        for step, section in _SECTIONS.items()
        if step not in walked | skipped
    ]
    return Checked(lines=(*lines, *rest), issuer=parsed.issuer, credential_type=parsed.credential_type)
