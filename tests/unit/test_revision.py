"""What a request to revise shows, letter by letter, and what may be revised by itself."""

import hashlib
from pathlib import Path

import pytest

from specbuild.canonical_json import Json, short_digest
from specbuild.comparison import Difference
from specbuild.prompt import LAST_PART, PromptFields, RenderedPrompt, ShownFile, marker_in
from specbuild.revision import Revision, TaskChange, is_small, revision_part, task_changes, with_part
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


def difference(field: str, before: Json, after: Json, component: str = "spec") -> Difference:
    hashed = [None if one is None else short_digest(one) for one in (before, after)]
    return Difference("request", component, field, *hashed)


def changes(*differences: Difference, now: dict[str, Json], was: dict[str, Json]) -> tuple[TaskChange, ...]:
    return task_changes(differences, values=now, old_values=[{}, was], paths={"lexer": ("../lexer.py",)})


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


def test_lines_alike_at_both_ends_are_not_shown() -> None:
    was, now = "a\nb\nc\nd\n", "a\nB\nC\nd"
    [found] = changes(difference("project.specs", was, now), now={"project.specs": now}, was={"project.specs": was})
    assert found == TaskChange("Specifications", "b\nc", "B\nC")


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("x", None, ("x", None)),
        (None, "x", (None, "x")),
        ("a\nc", "a\nb\nc", (None, "b")),
        (["a", "b"], ["a"], ("b", None)),
        ([{"args": ["1"]}], [{"args": ["1"]}, {"args": ["2"]}], (None, '{"args":["2"]}')),
    ],
)
def test_what_was_and_what_is_now_are_shown_side_by_side(
    before: Json, after: Json, shown: tuple[str | None, str | None]
) -> None:
    [found] = changes(difference("example", before, after), now={"example": after}, was={"example": before})
    assert found == TaskChange("Examples", *shown)


def test_an_old_value_that_is_not_the_one_of_the_lock_is_unknown() -> None:
    for was in ({"project.hints": "another"}, {}):
        [found] = changes(difference("project.hints", "old", "new"), now={"project.hints": "new"}, was=was)
        assert "not known any more" in found.note


def test_other_parts_are_told_by_their_paths_never_by_ids() -> None:
    found = changes(
        difference("docs/a.md", "1", "2", "context"),
        difference("docs/b.md", None, "2", "context"),
        difference("docs/c.md", "1", None, "context"),
        difference("lexer", "1", "2", "needs"),
        difference("gone", "1", None, "needs"),
        difference("project.hints", None, "new"),
        now={"project.hints": "new"},
        was={},
    )
    assert [one.heading for one in found] == ["Hints", *["Existing parts"] * 2, *["Files for reference"] * 3]
    assert [one.note.split("`")[1::2] for one in found[1:]] == [
        ["../lexer.py"],
        [],
        ["docs/a.md"],
        ["docs/b.md"],
        ["docs/c.md"],
    ]


def test_nothing_that_changed_is_said_so() -> None:
    assert "Nothing that the task says." in revision_part(WORDING, Revision((), ()))


@pytest.mark.parametrize("component", ["model", "template", "edition", "parameters", "service", "mode"])
def test_only_what_the_task_says_makes_a_small_change(component: str) -> None:
    small = difference("project.hints", "a", "b")
    assert is_small([small, difference("lexer", "1", "2", "needs"), Difference("checks", "verify.lint", "", 1, 2)])
    assert not is_small([small, difference("", "a", "b", component)])
    assert not is_small([difference("file.language", "c", "go")])
    assert not is_small([Difference("shape", "build.header", "", 1, 2)])
