"""`init` in a repository that exists: it finds out language and folders, and asks nothing."""

import io
import subprocess

import pytest

from tests.scene import Project


@pytest.fixture
def repository(project: Project) -> Project:
    (project.root / "specbuild.toml").unlink()
    subprocess.run(["git", "init", "-q"], cwd=project.root, check=True)
    return project


def test_language_and_folders_are_found_out_and_a_new_spec_has_them(repository: Project) -> None:
    repository.write("Cargo.toml", '[package]\nname = "x"\n')
    repository.write("src/main.rs", "fn main() {}\n")
    told = repository.run("init")
    assert told.code == 0 and "found: rust (Cargo.toml), code in src/\n" in told.err
    assert repository.run("new", "sort", "--description", "Sort").code == 0
    written = repository.read("specs/sort.toml")
    assert 'language = "rust"' in written and '# directory = "src"' in written
    assert repository.run("new", "page", "--description", "A page", "--language", "html").code == 0
    assert 'language = "html"' in repository.read("specs/page.toml")
    near, far = (repository.run("new", "x", "--description", "X", "--language", one).err for one in ("rsut", "klingon"))
    assert "hint: did you mean `rust`? Otherwise say it with --extension\n" in near
    assert "hint: say it with --extension\n" in far, "not all of some ninety names"
    assert repository.run("lint").code == 0


def test_a_spec_that_is_there_is_told_before_a_description_is_missed(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    path = project.spec("tools/sort")
    before = path.read_bytes()
    for name in ("tools/sort", "tools/sort.toml"):
        ran = project.run("new", name)
        assert ran.code == 2 and "specs/tools/sort.toml: error SB907" in ran.err and "--description" not in ran.err
    assert path.read_bytes() == before
    assert "SB906" in project.run("new", "../sort").err
    ran = project.run("new", "tools/other")
    assert ran.code == 2 and "--description is missing" in ran.err, "the control"


def test_an_output_folder_is_one_that_git_sees_and_nobody_uses(repository: Project) -> None:
    repository.write("pyproject.toml", '[project]\nname = "x"\nversion = "1"\n')
    repository.write(".gitignore", "build/\n")
    told = repository.run("init")
    assert "attention" not in told.err, told.err
    assert 'outputs = "generated"\n' in repository.read("pyproject.toml")
    assert (repository.root / "generated" / "AGENTS.md").exists() and not (repository.root / "build").exists()


def test_without_that_rule_the_usual_folders_are_taken(repository: Project) -> None:
    assert repository.run("init").code == 0
    assert "outputs" not in repository.read("specbuild.toml") and "specs =" not in repository.read("specbuild.toml")


def test_requirement_files_that_are_there_are_the_specs(repository: Project) -> None:
    sample = '[file]\nname = "a"\nlanguage = "python"\ndescription = "A"\n[project]\nrequirements = "A"\n'
    repository.write("wishes/a.toml", sample)
    repository.write("specs/openapi.toml", "[servers]\n")
    assert repository.run("init").code == 0
    assert 'specs = "wishes"\n' in repository.read("specbuild.toml")
    assert repository.run("status").out.startswith("call  a ")


def test_a_folder_of_other_toml_is_not_taken_for_specs(repository: Project) -> None:
    repository.write("specs/openapi.toml", "[servers]\n")
    assert repository.run("init").code == 0
    assert 'specs = "requirements"\n' in repository.read("specbuild.toml")
