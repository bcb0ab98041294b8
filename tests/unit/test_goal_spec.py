"""A goal of another program: its request is read strictly, its spec is written letter by letter."""

import pytest
import tomli

from specbuild.diagnostic import Diagnostic
from specbuild.goal_spec import KEYS, MARK, UNKNOWN_GOAL, Goal, goal_of, goal_spec, log_level
from specbuild.nearest import did_you_mean

ASKED: dict[str, object] = {"project_name": "Hello World", "goal": "Print hello."}
ABOUT = "Other files than these are not part of the work: "
TESTS = "Tests are part of the work: write those that are missing, and keep them right."


def test_a_goal_has_its_defaults() -> None:
    wanted = Goal(
        "Hello_World",
        "Print hello.",
        "python",
        ("*.py", "tests/*.py"),
        ("python", "-m", "pytest", "-q", "tests"),
        (),
        None,
    )
    assert goal_of(ASKED) == wanted == Goal("Hello_World", "Print hello.")
    assert goal_of({**dict.fromkeys(KEYS), **ASKED}) == wanted, "None is a key that is not there"
    others = {"project_dir": "x", "log_level": "INFO", "step": False, "model": "m", "api_key": "k", "base_url": "u"}
    more = {"sandbox": "none", "offline": True, "again": False, "max_calls": 1, "max_tokens": 10**9}
    assert goal_of({**others, **ASKED, **more}) == wanted


def test_what_a_request_says_of_the_spec_is_taken_over() -> None:
    example = {"args": ["1"], "exit_code": 0}
    asked = {"language": "c", "outputs": ["*.c"], "checks": ("make", "check"), "examples": [example], "steps": 7}
    found = goal_of({**ASKED, **asked})
    assert found == Goal("Hello_World", "Print hello.", "c", ("*.c",), ("make", "check"), (example,), 7)
    assert isinstance(found, Goal) and found.examples[0] is not example
    assert goal_of({**ASKED, "outputs": [], "checks": []}) == Goal("Hello_World", "Print hello.", outputs=(), checks=())


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("a", "a"),
        ("A-1_b.c", "A-1_b.c"),
        ("..a/b\\\\c  d--", "a_b_c_d"),
        ("é-Zoë_", "Zo"),
        ("a__b", "a__b"),
        ("x\n", "x"),
    ],
)
def test_an_id_is_made_of_the_project_s_name(name: str, wanted: str) -> None:
    found = goal_of({"project_name": name, "goal": " g\n"})
    assert found == Goal(wanted, " g\n")


@pytest.mark.parametrize(
    "change", [{"goal": None}, {"goal": ""}, {"goal": " \n\t"}, {"project_name": None}, {"project_name": "/.-_ "}]
)
def test_a_name_and_a_goal_are_needed(change: dict[str, object]) -> None:
    found = goal_of({**ASKED, **change})
    assert found == Diagnostic("SB950", "a request needs a project_name and a goal", hint="both are texts")
    assert goal_of({}) == found


@pytest.mark.parametrize("key", ["gaol", "Goal", "zzzzzz", "max-calls"])
def test_a_key_that_is_not_known_is_told_with_the_nearest(key: str) -> None:
    found = goal_of({key: None, **ASKED})
    assert found == Diagnostic("SB950", f"a request has no key {key!r}", hint=did_you_mean(key, tuple(KEYS)))
    assert found.hint


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("goal", 1, "a text, not 1"),
        ("model", ["m"], "a text, not ['m']"),
        ("step", "yes", "True or False, not 'yes'"),
        ("offline", 0, "True or False, not 0"),
        ("steps", 0, "a whole number above 0, not 0"),
        ("steps", True, "a whole number above 0, not True"),
        ("max_calls", 1.0, "a whole number above 0, not 1.0"),
        ("max_tokens", -1, "a whole number above 0, not -1"),
        ("log_level", "loud", "quiet, normal or debug, not 'loud'"),
        ("log_level", False, "quiet, normal or debug, not False"),
        ("outputs", "*.py", "a list of texts, not '*.py'"),
        ("checks", [1], "a list of texts, not [1]"),
        ("outputs", {"a"}, "a list of texts, not {'a'}"),
        ("examples", {}, "a list of dictionaries, not {}"),
        ("examples", [{}, 1], "a list of dictionaries, not [{}, 1]"),
        ("examples", "x" * 100, f"a list of dictionaries, not '{'x' * 59}"),
    ],
)
def test_a_value_of_another_kind_is_told(key: str, value: object, told: str) -> None:
    found = goal_of({**ASKED, key: value})
    assert found == Diagnostic("SB950", f"the key {key!r} of a request must be {told}")


