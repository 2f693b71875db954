"""What proofing is composed of, as the operator set it: engines, rules, policy, trusted countries.

A part of the composition root: `issuer.main` alone calls it.
"""

from __future__ import annotations

from datetime import timedelta
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Final

from clicid.errors import LocalError
from issuer import trusting
from issuer.engines import images
from issuer.engines.chip import TrustingJudge
from issuer.engines.pool import EnginePool, PoolSettings
from issuer.evidence.decision import Rules
from issuer.logs import LOG
from issuer.usecases.face_search import SearchPolicy
from issuer.usecases.onboarding import Notice, Policy
from issuer.usecases.verdicts import FourEyes

if TYPE_CHECKING:
    from pathlib import Path

    from clicid.errors import ClicidError
    from issuer.chip.csca import CscaStore
    from issuer.chip.trust_files import Skipped
    from issuer.config import Config
    from issuer.evidence.ports import ChipJudge
    from issuer.ground import Ground

_DECODING: Final = BoundedSemaphore(2)
"""Anyone may begin an onboarding, and 40 million pixels are some hundred megabytes while decoded."""


def chips(ground: Ground) -> ChipJudge | None:
    """What judges chips by those whom the operator trusts, as their files say now."""
    settings = ground.config.chip
    if settings is None:
        return None
    return TrustingJudge(trusting.Trusted(settings.csca, settings.ml_signers, ground.env.now, _trusted).store)


def _trusted(store: CscaStore, skipped: tuple[Skipped, ...], error: ClicidError | None) -> None:
    for one in skipped:
        LOG.warning("chip: left out: %s: %s", one.where, one.code)
    if error is not None:
        LOG.error("chip: what was trusted before stays: %s", error)
    LOG.info("chip: %d country signers, %d links", len(store.roots), len(store.links))


def policy(config: Config) -> Policy:
    """The notices in force, and how long what is kept of a person stays.

    Raises:
        LocalError: ``config.file``.
    """
    settings = config.policy
    notices = {}
    for language, path in settings.notices.items():
        texts = [_text(file) for file in (path, settings.face_notices[language])]
        notices[str(language)] = Notice(settings.version, language, *texts)
    face_days = settings.contest_days if settings.enrolled_face_days is None else settings.enrolled_face_days
    return Policy(
        version=settings.version,
        notices=notices,
        contest_period=timedelta(days=settings.contest_days),
        enrolled_face=timedelta(days=face_days),
        review_period=timedelta(days=settings.review_days),
    )


def search_policy(config: Config) -> SearchPolicy | None:
    """How faces are searched; None where they are not.

    Raises:
        LocalError: ``config.file``.
    """
    settings = config.face_search
    if settings is None:
        return None
    notices = {str(language): _text(path) for language, path in settings.notices.items()}
    return SearchPolicy(settings.match_below, config.policy.version, notices)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise LocalError("config.file", str(path), error.strerror or "") from None


def engines(config: Config) -> EnginePool:
    """Our own engines, in processes of their own.

    Raises:
        LocalError: ``engine.missing``, ``engine.model``.
    """
    models = config.face.models()
    models.check()  # a worker that cannot load them would only be missed once somebody waits for it
    return EnginePool(PoolSettings(workers=config.engine_processes, faces=models))


def rules(ground: Ground) -> Rules:
    """The numbers of the decision table."""
    settings = ground.config.rules
    return Rules(
        levels=tuple(row.claim() for row in settings.levels),
        specimens=ground.embedded,
        match_below=ground.config.face.match_below,
        review_up_to=ground.config.face.review_up_to,
    )


def four_eyes(config: Config) -> FourEyes:
    """Which verdicts take a second reviewer."""
    settings = config.review
    return FourEyes(
        frozenset(settings.four_eyes), settings.four_eyes_from, frozenset(settings.four_eyes_codes)
    )


def inspect(image: bytes, about: str) -> None:
    """Refuse what is no image of a document or face, or too large when unpacked."""
    with _DECODING:
        images.decode(image, about=about)
