"""The verifier's side of SD-JWT VC: the numbered steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from clicid.errors import Refused
from clicid.formats import key_binding
from clicid.formats.anchored import issuer_key, saved
from clicid.formats.base import Checked, CheckName, Claims, FormatId, Line, Wanted
from clicid.formats.issuer import Keyed, Known, issuer_known
from clicid.formats.sd_jwt_vc import token
from clicid.formats.sd_jwt_vc.origin import origin
from clicid.formats.sd_jwt_vc.recognised import Recognised
from clicid.formats.steps import Walk, passed_line, signature, validity
from clicid.securing import jws
from clicid.trust import x5c

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.formats.base import Binding, Have, Rules
    from clicid.formats.sd_jwt_vc.origin import Origin
    from clicid.formats.sd_jwt_vc.token import SdJwt
    from clicid.keys.public import PublicKey
    from clicid.ledger.facts import Accreditation
    from clicid.trust.anchors import Leaf

_SECTIONS: Final = {
    CheckName.STRUCTURE: "RFC 9901 4; SD-JWT VC 2.2",
    CheckName.ISSUER_KNOWN: "design 3: issuer allowed",
    CheckName.ISSUER_KEY: "SD-JWT VC 2.5; HAIP 1.0 7.1",
    CheckName.ISSUER_SIGNATURE: "RFC 9901 7.1 (2)",
    CheckName.VALIDITY: "RFC 7519 4.1.4 to 4.1.6",
    **key_binding.SECTIONS,
    CheckName.DISCLOSURES: "RFC 9901 7.1 (3)",
}

_LEAF_LINE: Final = passed_line(CheckName.ISSUER_KEY, _SECTIONS[CheckName.ISSUER_KEY])._replace(
    detail="the authority's revocation list is not looked at"
)


@dataclass(frozen=True, slots=True)
class SdJwtVcChecker:
    """A `Checker[SdJwt]`.

    Args:
        recognised: Layouts of payloads whose signatures were good.
    """

    format: FormatId = FormatId.SD_JWT_VC
    recognised: Recognised = field(default_factory=Recognised, repr=False, compare=False)

    def parse(self, raw: bytes) -> SdJwt:
        """Step 1; see `token.parse` for what it refuses."""
        return token.parse(raw, self.recognised)

    def check(
        self, parsed: SdJwt, have: Have, *, rules: Rules, binding: Binding | None, now: datetime
    ) -> Checked | Wanted:
        """Walk the steps until one does not pass.

        1. Structure: done by `parse`; a credential at rest has no KB-JWT.
        2. Issuer known: accredited for the `vct` on chain, and on the policy's list if it has one, or named
           by the policy. Who it is, `origin` says from `kid`, `x5c` or `iss`. What was anchored before an end
           of this or the next step stays good (`anchored`).
        3. Issuer key: the `kid` is a key of the issuer's for credentials, or the key is the leaf's of a chain
           to an anchor of its; `iss` and `x5c`, where present, lead to the same issuer.
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
        walk = Walk(_SECTIONS, key_binding.AT_REST if binding is None else ())
        if binding is None and parsed.combined.key_binding is not None:
            error = Refused("sd_jwt.structure", detail="a presentation where a credential is wanted")
            walk.fail(CheckName.STRUCTURE, error)
            return _ended(walk, parsed, "")
        walk.passed(CheckName.STRUCTURE)
        issued = _issued(parsed, walk, have, rules, now)  # 2, 3
        if not isinstance(issued, _Issued):
            return issued
        # 4 to 6
        registered = parsed.registered
        begins = (registered.not_before, registered.issued_at)
        passed = (
            walk.step(
                CheckName.ISSUER_SIGNATURE,
                signature,
                "issuer.signature",
                jws.verify,
                parsed.combined.jws,
                issued.key,
            )
            and walk.step(
                CheckName.VALIDITY, validity, begins, (registered.expires,), leeway=rules.leeway, now=now
            )
            and key_binding.walked(
                walk, parsed.combined, parsed.holder, rules=rules, binding=binding, now=now
            )
        )
        if not passed:
            return _ended(walk, parsed, issued.issuer)
        checked = _disclosed(parsed, walk, issued, rules)
        if parsed.recalled is None and checked.claims is not None:
            self.recognised.learn(
                parsed.combined.jws.unverified_payload,
                parsed.registered,
                parsed.combined.disclosures,
                checked.claims.reveal(),
            )
        return checked


class _Issued(NamedTuple):
    """By whom, by which key, and by what right if one was asked for."""

    issuer: str
    key: PublicKey
    right: Accreditation | None


