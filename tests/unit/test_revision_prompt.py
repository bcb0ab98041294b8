"""The whole request to revise, as edition 1 was frozen: its template, the wording of its part, the marker."""

import hashlib
from pathlib import Path

from specbuild.prompt import LAST_PART, PromptFields, RenderedPrompt, ShownFile, marker_in
from specbuild.revision import Revision, TaskChange, revision_part, with_part
from specbuild.template import EDITION_PARTS, render

ROOT = Path(__file__).parent.parent.parent
TEMPLATES = ROOT / "specbuild" / "templates"
GOLDEN = ROOT / "tests" / "messages" / "edition-1" / "revise.txt"
WORDING = (TEMPLATES / "revise" / "1.txt").read_text(encoding="utf-8")
SOURCES = {f"specbuild:{part}": (TEMPLATES / "1" / f"{part}.jinja").read_text("utf-8") for part in EDITION_PARTS}

REVISION = Revision(
    (
        ShownFile("calc.py", 'FENCE = "```"\n# How to answer\n', "python"),
        ShownFile("data.txt", "no newline"),
        ShownFile("empty.py", "", "python"),
    ),
    (
        TaskChange("Requirements", "Add.", "Add and subtract.\nNever divide."),
        TaskChange("Hints", None, "Mind ```` fences."),
        TaskChange("Packages", "rich>=13", None),
        TaskChange("Existing parts", note="`../lexer.py` is another now: what stands above is its new version."),
    ),
)


def rendered() -> RenderedPrompt:
    found = render(
        SOURCES,
        name="default",
        fields=PromptFields("calc", "python", "A calculator", "Add and subtract.\nNever divide.", ("calc.py",)),
    )
    assert isinstance(found, RenderedPrompt)
    return found


def test_the_wording_of_the_edition_is_as_it_was_frozen() -> None:
    assert (
        hashlib.sha256(WORDING.encode()).hexdigest()
        == "97903d24c78d496b7feb6595bf5415b0622e8975b726865d7ad31678b133553b"
    )


def test_the_whole_prompt_is_as_it_was_frozen() -> None:
    found = with_part(rendered(), revision_part(WORDING, REVISION))
    shown = "".join(f"<<< {message['role']} >>>\n{message['content']}" for message in found.messages)
    assert shown == GOLDEN.read_text(encoding="utf-8")


def test_the_marker_covers_the_files_and_stands_in_the_last_part_alone() -> None:
    plain, found = rendered(), with_part(rendered(), revision_part(WORDING, REVISION))
    assert found.marker == marker_in(found.messages) != plain.marker
    assert plain.marker not in found.messages[1]["content"]
    before, _, last = found.messages[1]["content"].rpartition("\n" + LAST_PART)
    assert found.marker not in before
    assert last.count(found.marker) == rendered().messages[1]["content"].count(plain.marker)
    other = REVISION._replace(files=(ShownFile("calc.py", "", "python"),))
    assert with_part(plain, revision_part(WORDING, other)).marker != found.marker
