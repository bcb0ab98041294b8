"""Puts the benches together on which verifiers judge: the sandbox, the tools of this machine, what lies in a snapshot.

Everything that runs, runs in the sandbox that was chosen; without one the verifiers that only read say "not checked",
and generated code is not run: DiagnosticError with exit 69.
"""

import os
import secrets
import tempfile
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path

from specbuild import exit_codes
from specbuild.canonical_json import Json, bytes_digest
from specbuild.components import runs_something
from specbuild.diagnostic import Diagnostic, DiagnosticError, Place
from specbuild.disk.files import ProjectFiles
from specbuild.disk.replies import Replies
from specbuild.disk.shares import processors
from specbuild.graph import needs_closure
from specbuild.output_patterns import patterns_of, with_outputs
from specbuild.sandbox import Job, Limits, NotStarted, Ran, Sandbox
from specbuild.shape import locked_states
from specbuild.stanza import Stanza
from specbuild.target import Target
from specbuild.trial import Absent, Bench, Interpreter, Placed, Tool, Trial, Tried
from specbuild.work.choose_sandbox import AUTOMATIC, choose_sandbox
from specbuild.work.conversation import pinned_files, texts_of_stanza
from specbuild.work.interpreter import find_interpreter, find_tool
from specbuild.work.layout import known_outputs
from specbuild.work.load import Project
from specbuild.work.step import Step

MOST_LEFT_BYTES = 64 << 20
StanzaOf = Callable[[str], Stanza | None]


