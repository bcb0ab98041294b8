"""The words that an agent reads are frozen with the edition: what its tools say on real ground, and its texts."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from specbuild.agent_tools import (
    FILE_TOOLS,
    LAST_TOOLS,
    MOST_CHARACTERS,
    RUNNING_TOOLS,
    Call,
    Desk,
    Files,
    calls_of,
    worked,
)
from specbuild.output_patterns import Ground, refusal
from specbuild.reply import Reply
from specbuild.verifier import Verdict
from specbuild.work import agent
from specbuild.work.agent_bench import checks_text

ROOT = Path(__file__).parent.parent.parent
TEXTS = ROOT / "specbuild" / "templates" / "agent" / "1"
GOLDEN = ROOT / "tests" / "messages" / "agent-1"
GROUND = Ground("build", ("*.py", "tests/*.py", "notes.md"), frozenset({"build/taken.py"}))
TWO = {"a.py": "one\ntwo\nthree\n", "b.py": "last"}

# Frozen with the edition, as its other texts are.
DIGESTS = {
    "answer.jinja": "d7ebb58b9532f98ede9af8f9f1bd64470cc409c7adb0215524efef8fc2a7b747",
    "system.jinja": "44bc6139d11638fd7a690aa86045a185280de509d6be2a9f805e7c362070d9fb",
    "tools.json": "63dce6bdec728c2e6e1f4908db231978f6d15ff16c72364aae1f62f68b144c6c",
}


def desk(files: Files = TWO) -> Desk:
    return Desk(files, {"../tests/test_a.py": "assert True\n"}, lambda name, present: refusal(name, GROUND, present))


def made(name: str, arguments: str | None = None, **given: Any) -> Call:
    """A call as it comes out of a reply."""
    text = json.dumps(given) if arguments is None else arguments
    [call] = calls_of(Reply("", tool_calls=({"id": "c", "function": {"name": name, "arguments": text}},)))
    return call


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("../outside.py", "only these files"),
        ("/etc/passwd", "only these files"),
        ("sub/deep/x.py", "only these files"),
        ("main.sh", "only these files"),
        ("", "only these files"),
        ("tests/../../x.py", "only these files"),
        ("taken.py", "belongs to somebody else"),
        ("TAKEN.py", "belongs to somebody else"),
        ("A.py", "same file as a.py"),
        ("conftest.py", "conftest"),
        (".py", ""),
        ("con.py", ""),
        ("a\u202e.py", ""),
        ("../tests/test_a.py", "may be read and not changed"),
    ],
)
def test_what_is_not_its_own_is_not_written(path: str, why: str) -> None:
    found = worked(made("write_file", path=path, text="x\n"), desk())
    assert found.result.startswith("error: ") and why in found.result and found.files == TWO


SCRIPT: list[tuple[str, dict[str, Any]]] = [
    ("list_files", {}),
    ("read_file", {"path": "a.py"}),
    ("read_file", {"path": "a.py", "first": 2, "last": 2}),
    ("read_file", {"path": "b.py"}),
    ("read_file", {"path": "../tests/test_a.py"}),
    ("read_file", {"path": "c.py"}),
    ("write_file", {"path": "tests/test_b.py", "text": "1|x\n"}),
    ("write_file", {"path": "main.c", "text": ""}),
    ("write_file", {"path": "taken.py", "text": ""}),
    ("write_file", {"path": "A.py", "text": ""}),
    ("write_file", {"path": "../tests/test_a.py", "text": ""}),
    ("write_file", {"path": "notes.md", "text": "x" * (MOST_CHARACTERS + 1)}),
    ("replace_lines", {"path": "a.py", "first": 1, "last": 2, "text": "1\n"}),
    ("replace_lines", {"path": "a.py", "first": 4, "last": 4, "text": ""}),
    ("delete_file", {"path": "b.py"}),
    ("delete_file", {"path": "b.py"}),
    ("delete_file", {}),
    ("rename_file", {}),
    ("list_files", {}),
]


def wording() -> str:
    """Everything that an agent may read beside the first request, once."""
    files, told = dict(TWO), []
    for name, arguments in SCRIPT:
        found = worked(made(name, **arguments), desk(files))
        files = dict(found.files)
        shown = {key: value if len(str(value)) < 50 else "…" for key, value in arguments.items()}
        told.append(f"{name} {json.dumps(shown)}\n{found.result}\n")
    verdicts = [Verdict("a", "failed", ("one\nline", "two")), Verdict("b", "not_checked", ("not checked: c",))]
    told += [checks_text(verdicts), checks_text(verdicts[1:]), checks_text([])]
    names = ("ALONE", "TOO_MANY", "SKIPPED", "SAID", "NOT_BEFORE_THAT", "USE_TOOLS", "NOT_FINISHED")
    told += [f"{name}: {getattr(agent, name)!r}" for name in names]
    return "\n".join(told) + "\n"


def test_the_wording_of_edition_1_is_frozen() -> None:
    assert wording() == (GOLDEN / "results.txt").read_text(encoding="utf-8")


def test_the_texts_of_edition_1_are_frozen() -> None:
    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in TEXTS.iterdir()} == DIGESTS


def test_the_schemas_name_every_tool_with_the_arguments_that_it_takes() -> None:
    schemas = {
        one["function"]["name"]: one["function"]["parameters"] for one in json.loads((TEXTS / "tools.json").read_text())
    }
    assert tuple(schemas) == (*FILE_TOOLS, *RUNNING_TOOLS, *LAST_TOOLS)
    values = {"string": "x", "integer": 1, "array": ["x"]}
    for name, schema in schemas.items():
        every = {key: values[one["type"]] for key, one in schema["properties"].items()}
        assert made(name, **every).fault == ""
        least = {key: every[key] for key in schema["required"]}
        assert made(name, **least).fault == ""
        for key in least:
            assert made(name, **{other: one for other, one in least.items() if other != key}).fault
