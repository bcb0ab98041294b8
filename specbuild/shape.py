"""From text to output: header line, executable bit, place. Pure, so that a replay gives the bytes of the build.

In: the files of a reply as extracted (or of an accepted record, verbatim) and their target. Out: bytes with paths.
"""

from collections.abc import Mapping
from typing import NamedTuple

from specbuild.canonical_json import Digest, bytes_digest
from specbuild.header import with_header, without_header
from specbuild.languages import language_of_path
from specbuild.stanza import OutputState
from specbuild.target import Target

VERBATIM = "verbatim/1"
"""How an accepted text was "extracted": as it stood on the disk, header line or not."""


class Shaped(NamedTuple):
    """One output as it is written: a project path, its bytes, git's mode ("644" or "755") and the bytes' digest."""

    path: str
    data: bytes
    mode: str
    sha256: Digest


def shaped(
    files: Mapping[str, str], target: Target, *, way: str, modes: Mapping[str, str] | None = None
) -> tuple[Shaped, ...]:
    """Return the outputs of `target` for the texts in `files` (name → text), in declared order.

    `way` is how the texts were had. A verbatim one is a person's file: it gets no header, and unless the spec says
    whether it is executable, its mode is that of `modes` (name → mode). Of others a text that begins with "#!" is.
    """
    outputs = []
    for name, path in zip(target.names, target.outputs, strict=True):
        text = files[name]
        if target.header and way != VERBATIM:
            text = with_header(text, language_of_path(path, target.language) or target.language)
        executable = target.executable
        if executable is None:
            kept = modes.get(name) if modes and way == VERBATIM else None
            executable = kept == "755" if kept else text.startswith("#!")
        data = text.encode("utf-8")
        outputs.append(Shaped(path, data, "755" if executable else "644", bytes_digest(data)))
    return tuple(outputs)


def locked_states(outputs: Mapping[str, OutputState], target: Target) -> dict[str, OutputState] | None:
    """Return a stanza's output states by the names of `target`, wherever they lay; None if its outputs are others.

    A moved spec, another output folder or `build.directory` change where outputs lie, never their names below it.
    """
    if not target.names or len(outputs) != len(target.names):
        return None
    for path in outputs:
        if path.endswith(target.names[0]):
            before = path.removesuffix(target.names[0])
            if all(before + name in outputs for name in target.names):
                return {name: outputs[before + name] for name in target.names}
    return None


def unshaped(data: bytes, path: str, target: Target) -> str:
    """Return the text behind an output's bytes: without our header line, LF line ends. `shaped` backwards."""
    text = data.decode("utf-8", errors="replace").replace("\r\n", "\n")
    return without_header(text, language_of_path(path, target.language) or target.language)
