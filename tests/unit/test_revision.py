"""What a request to revise shows, letter by letter, and what may be revised by itself."""

import pytest

from specbuild.canonical_json import Json, short_digest
from specbuild.comparison import Difference
from specbuild.prompt import LAST_PART, RenderedPrompt, ShownFile, marker_in
from specbuild.revision import Revision, TaskChange, changes_text, is_small, revision_part, task_changes, with_part

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


OLD = "0123456789ab"
PLAIN = RenderedPrompt(
    (
        {"role": "system", "content": f"The form, not {OLD}.\n"},
        {
            "role": "user",
            "content": f"# Task\n\n{LAST_PART}{OLD}\n\n{LAST_PART}\nIt is `{OLD}`:\n=== specbuild:{OLD} end ===\n",
            "name": "kept",
        },
    ),
    OLD,
)


def difference(field: str, before: Json, after: Json, component: str = "spec") -> Difference:
    hashed = [None if one is None else short_digest(one) for one in (before, after)]
    return Difference("request", component, field, *hashed)


def changes(*differences: Difference, now: dict[str, Json], was: dict[str, Json]) -> tuple[TaskChange, ...]:
    return task_changes(differences, values=now, old_values=[{}, was], paths={"lexer": ("../lexer.py",)})


PART = """One
`calc.py`:

````python
FENCE = "```"
# How to answer
````

`data.txt`:

```
no newline
```
(without a newline at the end)

`empty.py`:

(empty)

two
Requirements, what was there:

```
Add.
```

Requirements, what is there now:

```
Add and subtract.
Never divide.
```

Hints, what was there:

(nothing)

Hints, what is there now:

`````
Mind ```` fences.
`````

Packages, what was there:

```
rich>=13
```

Packages, what is there now:

(nothing)

Existing parts: `../lexer.py` is another now: what stands above is its new version.

three
"""


def test_the_part_is_told_letter_by_letter() -> None:
    assert revision_part("One\n[[files]]\ntwo\n[[changes]]\nthree\n", REVISION) == PART
    assert PART.endswith(f"two\n{changes_text(REVISION)}three\n")


def test_what_is_put_in_may_look_like_the_places_for_it() -> None:
    odd = Revision((ShownFile("[[changes]]", "[[files]]\n[[changes]]\n"),), ())
    found = revision_part("[[files]]\n[[changes]]\n", odd)
    assert found == "`[[changes]]`:\n\n```\n[[files]]\n[[changes]]\n```\n\n" + changes_text(odd)


def test_an_empty_line_is_not_nothing() -> None:
    found = changes_text(Revision((), (TaskChange("Hints", "", None),)))
    assert found == "Hints, what was there:\n\n```\n\n```\n\nHints, what is there now:\n\n(nothing)\n\n"


def test_an_empty_line_at_the_end_is_shown() -> None:
    found = changes_text(Revision((), (TaskChange("Hints", "x\n", "y"),)))
    assert found == "Hints, what was there:\n\n```\nx\n\n```\n\nHints, what is there now:\n\n```\ny\n```\n\n"


def test_a_part_stands_in_front_of_the_last_one() -> None:
    part = f"# More\n\n{LAST_PART}not {OLD}\n\n"
    found = with_part(PLAIN, part)
    new = found.marker
    assert new == marker_in(found.messages) != marker_in(PLAIN.messages)
    assert found.messages == (
        PLAIN.messages[0],
        {
            "role": "user",
            "content": f"# Task\n\n{LAST_PART}{OLD}\n\n{part}"
            f"{LAST_PART}\nIt is `{new}`:\n=== specbuild:{new} end ===\n",
            "name": "kept",
        },
    )
    assert with_part(PLAIN, "another\n").marker != new
    assert OLD in PLAIN.messages[1]["content"], "the argument stays"


def test_a_last_part_may_be_all_that_there_is() -> None:
    plain = RenderedPrompt(({"role": "user", "content": f"{LAST_PART}{OLD}"},), OLD)
    found = with_part(plain, "more\n")
    assert found.messages[0]["content"] == f"more\n{LAST_PART}{found.marker}"


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
        ("a\na", "a", ("a", None)),
        ("", "x\n\ny", ("", "x\n\ny")),
        ("x\n", "x", (None, None)),
        (True, 3, ("true", "3")),
        ({"b": 1, "a": 2}, None, ('{"a":2,"b":1}', None)),
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
        assert found == TaskChange(
            "Hints", note="What it said before is not known any more; it says now what stands above."
        )


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
    assert [one.note for one in found[1:]] == [
        "`../lexer.py` is another now: what stands above is its new version.",
        "A part that the files could use is no longer shown.",
        "`docs/a.md` is another now: what stands above is its new version.",
        "`docs/b.md` is shown now; it was not before.",
        "`docs/c.md` is no longer shown.",
    ]


def test_a_need_that_shows_nothing_is_not_told() -> None:
    paths = {"lexer": ("a.h", "a.c"), "quiet": ()}
    new, gone, quiet, unknown = (
        difference("lexer", None, "2", "needs"),
        difference("lexer", "1", None, "needs"),
        difference("quiet", "1", "2", "needs"),
        difference("unknown", "1", "2", "needs"),
    )
    found = task_changes([quiet, unknown, new, gone], values={}, old_values=(), paths=paths)
    assert [one.note for one in found] == [
        "`a.h` is shown now; it was not before.",
        "`a.c` is shown now; it was not before.",
        "`a.h` is no longer shown.",
        "`a.c` is no longer shown.",
    ]


def test_changes_come_in_the_order_of_the_prompt_each_once() -> None:
    fields = ["build.mode", "example", "a.b", "project.requirements", "build.outputs", "file.name", "interface.text"]
    values: dict[str, Json] = dict.fromkeys(fields, "x")
    gone = [difference(one, "1", None, "needs") for one in ("p", "q")]
    found = changes(
        *gone,
        *(difference(field, None, "x") for field in fields),
        Difference("shape", "spec", "project.hints", None, 1),
        difference("", "a", "b", "model"),
        now=values,
        was={},
    )
    wanted = ["Name", "Requirements", "Interface", "Examples", "Files to write", "Existing parts", "build.mode", "a.b"]
    assert [one.heading for one in found] == wanted


def test_nothing_that_changed_is_said_so() -> None:
    assert changes_text(Revision((), ())) == "Nothing that the task says.\n\n"


@pytest.mark.parametrize("component", ["model", "template", "edition", "parameters", "service", "mode"])
def test_only_what_the_task_says_makes_a_small_change(component: str) -> None:
    small = difference("project.hints", "a", "b")
    assert is_small([small, difference("lexer", "1", "2", "needs"), Difference("checks", "verify.lint", "", 1, 2)])
    assert not is_small([small, difference("", "a", "b", component)])
    assert not is_small([difference("file.language", "c", "go")])
    assert not is_small([Difference("shape", "build.header", "", 1, 2)])
    assert not is_small([])
    assert is_small([difference("file.name", "a", "b"), difference("file.language", "c", "go", "context")])
