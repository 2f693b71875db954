"""The verifier's side of `ldp_vp`: the numbered steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from clicid.errors import Refused
from clicid.formats import steps
from clicid.formats.base import Checked, CheckName, FormatId, HolderBound, Inner, Line, Role
from clicid.formats.holder import holder_key
from clicid.formats.vc_di.presentation import Presentation, parse_presentation
from clicid.formats.vc_di.presented import Presented
from clicid.formats.vc_di.request import check_audience, check_nonce
from clicid.rdf.profile import Profile
from clicid.securing import data_integrity

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.formats.base import Binding, Have, Rules
    from clicid.formats.vc_di.credential_checker import LdpVcChecker
    from clicid.keys.public import PublicKey
    from clicid.rdf.contexts import Contexts
    from clicid.securing.data_integrity import Proof

_SECTIONS: Final = {
    CheckName.STRUCTURE: "VC Data Model 2.0 4.13; VC Data Integrity 1.0 2.1",
    CheckName.HOLDER_BINDING: "VC Data Integrity 1.0 4.4, 4.5; OpenID4VP 1.0 B.1.3.2",
    CheckName.NONCE: "OpenID4VP 1.0 B.1.3.2.5, 14.1",
    CheckName.AUDIENCE: "OpenID4VP 1.0 B.1.3.2.5, 14.2",
}


@dataclass(frozen=True, slots=True)
class LdpVpChecker:
    """A `Checker[Presentation]`.

    Args:
        contexts: The contexts at hand.
        profile: `CLOSED` for answers to our own requests, `OPEN` for everybody's presentations.
        inside: The checker of the credentials in them, whose layouts are used here too.
        presented: Layouts of presentations whose signatures were good.
    """

    contexts: Contexts
    format: FormatId = FormatId.LDP_VP
    profile: Profile = Profile.CLOSED
    inside: LdpVcChecker | None = None
    presented: Presented | None = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.inside is not None and self.profile is Profile.CLOSED:
            object.__setattr__(self, "presented", Presented(self.inside.recognised, self.inside.shipped))

    def parse(self, raw: bytes) -> Presentation:
        """Step 1; see `parse_presentation` for what it refuses."""
        return self.recognise(raw) or parse_presentation(raw, self.contexts, profile=self.profile)

    def recognise(self, raw: bytes) -> Presentation | None:
        """What `parse` gives, if it is of a known layout, and so is what stands in it."""
        return None if self.presented is None else self.presented.read(raw)

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
        2. Holder binding: every proof is by a key of the holder's did:key, did:jwk or did:peer for
           authentication, and just made.
        3. Nonce: the `challenge` of every proof is the request's.
        4. Audience: the verifier's client id is in the `domain` of every proof.
        5. The credentials are handed on with the holder's key, to which they must be bound. What has no
           proof but this one is the holder's own word, and goes no further.

        There is no presentation at rest: `binding` None does not pass.
        """
        walk = steps.Walk(_SECTIONS)
        walk.add(_structure(parsed))
        if binding is None:
            error = Refused("holder.binding_missing", detail="a presentation answers a request")
            walk.fail(CheckName.HOLDER_BINDING, error)
            return Checked(lines=walk.lines)
        try:
            key = _check_holder(parsed, rules, now)  # 2
        except Refused as error:
            walk.fail(CheckName.HOLDER_BINDING, error)
            return Checked(lines=walk.lines)
        walk.passed(CheckName.HOLDER_BINDING)
        passed = (
            walk.step(CheckName.NONCE, check_nonce, parsed.proofs, binding.nonce, rules)  # 3
            and walk.step(CheckName.AUDIENCE, check_audience, parsed.proofs, binding.audience, rules)  # 4
        )
        if passed and parsed.raw is not None and self.presented is not None:
            self.presented.learn(parsed.raw, parsed, self.contexts)
        return Checked(lines=walk.lines, nested=_nested(parsed, key) if passed else ())  # 5


def _nested(parsed: Presentation, key: PublicKey) -> tuple[Inner, ...]:
    """The credentials, those already read as they were read."""
    read = parsed.read or [None] * len(parsed.credentials)
    nested: list[Inner] = []
    for (form, raw), one in zip(parsed.credentials, read, strict=True):
        nested.append(Inner(form, raw, Role.CREDENTIAL, key, one))
    return tuple(nested)


def _check_holder(parsed: Presentation, rules: Rules, now: datetime) -> PublicKey:
    """The holder's key; of several proofs, that of the first."""
    keys = [_key(parsed, proof) for proof in parsed.proofs]
    steps.signature("holder.signature", data_integrity.verify, parsed.unverified, keys)
    for proof in parsed.proofs:
        _check_time(proof, rules, now)
    return keys[0]


def _key(parsed: Presentation, proof: Proof) -> PublicKey:
    """A key of the holder; where none is named, of the DID that the proof itself is by."""
    method = proof.verification_method
    if parsed.holder is None:
        return holder_key(method.partition("#")[0], method, "/proof/verificationMethod")
    return holder_key(parsed.holder, method, "/holder")


def _check_time(proof: Proof, rules: Rules, now: datetime) -> None:
    """Made just now, unless anybody may present at any time; never after its end."""
    if proof.expires is not None and now - rules.leeway >= proof.expires:
        raise Refused("holder.proof_time", "/proof/expires")
    if rules.holder is HolderBound.UNSAFE_ANYBODY_MAY_PRESENT:
        return
    latest = rules.key_binding_max_age + rules.leeway
    if proof.created is None or not -rules.leeway <= now - proof.created <= latest:
        raise Refused("holder.proof_time", "/proof/created")


def _structure(parsed: Presentation) -> Line:
    line, count = steps.passed_line(CheckName.STRUCTURE, _SECTIONS[CheckName.STRUCTURE]), parsed.self_asserted
    if not count:
        return line
    return line._replace(detail=f"not handed on, for only the holder vouches for them: {count} credentials")
