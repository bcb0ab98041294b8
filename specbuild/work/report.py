"""All that is known of a project's targets, gathered for one page: states, replies, what they took, what changed.

Reads only. Texts are gathered whole; `formats/report_data` decides how much of them a page has room for.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from specbuild import __version__
from specbuild.agent_tools import Call
from specbuild.canonical_json import Digest, Json, bytes_digest, canonical_json
from specbuild.chronicle import IterationRow, Rates
from specbuild.diagnostic import Diagnostic, DiagnosticError, Place
from specbuild.disk.durable import replace_file
from specbuild.disk.events_file import last_run
from specbuild.disk.files import ProjectFiles
from specbuild.disk.git_past import files_as_of
from specbuild.disk.local_folder import LocalFolder
from specbuild.formats.diff_text import diff_text
from specbuild.formats.report_data import MOST_BYTES, Gathered, Told, Try, report_json
from specbuild.formats.report_html import report_html
from specbuild.plan import PlanLine
from specbuild.progress import Spent
from specbuild.record import Record
from specbuild.stanza import ReplyPin, Stanza
from specbuild.styled_text import plain_text
from specbuild.timeline import timeline_of
from specbuild.trajectory import WAY, trajectory_of
from specbuild.work.as_built import OutputPair
from specbuild.work.conversation import pinned_files, pinned_turns
from specbuild.work.generations import Generation, entries_before
from specbuild.work.history import history_of
from specbuild.work.load import Project
from specbuild.work.opened import Opened
from specbuild.work.planning import plan_project
from specbuild.work.spending import spent_on


def gathered(project: Project, selected: Sequence[str], exclude: Sequence[str]) -> Gathered:
    """Return all that is known of the selected targets (all). Raises DiagnosticError."""
    planned = plan_project(project, selected=selected, exclude=exclude)
    opened = Opened(project)
    before = entries_before(project, planned.lock)
    past = _Past(project, planned.lock.targets, before)
    targets = tuple(
        _told(line, project, planned.lock.targets.get(line.id), opened, past) for line in planned.plan.lines
    )
    opened.replies.close()
    rows, at_once, rates = _iterations(project)
    return Gathered(project.root.name, targets, rows, at_once, rates)


class _Past:
    """The outputs of earlier generations, all asked of git at once."""

    def __init__(self, project: Project, present: Mapping[str, Stanza], before: Mapping[str, Generation]) -> None:
        self.before = before
        wanted = [
            (one.commit, path)
            for id_, one in before.items()
            for path, state in one.stanza.outputs.items()
            if state != present[id_].outputs.get(path)
        ]
        self._by_digest: dict[Digest, bytes] = {}
        for raw in files_as_of(project.root, wanted).values():
            self._by_digest[bytes_digest(raw)] = raw

    def difference(self, target_id: str, stanza: Stanza, present: Mapping[str, bytes]) -> str:
        """Return the unified diff from the generation before to what is locked, as far as both are at hand."""
        earlier = self.before.get(target_id)
        if earlier is None:
            return ""
        pairs = []
        for path in sorted({*earlier.stanza.outputs, *stanza.outputs}):
            was, now = earlier.stanza.outputs.get(path), stanza.outputs.get(path)
            state = was or now
            old, new = self._by_digest.get(was.sha256) if was else b"", present.get(path)
            if was == now or state is None or old is None or (now is not None and new is None):
                continue
            pairs.append(OutputPair(target_id, path, old, new if now else None, state.mode, now.mode if now else None))
        return plain_text(diff_text(pairs))


def _told(line: PlanLine, project: Project, stanza: Stanza | None, opened: Opened, past: _Past) -> Told:
    target = project.graph.targets.get(line.id)
    turns = _turns(stanza, opened)
    present = _present(project, stanza)
    earlier = past.before.get(line.id)
    notes = ""
    is_agent = stanza is not None and stanza.shape.get("extract") == WAY
    if stanza is not None and target is not None and stanza.reply is not None:
        found = pinned_files(stanza, target, replies=opened.replies)
        notes = (found.notes or "") if found is not None else ""
    service = project.personal.services.get(turns[0].service) if turns else None
    prices = service.prices if service else None
    counted = any(one.source and one.source.usage.output is not None for one in turns)
    return Told(
        line=line,
        stanza=stanza,
        needs=project.graph.needs_of.get(line.id, ()),
        tags=target.spec.texts("build.tags") if target else (),
        lines=sum(raw.count(b"\n") for raw in present.values()) if present else None,
        spent=spent_on(turns, prices) if counted else None,
        tries=_steps(turns) if is_agent else _tries(turns),
        prompt=_messages(turns[0]) if turns else (),
        notes=notes,
        is_agent=is_agent,
        before=(earlier.date, earlier.commit, earlier.subject) if earlier is not None else None,
        difference=past.difference(line.id, stanza, present) if stanza is not None else "",
    )


def _turns(stanza: Stanza | None, opened: Opened) -> tuple[Record, ...]:
    """Return the records of the attempts that failed last, else of those that gave the outputs."""
    if stanza is None:
        return ()
    failed = stanza.failed.get("reply") if stanza.failed else None
    pin = ReplyPin(**failed) if isinstance(failed, dict) else stanza.reply
    return pinned_turns(pin, opened.replies) if pin is not None else ()


def _present(project: Project, stanza: Stanza | None) -> dict[str, bytes]:
    """Return the outputs that lie there as they are locked."""
    found = {}
    for path, state in stanza.outputs.items() if stanza is not None else ():
        raw = project.files.read(path)
        if isinstance(raw, bytes) and bytes_digest(raw) == state.sha256:
            found[path] = raw
    return found


def _tries(turns: Sequence[Record]) -> tuple[Try, ...]:
    told = ["\n\n".join(text for _, text in _contents(one.append)) for one in turns[1:]]
    return tuple(
        Try(one.reply.content, _thoughts(one), answer, _one_spent(one))
        for one, answer in zip(turns, [*told, ""][: len(turns)], strict=True)  # after the last reply nothing is told
    )


def _steps(turns: Sequence[Record]) -> tuple[Try, ...]:
    """Return an agent's steps: what it said and called, and what it was told of that."""
    followed = trajectory_of(turns) if turns else ""
    if isinstance(followed, str):
        return _tries(turns)
    found = []
    for turn in followed.turns:
        calls = "\n\n".join(_call_text(move.call) for move in turn.moves)
        said = "\n\n".join(one for one in (turn.record.reply.content.strip(), calls) if one)
        results = [move.result for move in turn.moves if move.result]
        found.append(Try(said, _thoughts(turn.record), "\n\n".join([*results, *turn.told]), _one_spent(turn.record)))
    return tuple(found)


