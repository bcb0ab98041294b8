"""Runs a spec's formatter (`[build] format`) on the texts that no record tells of: in the sandbox, once for ever.

It gets one text on its standard input and its arguments, and sees nothing of the project. What it made is stored before
it is used, so a replay never runs it and needs no sandbox.
"""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from specbuild import exit_codes
from specbuild.diagnostic import Diagnostic, DiagnosticError
from specbuild.disk.replies import Replies
from specbuild.record import Record, format_record
from specbuild.sandbox import Mount, NotStarted
from specbuild.shape import shaped
from specbuild.stanza import OutputState
from specbuild.target import Target
from specbuild.text_safety import printable, text_faults
from specbuild.trial import Absent, Trial
from specbuild.work.bench import Benches
from specbuild.work.interpreter import find_tool
from specbuild.work.layout import Layout, formatted_names, known_record
from specbuild.work.step import Step

TIMEOUT_S = 60.0
_PYTHON = re.compile(r"python(?:3(?:\.\d+)?)?")
_MOST_SHOWN = 400


class Formatter:
    """Has texts laid out, by records or by running the formatter. Thread-safe as far as its parts are."""

    def __init__(self, replies: Replies, benches: Benches) -> None:
        self._replies = replies
        self._benches = benches

    def layout(
        self,
        files: Mapping[str, str],
        target: Target,
        *,
        way: str,
        states: Mapping[str, OutputState] | None = None,
    ) -> Layout:
        """Return the layout of `files`; what no record tells is made, and stored in the local store.

        Raises DiagnosticError: the formatter is missing, fails, gives nothing, or changes what it wrote itself (exit
        1); no sandbox starts (exit 69).
        """
        texts, records = dict(files), []
        for name in formatted_names(files, target, way=way):
            found = known_record(files, name, target, self._replies, states or {})
            if found is None:
                found = self._made(files, name, target, way)
                self._replies.store(found, b"")
            texts[name] = found.reply.content
            records.append(found)
        return Layout(texts, tuple(records))

    def texts(self, files: Mapping[str, str], target: Target) -> Mapping[str, str]:
        """Return the texts of `layout`: as they are written, but for the header line."""
        return self.layout(files, target, way="").texts

    def refuse_absent(self, steps: Iterable[Step]) -> None:
        """Raise DiagnosticError if a step will ask for a text that its formatter can't lay out here: before any call
        is paid. No sandbox: exit 69; no such program: exit 2."""
        asked = {step.target.spec.texts("build.format"): step.target for step in steps if step.decision.state == "call"}
        for target in (one for argv, one in asked.items() if argv):
            sandbox = self._benches.sandbox
            if isinstance(sandbox, Diagnostic):
                raise DiagnosticError(sandbox, exit_code=exit_codes.NO_SANDBOX)
            program = self._program(target)
            if isinstance(program, Absent):
                raise DiagnosticError(_absent(target, program.remedy))

    def _made(self, files: Mapping[str, str], name: str, target: Target, way: str) -> Record:
        argv, text = target.spec.texts("build.format"), files[name]
        result = self._run(text, name, target)
        written = dict(zip(target.names, shaped({**files, name: result}, target, way=way), strict=True))[name]
        # One run more, on what will be written, header line and all: what a formatter changes again, a hook that runs
        # it would change at every commit.
        again = self._run(written.data.decode("utf-8"), name, target)
        if again.encode("utf-8") != written.data:
            raise DiagnosticError(_changes_again(target, name), exit_code=exit_codes.FINDING)
        return format_record(argv, text, result)

    def _run(self, text: str, name: str, target: Target) -> str:
        program = self._program(target)
        if isinstance(program, Absent):
            raise DiagnosticError(_absent(target, program.remedy), exit_code=exit_codes.FINDING)
        argv = (program.path, *target.spec.texts("build.format")[1:])
        tried = self._benches.run(
            Trial(
                argv,
                {},
                stdin=text.encode("utf-8"),
                env=program.env,
                timeout_s=TIMEOUT_S,
                mounts=program.mounts,
                generated=True,
            )
        )
        if isinstance(tried, NotStarted):
            raise DiagnosticError(_absent(target, tried.reason), exit_code=exit_codes.FINDING)
        ran = tried.ran
        if ran.exit_code != 0:
            how = f"it ended with {ran.exit_code}" if ran.exit_code is not None else f"it was stopped ({ran.ended})"
            raise DiagnosticError(_failed(target, name, how, ran.stderr), exit_code=exit_codes.FINDING)
        try:
            result = ran.stdout.decode("utf-8").replace("\r\n", "\n")
            how = "" if result.strip() else "it printed nothing"
        except UnicodeDecodeError:
            result, how = "", "what it printed is not UTF-8"
        how = how or next(
            (f"it put a character that can't be seen ({one.kind}) into line {one.line}" for one in text_faults(result)),
            "",
        )
        if how:
            raise DiagnosticError(_failed(target, name, how, ran.stderr), exit_code=exit_codes.FINDING)
        return result

    def _program(self, target: Target) -> "_Program | Absent":
        name = target.spec.texts("build.format")[0]
        if _PYTHON.fullmatch(name):
            python = self._benches.interpreter
            if isinstance(python, Absent):
                return python
            path = f"{python.path.rpartition('/')[0]}:/usr/bin:/bin"
            return _Program(python.path, python.mounts, {"PATH": path, "PYTHONDONTWRITEBYTECODE": "1"})
        if "/" in name:
            return Absent("name a program without a path: a project's own file is not run as a formatter")
        tool = find_tool(name)
        return tool if isinstance(tool, Absent) else _Program(tool.path, tool.mounts, {})


class _Program(NamedTuple):
    """The formatter's program as it is found inside."""

    path: str
    mounts: tuple[Mount, ...]
    env: Mapping[str, str]


def _absent(target: Target, remedy: str) -> Diagnostic:
    program = printable(target.spec.texts("build.format")[0], keep_newlines=False)
    return Diagnostic(
        "SB670",
        f"{target.id}: the formatter `{program}` can't be run here",
        target.spec.place("build.format"),
        remedy,
        "install it, or build where it is: what it made is committed, and others need it no more",
    )


def _failed(target: Target, name: str, how: str, stderr: bytes) -> Diagnostic:
    said = printable(stderr.decode("utf-8", "replace").strip()[:_MOST_SHOWN])
    return Diagnostic(
        "SB671",
        f"{target.id}: the formatter gave no result for {name}: {how}",
        target.spec.place("build.format"),
        said,
        "mend the arguments in `format`; the reply is kept and is not paid again. "
        f"If it is the text that can't be read: specbuild regenerate {target.id}",
    )


def _changes_again(target: Target, name: str) -> Diagnostic:
    return Diagnostic(
        "SB672",
        f"{target.id}: the formatter changes {name} again, when it gets what it made itself with the header line",
        target.spec.place("build.format"),
        "a hook that runs it would change the output at every commit",
        "try `header = false` under [build], or another formatter; the reply is kept and is not paid again",
    )
