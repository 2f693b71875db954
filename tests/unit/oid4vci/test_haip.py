"""HAIP 1.0 4.1 in the kernel: metadata are signed by a certificate, and its root is not beside it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clicid.trust import x5c
from tests.support import attesting
from tests.support.attesting import INSTANCE, MIDDLE, ROOT, SIGNER
from tests.support.refusals import refused
from tests.support.x509 import issue
from tests.unit.oid4vci.test_signed_metadata import ISSUER, KEY_ID, SIGNERS, prepared, verify

STRICT = replace(SIGNERS, haip=True)
LEAF = issue(SIGNER, ROOT, names=[ISSUER])


def test_metadata_are_signed_by_a_certificate_without_its_root() -> None:
    assert verify(attesting.sign(prepared()), STRICT)
    between = (issue(SIGNER, MIDDLE, names=[ISSUER]), issue(MIDDLE, ROOT, ca=True, path_length=0))
    assert verify(attesting.sign(prepared(chain=between)), STRICT)


@pytest.mark.parametrize("bad", ["root", "alone"])
def test_a_root_in_the_header_and_a_certificate_that_vouches_for_itself_are_refused(bad: str) -> None:
    chain = {
        "root": (LEAF, attesting.ROOT_CERTIFICATE),
        "alone": (issue(SIGNER, SIGNER, names=[ISSUER]),),
    }[bad]
    jwt = attesting.sign(prepared(chain=chain))
    with refused("issuer.certificate", "/x5c"):
        verify(jwt, STRICT)
    if bad == "root":
        assert verify(jwt), "without the switch"


def test_a_key_that_is_known_by_its_did_alone_is_not_enough() -> None:
    jwt = attesting.sign(prepared(kid=KEY_ID, chain=()), INSTANCE)
    with refused("issuer.certificate", "/x5c"):
        verify(jwt, STRICT)
    assert verify(jwt), "without the switch"
    # Named by its DID, signed by that key, and beside it a certificate of another's.
    with refused("keys.signature"):
        verify(attesting.sign(prepared(kid=KEY_ID), INSTANCE), STRICT)


def test_a_chain_without_anything_is_none() -> None:
    with refused("issuer.certificate"):
        x5c.check_rootless((), ())
    with refused("oid4vp.certificate"):
        x5c.check_rootless((LEAF, attesting.ROOT_CERTIFICATE), (), code="oid4vp.certificate")
    with refused("issuer.certificate"):
        x5c.check_rootless((LEAF,), (LEAF,))
    x5c.check_rootless((LEAF,), (attesting.ROOT_CERTIFICATE,))
