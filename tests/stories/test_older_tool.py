"""The older tool's own story: a compiler of requirement files that was generated from one makes other programs and
itself, from recorded answers only.

All that is generated runs in the sandbox. The *first generation* is build/examples/older/compiler.py, which specbuild
built; the *second* is what the first makes of the very same requirement file.
"""

import json
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from specbuild.canonical_json import digest
from specbuild.sandbox import SNAPSHOT, WORK, Job, Limits, Mount, Ran
from specbuild.sandboxes import bubblewrap
from specbuild.trial import Interpreter
from specbuild.work.interpreter import find_interpreter

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="bubblewrap is Linux's"),
    pytest.mark.xdist_group("older tool"),  # they share both generations
]

ROOT = Path(__file__).parents[2]
SERVICE = ROOT / "tests" / "examples" / "older"
FIRST = ROOT / "build" / "examples" / "older" / "compiler.py"
TEST_SCRIPT = FIRST.with_name("compiler_test.py")
REQUIREMENTS = (
    SERVICE / "hello.toml",
    SERVICE / "sort.toml",
    ROOT / "specs" / "examples" / "older" / "compiler.toml",
)
CASES = 15
UNKNOWN = "compiler: service error: NotFoundError 404\n"


class Generation(NamedTuple):
    """A compiler, and the files that it made of REQUIREMENTS."""

    compiler: Path
    made: dict[str, bytes]


@pytest.fixture(scope="module")
def python() -> Interpreter:
    found = find_interpreter(str(ROOT), None, run=bubblewrap.run)
    assert isinstance(found, Interpreter), found
    return found


@pytest.fixture(scope="module")
def first(python: Interpreter, tmp_path_factory: pytest.TempPathFactory) -> Generation:
    return generation(python, FIRST, tmp_path_factory.mktemp("first"))


@pytest.fixture(scope="module")
def second(python: Interpreter, first: Generation, tmp_path_factory: pytest.TempPathFactory) -> Generation:
    folder = tmp_path_factory.mktemp("second")
    return generation(python, written(folder / "compiler.py", first.made["compiler.py"]), folder / "work")


