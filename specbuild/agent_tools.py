"""The tools of an agent, as far as they are pure: what a call asks for, what becomes of files, what the model reads.

In: tool calls as a model wrote them, the files as a mapping from names to texts. Out: the files after a call, and a
result that begins with "done:" or "error:". What runs something is the caller's business. The wording is edition 1's.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from specbuild.canonical_json import Json
from specbuild.line_lists import lines_of
from specbuild.reply import Reply, normalised

Files = Mapping[str, str]
FILE_TOOLS = ("list_files", "read_file", "write_file", "replace_lines", "delete_file")
RUNNING_TOOLS = ("run_checks", "run_program")
LAST_TOOLS = ("finish", "give_up")
DONE, ERROR = "done: ", "error: "
"""How every result begins: only a call whose result begins with DONE had an effect."""
MOST_CALLS = 32
"""The most calls of one reply that are done."""
MOST_FILES, MOST_CHARACTERS, MOST_TOTAL = 200, 500_000, 2_000_000
"""The most files, characters of one file, and characters of all files together."""
MOST_SHOWN = 24_000
"""The most characters that `read_file` shows at once."""


class Call(NamedTuple):
    """One call of a tool, its arguments read; `fault` says why they can't be used."""

    id: str
    name: str
    arguments: Mapping[str, Json]
    fault: str = ""

    def text(self, name: str) -> str:
        """Return an argument that is a text; "" if it is not there."""
        value = self.arguments.get(name)
        return value if isinstance(value, str) else ""


class Desk(NamedTuple):
    """The files that lie before an agent: its own, others to read, and why a name can't be written beside its own."""

    files: Files
    others: Files
    refusal: Callable[[str, Files], str | None]


class Worked(NamedTuple):
    """What a call of a file tool gave: the result that the model reads, and the own files after it."""

    result: str
    files: Files


def calls_of(reply: Reply) -> tuple[Call, ...]:
    """Return the calls of a reply. Arguments that can't be used are told in each call's `fault`."""
    return tuple(_call(one if isinstance(one, Mapping) else {}) for one in reply.tool_calls)


def worked(call: Call, desk: Desk) -> Worked:
    """Return what a call of one of FILE_TOOLS gives. Never raises."""
    if call.fault:
        return Worked(ERROR + call.fault, desk.files)
    path = plain_path(call.text("path"))
    if call.name == "list_files":
        return Worked(DONE + _listing(desk), desk.files)
    if call.name == "read_file":
        return Worked(_read(call, path, desk), desk.files)
    why = desk.refusal(path, desk.files) if path not in desk.files else None
    if path in desk.others:
        why = "it may be read and not changed"
    after = edited(call, desk.files) if why is None else why
    if isinstance(after, str):
        return Worked(f"{ERROR}{path}: {after}", desk.files)
    if call.name == "delete_file":
        return Worked(f"{DONE}{path} is deleted", after)
    many = max(map(len, after.values()), default=0) > MOST_CHARACTERS or len(after) > MOST_FILES
    if many or sum(map(len, after.values())) > MOST_TOTAL:
        told = f"{MOST_FILES} files, {MOST_CHARACTERS} characters in one and {MOST_TOTAL} in all are the most"
        return Worked(f"{ERROR}{path}: that is too much: {told}", desk.files)
    numbered = _without_numbers(call) != call.text("text")
    note = "; the line numbers in front of the lines were taken off" if numbered else ""
    return Worked(f"{DONE}{path} has {_count(len(lines_of(after[path])), 'line')} now{note}", after)


def edited(call: Call, files: Files) -> Files | str:
    """Return the files after a call that writes; what can't be done is told. Any other call changes nothing."""
    path, text = plain_path(call.text("path")), _without_numbers(call)
    if call.name == "write_file":
        return {**files, path: text}
    if call.name not in ("replace_lines", "delete_file"):
        return files
    if path not in files:
        return "there is no such file"
    if call.name == "delete_file":
        return {name: one for name, one in files.items() if name != path}
    lines = [str(line) for line in lines_of(files[path])]
    first, last = _number(call, "first"), _number(call, "last")
    if not (1 <= first <= len(lines) + 1 and first - 1 <= last <= len(lines)):
        has = _count(len(lines), "line")
        return f"lines {first} to {last} are out of range: the file has {has} (last = first - 1 inserts before first)"
    if text and lines and first > len(lines):
        lines[-1] = _whole(lines[-1])
    return {**files, path: "".join([*lines[: first - 1], _whole(text), *lines[last:]])}


def plain_path(path: str) -> str:
    """Return a path without "./" in front."""
    while path.startswith("./"):
        path = path[2:].lstrip("/")
    return path


def numbered(text: str, first: int = 1) -> str:
    """Return the lines of `text` with their numbers, as `read_file` shows them."""
    return "".join(f"{number}|{_whole(str(line))}" for number, line in enumerate(lines_of(text), first))


