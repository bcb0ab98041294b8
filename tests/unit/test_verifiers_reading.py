"""The verifiers that read: names, text, omitted code, data, imports, interface, the stub. Nothing is run."""

from dataclasses import replace

import pytest

from specbuild.configuration import ProjectConfiguration
from specbuild.spec_reader import read_spec
from specbuild.target import Target, target_of
from specbuild.trial import PAPER, Bench, Interpreter, Placed
from specbuild.verifier import Verdict, broken, failed
from specbuild.verifiers import imports, interface, lint, names, omitted, stub, syntax, text
from specbuild.verifiers.stub import stub_of

PYTHON = Interpreter("/python/bin/python3.11", "3.11", frozenset({"os", "sys", "json"}))
BENCH = replace(PAPER, interpreter=lambda: PYTHON)


def target(language: str = "python", more: str = "") -> Target:
    base = f'[file]\nname = "one"\nlanguage = "{language}"\ndescription = "d"\n[project]\nrequirements = "r"\n'
    spec, faults = read_spec((base + more).encode(), "specs/one.toml", "one")
    assert spec is not None, faults
    made, faults = target_of(spec, ProjectConfiguration())
    assert made is not None, faults
    return made


def imported(code: str, more: str = "", bench: Bench = BENCH) -> Verdict:
    found = imports.verify({"one.py": code}, target(more=more), bench=bench)
    assert found is not None
    return found


def declared(interface_text: str, code: str, language: str = "python") -> Verdict:
    made = target(language, f"[interface]\ntext = '''\n{interface_text}'''\n")
    found = interface.verify({made.names[0]: code}, made, bench=PAPER)
    assert found is not None
    return found


def test_the_files_are_the_declared_ones() -> None:
    assert names.verify({"one.py": ""}, target(), bench=PAPER).outcome == "passed"
    found = names.verify({"two.py": ""}, target(), bench=PAPER)
    assert (found.outcome, len(found.messages)) == ("failed", 2)


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\u202e", "\u200b", "\ufeff"])
def test_a_character_that_hides_fails_with_its_place(character: str) -> None:
    found = text.verify({"one.py": f"a = 1\nb = '{character}'\n"}, target(), bench=PAPER)
    assert found.outcome == "failed"
    assert found.messages[0].startswith("one.py:2:6: ") and character not in found.messages[0]


def test_a_stub_file_may_have_bare_bodies_and_a_program_may_not() -> None:
    bare = "def f() -> int: ...\n"
    assert omitted.verify({"one.pyi": bare}, target(), bench=PAPER).outcome == "passed"
    assert omitted.verify({"one.py": bare}, target(), bench=PAPER).outcome == "failed"


@pytest.mark.parametrize(
    ("language", "good", "bad", "place"),
    [
        ("json", '{"a": [1]}', '{"a": [1}\n', "one.json:1:9"),
        ("toml", "a = 1\n", "a = \n", "one.toml:"),
        ("yaml", "a:\n - 1\n", "a: [1\nb: 2\n", "one.yaml:"),
    ],
)
def test_data_is_parsed(language: str, good: str, bad: str, place: str) -> None:
    made = target(language)
    assert syntax.verify({made.names[0]: good}, made, bench=PAPER) == Verdict("syntax", "passed")
    found = syntax.verify({made.names[0]: bad}, made, bench=PAPER)
    assert found.outcome == "failed" and found.messages[0].startswith(place)


@pytest.mark.parametrize("language", ["json", "yaml", "toml"])
def test_data_nested_too_deeply_is_a_verdict_and_no_crash(language: str) -> None:
    made = target(language)
    deep = "[" * 200_000 if language != "toml" else "a = " + "[" * 200_000
    assert syntax.verify({made.names[0]: deep}, made, bench=PAPER).outcome == "failed"


@pytest.mark.parametrize("language", ["python", "bash", "javascript", "c", "cobol"])
def test_what_can_not_be_checked_here_is_no_pass(language: str) -> None:
    made = target(language)
    found = syntax.verify({made.names[0]: "x"}, made, bench=PAPER)
    assert found.outcome == "not_checked" and found.messages[0].startswith("not checked: ")


def test_lint_without_ruff_is_not_checked_and_can_be_switched_off() -> None:
    found = lint.verify({"one.py": "x"}, target(), bench=PAPER)
    assert found == Verdict("lint", "not_checked", ("not checked: install ruff",))
    assert lint.verify({"one.py": "x"}, target(more="[verify]\nlint = false\n"), bench=PAPER) is None
    assert lint.verify({"one.js": "x"}, target("javascript"), bench=PAPER) is None


def test_without_dependencies_a_third_party_import_is_a_note() -> None:
    found = imported("import os, requests\n")
    assert found.outcome == "passed" and "requests" in found.notes[0]


@pytest.mark.parametrize(
    "code",
    [
        "import os.path as p, json\n",
        "from . import other\nfrom .other import x\n",
        "import one\nfrom lexer import tokens\n",
        "import rich.table\n",
        "from yaml import load\n",
        "if True: import sys; import os\n",
        "text = 'import requests'\n# import requests\n",
        '"""\nimport requests\n"""\n',
    ],
)
def test_imports_of_what_is_there_pass(code: str) -> None:
    beside = {"build/lexer.py": Placed(b"")}
    bench = replace(BENCH, beside=lambda: beside)
    assert imported(code, "[build]\ndependencies = ['rich>=13', 'PyYAML']\n", bench).outcome == "passed"


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("import requests\n", 1),
        ("\n\nfrom requests.x import (\n    y,\n)\n", 3),
        ("def f():\n    import os, requests\n", 2),
        ("import os; import requests\n", 1),
        ("if x: import requests\n", 1),
        ("import os, \\\n  requests\n", 1),
    ],
)
def test_an_import_that_is_not_allowed_fails_wherever_it_stands(code: str, line: int) -> None:
    found = imported(code, "[build]\ndependencies = []\n")
    assert found.outcome == "failed"
    assert found.messages[0].startswith(f"one.py:{line}: imports `requests`")


