"""Outputs as built beside those that lie there: a unified diff for people and `git apply -R`, JSON for machines."""

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from specbuild.canonical_json import Json
from specbuild.public_names import name_changes
from specbuild.styled_text import Span, Style


class OutputPair(Protocol):
    """One output as built and as it lies there; None: no file."""

    @property
    def id(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def built(self) -> bytes: ...
    @property
    def present(self) -> bytes | None: ...
    @property
    def built_mode(self) -> str: ...
    @property
    def present_mode(self) -> str | None: ...


class OfferedPair(Protocol):
    """The public names of one target as built and as they lie there, each with what dependents see of it."""

    @property
    def id(self) -> str: ...
    @property
    def built(self) -> Mapping[str, str]: ...
    @property
    def present(self) -> Mapping[str, str]: ...


_STYLES: dict[str, Style] = {"+": "good", "-": "error", "@": "note"}


def diff_text(pairs: Iterable[OutputPair]) -> list[Span]:
    """Return one unified diff for each output, from what was built to what lies there."""
    return [Span(line, _STYLES.get(line[0], "plain") if _in_hunk(line) else "strong") for line in _lines(pairs)]


def diff_json(pairs: Sequence[OutputPair]) -> Json:
    """Return one object for each output: its path, what became of it, and the diff (None: not text)."""
    return [
        {"id": one.id, "path": one.path, "change": _change(one), "diff": "".join(_lines([one])) or None}
        for one in pairs
    ]


def offered_text(pairs: Iterable[OfferedPair]) -> list[Span]:
    """Return the public names of each target that came, went or are seen otherwise now, with what is seen of them."""
    spans: list[Span] = []
    for one in pairs:
        spans.append(Span(f"{one.id}\n", "strong"))
        for what, names in name_changes(one.built, one.present)._asdict().items():
            for name in names:
                before, after = one.built.get(name, ""), one.present.get(name, "")
                spans.append(Span(f"  {what:<8} {name}\n"))
                for line in _changed_lines(before, after):
                    spans.append(Span(f"    {line}", _STYLES.get(line[0], "plain")))
    return spans


def offered_json(pairs: Sequence[OfferedPair]) -> Json:
    """Return one object for each target: its public names that came, went and are seen otherwise now."""
    return [
        {"id": one.id, **{what: list(names) for what, names in name_changes(one.built, one.present)._asdict().items()}}
        for one in pairs
    ]


def _changed_lines(before: str, after: str) -> Iterator[str]:
    old, new = _split(before), _split(after)
    if not old or not new:
        yield from [*(f"- {line}" for line in old), *(f"+ {line}" for line in new)]
        return
    yield from (line for line in difflib.ndiff(old, new) if line[0] in "+-")


def _lines(pairs: Iterable[OutputPair]) -> Iterator[str]:
    for one in pairs:
        built, present = _text(one.built), _text(one.present or b"")
        yield from _head(one)
        if built is None or present is None:
            yield f"Binary files a/{one.path} and b/{one.path} differ\n"
            continue
        new = "/dev/null" if one.present is None else f"b/{one.path}"
        found = difflib.unified_diff(_split(built), _split(present), f"a/{one.path}", new)
        for line in found:
            yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _head(one: OutputPair) -> Iterator[str]:
    # git's extended header lines (git-diff, "Generating patches"), where a plain diff has no word for the change.
    if one.present is not None and one.present_mode == one.built_mode:
        return
    yield f"diff --git a/{one.path} b/{one.path}\n"
    if one.present is None:
        yield f"deleted file mode 100{one.built_mode}\n"
    else:
        yield f"old mode 100{one.built_mode}\n"
        yield f"new mode 100{one.present_mode}\n"


def _split(text: str) -> list[str]:
    # Only "\n" ends a line here: splitlines would also split at form feeds and U+2028.
    lines = text.split("\n")
    return [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _text(raw: bytes) -> str | None:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _change(one: OutputPair) -> str:
    if one.present is None:
        return "deleted"
    return "mode" if one.present == one.built else "changed"


def _in_hunk(line: str) -> bool:
    return line[0] in "@+- \\" and not line.startswith(("+++ ", "--- "))
