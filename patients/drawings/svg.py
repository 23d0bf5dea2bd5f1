"""Shapes as SVG. Written here and not by a template: a page of the room shows more than a thousand of them."""

from collections.abc import Sequence

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from patients.drawings.shapes import Shape


def svg_of(shapes: Sequence[Shape]) -> SafeString:
    """The elements of a drawing, one after the other; texts and addresses are escaped."""
    return mark_safe("".join(_element(shape) for shape in shapes))  # noqa: S308 - what is not ours is escaped


def _element(shape: Shape) -> str:
    if shape.kind == "rect":
        box = f'<rect class="{shape.css}" x="{shape.x}" y="{shape.y}" width="{shape.width}" height="{shape.height}"/>'
        if not shape.href:
            return box
        return (
            f'<a href="{escape(shape.href)}" target="_blank" rel="noopener noreferrer" '
            f'aria-label="{escape(shape.text)}">{box}</a>'
        )
    if shape.kind == "path":
        return f'<path class="{shape.css}" d="{shape.d}"/>'
    if shape.kind == "circle":
        return f'<circle class="{shape.css}" cx="{shape.x}" cy="{shape.y}" r="{shape.r}"/>'
    return f'<text class="{shape.css}" x="{shape.x}" y="{shape.y}" font-size="{shape.size}">{escape(shape.text)}</text>'
