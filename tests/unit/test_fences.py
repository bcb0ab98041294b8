"""Fences by CommonMark's rule, compared with another reader of it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from specbuild.fences import Fence, fenced

LINES = st.lists(
    st.sampled_from(
        [
            "```",
            "````",
            "~~~",
            "~~~~",
            "```py",
            "``` a b ",
            "~~~ a`b",
            "```a`b",
            " ```",
            "  ```",
            "   ```",
            "    ```",
            "   ~~~",
            "``` ",
            "~~~\t",
            "``",
            "x",
            "  x",
            "     x",
            "",
            "`x`",
            "`````",
        ]
    ),
    max_size=9,
)


@settings(max_examples=300, deadline=None)
@given(LINES, st.booleans())
def test_it_finds_the_fences_that_another_reader_finds(lines: list[str], ends: bool) -> None:
    text = "\n".join(lines) + ("\n" if ends else "")
    theirs = [token for token in MarkdownIt("commonmark").parse(text) if token.type == "fence"]
    ours = fenced(text)
    assert [(fence.text.rstrip("\n"), fence.line) for fence in ours] == [
        (token.content.rstrip("\n"), (token.map or [0])[0] + 1) for token in theirs
    ]
    assert [fence.info for fence in ours] == [token.info.strip() for token in theirs]


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=40), st.sampled_from("`~"))
def test_a_text_in_a_longer_fence_comes_back_exactly(text: str, character: str) -> None:
    run = character * (max(3, text.count(character) + 1))
    body = text if text.endswith("\n") or not text else text + "\n"
    assert [fence.text for fence in fenced(f"before\n{run}\n{body}{run}\nafter")] == [body]


def test_a_longer_fence_holds_shorter_ones_and_the_other_kind() -> None:
    inner = "```py\nx\n```\n~~~\n"
    assert fenced(f"````md\n{inner}````\n") == (Fence("md", inner, 1, 6, True),)


@pytest.mark.parametrize(
    ("text", "content"),
    [("```\nx\n", "x\n"), ("```\nx", "x"), ("```\n", ""), ("```", ""), ("~~~\n```\n", "```\n")],
)
def test_an_open_fence_reaches_to_the_end_and_says_so(text: str, content: str) -> None:
    assert [(fence.text, fence.closed) for fence in fenced(text)] == [(content, False)]


def test_a_fence_knows_its_lines_and_its_info() -> None:
    text = "a\n~~~ \tpy  `x` \t\nb\n~~~~ \t\n```\n```\n``` x\ny"
    assert fenced(text) == (
        Fence("py  `x`", "b\n", 2, 4, True),
        Fence("", "", 5, 6, True),
        Fence("x", "y", 7, 8, False),
    )
    assert fenced("```") == fenced("```\n") == (Fence("", "", 1, 1, False),)
    assert fenced("```\n\n") == (Fence("", "\n", 1, 2, False),)
    assert fenced("``` a\\*&amp;\n```")[0].info == "a\\*&amp;"
    assert fenced("") == fenced("\n") == ()


def test_only_a_line_feed_ends_a_line() -> None:
    assert fenced("x\r```\ny\n```\rz\n") == (Fence("\rz", "", 3, 3, False),)
    assert fenced("```\na\x0cb\u2028```\r\n```\x0c\n```\n") == (Fence("", "a\x0cb\u2028```\r\n```\x0c\n", 1, 4, True),)


def test_content_loses_the_fences_indentation_and_no_more() -> None:
    assert fenced("  ```\n    a\n b\n\tc\n  ```\n")[0].text == "  a\nb\n\tc\n"


def test_inline_code_four_spaces_a_quote_and_a_bullet_open_no_fence() -> None:
    assert fenced("``` x ``` y\n    ```\n\t```\n \t~~~\n> ```\n- ```\n``\n~~`\n````a`\n") == ()
    assert fenced("```\n    ```\n\t```\n   ```\n")[0].text == "    ```\n\t```\n"


def test_long_runs_take_linear_time() -> None:
    assert fenced("`" * 500_000 + " `") == ()
    assert len(fenced("```\n```\n" * 50_000)) == 50_000
    assert len(fenced("```\n" + "`" * 500_000 + " x\n" + "``` " + " " * 500_000 + "x\n")) == 1