def written(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def boxed(
    python: Interpreter, *argv: str, programs: tuple[Path, ...], stdin: bytes = b"", work: Path | None = None,
    service: Path | None = None,
) -> Ran:  # fmt: skip
    """Run Python with `argv` in the sandbox. Each of the programs lies there as /given/NAME."""
    mounts = tuple(Mount(str(path), f"/given/{path.name}") for path in programs)
    job = Job(
        (python.path, *argv),
        cwd=WORK,
        env={"PYTHONDONTWRITEBYTECODE": "1"},
        stdin=stdin,
        snapshot=str(service) if service else None,
        work=str(work) if work else None,
        readonly=(*python.mounts, *mounts),
        limits=Limits(wall_s=300, cpu_s=200),
    )
    ran = bubblewrap.run(job)
    assert isinstance(ran, Ran) and ran.ended == "exited", ran
    return ran


def compiled(
    python: Interpreter, compiler: Path, requirement: Path, work: Path, *, service: Path = SERVICE
) -> tuple[Ran, dict[str, bytes]]:
    """Run a compiler on a requirement file, in a folder that holds nothing else; return what it left beside it."""
    work.mkdir(parents=True)
    shutil.copyfile(requirement, work / requirement.name)
    argv = (f"{SNAPSHOT}/endpoint.py", f"{SNAPSHOT}/answers", f"/given/{compiler.name}", requirement.name)
    ran = boxed(python, *argv, programs=(compiler,), work=work, service=service)
    left = {str(path.relative_to(work)): path.read_bytes() for path in work.rglob("*") if path.is_file()}
    assert left.pop(requirement.name) == requirement.read_bytes()
    return ran, left


def generation(python: Interpreter, compiler: Path, work: Path) -> Generation:
    """Let a compiler make every program, and expect that it does and says so."""
    made: dict[str, bytes] = {}
    for requirement in REQUIREMENTS:
        name = f"{requirement.stem}.py"
        ran, left = compiled(python, compiler, requirement, work / requirement.stem)
        assert (ran.exit_code, ran.stdout.decode(), ran.stderr) == (0, f"Code saved to {name}\n", b"")
        assert left.keys() == {name}
        made |= left
    return Generation(compiler, made)


def different(one: Generation, other: Generation) -> list[str]:
    """Return the names of the programs that two generations made unlike."""
    return [name for name in one.made if one.made[name] != other.made[name]]


def failed_cases(python: Interpreter, compiler: Path) -> list[str]:
    """Run the generated test script on a compiler; return the names of the cases that fail."""
    ran = boxed(python, "/given/compiler_test.py", "/given/compiler.py", programs=(TEST_SCRIPT, compiler))
    lines = ran.stdout.decode().splitlines()
    failed = [line.removeprefix("FAIL ").partition(":")[0] for line in lines if line.startswith("FAIL ")]
    assert sum(line.startswith("ok ") for line in lines) == CASES - len(failed), ran
    assert (ran.exit_code, ran.stderr) == (1 if failed else 0, b"")
    return failed


def test_every_answer_is_named_by_the_hash_of_the_whole_request() -> None:
    answers = {path.stem: json.loads(path.read_text()) for path in (SERVICE / "answers").iterdir()}
    assert len(answers) == len(REQUIREMENTS)
    assert {digest(answer["request"]) for answer in answers.values()} == answers.keys()


def test_the_second_generation_makes_the_same_bytes_as_the_first(first: Generation, second: Generation) -> None:
    assert sorted(first.made) == ["compiler.py", "hello.py", "sort.py"]
    assert different(first, second) == []


def test_the_second_generation_makes_itself(first: Generation, second: Generation) -> None:
    assert second.made["compiler.py"] == second.compiler.read_bytes()
    # Not the first: that is the answer to another request, in which specbuild asked.
    assert second.compiler.read_bytes() != first.compiler.read_bytes()


def test_hello_does_what_its_requirements_say(python: Interpreter, second: Generation, tmp_path: Path) -> None:
    hello = written(tmp_path / "hello.py", second.made["hello.py"])
    for names, greeting in (((), "Hello, world!\n"), (("Ada", "two words"), "Hello, Ada!\nHello, two words!\n")):
        ran = boxed(python, "/given/hello.py", *names, programs=(hello,))
        assert (ran.exit_code, ran.stdout.decode(), ran.stderr) == (0, greeting, b"")


def test_sort_does_what_its_requirements_say(python: Interpreter, second: Generation, tmp_path: Path) -> None:
    sort = written(tmp_path / "sort.py", second.made["sort.py"])
    long = "9" * 5000
    for words, code, output, error in (
        ("", 0, "", ""),
        (f"10 9\t-1\n+007 -0 9 {long} -12", 0, f"-12\n-1\n0\n7\n9\n9\n10\n{long}\n", ""),
        ("3 1.5 x", 1, "", "sort: not a number: 1.5\n"),
        ("٣", 1, "", "sort: not a number: ٣\n"),
    ):
        ran = boxed(python, "/given/sort.py", programs=(sort,), stdin=words.encode())
        assert (ran.exit_code, ran.stdout.decode(), ran.stderr.decode()) == (code, output, error)


@pytest.mark.parametrize("which", ["first", "second"])
def test_the_generated_test_script_passes_both(
    which: str, python: Interpreter, first: Generation, second: Generation
) -> None:
    assert failed_cases(python, {"first": first, "second": second}[which].compiler) == []


@pytest.mark.parametrize("which", ["first", "second"])
def test_one_changed_byte_of_a_requirement_is_an_unknown_request(
    which: str, python: Interpreter, first: Generation, second: Generation, tmp_path: Path
) -> None:
    text = (SERVICE / "hello.toml").read_text()
    assert text.count("Hello, world!") == 1
    changed = written(tmp_path / "hello.toml", text.replace("Hello, world!", "Hello, World!").encode())
    ran, left = compiled(python, {"first": first, "second": second}[which].compiler, changed, tmp_path / "work")
    assert (ran.exit_code, ran.stdout, ran.stderr.decode(), left) == (1, b"", UNKNOWN, {})


def test_a_generation_that_asks_in_other_words_gets_no_answer(
    python: Interpreter, second: Generation, tmp_path: Path
) -> None:
    text = second.compiler.read_bytes()
    assert text.count(b'"# Requirements"') == 1
    other = written(tmp_path / "compiler.py", text.replace(b'"# Requirements"', b'"# Requirement"'))
    ran, left = compiled(python, other, SERVICE / "hello.toml", tmp_path / "work")
    assert (ran.exit_code, ran.stdout, ran.stderr.decode(), left) == (1, b"", UNKNOWN, {})


def test_one_changed_byte_of_an_answer_is_noticed(
    python: Interpreter, first: Generation, second: Generation, tmp_path: Path
) -> None:
    service = tmp_path / "service"
    shutil.copytree(SERVICE, service)
    changed = 0
    for path in (service / "answers").iterdir():
        text = path.read_text(encoding="utf-8")
        if 'b\\"Hello, ' in text:
            changed += text.count('b\\"Hello, ')
            path.write_text(text.replace('b\\"Hello, ', 'b\\"Hallo, '), encoding="utf-8")
    assert changed == 1
    _, left = compiled(python, second.compiler, SERVICE / "hello.toml", tmp_path / "work", service=service)
    assert different(first, second._replace(made=second.made | left)) == ["hello.py"]


def test_a_damaged_second_generation_fails_the_test_script(
    python: Interpreter, second: Generation, tmp_path: Path
) -> None:
    text = second.compiler.read_bytes()
    assert text.count(b'== "length"') == 1
    damaged = written(tmp_path / "compiler.py", text.replace(b'== "length"', b'== "lengths"'))
    assert failed_cases(python, damaged) == ["cut-off"]
