"""What the benchmarks share: timing, and the line that each prints."""

import json
import time
from collections.abc import Callable
from statistics import median
from typing import Any


def seconds(work: Callable[[], Any], *, repeat: int = 7) -> float:
    """The median time of a call after one to warm up."""
    work()
    found = []
    for _ in range(repeat):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return median(found)


def line(name: str, value: float, unit: str, baseline: float) -> str:
    return json.dumps(
        {
            "name": name,
            "value": round(value, 4),
            "unit": unit,
            "baseline": round(baseline, 4),
            "ratio": float(f"{value / baseline:.3g}"),
        },
        ensure_ascii=False,
    )
