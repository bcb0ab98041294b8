"""How a program is started: words, snapshot and mounts, found on a bench where every run is written down."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from specbuild.canonical_json import Json
from specbuild.configuration import ProjectConfiguration
from specbuild.diagnostic import Place
from specbuild.entry import BUILD_TIMEOUT_S, PROGRAM_SUFFIX, Entry, Refused, entry_of, tool_of
from specbuild.runners import ENTRY, PROGRAM, SOURCES, Runner
from specbuild.sandbox import Ended, Mount, NotStarted, Ran
from specbuild.spec import Spec
from specbuild.target import Target, target_of
from specbuild.trial import PAPER, Absent, Bench, Interpreter, Placed, Tool, Trial, Tried, snapshot_of

PYTHON = Interpreter("/py/bin/python", "3.11", frozenset(), (Mount("/home/me/py", "/py"),))
SEEN = (Mount("/opt/node", "/opt/node"),)
BESIDE = {"build/lib.c": Placed(b"int one;\n"), "tests/x.txt": Placed(b"x", True), "a/z.c": Placed(b"int z;\n")}


def target(language: str, outputs: tuple[str, ...], entry: str = "", folder: str = "") -> Target:
    values: dict[str, Json] = {"file.name": "a", "file.language": language, "build.outputs": list(outputs)}
    values |= {"build.entry": entry} if entry else {}
    spec_id = f"{folder}a"
    made, faults = target_of(Spec(spec_id, f"specs/{spec_id}.toml", values, {"file.name": Place("p")}), CONFIGURATION)
    assert made is not None, faults
    return made


CONFIGURATION = ProjectConfiguration()


class Runs:
    """A bench with these programs, that answers every trial alike and remembers it."""

    def __init__(
        self,
        *programs: str,
        answer: Callable[[Trial], Tried | NotStarted] | None = None,
        interpreter: Interpreter | Absent = PYTHON,
    ) -> None:
        self.trials: list[Trial] = []
        self.asked: list[str] = []
        self.programs = programs
        self.answer = answer or (lambda trial: tried())
        self.bench: Bench = replace(
            PAPER, run=self.run, find=self.find, interpreter=lambda: interpreter, beside=lambda: BESIDE
        )

    def run(self, trial: Trial) -> Tried | NotStarted:
        self.trials.append(trial)
        return self.answer(trial)

    def find(self, name: str) -> Tool | Absent:
        self.asked.append(name)
        return Tool(f"/bin/{name}", SEEN) if name in self.programs else Absent(f"somebody else's {name}")


def tried(
    code: int | None = 0, stderr: bytes = b"", left: Mapping[str, Placed] | None = None, ended: Ended = "exited"
) -> Tried:
    return Tried(Ran(code, None, b"told", stderr, ended, 0.1), left or {})


def entry(files: Mapping[str, str], made: Target, runs: Runs) -> Entry:
    found = entry_of(files, made, runs.bench)
    assert isinstance(found, Entry), found
    return found


# -- tools


def test_the_first_program_that_is_there_serves() -> None:
    runs = Runs("b", "c")
    assert tool_of(Runner(("a", "b", "c"), install="x"), runs.bench) == Tool("/bin/b", SEEN)
    assert (runs.asked, runs.trials) == (["a", "b"], [])


def test_a_program_that_is_not_there_is_told_by_its_row() -> None:
    assert tool_of(Runner(("a", "b"), install="a and b"), Runs().bench) == Absent("install a and b")
    assert tool_of(Runner((), install="nothing"), Runs().bench) == Absent("install nothing")


def test_python_is_the_projects_own_and_never_probed() -> None:
    runs = Runs("python", "other")
    assert tool_of(Runner(("python", "other"), probe=("-v",)), runs.bench) == Tool(PYTHON.path, PYTHON.mounts)
    assert (runs.asked, runs.trials) == ([], [])
    missing = Runs("python", "other", interpreter=Absent("make an environment"))
    assert tool_of(Runner(("python", "other"), install="x"), missing.bench) == Absent("make an environment")
    assert missing.asked == []
    assert tool_of(Runner(("other", "python")), missing.bench) == Tool("/bin/other", SEEN)


def test_a_probe_is_one_trial_of_the_program_in_an_empty_snapshot() -> None:
    runs = Runs("node")
    assert tool_of(Runner(("node",), probe=("--strip", "--version")), runs.bench) == Tool("/bin/node", SEEN)
    assert runs.trials == [Trial(("/bin/node", "--strip", "--version"), {}, mounts=SEEN)]


@pytest.mark.parametrize(
    "answer", [tried(1), tried(None, ended="timeout"), NotStarted("no"), NotStarted("not there", "command")]
)
def test_a_program_that_does_not_understand_its_probe_does_not_serve(answer: Tried | NotStarted) -> None:
    runs = Runs("old", "new", answer=lambda trial: answer if trial.argv[0] == "/bin/old" else tried())
    row = Runner(("old", "new"), probe=("-p",), install="new")
    assert tool_of(row, runs.bench) == Tool("/bin/new", SEEN)
    assert tool_of(row._replace(programs=("old",)), runs.bench) == Absent("install new")


# -- entries


def test_a_file_of_a_language_is_run_by_its_program() -> None:
    made = target("python", ("a.py", "b/c.py"))
    files = {"a.py": "x = 1\n", "b/c.py": "y = 1\n"}
    runs = Runs()
    found = entry(files, made, runs)
    assert found == Entry(
        (PYTHON.path, "/job/snapshot/build/a.py"), snapshot_of(files, made, runs.bench), PYTHON.mounts
    )
    assert {*BESIDE, "build/a.py", "build/b/c.py"} == set(found.snapshot)
    assert runs.trials == []


def test_the_entry_is_the_one_that_the_target_names() -> None:
    made = target("python", ("a.py", "b/c.py"), "b/c.py", "x/")
    found = entry({"a.py": "", "b/c.py": ""}, made, Runs())
    assert found.argv == (PYTHON.path, "/job/snapshot/build/x/b/c.py")


def test_the_words_of_a_row_stand_around_the_entry() -> None:
    found = entry({"a.awk": "{ print }\n"}, target("awk", ("a.awk",)), Runs("awk"))
    assert (found.argv, found.mounts) == (("/bin/awk", "-f", "/job/snapshot/build/a.awk"), SEEN)
    words = ("--experimental-strip-types", "--no-warnings", "/job/snapshot/build/a.ts")
    runs = Runs("node")
    assert entry({"a.ts": "let x\n"}, target("typescript", ("a.ts",)), runs).argv == ("/bin/node", *words)
    assert len(runs.trials) == 1


def test_a_files_own_language_counts_before_the_targets_and_a_shell_by_its_line() -> None:
    made = target("python", ("a.py", "run.sh"), "run.sh")
    runs = Runs("bash", "sh", "dash")
    assert entry({"a.py": "", "run.sh": "echo\n"}, made, runs).argv[0] == "/bin/bash"
    assert entry({"a.py": "", "run.sh": "#!/bin/dash\necho\n"}, made, runs).argv[0] == "/bin/dash"


def test_a_file_without_a_program_starts_by_its_own_line() -> None:
    made = target("haskell", ("a.hs", "b.hs"))
    files = {"a.hs": "#!/usr/bin/runhaskell\nmain = x\n", "b.hs": "b\n"}
    runs = Runs()
    found = entry(files, replace(made, executable=False), runs)
    laid_out = snapshot_of(files, replace(made, executable=False), runs.bench)
    assert (found.argv, found.mounts) == (("/job/snapshot/build/a.hs",), ())
    assert laid_out["build/a.hs"].executable is False
    assert found.snapshot == {**laid_out, "build/a.hs": Placed(laid_out["build/a.hs"].data, True)}


@pytest.mark.parametrize("text", ["main = x\n", "", "#!\nx", "x\n#!/bin/sh\n"])
def test_a_file_that_nothing_runs_is_told(text: str) -> None:
    found = entry_of({"sub/a.hs": text}, target("haskell", ("sub/a.hs",)), Runs().bench)
    what = "nothing here runs sub/a.hs: begin it with a #! line, or let another file be the entry"
    assert found == Absent(what)


def test_an_entry_whose_program_is_missing_says_what_to_install() -> None:
    assert entry_of({"a.js": ""}, target("javascript", ("a.js",)), Runs().bench) == Absent("install node")
    assert entry_of({"a.c": ""}, target("c", ("a.c",)), Runs().bench) == Absent("install a C compiler")
    missing = Runs(interpreter=Absent("make one"))
    assert entry_of({"a.py": ""}, target("python", ("a.py",)), missing.bench) == Absent("make one")


# -- compiled ones


def compiler(answer: Tried | NotStarted) -> Runs:
    return Runs("gcc", answer=lambda trial: answer)


FILES = {"a.c": "int main(void) { return 0; }\n", "sub/b.c": "int b;\n", "h.h": "#define X\n", "ac": "x\n"}
PARTS = target("c", tuple(FILES))


def test_a_compiled_program_lies_beside_its_entry() -> None:
    runs = compiler(tried(left={"program": Placed(b"\x7fELF", False), "log": Placed(b"")}))
    found = entry(FILES, PARTS, runs)
    laid_out = snapshot_of(FILES, PARTS, runs.bench)
    assert found.argv == ("/job/snapshot/build/a.c.program",)
    assert found.snapshot == {**laid_out, "build/a.c.program": Placed(b"\x7fELF", True)}
    assert found.mounts == ()
    assert "build/a.c.program" not in laid_out
    assert (PROGRAM_SUFFIX, BUILD_TIMEOUT_S) == (".program", 60.0)


def test_a_compiler_gets_all_sources_of_the_entrys_kind_in_order() -> None:
    runs = compiler(tried(left={"program": Placed(b"x")}))
    entry(FILES, PARTS, runs)
    sources = [f"/job/snapshot/{path}" for path in ("a/z.c", "build/a.c", "build/lib.c", "build/sub/b.c")]
    argv = ("/bin/gcc", "-std=c17", "-O1", "-o", "/job/work/program", *sources, "-lm")
    assert runs.trials == [Trial(argv, snapshot_of(FILES, PARTS, runs.bench), timeout_s=60.0, mounts=SEEN)]
    assert runs.asked == ["cc", "gcc"]


def test_the_extension_of_the_entry_says_what_a_source_is() -> None:
    runs = Runs("c++", answer=lambda trial: tried(left={"program": Placed(b"x")}))
    made = target("c++", ("a.x.cpp", "b.cc", "c.cpp"))
    entry({"a.x.cpp": "", "b.cc": "", "c.cpp": ""}, made, runs)
    assert [one for one in runs.trials[0].argv if one.startswith("/job/snapshot")] == [
        "/job/snapshot/build/a.x.cpp",
        "/job/snapshot/build/c.cpp",
    ]


def test_a_compiler_that_did_not_start_is_no_fault_of_the_program() -> None:
    assert entry_of(FILES, PARTS, compiler(NotStarted("no namespaces")).bench) == NotStarted("no namespaces")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (tried(1, b"\na.c:1: error\n1 error generated.\n"), "a.c:1: error\n  1 error generated."),
        (tried(1, b"/job/snapshot/build/a.c:1: \x1b[1merror\x1b[0m\r\n"), None),
        (tried(None, ended="timeout"), "timeout"),
        (tried(None, b" \n", ended="memory"), "memory"),
        (tried(1, left={"program": Placed(b"x")}), "exited"),
        (tried(0), "exited"),
        (tried(0, b"odd\n", left={"other": Placed(b"x")}), "odd"),
    ],
)
def test_a_program_that_can_not_be_compiled_is_refused_with_what_the_compiler_told(
    answer: Tried, told: str | None
) -> None:
    found = entry_of(FILES, PARTS, compiler(answer).bench)
    assert isinstance(found, Refused), found
    if told is None:
        assert "/job/" not in found.message
        assert "\x1b" not in found.message
        assert found.message.endswith("error")
    else:
        assert found.message == f"the program can't be compiled:\n  {told}"


def test_places_of_a_row_are_named() -> None:
    assert (ENTRY, SOURCES, PROGRAM) == ("{entry}", "{sources}", "{program}")
