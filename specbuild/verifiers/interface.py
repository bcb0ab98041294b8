"""The interface that dependents will see can be had from the files, and a declared one is what the code really offers.

A declared text is proven by its *signature lines*. In Python these are the logical lines that begin with `def`,
`async def` or `class` (compared up to the colon), and those of the form `NAME: type` or `NAME = value`. Each must be
found in the interface that is cut from the code, in the class that it stands in, after white space outside of strings
is taken away; where a declared parameter or result has no annotation, the code's is not looked at; a constant whose
value is `...` stands for any value. In other languages a signature line is one that ends with `)`, `;` or `{` and
holds a `(`; its words must occur in the files in that order, side by side. A text without a signature line is prose:
dependents see it, and the verdict is "not_checked".

Under `interface = "keep"` no public name of the locked text may be gone; that is told of Python only.
"""

import re
from collections.abc import Iterator, Mapping

from specbuild.interface import Interface, interface_of
from specbuild.public_names import name_changes, public_names
from specbuild.python_interface import InterfaceFault
from specbuild.python_text import PythonText, Unreadable, read_python
from specbuild.target import Target
from specbuild.text_safety import printable
from specbuild.trial import Bench
from specbuild.verifier import Verdict

_DEFINITION = re.compile(r"(?:async[ \t]+)?def\b|class\b")
_CLASS = re.compile(r"class[ \t]+(\w+)")
_CONSTANT = re.compile(r"[A-Za-z_]\w*[ \t]*(?::(?!\s*$)|=(?!=))")
_STRING = re.compile(r"(?:'''[\s\S]*?'''|\"\"\"[\s\S]*?\"\"\"|'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\")")
_OTHER_SIGNATURE = re.compile(r"\w[^()]*\(.*(?:\)|;|\{)$")


def verify(files: Mapping[str, str], target: Target, *, bench: Bench) -> Verdict | None:
    """Judge the files together; of an interface that can't be cut the first fault is named."""
    language = target.language.name if target.language else ""
    cut = interface_of(files, language=language, declared=None)
    if isinstance(cut, InterfaceFault):
        return Verdict("interface", "failed", (f"{cut.name}:{cut.line}:{cut.column}: {cut.problem}",))
    declared = _declared(files, target, cut)
    if target.spec.values.get("verify.interface") != "keep":
        return declared
    found = (declared, _kept(files, target, bench))
    worst = min((one.outcome for one in found), key=("failed", "not_checked", "passed").index)
    return Verdict("interface", worst, tuple(text for one in found if one.outcome == worst for text in one.messages))


def _declared(files: Mapping[str, str], target: Target, cut: Interface) -> Verdict:
    """Return the verdict on a declared interface: whether the files offer it."""
    language = target.language.name if target.language else ""
    declared = target.spec.values.get("interface.text")
    if not isinstance(declared, str):
        return Verdict("interface", "passed")
    wanted = _python_signatures(declared) if language == "python" else _other_signatures(declared)
    if not wanted:
        return Verdict(
            "interface", "not_checked", ("the declared interface has no signature line that could be proven",)
        )
    if language == "python":
        offered = [one for name, text in cut.texts.items() for one in _offered(name, text)]
        missing = [shown for form, shown in wanted.items() if not any(_answers(form, one) for one in offered)]
    else:
        whole = "\n".join(_squeezed(text) for text in files.values())
        missing = [shown for form, shown in wanted.items() if form not in whole]
    messages = tuple(
        f"the declared interface is not met: there is no `{printable(one, keep_newlines=False)}`" for one in missing
    )
    return Verdict("interface", "failed" if messages else "passed", messages)


def _kept(files: Mapping[str, str], target: Target, bench: Bench) -> Verdict:
    """Return the verdict on public names of the locked text that are gone."""
    language = target.language.name if target.language else "this language"
    names = public_names(files, language=language)
    if names is None:
        return Verdict("interface", "not_checked", (f"which public names are gone can't be told of {language}",))
    removed = name_changes(bench.kept(), names).removed
    messages = tuple(f"the public name `{one}` is gone, and other code may use it: it has to stay" for one in removed)
    return Verdict("interface", "failed" if messages else "passed", messages)


def _python_signatures(declared: str) -> dict[str, str]:
    """Return the signature lines of a declared text: a comparable form → how it was written."""
    python = read_python(declared)
    return dict(_signatures(python)) if isinstance(python, PythonText) else {}


