"""Specs in an editor: the servers behind editors accept good files by our schemas and refuse bad ones, offline."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from specbuild.work.editors import lay_schemas
from tests.scene import Project

BIN = Path(sys.executable).parent
SAMPLES = Path(__file__).parent.parent / "specs"
LINTERS = {"taplo": ["taplo", "lint"], "tombi": ["tombi", "lint", "--offline", "--no-cache"]}
VALID = sorted((SAMPLES / "valid").glob("*.toml"))
INVALID = sorted((SAMPLES / "invalid").glob("*.toml"))


def lint(linter: str, root: Path, *paths: str) -> tuple[int, str]:
    """Lint files of a project; nothing outside can be reached, so no schema of the network is ever asked for."""
    apart = ["unshare", "--net"] if os.getuid() == 0 else ["unshare", "--map-root-user", "--net"]
    command = [*apart, str(BIN / LINTERS[linter][0]), *LINTERS[linter][1:], *paths]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("linter", LINTERS)
def test_the_line_in_a_spec_makes_editors_accept_good_samples_and_refuse_bad_ones(linter: str, tmp_path: Path) -> None:
    lay_schemas(tmp_path)
    for path in (*VALID, *INVALID):
        file = tmp_path / "specs" / path.parent.name / path.name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"#:schema ../../.specbuild/spec.schema.json\n" + path.read_bytes())
    code, told = lint(linter, tmp_path, *(f"specs/valid/{path.name}" for path in VALID))
    assert code == 0, told
    assert [path.name for path in INVALID if lint(linter, tmp_path, f"specs/invalid/{path.name}")[0] != 1] == []
    # The control: without its line a spec that is TOML is nobody's business.
    (tmp_path / "plain.toml").write_bytes((SAMPLES / "invalid" / "misspelt.toml").read_bytes())
    assert lint(linter, tmp_path, "plain.toml")[0] == 0


@pytest.mark.parametrize("linter", LINTERS)
def test_what_init_and_new_write_is_known_to_editors(linter: str, project: Project) -> None:
    (project.root / "specbuild.toml").unlink()
    project.write("pyproject.toml", '[project]\nname = "x"\nversion = "1"\n')
    assert project.run("init", "--editor").code == 0
    assert project.run("new", "tools/sort", "--description", "Sort").code == 0
    written = project.read("specs/tools/sort.toml")
    assert written.startswith("#:schema ../../.specbuild/spec.schema.json\n[file]\n")
    project.write("specs/plain.toml", written.partition("\n")[2])  # by the settings alone
    paths = ("specs/tools/sort.toml", "specs/plain.toml", "pyproject.toml")
    code, told = lint(linter, project.root, *paths)
    assert code == 0, told
    project.change("pyproject.toml", "edition", "editoin")
    for path in paths[:2]:
        project.change(path, "language", "langauge")
    assert [path for path in paths if lint(linter, project.root, path)[0] == 0] == []
    (project.root / ".taplo.toml").unlink()
    (project.root / "tombi.toml").unlink()
    assert lint(linter, project.root, "specs/plain.toml")[0] == 0, "the control: it was the settings that told"


def test_settings_are_written_where_vscode_is_used_and_never_over_a_persons(project: Project) -> None:
    assert project.run("init").code == 0
    assert not (project.root / ".taplo.toml").exists() and not (project.root / "tombi.toml").exists()
    project.write(".vscode/settings.json", "{}\n")
    project.write("taplo.toml", "# mine\n")
    told = project.run("init")
    assert told.code == 0 and "taplo.toml: kept as it is" in told.err and "tombi.toml: made" in told.err
    assert project.read("taplo.toml") == "# mine\n" and not (project.root / ".taplo.toml").exists()
    assert project.read(".vscode/settings.json") == "{}\n"


def test_specbuild_toml_names_its_schema_and_old_schemas_are_renewed_on_request(project: Project) -> None:
    (project.root / "specbuild.toml").unlink()
    project.run("init")
    assert project.read("specbuild.toml").startswith("#:schema .specbuild/specbuild.schema.json\nedition = 1\n")
    path = ".specbuild/spec.schema.json"
    wanted = project.read(path)
    project.write(path, "{}\n")
    project.run("init")
    assert project.read(path) == "{}\n"
    assert project.run("schema", "--write").code == 0
    assert project.read(path) == wanted == project.run("schema", "spec").out
    assert project.run("schema", "specs").code == 2 and "did you mean" in project.run("schema", "specs").err
    assert project.run("schema", "spec", "--write").code == 2
    assert project.run("schema").out.count("\n") == 4
