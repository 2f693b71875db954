"""The verifier's side of `ldp_vp`: the numbered steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clicid.errors import Refused
from clicid.formats.base import Checked, CheckName, FormatId, HolderBound, Inner, Line, Outcome, Role
from clicid.formats.holder import holder_key
from clicid.formats.issuer import failed
from clicid.formats.vc_di.presentation import Presentation, parse_presentation
from clicid.securing import data_integrity

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.formats.base import Binding, Have, Rules
    from clicid.keys.public import PublicKey
    from clicid.rdf.contexts import Contexts

_SECTIONS: Final = {
    CheckName.STRUCTURE: "VC Data Model 2.0 4.13; VC Data Integrity 1.0 2.1",
    CheckName.HOLDER_BINDING: "VC Data Integrity EdDSA 1.0 3.2.2; OpenID4VP 1.0 B.1.3.2",
    CheckName.NONCE: "OpenID4VP 1.0 B.1.3.2.5, 14.1",
    CheckName.AUDIENCE: "OpenID4VP 1.0 B.1.3.2.5, 14.2",
}


@dataclass(frozen=True, slots=True)
class LdpVpChecker:
    """A `Checker[Presentation]`.

    Args:
        contexts: The shipped contexts.
    """

    contexts: Contexts
    format: FormatId = FormatId.LDP_VP

    def parse(self, raw: bytes) -> Presentation:
        """Step 1; see `parse_presentation` for what it refuses."""
        return parse_presentation(raw, self.contexts)

    def check(
        self,
        parsed: Presentation,
        have: Have,  # noqa: ARG002 - a holder's key is in its DID: nothing is wanted
        *,
        rules: Rules,
        binding: Binding | None,
        now: datetime,
    ) -> Checked:
        """Walk the steps until one does not pass.

        1. Structure, and JSON-LD in safe mode: done by `parse`.
        2. Holder binding: the proof is by a key of the holder's did:key or did:jwk, and just made.
        3. Nonce: the proof's `challenge` is the request's.
        4. Audience: the proof's `domain` is the verifier's client id.
        5. The credentials are handed on with the holder's key, to which they must be bound.

        There is no presentation at rest: `binding` None does not pass.
        """
        lines = [_passed(CheckName.STRUCTURE)]
        try:
            key = _check_holder(parsed, rules, binding, now)  # 2
        except Refused as error:
            return _ended(lines, CheckName.HOLDER_BINDING, error)
        lines.append(_passed(CheckName.HOLDER_BINDING))
        proof = parsed.proof
        wanted = (
            (CheckName.NONCE, "holder.nonce", _given(proof.challenge), binding.nonce if binding else ""),  # 3
            (CheckName.AUDIENCE, "holder.audience", proof.domain, binding.audience if binding else ""),  # 4
        )
        for step, code, given, asked in wanted:
            if not _answers(given, asked, rules):
                return _ended(lines, step, Refused(code, "/proof"))
            lines.append(_passed(step))
        inside = [Inner(FormatId.LDP_VC, raw, Role.CREDENTIAL, key) for raw in parsed.credentials]
        return Checked(lines=tuple(lines), nested=tuple(inside))  # 5


def _given(text: str | None) -> tuple[str, ...]:
    return () if text is None else (text,)


def _answers(given: tuple[str, ...], asked: str, rules: Rules) -> bool:
    """Whether the proof has what was asked for; where anybody may present, nothing need be."""
    if not asked and rules.holder is HolderBound.UNSAFE_ANYBODY_MAY_PRESENT:
        return True
    return given == (asked,)


def _check_holder(parsed: Presentation, rules: Rules, binding: Binding | None, now: datetime) -> PublicKey:
    if binding is None:
        raise Refused("holder.binding_missing", detail="a presentation answers a request")
    proof = parsed.proof
    key = holder_key(parsed.holder, proof.verification_method, "/holder")
    try:
        data_integrity.verify(parsed.unverified, [key])
    except Refused as error:
        code = "holder.signature" if error.code == "keys.signature" else error.code
        raise Refused(code, "/proof") from error
    if (
        proof.created is None
        or not -rules.leeway <= now - proof.created <= rules.key_binding_max_age + rules.leeway
    ):
        raise Refused("holder.proof_time", "/proof/created")
    if proof.expires is not None and now - rules.leeway >= proof.expires:
        raise Refused("holder.proof_time", "/proof/expires")
    return key


def _passed(step: CheckName) -> Line:
    return Line(step, Outcome.PASSED, _SECTIONS[step])


def _ended(lines: list[Line], step: CheckName, error: Refused) -> Checked:
    """The walk ended at `step`; the steps after it were not reached."""
    walked = {line.check for line in lines} | {step}
    rest = [
        Line(name, Outcome.NOT_REACHED, section) for name, section in _SECTIONS.items() if name not in walked
    ]
    return Checked(lines=(*lines, failed(step, _SECTIONS[step], error), *rest))
