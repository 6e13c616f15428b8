"""Timing, and printing as a table or as JSON, for the programs in this folder."""

from __future__ import annotations

import json
import statistics
import sys
import time
from typing import Callable


def micros(rounds: int, action: Callable[[], object]) -> dict[str, float]:
    """Median and 99th percentile of one action, in µs, after a tenth of the rounds to warm up."""
    return micros_in_turn(rounds, [action])[0]


def micros_in_turn(rounds: int, actions: list[Callable[[], object]]) -> list[dict[str, float]]:
    """The same of several actions, taking turns: what disturbs the machine disturbs them all."""
    samples: list[list[float]] = [[] for _ in actions]
    for i in range(-max(1, rounds // 10), rounds):
        for action, seen in zip(actions, samples):
            start = time.perf_counter_ns()
            action()
            if i >= 0:
                seen.append((time.perf_counter_ns() - start) / 1000)
    return [
        {"p50_us": statistics.median(seen), "p99_us": sorted(seen)[min(rounds - 1, rounds * 99 // 100)]}
        for seen in samples
    ]


def show(title: str, rows: list[dict[str, object]]) -> None:
    """Prints rows that have the same keys."""
    if "--json" in sys.argv:
        print(json.dumps({"title": title, "rows": rows}))
        return
    print(f"\n{title}")
    print("| " + " | ".join(rows[0]) + " |")
    for row in rows:
        print("| " + " | ".join(f"{v:,.1f}" if isinstance(v, float) else str(v) for v in row.values()) + " |")


def size(count: int) -> str:
    """1024 as 1 KiB, and so on."""
    for unit, bytes_ in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if count >= bytes_:
            return f"{count // bytes_} {unit}"
    return f"{count} B"
