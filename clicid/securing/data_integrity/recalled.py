"""Proofs in documents of a known layout: what is over what is known, only values are filled in.

A layout (`clicid.codec.layout`) is known from a document whose signature was good. What is known of it
is what does not depend on the values that may differ: that its one proof is well-formed and by which
suite, and the shapes (`clicid.rdf.shapes`) of document and proof options. Hash and signature are each
document's own, and nothing here says that a signature is good.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from clicid.codec import instant, layout, multibase, shape
from clicid.codec.layout import taker
from clicid.keys.algorithms import ALGORITHMS
from clicid.rdf import shapes
from clicid.rdf.canon import SHA_256, SHA_384
from clicid.securing.data_integrity.hashed import HASH_OF, HashedProof, HashedSuite
from clicid.securing.data_integrity.options import MAX_TEXT, Proof
from clicid.securing.data_integrity.table import SUITES
from clicid.securing.data_integrity.transforms import RDFC

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from clicid.codec.layout import Path
    from clicid.codec.strict_json import Json
    from clicid.rdf.compiling import Shape
    from clicid.rdf.contexts import Contexts
    from clicid.rdf.profile import Profile
    from clicid.rdf.template import Template
    from clicid.securing.data_integrity.documents import UnverifiedDocument

PROOF: Final = "proof"
VALUE: Final[Path] = (PROOF, "proofValue")
CREATED: Final[Path] = (PROOF, "created")
METHOD: Final[Path] = (PROOF, "verificationMethod")
DOMAIN: Final[Path] = (PROOF, "domain")
CHALLENGE: Final[Path] = (PROOF, "challenge")
_HASHES: Final = {SHA_256: hashlib.sha256, SHA_384: hashlib.sha384}
_READ: Final = (CREATED, METHOD, DOMAIN, CHALLENGE)
"""Options that may differ, in the order of `_Options`."""


class _Form(NamedTuple):
    """A template, and what takes its values out of a document's and the fixed ones after them."""

    template: Template
    take: Callable[[Sequence[str]], tuple[str, ...]]
    fixed: tuple[str, ...]
    algorithm: str

    def digest(self, values: tuple[str, ...]) -> bytes | None:
        """The hash of the canonical form; None where the template cannot say it."""
        filled = self.template.fill(self.take((*values, *self.fixed)))
        return None if filled is None else _HASHES[self.algorithm](filled).digest()


class _Config:
    """A proof's options. If they differ in their time only, the last ones are remembered.

    An issuer signs with the same options all day. Who else signed, and for whom, is not remembered.
    """

    __slots__ = ("_created", "_form", "_last")

    def __init__(self, form: _Form, created: int | None) -> None:
        self._form: Final = form
        self._created: Final = created
        self._last: tuple[str, bytes | None] = ("", None)

    def digest(self, values: tuple[str, ...]) -> bytes | None:
        """As `_Form.digest`."""
        if self._created is None:
            return self._form.digest(values)
        created, digest = self._last
        if digest is None or created != values[self._created]:
            digest = self._form.digest(values)
            self._last = (values[self._created], digest)
        return digest


class _Options(NamedTuple):
    """Where those options of a proof stand that may differ; None for those that may not."""

    created: int | None
    method: int | None
    domain: int | None
    challenge: int | None

    def read(self, like: Proof, values: tuple[str, ...]) -> Proof:
        """The options of another proof, each as `options.read` reads it.

        Raises:
            Refused: `codec.shape`, `codec.time`.
        """
        created, method, domain, challenge = self
        at = like.created
        if created is not None:
            at = instant.parse(values[created], where="/proof/created")
        if method is None and domain is None and challenge is None:
            return like if at == like.created else replace(like, created=at)
        return Proof(
            verification_method=_text(method, values) or like.verification_method,
            purpose=like.purpose,
            cryptosuite=like.cryptosuite,
            id=like.id,
            created=at,
            expires=like.expires,
            domain=like.domain if domain is None else (_text(domain, values),),
            challenge=_text(challenge, values) or like.challenge,
            nonce=like.nonce,
            previous_proof=like.previous_proof,
        )

    def emptied(self, proof: Proof) -> Proof:
        """The options without those that may differ: a holder's name is not remembered."""
        return replace(
            proof,
            verification_method=proof.verification_method if self.method is None else "",
            domain=proof.domain if self.domain is None else (),
            challenge=proof.challenge if self.challenge is None else None,
        )


