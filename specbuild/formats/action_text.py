"""What an agent does, as text for a person: one line an action, the difference that it makes, what came of it."""

from collections.abc import Mapping

from specbuild.agent_tools import Call
from specbuild.canonical_json import canonical_json
from specbuild.line_lists import lines_of
from specbuild.styled_text import Span, Style

_STYLES: Mapping[str, Style] = {"+": "good", "-": "error", "@": "note"}


def action_line(target_id: str, step: int, call: Call) -> list[Span]:
    """Return one line: which target, in which of its steps, what is called with which arguments."""
    head = [Span(f"{target_id} {step}: ", "faint"), Span(call.name or "(no tool)", "strong")]
    words = [call.text("path")] if call.text("path") else []
    if call.name == "replace_lines":
        words.append(f"{call.arguments.get('first')}-{call.arguments.get('last')}")
    words += [f"{key}={canonical_json(one)}" for key, one in call.arguments.items() if key in ("args", "stdin")]
    words += [_first_line(call.text("reason"))] if call.text("reason") else []
    return [*head, Span(f" {' '.join(words)}" if words else ""), Span("\n")]


def difference_text(before: Mapping[str, str], after: Mapping[str, str]) -> list[Span]:
    """Return a unified diff of all files that differ; nothing if none does."""
    import difflib  # most runs show no difference

    spans: list[Span] = []
    for name in sorted({**before, **after}):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        found = difflib.unified_diff(
            [str(line) for line in lines_of(old or "")],
            [str(line) for line in lines_of(new or "")],
            "/dev/null" if old is None else f"a/{name}",
            "/dev/null" if new is None else f"b/{name}",
        )
        for number, line in enumerate(found):
            text = line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
            spans.append(Span(text, "strong" if number < 2 else _STYLES.get(line[0], "plain")))
        if old in ("", None) and new in ("", None):
            spans.append(Span(f"{name} is {'made' if old is None else 'deleted'}, empty\n", "note"))
    return spans


def result_text(result: str, *, whole: bool) -> list[Span]:
    """Return what came of a call, indented: its first line, or all of it."""
    shown = result if whole else _first_line(result)
    style: Style = "plain" if result.startswith("done: ") else "warning"
    return [Span("".join(f"    {line}\n" for line in shown.split("\n")), style)]


def _first_line(text: str) -> str:
    first, more, rest = text.strip().partition("\n")
    if first.endswith(":") and more:  # what it announces is worth more than that something follows
        second, more, _ = rest.partition("\n")
        first = f"{first} {second.removeprefix('* ')}"
    return first + (" …" if more else "")