def _call_text(call: Call) -> str:
    lines = [f"→ {call.name}"]
    for name, value in call.arguments.items():
        lines.append(f"{name}: {value if isinstance(value, str) else canonical_json(value)}")
    return "\n".join(lines)


def _thoughts(record: Record) -> str:
    return "\n\n".join(text.strip() for text in record.reply.reasoning.values() if text.strip())


def _one_spent(record: Record) -> Spent | None:
    usage = record.source.usage if record.source else None
    if usage is None or usage.output is None:
        return None
    return Spent(1, usage.input or 0, usage.output, None)


def _messages(record: Record) -> tuple[tuple[str, str], ...]:
    messages = (record.body or {}).get("messages")
    return tuple(_contents(messages)) if isinstance(messages, Sequence) and not isinstance(messages, str) else ()


def _contents(messages: Sequence[object]) -> list[tuple[str, str]]:
    return [
        (str(one.get("role", "")), str(one["content"]))
        for one in messages
        if isinstance(one, Mapping) and one.get("content")
    ]


def _iterations(project: Project) -> tuple[tuple[IterationRow, ...], dict[int, int], Rates | None]:
    if project.configuration.iteration is None:
        return (), {}, None
    from specbuild.disk.history import read_iterations  # few projects make modules of themselves

    found = history_of(project)
    at_once = {}
    for kept in read_iterations(project.root, project.configuration.outputs)[0]:
        pins = [one.reply for one in kept.lock.targets.values() if one.reply]
        at_once[kept.iteration.number] = sum(one.attempts == 1 for one in pins)
    return found.rows, at_once, found.rates if found.rows else None


def report_data(
    project: Project, selected: Sequence[str], exclude: Sequence[str], *, events: str | None, whole: bool
) -> dict[str, Json]:
    """Return what a page shows of the selected targets (all); `events` is the file of the run, else this clone's last.

    Raises DiagnosticError (SB957: the file holds no run).
    """
    found = gathered(project, selected, exclude)
    if events is None:
        text = last_run(LocalFolder(project.storage.base, project.storage.local))
    else:
        raw = ProjectFiles(Path(events).absolute().parent).read(Path(events).name)
        if isinstance(raw, Diagnostic):
            raise DiagnosticError(raw)
        text = raw.decode("utf-8", "replace")
    run = timeline_of(text, project.graph.needs_of)
    if run is None and events is not None:
        what, hint = f"{events} holds no events of a run", "write it with `specbuild build --events FILE`"
        raise DiagnosticError(Diagnostic("SB957", what, Place(events), hint=hint))
    made = datetime.now(UTC).isoformat(timespec="seconds")
    return report_json(found, run, made=made, version=__version__, most_bytes=None if whole else MOST_BYTES)


def written(project: Project, data: dict[str, Json], output: str | None) -> Path:
    """Write the page and return where. Raises DiagnosticError (SB958: a file is there that is no report)."""
    raw = report_html(data, **page_parts()).encode("utf-8")
    if output is None:
        place = LocalFolder(project.storage.base, project.storage.local).for_writing() / "report.html"
    else:
        place = Path(output).absolute()
    if place.is_file():
        with place.open("rb") as file:
            if not raw.startswith(file.read(len(_MARK))) or file.tell() < len(_MARK):
                what = f"{output or place} is there, and no report"
                hint = "name another file, or remove this one"
                raise DiagnosticError(Diagnostic("SB958", what, Place(str(output or place)), hint=hint))
    replace_file(place.parent, place.name, raw)
    return place


def page_parts() -> dict[str, str]:
    """Return the texts that a page is made of: page, style, script."""
    return {name: (_PAGES / file).read_text(encoding="utf-8") for name, file in _PARTS.items()}


_PAGES = Path(__file__).resolve().parent.parent / "pages" / "report"
_PARTS = {"page": "page.html", "style": "style.css", "script": "script.js"}
_MARK = b"<!doctype html>\n<!-- specbuild report -->"
