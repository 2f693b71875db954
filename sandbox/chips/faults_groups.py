"""Faults of the data groups: what was signed is not what is there."""

from __future__ import annotations

from dataclasses import replace

from sandbox.chips import security_object
from sandbox.chips.chip import Case, World, read, sign, signed_over


def altered_group(place: World) -> Case:
    """DG1 has another document number than was signed."""
    number = place.person.number.encode()
    other = number[:-1] + (b"8" if number.endswith(b"7") else b"7")
    return _instead(place, {1: place.groups[1].replace(number, other)})


def altered_portrait(place: World) -> Case:
    """The last byte of DG2 is another one."""
    group = place.groups[2]
    return _instead(place, {2: group[:-1] + bytes([group[-1] ^ 1])})


def trailing_bytes(place: World) -> Case:
    """DG1 goes on after its data object; a hash of what the tag's length says would not notice."""
    return _instead(place, {1: place.groups[1] + b"\x00\x00"})


def swapped_groups(place: World) -> Case:
    """The hashes that were signed for DG1 and DG11 are each other's."""
    digest = place.country.signer.key.digest
    hashes = security_object.hashed(place.groups, digest)
    swapped = hashes | {1: hashes[11], 11: hashes[1]}
    return _over(place, security_object.security_object(swapped, digest))


def missing_group(place: World) -> Case:
    """DG1 was not read, though EF.COM and the security object have it."""
    files = {name: file for name, file in place.good.files.items() if name != "DG1"}
    return replace(place.good, files=files)


def missing_portrait(place: World) -> Case:
    """The chip has no DG2, which every chip has to have; nothing else is wrong."""
    groups = {number: group for number, group in place.groups.items() if number != 2}
    return replace(place.good, files=read(groups, sign(groups, place.country.signer)))


def extra_group(place: World) -> Case:
    """DG11 is there, and nobody signed it."""
    groups = {number: group for number, group in place.groups.items() if number != 11}
    return replace(place.good, files=read(place.groups, sign(groups, place.country.signer)))


def hidden_key(place: World) -> Case:
    """EF.COM keeps DG15 quiet, so that nobody asks for active authentication; it was signed."""
    groups = {number: group for number, group in place.groups.items() if number != 15}
    return replace(place.good, files=read(groups, sign(place.groups, place.country.signer)))


def wrong_hash_algorithm(place: World) -> Case:
    """The security object names another hash function than the one its hashes are of."""
    signer = place.country.signer
    named = "sha256" if signer.key.digest != "sha256" else "sha384"
    hashes = security_object.hashed(place.groups, signer.key.digest)
    return _over(place, security_object.security_object(hashes, named))


def unknown_hash_algorithm(place: World) -> Case:
    """The security object's hashes are of MD5."""
    return _over(place, security_object.security_object(security_object.hashed(place.groups, "md5"), "md5"))


def group_twice(place: World) -> Case:
    """The security object has two hashes of DG1, the first one of another file."""
    digest = place.country.signer.key.digest
    content = security_object.security_object(security_object.hashed(place.groups, digest), digest)
    parsed = security_object.SecurityObject.load(content)
    other = security_object.hashed({1: b"another file"}, digest)[1]
    twice = [security_object.GroupHash({"number": 1, "value": other}), *parsed["hashes"]]
    parsed["hashes"] = security_object.GroupHashes(twice)
    return _over(place, parsed.dump(force=True))


def rewritten_hashes(place: World) -> Case:
    """DG1 was altered, its hash in the security object too, and nobody signed that."""
    altered = altered_group(place)
    groups = place.groups | {1: altered.files["DG1"]}
    digest = place.country.signer.key.digest
    before, after = (security_object.hashed(some, digest)[1] for some in (place.groups, groups))
    return replace(
        altered, files=read(groups, sign(place.groups, place.country.signer).replace(before, after))
    )


def wrong_country(place: World) -> Case:
    """Everything is signed, by the signers of another country than the one that DG1 names."""
    here, there = (b"P<" + one.state.ljust(3, "<").encode() for one in (place.country, place.other))
    groups = place.groups | {1: place.groups[1].replace(here, there)}
    return replace(place.good, files=read(groups, sign(groups, place.country.signer)))


def _instead(place: World, groups: dict[int, bytes]) -> Case:
    """Other groups than were signed."""
    return replace(place.good, files=read(place.groups | groups, sign(place.groups, place.country.signer)))


def _over(place: World, content: bytes) -> Case:
    """The same groups below another security object."""
    return replace(place.good, files=read(place.groups, signed_over(content, place.country.signer)))
