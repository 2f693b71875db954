"""Who asks: the name and purpose that the chain vouches for, or nobody known.

Name and purpose are taken from a registration document only if its digest is the one on chain for
the asker's DID. What a request says of itself is never shown as a name.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from clicid.codec import shape, strict_json
from clicid.errors import Refused
from clicid.formats.base import CheckName, Material, Need, NeedKind, Wanted
from clicid.formats.issuer import look_up, stale
from clicid.ledger.facts import Registration
from clicid.oid4vp.client_id import DECENTRALIZED_IDENTIFIER, X509_HASH
from clicid.oid4vp.request import REGISTRATION_INFO
from clicid.trust import registration

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.formats.base import Have, Line, Rules
    from clicid.oid4vp.client_id import ClientId
    from clicid.oid4vp.dcql import CredentialQuery, Path, Query
    from clicid.oid4vp.request import VerifierInfo
    from clicid.trust.registration import Purpose, RegistrationDocument

_SECTION = "OpenID4VP 5.11"


@dataclass(frozen=True, slots=True)
class Registered:
    """A registered service provider, and the purpose of its registration that it invokes."""

    document: RegistrationDocument
    purpose: Purpose


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks.

    `identifier` is what its key or address proves, no more. `registered` is None for an asker that
    the chain does not vouch for; `why` is then the reason code. `vouched_by` is what the party is called
    that a wallet's owner trusts to say that the identifier is the asker's; "" for nobody.
    """

    identifier: str
    registered: Registered | None = None
    why: str = ""
    vouched_by: str = ""


def identify(
    client_id: ClientId,
    infos: tuple[VerifierInfo, ...],
    have: Have,
    *,
    vouched_by: str,
    rules: Rules,
    now: datetime,
) -> Asker | Wanted:
    """Find out who is behind a client identifier whose key has signed a request.

    1. A request that claims no registration comes from somebody unknown; the chain is not asked.
    2. The registration is that of the DID which is the client identifier; of another kind of client, that
       of the DID which the attached document names.
    3. It is in force, and the document is the one on chain (`registration.check`).
    4. Another kind of client is among the document's `client_ids`. A name (`x509_san_dns`) must be vouched
       for besides: anybody can make a certificate that says it. A hash is of one certificate and its key.
    5. The purpose that the request names is one of the document's.

    Args:
        client_id: The asker.
        infos: What the request attaches.
        have: Material at hand.
        vouched_by: Who vouches for the identifier; "" for nobody.
        rules: Largest ages and leeway.
        now: The time.

    Returns:
        The asker, unknown with `registration.unknown`, `.withdrawn`, `.expired`, `.digest`, `.client_id`,
        `.purpose`, `.document`, `.unavailable` or `.too_old`, or what is wanted.
    """
    nobody = Asker(client_id.rest, why="registration.unknown", vouched_by=vouched_by)
    claimed = next((info for info in infos if info.format == REGISTRATION_INFO), None)
    if claimed is None:  # 1
        return nobody
    try:
        document, purpose = _claimed(claimed)
        did = client_id.rest if client_id.prefix == DECENTRALIZED_IDENTIFIER else document.identifier  # 2
        fact = _fact(did, have, rules, now)
        if isinstance(fact, Wanted):
            return fact
        if not isinstance(fact, Material):
            return replace(nobody, why=fact.code)
        registration.check(document, Registration.from_bytes(fact.body), did, now=now)  # 3
        _check_client(client_id, document, vouched_by)  # 4
        return replace(nobody, registered=Registered(document, document.purpose(purpose)), why="")  # 5
    except Refused as fault:
        known = fault.code.startswith("registration.")
        return replace(nobody, why=fault.code if known else "registration.document")


def _claimed(claimed: VerifierInfo) -> tuple[RegistrationDocument, str]:
    data = shape.as_object(claimed.data if isinstance(claimed.data, dict) else None, "data")
    document = registration.parse(strict_json.dumps(shape.child(data, "document", "data")))
    return document, shape.text(data, "purpose", "data", maximum=64)


def _check_client(client_id: ClientId, document: RegistrationDocument, vouched_by: str) -> None:
    if client_id.prefix == DECENTRALIZED_IDENTIFIER:
        return
    proved = bool(vouched_by) or client_id.prefix == X509_HASH
    if not proved or str(client_id) not in document.client_ids:
        raise Refused("registration.client_id")


def _fact(did: str, have: Have, rules: Rules, now: datetime) -> Material | Line | Wanted:
    need = Need(NeedKind.REGISTRATION, did)
    check = CheckName.ISSUER_KNOWN
    found = look_up(need, have, check=check, section=_SECTION)
    if not isinstance(found, Material):
        return found
    return stale(found, need.kind, check=check, section=_SECTION, rules=rules, now=now) or found


@dataclass(frozen=True, slots=True)
class OverAsking:
    """A claim that a request asks for and its registered purpose does not cover."""

    query_id: str
    path: Path


def over_asking(query: Query, asker: Asker) -> tuple[OverAsking, ...]:
    """What a wallet must point at before the person decides: claims beyond the registered purpose.

    A query that names no claims asks for what its credential always shows: its path is then empty.
    Where several types will do, the purpose must cover each: the wallet may hold any of them. Of an
    unknown asker nothing is registered, so the list is empty: that it is unknown is the louder
    warning.
    """
    if asker.registered is None:
        return ()
    purpose = asker.registered.purpose
    return tuple(
        OverAsking(credential.id, path)
        for credential in query.credentials
        for path in [claim.path for claim in credential.claims] or [()]
        if not _covers(purpose, credential, path)
    )


def _covers(purpose: Purpose, credential: CredentialQuery, path: Path) -> bool:
    meta = credential.meta
    alternatives = meta.type_values or [(kind,) for kind in (*meta.vct_values, meta.doctype_value) if kind]
    return bool(alternatives) and all(
        any(purpose.allows(kind, path) if path else kind in purpose.claims for kind in kinds)
        for kinds in alternatives
    )
