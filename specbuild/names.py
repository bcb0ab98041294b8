"""The one checker of names of outputs: whether a path may be written at all, on any system this project may travel to.

In goes a project-relative path with `/` between its components; out comes nothing, or the first fault with its reason.
It knows no disk: symbolic links and what stands there already are the writer's part.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple
from unicodedata import category, normalize

from specbuild.diagnostic import Diagnostic, Place
from specbuild.steering import steering_row
from specbuild.text_safety import hidden_kind, printable

NameFaultKind = Literal["path", "portable", "hidden", "spelling", "git", "own", "steering"]
CODE_OF_KIND: dict[NameFaultKind, str] = {
    "path": "SB801",
    "portable": "SB802",
    "hidden": "SB803",
    "spelling": "SB804",
    "git": "SB805",
    "own": "SB806",
    "steering": "SB807",
}
MAX_COMPONENT_BYTES = 255  # of nearly all file systems
MAX_PATH_BYTES = 1024  # macOS; Linux has 4,096
MAX_COMPONENTS = 64


class NameFault(NamedTuple):
    """Why a name is refused. `message` names it, made safe for a terminal; `hint` says what to do, or is empty."""

    kind: NameFaultKind
    message: str
    why: str
    hint: str = ""

    @property
    def code(self) -> str:
        """The stable code of this kind of fault."""
        return CODE_OF_KIND[self.kind]

    def diagnostic(self, place: Place | None = None) -> Diagnostic:
        """Return the fault as a diagnostic at `place`, where the name was written."""
        return Diagnostic(self.code, self.message, place, self.why, self.hint)


def check_output_name(path: str, *, allow: Sequence[str] = ()) -> NameFault | None:
    """Return the first fault of an output's project-relative path, or None if it may be written.

    `allow` holds the patterns of the person's own configuration (never the repository's): `*` and `?` match within one
    component, `**` any number of components; upper and lower case are the same. They allow files that steer tools and
    nothing else: no pattern makes a path leave the project, enter `.git` or replace the lock and records.
    """
    for rule in (_plain_path, _no_hidden_characters, _one_spelling, _portable, _not_of_git, _not_our_own):
        fault = rule(path)
        if fault is not None:
            return fault
    return _not_steering(path, allow)


def folded(path: str) -> str:
    """Return the key under which two paths are one file on a system that ignores case or Unicode spelling.

    NFC, then case folding, then NFC again: folding can leave a text that is not normal (Unicode 15, D145).
    """
    return normalize("NFC", normalize("NFC", path).casefold())


def _plain_path(path: str) -> NameFault | None:
    why = "an output stands at one plain path inside the project, whatever system reads it"
    if not path:
        return NameFault("path", "the name of an output is empty", why)
    shown = printable(path, keep_newlines=False)
    if "\\" in path:
        hint = f"write {printable(path.replace(chr(92), '/'), keep_newlines=False)}"
        return NameFault("path", f"`{shown}` has a backslash", "only some systems read it as a separator", hint)
    if path.startswith("/"):
        return NameFault("path", f"`{shown}` is an absolute path", why, "give the path below the project's folder")
    if len(path) > 1 and path[1] == ":" and path[0].isalpha():
        return NameFault("path", f"`{shown}` begins with a drive", why, "give the path below the project's folder")
    if path[0] in "~-":
        return NameFault(
            "path", f"`{shown}` begins with `{path[0]}`", "shells read `~` as a home folder, programs `-` as an option"
        )
    for component in path.split("/"):
        if not component:
            return NameFault("path", f"`{shown}` has an empty component", why, "write one `/`, and none at the end")
        if component in (".", ".."):
            return NameFault("path", f"`{shown}` has a `{component}` component", why, "write the path without it")
    return None


def _no_hidden_characters(path: str) -> NameFault | None:
    for character in path:
        if _is_hidden(character):
            shown = "".join(f"\\u{ord(one):04x}" if _is_hidden(one) else one for one in path)
            message = f"`{shown}` holds U+{ord(character):04X}, which a reader can't see or tell from another"
            why = "two names that look the same could be two files, and a terminal may obey such a character"
            return NameFault("hidden", message, why, "take the character out")
    return None


def _is_hidden(character: str) -> bool:
    """Whether nobody can tell this character by sight: `text_safety`'s, private ones, blanks other than the space."""
    return hidden_kind(character) is not None or (category(character) in ("Co", "Zs") and character != " ")


