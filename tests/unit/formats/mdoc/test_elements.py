"""The types that the driving licence's and the EU identity's namespaces demand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clicid.codec.cbor import Tagged
from clicid.formats.mdoc import elements
from clicid.formats.mdoc.elements import MDL, PID
from tests.support.mdoc import ELEMENTS, day
from tests.support.refusals import refused

if TYPE_CHECKING:
    from clicid.codec.cbor import Cbor

TIME = Tagged(0, "2026-11-22T12:00:00Z")
DAY = day("1990-02-28")

GOOD: tuple[tuple[str, str, Cbor], ...] = (
    *((MDL, name, value) for name, value in ELEMENTS[MDL].items()),
    (MDL, "issue_date", TIME),
    (MDL, "portrait_capture_date", TIME),
    (MDL, "driving_privileges", []),
    (MDL, "driving_privileges", [{"vehicle_category_code": "B", "codes": [{"code": "01", "value": "x"}]}]),
    (MDL, "biometric_template_face", b"x"),
    (MDL, "age_in_years", 36),
    (MDL, "unheard_of", {"any": ["thing"]}),
    (PID, "nationality", ["SE", "FI"]),
    (PID, "nationality", "SE"),
    (PID, "place_of_birth", {"locality": "Umeå", "country": "SE"}),
    (PID, "sex", 5),
    (PID, "age_over_18", True),
    (PID, "birth_date", DAY),
    ("org.example", "birth_date", "any day"),
)
BAD: tuple[tuple[str, str, Cbor], ...] = (
    (MDL, "birth_date", TIME),
    (MDL, "birth_date", Tagged(1004, "1990-2-28")),
    (MDL, "birth_date", Tagged(1004, "1990-02-29")),
    (MDL, "birth_date", Tagged(1004, 7)),
    (MDL, "birth_date", Tagged(0, "1990-02-28")),
    (MDL, "birth_date", "1990-02-28"),
    (MDL, "issue_date", "2026-11-01"),
    (MDL, "portrait_capture_date", DAY),
    (MDL, "portrait_capture_date", Tagged(0, "2026-11-22T12:00:00.1Z")),
    (MDL, "portrait_capture_date", Tagged(0, "2026-11-22T12:00:00+00:00")),
    (MDL, "portrait_capture_date", Tagged(0, "2026-11-22T25:00:00Z")),
    (MDL, "portrait", b""),
    (MDL, "portrait", None),
    (MDL, "age_over_18", 1),
    (MDL, "age_over_65", "false"),
    (MDL, "height", True),
    (MDL, "height", -1),
    (MDL, "sex", 4),
    (MDL, "sex", True),
    (MDL, "nationality", "SWE"),
    (MDL, "nationality", "se"),
    (MDL, "biometric_template_face", "x"),
    (MDL, "driving_privileges", [{}]),
    (MDL, "driving_privileges", ["B"]),
    (MDL, "driving_privileges", [{"vehicle_category_code": "B", "issue_date": TIME}]),
    (MDL, "driving_privileges", [{"vehicle_category_code": "B", "codes": []}]),
    (MDL, "driving_privileges", [{"vehicle_category_code": "B", "codes": [{"sign": "="}]}]),
    (MDL, "driving_privileges", [{"vehicle_category_code": "B", "codes": [{"code": 1}]}]),
    (PID, "nationality", []),
    (PID, "nationality", ["SE", "sweden"]),
    (PID, "place_of_birth", {}),
    (PID, "place_of_birth", {"country": "Sverige"}),
    (PID, "place_of_birth", "Umeå"),
    (PID, "sex", 7),
    (PID, "issuing_country", "S"),
)  # fmt: skip


@pytest.mark.parametrize(("namespace", "element", "value"), GOOD)
def test_has_its_type(namespace: str, element: str, value: Cbor) -> None:
    elements.check(namespace, element, value)


@pytest.mark.parametrize(("namespace", "element", "value"), BAD)
def test_has_another_type(namespace: str, element: str, value: Cbor) -> None:
    with refused("mdoc.element", f"{namespace}/{element}"):
        elements.check(namespace, element, value)
