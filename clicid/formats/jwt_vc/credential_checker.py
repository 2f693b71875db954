"""The verifier's side of a credential as JWT: the numbered steps."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from clicid.errors import Refused
from clicid.formats import key_binding, w3c
from clicid.formats.anchored import saved
from clicid.formats.base import Checked, CheckName, FormatId, HolderBound, Line, Wanted
from clicid.formats.data_model.shipped import NOTHING
from clicid.formats.issuer import Keyed, Known, issuer_key
from clicid.formats.jwt_vc.credential import Credential, parse_credential
from clicid.formats.registered import answers
from clicid.formats.steps import Walk, signature, validity
from clicid.rdf import shapes
from clicid.rdf.profile import Profile
from clicid.trust import x5c

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from clicid.formats.base import Binding, Have, Rules
    from clicid.formats.data_model.shipped import Shipped
    from clicid.formats.steps import Step
    from clicid.keys.public import PublicKey
    from clicid.rdf.contexts import Contexts

_KNOWN: Final = "design 3: issuer allowed"
_BY_ITSELF: Final = {
    CheckName.NONCE: "OpenID4VP 1.0 14.1",
    CheckName.AUDIENCE: "OpenID4VP 1.0 14.2",
}


@dataclass(frozen=True, slots=True)
class JwtVcChecker:
    """A `Checker[Credential]`.

    Args:
        contexts: The contexts at hand.
        profile: `CLOSED` for ClicID's own types, `OPEN` for everybody's.
        shipped: Schemas at hand.
    """

    contexts: Contexts
    profile: Profile = Profile.CLOSED
    shipped: Shipped = NOTHING

    @property
    def format(self) -> FormatId:
        """`jwt_vc_json`."""
        return FormatId.JWT_VC

    def parse(self, raw: bytes) -> Credential:
        """Step 1; see `parse_credential` for what it refuses."""
        return parse_credential(raw, self.contexts, profile=self.profile, shipped=self.shipped)

    def check(
        self, parsed: Credential, have: Have, *, rules: Rules, binding: Binding | None, now: datetime
    ) -> Checked | Wanted:
        """Walk the steps until one does not pass.

        1. Structure, claims against members, and JSON-LD in safe mode: done by `parse`.
        2. Issuer (`iss`) known: accredited for the type's IRI on chain, and on the policy's list if it has
           one. What was anchored before an end of this or the next step stays good (`anchored`).
        3. Issuer key: `kid` is a key of the issuer's DID for credentials; the `x5c` of one that is
           accredited leads to the same issuer.
        4. Issuer signature.
        5. Validity: `nbf` (`issuanceDate`), `exp` (`expirationDate`) and `iat`, with the leeway.
        6. Holder binding: the key of the presentation around it is that of `cnf`, or where there is no
           `cnf`, of the DID in `sub`. A credential at rest (`binding` None) has no such step. One that is
           shown by itself answers nobody: what asks with a nonce or for an audience refuses it.
        7. The status entry is handed on: `verification` looks it up, now that the issuer's word for its
           address holds.
        """
        walk = Walk(_sections(binding), key_binding.AT_REST if binding is None else ())
        walk.passed(CheckName.STRUCTURE)
        # 2
        again = partial(w3c.known, parsed.issuer, parsed.types, have, section=_KNOWN, rules=rules, now=now)
        known = again()
        if isinstance(known, Line):
            known = saved(known, again, parsed.issued, parsed.issuer, have, rules=rules, now=now)
        if not isinstance(known, Known):
            return _ended_at(known, walk, parsed)
        walk.add(known.line)
        # 3
        keyed = _keyed(parsed, have, rules, now)
        if not isinstance(keyed, Keyed):
            return _ended_at(keyed, walk, parsed)
        try:
            _check_chain(parsed, known, keyed.key, rules, now)
        except Refused as error:
            walk.fail(CheckName.ISSUER_KEY, error)
            return _ended(walk, parsed)
        walk.add(keyed.line)
        # 4 to 6
        steps = [*_issuer_steps(parsed, keyed.key, rules, now), *_holder_steps(parsed, rules, binding)]
        if not walk.run(steps):
            return _ended(walk, parsed)
        if not parsed.learnt:
            # Only what an issuer signed is worth remembering the shape of.
            shapes.of(self.contexts).learn(parsed.opened.document, parsed.issuer, profile=self.profile)
        # 7
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


def _keyed(parsed: Credential, have: Have, rules: Rules, now: datetime) -> Keyed | Line | Wanted:
    """Step 3; of what was issued while the key was in the issuer's hands alone, too."""
    ages = rules.of(parsed.credential_type)
    again = partial(issuer_key, parsed.opened.key_id, parsed.issuer, have, rules=ages, now=now)
    keyed = again()
    if isinstance(keyed, Line):
        return saved(keyed, again, parsed.issued, parsed.issuer, have, rules=ages, now=now)
    return keyed


def _check_chain(parsed: Credential, known: Known, key: PublicKey, rules: Rules, now: datetime) -> None:
    right = known.accreditation
    # Where no accreditation says whose the certificate has to be, it says nothing to us.
    if right is not None and (chain := parsed.opened.chain()):
        x5c.check(chain, key, right, now=now, roots=rules.roots())


def _sections(binding: Binding | None) -> Mapping[CheckName, str]:
    alone = _BY_ITSELF if binding is not None and binding.holder_key is None else {}
    return {
        CheckName.STRUCTURE: "VC Data Model 1.1 4, 6.3.1",
        CheckName.ISSUER_KNOWN: _KNOWN,
        CheckName.ISSUER_KEY: "VC Data Model 1.1 6.3.1; Controlled Identifiers 1.0 3.3",
        CheckName.ISSUER_SIGNATURE: "VC Data Model 1.1 6.3.1; RFC 7515 5.2",
        CheckName.VALIDITY: "VC Data Model 1.1 4.6, 6.3.1; RFC 7519 4.1.4 to 4.1.6",
        CheckName.HOLDER_BINDING: "VC Data Model 1.1 6.3.1; RFC 7800 3.1",
        **alone,
    }


def _issuer_steps(parsed: Credential, key: PublicKey, rules: Rules, now: datetime) -> list[Step]:
    """Steps 4 and 5."""
    claims, model = parsed.opened.claims, parsed.model
    begins = (model.valid_from, claims.not_before, claims.issued_at)
    ends = (model.valid_until, claims.expires)
    return [
        (
            CheckName.ISSUER_SIGNATURE,
            lambda: signature("issuer.signature", lambda: parsed.opened.verify(key)),
        ),
        (CheckName.VALIDITY, lambda: validity(begins, ends, leeway=rules.leeway, now=now)),
    ]


def _holder_steps(parsed: Credential, rules: Rules, binding: Binding | None) -> list[Step]:
    """Step 6."""
    if binding is None:
        return []
    found: list[Step] = [(CheckName.HOLDER_BINDING, lambda: _check_holder(parsed, rules, binding.holder_key))]
    if binding.holder_key is None:
        found.append((CheckName.NONCE, lambda: answers("holder.nonce", (), binding.nonce, rules)))
        found.append((CheckName.AUDIENCE, lambda: answers("holder.audience", (), binding.audience, rules)))
    return found


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