def _one_spelling(path: str) -> NameFault | None:
    spelled = normalize("NFC", path)
    if spelled == path:
        return None
    why = "the same letters spelled in two ways are one file on some systems and two on others"
    return NameFault("spelling", f"`{path}` is not spelled in Unicode's composed form (NFC)", why, f"write `{spelled}`")


_FORBIDDEN = frozenset('<>:"|?*')
_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", "conin$", "conout$", "clock$"]
    + [port + number for port in ("com", "lpt") for number in "0123456789¹²³"]
)


def _portable(path: str) -> NameFault | None:
    """Names that Windows, or a limit of some file system, can't hold as they are written."""
    why = "the project could not be checked out on every system"
    if len(path.encode("utf-8")) > MAX_PATH_BYTES:
        return NameFault("portable", f"`{path[:40]}…` is longer than {MAX_PATH_BYTES} bytes", why)
    components = path.split("/")
    if len(components) > MAX_COMPONENTS:
        return NameFault("portable", f"`{path[:40]}…` has more than {MAX_COMPONENTS} components", why)
    for component in components:
        bad = next((character for character in component if character in _FORBIDDEN), None)
        if bad is not None:
            windows = "Windows has no such names, and `:` names a hidden stream of a file there"
            return NameFault("portable", f"`{path}` holds `{bad}`", windows)
        if component != component.strip(" ") or component.endswith("."):
            windows = "Windows drops the space or the dot and writes another file"
            return NameFault("portable", f"a component of `{path}` has a space at an end or a final dot", windows)
        if component.split(".", 1)[0].rstrip(" ").casefold() in _DEVICES:
            return NameFault("portable", f"`{path}` names the Windows device `{component}`", why, "take another name")
        if _is_short_name(component):
            windows = "Windows may take it for the short form of another file's name"
            return NameFault("portable", f"`{path}` has the shape of a short name, `{component}`", windows)
        if len(component.encode("utf-8")) > MAX_COMPONENT_BYTES:
            return NameFault("portable", f"`{component[:40]}…` is longer than {MAX_COMPONENT_BYTES} bytes", why)
    return None


def _is_short_name(component: str) -> bool:
    """Whether NTFS could have made this name for a longer one, as `GIT~1` for `.git` (CVE-2014-9390)."""
    stem, _, extension = component.partition(".")
    head, tilde, number = stem.rpartition("~")
    return bool(head and tilde and number.isdecimal()) and len(stem) <= 8 and len(extension) <= 3


def _not_of_git(path: str) -> NameFault | None:
    for component in folded(path).split("/"):
        if component == ".git":
            why = "git keeps its own files there, hooks that it runs among them"
            return NameFault("git", f"`{path}` lies in a `.git` folder", why)
    return None


TEMPORARY_SUFFIX = ".specbuild-tmp"
_OWN = ("/cache/local", "/cache/replies", "/specbuild.lock")


def _not_our_own(path: str) -> NameFault | None:
    key = folded(path)
    if any(component.endswith(TEMPORARY_SUFFIX) for component in key.split("/")):
        return NameFault("own", f"`{path}` ends like this tool's temporary files", "they are removed after a crash")
    if any(f"/{key}/".startswith(f"{own}/") for own in _OWN):
        return NameFault("own", f"`{path}` is one of this tool's own files", "a reply could change what is built")
    return None


def _not_steering(path: str, allow: Sequence[str]) -> NameFault | None:
    row = steering_row(folded(path), allow=[folded(pattern) for pattern in allow])
    if row is None:
        return None
    why = "generated text may not steer a tool that nobody asked to read it, unless the person who runs it says so"
    hint = f'to allow it, add "{path}" to `allow_steering_files` in your own configuration (not the repository\'s)'
    return NameFault("steering", f"`{path}` steers {row.reader}", why, hint)
