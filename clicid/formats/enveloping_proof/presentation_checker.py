"""The verifier's side of a presentation with an enveloping proof: the numbered steps."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from clicid.errors import Refused
from clicid.formats.base import Checked, CheckName, Inner, Role
from clicid.formats.holder import holder_key
from clicid.formats.registered import answers, check_just_made
from clicid.formats.steps import Walk, signature

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from clicid.formats.base import Binding, Have, Rules
    from clicid.formats.enveloping_proof.presentation import Presentation
    from clicid.keys.public import PublicKey


class PresentationChecker(ABC):
    """A `Checker[Presentation]` but for how a format reads one."""

    __slots__ = ()

    @property
    @abstractmethod
    def sections(self) -> Mapping[CheckName, str]:
        """Where the format's standards demand each step."""

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
           (`iat`; of version 1.1 `nbf` where there is no `iat`).
        3. Nonce: the claim `nonce` is the request's.
        4. Audience: `aud` names this verifier and nobody else.
        5. The credentials are handed on with the holder's key, to which they must be bound.

        There is no presentation at rest: `binding` None does not pass.
        """
        walk = Walk(self.sections)
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
    key = holder_key(parsed.holder, opened.key_id, parsed.named_at)
    signature("holder.signature", opened.verify, key)
    check_just_made(parsed.made, claims, rules, now)
    return key
