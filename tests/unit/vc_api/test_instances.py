"""Which suites and kinds of key there are, and how one is chosen."""

from __future__ import annotations

import pytest

from clicid.errors import LocalError, Refused
from clicid.formats.base import IssuerIdentity
from clicid.keys.algorithms import ALGORITHMS, ED25519, P256, P384
from clicid.securing.data_integrity import SUITES as SECURING
from clicid.vc_api import issuing
from clicid.vc_api.instances import KINDS, SELECTIVE, SUITES, Chosen, Instance, choose, instances, presenting
from clicid.vc_api.messages import IssueRequest
from clicid.vc_api.options import IssueOptions
from tests.support import w3c

KEYS = {kind: IssuerIdentity(f"did:key:{kind}", f"did:key:{kind}#k", "") for kind in ALGORITHMS}
ALL = {one.path: one for one in instances()}


def test_there_is_an_instance_for_each_suite_and_kind_of_key() -> None:
    assert set(SUITES) == set(SECURING)
    assert set(SELECTIVE) <= set(SUITES)
    for path in ("", "eddsa-rdfc-2022", "eddsa-jcs-2022", "ecdsa-rdfc-2019/P-256", "ecdsa-jcs-2019/P-384"):
        assert not ALL[path].status
        assert ALL[f"status/{path}".rstrip("/")].status
    assert len(ALL) == len(instances())


@pytest.mark.parametrize("path", ALL)
def test_every_instance_has_a_key_for_each_of_its_suites(path: str) -> None:
    instance = ALL[path]
    for suite in instance.suites:
        assert set(KINDS[suite]) & set(instance.algorithms)


def chosen(path: str, kind: str, wanted: IssueOptions = IssueOptions()) -> tuple[str, str]:  # noqa: B008 - frozen
    found = choose(ALL[path], f"did:key:{kind}", wanted, KEYS)
    assert found.identity is KEYS[kind]
    return found.cryptosuite, found.algorithm


def refusal(path: str, issuer: str, wanted: IssueOptions, keys: dict[str, IssuerIdentity]) -> tuple[str, str]:
    with pytest.raises(Refused) as error:
        choose(ALL[path], issuer, wanted, keys)
    return error.value.code, error.value.where


def test_the_issuer_chooses_the_key() -> None:
    assert chosen("ecdsa-rdfc-2019", P384) == ("ecdsa-rdfc-2019", P384)
    assert chosen("ecdsa-rdfc-2019", P256) == ("ecdsa-rdfc-2019", P256)
    assert chosen("", ED25519) == ("eddsa-rdfc-2022", ED25519)
    assert chosen("status", P384) == ("ecdsa-rdfc-2019", P384)


def test_options_choose_among_what_fits() -> None:
    assert chosen("", P256, IssueOptions(cryptosuite="ecdsa-jcs-2019")) == ("ecdsa-jcs-2019", P256)
    assert chosen("", P256, IssueOptions(key_type=P256)) == ("ecdsa-rdfc-2019", P256)
    assert chosen("", ED25519, IssueOptions(key_type="eddsa")) == ("eddsa-rdfc-2022", ED25519)


@pytest.mark.parametrize(
    ("path", "kind", "wanted", "where"),
    [
        ("", P256, IssueOptions(cryptosuite="eddsa-rdfc-2022"), "/options/cryptosuite"),
        ("", P256, IssueOptions(cryptosuite="no-such-suite"), "/options/cryptosuite"),
        ("eddsa-jcs-2022", ED25519, IssueOptions(cryptosuite="eddsa-rdfc-2022"), "/options/cryptosuite"),
        ("", P256, IssueOptions(key_type=P384), "/options/keyType"),
        ("ecdsa-rdfc-2019", P256, IssueOptions(key_type="RSA"), "/options/keyType"),
    ],
)
def test_what_does_not_fit_is_refused(path: str, kind: str, wanted: IssueOptions, where: str) -> None:
    assert refusal(path, f"did:key:{kind}", wanted, KEYS) == ("vc_api.option", where)


def test_nothing_is_signed_in_anothers_name() -> None:
    assert refusal("", "did:key:other", IssueOptions(), KEYS) == ("vc_api.issuer", "/issuer")
    assert refusal("eddsa-rdfc-2022", f"did:key:{P256}", IssueOptions(), KEYS) == ("vc_api.issuer", "/issuer")
    assert refusal("", f"did:key:{P256}", IssueOptions(), {}) == ("vc_api.issuer", "/issuer")
    with pytest.raises(Refused) as error:
        choose(Instance("x", (), ()), "did:key:x", IssueOptions(), KEYS, place="/holder")
    assert error.value.where == "/holder"


def test_a_presentation_is_proved_with_a_suite_that_hides_nothing() -> None:
    for instance in instances():
        assert not set(presenting(instance).suites) & SELECTIVE
    assert presenting(ALL["eddsa-jcs-2022"]).suites == ("eddsa-jcs-2022",)


def test_a_key_that_is_not_the_issuers_signs_nothing() -> None:
    request = IssueRequest({}, IssueOptions())
    wrong = Chosen("eddsa-rdfc-2022", ED25519, IssuerIdentity("did:key:a", "did:key:b#k", ""))
    key = w3c.STORE.public(w3c.ISSUER_REF)
    with pytest.raises(LocalError) as error:
        issuing.prepare({}, request, wrong, w3c.CONTEXTS, created=w3c.NOW, key=key, random=bytes)
    assert error.value.code == "vc.seal"
