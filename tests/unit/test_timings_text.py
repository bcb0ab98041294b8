"""Where the time of a run went, as lines for people and numbers for machines."""

import json

from specbuild.formats.timings_text import timings_json, timings_text
from specbuild.styled_text import plain_text
from specbuild.timings import TargetTime, Timings

RUN = Timings(
    10.0,
    3.25,
    {"reading": 1.5, "waiting": 0.5, "planning": 1.0, "making": 5.0, "closing": 2.0},
    [
        TargetTime("a", "built", 5.0, {"other": 0.5, "model": 3.0, "held up": 1.0, "disk": 0.5}),
        TargetTime("b", "rechecked", 4.0, {"other": 2.0, "checks": 2.0}),
    ],
    1,
)


def test_the_text_says_it_in_lines_and_the_json_in_numbers() -> None:
    assert plain_text(timings_text(RUN)) == TEXT
    assert json.loads(json.dumps(timings_json(RUN)))["targets"][1] == {
        "id": "b", "ending": "rechecked", "whole_s": 4.0, "parts": {"other": 2.0, "checks": 2.0},
    }  # fmt: skip


def test_a_run_with_nothing_to_do_names_no_targets() -> None:
    idle = Timings(120.0, 0.1, {"reading": 120.0, "closing": 0.0}, [], 0)
    assert plain_text(timings_text(idle)).splitlines()[:2] == [
        "where the time went: 120 s, 0.100 s of a processor",
        "  reading      120 s   100%  configuration and specs",
    ]


TEXT = """\
where the time went: 10.0 s, 3.25 s of a processor
  reading      1.50 s    15%  configuration and specs
  waiting     0.500 s     5%  for another run that held the project
  planning     1.00 s    10%  lock and known replies: what is stale, and what to ask
  making       5.00 s    50%  the targets, side by side
  closing      2.00 s    20%  the lock, and what the next look needs
2 targets: 9.00 s, 1.8 at once
  model       3.00 s    33%  asking, and waiting for answers
  other       2.50 s    28%  deciding, taking files out of replies
  checks      2.00 s    22%  judging what was written
  held up     1.00 s    11%  waiting between attempts
  disk       0.500 s     6%  making it last
1 target put back together, while planning and making
slowest
  a  5.00 s  other 0.500 s, model 3.00 s, held up 1.00 s, disk 0.500 s
  b  4.00 s  other 2.00 s, checks 2.00 s
"""
