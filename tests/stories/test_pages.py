"""The pages for users: every command in them is run, every line of output compared, so that none of it can rot.

`python -m tests.stories.test_pages [PAGE…]` writes what the commands print now into the pages, for a person to look at.
"""

import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import pytest

from specbuild.commands import root
from tests.pages import DOCS, HERE, SHOWN_URL, Answer, Setting, as_run, blocks, commands, numbers, steady
from tests.server import Body, declared_files, prompt_text
from tests.stories.test_drafts import ADD, EXAMPLE, SPEC, drafting

Write = Callable[[str, int], str]
"""Makes a file's text of the prompt and of the number of the turn, from 0."""

SQUEEZE = '''"""Remove superfluous empty lines."""

import sys

LINES = [line.rstrip(" \\t") for line in sys.stdin.read().splitlines()]
before = None
for line in LINES:
    if line or before != "":
        print(line)
    before = line
'''
WORDS = '''"""Words of a text."""

import re


def words(text: str) -> list[str]:
    """Return the words in small letters."""
    return re.findall(r"[^\\W\\d_]+", text.lower())
'''
MOST = '''"""Print the most frequent word."""

import sys
from collections import Counter

from words import words

if counts := Counter(words(sys.stdin.read())):
    print(min(counts, key=lambda word: (-counts[word], word)))
'''


SORT = '"""Sort numbers."""\n\nimport sys\n\nprint(*sorted(map(int, sys.argv[1:])))\n'


def squeeze(prompt: str, turn: int) -> str:
    if turn == 0 and "are dropped" not in prompt:
        return SQUEEZE.replace("print(line)", 'print(line, end="\\n" if len(LINES) > 1 else "")')
    if "are dropped" in prompt:
        return SQUEEZE.replace("before = None", "while LINES and not LINES[-1]:\n    LINES.pop()\nbefore = None")
    return SQUEEZE


def words(prompt: str, turn: int) -> str:
    return WORDS.replace(r"\d", "") if "and digits" in prompt else WORDS


def author(**files: Write) -> Answer:
    """Answer as a model that writes each file, by its name without the extension."""

    def answer(body: Body) -> str:
        if not re.search(r"specbuild:\w+ file:", prompt_text(body)):
            return "ok"
        marker, names = declared_files(body)
        turn = (len(body["messages"]) - 2) // 2
        texts = {name: files[Path(name).stem](prompt_text(body), turn) for name in names}
        return "".join(
            f"=== specbuild:{marker} file: {name} ===\n{text}=== specbuild:{marker} end ===\n"
            for name, text in texts.items()
        )

    return answer


SHOUT = '''"""Make text louder."""

import sys

if len(sys.argv) > 1:
    print("shout: no arguments, please", file=sys.stderr)
    sys.exit(2)
for line in sys.stdin.read().splitlines():
    print(line.upper() + ("!" if line and not line.endswith("!") else ""))
'''
NUMBERS = '''"""Work on the numbers given as arguments."""

import statistics
import sys

print(statistics.median(map(float, sys.argv[1:])))
'''
FENCED = "```python\nimport sys\n\nprint(max(map(int, sys.argv[1:])))\n```\n"
ASSISTANT = "#!/bin/sh\ncat > /dev/null\ncat <<'END'\nHere it is:\n\n" + FENCED + "END\n"
HELLO = 'print("Hello, World!")\n'
DRAFT = SPEC.replace("\n[project]", '\n[build]\ndirectory = "src"\n\n[project]') + EXAMPLE
PROJECT = {"specbuild.toml": "edition = 1\n", "specs/.keep": ""}
KNOWN = {"OPENAI_BASE_URL": SHOWN_URL, "OPENAI_API_KEY": "local", "OPENAI_API_MODEL": "small-coder"}

