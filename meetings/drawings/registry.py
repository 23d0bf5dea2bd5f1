"""The board's figures by month: windows in time and missed as bars, days to the board as dots."""

from collections.abc import Iterable, Sequence
from datetime import date

from meetings.registry import Spread, WindowFigures
from patients.drawings.shapes import WIDTHS, Canvas, Figure, text_width
from patients.wording import MONTHS, counted, number

Months = Sequence[tuple[date, WindowFigures]]
PLOT_HEIGHT = 150
TOP = 20
STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)


def draw_missed(months: Months, *, prefix: str = "") -> list[Figure]:
    """Bars for each month: windows missed (dark, with their number), in time (light, above)."""
    most = max((found.missed.whole for _, found in months), default=0)
    desc = " ".join(
        f"{_long(month)}: {found.missed.part} missed of {counted(found.missed.whole, 'window')}."
        for month, found in months
        if found.missed.whole
    )
    figures = []
    for css, width in WIDTHS[:3]:
        plot = _Plot(months, width, 0, most)
        for x, (_, found) in zip(plot.columns, months, strict=True):
            _bar(plot, x, found.missed.part, found.missed.whole)
        plot.counts("n", [found.missed.whole for _, found in months])
        title = "Windows missed and in time, by month"
        figures.append(
            plot.figure(title, desc or "No window was settled in this period.", css, f"{prefix}missed-")
        )
    return figures


def _bar(plot: "_Plot", x: float, missed: int, whole: int) -> None:
    half, canvas = min(15.0, plot.step * 0.33), plot.canvas
    if whole:
        canvas.rect(x - half, plot.y(whole), 2 * half, plot.y(missed) - plot.y(whole), "f-yes-soft")
    if missed:
        canvas.rect(x - half, plot.y(missed), 2 * half, plot.y(0) - plot.y(missed), "f-no")
        if plot.fits(number(missed)):
            canvas.words(x, plot.y(missed) - 4, number(missed), "f-strong f-mid", canvas.small)


def draw_days(months: Months, *, prefix: str = "") -> list[Figure]:
    """For each month the median of the days to the board, with a line from quartile to quartile."""
    spreads = [found.days for _, found in months]
    ends = [value for found in spreads for value in _ends(found)]
    desc = " ".join(
        f"{_long(month)}: median {number(found.days.median)} days"
        f"{_quartiles(found.days)}, n = {found.days.n}."
        for month, found in months
        if found.days.n
    )
    figures = []
    for css, width in WIDTHS[:3]:
        plot = _Plot(months, width, min([0, *ends]), max([1, *ends]))
        for x, found in zip(plot.columns, spreads, strict=True):
            if found.lower is not None and found.upper is not None:
                plot.canvas.line(x, plot.y(found.lower), x, plot.y(found.upper), "f-thick")
            if found.median is not None:
                plot.canvas.circle(x, plot.y(found.median), min(5.5, plot.step * 0.3), "f-accent")
        plot.counts("n", [found.n for found in spreads])
        title = "Days from the first day of the window to the board, by month"
        figures.append(plot.figure(title, desc or "No board decided in this period.", css, f"{prefix}days-"))
    return figures


def _ends(found: Spread) -> Iterable[float]:
    return (value for value in (found.lower, found.median, found.upper) if value is not None)


def _quartiles(found: Spread) -> str:
    if found.lower is None or found.upper is None:
        return ""
    return f", quartiles {number(found.lower)} and {number(found.upper)}"


def _long(month: date) -> str:
    return f"{MONTHS[month.month - 1]} {month.year}"


class _Plot:
    """Columns of months over an axis of whole numbers from `low` to at least `high`."""

    def __init__(self, months: Months, width: float, low: float, high: float) -> None:
        self.months, self.canvas = months, Canvas(width)
        apart = next((step for step in STEPS if (high - low) / step <= 5), STEPS[-1])
        self.low = int(low // apart) * apart
        self.high = max(self.low + apart, int(-(-high // apart)) * apart)
        ticks = range(self.low, self.high + 1, apart)
        small = self.canvas.small
        self.left = max(text_width(number(tick), small) for tick in ticks) + 8
        self.step = (width - self.left - 2) / max(len(months), 1)
        self.columns = [self.left + (place + 0.5) * self.step for place in range(len(months))]
        self.bottom: float = TOP + PLOT_HEIGHT
        for tick in ticks:
            self.canvas.line(
                self.left, self.y(tick), width, self.y(tick), "f-axis" if tick == 0 else "f-grid"
            )
            self.canvas.small_words(self.left - 6, self.y(tick) + small * 0.36, number(tick), "f-quiet f-end")
        self._names()

    def y(self, value: float) -> float:
        return TOP + PLOT_HEIGHT * (self.high - value) / (self.high - self.low)

    def fits(self, text: str) -> bool:
        """True when `text` has room over its column."""
        return text_width(text, self.canvas.small) <= self.step

    def _names(self) -> None:
        """As many months as there is room for, the year under each January and under the first."""
        self.bottom += 16
        room = text_width("May", self.canvas.small) + 4
        every = next((n for n in (1, 2, 3, 6, 12) if n * self.step >= room), 12)
        years = False
        for place, (x, (month, _)) in enumerate(zip(self.columns, self.months, strict=True)):
            if (month.month - 1) % every == 0:
                self.canvas.small_words(x, self.bottom, MONTHS[month.month - 1], "f-quiet f-mid")
            if month.month == 1 or (place == 0 and month.month <= 10):
                self.canvas.small_words(x, self.bottom + 15, str(month.year), "f-quiet f-mid")
                years = True
        self.bottom += 15 if years else 0

    def counts(self, name: str, numbers: Sequence[int]) -> None:
        """A row of numbers under the months, named at its left; left out where they would not fit."""
        if not all(self.fits(number(value)) for value in numbers):
            return
        self.bottom += 18
        self.canvas.small_words(self.left - 6, self.bottom, name, "f-quiet f-end")
        for x, value in zip(self.columns, numbers, strict=True):
            self.canvas.small_words(
                x, self.bottom, number(value), "f-text f-mid" if value else "f-quiet f-mid"
            )

    def figure(self, title: str, desc: str, css: str, prefix: str) -> Figure:
        height = round(self.bottom + 8)
        return Figure(
            round(self.canvas.width), height, title, desc, self.canvas.shapes, css, f"{prefix}{css}-"
        )
