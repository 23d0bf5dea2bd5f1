"""Import profiles: how a registry's columns become facts. YAML, read strictly.

A profile names the file format `crlm-table/1` and holds

- `name`, `title`, `source`, `licence`: what it is for;
- `missing`: codes that stand for a missing value anywhere ('' always does);
- `columns`: column -> one entry or a list of them: `fact`, and either `as` (text, number, whole, date, list)
  or `values` (code -> value, null for 'states nothing', which needs a `reason`); `unit` converts
  ('cm to mm'), `no_value` lists numbers that are no value (needs a `reason`), `format` reads dates
  (strptime);
- `constants`: fact -> value, the same for every row;
- `ignored`: column -> why it fills nothing.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

FORMAT = "crlm-table/1"
SHIPPED = Path(__file__).with_name("profiles")
KINDS = ("text", "number", "whole", "date", "list")
UNITS: Mapping[str, Decimal] = {
    "cm to mm": Decimal(10),
    "m to cm": Decimal(100),
    "L to mL": Decimal(1000),
    "ug/L to ng/mL": Decimal(1),
    "mg/dL bilirubin to umol/L": Decimal("17.104"),
    "mg/dL creatinine to umol/L": Decimal("88.42"),
}
_TOP = {"profile", "name", "title", "source", "licence", "missing", "columns", "constants", "ignored"}
_ENTRY = {"fact", "as", "values", "unit", "no_value", "reason", "format"}


class ProfileError(ValueError):
    """A profile that cannot be used; the message names the profile, the place and what is allowed."""


def code(value: Any) -> str:
    """A cell or a code as text for comparing: 1, 1.0, '1' and ' 1.0 ' are the same code."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value).strip()
    try:
        number = Decimal(text)
    except ArithmeticError:
        return text
    if not number.is_finite():
        return text
    return str(number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize())


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """How one column fills one fact."""

    column: str
    fact: str
    kind: str | None = None
    values: Mapping[str, Any] | None = None
    factor: Decimal | None = None
    no_value: frozenset[str] = frozenset()
    reason: str = ""
    date_format: str | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """A checked profile."""

    name: str
    title: str
    source: str
    licence: str
    missing: frozenset[str]
    rules: tuple[ColumnRule, ...]
    constants: Mapping[str, Any] = field(default_factory=dict)
    ignored: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> list[str]:
        """The columns that must be there, in the order of the profile."""
        return list(dict.fromkeys(rule.column for rule in self.rules))


def shipped_profiles() -> list[str]:
    """The names of the profiles that come with the program."""
    return sorted(path.stem for path in SHIPPED.glob("*.yaml"))


