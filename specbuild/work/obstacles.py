"""What a repository does to outputs and records behind our back: hooks that rewrite them, ignore rules that hide them;
and the line that mends it. Reads the pre-commit configuration as text and asks git what it ignores; runs nothing else.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from specbuild.configuration import ProjectConfiguration
from specbuild.diagnostic import Diagnostic
from specbuild.disk.files import ProjectFiles
from specbuild.disk.git import ignoring_rule, is_repository, refusal
from specbuild.hooks import CONFIGURATION, REWRITERS, Guarded, exclusion, rewriting_hooks
from specbuild.languages import language_of_path
from specbuild.target import Target
from specbuild.work.load import configuration_of

MOST_OUTPUTS = 1000
"""So many outputs are held against the hooks, at most."""
IGNORE = ".gitignore"
GIT = "git"
_OURS = "specbuild"
_SHOWN = 5


class Obstacle(NamedTuple):
    """`what` stands in the way `where`, and what `mends` it; `grave`: without that, records are damaged or lost."""

    where: str
    what: str
    mends: str
    grave: bool = False


def obstacles_at(root: Path) -> tuple[Obstacle, ...]:
    """Return what is in the way of a project that was just made at `root`."""
    configuration, _ = configuration_of(ProjectFiles(root))
    return obstacles(root, configuration)


def obstacles(root: Path, configuration: ProjectConfiguration, targets: Iterable[Target] = ()) -> tuple[Obstacle, ...]:
    """Return what is in the way of the project at `root`; without `targets`, of those that it might get."""
    return (*_hooks(root, configuration, tuple(targets)), *_hidden(root, configuration))


def _hooks(root: Path, configuration: ProjectConfiguration, targets: tuple[Target, ...]) -> list[Obstacle]:
    text = ProjectFiles(root).text(CONFIGURATION)
    if isinstance(text, Diagnostic):
        return []
    replies = f"{configuration.cache}/replies"
    ours = [Guarded(f"{replies}/00/x.json", _OURS), Guarded("specbuild.lock", _OURS)]
    hooks = rewriting_hooks(text, [*_outputs(configuration, targets), *ours])
    if not hooks:
        return []
    paths = sorted({path for one in hooks for path in one.paths})
    grave = any(one.path in paths for one in ours)
    folders = [configuration.outputs, replies]
    shown = sorted({next((f"{one}/" for one in folders if path.startswith(f"{one}/")), path) for path in paths})
    names = ", ".join(f"{one.id} (line {one.line})" for one in hooks)
    what = f"{names} may rewrite {', '.join(shown[:_SHOWN])}{' and more' if len(shown) > _SHOWN else ''}"
    return [Obstacle(CONFIGURATION, what, exclusion(text, paths, folders=folders), grave)]


def _outputs(configuration: ProjectConfiguration, targets: tuple[Target, ...]) -> list[Guarded]:
    """Return the outputs of `targets`, else made-up ones of every suffix that a hook rewrites."""
    if targets:
        return [Guarded(path, _formatter(one, path)) for one in targets for path in one.outputs][:MOST_OUTPUTS]
    suffixes = {suffix for one in REWRITERS.values() for suffix in one.suffixes or (".txt",)}
    return [Guarded(f"{configuration.outputs}/x{one}") for one in sorted(suffixes) if configuration.outputs != "."]


def _formatter(target: Target, path: str) -> str:
    """Return the name of the formatter that lays out the output at `path`, as the hooks that run it are called."""
    argv = target.spec.texts("build.format")
    if not argv or language_of_path(path, target.language) != target.language:
        return ""
    if argv[0].startswith("python") and argv[1:2] == ("-m",):
        argv = argv[2:]
    return f"{argv[0]} check" if argv[:2] == ("ruff", "check") else argv[0] if argv else ""


def _hidden(root: Path, configuration: ProjectConfiguration) -> list[Obstacle]:
    if not is_repository(root):
        return []
    why, advice = refusal(root)
    if why:  # it would say of nothing that it is ignored
        return [Obstacle(GIT, why, advice, grave=True)]
    cache, outputs = configuration.cache, configuration.outputs
    replies = f"{cache}/replies"
    found = []
    if ignoring_rule(root, f"{cache}/local/x") is None:
        found.append(Obstacle(IGNORE, f"{cache}/local/ is not ignored", "specbuild init", grave=True))
    for path, below, lost in (
        (f"{replies}/00/x.json", replies, f"{replies}/ is ignored: clones would have to pay again"),
        ("specbuild.lock", "", "specbuild.lock is ignored: clones would not know what was built"),
    ):
        mends = _shown_again(root, path, below)
        if mends:
            found.append(Obstacle(IGNORE, lost, mends, grave=True))
    mends = _shown_again(root, f"{outputs}/x.py", outputs) if outputs != "." else ""
    if mends:
        what = f"{outputs}/ is ignored: " + (
            "but commit_outputs says that outputs are committed"
            if configuration.commit_outputs
            else "each clone builds its outputs, and no review shows them"
        )
        found.append(Obstacle(IGNORE, what, mends, grave=configuration.commit_outputs))
    return found


def _shown_again(root: Path, path: str, below: str = "") -> str:
    """Return what makes git see `path`, as all that lies `below`; "" if git does not ignore it.

    What lies in an ignored folder can't be shown again by itself: the line is about the uppermost ignored folder.
    """
    parts = path.split("/")
    for depth in range(1, len(parts) + 1):
        upper = "/".join(parts[:depth]) + ("/" if depth < len(parts) else "")
        rule = ignoring_rule(root, upper)
        if rule is None:
            continue
        if "/" in rule.source and not rule.source.startswith((".git/", "/")):
            return f"take the rule `{rule.pattern}` out of {rule.source}:{rule.line}"
        again = f"{below}/**" if below and depth == len(parts) else upper
        return f"add the line `!/{again}` to {IGNORE}, below the rule `{rule.pattern}` ({rule.source}:{rule.line})"
    return ""
