"""The verifier's side of a credential with an enveloping proof: the numbered steps."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from clicid.errors import Refused
from clicid.formats import key_binding, w3c
from clicid.formats.anchored import issuer_key
from clicid.formats.base import Checked, CheckName, HolderBound, Line, Wanted
from clicid.formats.issuer import Keyed, Known
from clicid.formats.registered import answers
from clicid.formats.steps import Walk, signature, validity
from clicid.rdf import shapes
from clicid.trust import x5c

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.formats.base import Binding, Have, Rules
    from clicid.formats.enveloping_proof.credential import Credential
    from clicid.formats.enveloping_proof.sections import Sections
    from clicid.keys.public import PublicKey
    from clicid.rdf.contexts import Contexts
    from clicid.rdf.profile import Profile


class CredentialChecker(ABC):
    """A `Checker[Credential]` but for how a format reads one.

    Attributes:
        contexts: The contexts at hand.
        profile: `CLOSED` for ClicID's own types, `OPEN` for everybody's.
    """

    __slots__ = ()

    contexts: Contexts
    profile: Profile

    @property
    @abstractmethod
    def sections(self) -> Sections:
        """Where the format's standards demand each step."""

    def check(
        self, parsed: Credential, have: Have, *, rules: Rules, binding: Binding | None, now: datetime
    ) -> Checked | Wanted:
        """Walk the steps until one does not pass.

        1. Structure, claims against members, disclosures, and JSON-LD in safe mode: done by `parse`.
        2. Issuer known: accredited for the type's IRI on chain, and on the policy's list if it has one.
           What was anchored before an end of this or the next step stays good (`anchored`).
        3. Issuer key: `kid` is a key of the issuer's DID for credentials; the `x5c` of one that is
           accredited leads to the same issuer.
        4. Issuer signature.
        5. Validity of what is signed (`validFrom`, `validUntil`; of version 1.1 `issuanceDate` and
           `expirationDate`) and of the signature (`iat`, `nbf`, `exp`), with the leeway.
        6. Holder binding. In a presentation: its key is that of `cnf`, or where there is no `cnf`, of
           the DID that is the subject's id. An SD-JWT that is the presentation: its key binding, with
           nonce and audience. A credential at rest (`binding` None) has no such step. Any other that
           is shown by itself answers nobody: what asks with a nonce or for an audience refuses it.
        7. The disclosures were held against signed digests: what `parse` put in their places counts.
        8. The status entry is handed on: `verification` looks it up, now that the issuer's word
           for its address holds.
        """
        sections = self.sections.of(binding)
        walk = Walk(sections, key_binding.AT_REST if binding is None else ())
        walk.passed(CheckName.STRUCTURE)
        # 2
        known = w3c.known(
            parsed.issuer,
            parsed.types,
            parsed.issued,
            have,
            section=sections[CheckName.ISSUER_KNOWN],
            rules=rules,
            now=now,
        )
        if not isinstance(known, Known):
            return _ended_at(known, walk, parsed)
        walk.add(known.line)
        # 3
        ages = rules.of(parsed.credential_type)
        keyed = issuer_key(parsed.opened.key_id, parsed.issuer, parsed.issued, have, rules=ages, now=now)
        if not isinstance(keyed, Keyed):
            return _ended_at(keyed, walk, parsed)
        try:
            _check_chain(parsed, known, keyed.key, rules, now)
        except Refused as error:
            walk.fail(CheckName.ISSUER_KEY, error)
            return _ended(walk, parsed)
        walk.add(keyed.line)
        # 4 to 6
        claims, model = parsed.opened.claims, parsed.model
        begins = (model.valid_from, claims.not_before, claims.issued_at)
        ends = (model.valid_until, claims.expires)
        passed = (
            walk.step(
                CheckName.ISSUER_SIGNATURE, signature, "issuer.signature", parsed.opened.verify, keyed.key
            )
            and walk.step(CheckName.VALIDITY, validity, begins, ends, leeway=rules.leeway, now=now)
            and _holder_walked(walk, parsed, rules=rules, binding=binding, now=now)
        )
        if not passed:
            return _ended(walk, parsed)
        if not parsed.learnt:
            # Only what an issuer signed is worth remembering the shape of.
            shapes.of(self.contexts).learn(parsed.opened.document, parsed.issuer, profile=self.profile)
        # 7
        if parsed.opened.sd_jwt is not None:
            walk.passed(CheckName.DISCLOSURES)
        # 8
        return Checked(
            lines=walk.lines,
            claims=w3c.claims(parsed.opened.document, parsed.model.subjects, self.profile),
            issuer=parsed.issuer,
            credential_type=parsed.credential_type,
            status=parsed.status,
            schema=parsed.schema,
            right=known.accreditation,
            # What nobody has checked is no authority.
            chain=() if known.accreditation is None else parsed.opened.chain(),
        )


def _check_chain(parsed: Credential, known: Known, key: PublicKey, rules: Rules, now: datetime) -> None:
    right = known.accreditation
    # Where no accreditation says whose the certificate has to be, it says nothing to us.
    if right is not None and (chain := parsed.opened.chain()):
        x5c.check(chain, key, right, now=now, roots=rules.roots())


def _holder_walked(
    walk: Walk, parsed: Credential, *, rules: Rules, binding: Binding | None, now: datetime
) -> bool:
    """Step 6."""
    if binding is None:
        return True
    parts, key = parsed.opened.sd_jwt, binding.holder_key
    if parts is not None and key is None:
        holder = parsed.opened.claims.holder
        return key_binding.walked(walk, parts, holder, rules=rules, binding=binding, now=now)
    held = walk.step(CheckName.HOLDER_BINDING, _check_holder, parsed, rules, key)
    if key is not None:
        return held
    return (
        held
        and walk.step(CheckName.NONCE, answers, "holder.nonce", (), binding.nonce, rules)
        and walk.step(CheckName.AUDIENCE, answers, "holder.audience", (), binding.audience, rules)
    )


def _check_holder(parsed: Credential, rules: Rules, key: PublicKey | None) -> None:
    confirmed = parsed.opened.claims.holder
    if confirmed is None or key is None or rules.holder is HolderBound.UNSAFE_ANYBODY_MAY_PRESENT:
        w3c.check_holder(parsed.model.subjects, rules, key)
    else:
        key_binding.check_enclosed(confirmed, key)


def _ended_at(step: Line | Wanted, walk: Walk, parsed: Credential) -> Checked | Wanted:
    if isinstance(step, Wanted):
        return step
    walk.add(step)
    return _ended(walk, parsed)


def _ended(walk: Walk, parsed: Credential) -> Checked:
    return Checked(lines=walk.lines, issuer=parsed.issuer, credential_type=parsed.credential_type)