PAGES: Mapping[str, Setting] = {
    "README.md": Setting(),
    "docs/tutorial.md": Setting(author(squeeze=squeeze, words=words, most=lambda *_: MOST)),
    "docs/caching.md": Setting(numbers, PROJECT, KNOWN),
    "docs/writing-specs.md": Setting(author(shout=lambda *_: SHOUT), PROJECT, KNOWN),
    "docs/templates.md": Setting(numbers, PROJECT, KNOWN),
    "docs/recipes.md": Setting(
        author(sort=lambda *_: SORT, median=lambda *_: NUMBERS),
        {"~/bin/llm": ASSISTANT, "answer.md": FENCED},
    ),
    "docs/existing-code.md": Setting(drafting(DRAFT), {"specbuild.toml": "edition = 1\n", "src/add.py": ADD}, KNOWN),
    "docs/moving.md": Setting(author(helloworld=lambda *_: HELLO)),
    "docs/editors.md": Setting(),
    "docs/seeing.md": Setting(),
    "docs/hooks-and-ci.md": Setting(),
    "docs/assistants.md": Setting(),
}
"""The pages with commands, each with what it takes for granted."""


def page_as_run(name: str, folder: Path) -> tuple[str, str]:
    """Return a page, and the page with what its commands print now."""
    page = (HERE / name).read_text(encoding="utf-8")
    return page, as_run(page, folder, PAGES[name])


@pytest.mark.parametrize("name", PAGES)
def test_every_output_on_the_page_is_what_the_program_says(name: str, tmp_path: Path) -> None:
    page, run = page_as_run(name, tmp_path)
    assert steady(run) == steady(page)


def test_a_command_that_says_something_else_is_noticed(tmp_path: Path) -> None:
    page = "```console\n$ specbuild explain SB999\nall is well\n$ echo $?\n0\n```\n"
    made = as_run(page, tmp_path, Setting())
    assert "there is no code 'SB999'" in made and made.endswith("$ echo $?\n2\n```\n")


def test_every_page_with_commands_is_run_and_every_user_page_is_linked_from_the_readme() -> None:
    readme = (HERE / "README.md").read_text(encoding="utf-8")
    for path in sorted(DOCS.glob("*.md")):
        name = f"docs/{path.name}"
        shown = [line for block in blocks(path.read_text(encoding="utf-8")) for line in commands(block)]
        assert not shown or name in PAGES, name
        assert f"({name}" in readme, name


def spoken(page: str) -> list[list[str]]:
    """Return the words of every command line of specbuild on a page: in blocks, indented, and between backticks."""
    lines = re.findall(r"(?:^ {4}|^\$ |`|- run: |&& )(specbuild [a-z][^`\n]*)", page, re.MULTILINE)
    return [re.split(r" (?:#|&&|\||>)", line)[0].split(" ") for line in lines]


def fault(words: list[str]) -> str:
    """Return what is wrong with the command or an option of `specbuild WORDS`, "" if nothing."""
    group = root._root()
    with click.Context(group) as context:
        command = group.get_command(context, words[0])
        if command is None:
            return f"no command {words[0]}"
        known = {option for one in command.params for option in (*one.opts, *one.secondary_opts)}
        ours = words[1 : words.index("--")] if "--" in words else words[1:]
        return ", ".join(one for one in ours if one.startswith("-") and one.split("=")[0] not in known)


def test_every_command_that_a_page_names_exists_with_its_options() -> None:
    pages = [*sorted(HERE.glob("*.md")), *sorted(DOCS.glob("*.md"))]
    wrong = [
        f"{path.name}: {' '.join(words)}: {told}"
        for path in pages
        for words in spoken(path.read_text(encoding="utf-8"))
        if (told := fault(words[1:]))
    ]
    assert wrong == []
    assert fault(["biuld"]) and fault(["build", "--offlin"]), "the control"


if __name__ == "__main__":
    for name in sys.argv[1:] or PAGES:
        with TemporaryDirectory() as scratch:
            (HERE / name).write_text(page_as_run(name, Path(scratch))[1], encoding="utf-8")
