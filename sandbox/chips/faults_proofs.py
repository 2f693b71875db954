"""Faults of active authentication: the chip is not the one that the document was made with."""

from __future__ import annotations

import secrets
from dataclasses import replace

from sandbox.chips import groups as make
from sandbox.chips.chip import Case, World, read, sign
from sandbox.chips.proofs import CHALLENGE_BYTES, active_key


def replayed_active_authentication(place: World) -> Case:
    """The answer is to another challenge: a recording."""
    return replace(place.good, response=place.active.answer(secrets.token_bytes(CHALLENGE_BYTES)))


def cloned_chip(place: World) -> Case:
    """The files are a copy, and the chip they lie on has a key of its own."""
    case = place.good
    return replace(case, response=active_key(place.algorithm).answer(case.challenge))


def cloned_chip_with_key(place: World) -> Case:
    """As before, and DG15 has the copy's own key."""
    case, other = place.good, active_key(place.algorithm)
    groups = place.groups | {15: make.chip_key(other.public)}
    return replace(
        case,
        files=read(groups, sign(place.groups, place.country.signer)),
        response=other.answer(case.challenge),
    )


def garbled_active_authentication(place: World) -> Case:
    """The answer's middle byte is another one."""
    case = place.good
    middle = len(case.response) // 2
    other = bytes([case.response[middle] ^ 1])
    return replace(case, response=case.response[:middle] + other + case.response[middle + 1 :])


def zero_active_authentication(place: World) -> Case:
    """The answer is zeros."""
    return replace(place.good, response=bytes(len(place.good.response)))


def short_active_authentication(place: World) -> Case:
    """The answer lacks its last byte."""
    case = place.good
    return replace(case, response=case.response[:-1])
