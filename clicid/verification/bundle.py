"""A check with everything it needs, as one JSON text: to be decided again anywhere, at any time.

A bundle holds the presentation, so it holds personal data: it is for the one who was shown it. Who
replays one believes its material; a bundle from elsewhere has to come signed (design 4).

Instants are microseconds since 1970 UTC and durations microseconds, so that nothing is rounded: what
was just fresh enough is just fresh enough when it is replayed. Neither exceeds 2^53-1, the year 2255.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from clicid.codec import base64url, jcs, saved, shape, strict_json
from clicid.errors import LocalError
from clicid.formats import mdoc
from clicid.formats.base import (
    Binding,
    FormatId,
    Material,
    NamedIssuer,
    Need,
    NeedKind,
    Rules,
    Unavailable,
    Wanted,
)
from clicid.ledger.hexes import octets
from clicid.trust.anchors import Anchor
from clicid.trust.iaca import Authority
from clicid.verification.checking import check
from clicid.verification.policy import Policy, Request, SignedLists

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clicid.codec.strict_json import Json
    from clicid.formats.base import Have
    from clicid.keys.public import PublicKey
    from clicid.verification.endings import Ending
    from clicid.verification.walk import Checkers

MAX_BYTES: Final = 16 << 20
_KIND: Final = "verification.bundle"
_VERSION: Final = 1
_BY_TYPE: Final = 2
"""The version of one whose policy has ages by type: who does not know them would decide otherwise."""
_BY_NAME: Final = 3
"""The version of one whose policy names issuers that are on no chain."""
_MDOC: Final = 4
"""The version of one that has a session transcript, or a policy with roots of mdocs."""
_ANCHORED: Final = 5
"""The version of one whose policy trusts authorities of SD-JWT VCs."""
_VERSIONS: Final = (_VERSION, _BY_TYPE, _BY_NAME, _MDOC, _ANCHORED)
_MAX_MATERIALS: Final = 1_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def dump(raw: bytes, have: Have, *, request: Request, policy: Policy, now: datetime) -> bytes:
    """The bundle of one call of `verification.check`, canonical JSON.

    Raises:
        Refused: `codec.jcs` for an instant or duration that the form cannot hold.
        LocalError: `verifier.bundle` for one of more than `MAX_BYTES`: its status lists are too long.
    """
    rules = policy.rules
    binding = request.binding
    bundle = jcs.dumps(
        {
            "kind": _KIND,
            "version": _version(rules, binding),
            "now": _since_epoch(now),
            "raw": base64url.encode(raw),
            "request": {
                "format": request.format.value,
                "audience": binding.audience,
                "nonce": binding.nonce,
                **_session_out(raw, binding),
                "credential_types": sorted(request.credential_types),
            },
            "policy": {
                "name": policy.name,
                "network": policy.network,
                "signed_lists": policy.signed_lists.value,
                "allow_without_status": policy.allow_without_status,
                **({"short_lived": _duration(policy.short_lived)} if policy.short_lived else {}),
                "schemas": {uri: digest.hex() for uri, digest in policy.schemas.items()},
                "issuers": None if rules.issuers is None else sorted(rules.issuers),
                "max_age": _ages_out(rules.max_age),
                **_types_out(rules.type_max_age),
                **_named_out(rules.by_name),
                **_certificates_out("authorities", rules.authorities),
                **_certificates_out("anchors", rules.anchors),
                "leeway": _duration(rules.leeway),
                "key_binding_max_age": _duration(rules.key_binding_max_age),
                "allow_test": rules.allow_test,
            },
            "have": [_found(need, have[need]) for need in have],
        }
    )
    if len(bundle) > MAX_BYTES:
        raise LocalError("verifier.bundle", detail=f"more than {MAX_BYTES} bytes")
    return bundle


def replay(bundle: bytes, checkers_for: Callable[[Policy], Checkers]) -> Ending:
    """Decide again, at the bundle's own time, from nothing but the bundle.

    Args:
        bundle: As `dump` gave it.
        checkers_for: The checkers for the types that the bundle's policy names.

    Raises:
        LocalError: `verifier.bundle` for what is no bundle, or lacks material the check wants.
    """
    with saved.reading("verifier.bundle"):
        obj = shape.as_object(strict_json.loads(bundle, max_bytes=MAX_BYTES))
        if obj.get("kind") != _KIND or obj.get("version") not in _VERSIONS:
            raise LocalError("verifier.bundle", "/version")
        now = _instant(obj, "now")
        raw = base64url.decode(saved.text(obj, "raw"), max_chars=MAX_BYTES)
        request = _request(shape.child(obj, "request"))
        policy = _policy(shape.child(obj, "policy"))
        have = dict(_have(shape.as_object(item)) for item in shape.items(obj, "have", maximum=_MAX_MATERIALS))
    ending = check(raw, have, request=request, policy=policy, checkers=checkers_for(policy), now=now)
    if isinstance(ending, Wanted):
        raise LocalError("verifier.bundle", "/have", "material that the check wants is not in it")
    return ending


def _version(rules: Rules, binding: Binding) -> int:
    if rules.anchors:
        return _ANCHORED
    if rules.authorities or binding.transcript:
        return _MDOC
    if rules.by_name:
        return _BY_NAME
    return _BY_TYPE if rules.type_max_age else _VERSION


def _since_epoch(instant: datetime) -> int:
    return _duration(instant - _EPOCH)


def _duration(length: timedelta) -> int:
    return length // _MICROSECOND


def _found(need: Need, found: Material | Unavailable) -> dict[str, Json]:
    row: dict[str, Json] = {"kind": need.kind.value, "uri": need.uri, "subject": need.subject}
    if isinstance(found, Unavailable):
        return row | {"tried_at": _since_epoch(found.tried_at), "why": found.why}
    return (
        row
        | {
            "body": base64url.encode(found.body),
            "obtained_at": _since_epoch(found.obtained_at),
            "as_of": _since_epoch(found.as_of),
            "source": found.source,
        }
        | ({"media_type": found.media_type} if found.media_type else {})
        | ({"doubt": found.doubt} if found.doubt else {})
        | ({"notes": list(found.notes)} if found.notes else {})
    )


def _have(row: dict[str, Json]) -> tuple[Need, Material | Unavailable]:
    kind = saved.choice(NeedKind, shape.text(row, "kind"), "/have/kind")
    need = Need(kind, shape.text(row, "uri"), saved.text(row, "subject"))
    if "why" in row:
        return need, Unavailable(_instant(row, "tried_at"), saved.text(row, "why"))
    body = base64url.decode(saved.text(row, "body"), max_chars=MAX_BYTES)
    return need, Material(
        body,
        _instant(row, "obtained_at"),
        _instant(row, "as_of"),
        saved.text(row, "source"),
        saved.text(row, "media_type") if "media_type" in row else "",
        saved.text(row, "doubt") if "doubt" in row else "",
        tuple(shape.texts(row, "notes")) if "notes" in row else (),
    )


def _instant(obj: dict[str, Json], name: str) -> datetime:
    return _EPOCH + _length(obj, name)


def _length(obj: dict[str, Json], name: str) -> timedelta:
    return timedelta(microseconds=shape.integer(obj, name))


def _ages_out(ages: Mapping[NeedKind, timedelta]) -> dict[str, Json]:
    return {kind.value: _duration(age) for kind, age in ages.items()}


def _types_out(types: Mapping[str, Mapping[NeedKind, timedelta]]) -> dict[str, Json]:
    return {"type_max_age": {uri: _ages_out(ages) for uri, ages in types.items()}} if types else {}


def _named_out(issuers: Mapping[str, NamedIssuer]) -> dict[str, Json]:
    rows: dict[str, Json] = {
        did: {"types": [*sorted(one.types)], "lists": [*sorted(one.lists)], "max_age": _ages_out(one.max_age)}
        for did, one in issuers.items()
    }
    return {"by_name": rows} if rows else {}


def _certificates_out(name: str, trusted: Mapping[Authority, str] | Mapping[Anchor, str]) -> dict[str, Json]:
    rows: dict[str, Json] = {base64url.encode(one.certificate): did for one, did in trusted.items()}
    return {name: rows} if rows else {}


def _session_out(raw: bytes, binding: Binding) -> dict[str, Json]:
    """The transcript, and what was agreed on for the MACs in it: the keys stay where they are."""
    if not binding.transcript:
        return {}
    row: dict[str, Json] = {"transcript": base64url.encode(binding.transcript)}
    if binding.agree is None:
        return row
    agreed = {base64url.encode(key.to_spki()): binding.agree(key) for key in mdoc.mac_holders(raw)}
    return row | {"agreed": {key: base64url.encode(secret) for key, secret in agreed.items()}}


def _agree(obj: dict[str, Json]) -> Callable[[PublicKey], bytes]:
    agreed = {key: base64url.decode(shape.text(obj, key)) for key in obj}

    def agree(key: PublicKey) -> bytes:
        found = agreed.get(base64url.encode(key.to_spki()))
        if found is None:
            raise LocalError("verifier.bundle", "/request/agreed")
        return found

    return agree


def _named(obj: dict[str, Json]) -> NamedIssuer:
    types, lists = (frozenset(shape.texts(obj, name)) for name in ("types", "lists"))
    return NamedIssuer(types, lists, _ages(shape.child(obj, "max_age")))


def _ages(obj: dict[str, Json]) -> dict[NeedKind, timedelta]:
    return {saved.choice(NeedKind, kind, "/policy/max_age"): _length(obj, kind) for kind in obj}


def _request(obj: dict[str, Json]) -> Request:
    return Request(
        format=saved.choice(FormatId, shape.text(obj, "format"), "/request/format"),
        binding=Binding(
            audience=shape.text(obj, "audience"),
            nonce=shape.text(obj, "nonce"),
            transcript=base64url.decode(shape.text(obj, "transcript")) if "transcript" in obj else b"",
            agree=_agree(shape.child(obj, "agreed")) if "agreed" in obj else None,
        ),
        credential_types=frozenset(shape.texts(obj, "credential_types")),
    )


def _policy(obj: dict[str, Json]) -> Policy:
    schemas, types = shape.child(obj, "schemas"), shape.optional_child(obj, "type_max_age") or {}
    named = shape.optional_child(obj, "by_name") or {}
    roots = shape.optional_child(obj, "authorities") or {}
    anchors = shape.optional_child(obj, "anchors") or {}
    issuers = None if obj.get("issuers") is None else frozenset(shape.texts(obj, "issuers"))
    return Policy(
        name=saved.text(obj, "name"),
        rules=Rules(
            issuers=issuers,
            max_age=_ages(shape.child(obj, "max_age")),
            leeway=_length(obj, "leeway"),
            key_binding_max_age=_length(obj, "key_binding_max_age"),
            allow_test=shape.boolean(obj, "allow_test"),
            type_max_age={uri: _ages(shape.child(types, uri)) for uri in types},
            by_name={did: _named(shape.child(named, did)) for did in named},
            authorities={Authority.load(base64url.decode(root)): saved.text(roots, root) for root in roots},
            anchors={Anchor.load(base64url.decode(one)): saved.text(anchors, one) for one in anchors},
        ),
        schemas={uri: octets(schemas, uri, 32) for uri in schemas},
        signed_lists=saved.choice(SignedLists, shape.text(obj, "signed_lists"), "/policy/signed_lists"),
        network=saved.text(obj, "network"),
        allow_without_status=shape.boolean(obj, "allow_without_status"),
        short_lived=_length(obj, "short_lived") if "short_lived" in obj else timedelta(0),
    )
