"""The second stage, from inside: a package, alone on its path, makes every own target again from pins and records.

It runs as a process of its own in the sandbox: pins on stdin, outputs and lock into a folder, a report on stdout. It
knows no lock, no local store and no network; `fixed_point` starts it and compares.
"""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from specbuild.diagnostic import Diagnostic, DiagnosticError
from specbuild.json_parts import as_array, as_count, as_object, as_text, no_constant
from specbuild.lock import Lock, lock_text
from specbuild.stanza import ReplyPin, Stanza
from specbuild.work.load import load
from specbuild.work.opened import Opened, without_errors
from specbuild.work.reproduce import Remade, pins_of, remade

OUTPUTS = "outputs"
LOCK = "specbuild.lock"


class Report(NamedTuple):
    """What the second stage says of itself: how many requests it rendered and replies it took apart, the files of the
    package's modules that did not come from its own folder, and every target that could not be made, with the
    reason."""

    rendered: int
    extracted: int
    strangers: tuple[str, ...] = ()
    faults: Mapping[str, str] = {}


def pins_text(stanzas: Mapping[str, Stanza]) -> str:
    """Return what the second stage is told of generated targets: pins alone, no hash of an output."""
    pins: dict[str, object] = {}
    for target_id, stanza in stanzas.items():
        kept = pins_of(stanza)
        pins[target_id] = {"inputs": dict(kept.inputs), "reply": kept.reply._asdict() if kept.reply else None}
    return json.dumps(pins)


def read_report(text: bytes) -> Report | None:
    """Return the report that a second stage printed; None if that is none."""
    try:
        value = as_object(json.loads(text, parse_constant=no_constant))
        faults = {target_id: as_text(one) for target_id, one in as_object(value["faults"]).items()}
        strangers = tuple(as_text(one) for one in as_array(value["strangers"]))
        return Report(as_count(value["rendered"]), as_count(value["extracted"]), strangers, faults)
    except (ValueError, KeyError, RecursionError):
        return None


def main(home: str, package: str) -> int:
    """Make all targets named on stdin again, in the project in the working folder; `home` is where every loaded module
    of `package` must lie. The results lie in the folder that WORK names."""
    pins = {target_id: _pinned(value) for target_id, value in json.load(sys.stdin).items()}
    work = Path(os.environ["SECOND_STAGE_WORK"])
    report = _remake_all(pins, work)._replace(strangers=_strangers(home, package))
    print(json.dumps(report._asdict()))
    return 0


def _pinned(value: Mapping[str, Any]) -> Stanza:
    return Stanza(inputs=value["inputs"], reply=ReplyPin(**value["reply"]))


def _remake_all(pins: Mapping[str, Stanza], work: Path) -> Report:
    try:
        project = without_errors(load(Path.cwd(), {}))
    except DiagnosticError as error:
        return Report(0, 0, faults={"": "; ".join(one.message for one in error.diagnostics)})
    opened = Opened(project)
    walk = opened.walk(Lock())
    rendered = extracted = 0
    stanzas: dict[str, Stanza] = {}
    faults: dict[str, str] = {}
    for target_id in project.graph.order:
        if target_id not in pins or faults.keys() & set(project.graph.needs_of[target_id]):
            continue
        try:
            made = remade(opened, walk, project.graph.targets[target_id], pins[target_id])
        except Exception as error:  # generated code may raise anything, and the target at which it did is to be named
            made = Diagnostic("", str(error), why=type(error).__name__)
        if isinstance(made, Diagnostic):
            faults[target_id] = made.message + (f" ({made.why})" if made.why else "")
            continue
        rendered, extracted = rendered + 1, extracted + 1
        walk.learn(target_id, made.stanza)
        stanzas[target_id] = made.stanza
        _write(work / OUTPUTS, made)
    (work / LOCK).write_text(lock_text(Lock(stanzas)), encoding="utf-8")
    return Report(rendered, extracted, faults=faults)


def _write(folder: Path, made: Remade) -> None:
    for one in made.outputs:
        file = folder / one.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(one.data)
        file.chmod(0o755 if one.mode == "755" else 0o644)


def _strangers(home: str, package: str) -> tuple[str, ...]:
    inside = os.path.join(os.path.realpath(home), "")
    files = [
        getattr(module, "__file__", None)
        for name, module in sorted(sys.modules.items())
        if name.partition(".")[0] == package
    ]
    return tuple(file for file in files if file and not os.path.realpath(file).startswith(inside))
