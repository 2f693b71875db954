"""Certificate chains: only one that leads to the accredited issuer passes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from clicid.codec import base64url
from clicid.errors import Refused
from clicid.trust import x5c
from tests.support.world import DAY, IDENTIFIER, NOW, World, chain_of
from tests.support.x509 import Party, issue

WORLD = World()
KEY = WORLD.keys.public(WORLD.issuer_ref)
SPKI = KEY.to_spki()


def check(chain: tuple[bytes, ...], **changes: Any) -> None:
    x5c.check(chain, KEY, replace(WORLD.accreditation, **changes), now=NOW)


def test_accepts_the_accredited_issuers_chain() -> None:
    check(WORLD.x5c)


def test_accepts_a_dns_name_in_place_of_the_uri() -> None:
    check(chain_of(SPKI, san=[x509.DNSName("issuer.example")]))


def test_the_digest_is_of_the_authoritys_public_key() -> None:
    renewed = chain_of(SPKI, leaf_until=NOW + 7 * DAY)

    assert x5c.key_digest(renewed[1]) == WORLD.accreditation.ca_digest
    check(renewed)


def test_a_root_that_the_policy_holds_may_be_left_out() -> None:
    def without(*roots: bytes) -> None:
        x5c.check(WORLD.x5c[:1], KEY, WORLD.accreditation, now=NOW, roots=roots)

    other = chain_of(SPKI, scalar=9)[1]
    without(other, WORLD.x5c[1])
    for roots in ((), (other,)):
        with pytest.raises(Refused, match=r"issuer\.certificate"):
            without(*roots)
    # It is no way around a chain that does not fit: the root has to have signed it.
    with pytest.raises(Refused, match=r"issuer\.certificate"):
        x5c.check(chain_of(SPKI, scalar=9)[:1], KEY, WORLD.accreditation, now=NOW, roots=WORLD.x5c[1:])


def test_a_chain_goes_without_its_root_into_a_list() -> None:
    assert x5c.without_root(WORLD.x5c) == WORLD.x5c[:1]
    assert x5c.without_root(WORLD.x5c[:1]) == WORLD.x5c[:1]
    assert x5c.without_root(()) == ()


@pytest.mark.parametrize(
    ("chain", "code"),
    [
        ((), "issuer.certificate"),
        (WORLD.x5c[:1], "issuer.certificate"),
        (WORLD.x5c * 3, "issuer.certificate"),
        ((WORLD.x5c[0], b"\x30" * 9000), "issuer.certificate"),
        ((WORLD.x5c[0], b"no certificate"), "issuer.certificate"),
        (WORLD.x5c[::-1], "issuer.certificate"),
        (chain_of(SPKI, leaf_until=NOW - DAY), "issuer.certificate"),
        (chain_of(SPKI, ca=False, path_length=None), "issuer.certificate"),
        (chain_of(SPKI, constraints=False), "issuer.certificate"),
        (chain_of(SPKI, scalar=9), "issuer.certificate"),
        ((WORLD.x5c[0], chain_of(SPKI, scalar=9)[1]), "issuer.certificate"),
        (chain_of(WORLD.keys.public(WORLD.other_ref).to_spki()), "issuer.certificate"),
        (chain_of(SPKI, san=[]), "issuer.identifier"),
        (chain_of(SPKI, san=[x509.DNSName("bank.example")]), "issuer.identifier"),
        (chain_of(SPKI, san=[x509.UniformResourceIdentifier(IDENTIFIER + "/")]), "issuer.identifier"),
    ],
)
def test_refuses(chain: tuple[bytes, ...], code: str) -> None:
    with pytest.raises(Refused) as caught:
        check(chain)

    assert caught.value.code == code


@pytest.mark.parametrize("identifier", ["", "https://[broken", "https://other.example"])
def test_refuses_another_accredited_name(identifier: str) -> None:
    with pytest.raises(Refused, match=r"issuer\.identifier"):
        check(WORLD.x5c, identifier=identifier)


def test_refuses_a_chain_where_none_is_bound() -> None:
    with pytest.raises(Refused, match=r"issuer\.certificate"):
        check(WORLD.x5c, ca_digest=bytes(32))


def test_a_path_longer_than_the_authority_allows_is_refused() -> None:
    leaf, authority = WORLD.x5c

    with pytest.raises(Refused, match=r"issuer\.certificate"):
        check((leaf, authority, authority))


def test_dates_are_those_of_the_check() -> None:
    with pytest.raises(Refused, match=r"issuer\.certificate"):
        x5c.check(WORLD.x5c, KEY, WORLD.accreditation, now=NOW + timedelta(days=101))


SIGNED = x509.load_der_x509_certificate(WORLD.x5c[0]).tbs_certificate_bytes
START = WORLD.x5c[0].index(SIGNED)


@given(st.integers(START, START + len(SIGNED) - 1), st.integers(1, 255))
def test_no_changed_byte_of_what_is_signed_passes(position: int, change: int) -> None:
    leaf = bytearray(WORLD.x5c[0])
    leaf[position] ^= change

    with pytest.raises(Refused):
        check((bytes(leaf), WORLD.x5c[1]))


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
@pytest.mark.parametrize("serial", [b"\x00", b"\xff"])
def test_a_serial_number_that_is_not_positive_is_refused(serial: bytes) -> None:
    leaf = WORLD.x5c[0].replace(b"\x02\x01\x01", b"\x02\x01" + serial, 1)

    with pytest.raises(Refused, match="serial number"):
        check((leaf, WORLD.x5c[1]))


def test_a_key_of_an_unknown_kind_has_no_digest() -> None:
    ec_public_key = bytes.fromhex("06072a8648ce3d0201")
    strange = WORLD.x5c[1].replace(ec_public_key, ec_public_key[:-1] + b"\x7f")

    with pytest.raises(Refused, match=r"issuer\.certificate"):
        x5c.key_digest(strange)


class TestProvedAuthorities:
    """`trusted_authorities` by key identifier: who writes certificates may write any identifier into them."""

    REAL, THIEF, SIGNER = Party("Real CA", 11), Party("Thief CA", 12), Party("Signer", 13)
    NAMED = frozenset({(x5c.AKI, base64url.encode(REAL.key_identifier))})

    def root(self, party: Party, called: bytes = b"", **changes: Any) -> bytes:
        identifier = x509.SubjectKeyIdentifier(called or party.key_identifier)
        return issue(party, party, (identifier, False), ca=True, **changes)

    def leaf(self, issuer: Party, named: Party) -> bytes:
        """One that the first has signed and that names the second's key."""
        return issue(self.SIGNER, _Called(issuer, named.key_identifier))

    def test_of_an_honest_chain(self) -> None:
        leaf, root = self.leaf(self.REAL, self.REAL), self.root(self.REAL)
        assert x5c.proved_authorities((leaf, root), ()) == self.NAMED
        assert x5c.proved_authorities((leaf,), (root,)) == self.NAMED  # HAIP wants the root left out
        assert x5c.proved_authorities((leaf,), ()) == frozenset()

    def test_a_root_that_the_policy_holds_is_called_what_it_says(self) -> None:
        own = b"a name of its own"
        root = self.root(self.REAL, own)
        leaf = issue(self.SIGNER, _Called(self.REAL, own))
        assert x5c.proved_authorities((leaf,), (root,)) == {(x5c.AKI, base64url.encode(own))}
        assert x5c.proved_authorities((leaf, root), ()) == frozenset()

    def test_a_leaf_that_names_another_authority_than_its_own(self) -> None:
        leaf = self.leaf(self.THIEF, self.REAL)
        assert x5c.authorities((leaf,)) == self.NAMED
        for chain in ((leaf,), (leaf, self.root(self.THIEF))):
            found = x5c.proved_authorities(chain, (self.root(self.REAL), self.root(self.THIEF)))
            assert found.isdisjoint(self.NAMED)

    def test_an_authority_that_calls_its_key_by_anothers_identifier(self) -> None:
        chain = self.leaf(self.THIEF, self.REAL), self.root(self.THIEF, self.REAL.key_identifier)
        assert x5c.proved_authorities(chain, (self.root(self.REAL),)) == frozenset()

    def test_an_authority_that_puts_itself_under_another_of_its_own_making(self) -> None:
        """An accreditation is of the key in the middle: what stands above it nobody has vouched for."""
        above = Party("Real CA", 14)
        middle = issue(self.THIEF, _Called(above, self.REAL.key_identifier), ca=True)
        chain = issue(self.SIGNER, self.THIEF), middle, self.root(above, self.REAL.key_identifier)
        found = x5c.proved_authorities(chain, (self.root(self.REAL),))
        assert found == {(x5c.AKI, base64url.encode(self.THIEF.key_identifier))}

    def test_what_is_no_certificate(self) -> None:
        leaf = self.leaf(self.REAL, self.REAL)
        assert x5c.proved_authorities((leaf, b"text"), (b"", b"text")) == frozenset()
        assert x5c.proved_authorities((), (b"",)) == frozenset()


class _Called(Party):
    """A party whose key is called something else."""

    def __init__(self, party: Party, called: bytes) -> None:
        super().__init__(party.name, party.number)
        object.__setattr__(self, "called", called)

    @property
    def key_identifier(self) -> bytes:
        called: bytes = self.__dict__["called"]
        return called
