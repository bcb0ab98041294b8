"""`[build] format`: outputs are laid out once, in the sandbox; the result is a record, and a replay runs nothing."""

import json
from pathlib import Path
from typing import NoReturn

import pytest

from specbuild import api
from specbuild.configuration import ProjectConfiguration
from specbuild.header import HEADERS
from specbuild.record import format_record, record_name, record_text
from specbuild.shape import VERBATIM
from specbuild.spec_reader import read_spec
from specbuild.target import target_of
from specbuild.work import bench, formatter
from specbuild.work.layout import formatted_names
from tests.scene import Project

RUFF = ["ruff", "format", "-"]
UGLY = "def total( a,b ):\n    '''Add.'''\n    return a+b\nprint(total( 1,2 ))\n"
NEAT = 'def total(a, b):\n    """Add."""\n    return a + b\n\n\nprint(total(1, 2))\n'
HEADER = f"# {HEADERS[1]}\n"
EXAMPLE = '\n[[example]]\nstdout = "3\\n"\n'


@pytest.fixture
def built(project: Project) -> Project:
    project.server.answers["small program"] = f"```python\n{UGLY}```\n"
    project.spec("sum", format=RUFF, more=EXAMPLE)
    project.spec("top", needs=["sum"])
    assert project.build().calls == 2
    return project


def records(project: Project) -> list[Path]:
    """Return the committed records of formatters."""
    found = sorted((project.root / "cache" / "replies").rglob("*.json"))
    return [one for one in found if json.loads(one.read_text(encoding="utf-8"))["kind"] == "format"]


def nothing_may_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> NoReturn:
        raise AssertionError("something was run")

    monkeypatch.setattr(bench, "choose_sandbox", refuse)
    monkeypatch.setattr(formatter, "find_tool", refuse)


def test_an_output_is_laid_out_once_and_a_replay_runs_nothing(built: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    assert built.read("build/sum.py") == HEADER + NEAT
    assert built.read("build/top.py") == HEADER + UGLY, "the control: without format the text stays as it came"
    [record] = records(built)
    assert built.run("check").code == 0
    clone = built.clone(without=("cache/local", "build"))
    lost = built.clone("lost", without=("cache/local", "build", str(record.relative_to(built.root))))
    nothing_may_run(monkeypatch)
    assert built.build().calls == 0
    again = clone.build("--offline")
    assert again.calls == 0 and clone.outputs() == built.outputs()
    assert clone.read("specbuild.lock") == built.read("specbuild.lock")
    assert clone.run("reproduce").code == 0
    assert clone.run("diff", "--exit-code").code == 0
    assert lost.run("build", "--offline").code != 0, "the control: without the record the formatter has to run"
    monkeypatch.undo()
    assert lost.build("--offline").calls == 0
    assert (lost.outputs(), len(records(lost))) == (built.outputs(), 1), "the same formatter gives the same, kept again"


def test_another_layout_costs_no_call_and_no_dependent_notices(built: Project) -> None:
    spec = built.read("specs/sum.toml")
    built.write("specs/sum.toml", spec.replace('"-"', '"--config", "format.quote-style=\'single\'", "-"'))
    assert built.states() == {"sum": "recheck", "top": "fresh"}
    assert built.build("--offline").calls == 0
    assert built.read("build/sum.py") == HEADER + NEAT
    assert len(records(built)) == 2
    built.write("specs/sum.toml", spec.replace('format = ["ruff", "format", "-"]\n', ""))
    assert built.build("--offline").calls == 0
    assert built.read("build/sum.py") == HEADER + UGLY
    built.write("specs/sum.toml", spec)
    assert built.build("--offline").calls == 0
    assert built.read("build/sum.py") == HEADER + NEAT
    assert len(records(built)) == 2


def python(code: str) -> list[str]:
    """Return a formatter of one line of Python."""
    return ["python", "-c", f"import sys; text = sys.stdin.read(); {code}"]


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        (python("sys.exit('no such style')"), "SB671", "it ended with 1"),
        (python("pass"), "SB671", "it printed nothing"),
        (python("sys.stdout.buffer.write(b'\\xff')"), "SB671", "not UTF-8"),
        (python("print(text, end='# \\u202e\\n')"), "SB671", "(bidi) into line 5"),
        (python("print(text, end='# once more\\n')"), "SB672", "changes sum.py again"),
        (["no-such-formatter", "-"], "SB670", "`no-such-formatter` can't be run here"),
        (["./format.sh"], "SB670", "a project's own file is not run"),
    ],
)
def test_a_formatter_that_does_not_work_is_one_clear_error_and_loses_nothing(
    project: Project, argv: list[str], code: str, said: str
) -> None:
    project.server.answers["small program"] = f"```python\n{UGLY}```\n"
    project.spec("sum", format=argv)
    ran = project.run("build")
    before = code == "SB670"
    assert (ran.code, ran.calls) == ((2, 0) if before else (1, 1)), ran.err
    assert ran.err.count(code) == 1 and said in ran.err and "sum.toml:10:" in ran.err
    assert not (project.root / "build" / "sum.py").exists()
    project.spec("sum", format=RUFF)
    assert project.build().calls == (1 if before else 0)
    assert project.read("build/sum.py") == HEADER + NEAT


