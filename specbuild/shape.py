"""From text to output: header line, executable bit, place. Pure, so that a replay gives the bytes of the build.

In: the files of a reply as extracted (or of an accepted record, verbatim) and their target. Out: bytes with paths.
"""

from collections.abc import Mapping
from typing import NamedTuple

from specbuild.canonical_json import Digest, bytes_digest
from specbuild.header import with_header, without_header
from specbuild.languages import language_of_path
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

    `way` is how the texts were had; verbatim ones get no header. `modes` (name → mode) overrides the rule that a text which
    begins with "#!" is executable, for accepted files.
    """
    outputs = []
    for name, path in zip(target.names, target.outputs):
        text = files[name]
        if target.header and way != VERBATIM:
            text = with_header(text, language_of_path(path, target.language) or target.language)
        executable = target.executable
        if executable is None:
            executable = modes[name] == "755" if modes and name in modes else text.startswith("#!")
        data = text.encode("utf-8")
        outputs.append(Shaped(path, data, "755" if executable else "644", bytes_digest(data)))
    return tuple(outputs)


def unshaped(data: bytes, path: str, target: Target) -> str:
    """Return the text behind an output's bytes: without our header line, LF line ends. The inverse of `shaped` for generated files."""
    text = data.decode("utf-8", errors="replace").replace("\r\n", "\n")
    return without_header(text, language_of_path(path, target.language) or target.language)
