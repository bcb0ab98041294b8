"""One iteration: which modules of a package were built from which inputs, and what tests and second stage said of them.

A value ↔ the text of its `iteration.json`. Must not know where iterations lie, nor how one comes to be. Nothing in it
is volatile: the same iteration has the same text on every machine and at any time.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, cast

from specbuild.canonical_json import CanonicalError, Digest, Json, digest
from specbuild.diagnostic import Diagnostic, Place
from specbuild.json_parts import as_array, as_count, as_object, as_text, no_constant
from specbuild.pretty_json import pretty_json
from specbuild.project_path import project_path

ITERATION_VERSION = 1


class Parent(NamedTuple):
    """The iteration before: its number and the tree hash of its package."""

    number: int
    tree: Digest


class SuiteCounts(NamedTuple):
    """How the tests of the staged package ended; `failed` counts those too that broke before or after their test."""

    passed: int
    failed: int
    skipped: int


class Portion(NamedTuple):
    """So many of so many: what is `generated`, and `all` of it."""

    generated: int
    all: int


class ModuleMeasure(NamedTuple):
    """A generated module's length, and the part of its code that stands word for word in what its model saw."""

    logical_lines: int
    copied_share: float


class SecondStage(NamedTuple):
    """What the second stage did: the package that did it (the staged one, or the running tool's), and its counts."""

    by: Literal["stage", "tool"]
    rendered: int
    extracted: int


@dataclass(frozen=True, slots=True)
class Iteration:
    """One iteration. Every path is relative to the project's root, every hash the SHA-256 of a file's bytes.

    `what` is its one line of reason. `settings` are the project's that decide the targets' requests and places (see
    `work.history.settings_of`); `inputs` are the files that requests and checks of its targets show, specs included;
    `package` is every file of the staged package, caches aside. `modules` has every target of its lock. `calls` and the
    tokens (None: the service counted none) are what building it took.
    """

    number: int
    parent: Parent | None
    what: str
    tests: SuiteCounts | None
    settings: Mapping[str, Json]
    inputs: Mapping[str, Digest]
    package: Mapping[str, Digest]
    modules: Mapping[str, ModuleMeasure]
    module_share: Portion
    line_share: Portion
    calls: int
    input_tokens: int | None
    output_tokens: int | None
    second_stage: SecondStage

    @property
    def tree(self) -> Digest:
        """The SHA-256 of the canonical JSON of `package`."""
        return digest(self.package)


def iteration_text(iteration: Iteration) -> str:
    """Return the iteration's one text: pretty JSON. `read_iteration` gives it back. Raises CanonicalError."""
    return pretty_json(
        {
            "iteration": ITERATION_VERSION,
            "number": iteration.number,
            "parent": None if iteration.parent is None else iteration.parent._asdict(),
            "what": iteration.what,
            "tests": None if iteration.tests is None else iteration.tests._asdict(),
            "settings": iteration.settings,
            "inputs": iteration.inputs,
            "package": iteration.package,
            "tree": iteration.tree,
            "modules": {target_id: measure._asdict() for target_id, measure in iteration.modules.items()},
            "share": {"modules": list(iteration.module_share), "logical_lines": list(iteration.line_share)},
            "usage": {
                "calls": iteration.calls, "input": iteration.input_tokens, "output": iteration.output_tokens,
            },
            "stage2": iteration.second_stage._asdict(),
        }
    )  # fmt: skip


def read_iteration(text: str, path: str) -> Iteration | Diagnostic:
    """Return the iteration that `text`, the content of the file `path`, holds; SB734 says why it can't be believed.

    It is believed only if it has exactly the text that it was written with: its tree hash is that of its files, every
    path is one inside a project.
    """
    try:
        value = as_object(json.loads(text, parse_constant=no_constant))
        if type(value.get("iteration")) is int and cast(int, value["iteration"]) > ITERATION_VERSION:
            return _unreadable(path, "a newer specbuild wrote it")
        iteration = _iteration(value)
        if iteration_text(iteration) != text:
            return _unreadable(path, _difference(iteration, value))
    except RecursionError:
        return _unreadable(path, "its brackets are nested too deeply")
    except (KeyError, ValueError, TypeError, CanonicalError) as error:
        return _unreadable(path, f"{error} is missing" if isinstance(error, KeyError) else str(error))
    return iteration


def _iteration(value: Mapping[str, Json]) -> Iteration:
    share, usage, stage = as_object(value["share"]), as_object(value["usage"]), as_object(value["stage2"])
    if as_text(stage["by"]) not in ("stage", "tool"):
        raise ValueError("stage2.by is neither stage nor tool")
    return Iteration(
        number=as_count(value["number"]),
        parent=None if value["parent"] is None else _parent(as_object(value["parent"])),
        what=as_text(value["what"]),
        tests=None if value["tests"] is None else _counts(as_object(value["tests"])),
        settings=as_object(value["settings"]),
        inputs=_hashes(value["inputs"]),
        package=_hashes(value["package"]),
        modules={name: _measure(as_object(one)) for name, one in as_object(value["modules"]).items()},
        module_share=_portion(share["modules"]),
        line_share=_portion(share["logical_lines"]),
        calls=as_count(usage["calls"]),
        input_tokens=None if usage["input"] is None else as_count(usage["input"]),
        output_tokens=None if usage["output"] is None else as_count(usage["output"]),
        second_stage=SecondStage(
            cast(Literal["stage", "tool"], stage["by"]), as_count(stage["rendered"]), as_count(stage["extracted"])
        ),
    )


def _parent(value: Mapping[str, Json]) -> Parent:
    return Parent(as_count(value["number"]), _hash(value["tree"]))


def _counts(value: Mapping[str, Json]) -> SuiteCounts:
    return SuiteCounts(as_count(value["passed"]), as_count(value["failed"]), as_count(value["skipped"]))


def _measure(value: Mapping[str, Json]) -> ModuleMeasure:
    copied = value["copied_share"]
    if isinstance(copied, bool) or not isinstance(copied, int | float):
        raise ValueError("a copied_share is no number")
    return ModuleMeasure(as_count(value["logical_lines"]), float(copied))


def _portion(value: Json) -> Portion:
    generated, every = as_array(value)
    return Portion(as_count(generated), as_count(every))


def _hashes(value: Json) -> dict[str, Digest]:
    found = {path: _hash(one) for path, one in as_object(value).items()}
    outside = next((path for path in found if not path or project_path(path) != path), None)
    if outside is not None:
        raise ValueError(f"{outside!r} is no path inside a project")
    return found


def _hash(value: Json) -> Digest:
    text = as_text(value)
    if len(text) != 64 or text.strip("0123456789abcdef"):
        raise ValueError(f"{text!r:.70} is no hash")
    return Digest(text)


def _difference(iteration: Iteration, value: Mapping[str, Json]) -> str:
    if value.get("tree") != iteration.tree:
        return "its tree hash is not that of its files"
    return "its text is not the one that was written"


def _unreadable(path: str, fault: str) -> Diagnostic:
    return Diagnostic(
        "SB734",
        f"{path} can't be believed: {fault}",
        Place(path),
        hint=f"bring it back, as with: git checkout -- {path}",
    )
