import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specbuild.canonical_json import CanonicalError, Digest, digest
from specbuild.diagnostic import Diagnostic, Place
from specbuild.iteration import (
    Iteration,
    ModuleMeasure,
    Parent,
    Portion,
    SecondStage,
    SuiteCounts,
    iteration_text,
    read_iteration,
)

A, B = digest("a"), digest("b")
ITERATION = Iteration(
    number=1,
    parent=Parent(0, A),
    what="Mend the swapped letters",
    tests=SuiteCounts(10, 0, 1),
    settings={"specs": "specs", "outputs": "build", "template": None, "parameters": {"temperature": 0.5}},
    inputs={"specs/self/x.toml": A},
    package={"pkg/__init__.py": A, "pkg/x.py": B},
    modules={"self/x": ModuleMeasure(12, 0.08)},
    module_share=Portion(1, 2),
    line_share=Portion(12, 20),
    calls=1,
    input_tokens=100,
    output_tokens=None,
    second_stage=SecondStage("stage", 1, 1),
)
PATH = "build/history/iter1/iteration.json"


def fault(text: str) -> str:
    found = read_iteration(text, PATH)
    assert isinstance(found, Diagnostic)
    assert found.code == "SB734" and PATH in found.message
    return found.message


def test_an_iteration_comes_back_from_its_text() -> None:
    assert read_iteration(iteration_text(ITERATION), PATH) == ITERATION
    first = replace(ITERATION, number=0, parent=None, tests=None, input_tokens=None, modules={}, inputs={})
    assert read_iteration(iteration_text(first), PATH) == first


FIRST = Iteration(
    0, None, "first", None, {"specs": "specs"}, {}, {"pkg/x.py": Digest("0" * 64)}, {"self/x": ModuleMeasure(3, 0.0)},
    Portion(1, 1), Portion(3, 3), 2, None, 70, SecondStage("tool", 1, 1),
)  # fmt: skip
FIRST_TEXT = f"""\
{{
 "inputs": {{}},
 "iteration": 1,
 "modules": {{
  "self/x": {{
   "copied_share": 0,
   "logical_lines": 3
  }}
 }},
 "number": 0,
 "package": {{
  "pkg/x.py": "{"0" * 64}"
 }},
 "parent": null,
 "settings": {{
  "specs": "specs"
 }},
 "share": {{
  "logical_lines": [
   3,
   3
  ],
  "modules": [
   1,
   1
  ]
 }},
 "stage2": {{
  "by": "tool",
  "extracted": 1,
  "rendered": 1
 }},
 "tests": null,
 "tree": "08d5baa3ee09fa891c3031c51fda0fe1dbe59bf0423e834fab9c2473709e4aee",
 "usage": {{
  "calls": 2,
  "input": null,
  "output": 70
 }},
 "what": "first"
}}
"""


def test_its_text_is_frozen_to_the_byte() -> None:
    assert iteration_text(FIRST) == FIRST_TEXT
    assert read_iteration(FIRST_TEXT, PATH) == FIRST


def test_the_order_of_names_makes_no_difference() -> None:
    turned = replace(ITERATION, package=dict(reversed(ITERATION.package.items())))
    assert list(turned.package) != list(ITERATION.package)
    assert turned.tree == ITERATION.tree == digest(ITERATION.package)
    assert iteration_text(turned) == iteration_text(ITERATION)


def test_what_has_no_json_is_not_written() -> None:
    with pytest.raises(CanonicalError):
        iteration_text(replace(ITERATION, what="\ud800"))


def test_the_diagnostic_tells_the_file_and_what_to_do() -> None:
    assert read_iteration("[]", PATH) == Diagnostic(
        "SB734",
        f"{PATH} can't be believed: [] stands where an object should",
        Place(PATH),
        hint=f"bring it back, as with: git checkout -- {PATH}",
    )
    assert "its brackets are nested too deeply" in fault("[" * 100_000)
    assert "a newer specbuild wrote it" in fault('{"iteration": 2}')