def test_of_several_results_the_one_that_the_lock_names_serves(built: Project) -> None:
    [kept] = records(built)
    texts = (f"{NEAT}# {number}\n" for number in range(100))
    other = next(one for one in (format_record(RUFF, UGLY, text) for text in texts) if record_name(one) < kept.name)
    path = f"cache/replies/{other.key[:2]}/{record_name(other)}"
    clone = built.clone(without=("cache/local", "build"))
    clone.write(path, record_text(other))
    assert clone.build("--offline").calls == 0
    assert clone.outputs() == built.outputs()
    assert clone.run("reproduce").code == 0
    unlocked = clone.clone("unlocked", without=("cache/local", "build", "specbuild.lock"))
    assert unlocked.build("--offline").calls == 0
    assert unlocked.read("build/sum.py") == HEADER + other.reply.content, "the control: no lock, the smallest name"
    # The formatter of another version is gone with its record: its layout is not replaced by another in silence.
    gone = unlocked.clone("gone", without=("cache/local", "build", path, str(kept.relative_to(built.root))))
    ran = gone.run("build", "--offline")
    assert ran.code == 1 and "SB673" in ran.err
    assert gone.read("specbuild.lock") == unlocked.read("specbuild.lock")
    (gone.root / kept.parent.relative_to(built.root)).mkdir(exist_ok=True)
    gone.write(path, record_text(other))
    assert gone.build("--offline").calls == 0


def test_the_record_of_a_layout_is_known_to_the_cache_commands(built: Project) -> None:
    [record] = records(built)
    path = str(record.relative_to(built.root))
    assert path.rpartition("/")[2] in json.dumps(built.stanza("sum")["evidence"])
    record.unlink()
    healed = built.run("cache", "heal")
    assert healed.code == 0 and path.rpartition("/")[2] in healed.out
    assert records(built) == [record]
    assert built.run("clean", "sum").out.count("sum.py") == 1
    built.build("--offline")
    record.unlink()
    (built.root / "cache" / "local").rename(built.root.parent / "elsewhere")
    assert "lost" in built.run("clean", "sum").out + built.run("clean", "sum").err
    assert (built.root / "build" / "sum.py").exists()


def test_an_accepted_text_stays_as_a_person_wrote_it(built: Project) -> None:
    built.write("build/sum.py", UGLY)
    assert built.run("accept", "sum").code == 0
    (built.root / "build" / "sum.py").unlink()
    built.build("--offline")
    assert built.read("build/sum.py") == UGLY


def test_an_edit_of_wording_carries_the_layout_over(built: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    outputs = built.outputs()
    built.change("specs/sum.toml", "Print a line.", "Write a line.")
    assert built.run("touch", "sum").calls == 0
    clone = built.clone(without=("cache/local", "build"))
    nothing_may_run(monkeypatch)
    assert clone.build("--offline").calls == 0
    assert clone.outputs() == outputs


def test_dependents_never_see_a_need_as_it_was_laid_out(built: Project) -> None:
    built.change("specs/top.toml", "Print a line.", "Print two lines.")
    assert "def total( a,b ):" in built.run("prompt", "top").out
    pin = built.stanza("sum")["reply"]
    (built.root / f"cache/replies/{pin['key'][:2]}/{pin['key']}.1.{pin['sha256'][:16]}.json").unlink()
    lost = built.clone("lost").run("prompt", "top")
    assert lost.code != 0 and "SB509" in lost.err, "without the reply there is only what was laid out"


def test_check_tells_another_layout_from_an_edit_and_runs_nothing(
    built: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing_may_run(monkeypatch)
    built.write("build/sum.py", HEADER + UGLY.replace("a+b", "(a + b)"))
    built.write("build/top.py", HEADER + NEAT.replace("a + b", "b + a"))
    found = built.run("check", "--json")
    assert found.code == 1
    reasons = {one["id"]: one["reasons"][0]["word"] for one in found.json["findings"]}
    assert reasons == {"sum": "layout", "top": "edited"}
    told = built.run("check").out
    assert "only the layout of an output differs" in told and "specbuild doctor" in told
    assert built.build().calls == 0
    assert "(a + b)" in built.read("build/sum.py"), "it is kept all the same"
    assert "only the layout" in built.run("why", "sum").out
    assert built.build("--force", "sum").calls == 0
    assert built.read("build/sum.py") == HEADER + NEAT


def test_the_python_interface_lays_out_as_well(project: Project) -> None:
    project.server.answers["small program"] = f"```python\n{UGLY}```\n"
    spec = {
        "file": {"name": "sum", "language": "python", "description": "A small program"},
        "project": {"requirements": "Print a line."},
        "build": {"format": RUFF},
    }
    kept = project.root.parent / "kept"
    assert api.generate(spec, model="m", environ=project.environment, cache=kept).files == {"sum.py": HEADER + NEAT}
    assert api.generate(spec, model="m", environ={}, offline=True, cache=kept).files == {"sum.py": HEADER + NEAT}


def test_only_files_of_the_targets_own_language_that_are_not_blank_are_laid_out() -> None:
    text = (
        '[file]\nname = "a"\nlanguage = "python"\ndescription = "d"\n[project]\nrequirements = "r"\n'
        '[build]\noutputs = ["a.py", "data.json", "b.pyi", "__init__.py", "notes"]\nformat = ["ruff"]\n'
    )
    spec, _ = read_spec(text.encode(), "specs/a.toml", "a")
    assert spec is not None
    target, _ = target_of(spec, ProjectConfiguration())
    assert target is not None
    files = dict.fromkeys(target.names, "x\n") | {"__init__.py": "\n"}
    assert formatted_names(files, target, way="sentinel/1") == ("a.py", "b.pyi", "notes")
    assert formatted_names(files, target, way=VERBATIM) == ()
