"""The verifier's side of `ldp_vc`: the numbered steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from clicid.formats import steps, w3c
from clicid.formats.anchored import issuer_key
from clicid.formats.base import (
    Checked,
    CheckName,
    Claims,
    FormatId,
    HolderBound,
    Line,
    Outcome,
    Wanted,
)
from clicid.formats.data_model.shipped import NOTHING
from clicid.formats.issuer import Keyed, Known
from clicid.formats.vc_di.bound_secret import bound_proofs, check_secret, pseudonym
from clicid.formats.vc_di.credential import Credential, parse_credential
from clicid.formats.vc_di.recognised import Recognised
from clicid.formats.vc_di.request import check_audience, check_nonce
from clicid.rdf.profile import Profile
from clicid.securing import data_integrity

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from clicid.formats.base import Binding, Have, Need, Rules
    from clicid.formats.data_model.shipped import Shipped
    from clicid.keys.public import PublicKey
    from clicid.ledger.facts import Accreditation
    from clicid.rdf.contexts import Contexts
    from clicid.securing.data_integrity import Proof

_SECTIONS: Final = {
    CheckName.STRUCTURE: "VC Data Model 2.0 4; VC Data Integrity 1.0 2.1",
    CheckName.ISSUER_KNOWN: "design 3: issuer allowed",
    CheckName.ISSUER_KEY: "Controlled Identifiers 1.0 3.3; VC Data Integrity 1.0 4.4",
    CheckName.ISSUER_SIGNATURE: "VC Data Integrity 1.0 4.4, 4.5",
    CheckName.VALIDITY: "VC Data Model 2.0 4.9; VC Data Integrity 1.0 2.1",
    CheckName.HOLDER_BINDING: "VC Data Model 2.0 4.8; OpenID4VP 1.0 B.1.3.2",
    CheckName.NONCE: "VC Data Integrity 1.0 4.4",
    CheckName.AUDIENCE: "VC Data Integrity 1.0 4.4",
    CheckName.DISCLOSURES: "VC Data Integrity ECDSA 1.0 3.6.7; VC Data Integrity BBS 1.0 3.3.6",
}
PSEUDONYM: Final = "pseudonym"
"""The claim by which a verifier knows a holder again whose credential names nobody."""
# Steps that have no answer: without a presentation, without a request of their own, without disclosures.
_SKIPPED: Final = {
    (holders, requests, derived): frozenset(
        (
            *((CheckName.HOLDER_BINDING,) if holders else ()),
            *((CheckName.NONCE, CheckName.AUDIENCE) if requests else ()),
            *((CheckName.DISCLOSURES,) if derived else ()),
        )
    )
    for holders in (False, True)
    for requests in (False, True)
    for derived in (False, True)
}


@dataclass(frozen=True, slots=True)
class LdpVcChecker:
    """A `Checker[Credential]`.

    Args:
        contexts: The contexts at hand.
        profile: `CLOSED` for ClicID's own types, `OPEN` for everybody's documents.
        shipped: Resources and schemas at hand.
        recognised: Layouts of credentials whose signatures were good.
    """

    contexts: Contexts
    format: FormatId = FormatId.LDP_VC
    profile: Profile = Profile.CLOSED
    shipped: Shipped = NOTHING
    recognised: Recognised = field(default_factory=Recognised, repr=False, compare=False)

    def parse(self, raw: bytes) -> Credential:
        """Step 1; see `parse_credential` for what it refuses."""
        known = self.recognise(raw)
        return known or parse_credential(raw, self.contexts, profile=self.profile, shipped=self.shipped)

    def recognise(self, raw: bytes) -> Credential | None:
        """What `parse` gives, if it is of a known layout."""
        return self.recognised.read(raw, self.shipped)

    def check(
        self, parsed: Credential, have: Have, *, rules: Rules, binding: Binding | None, now: datetime
    ) -> Checked | Wanted:
        """Walk the steps until one does not pass.

        1. Structure, and JSON-LD in safe mode: done by `parse`.
        2. Issuer known: accredited for the type's IRI on chain, and on the policy's list if it has one.
           What was anchored before an end of this or the next step stays good (`anchored`).
        3. Issuer key: the `verificationMethod` of every proof is a key of the issuer for credentials; of
           everybody's documents, one proof must be the issuer's, and others may be others'.
        4. Issuer signature: every proof of the set, and of its chains.
        5. Validity: `validFrom`, `validUntil`, and each proof's `created` and `expires`, with the leeway.
        6. Holder binding: every subject's id is a DID of the key that the enclosing presentation
           proved; where subjects have no ids, the proof is with a secret of the holder's, for this
           request. A credential at rest (`binding` None) has no such step.
        7. Nonce and audience of the proofs themselves, for a credential that answers a request without
           a presentation around it; only a policy that lets anybody present comes so far.
        8. Disclosures: of a derived proof, what its holder chose to show.
        9. The status entries are handed on: `verification` looks them up, now that the issuer's word
           for their addresses holds.
        """
        own = binding is not None and binding.holder_key is None
        walk = steps.Walk(_SECTIONS, _SKIPPED[binding is None, not own, not parsed.derived])
        walk.passed(CheckName.STRUCTURE)
        # 2
        section = _SECTIONS[CheckName.ISSUER_KNOWN]
        known = w3c.known(
            parsed.issuer, parsed.types, parsed.issued, have, section=section, rules=rules, now=now
        )
        if isinstance(known, Wanted):
            return known
        walk.add(known.line if isinstance(known, Known) else known)
        if not isinstance(known, Known):
            return _checked(parsed, walk)
        right = known.accreditation
        # 3
        keyed = _keys(parsed, have, rules.of(parsed.credential_type), now)
        if isinstance(keyed, Wanted):
            return keyed
        line, keys = keyed
        walk.add(line)
        if not keys:
            return _checked(parsed, walk)
        passed = (
            walk.step(CheckName.ISSUER_SIGNATURE, _check_signature, parsed, keys)  # 4
            and walk.step(CheckName.VALIDITY, _check_validity, parsed, rules, now)  # 5
            and (binding is None or _answers(walk, parsed, rules, binding))  # 6, 7
        )
        if passed and parsed.raw is not None:
            self.recognised.learn(parsed.raw, parsed, self.contexts, self.shipped)
        if passed and parsed.derived:
            walk.add(_disclosures(parsed))  # 8
        return _checked(parsed, walk, right, passed=passed)  # 9


def _keys(
    parsed: Credential, have: Have, rules: Rules, now: datetime
) -> tuple[Line, list[PublicKey]] | Wanted:
    """The key of every proof, or only the first line that did not pass; or what is wanted for all of them."""
    keys: list[PublicKey] = []
    passed: Line | None = None
    line: Line | None = None
    needs: dict[Need, None] = {}
    # All at once: a proof's maker must not get a round of its own out of whoever fetches.
    for number, proof in enumerate(parsed.proofs):
        signer = _signer(parsed, proof) if parsed.profile is Profile.OPEN else parsed.issuer
        issued = parsed.unverified.proofs[number].issued
        one = issuer_key(proof.verification_method, signer, issued, have, rules=rules, now=now)
        if isinstance(one, Keyed):
            passed = passed or one.line
            keys.append(one.key)
        elif isinstance(one, Line):
            line = line or one
        else:
            needs |= dict.fromkeys(one.needs)
    if line is not None:
        return line, []
    return Wanted(tuple(needs)) if needs or passed is None else (passed, keys)


def _signer(parsed: Credential, proof: Proof) -> str:
    """Whose key a proof of everybody's documents must be by: the issuer's.

    They may have proofs of others as well, a notary's say, each by a key of its own
    signer (VC Data Integrity 1.0, 2.1.1 and 2.1.2); they say nothing unless the issuer has signed.
    """
    if parsed.issuer in {_did(one) for one in parsed.proofs}:
        return _did(proof)
    return parsed.issuer


def _did(proof: Proof) -> str:
    return proof.verification_method.partition("#")[0]


def _check_signature(parsed: Credential, keys: Sequence[PublicKey]) -> None:
    steps.signature("issuer.signature", data_integrity.verify, parsed.unverified, keys)


def _check_validity(parsed: Credential, rules: Rules, now: datetime) -> None:
    begins, ends = [parsed.valid_from], [parsed.valid_until]
    for proof in parsed.proofs:
        begins.append(proof.created)
        ends.append(proof.expires)
    steps.validity(begins, ends, leeway=rules.leeway, now=now)


def _answers(walk: steps.Walk, parsed: Credential, rules: Rules, binding: Binding) -> bool:
    """Steps 6 and 7."""
    if not walk.step(CheckName.HOLDER_BINDING, _check_holder, parsed, rules, binding):
        return False
    return binding.holder_key is not None or (
        walk.step(CheckName.NONCE, check_nonce, parsed.proofs, binding.nonce, rules)
        and walk.step(CheckName.AUDIENCE, check_audience, parsed.proofs, binding.audience, rules)
    )


def _check_holder(parsed: Credential, rules: Rules, binding: Binding) -> None:
    proofs = bound_proofs(parsed) if parsed.derived else ()
    if proofs and binding.holder_key is not None and rules.holder is HolderBound.REQUIRED:
        check_secret(proofs, binding)
    else:
        w3c.check_holder(parsed.subjects, rules, binding.holder_key)


def _claims(parsed: Credential) -> Claims:
    """What it says, and by which name its holder goes here if it has one for every verifier."""
    found = w3c.claims(parsed.unverified.document, parsed.subjects, parsed.profile)
    name = pseudonym(parsed) if parsed.derived and parsed.profile is Profile.CLOSED else None
    if name is None:
        return found
    return Claims({**found.reveal(), PSEUDONYM: name})


def _disclosures(parsed: Credential) -> Line:
    """What is shown, by its names: the rest of what the issuer signed is nobody's business here."""
    names = sorted({name for subject in parsed.subjects for name in subject if name != "id"})
    detail = f"of the subject the holder shows: {', '.join(names)}"
    return Line(CheckName.DISCLOSURES, Outcome.PASSED, _SECTIONS[CheckName.DISCLOSURES], detail=detail)


def _checked(
    parsed: Credential, walk: steps.Walk, right: Accreditation | None = None, *, passed: bool = False
) -> Checked:
    return Checked(
        lines=walk.lines,
        claims=_claims(parsed) if passed else None,
        issuer=parsed.issuer,
        credential_type=parsed.credential_type,
        status=parsed.status if passed else (),
        schema=parsed.schema,
        credential_id=str(parsed.unverified.document.get("id", "")),
        lifetime=parsed.lifetime,
        right=right,
    )
