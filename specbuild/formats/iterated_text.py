"""How an iteration ended: text for people, JSON for machines."""

from collections.abc import Sequence
from typing import Protocol

from specbuild.canonical_json import Json
from specbuild.diagnostic import Diagnostic
from specbuild.formats.json_text import diagnostic_json
from specbuild.iteration import Iteration, Portion
from specbuild.styled_text import Span


class Iterated(Protocol):
    """What `iterate` found: the words of its outcomes, the iteration, the files that were put in place."""

    @property
    def outcome(self) -> str: ...
    @property
    def exit_code(self) -> int: ...
    @property
    def number(self) -> int | None: ...
    @property
    def iteration(self) -> Iteration | None: ...
    @property
    def promoted(self) -> int | None: ...
    @property
    def is_in_place(self) -> bool: ...
    @property
    def diagnostics(self) -> Sequence[Diagnostic]: ...


def iterated_text(result: Iterated) -> list[Span]:
    """Return what came of it, nothing for a build that did not come to its end."""
    if result.iteration is None:
        return []
    spans = [Span(f"iteration {result.number} stands\n" if result.outcome == "stands" else "", "good")]
    if result.outcome == "kept":
        spans = [Span(f"iteration {result.number}", "good"), Span(f": {result.iteration.what}\n")]
        spans += [Span(f"  {line}\n") for line in _lines(result.iteration)]
    if result.promoted is not None:
        files = f"{result.promoted} file{'' if result.promoted == 1 else 's'} written"
        spans += [Span("promoted", "good"), Span(f": {files}; what was replaced is kept in the local folder\n")]
    elif not result.is_in_place:
        spans += [Span("not promoted", "warning"), Span(": `specbuild iterate --promote` puts it in place\n")]
    return spans


def iterated_json(result: Iterated) -> dict[str, Json]:
    """Return one object: outcome, number, tests, shares, usage, and whether it is in place."""
    iteration = result.iteration
    value: dict[str, Json] = {
        "outcome": result.outcome,
        "exit_code": result.exit_code,
        "number": result.number,
        "in_place": result.is_in_place,
        "files_written": result.promoted or 0,
        "diagnostics": [diagnostic_json(one) for one in result.diagnostics],
    }
    if iteration is not None:
        value |= {
            "what": iteration.what,
            "tree": iteration.tree,
            "tests": None if iteration.tests is None else dict(iteration.tests._asdict()),
            "share": {"modules": list(iteration.module_share), "logical_lines": list(iteration.line_share)},
            "usage": {
                "calls": iteration.calls, "input": iteration.input_tokens, "output": iteration.output_tokens,
            },
            "stage2": dict(iteration.second_stage._asdict()),
        }  # fmt: skip
    return value


def _lines(iteration: Iteration) -> list[str]:
    tests, second = iteration.tests, iteration.second_stage
    by = "the built package" if second.by == "stage" else "this tool"
    return [
        "no test command" if tests is None else f"tests: {tests.passed} passed, {tests.skipped} skipped",
        f"second stage, by {by}: {second.rendered} requests rendered, {second.extracted} replies extracted, all equal",
        f"generated: {_portion(iteration.module_share)} modules, {_portion(iteration.line_share)} logical lines",
    ]


def _portion(portion: Portion) -> str:
    percent = f" ({100 * portion.generated / portion.all:.1f} %)" if portion.all else ""
    return f"{portion.generated} of {portion.all}{percent}"
