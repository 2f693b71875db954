"""A check with everything it needs, as one JSON text: to be decided again anywhere, at any time.

A bundle holds the presentation, so it holds personal data: it is for the one who was shown it. Who
replays one believes its material; a bundle from elsewhere has to come signed (design 4).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from clicid.codec import base64url, instant, jcs, saved, shape, strict_json
from clicid.errors import LocalError
from clicid.formats.base import Binding, FormatId, Material, Need, NeedKind, Rules, Unavailable, Wanted
from clicid.ledger.hexes import octets
from clicid.verification.checking import check
from clicid.verification.policy import Policy, Request, SignedLists

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.codec.strict_json import Json
    from clicid.formats.base import Have
    from clicid.verification.endings import Ending
    from clicid.verification.walk import Checkers

MAX_BYTES: Final = 16 << 20
_KIND: Final = "verification.bundle"
_VERSION: Final = 1


def dump(raw: bytes, have: Have, *, request: Request, policy: Policy, now: datetime) -> bytes:
    """The bundle of one call of `verification.check`, canonical JSON."""
    rules = policy.rules
    binding = request.binding
    return jcs.dumps(
        {
            "kind": _KIND,
            "version": _VERSION,
            "now": instant.to_numeric_date(now),
            "raw": base64url.encode(raw),
            "request": {
                "format": request.format.value,
                "audience": binding.audience,
                "nonce": binding.nonce,
                "credential_types": sorted(request.credential_types),
            },
            "policy": {
                "name": policy.name,
                "network": policy.network,
                "signed_lists": policy.signed_lists.value,
                "allow_without_status": policy.allow_without_status,
                "schemas": {uri: digest.hex() for uri, digest in policy.schemas.items()},
                "issuers": None if rules.issuers is None else sorted(rules.issuers),
                "max_age": {kind.value: _seconds(age) for kind, age in rules.max_age.items()},
                "leeway": _seconds(rules.leeway),
                "key_binding_max_age": _seconds(rules.key_binding_max_age),
                "allow_test": rules.allow_test,
            },
            "have": [_found(need, have[need]) for need in have],
        }
    )


def replay(bundle: bytes, checkers: Checkers) -> Ending:
    """Decide again, at the bundle's own time, from nothing but the bundle.

    Raises:
        LocalError: `verifier.bundle` for what is no bundle, or lacks material the check wants.
    """
    with saved.reading("verifier.bundle"):
        obj = shape.as_object(strict_json.loads(bundle, max_bytes=MAX_BYTES))
        if (obj.get("kind"), obj.get("version")) != (_KIND, _VERSION):
            raise LocalError("verifier.bundle", "/version")
        now = instant.from_numeric_date(shape.member(obj, "now"))
        raw = base64url.decode(shape.text(obj, "raw", maximum=MAX_BYTES))
        request = _request(shape.child(obj, "request"))
        policy = _policy(shape.child(obj, "policy"))
        have = dict(_have(shape.as_object(item)) for item in shape.items(obj, "have", maximum=1_000))
    ending = check(raw, have, request=request, policy=policy, checkers=checkers, now=now)
    if isinstance(ending, Wanted):
        raise LocalError("verifier.bundle", "/have", "material that the check wants is not in it")
    return ending


def _seconds(age: timedelta) -> int:
    return int(age.total_seconds())


def _found(need: Need, found: Material | Unavailable) -> dict[str, Json]:
    row: dict[str, Json] = {"kind": need.kind.value, "uri": need.uri, "subject": need.subject}
    if isinstance(found, Unavailable):
        return row | {"tried_at": instant.to_numeric_date(found.tried_at), "why": found.why}
    return row | {
        "body": base64url.encode(found.body),
        "obtained_at": instant.to_numeric_date(found.obtained_at),
        "as_of": instant.to_numeric_date(found.as_of),
        "source": found.source,
    }


def _have(row: dict[str, Json]) -> tuple[Need, Material | Unavailable]:
    kind = saved.choice(NeedKind, shape.text(row, "kind"), "/have/kind")
    need = Need(kind, shape.text(row, "uri"), saved.text(row, "subject"))
    if "why" in row:
        return need, Unavailable(_time(row, "tried_at"), saved.text(row, "why"))
    body = base64url.decode(shape.text(row, "body", maximum=MAX_BYTES))
    material = Material(body, _time(row, "obtained_at"), _time(row, "as_of"), shape.text(row, "source"))
    return need, material


def _time(row: dict[str, Json], name: str) -> datetime:
    return instant.from_numeric_date(shape.member(row, name), where=f"/{name}")


def _request(obj: dict[str, Json]) -> Request:
    return Request(
        format=saved.choice(FormatId, shape.text(obj, "format"), "/request/format"),
        binding=Binding(audience=shape.text(obj, "audience"), nonce=shape.text(obj, "nonce")),
        credential_types=frozenset(shape.texts(obj, "credential_types")),
    )


def _policy(obj: dict[str, Json]) -> Policy:
    schemas, ages = shape.child(obj, "schemas"), shape.child(obj, "max_age")
    issuers = None if obj.get("issuers") is None else frozenset(shape.texts(obj, "issuers"))
    return Policy(
        name=shape.text(obj, "name"),
        rules=Rules(
            issuers=issuers,
            max_age={
                saved.choice(NeedKind, kind, "/policy/max_age"): timedelta(seconds=shape.integer(ages, kind))
                for kind in ages
            },
            leeway=timedelta(seconds=shape.integer(obj, "leeway")),
            key_binding_max_age=timedelta(seconds=shape.integer(obj, "key_binding_max_age")),
            allow_test=shape.boolean(obj, "allow_test"),
        ),
        schemas={uri: octets(schemas, uri, 32) for uri in schemas},
        signed_lists=saved.choice(SignedLists, shape.text(obj, "signed_lists"), "/policy/signed_lists"),
        network=shape.text(obj, "network"),
        allow_without_status=shape.boolean(obj, "allow_without_status"),
    )
