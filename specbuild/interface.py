"""What a need shows to the targets that depend on it, and the labels under which locks remember it.

In: a target's texts as extracted, before the shape. Out: an `Interface`, or why none can be cut. It is the declared
text if there is one, for Python the slices of `python_interface`, for other languages the whole files.
"""

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from specbuild.canonical_json import short_digest
from specbuild.languages import language_of
from specbuild.python_interface import InterfaceFault, python_interface

InterfaceKind = Literal["declared", "python", "whole"]
_PYTHON_ENDINGS = (".py", ".pyi")


@dataclass(frozen=True, slots=True)
class Interface:
    """What dependents see: `texts` by output name (a declared text under ""); `label` is their hash behind the kind."""

    kind: InterfaceKind
    label: str
    texts: Mapping[str, str]


def interface_of(files: Mapping[str, str], *, language: str, declared: str | None) -> Interface | InterfaceFault:
    """Return the interface of a target of `language` with the texts `files` (name → text), or the first fault by name.

    In a Python target, files with other endings than .py and .pyi are shown whole.
    """
    if declared is not None:
        return _interface("declared", {"": declared})
    row = language_of(language)
    if row is None or row.name != "python":
        return _interface("whole", files)
    texts: dict[str, str] = {}
    for name, text in files.items():
        if not name.endswith(_PYTHON_ENDINGS):
            texts[name] = text
            continue
        is_package_init = posixpath.basename(name).partition(".")[0] == "__init__"
        slices = python_interface(text, is_package_init=is_package_init)
        if isinstance(slices, InterfaceFault):
            return slices._replace(name=name)
        texts[name] = slices
    return _interface("python", texts)


def need_label(label: str, paths: Sequence[str]) -> str:
    """Return the label of a need in its dependent's stanza, from the need's own label and its `paths`.

    `paths` are the need's outputs relative to the dependent's directory, with "/", as the prompt shows them.
    """
    return f"{label.partition(':')[0]}:{short_digest({'interface': label, 'paths': list(paths)})}"


def _interface(kind: InterfaceKind, texts: Mapping[str, str]) -> Interface:
    return Interface(kind, f"{kind}/1:{short_digest([[name, texts[name]] for name in sorted(texts)])}", dict(texts))
