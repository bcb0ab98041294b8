"""A package builds modules of itself: beside the project, tested as a whole, made again, kept, put in place."""

import json
import os
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.scene import Project, Ran

WORDS = '"""Counts words."""\n\n\ndef words(text: str) -> int:\n    """Return how many."""\n    return len(text.split())\n'
OTHER_WORDS = WORDS.replace("len(text.split())", "sum(1 for _ in text.split())")
LINES = (
    '"""Counts lines."""\n\nfrom toy.words import words\n\n\ndef lines(text: str) -> int:\n'
    '    """Return how many hold a word."""\n    return sum(bool(words(line)) for line in text.split("\\n"))\n'
)
HANDWRITTEN = '"""Counts words, by hand."""\n\n\ndef words(text):\n    return len(text.split())\n'
CONFIGURATION = 'edition = 1\nmodel = "m-one"\n\n[iterate]\nspecs = "self"\npackage = "toy"\n'
CHECK = """import os, sys
sys.path.insert(0, os.getcwd())
from toy.{name} import {name}
assert {name}("a b\\n\\nc") == {number}
"""
SUITE = "from toy.lines import lines\n\ndef test_lines() -> None:\n    assert lines('a\\n\\nb c') == 2\n"


def fenced(code: str) -> str:
    return f"```python\n{code}```\n"


@pytest.fixture
def toy(project: Project) -> Project:
    """A project with a package of its own: two modules that specs make, written by hand so far, one that none makes."""
    project.write("specbuild.toml", CONFIGURATION)
    project.write("toy/__init__.py", "")
    project.write("toy/main.py", "from toy.lines import lines\nfrom toy.words import words\n")
    project.write("toy/words.py", HANDWRITTEN)
    project.write("toy/lines.py", LINES.replace("Counts lines.", "Counts lines, by hand."))
    for name, number, needs in (("words", 3, []), ("lines", 2, ["self/words"])):
        verify = f'\n[verify]\ncommand = ["python", "tests/check_{name}.py"]\nfiles = ["tests/check_{name}.py"]\n'
        project.spec(f"self/{name}", f"Count {name}.", more=verify, directory="toy", needs=needs)
        project.write(f"tests/check_{name}.py", CHECK.format(name=name, number=number))
    project.server.answers = {"Count words.": fenced(WORDS), "Count lines.": fenced(LINES)}
    return project


def iterated(project: Project, *arguments: str) -> Ran:
    ran = project.run("iterate", *arguments)
    assert ran.code == 0, ran.out + ran.err
    return ran


def test_an_iteration_is_built_beside_the_project_and_put_in_place_when_asked(toy: Project) -> None:
    ran = iterated(toy, "-m", "the first two modules")
    assert ran.calls == 2
    assert "iteration 0" in ran.out and "the first two modules" in ran.out
    assert toy.read("toy/words.py") == HANDWRITTEN, "nothing is put in place before that is asked"
    assert not (toy.root / "specbuild.lock").exists()
    kept = json.loads(toy.read("build/history/iter0/iteration.json"))
    assert kept["what"] == "the first two modules" and kept["tests"] is None and kept["parent"] is None
    assert kept["stage2"] == {"by": "tool", "extracted": 2, "rendered": 2}
    assert kept["usage"]["calls"] == 2
    assert sorted(kept["package"]) == ["toy/__init__.py", "toy/lines.py", "toy/main.py", "toy/words.py"]

    ran = iterated(toy, "--promote")
    assert ran.calls == 0 and "iteration 0 stands" in ran.out
    assert "def words(text: str) -> int:" in toy.read("toy/words.py")
    assert set(toy.states().values()) == {"fresh"}
    for command in (["check"], ["reproduce"], ["history", "verify"]):
        again = toy.run(*command)
        assert again.code == 0 and again.calls == 0, again.out + again.err
    copies = [path.read_text() for path in (toy.root / "cache/local/edited").rglob("words.py")]
    assert copies == [HANDWRITTEN], "what was written by hand is kept"
