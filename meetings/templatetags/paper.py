"""What the preview of a document needs: a template cannot ask a dict for its key `items`."""

from typing import Any

from django import template

register = template.Library()


@register.filter
def texts(block: dict[str, Any]) -> list[str]:
    """The items of a list."""
    return list(block["items"])


@register.filter
def labelled(block: dict[str, Any]) -> list[list[tuple[str, str]]]:
    """The rows of a table, each cell with the name of its column."""
    return [list(zip(block["columns"], row, strict=True)) for row in block["rows"]]
