"""What git leaves in a file that both sides changed is told as that."""

import pytest

from specbuild.merge_marks import with_merge_marks
from specbuild.spec_reader import read_spec

HEAD = '[file]\nname = "a"\nlanguage = "python"\ndescription = "A"\n[project]\n'
MARKED = "<<<<<<< HEAD\n{0}One.{1}\n=======\n{0}Two.{1}\n>>>>>>> other\n"
KEY = MARKED.format('requirements = "', '"')
TEXT = 'requirements = """\n' + MARKED.format("", "") + '"""\n'


def told(text: str) -> list[tuple[str, str, int]]:
    raw = text.encode()
    found = with_merge_marks(raw, "specs/a.toml", read_spec(raw, "specs/a.toml", "a")[1])
    return [(one.code, one.severity, one.place.line if one.place else 0) for one in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HEAD + KEY, [("SB110", "error", 6)]),
        ((HEAD + KEY).replace("\n", "\r\n"), [("SB110", "error", 6)]),
        (HEAD + TEXT, [("SB110", "warning", 7)]),
        (HEAD + TEXT.replace("<<<<<<< HEAD", " <<<<<<< HEAD"), []),
        (HEAD + TEXT.replace("=======\n", ""), []),
        (HEAD + "<<<<<<< HEAD\n", [("SB106", "error", 6)]),
        (HEAD + 'requirements = "Two."\n', []),
    ],
)
def test_marks_are_an_error_where_they_break_the_file_and_else_a_warning(
    text: str, expected: list[tuple[str, str, int]]
) -> None:
    assert told(text) == expected
