"""The columns and the engine's vocabulary say the same: names, kinds, codes, bounds."""

from typing import Any

import pytest

from decisions.engine.facts import FACTS
from patients.facts import FACT_COLUMNS, LESION_COLUMNS
from patients.models import Lesion, LesionFinding, Patient, Staging
from patients.models.columns import Coded, CodedList, Count, Day, Quantity, Words, YesNo
from patients.values import codes_of

KEYS = {
    "case.id": (Patient, "case_id"),
    "case.decision_date": (Staging, "date"),
    "lesions[].id": (Lesion, "label"),
}
"""What identifies a document and a lesion, and where it stands."""

COLUMNS: dict[str, Any] = {
    **{name: column.field for name, column in FACT_COLUMNS.items()},
    **{f"lesions[].{name}": LesionFinding._meta.get_field(name) for name in LESION_COLUMNS},
}
KINDS: dict[type[Any], set[str]] = {
    YesNo: {"bool"},
    Day: {"date"},
    Count: {"int"},
    Quantity: {"decimal"},
    CodedList: {"list", "list<enum>"},
    Coded: {"enum", "code"},
    Words: {"code", "string"},
}


def test_every_fact_has_its_column_and_every_column_its_fact() -> None:
    assert set(FACTS) - set(KEYS) == set(COLUMNS)
    assert set(KEYS) <= set(FACTS)


@pytest.mark.parametrize("name", sorted(KEYS))
def test_the_keys_stand_in_columns_too(name: str) -> None:
    model, attribute = KEYS[name]
    assert model._meta.get_field(attribute)


@pytest.mark.parametrize("name", sorted(COLUMNS))
def test_a_column_is_of_the_kind_of_its_fact(name: str) -> None:
    assert FACTS[name].type in KINDS[type(COLUMNS[name])]


@pytest.mark.parametrize("name", sorted(n for n, c in COLUMNS.items() if isinstance(c, (Coded, CodedList))))
def test_a_coded_column_takes_the_codes_of_its_fact(name: str) -> None:
    assert set(codes_of(COLUMNS[name])) == set(FACTS[name].allowed or ())


@pytest.mark.parametrize("name", sorted(n for n, c in COLUMNS.items() if isinstance(c, (Count, Quantity))))
def test_a_number_has_the_bounds_of_its_fact(name: str) -> None:
    column, fact = COLUMNS[name], FACTS[name]
    assert (column.low, column.high) == (fact.minimum, fact.maximum)
