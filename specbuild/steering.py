"""The files that steer tools: what an editor, a test runner, git, CI or an assistant obeys without being asked.

In goes a folded path; out comes the row of `STEERING` that it falls under. A program that a person starts by its name
is no such file, so most generated code is none; a file is in the table if opening, entering, testing, installing or
committing obeys it.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple


class SteeringRow(NamedTuple):
    """`name` (folded; `*` stands for anything) of a file, or with a final `/` of a folder, that `reader` obeys unasked.

    A row holds at any depth; with a leading `/` only for the whole path, from the project's root.
    """

    name: str
    reader: str


def steering_row(path: str, *, allow: Sequence[str] = ()) -> SteeringRow | None:
    """Return the row that the folded project-relative `path` falls under, or None if there is none or `allow` has it.

    The patterns of `allow` are folded too: `*` and `?` match within one component, `**` any number of components.
    """
    components = path.split("/")
    row = _literal_row(path, components) or _pattern_row(components[-1])
    if row is None or any(_matches(pattern.split("/"), components, "**", _component_matches) for pattern in allow):
        return None
    return row


STEERING: tuple[SteeringRow, ...] = (
    SteeringRow("specbuild.lock", "specbuild, in the project whose lock it is"),
    SteeringRow("specbuild.toml", "specbuild"),
    SteeringRow("dodo.py", "doit, which runs it"),
    SteeringRow("pyproject.toml", "Python's build and check tools, and specbuild"),
    SteeringRow("setup.py", "pip, which runs it"),
    SteeringRow("setup.cfg", "Python's build and check tools"),
    SteeringRow("conftest.py", "pytest, which runs it before any test"),
    SteeringRow("pytest.ini", "pytest"),
    SteeringRow(".pytest.ini", "pytest"),
    SteeringRow("tox.ini", "tox and pytest"),
    SteeringRow("noxfile.py", "nox, which runs it"),
    SteeringRow("/tasks.py", "invoke, in the project's root, which runs it"),
    SteeringRow("sitecustomize.py", "every Python that starts there"),
    SteeringRow("usercustomize.py", "every Python that starts there"),
    SteeringRow("*.pth", "every Python that starts with the folder as a site folder"),
    SteeringRow(".pdbrc", "Python's debugger"),
    SteeringRow("mypy.ini", "mypy, which loads the plug-ins that it names"),
    SteeringRow(".mypy.ini", "mypy, which loads the plug-ins that it names"),
    SteeringRow(".pylintrc", "pylint, which runs its init-hook"),
    SteeringRow("pylintrc", "pylint, which runs its init-hook"),
    SteeringRow("ruff.toml", "ruff"),
    SteeringRow(".ruff.toml", "ruff"),
    SteeringRow(".flake8", "flake8"),
    SteeringRow("pip.conf", "pip, which installs from where it says"),
    SteeringRow("uv.toml", "uv, which installs from where it says"),
    SteeringRow(".venv/", "whoever starts the project's Python"),
    SteeringRow("package.json", "npm, which runs its install scripts"),
    SteeringRow(".npmrc", "npm, which installs from where it says"),
    SteeringRow(".yarnrc", "yarn"),
    SteeringRow(".yarnrc.yml", "yarn, which loads the plug-ins that it names"),
    SteeringRow(".pnpmfile.cjs", "pnpm, which runs it"),
    SteeringRow("node_modules/", "node, which prefers what lies there"),
    SteeringRow("build.rs", "cargo, which runs it before it compiles"),
    SteeringRow(".cargo/", "cargo, which runs the programs that it names"),
    SteeringRow("/makefile", "make, in the project's root; elsewhere it is an ordinary output"),
    SteeringRow("/gnumakefile", "make, in the project's root, before any Makefile"),
    SteeringRow("/justfile", "just, in the project's root"),
    SteeringRow("/dockerfile", "docker build, in the project's root; elsewhere it is an ordinary output"),
    SteeringRow(".github/", "GitHub, which runs its workflows"),
    SteeringRow(".gitlab-ci.yml", "GitLab, which runs it"),
    SteeringRow(".gitlab/", "GitLab"),
    SteeringRow(".circleci/", "CircleCI, which runs it"),
    SteeringRow(".ci/", "this family's CI, which runs it"),
    SteeringRow(".travis.yml", "Travis CI, which runs it"),
    SteeringRow("jenkinsfile", "Jenkins, which runs it"),
    SteeringRow("azure-pipelines.yml", "Azure Pipelines, which runs it"),
    SteeringRow(".pre-commit-config.yaml", "pre-commit, which runs the hooks that it names"),
    SteeringRow(".pre-commit-hooks.yaml", "pre-commit in other projects, which runs the hooks that it names"),
    SteeringRow(".husky/", "git, through husky's hooks"),
    SteeringRow(".githooks/", "git, where core.hooksPath names it"),
    SteeringRow("lefthook.yml", "lefthook, which runs the hooks that it names"),
    SteeringRow(".gitattributes", "git, which filters and merges as it says"),
    SteeringRow(".gitmodules", "git, which fetches from where it says (CVE-2018-11235)"),
    SteeringRow(".gitignore", "git, which then hides files from the reader"),
    SteeringRow(".mailmap", "git"),
    SteeringRow(".vscode/", "Visual Studio Code, which runs its tasks"),
    SteeringRow("*.code-workspace", "Visual Studio Code"),
    SteeringRow(".devcontainer/", "development containers, which run its commands"),
    SteeringRow(".idea/", "the JetBrains editors"),
    SteeringRow(".zed/", "the Zed editor"),
    SteeringRow(".vim/", "vim"),
    SteeringRow(".exrc", "vim and ex, which run it"),
    SteeringRow(".nvim.lua", "Neovim, which runs it"),
    SteeringRow(".dir-locals.el", "Emacs"),
    SteeringRow(".editorconfig", "most editors"),
    SteeringRow(".envrc", "direnv, which runs it"),
    SteeringRow(".env", "programs that read their environment from it"),
    SteeringRow(".env.*", "programs that read their environment from it"),
    SteeringRow("mise.toml", "mise, which sets the environment and the tools"),
    SteeringRow(".mise.toml", "mise, which sets the environment and the tools"),
    SteeringRow(".tool-versions", "asdf and mise"),
    SteeringRow("claude.md", "coding assistants, as instructions"),
    SteeringRow("claude.local.md", "coding assistants, as instructions"),
    SteeringRow("agents.md", "coding assistants, as instructions"),
    SteeringRow("gemini.md", "coding assistants, as instructions"),
    SteeringRow("skill.md", "coding assistants, as instructions"),
    SteeringRow(".cursorrules", "coding assistants, as instructions"),
    SteeringRow(".windsurfrules", "coding assistants, as instructions"),
    SteeringRow(".clinerules", "coding assistants, as instructions"),
    SteeringRow(".mcp.json", "coding assistants, which start the servers that it names"),
    SteeringRow(".aider*", "a coding assistant"),
    SteeringRow(".claude/", "a coding assistant, which runs its hooks"),
    SteeringRow(".codex/", "a coding assistant"),
    SteeringRow(".cursor/", "a coding assistant"),
    SteeringRow(".gemini/", "a coding assistant"),
    SteeringRow(".windsurf/", "a coding assistant"),
    SteeringRow(".continue/", "a coding assistant"),
)


# Each output of each spec is looked up: a table of names, and only the few rows with a star are compared one by one.
_LITERALS = {row.name: row for row in STEERING if "*" not in row.name}
_PATTERNS = tuple(row for row in STEERING if "*" in row.name)


def _literal_row(path: str, components: Sequence[str]) -> SteeringRow | None:
    whole_or_last = _LITERALS.get("/" + path) or _LITERALS.get(components[-1])
    return whole_or_last or next((_LITERALS[one + "/"] for one in components if one + "/" in _LITERALS), None)


def _pattern_row(name: str) -> SteeringRow | None:
    return next((row for row in _PATTERNS if _component_matches(row.name, name)), None)


def _component_matches(pattern: str, component: str) -> bool:
    return _matches(pattern, component, "*", lambda wanted, given: wanted in ("?", given))


def _matches(pattern: Sequence[str], given: Sequence[str], star: str, same: Callable[[str, str], bool]) -> bool:
    """Whether `given` fits `pattern`, where `star` is any run. Goes back to the last star only: never exponential."""
    at = place = 0
    star_at, star_place = -1, 0
    while place < len(given):
        if at < len(pattern) and pattern[at] == star:
            star_at, star_place = at, place
            at += 1
        elif at < len(pattern) and same(pattern[at], given[place]):
            at, place = at + 1, place + 1
        elif star_at >= 0:
            star_place += 1
            at, place = star_at + 1, star_place
        else:
            return False
    return all(one == star for one in pattern[at:])
