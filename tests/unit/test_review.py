"""A review's answer is read strictly, its request shows every line with its number; edition 1's words, letter by
letter."""

import hashlib
from pathlib import Path

import pytest

from specbuild.prompt import PromptFields, RenderedPrompt
from specbuild.review import FINDINGS, NOTHING, Finding, Findings, errors_in, files_part, findings_in
from specbuild.revision import with_part
from specbuild.template import EDITION_PARTS, render

ROOT = Path(__file__).parent.parent.parent
TEMPLATES = ROOT / "specbuild" / "templates"
FOLDER = TEMPLATES / "review" / "1"
GOLDEN = ROOT / "tests" / "messages" / "edition-1" / "review.txt"
SOURCES = {
    f"specbuild:{part}": path.read_text(encoding="utf-8")
    for part in EDITION_PARTS
    for path in (TEMPLATES / "1" / f"{part}.jinja", FOLDER / f"{part}.jinja")
    if path.exists()
}
FILES = {"a.py": "one\ntwo\nthree\n", "sub/b.py": "", "c d.py": "x"}

# Frozen with the edition, as its other texts are: a change makes the folder of the next edition.
DIGESTS = {
    "answer.jinja": "4d9bed095e517a67f24e2127c5ebfb05505e8bb828a6c33432ae6c62a1460d5c",
    "files.txt": "3517c00abf6fe3086472774ed1e165131164bd3b04dc52ec0bece9500d0e9b32",
    "system.jinja": "810e37b823c6d5b2abee67388420659b2748fc24e557ef714ded719841ebfc8c",
}


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("no findings", ()),
        ("\n  \nno findings  \n\n", ()),
        ("error a.py:3: wrong\n", (Finding("error", "a.py", 3, "wrong"),)),
        ("note sub/b.py:1: it is empty", (Finding("note", "sub/b.py", 1, "it is empty"),)),
        (
            "warning c d.py:1: a: b\r\n\nerror a.py:1: \u202ex",
            (Finding("warning", "c d.py", 1, "a: b"), Finding("error", "a.py", 1, "\\u202ex")),
        ),
    ],
)
def test_an_answer_of_the_form_is_read(answer: str, found: tuple[Finding, ...]) -> None:
    assert findings_in(answer, FILES) == Findings(found)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("", "it is empty"),
        ("No findings", "not of the form"),
        ("no findings.", "not of the form"),
        ("no findings\nerror a.py:1: wrong", "stands beside findings"),
        ("Here they are:\nerror a.py:1: wrong", "`Here they are:` is not of the form"),
        ("error a.py: wrong", "not of the form"),
        ("error a.py:0: wrong", "not of the form"),
        ("error a.py:1:", "not of the form"),
        ("ERROR a.py:1: wrong", "not of the form"),
        ("- error a.py:1: wrong", "not of the form"),
        ("error b.py:1: wrong", "names no file of the task; the files are `a.py`, `sub/b.py`, `c d.py`"),
        ("error a.py:4: wrong", "names a line that `a.py` does not have; it has 3"),
        ("error sub/b.py:2: wrong", "does not have; it has 0"),
        (f"error a.py:1: {'x' * 601}", "longer than 600 characters"),
        ("error a.py:1: wrong\n" * 51, "it has 51 findings"),
    ],
)
def test_any_other_answer_is_no_review_at_all(answer: str, told: str) -> None:
    found = findings_in(answer, FILES)
    assert found.found == () and told in found.faults[0]


def test_only_errors_fail() -> None:
    found = findings_in("warning a.py:1: w\nerror a.py:2: e\nnote a.py:3: n", FILES).found
    assert [str(one) for one in errors_in(found)] == ["a.py:2: e"]


def rendered(sources: dict[str, str], wording: str) -> str:
    fields = PromptFields(
        name="sort",
        language="python",
        description="Sorts numbers.",
        requirements="Print the numbers that are given, sorted.",
        outputs=("sort.py",),
    )
    found = render(sources, name="default", fields=fields)
    assert isinstance(found, RenderedPrompt), found
    text = '"""Sort."""\nprint("```", 1)  # === specbuild:0123456789ab file: sort.py ===\n# How to answer'
    found = with_part(found, files_part(wording, {"sort.py": text, "empty.py": ""}))
    assert found.marker in found.messages[-1]["content"] and FINDINGS in found.messages[-1]["content"]
    return "".join(f"<<< {message['role']} >>>\n{message['content']}" for message in found.messages)


def test_the_whole_prompt_is_as_it_was_frozen() -> None:
    assert rendered(SOURCES, (FOLDER / "files.txt").read_text()) == GOLDEN.read_bytes().decode()


def test_the_texts_are_as_they_were_frozen() -> None:
    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in FOLDER.iterdir()} == DIGESTS
    assert all(f"`{NOTHING}`" in text or NOTHING in text for text in (SOURCES["specbuild:system"],))


@pytest.mark.parametrize("part", ["system", "answer"])
def test_one_changed_word_is_noticed(part: str) -> None:
    name, wording = f"specbuild:{part}", (FOLDER / "files.txt").read_text()
    assert rendered({**SOURCES, name: SOURCES[name].replace("the ", "a ", 1)}, wording) != GOLDEN.read_text()
    assert rendered(SOURCES, wording.replace("the ", "a ", 1)) != GOLDEN.read_text()
