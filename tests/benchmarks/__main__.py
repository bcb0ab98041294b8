"""All benchmarks, one after another, into docs/benchmarks.md: `python -m tests.benchmarks --machine "in words"`.

Each measures ratios within one run of its own. All take about an hour on a quiet machine; what else runs on it spoils
the figures. `--only` measures some of them anew and leaves the tables of the others as they stand.
"""

import argparse
import contextlib
import io
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.benchmarks import fan_out, hook, nothing_to_do, progress, replay, scale

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run those asked for and write their tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--machine", required=True, help="in words: processors, memory, disk, what else ran")
    parser.add_argument("--only", nargs="+", choices=["nothing", "replay", "calls", "progress", "shapes", "hook"])
    parser.add_argument("--sizes", nargs="+", default=["100", "1000", "10000"], help="of nothing")
    parser.add_argument("--rounds", default="15", help="of nothing and hook")
    parser.add_argument("--number", default="10000", help="of shapes")
    asked = parser.parse_args(arguments)
    benchmarks: Mapping[str, Callable[[], object]] = {
        "nothing": lambda: nothing_to_do.main(["--rounds", asked.rounds, "--sizes", *asked.sizes], print),
        "replay": lambda: replay.main([], print),
        "calls": lambda: fan_out.main([]),
        "hook": lambda: hook.main(["--rounds", asked.rounds], print),
        "progress": lambda: progress.main([]),
        "shapes": lambda: scale.main(["--number", asked.number, "--table"]),
    }
    for name in asked.only or benchmarks:
        told = io.StringIO()
        with contextlib.redirect_stdout(told):
            benchmarks[name]()
        text = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(with_table(text, name, asked.machine, told.getvalue()), encoding="utf-8")
    return 0


def with_table(page: str, name: str, machine: str, tables: str) -> str:
    """Return the page with these tables between the marks of `name`. Raises ValueError if it has none."""
    between = re.compile(rf"(?<=<!-- {name} -->\n).*?(?=<!-- end of {name} -->)", re.DOTALL)
    found, number = between.subn(lambda _: f"\nMeasured on: {machine}\n\n{tables.strip()}\n\n", page)
    if number != 1:
        raise ValueError(f"{number} places for {name}")
    return found


if __name__ == "__main__":
    sys.exit(main())
