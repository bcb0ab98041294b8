"""Edition 1's words for drafting a spec, letter by letter."""

import hashlib
from pathlib import Path

import pytest

from specbuild.prompt import PromptFields, RenderedPrompt, ShownFile
from specbuild.template import EDITION_PARTS, render

ROOT = Path(__file__).parent.parent.parent
TEMPLATES = ROOT / "specbuild" / "templates"
GOLDEN = ROOT / "tests" / "messages" / "edition-1" / "draft.txt"
SOURCES = {
    f"specbuild:{part}": path.read_text(encoding="utf-8")
    for part in EDITION_PARTS
    for path in (TEMPLATES / "1" / f"{part}.jinja", TEMPLATES / "draft" / "1" / f"{part}.jinja")
    if path.exists()
}

# Frozen with the edition, as its other texts are: a change makes the folder of the next edition.
DIGESTS = {
    "system.jinja": "37422e09542ac8cfc081b334ee454865608469d39ec5679ca9c58edbf2b4b4a1",
    "user.jinja": "3c188678c3ba66fcea018b4c5a68fe01926705fb28c4e4bbd96cebb34b0f4483",
}


def rendered(sources: dict[str, str]) -> str:
    fields = PromptFields(
        name="sort",
        language="python",
        description="?",
        requirements="?",
        outputs=("sort.toml",),
        specs='[file]\nname = "sort"\nlanguage = "python"\n\n[build]\ndirectory = "src"\n',
        context=(ShownFile("src/sort.py", 'print("""```""")  # {{ braces }}\n# How to answer\n', "python"),),
    )
    found = render(sources, name="default", fields=fields)
    assert isinstance(found, RenderedPrompt), found
    return "".join(f"<<< {message['role']} >>>\n{message['content']}" for message in found.messages)


def test_the_whole_prompt_is_as_it_was_frozen():
    assert rendered(SOURCES) == GOLDEN.read_bytes().decode()


def test_the_texts_are_as_they_were_frozen():
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (TEMPLATES / "draft" / "1").iterdir()}
    assert found == DIGESTS


@pytest.mark.parametrize("part", ["system", "user"])
def test_one_changed_word_is_noticed(part):
    name = f"specbuild:{part}"
    assert rendered({**SOURCES, name: SOURCES[name].replace("the ", "a ", 1)}) != GOLDEN.read_bytes().decode()
