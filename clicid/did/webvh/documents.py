"""What a did:webvh resolves to: a version's document, its metadata, and its keys (did:webvh 1.0, read)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clicid.codec import instant, shape
from clicid.did import reading
from clicid.did.document import DidDocument
from clicid.did.webvh import log as webvh_log
from clicid.did.webvh.files import Files
from clicid.errors import Refused

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.codec.strict_json import Json
    from clicid.did.document import VerificationMethod
    from clicid.did.webvh.log import Log, Version
    from clicid.did.webvh.parameters import Witnesses


def resolve(did: str, body: bytes, now: datetime) -> DidDocument:
    """The keys of a DID from its two files, those that are over among them.

    A key that an earlier version had and a later one lacks was taken back with the first that lacks it. To
    retire one without harm to what it signed, its method stays and gets an `expires`.

    Args:
        did: The DID.
        body: As `Files.to_bytes` gives it.
        now: The time for which its keys are wanted.

    Raises:
        Refused: As `log.read` and `reading.read` do.
    """
    return document(webvh_log.read(did, Files.from_bytes(body), now), now)


def document(found: Log, now: datetime) -> DidDocument:
    """The same of a log that was read; the DID is the newest version's.

    Raises:
        Refused: As `reading.read` does.
    """
    did = str(found.newest.did)
    if found.newest.parameters.deactivated:
        return DidDocument(did, (), deactivated=True)
    methods: dict[str, VerificationMethod] = {}
    for version in found.versions:
        if version.did != found.newest.did:
            continue
        there = _keys(found, version, now)
        over = {
            name: method if method.ended else replace(method, ended_at=version.time)
            for name, method in methods.items()
            if name not in there
        }
        methods = {**over, **there}
    return DidDocument(did, tuple(methods.values()))


def _keys(found: Log, version: Version, now: datetime) -> dict[str, VerificationMethod]:
    """The methods of a version by their ids; a document that is malformed had none, if it is an old one."""
    try:
        methods = reading.read(str(version.did), version.state, now).methods
    except Refused:
        if version is found.newest:
            raise
        return {}
    return {method.id: method for method in methods}


def by_id(found: Log, version_id: str) -> Version:
    """The version of a whole `versionId`.

    Raises:
        Refused: `did.version_unknown`.
    """
    for version in found.versions:
        if version.version_id == version_id:
            return version
    raise Refused("did.version_unknown")


def by_number(found: Log, number: int) -> Version:
    """The version of a number, 1 for the first.

    Raises:
        Refused: `did.version_unknown`.
    """
    if not 1 <= number <= len(found.versions):
        raise Refused("did.version_unknown")
    return found.versions[number - 1]


def by_time(found: Log, time: datetime) -> Version:
    """The version that counted at a time.

    Raises:
        Refused: `did.version_unknown` for a time before the first.
    """
    for version in reversed(found.versions):
        if version.time <= time:
            return version
    raise Refused("did.version_unknown")


def published(version: Version) -> dict[str, Json]:
    """The document of a version as others resolve it: with the two services that every did:webvh has.

    Raises:
        Refused: `codec.shape` for a `service` that is no array of objects.
    """
    services = shape.optional_items(version.state, "service", "") or []
    did = str(version.did)
    named = {
        shape.as_object(one, shape.pointer("/service", index)).get("id") for index, one in enumerate(services)
    }
    implied: list[tuple[str, dict[str, Json]]] = [
        ("#files", {"type": "relativeRef", "serviceEndpoint": version.did.base}),
        (
            "#whois",
            {
                "@context": "https://identity.foundation/linked-vp/contexts/v1",
                "type": "LinkedVerifiablePresentation",
                "serviceEndpoint": f"{version.did.base}whois.vp",
            },
        ),
    ]
    added: list[Json] = [
        {"id": name, **members} for name, members in implied if not named & {name, f"{did}{name}"}
    ]
    return {**version.state, "service": [*services, *added]}


def metadata(found: Log, version: Version) -> dict[str, Json]:
    """What is said of a version (the DID document metadata), and of the DID as it is now.

    What a number would say is said by a text, as DID Resolution wants it, but for `versionNumber`, which is
    no member of the standard's and an integer in everybody's answers.
    """
    now = found.newest.parameters
    return {
        "versionId": version.version_id,
        "versionNumber": version.number,
        "versionTime": instant.format_stamp(version.time),
        "created": instant.format_stamp(found.versions[0].time),
        "updated": instant.format_stamp(found.newest.time),
        "scid": now.scid,
        "portable": now.portable,
        "deactivated": now.deactivated,
        "ttl": str(now.ttl),
        "witness": _witness(now.witness),
        "watchers": list(now.watchers),
        **_following(found, version),
    }


def _following(found: Log, version: Version) -> dict[str, Json]:
    """Which version took its place, and when, if one did."""
    if version is found.newest:
        return {}
    following = found.versions[version.number]
    return {"nextVersionId": following.version_id, "nextUpdate": instant.format_stamp(following.time)}


def _witness(asked: Witnesses | None) -> dict[str, Json]:
    if asked is None:
        return {}
    return {"threshold": str(asked.threshold), "witnesses": [{"id": did} for did in asked.dids]}
