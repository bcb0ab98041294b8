"""Moving a repository to the newest edition that this release knows: which targets are due, the configuration's line,
and the entries of accepted texts. Building is `build`'s, with a wish for the edition."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from specbuild import exit_codes
from specbuild.configuration_keys import EDITIONS
from specbuild.diagnostic import Diagnostic, DiagnosticError, Place
from specbuild.disk.durable import replace_file
from specbuild.disk.files import ProjectFiles
from specbuild.lock import Lock
from specbuild.toml_text import TomlDocument, read_toml
from specbuild.work.load import Project
from specbuild.work.opened import Opened, without_errors
from specbuild.work.own import picked
from specbuild.work.writing import writing

NEWEST = max(EDITIONS)
"""The edition that `init` writes and `upgrade` moves to."""


class Due(NamedTuple):
    """What is not at the newest edition yet: the targets that were generated under an older one, those whose text a
    person accepted under one, and whether the configuration names one (it is moved with the whole project only)."""

    generated: tuple[str, ...]
    accepted: tuple[str, ...]
    configured: bool

    @property
    def nothing(self) -> bool:
        """Whether all that was selected is at the newest edition."""
        return not (self.generated or self.accepted or self.configured)


def due(project: Project, selected: Sequence[str] = (), *, exclude: Sequence[str] = ()) -> Due:
    """Return what of the selected targets (all) is not at the newest edition. Reads only. Raises DiagnosticError."""
    opened = Opened(without_errors(project))
    lock = opened.lock()
    ids = picked(project, lock, selected, exclude=exclude, view="building")
    older = [one for one in ids if _edition(lock, one) < NEWEST]
    accepted = tuple(one for one in older if lock.targets[one].origin == "accepted")
    generated = tuple(one for one in older if one not in accepted)
    configured = project.configuration.edition < NEWEST and not selected and not exclude
    return Due(generated, accepted, configured)


def carry_accepted(load_project: Callable[[], Project], ids: Sequence[str], *, waiting: Callable[[str], None]) -> None:
    """Note the newest edition in the entries of accepted texts: they answer their specs, whatever a template says, so
    nothing else of them changes. Raises DiagnosticError."""
    if not ids:
        return
    with writing(load_project, waiting=waiting) as run:
        for one in ids:
            stanza = run.lock.targets.get(one)
            if stanza is not None and stanza.origin == "accepted":
                moved = replace(stanza, inputs={**stanza.inputs, "edition": NEWEST})
                run.settler.settle(one, moved, ())


def move_configuration(project: Project) -> str:
    """Write the newest edition into the project's configuration, all else kept as it stands; return the file's path.

    Raises DiagnosticError (SB920) where that can't be done by changing or adding one line.
    """
    configuration = project.configuration
    path = configuration.path or "specbuild.toml"
    raw = ProjectFiles(project.root).read(path)
    if isinstance(raw, Diagnostic):
        raise DiagnosticError(raw)
    table = () if path == "specbuild.toml" else ("tool", "specbuild")
    moved = with_edition(raw, path, table=table, edition=NEWEST)
    if moved is None:
        raise DiagnosticError(_by_hand(path, configuration.places.get("edition")), exit_code=exit_codes.FINDING)
    replace_file(project.root, path, moved, mode=(Path(project.root, path).stat().st_mode & 0o777))
    return path


def with_edition(raw: bytes, path: str, *, table: tuple[str, ...], edition: int) -> bytes | None:
    """Return the configuration `raw` with `edition` in `table` set; None if one changed or added line can't do that.

    Comments, order, line ends and all other bytes stay.
    """
    document = read_toml(raw, path)
    if not isinstance(document, TomlDocument):
        return None
    lines = raw.decode("utf-8").split("\n")
    place = document.places.get((*table, "edition"))
    above = document.places.get(table)
    end = "\r" if lines[0].endswith("\r") else ""
    if place is not None and place.line:
        line = lines[place.line - 1]
        lines[place.line - 1] = re.sub(r"(\bedition[\"']?\s*=\s*)[^\s#,}]+", rf"\g<1>{edition}", line, count=1)
    elif not table:
        mark = "\ufeff" if lines[0].startswith("\ufeff") else ""
        lines[:1] = [f"{mark}edition = {edition}{end}", lines[0].removeprefix(mark)]
    elif above is not None and above.line:
        lines.insert(above.line, f"edition = {edition}{end}")
    moved = "\n".join(lines).encode("utf-8")
    again = read_toml(moved, path)
    wanted = _with(document.values, table, edition)
    return moved if isinstance(again, TomlDocument) and again.values == wanted else None


def _edition(lock: Lock, target_id: str) -> int:
    """Return the edition of a target's entry; one without any has nothing to move."""
    stanza = lock.targets.get(target_id)
    edition = stanza.inputs.get("edition") if stanza else None
    return edition if isinstance(edition, int) else NEWEST


def _with(values: object, table: tuple[str, ...], edition: int) -> dict[str, object]:
    """Return the tables `values` with the edition set in `table`."""
    found = dict(values) if isinstance(values, dict) else {}
    if not table:
        return {**found, "edition": edition}
    return {**found, table[0]: _with(found.get(table[0]), table[1:], edition)}


def _by_hand(path: str, place: Place | None) -> Diagnostic:
    return Diagnostic(
        "SB920", f"{path} is written in a way that edition {NEWEST} can't be put into", place or Place(path),
        "only one line may change, and all else must stay as it is",
        f"write `edition = {NEWEST}` there by hand; the targets have moved",
    )  # fmt: skip