def _text(place: int | None, values: tuple[str, ...]) -> str:
    """The option in a place, which is never empty; empty where there is no such place."""
    if place is None:
        return ""
    text = values[place]
    return text if 0 < len(text) <= MAX_TEXT else shape.as_text(text, "/proof", maximum=MAX_TEXT)


@dataclass(frozen=True, slots=True)
class Recalled:
    """What is known of the proof of a layout's documents.

    Args:
        free: The strings that may differ, by their paths in the secured document, in text order.
        places: The same by their place in `layout.cut`.
        schemes: For each the scheme with its colon, if it is an IRI in the graph.
    """

    free: tuple[Path, ...]
    places: tuple[int, ...]
    schemes: tuple[str, ...]
    _document: _Form = field(repr=False)
    _config: _Config = field(repr=False)
    _proof: HashedProof = field(repr=False)
    _value: int
    _options: _Options

    def proof(self, values: tuple[str, ...]) -> HashedProof | None:
        """The proof of the document with these values; None where the long way has to be taken.

        Args:
            values: One for each of `free`, plain. The caller has seen to it that those with a scheme
                are absolute IRIs of that scheme.

        Raises:
            Refused: `codec.multibase`, `codec.shape`, `codec.time`.
        """
        known = self._proof
        text = values[self._value]
        document = self._document.digest(values)
        config = self._config.digest(values)
        if document is None or config is None or not text.startswith(multibase.BASE58BTC):
            return None
        signature = multibase.decode(text, where="/proof/proofValue")
        if len(signature) != ALGORITHMS[known.algorithm].signature_size:
            return None
        options = self._options.read(known.proof, values)
        return HashedProof(options, known.algorithm, config + document, signature, known.where)


def recall(
    secured: Mapping[str, Json],
    unverified: UnverifiedDocument,
    may_differ: Callable[[Path], bool],
    contexts: Contexts,
    profile: Profile,
) -> Recalled | None:
    """What is known of documents like this one, whose signature was good; None if that is too little.

    Args:
        secured: The document with its proof.
        unverified: What `parse` made of it.
        may_differ: Of a path in it, whether another value there is of no account but for the graph.
        contexts: The shipped contexts.
        profile: How much of JSON-LD it may use.
    """
    members = secured["proof"]
    (proof, *others) = unverified.proofs
    if others or not isinstance(members, dict) or not isinstance(proof, HashedProof):
        return None
    suite = SUITES[proof.proof.cryptosuite]
    if not isinstance(suite, HashedSuite) or suite.transform is not RDFC:
        return None
    known, digest = shapes.of(contexts), HASH_OF[proof.algorithm]
    config = {name: value for name, value in members.items() if name != "proofValue"}
    of_document = known.find(unverified.document, profile=profile, algorithm=digest)
    of_config = known.find(
        {**config, "@context": unverified.document["@context"]}, profile=profile, algorithm=SHA_256
    )
    if of_document is None or of_config is None:
        return None
    schemes = {
        path: scheme
        for path, scheme in zip(of_document[0].free, of_document[0].schemes, strict=True)
        if may_differ(path)
    }
    schemes[VALUE] = ""
    for path, scheme in zip(of_config[0].free, of_config[0].schemes, strict=True):
        own = (PROOF, *path)
        if own == CREATED or (own in _READ and may_differ(own)):
            schemes[own] = scheme
    found = [(path, place) for place, (path, name, _) in enumerate(layout.strings(dict(secured))) if not name]
    free = [(path, place) for path, place in found if path in schemes]
    paths = tuple(path for path, _ in free)
    in_config = {(PROOF, *path) for path in of_config[0].free} & set(paths)
    options = _Options(*[paths.index(path) if path in paths else None for path in _READ])
    like = replace(
        proof, proof=options.emptied(proof.proof), hash_data=b"", signature=b"", source=None, confirm=None
    )
    return Recalled(
        free=paths,
        places=tuple(place for _, place in free),
        schemes=tuple(schemes[path] for path in paths),
        _document=_form(*of_document, paths, (), digest),
        _config=_Config(
            _form(*of_config, paths, (PROOF,), digest), options.created if in_config == {CREATED} else None
        ),
        _proof=like,
        _value=paths.index(VALUE),
        _options=options,
    )


def _form(
    known: Shape, values: tuple[str, ...], free: tuple[Path, ...], under: Path, algorithm: str
) -> _Form:
    fixed: list[str] = []
    places = []
    for path, value in zip(known.free, values, strict=True):
        if (*under, *path) in free:
            places.append(free.index((*under, *path)))
        else:
            places.append(len(free) + len(fixed))
            fixed.append(value)
    return _Form(known.template, taker(places), tuple(fixed), algorithm)
