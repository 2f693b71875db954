"""Everybody's credentials in envelopes, resources and schemas, remembered shapes; and `vp+sd-jwt`."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters import package_data
from clicid.codec import strict_json
from clicid.errors import Refused
from clicid.formats import vc_jose
from clicid.formats.base import Accredited, Checked, CheckName, FormatId, Outcome
from clicid.formats.data_model import envelope, parse_enveloped
from clicid.formats.data_model.resources import digests
from clicid.formats.data_model.shipped import Shipped
from clicid.formats.vc_jose import EnvelopedVcChecker, EnvelopedVpChecker
from clicid.formats.vc_jose.opening import open_envelope
from clicid.rdf.profile import Profile
from clicid.rdf.shapes import Shapes
from clicid.securing.sd_jwt import sealing as sd_jwt
from clicid.securing.sd_jwt.pack import Packed
from tests.support import jose, w3c
from tests.support.jose_vectors import selected
from tests.support.refusals import refused
from tests.support.world import Dice

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json

ANYBODY = replace(w3c.RULES, accredited=Accredited.UNSAFE_ANYBODY_MAY_BE_THE_ISSUER)
HEADER: dict[str, Json] = {"alg": "EdDSA", "kid": w3c.ISSUER.key_id, "typ": "vc+jwt"}


def everybodys(**changes: Json) -> bytes:
    """A credential whose terms no shipped context defines."""
    document: dict[str, Json] = {
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            {"Degree": "https://u.example/Degree"},
        ],
        "type": ["VerifiableCredential", "Degree", "https://u.example/Other"],
        "issuer": w3c.ISSUER.did,
        "termsOfUse": {"type": "https://u.example/Terms"},
        "credentialSubject": {"id": w3c.HOLDER},
        **changes,
    }
    return jose.jwt(HEADER, document)


def checked(raw: bytes, profile: Profile = Profile.OPEN, **how: Any) -> Checked:
    checker = EnvelopedVcChecker(FormatId.VC_JWT, w3c.CONTEXTS, profile=profile)
    given = {"rules": ANYBODY, "binding": None, "now": w3c.NOW} | how
    found = checker.check(checker.parse(raw), jose.have(), **given)
    assert isinstance(found, Checked)
    return found


def test_everybodys_credential_says_all_that_was_signed() -> None:
    found = checked(everybodys())

    assert {line.outcome for line in found.lines} == {Outcome.PASSED}
    assert found.credential_type == "https://u.example/Degree"
    assert found.claims is not None
    assert found.claims.names() == ("credentialSubject", "issuer", "termsOfUse", "type")


def test_several_types_are_accredited_to_nobody() -> None:
    found = checked(everybodys(), rules=w3c.RULES)

    failed = [line for line in found.lines if line.outcome is Outcome.FAILED]
    assert [(line.check, line.code) for line in failed] == [(CheckName.ISSUER_KNOWN, "vc.type")]


def test_it_is_none_of_clicids_own() -> None:
    with pytest.raises(Refused, match=r"codec\.shape"):
        checked(everybodys(), Profile.CLOSED)


def test_several_subjects_stand_as_they_are() -> None:
    two: list[Json] = [
        {"id": w3c.HOLDER, "ageOver18": True},
        {"id": w3c.did(w3c.OTHER_REF), "ageOver18": False},
    ]
    found = checked(jose.credential(document=jose.unsigned(credentialSubject=two)), Profile.CLOSED)

    assert found.claims is not None
    assert found.claims.reveal() == {"credentialSubject": two}


def test_a_related_resource_with_another_digest() -> None:
    url = "https://u.example/picture"
    sri = "sha256-" + base64.b64encode(hashlib.sha256(b"seen").digest()).decode()
    raw = jose.credential(document=jose.unsigned(relatedResource=[{"id": url, "digestSRI": sri}]))
    for content, code in ((b"seen", ""), (b"another", "vc.resource_digest")):
        checker = EnvelopedVcChecker(FormatId.VC_JWT, w3c.CONTEXTS, shipped=Shipped({url: digests(content)}))
        if code:
            with refused(code):
                checker.parse(raw)
        else:
            checker.parse(raw)


def test_a_remembered_shape_says_what_the_walk_said() -> None:
    known = Shapes(w3c.CONTEXTS)
    first, second = jose.unsigned(), jose.unsigned(id="urn:uuid:5b0b3a54-3d1c-4c3c-9b3e-0e8f6f4f5a12")
    before = known.types(second, profile=Profile.CLOSED)
    for _ in range(2):
        known.learn(first, w3c.ISSUER.did, profile=Profile.CLOSED)

    assert known.find(second, profile=Profile.CLOSED) is not None
    after = known.types(second, profile=Profile.CLOSED)
    assert after.iris == before.iris
    assert (before.compiled, after.compiled) == (False, True)
    with refused("rdf.id"):
        known.types(jose.unsigned(id="no IRI"), profile=Profile.CLOSED)


def test_only_what_an_issuer_signed_is_remembered() -> None:
    fresh = package_data.contexts.__wrapped__()
    checker = EnvelopedVcChecker(FormatId.VC_JWT, fresh)
    raw = jose.credential()
    for offered, met in ((raw[:-4] + b"AAAA", False), (raw, False), (raw, False), (raw, True)):
        parsed = checker.parse(offered)
        assert parsed.learnt is met
        checker.check(parsed, jose.have(), rules=w3c.RULES, binding=None, now=w3c.NOW)


def test_cose_in_an_envelope_without_padding() -> None:
    raw = jose.credential(FormatId.VC_COSE)
    text = base64.b64encode(raw).decode().rstrip("=")
    found = {
        "@context": "https://www.w3.org/ns/credentials/v2",
        "type": "EnvelopedVerifiableCredential",
        "id": f"data:application/vc+cose;base64,{text}",
    }
    assert parse_enveloped(found, kind=envelope.CREDENTIAL).raw == raw


def test_an_array_of_which_nothing_is_shown() -> None:
    document = jose.unsigned(evidence=[{"type": "https://u.example/E"}, {"type": "https://u.example/F"}])
    prepared = vc_jose.prepare_sd_jwt(
        document,
        jose.sealing(),
        w3c.CONTEXTS,
        Profile.CLOSED,
        random=Dice(),
        hide=lambda path: path[0] == "evidence" and len(path) == 2,
    )
    raw = jose.signed(prepared, w3c.ISSUER_REF)
    checker = EnvelopedVcChecker(FormatId.VC_SD_JWT, w3c.CONTEXTS)

    whole, nothing = checker.parse(raw), checker.parse(raw.partition(b"~")[0] + b"~")

    assert whole.opened.document["evidence"] == document["evidence"]
    assert "evidence" not in nothing.opened.document


def test_an_array_inside_of_which_nothing_is_shown() -> None:
    one, other = ([{"...": name}] for name in ("a digest", "another"))
    subject: dict[str, Any] = {"id": w3c.HOLDER, "a": one, "b": [other, "shown"]}
    header: dict[str, Json] = {"alg": "EdDSA", "kid": w3c.ISSUER.key_id, "typ": "vc+sd-jwt"}
    packed = Packed({"credentialSubject": subject}, ())
    raw = jose.signed(sd_jwt.prepare(header, packed), w3c.ISSUER_REF)

    opened = open_envelope(raw, FormatId.VC_SD_JWT)

    # Whether an array in an array may be empty is for JSON-LD to say.
    assert opened.document == {"credentialSubject": {"id": w3c.HOLDER, "b": [[], "shown"]}}


def vp_sd_jwt(tail: str = "") -> bytes:
    payload = strict_json.loads(jose.parts(jose.presentation())[1])
    assert isinstance(payload, dict)
    header: dict[str, Json] = {"alg": "EdDSA", "kid": w3c.key_id(w3c.HOLDER_REF), "typ": "vp+sd-jwt"}
    return jose.signed(sd_jwt.prepare(header, Packed(payload, ())), w3c.HOLDER_REF) + tail.encode()


def test_a_presentation_as_sd_jwt() -> None:
    checker = EnvelopedVpChecker(FormatId.VP_SD_JWT)

    found = checker.check(checker.parse(vp_sd_jwt()), {}, rules=w3c.RULES, binding=w3c.BINDING, now=w3c.NOW)

    assert {line.outcome for line in found.lines} == {Outcome.PASSED}
    assert [inner.format for inner in found.nested] == [FormatId.VC_JWT]


def test_a_presentation_with_a_second_holder() -> None:
    bound = jose.credential(FormatId.VC_SD_JWT, holder=w3c.HOLDER_KEY)
    proof = selected(bound).rpartition(b"~")[2].decode()
    with refused("sd_jwt.structure"):
        EnvelopedVpChecker(FormatId.VP_SD_JWT).parse(vp_sd_jwt(proof))
