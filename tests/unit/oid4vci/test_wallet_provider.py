"""The list of wallet providers, and what their status lists say of what they attested."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from clicid.codec import strict_json
from clicid.errors import LocalError, RemoteError
from clicid.formats.base import StatusRef
from clicid.oid4vci.wallet_provider import (
    WalletProvider,
    WalletProviders,
    check_status,
    key_header,
    status_list,
)
from clicid.securing import jws
from clicid.status.token_list import StatusListToken, TokenStatusList
from clicid.trust.anchors import Anchor
from tests.support import attesting
from tests.support.attesting import ALGS, BY_KEY, BY_KID, BY_ROOT, MINUTE, OTHER_ROOT
from tests.support.refusals import refused
from tests.support.world import NOW
from tests.support.x509 import issue

ENTRY = StatusRef("https://provider.example/status/1", 2)
AT = int(NOW.timestamp())
THIRD = attesting.KEYS.public(attesting.THIEF)


def signed(*, by_root: bool = True, **changes: Any) -> str:
    # Entries of two bits: 0 valid, 1 revoked, 2 suspended, 3 another.
    said: dict[str, Any] = {"sub": ENTRY.list_url, "iat": AT, "exp": AT + 60, "ttl": 60}
    token = StatusListToken(**said | {"status_list": TokenStatusList(2, bytes([0b11_10_01_00]))} | changes)
    named = key_header("kid-1", attesting.CHAINS["listed"] if by_root else ())
    header = {"typ": "statuslist+jwt", "alg": "ES256", **named}
    prepared = jws.prepare(header, strict_json.dumps(token.payload()))
    return attesting.sign(prepared, None if by_root else BY_KID)


def held(raw: str, provider: WalletProvider = BY_ROOT) -> StatusListToken:
    return status_list(raw, ENTRY.list_url, provider, algs=ALGS, now=NOW, leeway=MINUTE)


@pytest.mark.parametrize("by_root", [True, False])
def test_what_a_list_says(by_root: bool) -> None:
    found = held(signed(by_root=by_root), BY_ROOT if by_root else BY_KEY)
    check_status(found, replace(ENTRY, index=0), "invalid_client")
    for index, code in (
        (1, "oid4vci.attestation_revoked"),
        (2, "oid4vci.attestation_revoked"),
        (3, "oid4vci.attestation_revoked"),
        (4, "status.index"),
    ):
        with pytest.raises(RemoteError) as caught:
            check_status(found, replace(ENTRY, index=index), "invalid_client")
        assert (caught.value.wire, caught.value.code) == ("invalid_client", code)


def test_another_list_of_the_same_provider() -> None:
    with refused("status.token_list", "/sub"):
        held(signed(sub="https://provider.example/status/2"))


def test_the_list_of_another_listed_provider() -> None:
    with refused("oid4vci.wallet_provider"):
        held(signed(by_root=False), BY_ROOT)
    with refused("issuer.unknown"):
        held(signed(), replace(BY_KEY, roots=(Anchor.load(issue(OTHER_ROOT, OTHER_ROOT, ca=True)),)))


@pytest.mark.parametrize(
    ("change", "where"), [({"exp": AT}, "/exp"), ({"exp": AT - 1}, "/exp"), ({"iat": AT + 61}, "/iat")]
)
def test_a_list_that_is_over_or_of_the_future(change: dict[str, Any], where: str) -> None:
    with refused("status.token_list", where):
        held(signed(**change))


def test_a_list_that_does_not_say_when_it_ends() -> None:
    assert held(signed(exp=None)).exp is None


def test_what_is_no_list() -> None:
    with refused("securing.jws"):
        held("x")
    with refused("securing.jws_typ"):
        held(attesting.bent({"typ": "JWT", "alg": "ES256"}, {}, {}, None))


def test_a_provider_that_nothing_could_be_attested_by() -> None:
    with refused("oid4vci.wallet_providers", "root", kind=LocalError):
        replace(BY_ROOT, clients=frozenset())
    with refused("oid4vci.wallet_providers", "root", kind=LocalError):
        replace(BY_ROOT, roots=())


@pytest.mark.parametrize(
    "change",
    [
        {"clients": BY_ROOT.clients},
        {"roots": BY_ROOT.roots},
        {"roots": (Anchor.load(issue(attesting.ROOT, attesting.ROOT, ca=True, ends=NOW)),)},
        {"keys": {"kid-1": attesting.instance()}},
        {"keys": {"kid-2": attesting.KEYS.public(BY_KID)}},
    ],
)
def test_two_providers_with_something_in_common(change: dict[str, Any]) -> None:
    third = WalletProvider("third", **{"clients": frozenset({"third"}), "keys": {"kid-3": THIRD}} | change)
    with refused("oid4vci.wallet_providers", "third", kind=LocalError):
        WalletProviders((BY_ROOT, BY_KEY, third), haip=False)


def test_a_provider_may_renew_its_root() -> None:
    renewed = Anchor.load(issue(attesting.ROOT, attesting.ROOT, ca=True, ends=NOW))
    assert len(WalletProviders((replace(BY_ROOT, roots=(*BY_ROOT.roots, renewed)),), haip=True).listed) == 1


def test_a_name_may_stand_for_a_client_here_and_a_key_there() -> None:
    third = WalletProvider("third", frozenset({"kid-1"}), keys={"other-wallet": THIRD})
    assert len(WalletProviders((BY_ROOT, BY_KEY, third), haip=False).listed) == 3
