"""A conversation in which an agent worked on files, followed turn by turn from its records: what it called, what came
of it, and the files after each call.

Records in, a trajectory out. Whether a call had its effect, and what the model was told, is read from the records;
nothing that ran is run again. What the files were at the beginning stands in the first request.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from specbuild.agent_tools import DONE, FILE_TOOLS, LAST_TOOLS, Call, Files, calls_of, edited
from specbuild.blocks import marker_of, parse_blocks, render_blocks
from specbuild.canonical_json import Json, canonical_json
from specbuild.record import Record

WAY = "agent/1"
"""How the files of such a conversation were had, as a stanza's shape tells it."""
NO_CALLS_IN_A_ROW = 3
SAME_IN_A_ROW = 4
"""So many replies without a call, or turns with the same calls and results, end a trajectory."""


class Move(NamedTuple):
    """One call, the result that the model read (None: not yet), and the files before and after it."""

    call: Call
    result: str | None
    before: Files
    after: Files


class Turn(NamedTuple):
    """One reply with its calls; `told` is what the model read next beside their results."""

    record: Record
    moves: tuple[Move, ...]
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trajectory:
    """All turns, in order. The last one's calls may have no result yet."""

    start: Files
    turns: tuple[Turn, ...]

    @property
    def files(self) -> Files:
        """The files after the last call that has a result."""
        return self.files_after(len(self.turns))

    def files_after(self, step: int) -> Files:
        """Return the files after so many turns, as far as their calls have a result; of 0 those of the beginning."""
        known = [move.after for turn in self.turns[:step] for move in turn.moves if move.result is not None]
        return known[-1] if known else self.start

    def ending(self) -> Call | None:
        """Return the call of one of LAST_TOOLS that may end it: the only one of the last reply, without a result."""
        moves = self.turns[-1].moves if self.turns else ()
        if len(moves) != 1 or moves[0].result is not None or moves[0].call.fault:
            return None
        return moves[0].call if moves[0].call.name in LAST_TOOLS else None

    def goes_nowhere(self) -> str:
        """Return why nothing more is to be expected of it, "" if that can't be said."""
        last = self.turns[-max(SAME_IN_A_ROW, NO_CALLS_IN_A_ROW) :]
        if len(last) >= NO_CALLS_IN_A_ROW and not any(turn.moves for turn in last[-NO_CALLS_IN_A_ROW:]):
            return f"{NO_CALLS_IN_A_ROW} replies in a row called no tool"
        same = {_sight(turn) for turn in last[-SAME_IN_A_ROW:]}
        if len(last) >= SAME_IN_A_ROW and len(same) == 1 and all(move.result for move in last[-1].moves):
            return f"the last {SAME_IN_A_ROW} replies made the same calls, with the same results"
        return ""


def trajectory_of(records: Sequence[Record]) -> Trajectory | str:
    """Return the trajectory of a conversation's records, first turn first; or why they can't be one."""
    files = start = start_in(records[0].body or {}) if records else {}
    turns: list[Turn] = []
    for record, following in zip(records, [*records[1:], None], strict=True):
        calls = calls_of(record.reply)
        results, told = _told(following.append if following else ())
        if following and len(results) != len(calls):
            return f"turn {record.turn} has {len(calls)} calls and {len(results)} results"
        moves: list[Move] = []
        for call, result in zip(calls, results if following else [None] * len(calls), strict=True):
            after = _after(call, result, files)
            if isinstance(after, str):
                return f"turn {record.turn}: {call.name} can't have been done: {after}"
            moves.append(Move(call, result, files, after))
            files = after
        turns.append(Turn(record, tuple(moves), told))
    return Trajectory(start, tuple(turns))


def start_text(files: Files, changes: str | None) -> str:
    """Return the end of the first request: the files that the agent begins with, each in a block of their own marker,
    and what has changed in the task since they were written (None: nobody knows of any).

    Raises ValueError for a name that no block can carry.
    """
    if not files:
        return f"\n{_HEAD}\n\nThere are none yet.\n"
    told = "" if changes is None else f"\n{_CHANGES}\n\n{changes.rstrip()}\n"
    return f"\n{_HEAD}\n\nThese exist already:\n\n{render_blocks(files, _marker(files))}{told}"


def start_in(body: Mapping[str, Json]) -> Files:
    """Return the files that the first request of a trajectory shows as those that it begins with."""
    messages = body.get("messages")
    last = messages[-1] if isinstance(messages, Sequence) and not isinstance(messages, str) and messages else None
    content = last.get("content") if isinstance(last, Mapping) else None
    for marker in dict.fromkeys(_MARKED.findall(content)) if isinstance(content, str) else ():
        files = {block.name: block.text for block in parse_blocks(str(content), marker).files}
        # A file that is shown for other reasons may hold such lines too: the marker of the right ones is their digest.
        if _marker(files) == marker:
            return files
    return {}


_HEAD = "# Your files"
_CHANGES = "# What has changed in the task since they were written"
_MARKED = re.compile(r"^=== specbuild:([0-9a-f]{12}) file: ", re.MULTILINE)


def _marker(files: Files) -> str:
    return marker_of(["files of an agent", canonical_json(dict(files))])


def _told(append: Sequence[Json]) -> tuple[list[str], tuple[str, ...]]:
    """Return the results of calls, and what else was said, of the messages between two replies."""
    messages = [one for one in append if isinstance(one, Mapping)]
    return (
        [str(one.get("content", "")) for one in messages if one.get("role") == "tool"],
        tuple(str(one.get("content", "")) for one in messages if one.get("role") != "tool"),
    )


def _after(call: Call, result: str | None, files: Files) -> Files | str:
    """Return the files after a call; a call that has no result yet is taken as one that will be done, if it can be."""
    if call.fault or call.name not in FILE_TOOLS or (result is not None and not result.startswith(DONE)):
        return files
    after = edited(call, files)
    return files if isinstance(after, str) and result is None else after


def _sight(turn: Turn) -> str:
    calls: list[Json] = [[move.call.name, dict(move.call.arguments), move.result] for move in turn.moves]
    return canonical_json(calls)
