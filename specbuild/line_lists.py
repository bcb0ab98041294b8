"""Texts as lists of lines: how committed JSON holds them, so that a review reads them and git packs them.

JSON values in and out; each function undoes another. Raises ValueError where JSON read from outside has another shape.
"""

from collections.abc import Callable

from specbuild.canonical_json import Json
from specbuild.json_parts import as_array, as_object, as_text


def lines_of(text: Json) -> list[Json]:
    """Return the lines of `text`, each with its "\\n", the last without one if the text ends without; [] for ""."""
    # Split at "\n" only: str.splitlines would also split at form feeds and U+2028, and lose which of them it was.
    pieces = as_text(text).split("\n")
    return [*(piece + "\n" for piece in pieces[:-1]), *filter(None, pieces[-1:])]


def text_of(lines: Json) -> str:
    """Return the text whose lines these are."""
    return "".join([as_text(line) for line in as_array(lines)])


def with_lines(messages: Json) -> list[Json]:
    """Return the messages of a request with each content as lines; a content of null (tool calls only) stays."""
    return _converted(messages, lines_of)


def with_texts(messages: Json) -> list[Json]:
    """Return the messages with each content as one text again."""
    return _converted(messages, text_of)


def _converted(messages: Json, convert: Callable[[Json], Json]) -> list[Json]:
    converted: list[Json] = []
    for message in as_array(messages):
        one = as_object(message)
        absent = one.get("content") is None
        converted.append(one if absent else {**one, "content": convert(one["content"])})
    return converted
