"""Facts in clinicians' words: `{{ name|fact_label }}`, `{{ name|fact_value:value }}`."""

from typing import Any

from django import template

from decisions.pages.words import fact_words, value_in_words

register = template.Library()


@register.filter
def fact_label(name: str) -> str:
    """The label of fact `name` in the vocabulary."""
    return fact_words(name).label


@register.filter
def fact_value(name: str, value: Any) -> str:
    """A value of fact `name` with its unit; codes in words; '' when it is missing."""
    return value_in_words(name, value)
