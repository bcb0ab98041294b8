"""One change among many targets: only what it touches is looked at, and that changes no answer, only the time.

What a clone keeps for that (the index, the specs as parsed, the hash of its lock) is put away for each comparison.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from specbuild.disk import lock_file
from specbuild.work import spec_memo
from specbuild.work.walk import Walk
from tests.scene import Project, Server

KEPT = ("index", "specs", "lock-written")
TEMPLATE = "Write {{ target.names[0] }}.\n"


@pytest.fixture
def project(tmp_path: Path, server: Server) -> Project:
    """A chain of three needs, one that runs its need, context, a needed file, and some that have nothing to do with
    it."""
    project = Project(tmp_path / "project", server)
    project.write("specbuild.toml", 'edition = 1\nmodel = "m"\n')
    project.write("docs/format.md", "A format.\n")
    project.write("src/util.py", "def helper(): ...\n")
    project.spec("lexer")
    project.spec("parser", needs=["lexer"])
    project.spec("compiler", needs=["parser"], context=["docs/format.md"])
    project.spec("tool", needs=["src/util.py"])
    for name in ("one", "two", "deep/three"):
        project.spec(name)
    project.build()
    settle(project)
    return project


def settle(project: Project) -> None:
    """Build until all that was written is older than the clock of the index."""
    local = project.root / "cache/local"
    for _ in range(100):
        project.build()
        if all((local / name).exists() for name in KEPT) and not stepped(project, "check"):
            return
    raise AssertionError("nothing ever stands")


def stepped(project: Project, *command: str) -> list[str]:
    """Run a command; return the targets that were decided anew."""
    ids: list[str] = []
    step = Walk.step

    def noted(self: Walk, target_id: str, *, look_ahead: bool = False) -> object:
        ids.append(target_id)
        return step(self, target_id, look_ahead=look_ahead)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Walk, "step", noted)
        project.run(*command)
    return sorted(set(ids))


def without_kept(project: Project) -> Iterator[Project]:
    """Yield the project with what is kept put away, and put it back."""
    local = project.root / "cache/local"
    here = [name for name in KEPT if (local / name).exists()]
    for name in here:
        (local / name).rename(local / f"{name}-away")
    lock_file._last.clear()
    yield project
    for name in here:
        (local / f"{name}-away").rename(local / name)
    lock_file._last.clear()


Deed = Callable[[Project], None]


def a_spec(project: Project) -> None:
    project.change("specs/one.toml", "a line", "a word")


def a_need(project: Project) -> None:
    project.change("specs/lexer.toml", "a line", "a word")


def context(project: Project) -> None:
    project.write("docs/format.md", "B format.\n")


def a_needed_file(project: Project) -> None:
    project.write("src/util.py", "def helper(more): ...\n")


def configuration(project: Project) -> None:
    project.write("specbuild.toml", 'edition = 1\nmodel = "n"\n')


def an_edit(project: Project) -> None:
    project.write("build/lexer.py", "mine = 1\n")


def an_output_gone(project: Project) -> None:
    (project.root / "build/deep/three.py").unlink()


def an_output_executable(project: Project) -> None:
    (project.root / "build/two.py").chmod(0o755)


def a_spec_gone(project: Project) -> None:
    (project.root / "specs/two.toml").unlink()


def a_spec_moved(project: Project) -> None:
    (project.root / "specs/two.toml").rename(project.root / "specs/second.toml")


def a_new_spec(project: Project) -> None:
    project.spec("four", needs=["compiler"])


def a_spec_that_claims_another_ones_output(project: Project) -> None:
    project.spec("other", outputs=["one.py"], directory="build")


def a_needed_file_became_a_spec(project: Project) -> None:
    project.spec("src/util.py")


def a_broken_spec(project: Project) -> None:
    project.write("specs/one.toml", "[file]\nname = ")


def a_spec_with_a_warning(project: Project) -> None:
    project.change("specs/one.toml", 'name = "one"', 'name = "one"\nnamee = "x"')


def a_specs_folder_that_is_a_link(project: Project) -> None:
    (project.root / "specs/deep").rename(project.root / "elsewhere")
    (project.root / "specs/deep").symlink_to("../elsewhere")


def a_lock_of_a_merge(project: Project) -> None:
    project.write("specbuild.lock", project.read("specbuild.lock").replace('"model": "m"', '"model": "w"', 1))


def an_entry_gone_from_the_lock(project: Project) -> None:
    text = project.read("specbuild.lock")
    start = text.index('  "one": {')
    project.write("specbuild.lock", text[:start] + text[text.index('  "parser": {') :])


DEEDS = (
    a_spec, a_need, context, a_needed_file, configuration, an_edit, an_output_gone, an_output_executable, a_spec_gone,
    a_spec_moved, a_new_spec, a_spec_that_claims_another_ones_output, a_needed_file_became_a_spec, a_broken_spec,
    a_spec_with_a_warning, a_specs_folder_that_is_a_link, a_lock_of_a_merge, an_entry_gone_from_the_lock,
)  # fmt: skip
READING = (["plan", "--json"], ["status", "--json"], ["check", "--json"], ["why"], ["plan", "one", "compiler"])


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.__name__)
def test_what_is_kept_changes_no_answer_and_no_byte(project: Project, tmp_path: Path, deed: Deed) -> None:
    before = [tuple(project.run(*command)) for command in READING]
    deed(project)
    said = [tuple(project.run(*command)) for command in READING]
    for bare in without_kept(project):
        assert [tuple(bare.run(*command)) for command in READING] == said
    assert said != before  # the control: the deed is one that is to be told

    # The same build in a copy that keeps nothing: what lies in a copied local folder is not believed.
    copy = Project(tmp_path / "copy", project.server)
    shutil.copytree(project.root, copy.root, dirs_exist_ok=True, symlinks=True)
    here, there = project.run("build"), copy.run("build")
    assert here.code == there.code
    assert files(project) == files(copy)


def files(project: Project) -> dict[str, bytes]:
    """Return every file that is committed or built."""
    return {
        str(path.relative_to(project.root)): path.read_bytes()
        for path in sorted(project.root.rglob("*"))
        if path.is_file() and "local" not in path.relative_to(project.root).parts
    }


def test_only_what_a_change_touches_is_decided_anew(project: Project) -> None:
    a_spec(project)
    assert stepped(project, "check") == ["one"]
    context(project)
    assert stepped(project, "check") == ["compiler", "lexer", "one", "parser"]  # with all that it needs
    for bare in without_kept(project):
        assert len(stepped(bare, "check")) == 7  # the control


def test_after_a_build_of_one_change_the_others_stand_again(project: Project) -> None:
    a_spec(project)
    assert stepped(project, "build") == ["one"]
    settle(project)
    a_need(project)
    assert stepped(project, "build") == ["compiler", "lexer", "parser"]


def test_a_wish_is_asked_of_every_target(project: Project) -> None:
    assert len(stepped(project, "build", "--dry-run", "--model", "other", "--repin")) == 7
    assert stepped(project, "build", "--dry-run") == []


def test_only_specs_that_are_new_are_parsed(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []

    def noted(raw: bytes, path: str, spec_id: str) -> object:
        parsed.append(path)
        return read_spec(raw, path, spec_id)

    read_spec = spec_memo.read_spec
    monkeypatch.setattr(spec_memo, "read_spec", noted)
    a_spec(project)
    project.build()
    assert parsed == ["specs/one.toml"]
    parsed.clear()
    project.change("specs/one.toml", "a word", "a line")  # as it was two builds ago
    project.run("check")
    assert parsed == []
    (project.root / "cache/local/specs").unlink()
    project.run("check")
    assert len(parsed) == 7  # the control


@pytest.mark.parametrize("damage", ["cut", "bit", "basis"])
def test_damaged_parsed_specs_are_parsed_again(project: Project, damage: str) -> None:
    before = tuple(project.run("plan", "--json"))
    file = project.root / "cache/local/specs"
    content = file.read_bytes()
    if damage == "cut":
        file.write_bytes(content[: len(content) // 2])
    elif damage == "bit":
        file.write_bytes(content.replace(b"a line", b"a lime"))
    else:
        file.write_bytes(content.replace(b"specbuild specs 1 ", b"specbuild specs 1 0"))
    assert tuple(project.run("plan", "--json")) == before
    assert file.read_bytes() != content
