"""The verifier's side of SD-JWT VC: the numbered steps."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from clicid.errors import Refused
from clicid.formats import key_binding
from clicid.formats.anchored import saved
from clicid.formats.base import Checked, CheckName, Claims, FormatId, Line, Wanted
from clicid.formats.issuer import Keyed, Known, issuer_key, issuer_known
from clicid.formats.sd_jwt_vc import token
from clicid.formats.sd_jwt_vc.token import NEVER_SELECTIVE
from clicid.formats.steps import Walk, signature, validity
from clicid.securing import jws
from clicid.trust import x5c

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.formats.base import Binding, Have, Rules
    from clicid.formats.sd_jwt_vc.token import SdJwt
    from clicid.formats.steps import Step
    from clicid.keys.public import PublicKey
    from clicid.ledger.facts import Accreditation

_SECTIONS: Final = {
    CheckName.STRUCTURE: "RFC 9901 4; SD-JWT VC 2.2",
    CheckName.ISSUER_KNOWN: "design 3: issuer allowed",
    CheckName.ISSUER_KEY: "SD-JWT VC 2.5; HAIP 1.0 7.1",
    CheckName.ISSUER_SIGNATURE: "RFC 9901 7.1 (2)",
    CheckName.VALIDITY: "RFC 7519 4.1.4 to 4.1.6",
    **key_binding.SECTIONS,
    CheckName.DISCLOSURES: "RFC 9901 7.1 (3)",
}

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
        2. Issuer known: accredited for the `vct` on chain, and on the policy's list if it has one. What
           was anchored before an end of this or the next step stays good (`anchored`).
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
        walk = Walk(_SECTIONS, key_binding.AT_REST if binding is None else ())
        if binding is None and parsed.combined.key_binding is not None:
            error = Refused("sd_jwt.structure", detail="a presentation where a credential is wanted")
            walk.fail(CheckName.STRUCTURE, error)
            return _ended(walk, parsed)
        walk.passed(CheckName.STRUCTURE)
        # 2
        known = issuer_known(parsed.issuer_did, parsed.credential_type, have, rules=rules, now=now)
        if isinstance(known, Line):
            known = _known_before(known, parsed, have, rules, now)
        if not isinstance(known, Known):
            return _ended_at(known, walk, parsed)
        walk.add(known.line)
        # 3
        keyed = issuer_key(
            parsed.key_id, parsed.issuer_did, have, rules=rules.of(parsed.credential_type), now=now
        )
        if isinstance(keyed, Line):
            keyed = _keyed_before(keyed, parsed, have, rules.of(parsed.credential_type), now)
        if not isinstance(keyed, Keyed):
            return _ended_at(keyed, walk, parsed)
        try:
            _check_names(parsed, known, keyed.key, now)
        except Refused as error:
            walk.fail(CheckName.ISSUER_KEY, error)
            return _ended(walk, parsed)
        walk.add(keyed.line)
        # 4 to 6
        passed = walk.run(
            [
                *_issuer_steps(parsed, keyed.key, rules, now),
                *key_binding.steps(parsed.combined, parsed.holder, rules=rules, binding=binding, now=now),
            ]
        )
        return _disclosed(parsed, walk, known.accreditation) if passed else _ended(walk, parsed)


def _known_before(
    line: Line, parsed: SdJwt, have: Have, rules: Rules, now: datetime
) -> Known | Line | Wanted:
    """Step 2 for what was issued while the issuer's right held."""
    did = parsed.issuer_did
    again = partial(issuer_known, did, parsed.credential_type, have, rules=rules, now=now)
    return saved(line, again, parsed.issued, did, have, rules=rules, now=now)


def _keyed_before(
    line: Line, parsed: SdJwt, have: Have, rules: Rules, now: datetime
) -> Keyed | Line | Wanted:
    """Step 3 for what was issued while the key was in the issuer's hands alone."""
    did = parsed.issuer_did
    again = partial(issuer_key, parsed.key_id, did, have, rules=rules, now=now)
    return saved(line, again, parsed.issued, did, have, rules=rules, now=now)


def _disclosed(parsed: SdJwt, walk: Walk, right: Accreditation | None) -> Checked:
    """Steps 7 and 8."""
    try:
        claims = token.reveal(parsed).claims
    except Refused as error:
        walk.fail(CheckName.DISCLOSURES, error)
        return _ended(walk, parsed)
    walk.passed(CheckName.DISCLOSURES)
    return Checked(
        lines=walk.lines,
        claims=Claims({name: value for name, value in claims.items() if name not in _REGISTERED}),
        issuer=parsed.issuer_did,
        credential_type=parsed.credential_type,
        status=() if parsed.status is None else (parsed.status,),
        right=right,
        chain=parsed.x5c,
    )


def _issuer_steps(parsed: SdJwt, key: PublicKey, rules: Rules, now: datetime) -> list[Step]:
    """Steps 4 and 5."""
    begins = (parsed.not_before, parsed.issued_at)
    return [
        (
            CheckName.ISSUER_SIGNATURE,
            lambda: signature("issuer.signature", lambda: jws.verify(parsed.combined.jws, key)),
        ),
        (
            CheckName.VALIDITY,
            lambda: validity(begins, (parsed.expires,), leeway=rules.leeway, now=now),
        ),
    ]


def _check_names(parsed: SdJwt, known: Known, key: PublicKey, now: datetime) -> None:
    right = known.accreditation
    # Who is not accredited has no name but its DID.
    name = parsed.issuer_did if right is None else right.identifier
    if parsed.issuer not in (None, name):
        raise Refused("issuer.identifier", "/iss")
    if parsed.x5c:
        if right is None:
            raise Refused("issuer.not_accredited", "/x5c", "no accreditation names its authority")
        x5c.check(parsed.x5c, key, right, now=now)


def _ended_at(step: Line | Wanted, walk: Walk, parsed: SdJwt) -> Checked | Wanted:
    if isinstance(step, Wanted):
        return step
    walk.add(step)
    return _ended(walk, parsed)


def _ended(walk: Walk, parsed: SdJwt) -> Checked:
    """The walk ended at its last line; the steps after it were not reached."""
    return Checked(lines=walk.lines, issuer=parsed.issuer_did, credential_type=parsed.credential_type)