def test_the_first_fault_counts() -> None:
    found = goal_of({"step": 1, "gaol": 1, "goal": 1})
    assert isinstance(found, Diagnostic) and "'step'" in found.message
    found = goal_of({"gaol": 1, "step": 1})
    assert isinstance(found, Diagnostic) and "'gaol'" in found.message


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        *((one, one) for one in ("quiet", "normal", "debug")),
        ("Info", "normal"),
        ("WARNING", "quiet"),
        ("warn", "quiet"),
        ("error", "quiet"),
        ("critical", "quiet"),
        (0, "debug"),
        (10, "debug"),
        (11, "normal"),
        (20, "normal"),
        (21, "quiet"),
        (50, "quiet"),
        (True, None),
        (None, None),
        (10.0, None),
        ("", None),
        (" info", None),
        ("trace", None),
    ],
)
def test_a_level_is_a_word_or_a_number_of_logging(value: object, wanted: str | None) -> None:
    assert log_level(value) == wanted


def test_the_spec_is_written_letter_by_letter() -> None:
    example = {"args": ["x"], "exit_code": 0, "files": {"a b": 'q"'}}
    found = goal_spec(Goal("greet", "\n  Greet \nall.\n", "c", ("*.c",), ("make", "-s"), (example, {}), 3))
    assert found == (
        "# Written by specbuild from a goal. It is written anew when the goal changes; "
        "take this line away to keep yours.\n"
        '[file]\nname = "greet"\nlanguage = "c"\ndescription = "Greet"\n'
        '\n[project]\nrequirements = "\\n  Greet \\nall.\\n"\n'
        f'specs = "{ABOUT}*.c. The goal is reached when this passes in the folder of the files: make -s. {TESTS}"\n'
        '\n[build]\nmode = "agent"\nupdate = "revise"\ndirectory = "."\nheader = false\noutputs = ["*.c"]\nsteps = 3\n'
        '\n[verify]\ncommand = ["make", "-s"]\n'
        '\n[[example]]\n"args" = ["x"]\n"exit_code" = 0\n"files" = {"a b" = "q\\""}\n'
        "\n[[example]]\n"
    )


def test_what_a_goal_does_not_have_is_not_written() -> None:
    found = goal_spec(Goal("x", UNKNOWN_GOAL, checks=()))
    assert found.startswith(MARK) and MARK.count("\n") == 1
    read = tomli.loads(found)
    assert read == {
        "file": {"name": "x", "language": "python", "description": "Keep these files as they were found."},
        "project": {"requirements": UNKNOWN_GOAL, "specs": f"{ABOUT}*.py, tests/*.py."},
        "build": {
            "mode": "agent",
            "update": "revise",
            "directory": ".",
            "header": False,
            "outputs": ["*.py", "tests/*.py"],
        },
    }
    assert found.endswith('outputs = ["*.py", "tests/*.py"]\n')


def test_a_description_is_one_line_of_bounded_length() -> None:
    assert tomli.loads(goal_spec(Goal("x", f"{'y' * 300}\nz")))["file"]["description"] == "y" * 200
    assert tomli.loads(goal_spec(Goal("x", "\r\n \x0c one\x0btwo")))["file"]["description"] == "one"
    assert tomli.loads(goal_spec(Goal("x", " \n")))["file"]["description"] == "x"


def test_an_example_that_toml_can_not_hold_is_the_caller_s() -> None:
    with pytest.raises(TypeError):
        goal_spec(Goal("x", "y", examples=({"args": None},)))


def test_the_kinds_are_those_of_the_keys() -> None:
    assert list(KEYS)[:7] == ["project_name", "goal", "project_dir", "log_level", "step", "model", "api_key"]
    assert {kind: [key for key in KEYS if KEYS[key] == kind] for kind in KEYS.values()} == {
        "text": ["project_name", "goal", "project_dir", "model", "api_key", "base_url", "language", "sandbox"],
        "level": ["log_level"],
        "flag": ["step", "offline", "again"],
        "texts": ["outputs", "checks"],
        "tables": ["examples"],
        "count": ["steps", "max_calls", "max_tokens"],
    }