class Benches:
    """The benches of one run. Thread-safe: each trial has folders of its own."""

    def __init__(
        self,
        project: Project,
        *,
        replies: Replies,
        stanza_of: StanzaOf,
        locked_of: StanzaOf = lambda target_id: None,
        sandbox: str = AUTOMATIC,
        remembering: bool = True,
        as_they_are: bool = False,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        """`stanza_of` gives the stanza that a need has in this run, `locked_of` the one that a target had before it;
        `as_they_are`: needs are taken from the disk.

        `remembering` may write to the local store.
        """
        self._project = project
        self._replies = replies
        self._stanza_of = stanza_of
        self._locked_of = locked_of
        self._wish = sandbox
        self._remembering = remembering
        self._as_they_are = as_they_are
        self._cancelled = cancelled
        # Of more at once each would only be slower, and come to its time limit for no fault of its own.
        self._room = threading.BoundedSemaphore(processors())

    @cached_property
    def sandbox(self) -> Sandbox | Diagnostic:
        """The sandbox in which everything runs, found once; or why there is none."""
        return choose_sandbox(self._wish)

    @cached_property
    def interpreter(self) -> Interpreter | Absent:
        """The project's Python, found once."""
        sandbox = self.sandbox
        if isinstance(sandbox, Diagnostic):
            return Absent(sandbox.message)
        return find_interpreter(str(self._project.root), self._project.configuration.python, run=sandbox.run)

    def evidence(self) -> dict[str, Json]:
        """Return where things ran, for a stanza's evidence: the Python and the sandbox that were really used."""
        used: dict[str, Json] = {}
        python, sandbox = vars(self).get("interpreter"), vars(self).get("sandbox")
        if isinstance(python, Interpreter):
            used["python"] = python.version
        if sandbox is not None and not isinstance(sandbox, Diagnostic):
            used["sandbox"] = sandbox.NAME
        return used

    def bench(self, target: Target) -> Bench:
        """Return the bench on which the files of `target` are judged."""
        graph = self._project.graph

        @cache
        def needs() -> Sequence[str]:  # where something is run only: at the end of a long chain they are many
            return [one for one in needs_closure([target.id], graph) if one != target.id]

        @cache
        def beside() -> Mapping[str, Placed]:
            return self._beside(target, needs())

        built = needs() if runs_something(target.spec) else ()
        return Bench(
            run=self.run,
            find=_found,
            interpreter=lambda: self.interpreter,
            beside=beside,
            generated=frozenset(path for need in built for path in self._built(graph.targets[need]).outputs),
            nonce=lambda: secrets.token_hex(32),
            kept=lambda: self._kept(target),
            recall=self._replies.kept_check,
            remember=self._replies.keep_check if self._remembering else _kept_nowhere,
        )

    def run(self, trial: Trial) -> Tried | NotStarted:
        """Make one trial, when a processor is free for it: its time limit counts from then on.

        Raises DiagnosticError (exit 69) if generated code should run and no sandbox starts.
        """
        sandbox = self.sandbox
        if isinstance(sandbox, Diagnostic):
            if trial.generated:
                raise DiagnosticError(sandbox, exit_code=exit_codes.NO_SANDBOX)
            return NotStarted(sandbox.message)
        with tempfile.TemporaryDirectory(prefix="specbuild-", ignore_cleanup_errors=True) as place:
            snapshot, work = Path(place, "snapshot"), Path(place, "work")
            lay_out(snapshot, trial.snapshot)
            lay_out(work, trial.files)
            job = Job(
                trial.argv,
                trial.cwd,
                trial.env,
                trial.stdin,
                snapshot=str(snapshot),
                work=str(work),
                readonly=trial.mounts,
                limits=Limits(wall_s=trial.timeout_s, cpu_s=int(trial.timeout_s) * 2 + 1),
            )
            with self._room:
                ran: Ran | NotStarted = sandbox.run(job, cancelled=self._cancelled)
            if isinstance(ran, Ran):
                return Tried(ran, what_lies_in(work))
            if ran.kind == "sandbox" and trial.generated:
                fault = Diagnostic("SB850", "the sandbox did not start, so nothing generated is run", why=ran.reason)
                raise DiagnosticError(fault, exit_code=exit_codes.NO_SANDBOX)
            return ran

    def refuse_without_sandbox(self, steps: Iterable[Step]) -> None:
        """Raise DiagnosticError (exit 69) if a step will run generated code and no sandbox starts: before any call."""
        runs = any(
            step.decision.act in ("conversation", "recheck")
            and (runs_something(step.target.spec) or (step.target.mode == "agent" and step.decision.state == "call"))
            for step in steps
        )
        if runs and isinstance(self.sandbox, Diagnostic):
            raise DiagnosticError(self.sandbox, exit_code=exit_codes.NO_SANDBOX)

    def _kept(self, target: Target) -> Mapping[str, str]:
        stanza = self._locked_of(target.id)
        if stanza is None:
            return {}
        texts = texts_of_stanza(stanza, target, replies=self._replies, files=self._project.files)
        from specbuild.public_names import public_names  # with what cuts interfaces a fifth of a start

        return public_names(texts or {}, language=target.language.name if target.language else "") or {}

    def _beside(self, target: Target, needs: Iterable[str]) -> Mapping[str, Placed]:
        """Return verify files and the outputs of all needs: locked bytes, never an edit that nobody accepted."""
        files = self._project.files
        found: dict[str, Placed] = {}
        for path in self._project.graph.file_needs.get(target.id, ()):
            found[path] = _text(files.text(path))
        for need in needs:
            found.update(self._outputs(self._built(self._project.graph.targets[need])))
        for path in target.spec.texts("verify.files"):
            found[path] = _text(files.text(path))
        return found

    def _built(self, need: Target) -> Target:
        """Return a need, one of patterns with the outputs that it has in this run."""
        stanza = self._stanza_of(need.id) if patterns_of(need) and not self._as_they_are else None
        return need if stanza is None else with_outputs(need, stanza.outputs)

    def _outputs(self, need: Target) -> Mapping[str, Placed]:
        if self._as_they_are:
            return {path: placed(self._project.files, path) for path in need.outputs}
        stanza = self._stanza_of(need.id)
        if stanza is None or not stanza.outputs:
            raise DiagnosticError(_unknown_need(need), exit_code=exit_codes.FINDING)
        found: dict[str, Placed] = {}
        for path, state in stanza.outputs.items():
            raw = self._project.files.read(path)
            for data in () if isinstance(raw, Diagnostic) else (raw, raw.replace(b"\r\n", b"\n")):
                if bytes_digest(data) == state.sha256:
                    found[path] = Placed(data, state.mode == "755")
        if len(found) < len(stanza.outputs):
            pinned = pinned_files(stanza, need, replies=self._replies)
            states = locked_states(stanza.outputs, need)
            if pinned is None or states is None:
                raise DiagnosticError(_unknown_need(need), exit_code=exit_codes.FINDING)
            outputs = known_outputs(pinned.files, need, way=pinned.way, replies=self._replies, states=states)
            if outputs is None:
                raise DiagnosticError(_unknown_need(need), exit_code=exit_codes.FINDING)
            for one in outputs:
                found[one.path] = Placed(one.data, one.mode == "755")
        return found


def placed(files: ProjectFiles, path: str) -> Placed:
    """Return a file of the project exactly as it lies there. Raises DiagnosticError if it is not there."""
    raw, state = files.read(path), files.state(path)
    for one in (raw, state):
        if isinstance(one, Diagnostic):
            raise DiagnosticError(one, exit_code=exit_codes.FINDING)
    assert isinstance(raw, bytes) and state is not None and not isinstance(state, Diagnostic)
    return Placed(raw, state.executable)


def lay_out(folder: Path, files: Mapping[str, Placed]) -> None:
    """Make `folder` with `files` in it; their names were checked when spec and reply were read."""
    folder.mkdir()
    for path, placed in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(placed.data)
        if placed.executable:
            file.chmod(0o755)


def what_lies_in(folder: Path) -> dict[str, Placed]:
    """Return the regular files below `folder`, by path; of what is too much the rest is left out."""
    found: dict[str, Placed] = {}
    left = MOST_LEFT_BYTES
    for path, _, names in os.walk(folder):
        for name in sorted(names):
            file = Path(path, name)
            if file.is_symlink() or not file.is_file() or file.stat().st_size > left:
                continue
            data = file.read_bytes()
            left -= len(data)
            found[file.relative_to(folder).as_posix()] = Placed(data, bool(file.stat().st_mode & 0o100))
    return found


@cache
def _found(name: str) -> Tool | Absent:
    return find_tool(name)


def _kept_nowhere(key: str, value: bytes) -> None:
    return None


def _text(text: str | Diagnostic) -> Placed:
    if isinstance(text, Diagnostic):
        raise DiagnosticError(text, exit_code=exit_codes.FINDING)
    return Placed(text.encode("utf-8"))


def _unknown_need(need: Target) -> Diagnostic:
    return Diagnostic(
        "SB634",
        f"the outputs of the need {need.id} can't be had, so nothing that uses them can be run",
        Place(need.spec.path),
        hint=f"specbuild build {need.id}",
    )