def _offered(name: str, text: str) -> Iterator[str]:
    """Yield the comparable forms of a cut interface; of another file of the target, nothing."""
    if not name.endswith((".py", ".pyi")):
        return
    python = read_python(text)
    if not isinstance(python, Unreadable):
        for form, _ in _signatures(python):
            yield form


def _signatures(python: PythonText) -> Iterator[tuple[str, str]]:
    classes: list[tuple[int, str]] = []
    for line in python.lines:
        while classes and line.indent <= classes[-1][0]:
            classes.pop()
        code = python.source[line.start : line.stop]
        inside = "".join(f"{name}." for _, name in classes)
        if _DEFINITION.match(code):
            header = python.source[line.start : line.colon] if line.colon >= 0 else code
            found = _CLASS.match(code)
            if found:
                classes.append((line.indent, found[1]))
            yield inside + _squeezed(header), code
        elif (
            _CONSTANT.match(code)
            and ("=" in code or ":" in code)
            and not code.startswith(("return", "raise", "import", "from"))
        ):
            yield inside + _squeezed(code), code


def _answers(wanted: str, offered: str) -> bool:
    if wanted == offered:
        return True
    if wanted.endswith(("=...", ":...")):
        return offered.startswith(wanted[:-3])
    if "def " not in wanted.partition("(")[0]:
        # A constant declared with its type alone, or a class whose bases are left open.
        return (":" in wanted and offered.startswith(wanted + "=")) or (
            wanted.rpartition(".")[2].startswith("class ") and "(" not in wanted and offered.startswith(wanted + "(")
        )
    return _head_of(wanted) == _head_of(offered) and _parts_answer(_parts(wanted), _parts(offered))


def _head_of(form: str) -> str:
    return form.partition("(")[0]


def _parts(form: str) -> list[tuple[str, str, str]]:
    """Return a `def` header's parameters as (name, annotation, default), and its result last as ("->", annotation,
    "").
    """
    depth, start, pieces, end = 0, form.index("(") + 1, [], len(form)
    for at, character in _characters(form):
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
            if depth == 0:
                pieces.append(form[start:at])
                end = at + 1
                break
        elif character == "," and depth == 1:
            pieces.append(form[start:at])
            start = at + 1
    parts = []
    for piece in filter(None, pieces):
        name, annotation, default, level, place = "", "", "", 0, 0
        for at, character in _characters(piece):
            level += (character in "([{") - (character in ")]}")
            if level == 0 and character == ":" and place == 0:
                name, place, start = piece[:at], 1, at + 1
            elif level == 0 and character == "=" and piece[at - 1 : at] not in ("!", "<", ">") and place < 2:
                if place == 0:
                    name = piece[:at]
                else:
                    annotation = piece[start:at]
                place, start = 2, at + 1
        if place == 0:
            name = piece
        elif place == 1:
            annotation = piece[start:]
        else:
            default = piece[start:]
        parts.append((name, annotation, default))
    parts.append(("->", form[end:].removeprefix("->"), ""))
    return parts


def _parts_answer(wanted: list[tuple[str, str, str]], offered: list[tuple[str, str, str]]) -> bool:
    return len(wanted) == len(offered) and all(
        name == other and annotation in ("", has) and (default in (value, "...") if default else not value)
        for (name, annotation, default), (other, has, value) in zip(wanted, offered, strict=True)
    )


def _characters(code: str) -> Iterator[tuple[int, str]]:
    """Yield the characters of `code` that stand outside of strings, with their places."""
    at = 0
    while at < len(code):
        string = _STRING.match(code, at)
        if string:
            at = string.end()
        else:
            yield at, code[at]
            at += 1


def _squeezed(code: str) -> str:
    """Return `code` with one space where two words would touch, and no other white space outside of strings."""
    pieces, at = [], 0
    for string in _STRING.finditer(code):
        pieces += [_without_space(code[at : string.start()]), string[0]]
        at = string.end()
    pieces.append(_without_space(code[at:]))
    squeezed = "".join(pieces)
    return re.sub(r",(?=[)\]])", "", squeezed)


def _without_space(code: str) -> str:
    return re.sub(
        r"(?<!\w) | (?!\w)", "", " ".join(code.replace("\\\n", " ").split()) if code.strip() else " " if code else ""
    )


def _other_signatures(declared: str) -> dict[str, str]:
    found = {}
    for line in declared.splitlines():
        code = line.strip()
        if _OTHER_SIGNATURE.match(code) and not code.startswith(("//", "#", "*", "--", ";")):
            found[_squeezed(code.rstrip(";{ \t"))] = code
    return found
