"""A holder with a credential in every format that is presented, and what answers for each at the verifier."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from clicid.did import key as did_key
from clicid.formats import jwt_vc, vc_jose
from clicid.formats.base import FormatId, Wanted
from clicid.formats.mdoc.elements import MDL, MDL_DOCTYPE
from clicid.formats.vc_di.sealing import credential_document
from clicid.keys.algorithms import ED25519, P256
from clicid.oid4vp import presenting
from clicid.oid4vp.binding import IN_THE_OPEN
from clicid.oid4vp.checking import check_response
from clicid.oid4vp.dcql import Query
from clicid.oid4vp.matching import match
from clicid.oid4vp.presenting import Holding
from clicid.rdf.profile import Profile
from clicid.verification import checkers
from tests.support.asking import AGE_CONTEXT, AGE_TYPE, CONTEXTS, Holder, serve
from tests.support.mdoc import MdocWorld
from tests.support.world import DID, VCT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.formats.base import Have, Material, Need, Unavailable
    from clicid.oid4vp.binding import Channel
    from clicid.oid4vp.checking import Answer
    from clicid.oid4vp.matching import Picks
    from clicid.oid4vp.request import AuthorizationRequest
    from clicid.oid4vp.response import AuthorizationResponse

CHECKERS = checkers(CONTEXTS)
QUERIES: dict[str, dict[str, Any]] = {
    "dc+sd-jwt": {
        "id": "sd",
        "format": "dc+sd-jwt",
        "meta": {"vct_values": [VCT]},
        "claims": [{"path": ["family_name"]}],
    },
    "ldp_vc": {
        "id": "ldp",
        "format": "ldp_vc",
        "meta": {"type_values": [[AGE_TYPE]]},
        "claims": [{"path": ["credentialSubject", "ageOver18"], "values": [True]}],
    },
    "jwt_vc_json": {
        "id": "jwt",
        "format": "jwt_vc_json",
        "meta": {"type_values": [[AGE_TYPE]]},
        "claims": [{"path": ["credentialSubject", "ageOver18"], "values": [True]}],
    },
    "mso_mdoc": {
        "id": "mdl",
        "format": "mso_mdoc",
        "meta": {"doctype_value": MDL_DOCTYPE},
        "claims": [
            {"path": [MDL, "family_name"], "intent_to_retain": True},
            {"path": [MDL, "age_over_18"], "values": [True]},
        ],
    },
}
"""A credential query for each format, which the holder below can answer."""


def query(*forms: str, **changes: Any) -> Query:
    """A query for credentials of these formats; changes are members of each."""
    return Query.parse({"credentials": [QUERIES[form] | changes for form in forms]})


@dataclass
class EveryHolder(Holder):
    """The holder of `asking`, and besides of a driving licence and of an age credential in a JWT."""

    jwt_x5c: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        self.mdocs = MdocWorld()
        # A signer's certificate that names its authority, beside a key that it is not about.
        self.chain = (self.mdocs.certificate,)
        self.jwt_ref = self.keys.generate(P256, "jwt")
        key = self.keys.public(self.jwt_ref)
        issuer = replace(
            self.world.issuer, key_id=f"{DID}#delegate-2", x5c=self.chain if self.jwt_x5c else ()
        )
        sealing = jwt_vc.Sealing(
            issuer,
            ED25519,
            "urn:uuid:5b0b3a54-3d1c-4c3c-9b3e-0e8f6f4f5a12",
            holder=did_key.create(key),
            validity=self.world.validity,
            status=self.world.status,
        )
        prepared = jwt_vc.prepare_credential(
            {"ageOver18": True},
            sealing,
            credential_type="ClicAge",
            more_contexts=[AGE_CONTEXT],
            contexts=CONTEXTS,
        )
        licence = self.mdocs.credential()
        self.holdings |= {
            "jwt": Holding("jwt", FormatId.JWT_VC, self.world.signed(prepared, self.world.ed_ref), key),
            "mdl": Holding("mdl", FormatId.MDOC, licence, self.mdocs.keys.public(self.mdocs.holder_ref)),
        }

    def enveloped(self) -> None:
        """Hold the age in the envelope of VC Data Model 2.0 instead, as it was issued before."""
        key = self.holdings["jwt"].key
        issuer = replace(self.world.issuer, key_id=f"{DID}#delegate-2", x5c=())
        document = credential_document(
            issuer,
            {"ageOver18": True},
            credential_id="urn:uuid:5b0b3a54-3d1c-4c3c-9b3e-0e8f6f4f5a12",
            credential_type="ClicAge",
            more_contexts=[AGE_CONTEXT],
            holder=did_key.create(key),
            validity=self.world.validity,
            status_ref=self.world.status,
        )
        sealing = vc_jose.Sealing(issuer, ED25519, self.world.validity.valid_from)
        prepared = vc_jose.prepare_jwt(document, sealing, CONTEXTS, Profile.CLOSED)
        raw = self.world.signed(prepared, self.world.ed_ref)
        self.holdings["jwt"] = Holding("jwt", FormatId.JWT_VC, raw, key)

    def sign(self, holding_id: str, message: bytes, alg: str) -> bytes:
        if holding_id == "mdl":
            return self.mdocs.keys.sign(self.mdocs.holder_ref, message, alg)
        if holding_id == "jwt":
            return self.keys.sign(self.jwt_ref, message, alg)
        return super().sign(holding_id, message, alg)

    @property
    def policy(self) -> Any:
        policy = super().policy
        return replace(
            policy,
            schemas={**policy.schemas, **self.mdocs.policy.schemas},
            rules=replace(policy.rules, authorities=self.mdocs.rules.authorities),
        )

    @property
    def have(self) -> dict[Need, Material | Unavailable]:
        return {**self.mdocs.have, **super().have}

    def picks(self, wanted: Query) -> Picks:
        """What a wallet would propose."""
        held = [presenting.held(one, CONTEXTS) for one in self.holdings.values()]
        return match(wanted, held).preferred()

    def answer(
        self,
        request: AuthorizationRequest,
        channel: Channel | None = IN_THE_OPEN,
        picks: Picks | None = None,
    ) -> AuthorizationResponse:
        """A signed answer to a request."""
        chosen = self.picks(request.query) if picks is None else picks
        prepared = presenting.prepare(
            request, chosen, self.holdings, channel=channel, contexts=CONTEXTS, now=self.world.now
        )
        signatures = [self.sign(name, one.message, one.alg) for name, one in prepared.to_be_signed]
        return prepared.complete(signatures)

    def check(
        self,
        request: AuthorizationRequest,
        response: AuthorizationResponse,
        channel: Channel | None = IN_THE_OPEN,
        **changes: Any,
    ) -> Answer:
        """What a verifier decides, with all it wants at hand."""
        source: Mapping[Any, Any] = changes.get("have", self.have)
        known: Have = {}
        for _ in range(6):
            found = check_response(
                request,
                response,
                known,
                channel=channel,
                policy=changes.get("policy", self.policy),
                checkers=CHECKERS,
                now=self.world.now,
            )
            if not isinstance(found, Wanted):
                return found
            known = {**known, **serve(source, found)}
        raise AssertionError("wants more than there is")