def test_an_optional_import_is_only_a_note() -> None:
    code = "try:\n    import requests\nexcept ImportError:\n    requests = None\nimport os\n"
    found = imported(code, "[build]\ndependencies = []\n")
    assert found.outcome == "passed" and "requests" in found.notes[0]


CODE = '''
LIMIT: int = 10

class Tree(dict):
    """A tree."""
    size: int = 0

    def add(self, key: str, value: int = 3) -> None:
        pass

def walk(tree: "Tree", *, deep: bool = False) -> list[str]:
    return []
'''


@pytest.mark.parametrize(
    "text_",
    [
        'def walk(tree: "Tree", *, deep: bool = False) -> list[str]: ...\n',
        "def walk(tree, *, deep=False)\n",
        "def walk(tree,*,deep = ...): ...\n",
        "class Tree:\n    def add(self, key, value=3) -> None: ...\n",
        "class Tree(dict):\n    size: int\n",
        "LIMIT: int\n",
        "LIMIT: int = ...\n",
    ],
)
def test_a_declared_interface_that_the_code_has_is_proven(text_: str) -> None:
    assert declared(text_, CODE).outcome == "passed"


@pytest.mark.parametrize(
    "text_",
    [
        "def walk(tree) -> list[str]: ...\n",
        "def walk(tree, *, deep=True): ...\n",
        "def walk(tree, *, deep=False) -> list[int]: ...\n",
        "def add(self, key, value=3): ...\n",
        "class Forest: ...\n",
        "LIMIT: str\n",
        "def missing(): ...\n",
        "async def walk(tree, *, deep=False): ...\n",
    ],
)
def test_a_declared_interface_that_the_code_has_not_fails(text_: str) -> None:
    found = declared(text_, CODE)
    assert found.outcome == "failed" and "is not met" in found.messages[0]


def test_prose_can_not_be_proven() -> None:
    assert declared("Call it with a list of numbers.\n", CODE).outcome == "not_checked"


def test_a_prototype_of_another_language_must_occur_in_the_files() -> None:
    code = "#include <x.h>\nint  add ( int a,\n          int b )\n{ return a + b; }\n"
    assert declared("int add(int a, int b);\n", code, "c").outcome == "passed"
    assert declared("int add(int a);\n", code, "c").outcome == "failed"


def test_an_interface_that_can_not_be_cut_fails() -> None:
    assert interface.verify({"one.py": "def f(:\n"}, target(), bench=PAPER).outcome == "failed"  # type: ignore[union-attr]


def test_a_stub_has_the_names_and_no_bodies() -> None:
    found = stub_of(
        {"one.py": "#!/usr/bin/env python3\nX = 1\nclass A:\n    def f(self): return 1\ndef g(): return 2\n"}, target()
    )
    space: dict[str, object] = {}
    exec(compile(found["one.py"], "one.py", "exec"), space)
    assert {"X", "A", "g"} <= set(space) and space["X"] is None
    assert space["g"](1, 2) is None and space["A"]().f() is None  # type: ignore[operator]
    assert found["one.py"].startswith("#!") and "return 1" not in found["one.py"]


def test_a_spec_without_checks_has_no_stub() -> None:
    assert stub.verify({"one.py": ""}, target(), bench=PAPER) is None


def test_a_broken_check_beside_a_failure_is_the_failure() -> None:
    bad, mad = Verdict("a", "failed"), Verdict("b", "broken")
    assert failed([bad, mad]) and not broken([bad, mad])
    assert broken([mad, Verdict("c", "passed")]) and not failed([mad])


@pytest.mark.parametrize(
    ("code", "outcome", "messages"),
    [
        ("def f(a, b): ...\nclass C: ...\n", "passed", 0),
        ("def f(): ...\n", "failed", 1),
        ("class C: ...\n", "failed", 1),
        ("def _f(): ...\n", "failed", 2),
    ],
)
def test_a_public_name_of_the_locked_text_has_to_stay_where_the_spec_says_so(
    code: str, outcome: str, messages: int
) -> None:
    bench = replace(PAPER, kept=lambda: {"f": "def f():\n", "C": "class C:\n"})
    found = interface.verify({"one.py": code}, target(more='[verify]\ninterface = "keep"\n'), bench=bench)
    assert found is not None
    assert (found.outcome, len(found.messages)) == (outcome, messages)
    free = interface.verify({"one.py": code}, target(), bench=bench)
    assert free == Verdict("interface", "passed"), "the control: nobody asked for it"


def test_whose_names_can_not_be_told_is_not_said_to_keep_them() -> None:
    more = '[verify]\ninterface = "keep"\n[interface]\ntext = "int f(void);"\n'
    for code, outcome in (("int f(void) { return 1; }", "not_checked"), ("int g(void) { return 1; }", "failed")):
        found = interface.verify({"one.c": code}, target("c", more), bench=PAPER)
        assert found is not None
        assert found.outcome == outcome