def load_profile(name_or_path: str | Path, *, facts: Collection[str] | None = None) -> Profile:
    """A profile by name (shipped) or path. `facts` are the names that it may fill.

    Raises `ProfileError` naming the profile, the place in it, and what is allowed.
    """
    shipped = SHIPPED / f"{name_or_path}.yaml"
    path = shipped if str(name_or_path) in shipped_profiles() else Path(name_or_path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(
            f"Profile '{name_or_path}' cannot be read ({error}); "
            f"allowed: a path, or one of {', '.join(shipped_profiles())}."
        ) from error
    return read_profile(text, label=str(name_or_path), facts=facts)


class _StrictLoader(yaml.SafeLoader):
    """Refuses a key that stands twice, which YAML would silently let the last one win."""


def _mapping(loader: _StrictLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [loader.construct_object(key, deep=True) for key, _ in node.value]  # type: ignore[no-untyped-call]
    twice = {str(key) for key in keys if keys.count(key) > 1}
    if twice:
        raise ProfileError(f"{', '.join(sorted(twice))} stands twice (line {node.start_mark.line + 1})")
    return dict(loader.construct_pairs(node, deep=True))  # type: ignore[no-untyped-call]


_StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_profile(text: str, *, label: str, facts: Collection[str] | None = None) -> Profile:
    """A profile from its YAML text; `label` names it in errors. Raises `ProfileError`."""
    try:
        data = yaml.load(text, Loader=_StrictLoader)  # noqa: S506 - a SafeLoader
        return _Reader(facts).profile(data)
    except ProfileError as error:
        raise ProfileError(f"Profile '{label}': {error}") from None
    except yaml.YAMLError as error:
        raise ProfileError(f"Profile '{label}' is not YAML: {error}") from error


class _Reader:
    def __init__(self, facts: Collection[str] | None) -> None:
        self.facts = facts

    def profile(self, data: Any) -> Profile:
        data = self._mapping(data, "the profile")
        self._known(data, _TOP, "the profile")
        if data.get("profile") != FORMAT:
            raise ProfileError(f"'profile' is {data.get('profile')!r}; allowed: '{FORMAT}'.")
        words = {key: str(data.get(key) or "") for key in ("name", "title", "source", "licence")}
        if not words["name"]:
            raise ProfileError("'name' is missing.")
        missing = data.get("missing", [])
        if not isinstance(missing, list):
            raise ProfileError(f"'missing' is {missing!r}; allowed: a list of codes.")
        columns = self._mapping(data.get("columns"), "'columns'")
        rules = tuple(
            self._rule(str(column).strip(), entry)
            for column, entries in columns.items()
            for entry in (entries if isinstance(entries, list) else [entries])
        )
        constants = self._mapping(data.get("constants", {}), "'constants'")
        ignored = self._mapping(data.get("ignored", {}), "'ignored'")
        for column, reason in ignored.items():
            if not isinstance(reason, str) or not reason.strip():
                raise ProfileError(f"ignored column '{column}' has no reason.")
        for fact in constants:
            self._fact(fact, "'constants'")
        profile = Profile(
            **words,
            missing=frozenset({"", *(code(item) for item in missing)}),
            rules=rules,
            constants=constants,
            ignored={str(column).strip(): reason for column, reason in ignored.items()},
        )
        self._filled_once(profile)
        return profile

    def _filled_once(self, profile: Profile) -> None:
        filled = [rule.fact for rule in profile.rules] + list(profile.constants)
        twice = sorted({fact for fact in filled if filled.count(fact) > 1})
        if twice:
            raise ProfileError(f"{', '.join(twice)} is filled twice; allowed: once.")
        if "case.id" not in filled:
            raise ProfileError("no column fills 'case.id'; allowed: exactly one.")
        both = sorted(set(profile.columns) & set(profile.ignored))
        if both:
            raise ProfileError(f"column {', '.join(both)} stands under 'columns' and under 'ignored'.")

    def _rule(self, column: str, entry: Any) -> ColumnRule:
        place = f"column '{column}'"
        entry = self._mapping(entry, place)
        self._known(entry, _ENTRY, place)
        fact = self._fact(entry.get("fact"), place)
        kind, values = entry.get("as"), entry.get("values")
        if (kind is None) == (values is None):
            raise ProfileError(f"{place} needs either 'as' or 'values'.")
        if kind is not None and kind not in KINDS:
            raise ProfileError(f"{place}: 'as' is {kind!r}; allowed: {', '.join(KINDS)}.")
        unit = entry.get("unit")
        if unit is not None and (unit not in UNITS or kind not in ("number", "whole")):
            raise ProfileError(f"{place}: 'unit' is {unit!r}; allowed, for numbers: {', '.join(UNITS)}.")
        if values is not None:
            values = {code(key): value for key, value in self._mapping(values, f"{place}, 'values'").items()}
        no_value = entry.get("no_value", [])
        if not isinstance(no_value, list):
            raise ProfileError(f"{place}: 'no_value' is {no_value!r}; allowed: a list.")
        reason = str(entry.get("reason") or "")
        if (no_value or (values and None in values.values())) and not reason:
            raise ProfileError(f"{place} leaves values out and gives no 'reason'.")
        if entry.get("format") is not None and kind != "date":
            raise ProfileError(f"{place}: 'format' is for dates only.")
        return ColumnRule(
            column=column,
            fact=fact,
            kind=kind,
            values=values,
            factor=UNITS[unit] if unit else None,
            no_value=frozenset(code(item) for item in no_value),
            reason=reason,
            date_format=entry.get("format"),
        )

    def _fact(self, name: Any, place: str) -> str:
        if (
            not isinstance(name, str)
            or "." not in name
            or (self.facts is not None and name not in self.facts)
        ):
            raise ProfileError(
                f"{place}: {name!r} is no fact; allowed: a name of the vocabulary, as 'liver.lesion_count'."
            )
        return name

    @staticmethod
    def _mapping(data: Any, place: str) -> dict[Any, Any]:
        if not isinstance(data, dict):
            raise ProfileError(f"{place} is {data!r}; allowed: a mapping.")
        return data

    @staticmethod
    def _known(data: Mapping[str, Any], allowed: set[str], place: str) -> None:
        unknown = sorted(str(key) for key in data if key not in allowed)
        if unknown:
            raise ProfileError(f"{place} has {', '.join(unknown)}; allowed: {', '.join(sorted(allowed))}.")