def test_its_text_has_the_keys_of_the_format_and_nothing_volatile() -> None:
    value = json.loads(iteration_text(ITERATION))
    assert sorted(value) == [
        "inputs", "iteration", "modules", "number", "package", "parent", "settings", "share", "stage2", "tests",
        "tree", "usage", "what",
    ]  # fmt: skip
    assert value["share"] == {"logical_lines": [12, 20], "modules": [1, 2]}
    assert value["parent"] == {"number": 0, "tree": A}
    assert value["tests"] == {"failed": 0, "passed": 10, "skipped": 1}
    assert value["usage"] == {"calls": 1, "input": 100, "output": None}
    assert value["stage2"] == {"by": "stage", "extracted": 1, "rendered": 1}
    assert value["settings"] == ITERATION.settings and value["inputs"] == ITERATION.inputs
    assert value["modules"] == {"self/x": {"copied_share": 0.08, "logical_lines": 12}}
    assert value["tree"] == digest({"pkg/__init__.py": A, "pkg/x.py": B})


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (f'"pkg/x.py": "{B}"', f'"pkg/x.py": "{A}"', "tree hash"),
        ('"number": 1,\n "package"', '"number": true,\n "package"', "count"),
        ('"passed": 10', '"passed": 010', "Expecting"),
        ('"passed": 10', '"passed": 10,\n  "more": 1', "not the one that was written"),
        ('"passed": 10', '"passed":  10', "not the one that was written"),
        ('"copied_share": 0.08', '"copied_share": NaN', "NaN"),
        ('"copied_share": 0.08', '"copied_share": "0.08"', "copied_share"),
        ('"specs/self/x.toml"', '"../x.toml"', "no path inside a project"),
        ('"specs/self/x.toml"', '"/x.toml"', "no path inside a project"),
        ('"pkg/x.py"', '"pkg/./x.py"', "no path inside a project"),
        (f'"specs/self/x.toml": "{A}"', f'"specs/self/x.toml": "{A[:-1]}"', "no hash"),
        ('"by": "stage"', '"by": "me"', "neither stage nor tool"),
        ('"iteration": 1', '"iteration": 2', "newer specbuild"),
        ('"what": "Mend the swapped letters"', '"what": 1', "stands where a text should"),
        (' "tests": {', ' "test": {', "'tests' is missing"),
        ('"skipped": 1', '"omitted": 1', "'skipped' is missing"),
        ('"iteration": 1', '"iteration": true', "not the one that was written"),
        ('"iteration": 1', '"iteration": 0', "not the one that was written"),
        (' "iteration": 1,\n', "", "not the one that was written"),
        ('"calls": 1', '"calls": -1', "-1 stands where a count should"),
        ('"input": 100', '"input": "100"', "'100' stands where a count should"),
        ('"copied_share": 0.08', '"copied_share": true', "a copied_share is no number"),
        ('"copied_share": 0.08', '"copied_share": 1e999', "inf has no JSON form"),
        (f'"tree": "{A}"', f'"tree": "{A.upper()}"', "no hash"),
        ('"by": "stage"', '"by": null', "None stands where a text should"),
        ("[\n   12,\n   20\n  ]", "{}", "{} stands where an array should"),
        ("[\n   12,\n   20\n  ]", "[\n   12\n  ]", ""),
        ("[\n   12,\n   20\n  ]", "[\n   12,\n   20,\n   20\n  ]", ""),
        ('"specs/self/x.toml"', '""', "'' is no path inside a project"),
        ("Mend the", "\\ud800", "lone surrogate U+D800"),
    ],
)
def test_one_change_makes_it_unbelievable_by_name(before: str, after: str, told: str) -> None:
    text = iteration_text(ITERATION)
    assert text.count(before) == 1
    assert told in fault(text.replace(before, after))


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", "[" * 100_000, '{"iteration": 1}', "\ud800"])
def test_what_is_no_iteration_at_all_is_told(text: str) -> None:
    fault(text)


@given(at=st.integers(0, len(iteration_text(ITERATION)) - 1), character=st.characters(codec="ascii"))
def test_no_changed_character_passes_for_the_same_iteration(at: int, character: str) -> None:
    text = iteration_text(ITERATION)
    changed = text[:at] + character + text[at + 1 :]
    found = read_iteration(changed, PATH)
    assert isinstance(found, Diagnostic) or found != ITERATION or changed == text
