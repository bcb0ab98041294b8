"""Code that a model left out: comments such as "... rest of the code ...", Python functions with `...` as their body.

In: a text and its language's name. Out: where something is missing. It prefers to miss an omission (other checks will
notice) to refusing a good file: a phrase must be a whole comment, and a doubtful one counts only where it stands in
place of code, with nothing behind it in its block. Strings and docstrings of Python are never looked at.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from specbuild.blocks import Fault, excerpt
from specbuild.languages import language_of
from specbuild.python_text import LogicalLine, PythonText, is_docstring, read_python

# Texts for people, and data: an ellipsis in them is no missing code.
_WITHOUT_CODE = ("markdown", "text", "restructuredtext", "asciidoc", "json", "csv")
# Openers that begin a line, and the two that are as common behind code.
_OWN_LINE = re.compile(r"[ \t]*(?://|/\*|#|--|;|%|<!--|\(\*|\{-|\*|\{/\*)(.*)")
_BEHIND_CODE = re.compile(r"[ \t{;](?://|/\*|#)(.*)")

_NOUN = (
    r"(?:code|implementations?|functions?|methods?|class(?:es)?|module|program|script|logic|imports?|definitions?|"
    r"handlers?|routes?)"
)
_WHICH = r"(?:rest|remainder) of (?:the |your |this |that |its )?(?:\w+ ){0,2}"
_OTHER = r"(?:existing|previous|original|remaining|other|unchanged|same|more) (?:\w+ )?"
_SAME = r"(?:the same|unchanged|omitted|elided|identical)"
_STAYS = (
    rf"(?:(?:goes |go |is |are )?here|(?:(?:remains?|stays?|is|are) )?{_SAME}|as before|same as (?:before|above)|"
    r"not shown)"
)
_ANYWHERE = re.compile(
    rf"(?:the )?(?:{_WHICH}(?:file|{_NOUN})|{_OTHER}{_NOUN}) {_STAYS}\b.*"
    rf"|(?:the )?(?:actual |real |full |complete |your |main )*(?:code|implementation|logic)(?: \w+){{0,4}} "
    r"(?:goes|would go|should go|will go|comes|belongs) here\b.*"
    r"|(?:add|put|insert|write|place) (?:your |the |actual |rest of the )*(?:code|implementation|logic) here\b.*"
    r"|your (?:code|implementation|logic) here\b.*"
    r"|.*\b(?:omitted|elided|left out|skipped|truncated|shortened) for (?:brevity|clarity|space|simplicity)\b.*"
    r"|(?:todo|fixme)\b(?: ?\([^)]*\))?[ :-]*(?:implement|add (?:the )?implementation|fill (?:this |it )?in)\b.*"
)
_BEHIND_ELLIPSIS = re.compile(
    rf"(?:and )?(?:the )?(?:{_WHICH}|{_OTHER})(?:file|tests|fields|contents?|{_NOUN})\b.{{0,40}}"
    r"|(?:the )?(?:rest|remainder)(?: .{0,30})?"
    rf"|{_NOUN}(?: {_STAYS})?|{_STAYS}|unchanged|existing|snip(?:ped)?|no changes?|your {_NOUN}"
)
_IN_PLACE_OF_CODE = re.compile(
    rf"|(?:the )?(?:{_WHICH}(?:file|{_NOUN})|(?:existing|remaining) {_NOUN})"
    rf"|(?:{_NOUN} )?(?:(?:remains?|stays?|is) )?unchanged"
    r"|(?:the )?same as (?:before|above)|as before|no changes?(?: needed)?(?: here)?|snip|implementation(?: here)?"
    r"|implement (?:this|me|here)|to be implemented|not (?:yet )?implemented(?: yet)?|todo"
)
_CLOSERS = re.compile(r"[ \t]*(?:[)\]}]|\*/|end\b|fi\b|done\b|esac\b|pass$|\.\.\.$)")
_DEFINITION = re.compile(r"(?:async[ \t]+)?def\b")
_CLASS = re.compile(r"class\b")
_TYPES_ONLY = re.compile(r"if\b.*\bTYPE_CHECKING\b")
_STUB_DECORATOR = re.compile(r"@[ \t]*(?:\w+[ \t]*\.[ \t]*)*(?:overload|abstract\w*)\b")
_ABSTRACT_CLASS = re.compile(r"\b(?:\w*Protocol|ABC|ABCMeta)\b")

OmissionKind = Literal["comment", "body"]


class Omission(NamedTuple):
    """A place where code is left out: its 1-based `line`, the comment or header (safe, shortened), what shows it."""

    line: int
    excerpt: str
    kind: OmissionKind


def omissions(text: str, language: str) -> tuple[Omission, ...]:
    """Return what is left out in `text`, by line. `language` is a name that specs use, or unknown. Linear."""
    row = language_of(language)
    name = row.name if row else language.lower()
    if name in _WITHOUT_CODE:
        return ()
    source = text.replace("\r\n", "\n")
    lines = source.split("\n")
    python = read_python(source) if name == "python" else None
    if isinstance(python, PythonText):
        lines = python.source.split("\n")
        bodies = _bodies(python) if language.lower() != "pyi" else ()  # a stub file has no bodies
        found = [*_comments_of_python(python, lines), *bodies]
    else:
        found = list(_comments(lines))
    return tuple(sorted(found))


def omission_fault(name: str, found: Sequence[Omission]) -> Fault:
    """Return the fault of a reply whose file `name` has the omissions `found` (at least one)."""
    places = "; ".join(f'line {one.line}: "{one.excerpt}"' for one in found[:5])
    more = f" and {len(found) - 5} more" if len(found) > 5 else ""
    return Fault("omitted", f'Code is left out in the file "{excerpt(name)}": {places}{more}. Write all of it.')


def _comments_of_python(python: PythonText, lines: Sequence[str]) -> Iterator[Omission]:
    number, counted = 1, 0
    for comment in python.comments:
        number += python.source.count("\n", counted, comment.start)
        counted = comment.start
        words = python.source[comment.start : comment.stop]
        own_line = lines[number - 1].lstrip(" \t\f").startswith("#")
        if _leaves_out(words.lstrip("#"), own_line and _ends_block(lines, number)):
            yield Omission(number, excerpt(words), "comment")


def _comments(lines: Sequence[str]) -> Iterator[Omission]:
    for number, line in enumerate(lines, 1):
        comment = _OWN_LINE.match(line)
        # A line that goes on in a block comment is prose, not a gap in code.
        in_place = comment is not None and not line.lstrip().startswith("*") and _ends_block(lines, number)
        comment = comment or _BEHIND_CODE.search(line)
        if comment and _leaves_out(comment[1], in_place):
            yield Omission(number, excerpt(comment[0].strip()), "comment")


def _leaves_out(comment: str, in_place_of_code: bool) -> bool:
    """Tell whether `comment` (without its opener) says that code is missing; long comments say something else."""
    if len(comment) > 200:
        return False
    words = " ".join(comment.lower().replace("…", "...").split())
    core = words.strip(" .,:;!-=*/#%<>()[]{}")
    dotted = re.match(r"[\[(<{* ]*\.\.", words) is not None
    return (
        _ANYWHERE.fullmatch(core) is not None
        or (dotted and _BEHIND_ELLIPSIS.fullmatch(core) is not None)
        or (in_place_of_code and (dotted or bool(core)) and _IN_PLACE_OF_CODE.fullmatch(core) is not None)
    )


def _ends_block(lines: Sequence[str], number: int) -> bool:
    """Tell whether nothing but `pass` or a closer stands behind line `number` (1-based) in its block."""
    line = lines[number - 1]
    indent = len(line) - len(line.lstrip(" \t"))
    for behind in lines[number : number + 20]:
        if behind.strip():
            return len(behind) - len(behind.lstrip(" \t")) < indent or _CLOSERS.match(behind) is not None
    return True


def _bodies(python: PythonText) -> Iterator[Omission]:
    """Yield the functions whose body is only `...`, but for overloads, abstract and protocol methods, types only."""
    source, lines = python.source, python.lines
    stubs_deeper_than = -1  # inside of a block of stubs: the column of its header
    is_stub = False
    number, counted = 1, 0
    for place, line in enumerate(lines):
        if line.indent <= stubs_deeper_than:
            stubs_deeper_than = -1
        code = source[line.start : line.stop]
        if code[0] == "@":
            is_stub = is_stub or _STUB_DECORATOR.match(code) is not None
            continue
        if stubs_deeper_than < 0 and ((_CLASS.match(code) and _ABSTRACT_CLASS.search(code)) or _TYPES_ONLY.match(code)):
            stubs_deeper_than = line.indent
        if _DEFINITION.match(code) and not is_stub and stubs_deeper_than < 0 and _is_bare(source, lines, place):
            number += source.count("\n", counted, line.start)
            counted = line.start
            yield Omission(number, excerpt(code), "body")
        is_stub = False


def _is_bare(source: str, lines: Sequence[LogicalLine], place: int) -> bool:
    """Tell whether the body of the function whose header is `lines[place]` is `...`, with or without a docstring."""
    header = lines[place]
    if header.colon < 0:
        return False
    here = source[header.colon + 1 : header.stop].strip()
    if here:
        return here == "..."
    body = []
    for line in lines[place + 1 : place + 4]:
        if line.indent <= header.indent:
            break
        body.append(source[line.start : line.stop])
    if len(body) == 2 and is_docstring(body[0]):
        body = body[1:]
    return body == ["..."]
