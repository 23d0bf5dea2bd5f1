"""Which expressions say the same, and which thresholds they rest on: a column is worked out once for all of them,
and anew only when one of its thresholds changes.
"""

from typing import Any

from decisions.engine.logic.core import Expr, Named, Threshold

_FORMS: dict[Any, int] = {}
_LIMITS: dict[int, frozenset[str]] = {}
_FORM_OF: dict[int, tuple[Expr, int]] = {}
"""By identity of the expression, which is kept so that its identity is not given away again."""


def form_of(expr: Expr) -> int:
    """The same number for expressions that say the same."""
    found = _FORM_OF.get(id(expr))
    if found is None:
        if isinstance(expr, Named):
            form = form_of(expr.expr)
        else:
            slots = [slot for kind in type(expr).__mro__ for slot in getattr(kind, "__slots__", ())]
            own = [(slot, getattr(expr, slot)) for slot in slots if not slot.startswith("_")]
            plain = [(slot, type(value), value) for slot, value in own if _is_plain(value)]
            key = (type(expr), tuple(plain), tuple(form_of(part) for part in expr.parts()))
            form = _FORMS.setdefault(key, len(_FORMS))
            own_limits = frozenset((expr.name,) if isinstance(expr, Threshold) else ())
            _LIMITS[form] = own_limits.union(*(limits_of(part) for part in expr.parts()))
        found = _FORM_OF[id(expr)] = (expr, form)
    return found[1]


def limits_of(expr: Expr) -> frozenset[str]:
    """The thresholds that an expression rests on, by name."""
    return _LIMITS[form_of(expr)]


def limits_of_form(form: int) -> frozenset[str]:
    """The thresholds that all expressions of a form rest on."""
    return _LIMITS[form]


def _is_plain(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(isinstance(item, str) for item in value)
    return not isinstance(value, Expr)
