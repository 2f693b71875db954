"""What a holder service derives: of both suites, and never with a holder's own secrets."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clicid.adapters import package_data
from clicid.errors import Refused
from clicid.securing.data_integrity.bbs_2023 import BBS_2023
from clicid.securing.data_integrity.bbs_values import Feature
from clicid.securing.data_integrity.ecdsa_sd_2023 import ECDSA_SD_2023
from clicid.vc_api import deriving, messages
from tests.support import disclosures, proofs, w3c
from tests.support.disclosures import Issued
from tests.support.refusals import refused

CONTEXTS = package_data.open_contexts()
SHOWN = ["/credentialSubject/1/ageOver18"]


def derive(secured: Any, **options: Any) -> Any:
    body = {"verifiableCredential": secured, "options": {"selectivePointers": SHOWN, **options}}
    request = messages.derive(json.dumps(body).encode())
    return deriving.derive(request, CONTEXTS, disclosures.numbers("derive"))


@pytest.mark.parametrize("suite", [ECDSA_SD_2023, BBS_2023])
def test_what_is_derived_verifies_under_the_issuers_key(suite: str) -> None:
    issued = Issued(suite)
    found = derive(issued.secured)
    assert found["credentialSubject"] in ({"ageOver18": False}, [{"ageOver18": False}])
    assert disclosures.verify(found, issued.key)


def test_a_nonce_is_for_a_suite_that_has_a_place_for_it() -> None:
    issued = Issued(BBS_2023)
    first, second = (derive(issued.secured, nonce=nonce)["proof"]["proofValue"] for nonce in ("a", "b"))
    assert first != second
    with refused("vc_api.option", "/options/nonce"):
        derive(Issued(ECDSA_SD_2023).secured, nonce="a")


@pytest.mark.parametrize("feature", [feature for feature in Feature if feature.is_blind])
def test_what_is_bound_to_a_holders_secrets_is_not_derived_here(feature: Feature) -> None:
    with refused("vc_api.bound", "/proof"):
        derive(Issued(BBS_2023, feature).secured)


def test_what_hides_nothing_has_nothing_to_derive() -> None:
    with refused("proof.suite", "/proof"):
        derive(proofs.signed(w3c.unsigned(), proofs.options()))


@pytest.mark.parametrize("pointer", ["/unheard", "/credentialSubject/7", "credentialSubject", "/~2"])
@pytest.mark.parametrize("suite", [ECDSA_SD_2023, BBS_2023])
def test_pointers_that_select_nothing_or_escape_wrongly(suite: str, pointer: str) -> None:
    body = {"verifiableCredential": Issued(suite).secured, "options": {"selectivePointers": [pointer]}}
    request = messages.derive(json.dumps(body).encode())
    with pytest.raises(Refused) as error:
        deriving.derive(request, CONTEXTS, disclosures.numbers("derive"))
    assert error.value.code in {"rdf.pointer", "rdf.pointer_nothing"}
    assert error.value.where == "/options/selectivePointers"
