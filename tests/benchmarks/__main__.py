"""All benchmarks, one after another, into docs/benchmarks.md: `python -m tests.benchmarks --machine "in words"`.

Each measures ratios within one run of its own. It takes about a quarter of an hour on a quiet machine; what else runs
on it spoils the figures.
"""

import argparse
import contextlib
import io
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks import fan_out, nothing_to_do, replay

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"
TABLES = re.compile(r"(?<=<!-- tables -->\n).*", re.DOTALL)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all and write the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--machine", required=True, help="in words: processors, memory, disk, what else ran")
    parser.add_argument("--sizes", nargs="+", default=["100", "1000", "10000"])
    parser.add_argument("--rounds", default="15")
    asked = parser.parse_args(arguments)
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        nothing_to_do.main(["--rounds", asked.rounds, "--sizes", *asked.sizes], print)
        replay.main([], print)
        fan_out.main([])
    tables = f"\nMeasured on: {asked.machine}\n\n{told.getvalue().strip()}\n"
    PAGE.write_text(TABLES.sub(lambda _: tables, PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
