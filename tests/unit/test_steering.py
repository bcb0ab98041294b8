"""Each row of the table catches its own file, and only with a reason."""

import pytest

from specbuild.steering import STEERING, SteeringRow, steering_row

TABLE = """
specbuild.lock: specbuild, in the project whose lock it is
specbuild.toml: specbuild
dodo.py: doit, which runs it
pyproject.toml: Python's build and check tools, and specbuild
setup.py: pip, which runs it
setup.cfg: Python's build and check tools
conftest.py: pytest, which runs it before any test
pytest.ini: pytest
.pytest.ini: pytest
tox.ini: tox and pytest
noxfile.py: nox, which runs it
/tasks.py: invoke, in the project's root, which runs it
sitecustomize.py: every Python that starts there
usercustomize.py: every Python that starts there
*.pth: every Python that starts with the folder as a site folder
.pdbrc: Python's debugger
mypy.ini: mypy, which loads the plug-ins that it names
.mypy.ini: mypy, which loads the plug-ins that it names
.pylintrc: pylint, which runs its init-hook
pylintrc: pylint, which runs its init-hook
ruff.toml: ruff
.ruff.toml: ruff
.flake8: flake8
pip.conf: pip, which installs from where it says
uv.toml: uv, which installs from where it says
.venv/: whoever starts the project's Python
package.json: npm, which runs its install scripts
.npmrc: npm, which installs from where it says
.yarnrc: yarn
.yarnrc.yml: yarn, which loads the plug-ins that it names
.pnpmfile.cjs: pnpm, which runs it
node_modules/: node, which prefers what lies there
build.rs: cargo, which runs it before it compiles
.cargo/: cargo, which runs the programs that it names
/makefile: make, in the project's root; elsewhere it is an ordinary output
/gnumakefile: make, in the project's root, before any Makefile
/justfile: just, in the project's root
/dockerfile: docker build, in the project's root; elsewhere it is an ordinary output
.github/: GitHub, which runs its workflows
.gitlab-ci.yml: GitLab, which runs it
.gitlab/: GitLab
.circleci/: CircleCI, which runs it
.ci/: this family's CI, which runs it
.travis.yml: Travis CI, which runs it
jenkinsfile: Jenkins, which runs it
azure-pipelines.yml: Azure Pipelines, which runs it
.pre-commit-config.yaml: pre-commit, which runs the hooks that it names
.pre-commit-hooks.yaml: pre-commit in other projects, which runs the hooks that it names
.husky/: git, through husky's hooks
.githooks/: git, where core.hooksPath names it
lefthook.yml: lefthook, which runs the hooks that it names
.gitattributes: git, which filters and merges as it says
.gitmodules: git, which fetches from where it says (CVE-2018-11235)
.gitignore: git, which then hides files from the reader
.mailmap: git
.vscode/: Visual Studio Code, which runs its tasks
*.code-workspace: Visual Studio Code
.devcontainer/: development containers, which run its commands
.idea/: the JetBrains editors
.zed/: the Zed editor
.vim/: vim
.exrc: vim and ex, which run it
.nvim.lua: Neovim, which runs it
.dir-locals.el: Emacs
.editorconfig: most editors
.envrc: direnv, which runs it
.env: programs that read their environment from it
.env.*: programs that read their environment from it
mise.toml: mise, which sets the environment and the tools
.mise.toml: mise, which sets the environment and the tools
.tool-versions: asdf and mise
claude.md: coding assistants, as instructions
claude.local.md: coding assistants, as instructions
agents.md: coding assistants, as instructions
gemini.md: coding assistants, as instructions
skill.md: coding assistants, as instructions
.cursorrules: coding assistants, as instructions
.windsurfrules: coding assistants, as instructions
.clinerules: coding assistants, as instructions
.mcp.json: coding assistants, which start the servers that it names
.aider*: a coding assistant
.claude/: a coding assistant, which runs its hooks
.codex/: a coding assistant
.cursor/: a coding assistant
.gemini/: a coding assistant
.windsurf/: a coding assistant
.continue/: a coding assistant
"""
"""Every row once more: one that is lost would be noticed by nobody else."""


