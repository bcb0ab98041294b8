"""A reply's text to the files of a target: all of them or none, and then why (rules "sentinel/1" and "fence/1").

In: what the model said, the request's marker, the declared names. Out: exact texts by declared name, or faults. No name
that is not declared leaves it, and it writes nothing. Code that is left out is judged apart, by `omission`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from specbuild.blocks import Blocks, Fault, FaultKind, FileBlock, excerpt, parse_blocks
from specbuild.fences import fenced

Way = Literal["sentinel/1", "fence/1"]

FAULT_CODES: Mapping[FaultKind, str] = {
    "truncated": "SB650",
    "empty": "SB651",
    "refused": "SB652",
    "wrong_names": "SB653",
    "duplicate": "SB654",
    "no_files": "SB655",
    "ambiguous": "SB656",
    "malformed": "SB657",
    "omitted": "SB658",
}
_CUT_OFF = ("length", "max_tokens")
_FILTERED = ("content_filter", "refusal")
_THINK, _THINK_END = "<think>", "</think>"
# Only the beginning of a reply without any file is looked at: enough to call a refusal by its name.
_REFUSALS = (
    *("i'm sorry", "i am sorry", "sorry", "i apologize", "i must decline", "unfortunately, i can"),
    *("i can't", "i cannot", "i can not", "i won't", "i'm unable", "i am unable", "i'm not able", "i am not able"),
)
# No valid file of these kinds begins with three backticks: a fence around all of it can only be the model's habit.
_NEVER_BEGINS_WITH_A_FENCE = (
    *(".py", ".pyi", ".c", ".h", ".cc", ".cpp", ".hpp", ".cs"),
    *(".go", ".java", ".json", ".kt", ".rs", ".swift", ".toml"),
)


@dataclass(frozen=True, slots=True)
class Extraction:
    """All declared files in declared order, or no file and at least one fault. `notes` are the model's own remarks."""

    files: Mapping[str, str]
    notes: str | None = None
    way: Way = "sentinel/1"
    faults: tuple[Fault, ...] = ()


def extract(
    reply_content: str, *, marker: str, names: Sequence[str], finish_reason: str, fallback_fence: bool = True
) -> Extraction:
    """Return the files that `reply_content` holds for the declared `names`.

    CRLF is read as LF, a leading <think> block is set aside. If no block line of this request is there, one name is
    declared and `fallback_fence` is true, then the reply's only fenced block is that file. Never raises; linear.
    """
    if finish_reason in _CUT_OFF:
        return _failed("truncated", "The reply was cut off: the limit of output tokens was reached.")
    if finish_reason in _FILTERED:
        return _failed("refused", "The service withheld the reply: its content filter stopped it.")
    answer = _without_thoughts(reply_content.replace("\r\n", "\n").removeprefix("\ufeff"))
    if answer is None:
        return _failed("truncated", "The reply ends inside its <think> block.")
    if not answer.strip():
        return _failed("empty", "The reply is empty.")
    blocks = parse_blocks(answer, marker)
    if blocks.lines:
        return _from_blocks(blocks, answer, names)
    if fallback_fence and len(names) == 1:
        return _from_fence(answer, names[0])
    return _without_files(answer)


def _without_thoughts(content: str) -> str | None:
    """Return `content` behind its leading <think> block, if it has one; None if that block has no end."""
    if not content.lstrip().startswith(_THINK):
        return content
    end = content.find(_THINK_END)
    return None if end < 0 else content[end + len(_THINK_END) :]


def _from_blocks(blocks: Blocks, answer: str, names: Sequence[str]) -> Extraction:
    if not blocks.files and not blocks.faults:
        return _without_files(blocks.notes or answer, blocks.notes)
    faults = list(blocks.faults)
    files: dict[str, str] = {}
    undeclared: list[str] = []
    for name, text in (FileBlock(_declared(name, names), text) for name, text in blocks.files):
        if name not in names:
            undeclared.append(name)
        elif name in files:
            faults.append(Fault("duplicate", f'The reply holds the file "{excerpt(name)}" more than once.'))
        else:
            files[name] = _unwrapped(name, text)
    if undeclared:
        message = f"The reply holds {_listed(undeclared)}, but only these were asked for: {_listed(names)}."
        faults.append(Fault("wrong_names", message))
    missing = [name for name in names if name not in files]
    if missing and not blocks.faults:
        faults.append(Fault("wrong_names", f"The reply lacks {_listed(missing)}. All files are needed, complete."))
    if not faults and not any(text.strip() for text in files.values()):
        faults.append(Fault("empty", "The files in the reply are empty."))
    if faults:
        return Extraction({}, blocks.notes, "sentinel/1", tuple(dict.fromkeys(faults)))
    return Extraction({name: files[name] for name in names}, blocks.notes)


def _declared(name: str, names: Sequence[str]) -> str:
    """Return `name` without leading "./" if that is a declared name, else `name` as it is."""
    plain = name
    while plain.startswith("./"):
        plain = plain[2:]
    return plain if plain in names else name


def _unwrapped(name: str, text: str) -> str:
    """Return `text` without a fence around all of it, where a file of this kind can't begin with one; never else.

    A Markdown file may be a fence, so its text stays exact. Only first and last line are looked at, at column 0.
    """
    if not name.endswith(_NEVER_BEGINS_WITH_A_FENCE) or not text.startswith("```"):
        return text
    first, _, rest = text.partition("\n")
    run = first[: len(first) - len(first.lstrip("`"))]
    inner, _, last = rest.rstrip().rpartition("\n")
    if "`" in first[len(run) :] or set(last) != {"`"} or len(last) < len(run):
        return text
    return f"{inner}\n" if inner else ""


def _from_fence(answer: str, name: str) -> Extraction:
    fences = fenced(answer)
    if not fences or _other_block_line(answer, fences[0].line):
        return _without_files(answer)
    if len(fences) > 1:
        message = f"The reply holds {len(fences)} fenced blocks and no file block; the file could be any of them."
        return _failed("ambiguous", message)
    if not fences[0].closed:
        return _failed("truncated", "The fenced block of the reply is not closed.")
    if not fences[0].text.strip():
        return _failed("empty", "The fenced block of the reply is empty.")
    return Extraction({name: fences[0].text}, None, "fence/1")


def _other_block_line(answer: str, fence_line: int) -> bool:
    """Tell whether a block line of another marker stands before the first fence, which then is part of a file."""
    return any(line.startswith("=== specbuild:") for line in answer.split("\n")[: fence_line - 1])


def _without_files(answer: str, notes: str | None = None) -> Extraction:
    said = f'It begins: "{excerpt(answer.strip())}"'
    if answer.strip().lower().replace("’", "'").startswith(_REFUSALS):
        return _failed("refused", f"The model declined. {said}", notes)
    return _failed("no_files", f"The reply holds no file in the format that was asked for. {said}", notes)


def _failed(kind: FaultKind, message: str, notes: str | None = None) -> Extraction:
    return Extraction({}, notes, "sentinel/1", (Fault(kind, message),))


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f'"{excerpt(name)}"' for name in names[:10])
    return shown + (f" and {len(names) - 10} more" if len(names) > 10 else "")