def _issued(parsed: SdJwt, walk: Walk, have: Have, rules: Rules, now: datetime) -> _Issued | Checked | Wanted:
    """Steps 2 and 3."""
    try:
        issuer = origin(parsed, rules, now)
    except Refused as error:
        walk.fail(CheckName.ISSUER_KNOWN, error)
        return _ended(walk, parsed, "")
    kind = parsed.credential_type
    known = issuer_known(issuer.name, kind, have, rules=rules, now=now)
    if isinstance(known, Line):  # It may have been issued while the issuer's right held.
        again = partial(issuer_known, issuer.name, kind, have, rules=rules, now=now)
        known = saved(known, again, parsed.issued, issuer.name, have, rules=rules, now=now)
    if not isinstance(known, Known):
        return _ended_at(known, walk, parsed, issuer)
    walk.add(known.line)
    keyed = _keyed(parsed, issuer, have, rules.of(kind), now)
    if not isinstance(keyed, Keyed):
        return _ended_at(keyed, walk, parsed, issuer)
    try:
        _check_names(parsed, issuer, known.accreditation, keyed.key, rules=rules, now=now)
    except Refused as error:
        walk.fail(CheckName.ISSUER_KEY, error)
        return _ended(walk, parsed, issuer.name)
    walk.add(keyed.line)
    return _Issued(issuer.name, keyed.key, known.accreditation)


def _keyed(parsed: SdJwt, issuer: Origin, have: Have, rules: Rules, now: datetime) -> Keyed | Line | Wanted:
    """Step 3, also for what was issued while the key was in the issuer's hands alone."""
    if issuer.leaf is not None:
        return Keyed(_LEAF_LINE, issuer.leaf.key)
    return issuer_key(issuer.key_id, issuer.name, parsed.issued, have, rules=rules, now=now)


def _disclosed(parsed: SdJwt, walk: Walk, issued: _Issued, rules: Rules) -> Checked:
    """Steps 7 and 8."""
    try:
        claims = token.claims(parsed)
    except Refused as error:
        walk.fail(CheckName.DISCLOSURES, error)
        return _ended(walk, parsed, issued.issuer)
    walk.passed(CheckName.DISCLOSURES)
    return Checked(
        lines=walk.lines,
        claims=Claims(claims),
        issuer=issued.issuer,
        credential_type=parsed.credential_type,
        status=() if parsed.status is None else (parsed.status,),
        right=issued.right,
        chain=parsed.x5c,
        also=_also(parsed, issued.issuer, rules) if parsed.also else frozenset(),
    )


def _also(parsed: SdJwt, issuer: str, rules: Rules) -> frozenset[str]:
    # Whoever may issue one type could else call it any other.
    return frozenset(kind for kind in parsed.also if rules.named(issuer, kind) is not None)


def _check_names(
    parsed: SdJwt,
    issuer: Origin,
    right: Accreditation | None,
    key: PublicKey,
    *,
    rules: Rules,
    now: datetime,
) -> None:
    if issuer.leaf is not None:
        _check_leaf(parsed, issuer.leaf, right)
        return
    # Who is not accredited has no name but its own.
    name = issuer.name if right is None else right.identifier
    if parsed.issuer not in (None, name):
        raise Refused("issuer.identifier", "/iss")
    if parsed.x5c and right is not None:
        x5c.check(parsed.x5c, key, right, now=now, roots=rules.roots())
    elif parsed.x5c:
        raise Refused("issuer.not_accredited", "/x5c", "no accreditation names its authority")


def _check_leaf(parsed: SdJwt, leaf: Leaf, right: Accreditation | None) -> None:
    """It is the accredited issuer's, if one is accredited, and speaks for whoever `iss` names."""
    if right is not None and right.ca_digest != leaf.anchor.key_digest:
        raise Refused("issuer.certificate", "/x5c", "another authority is accredited")
    if right is not None and parsed.issuer not in (None, right.identifier):
        raise Refused("issuer.identifier", "/iss")
    name = parsed.issuer if right is None else right.identifier
    if name is not None and not leaf.names(name):
        raise Refused("issuer.identifier", "/x5c", "the leaf has another name")


def _ended_at(step: Line | Wanted, walk: Walk, parsed: SdJwt, issuer: Origin) -> Checked | Wanted:
    if isinstance(step, Wanted):
        return step
    walk.add(step)
    return _ended(walk, parsed, issuer.name)


def _ended(walk: Walk, parsed: SdJwt, issuer: str) -> Checked:
    """The walk ended at its last line; the steps after it were not reached."""
    return Checked(lines=walk.lines, issuer=issuer, credential_type=parsed.credential_type)