def test_the_table_is_whole_and_in_order() -> None:
    assert [f"{row.name}: {row.reader}" for row in STEERING] == TABLE.strip().split("\n")
    assert isinstance(STEERING, tuple) and all(isinstance(row, SteeringRow) for row in STEERING)


def test_every_row_catches_a_file_of_its_name() -> None:
    for row in STEERING:
        path = row.name.removeprefix("/").replace("*", "x")
        assert steering_row(path + "x" if path.endswith("/") else path) == row


def test_a_row_from_the_root_holds_at_the_root_only() -> None:
    for row in STEERING:
        if row.name.startswith("/"):
            assert steering_row("sub" + row.name) is None
        else:
            assert steering_row("sub/deep/" + row.name.replace("*", "x").rstrip("/")) == row


def test_every_row_is_folded_once_and_says_who_reads_it() -> None:
    names = [row.name for row in STEERING]
    assert len(set(names)) == len(names)
    for row in STEERING:
        assert row.name == row.name.casefold() and row.reader and not row.reader.endswith(".")


def test_a_folder_that_steers_covers_all_that_lies_in_it() -> None:
    assert steering_row("a/.github/b/c.py") is not None
    assert steering_row("a/github/b/c.py") is None


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (".github/conftest.py", "conftest.py"),
        (".idea/.github/x", ".idea/"),
        (".vscode/.idea/x.pth", ".vscode/"),
        (".env.pth", "*.pth"),
        (".env.", ".env.*"),
        (".aider", ".aider*"),
        (".github", ".github/"),
        ("a/.venv", ".venv/"),
        ("tasks.py", "/tasks.py"),
    ],
)
def test_of_several_rows_the_nearest_one_is_named(path: str, name: str) -> None:
    row = steering_row(path)
    assert row is not None and row.name == name


@pytest.mark.parametrize(
    "path", ["a.py", "env.x", "sub/tasks.py", "conftest.py/x", "xconftest.py", "x.pth/y", "", "Makefile"]
)
def test_an_ordinary_file_falls_under_no_row(path: str) -> None:
    assert steering_row(path) is None


@pytest.mark.parametrize(
    ("pattern", "path", "allowed"),
    [
        ("conftest.py", "conftest.py", True),
        ("conftest.py", "a/conftest.py", False),
        ("CONFTEST.py", "conftest.py", False),
        ("**/conftest.py", "conftest.py", True),
        ("**/conftest.py", "a/b/conftest.py", True),
        ("**/conftest.py", "a/x.pth", False),
        ("a/**/b/**/conftest.py", "a/b/c/b/conftest.py", True),
        ("a/**/b/**/conftest.py", "a/c/conftest.py", False),
        ("*/conftest.py", "a/conftest.py", True),
        ("*/conftest.py", "conftest.py", False),
        ("*/conftest.py", "a/b/conftest.py", False),
        ("a**/conftest.py", "ab/conftest.py", True),
        ("a**/conftest.py", "a/b/conftest.py", False),
        (".github/**", ".github/workflows/x.yml", True),
        (".github/**", ".github", True),
        (".github/**", "a/.github/x", False),
        (".github/*", ".github/x", True),
        (".github/*", ".github/workflows/x.yml", False),
        ("a/.en?", "a/.env", True),
        ("?/.env", "aa/.env", False),
        ("a/.env?", "a/.env", False),
        ("a/.env*", "a/.env", True),
        ("c*t*.p*", "conftest.py", True),
        ("c*x*.p*", "conftest.py", False),
        ("[c]onftest.py", "conftest.py", False),
        ("**", "a/conftest.py", True),
        ("", "conftest.py", False),
    ],
)
def test_a_pattern_allows_what_it_matches_whole(pattern: str, path: str, allowed: bool) -> None:
    assert steering_row(path) is not None
    assert (steering_row(path, allow=["other.py", pattern]) is None) == allowed


def test_a_hostile_pattern_is_matched_in_time() -> None:
    hostile = ["*a" * 100 + "b", "**/a" * 60 + "/x", "**/a/" * 60 + "**/x"]
    assert steering_row("a" * 200 + "/.env", allow=["*a" * 100 + "b/.env", *hostile]) is not None
    assert steering_row("a/" * 200 + ".env", allow=hostile) is not None
