"""Who claims which path: two targets on one output, outputs that one file system takes for the same, outputs on inputs.

Targets in, diagnostics out. Each names both places; no disk is looked at, so the answer is the same on every system.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from specbuild.diagnostic import Diagnostic, Place
from specbuild.names import folded
from specbuild.project_path import join, project_path
from specbuild.target import Target, item_place


class Claim(NamedTuple):
    """One path with who speaks of it, where, and as what ("output", "spec", "context", …)."""

    path: str
    role: str
    target: Target
    place: Place


def claim_faults(targets: Iterable[Target], file_needs: Mapping[str, tuple[str, ...]]) -> list[Diagnostic]:
    """Return a diagnostic for every pair of claims that can't both stand. `file_needs`: id → needs that are project
    files.
    """
    rows = list(targets)
    taken = {output for target in rows for output in target.outputs}
    outputs: dict[str, Claim] = {}
    faults: list[Diagnostic] = []
    for target in rows:
        for position, path in enumerate(target.outputs):
            claim = Claim(path, "output", target, target.output_place(position))
            other = outputs.setdefault(folded(path), claim)
            if other is not claim:
                faults.append(_claimed_twice(other, claim, taken))
    inputs: dict[str, Claim] = {}
    for target in rows:
        for claim in _inputs(target, file_needs.get(target.id, ())):
            key = folded(claim.path)
            if key in outputs:
                faults.append(_output_on_input(outputs[key], claim))
            else:
                inputs.setdefault(key, claim)
    for key, claim in [*outputs.items(), *inputs.items()]:
        folder = key.rpartition("/")[0]
        while folder:
            if folder in outputs:
                faults.append(_output_is_folder(outputs[folder], claim))
            folder = folder.rpartition("/")[0]
    return faults


def _inputs(target: Target, file_needs: Iterable[str]) -> Iterable[Claim]:
    spec = target.spec
    yield Claim(spec.path, "spec", target, Place(spec.path))
    for position, path in enumerate(target.context):
        yield Claim(path, "build.context", target, item_place(spec, "build.context", position))
    for path in file_needs:
        yield Claim(path, "build.needs", target, spec.place("build.needs"))
    for position, path in enumerate(spec.texts("verify.files")):
        yield Claim(project_path(path) or path, "verify.files", target, item_place(spec, "verify.files", position))
    if target.template != "default":
        yield Claim(target.template, "build.template", target, spec.place("build.template"))


def _claimed_twice(first: Claim, second: Claim, taken: set[str]) -> Diagnostic:
    if first.target is second.target:
        how = "twice" if first.path == second.path else f"twice, as `{first.path}` and `{second.path}`"
        what = f"`{second.target.id}` declares one output {how}"
        hint = "take one of the two away"
        return Diagnostic(_code(first, second), what, second.place, _same(first, second), hint, (first.place,))
    if first.path == second.path:
        what = f"two specs build `{second.path}`: `{first.target.id}` and `{second.target.id}`"
    else:
        what = f"`{first.target.id}` builds `{first.path}` and `{second.target.id}` builds `{second.path}`"
    lines = "\n".join(f"    {line}" for line in _settling_lines(second.target, taken))
    hint = f"write one of these two lines under [build] in {second.target.spec.path}:\n{lines}"
    return Diagnostic(_code(first, second), what, second.place, _same(first, second), hint, (first.place,))


def _code(first: Claim, second: Claim) -> str:
    return "SB303" if first.path == second.path else "SB304"


def _same(first: Claim, second: Claim) -> str:
    if first.path == second.path:
        return "an output belongs to one spec"
    return "file systems of macOS and Windows take names that differ in case or Unicode form only for the same file"


def _settling_lines(target: Target, taken: set[str]) -> tuple[str, str]:
    """Return two lines, each of which alone gives `target` places that nobody claims."""
    held = {folded(path) for path in taken}
    last = target.id.rpartition("/")[2]
    word, number = last, 1
    while any(folded(join(join(target.directory, word), name)) in held for name in target.names):
        number += 1
        word = f"{last}_{number}"
    directory = join(target.directory, word)
    names, number = [f"{last}_{_base(name)}" for name in target.names], 1
    while any(folded(join(target.directory, name)) in held for name in names):
        number += 1
        names = [f"{last}_{number}_{_base(name)}" for name in target.names]
    return f"directory = {_quoted(directory)}", f"outputs = [{', '.join(map(_quoted, names))}]"


def _base(name: str) -> str:
    return name.replace("/", "_")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _output_on_input(output: Claim, read: Claim) -> Diagnostic:
    if read.role == "spec":
        what = f"the output `{output.path}` of `{output.target.id}` is the spec `{read.target.id}` itself"
        hint = "choose another directory or another name for the output"
    elif output.target is read.target:
        what = f"`{read.target.id}` both builds `{output.path}` and reads it, by {read.role}"
        hint = f"take it out of {read.role}, or choose another name for the output"
    else:
        what = f"`{read.target.id}` reads `{read.path}` by {read.role}, but `{output.target.id}` builds it"
        hint = f'need the spec that builds it: needs = ["{output.target.id}"]'
    why = "a file is a source or an output, never both"
    return Diagnostic(
        "SB311", what, read.place if read.role != "spec" else output.place, why, hint, _other(output, read)
    )


def _other(output: Claim, read: Claim) -> tuple[Place, ...]:
    return (read.place,) if read.role == "spec" else (output.place,)


def _output_is_folder(output: Claim, inside: Claim) -> Diagnostic:
    what = f"the output `{output.path}` of `{output.target.id}` would have to be the folder of `{inside.path}`"
    why = "one path can't be a file and a folder"
    return Diagnostic("SB312", what, output.place, why, "choose another name for one of the two", (inside.place,))
