"""Every flow of OpenID4VCI 1.0 with somebody else's issuer, and our wallet run through them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from clicid.oid4vci.dialogue import Finished, Waiting
from tests.support.foreign_issuer import AS, PID, SCOPED, UNSCOPED, ForeignIssuer
from tests.support.holder import ATTESTED, RULES, MemoryWallet

if TYPE_CHECKING:
    from clicid.codec.web import HttpAnswer, HttpRequest
    from clicid.oid4vci.holding import WalletRules


ATTEST, COMBINED = ("attest_jwt_client_auth",), ("attest_jwt_client_auth_dpop",)
HAIP: dict[str, Any] = {"par": "must", "dpop": True, "nonces": True, "methods": ATTEST}
DONE = Finished((PID,))


def proofs(kind: str, **demanded: Any) -> dict[str, Any]:
    """A configuration that takes one type of proof."""
    wanted = {"proof_signing_alg_values_supported": ["ES256"]} | demanded
    return {PID: SCOPED | {"proof_types_supported": {kind: wanted}}}


KEY_ATTESTATION: dict[str, Any] = {"key_attestations_required": {}}
FLOWS: dict[str, tuple[str, WalletRules, dict[str, Any]]] = {
    "pre-authorized": ("pre", RULES, {}),
    "pre-authorized, with a transaction code": ("pre", RULES, {"tx_code": "493536"}),
    "pre-authorized, by a wallet that is known": ("pre", RULES, {"anonymous": False}),
    "pre-authorized, with DPoP": ("pre", RULES, {"dpop": True}),
    "pre-authorized, with DPoP and nonces": ("pre", RULES, {"dpop": True, "nonces": True}),
    "pre-authorized, by an attested wallet": ("pre", ATTESTED, {"methods": ATTEST}),
    "both grants": ("pre code", RULES, {}),
    "no grants": ("", RULES, {"wants_issuer_state": False}),
    "code": ("code", RULES, {}),
    "code, a server that does not say who it is": ("code", RULES, {"iss": False}),
    "code, pushed": ("code", RULES, {"par": "may"}),
    "code, pushed with DPoP": ("code", RULES, {"par": "must", "dpop": True}),
    "code, by details": ("code", RULES, {"par": "must", "configurations": {PID: UNSCOPED}, "identifiers": 1}),
    "code, by details at another server": ("code", RULES, {"configurations": {PID: UNSCOPED}, "server": AS}),
    "code, by scope at another server": ("code", RULES, {"server": AS}),
    "HAIP": ("code", ATTESTED, HAIP),
    "HAIP, with a challenge endpoint": ("code", ATTESTED, HAIP | {"challenges": "endpoint"}),
    "HAIP, with challenges in errors": ("code", ATTESTED, HAIP | {"challenges": "header"}),
    "HAIP, attestation and DPoP in one": ("code", ATTESTED, HAIP | {"methods": COMBINED}),
    "the same, with a challenge endpoint": ("code", ATTESTED,
                                            HAIP | {"methods": COMBINED, "challenges": "endpoint"}),
    "the same, with challenges in errors": ("code", ATTESTED,
                                            HAIP | {"methods": COMBINED, "challenges": "header"}),
    "no nonces": ("pre", RULES, {"nonce_endpoint": False}),
    "several credentials of one kind": ("pre", RULES, {"identifiers": 3}),
    "a batch": ("pre", replace(RULES, copies=4), {"batch": 10}),
    "a smaller batch than is wanted": ("pre", replace(RULES, copies=10), {"batch": 4}),
    "encrypted where it may be": ("pre", RULES, {"encryption": "may"}),
    "encrypted where it must be": ("pre", RULES, {"encryption": "must"}),
    "deferred": ("pre", RULES, {"pending": 3}),
    "deferred and encrypted": ("code", RULES, {"pending": 2, "encryption": "must", "dpop": True}),
    "attested keys": ("pre", replace(ATTESTED, copies=4),
                      {"configurations": proofs("jwt", **KEY_ATTESTATION), "batch": 4}),
    "attested keys without a proof": ("pre", replace(ATTESTED, copies=4),
                                      {"configurations": proofs("attestation"), "batch": 4}),
}  # fmt: skip


def run(
    grant: str, rules: WalletRules, options: dict[str, Any], **of_wallet: Any
) -> tuple[MemoryWallet, ForeignIssuer, Any]:
    """Take an offer, and come back for what is deferred as often as it takes."""
    issuer = ForeignIssuer(**options)
    codes = [issuer.tx_code] if issuer.tx_code else []
    wallet = MemoryWallet(issuer, codes, rules=rules, browse=issuer.browser, **of_wallet)
    outcome = wallet.accept(issuer.offer(grant))
    while isinstance(outcome, Waiting):
        issuer.now = outcome.until
        outcome = wallet.ask_again()
    return wallet, issuer, outcome


def altered(changes: dict[str, Any], at: str = "oauth-authorization-server") -> Any:
    """What is answered at an address, with members changed; None removes one."""

    def alter(request: HttpRequest, answer: HttpAnswer) -> HttpAnswer:
        if at not in request.url:
            return answer
        obj = {**json.loads(answer.body), **changes}
        kept = {name: value for name, value in obj.items() if value is not None}
        return replace(answer, body=json.dumps(kept).encode())

    return alter
