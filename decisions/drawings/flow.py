"""From which class of the liver to which, as bands between two columns; as many cases as a band is high."""

from collections.abc import Mapping
from dataclasses import dataclass

from patients.drawings.shapes import Canvas, Figure, text_width
from patients.states import look
from patients.wording import MINUS, counted, number

ORDER = ("resectable", "borderline_flr", "unresectable_flr", "unresectable", "indeterminate")
"""The classes from top to bottom."""
WIDTHS = (("for-small", 330.0, 98.0), ("for-medium", 480.0, 130.0), ("for-wide", 740.0, 190.0))
"""For each width of the box: its class, the width of the drawing, and the room for words on each side."""
HEAD, HEIGHT, GAP, LEAST, NODE = 22.0, 300.0, 18.0, 1.5, 10.0
"""Pixels: above the columns, of all bands together, between classes, of the thinnest band, of a column."""
LINE = 14.0

Flow = Mapping[tuple[str, str], int]


@dataclass(slots=True)
class _Node:
    code: str
    cases: int
    top: float = 0.0
    height: float = 0.0
    used: float = 0.0


def class_words(code: str) -> str:
    """'borderline remnant', 'remnant too small': short enough for the side of a drawing."""
    return {"unresectable_flr": "remnant too small"}.get(code, look(code).word)


def sums(flow: Flow, side: int) -> dict[str, int]:
    """How many cases have which class: `side` 0 today, 1 under the draft."""
    found: dict[str, int] = {}
    for pair, count in flow.items():
        found[pair[side]] = found.get(pair[side], 0) + count
    return found


def rank(code: str) -> tuple[int, str]:
    """The place of a class in the order of the columns."""
    return (ORDER.index(code) if code in ORDER else len(ORDER), code)


def describe_flow(flow: Flow) -> str:
    """The drawing in words: how many move from where to where, and how many stay."""
    moves = [
        f"{counted(count, 'case')} from {class_words(old)} to {class_words(new)}"
        for (old, new), count in sorted(flow.items(), key=lambda item: (rank(item[0][0]), rank(item[0][1])))
        if old != new
    ]
    stay = sum(count for (old, new), count in flow.items() if old == new)
    moved = "; ".join(moves) if moves else "No case changes its class"
    return (
        f"{moved}. {counted(stay, 'case')} keep their class."
        if stay != 1
        else f"{moved}. 1 case keeps its class."
    )


def draw_flow(
    flow: Flow,
    *,
    left: str,
    right: str,
    title: str = "Class of the liver, today and under the draft",
    prefix: str = "",
) -> list[Figure]:
    """The flow for each width of its box; `left` and `right` are written over the columns. [] without cases."""
    if not sum(flow.values()):
        return []
    desc = describe_flow(flow)
    figures = []
    for css, width, room in WIDTHS:
        canvas = Canvas(width)
        height = _draw(canvas, flow, room, (left, right), narrow=css == "for-small")
        figures.append(
            Figure(width, height, title, desc, canvas.shapes, f"flow {css}", f"{prefix}flow-{css}-")
        )
    return figures


def _draw(canvas: Canvas, flow: Flow, room: float, heads: tuple[str, str], *, narrow: bool) -> float:
    scale = HEIGHT / sum(flow.values())
    columns = [_column(sums(flow, side), scale, narrow) for side in (0, 1)]
    edges = (room, canvas.width - room)
    inner = (edges[0] + NODE, edges[1] - NODE)
    canvas.small_words(inner[0], 12, heads[0], "f-quiet f-end")
    canvas.small_words(inner[1], 12, heads[1], "f-quiet")
    labels = []
    bands = sorted(flow.items(), key=lambda item: (rank(item[0][0]), rank(item[0][1])))
    for (old, new), count in bands:
        source, target = columns[0][old], columns[1][new]
        thick = max(LEAST, count * scale)
        y1, y2 = source.top + source.used, target.top + target.used
        source.used += thick
        target.used += thick
        canvas.path(_band(inner[0], y1, inner[1], y2, thick), _css(old, new))
        if old != new:
            labels.append(((y1 + y2 + thick) / 2 + 4, counted(count, "case")))
    middle = (inner[0] + inner[1]) / 2
    below = 0.0
    for y, words in sorted(labels):
        below = max(y, below + LINE)
        canvas.words(middle, below, words, "f-strong f-mid f-halo", canvas.small)
    today = {code: node.cases for code, node in columns[0].items()}
    for side, column in enumerate(columns):
        for code, node in column.items():
            x = edges[0] if side == 0 else inner[1]
            canvas.rect(x, node.top, NODE, node.height, "f-node")
            shift = node.cases - today.get(code, 0) if side else 0
            _label(canvas, node, side, edges[side], number(node.cases) + _shift(shift), room)
    return max(max(node.top + node.height for node in column.values()) for column in columns) + LINE


def _column(cases: Mapping[str, int], scale: float, narrow: bool) -> dict[str, _Node]:
    """The classes below each other, with room for their words."""
    top, found = HEAD, {}
    for code in sorted(cases, key=rank):
        node = _Node(code, cases[code], top, max(LEAST, cases[code] * scale))
        words = LINE * (1 + (len(_lines(code, narrow))))
        top += max(node.height + GAP, words + 6)
        found[code] = node
    return found


def _lines(code: str, narrow: bool) -> list[str]:
    words = class_words(code)
    if narrow and " " in words:
        first, _, rest = words.partition(" ")
        return [first, rest]
    return [words]


def _label(canvas: Canvas, node: _Node, side: int, edge: float, count: str, room: float) -> None:
    lines = _lines(node.code, narrow=text_width(class_words(node.code), canvas.small) > room - 8)
    x, anchor = (edge - 8, " f-end") if side == 0 else (edge + 8, "")
    y = max(node.top + node.height / 2 - LINE * len(lines) / 2, node.top) + 6
    canvas.words(x, y, count, f"f-strong{anchor}")
    for place, words in enumerate(lines, start=1):
        canvas.small_words(x, y + LINE * place, words, f"f-quiet{anchor}")


def _shift(shift: int) -> str:
    return f" ({'+' if shift > 0 else MINUS}{number(abs(shift))})" if shift else ""


def _css(old: str, new: str) -> str:
    if old == new:
        return "f-flow"
    return "f-flow is-worse" if new.startswith("unresectable") else "f-flow is-changed"


def _band(x1: float, y1: float, x2: float, y2: float, thick: float) -> str:
    middle = (x1 + x2) / 2
    p = [f"{value:.1f}" for value in (x1, y1, middle, x2, y2, y2 + thick, y1 + thick)]
    return (
        f"M{p[0]} {p[1]}C{p[2]} {p[1]} {p[2]} {p[4]} {p[3]} {p[4]}"
        f"V{p[5]}C{p[2]} {p[5]} {p[2]} {p[6]} {p[0]} {p[6]}Z"
    )