_ARGUMENTS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "list_files": ((), ()),
    "read_file": (("path",), ("first", "last")),
    "write_file": (("path", "text"), ()),
    "replace_lines": (("path", "first", "last", "text"), ()),
    "delete_file": (("path",), ()),
    "run_checks": ((), ()),
    "run_program": ((), ("args", "stdin")),
    "finish": ((), ("reason",)),
    "give_up": (("reason",), ()),
}
"""The arguments of each tool: those that it must have, those that it may have. The schemas say the same."""
_NUMBERS = ("first", "last")
_NUMBERED = re.compile(r"[ \t]*([0-9]{1,7})\|", re.ASCII)


def _call(written: Mapping[str, Json]) -> Call:
    function = written.get("function")
    function = function if isinstance(function, Mapping) else {}
    call_id, name, text = written.get("id"), function.get("name"), function.get("arguments")
    call_id, name = call_id if isinstance(call_id, str) else "", name if isinstance(name, str) else ""
    if name not in _ARGUMENTS:
        return Call(call_id, name, {}, f"there is no tool of that name; the tools are: {', '.join(_ARGUMENTS)}")
    try:
        found = json.loads(text if isinstance(text, str) and text.strip() else "{}")
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, Mapping):
        return Call(call_id, name, {}, "the arguments are no JSON object; nothing was done")
    arguments: dict[str, Json] = {key: _plain(value) for key, value in found.items()}
    return Call(call_id, name, arguments, _fault(name, arguments))


def _plain(value: Json) -> Json:
    return normalised(value).replace("\r\n", "\n") if isinstance(value, str) else value


def _fault(name: str, arguments: Mapping[str, Json]) -> str:
    needed, possible = _ARGUMENTS[name]
    for key in needed:
        if key not in arguments:
            return f"{name} needs the argument {key}"
    for key in arguments:
        if key not in (*needed, *possible):
            return f"{name} has no argument of the name {normalised(key)!r:.60}"
    for key, value in arguments.items():
        if key in _NUMBERS and (not isinstance(value, int) or isinstance(value, bool)):
            return f"{key} must be a whole number"
        if key == "args" and not _are_words(value):
            return "args must be a list of texts without NUL"
        if key not in (*_NUMBERS, "args") and not isinstance(value, str):
            return f"{key} must be a text"
    return ""


def _are_words(value: Json) -> bool:
    if isinstance(value, str) or not isinstance(value, Sequence):
        return False
    return all(isinstance(one, str) and "\0" not in one and normalised(one) == one for one in value)


def _without_numbers(call: Call) -> str:
    """Return the argument `text`; if every line has a number in front as `read_file` shows them, in order, without."""
    text = call.text("text")
    lines = [str(line) for line in lines_of(text)]
    found = [_NUMBERED.match(line) for line in lines]
    numbers = [int(one[1]) for one in found if one is not None]
    starts = (1, _number(call, "first"))
    if not numbers or numbers[0] not in starts or numbers != list(range(numbers[0], numbers[0] + len(lines))):
        return text
    return "".join(line[one.end() :] for line, one in zip(lines, found, strict=True) if one is not None)


def _number(call: Call, name: str) -> int:
    value = call.arguments.get(name)
    return value if isinstance(value, int) else 1


def _whole(line: str) -> str:
    return line if not line or line.endswith("\n") else line + "\n"


def _listing(desk: Desk) -> str:
    own = [f"\n{name}: {_count(len(lines_of(text)), 'line')}" for name, text in sorted(desk.files.items())]
    others = [f"\n{name}: to read only" for name in sorted(desk.others)]
    return "".join([_count(len(own), "file"), " of yours", *own, *others])


def _read(call: Call, path: str, desk: Desk) -> str:
    text = desk.files.get(path, desk.others.get(path))
    if text is None:
        return f"{ERROR}{path}: there is no such file"
    lines = lines_of(text)
    first = max(1, _number(call, "first"))
    last = min(len(lines), _number(call, "last") if "last" in call.arguments else len(lines))
    shown, length = first - 1, 0
    while shown < last and (length := length + len(str(lines[shown])) + 8) <= MOST_SHOWN:
        shown += 1
    part = "".join(str(line) for line in lines[first - 1 : shown])
    if shown < last and shown < first:  # not even one line: its beginning
        shown, part = first, str(lines[first - 1])[:MOST_SHOWN] + "\n"
    of = f"{path} has {_count(len(lines), 'line')}"
    head = of if (first, shown) == (1, len(lines)) else f"{of}, of which these are {first} to {shown}"
    end = "" if text.endswith("\n") or not text or shown < len(lines) else "\n(the last line has no newline at its end)"
    return f"{DONE}{head}\n{numbered(part, first)}".removesuffix("\n") + end


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
