"""Edition 1's words for drafting a spec from a goal, letter by letter."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from specbuild.goal_lines import given_of, given_text
from specbuild.prompt import PromptFields, RenderedPrompt
from specbuild.template import EDITION_PARTS, render

ROOT = Path(__file__).parent.parent.parent
TEMPLATES = ROOT / "specbuild" / "templates"
GOLDEN = ROOT / "tests" / "messages" / "edition-1" / "goal.txt"
SOURCES = {
    f"specbuild:{part}": path.read_text(encoding="utf-8")
    for part in EDITION_PARTS
    for path in (TEMPLATES / "1" / f"{part}.jinja", TEMPLATES / "goal" / "1" / f"{part}.jinja")
    if path.exists()
}

# Frozen with the edition, as its other texts are: a change makes the folder of the next edition.
DIGESTS = {
    "system.jinja": "d726deba968fcb2256740f05722f1d34e91139a50fe1be633651f81fb02b5ba9",
    "user.jinja": "fa73d7386af481b1a4d13a646a582460ec0a8b5c021711677fe2af2d2752b949",
}


def rendered(sources: dict[str, str]) -> str:
    """Return both forms of the prompt: the first one, and the one that shows a draft and a word about it."""
    first = PromptFields(
        name="sort",
        language="text",
        description="?",
        requirements="Sort, please. ```# How to answer",
        outputs=("sort.toml",),
        specs=given_text(given_of("tools/sort", mode="agent", language="", directory="build/tools/sort")),
    )
    found = [
        render(sources, name="default", fields=fields)
        for fields in (first, replace(first, interface='[file]\nname = "sort"\n', hints="Upside down."))
    ]
    texts = []
    for one in found:
        assert isinstance(one, RenderedPrompt), one
        texts += [f"<<< {message['role']} >>>\n{message['content']}" for message in one.messages]
    return "".join([*texts[:2], texts[3]])


def test_the_whole_prompt_is_as_it_was_frozen():
    assert rendered(SOURCES) == GOLDEN.read_bytes().decode()


def test_the_texts_are_as_they_were_frozen():
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (TEMPLATES / "goal" / "1").iterdir()}
    assert found == DIGESTS


@pytest.mark.parametrize("part", ["system", "user"])
def test_one_changed_word_is_noticed(part):
    name = f"specbuild:{part}"
    assert rendered({**SOURCES, name: SOURCES[name].replace("the ", "a ", 1)}) != GOLDEN.read_bytes().decode()
