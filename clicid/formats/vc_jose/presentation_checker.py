"""The verifier's side of `vp+jwt`, `vp+sd-jwt` and `vp+cose`: the numbered steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clicid.errors import Refused
from clicid.formats.base import Checked, CheckName, FormatId, Inner, Role
from clicid.formats.holder import holder_key
from clicid.formats.registered import answers, check_just_made
from clicid.formats.steps import Walk, signature
from clicid.formats.vc_jose.presentation import Presentation, parse_presentation

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.formats.base import Binding, Have, Rules
    from clicid.keys.public import PublicKey

_SECTIONS: Final = {
    CheckName.STRUCTURE: "VC Data Model 2.0 4.13; VC-JOSE-COSE 3",
    CheckName.HOLDER_BINDING: "VC-JOSE-COSE 4.1, 5; OpenID4VP 1.0 B.1.3.1",
    CheckName.NONCE: "OpenID4VP 1.0 B.1.3.1.5, 14.1",
    CheckName.AUDIENCE: "OpenID4VP 1.0 B.1.3.1.5, 14.2",
}
FORMATS: Final = (FormatId.VP_JWT, FormatId.VP_SD_JWT, FormatId.VP_COSE)


@dataclass(frozen=True, slots=True)
class EnvelopedVpChecker:
    """A `Checker[Presentation]`.

    Args:
        format: One of `FORMATS`.
    """

    format: FormatId

    def parse(self, raw: bytes) -> Presentation:
        """Step 1; see `parse_presentation` for what it refuses."""
        return parse_presentation(raw, self.format)

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

        1. Structure: done by `parse`.
        2. Holder binding: signed by a key of the holder's did:key, did:jwk or did:peer, and just made
           (`iat`).
        3. Nonce: the claim `nonce` is the request's.
        4. Audience: `aud` names this verifier and nobody else.
        5. The credentials are handed on with the holder's key, to which they must be bound.

        There is no presentation at rest: `binding` None does not pass.
        """
        walk = Walk(_SECTIONS)
        walk.passed(CheckName.STRUCTURE)
        try:
            key = _check_holder(parsed, rules, binding, now)  # 2
        except Refused as error:
            walk.fail(CheckName.HOLDER_BINDING, error)
            return Checked(lines=walk.lines)
        walk.passed(CheckName.HOLDER_BINDING)
        claims = parsed.opened.claims
        nonces = () if claims.nonce is None else (claims.nonce,)
        nonce, audience = (binding.nonce, binding.audience) if binding else ("", "")
        passed = (
            walk.step(CheckName.NONCE, answers, "holder.nonce", nonces, nonce, rules)  # 3
            and walk.step(
                CheckName.AUDIENCE, answers, "holder.audience", claims.audience, audience, rules
            )  # 4
        )
        inside = [Inner(item.format, item.raw, Role.CREDENTIAL, key) for item in parsed.credentials]
        return Checked(lines=walk.lines, nested=tuple(inside) if passed else ())  # 5


def _check_holder(parsed: Presentation, rules: Rules, binding: Binding | None, now: datetime) -> PublicKey:
    if binding is None:
        raise Refused("holder.binding_missing", detail="a presentation answers a request")
    opened, claims = parsed.opened, parsed.opened.claims
    key = holder_key(parsed.holder, opened.key_id, "/holder")
    signature("holder.signature", opened.verify, key)
    check_just_made(claims.issued_at, claims, rules, now)
    return key
