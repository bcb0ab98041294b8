"""Python code imports what is there: the standard library, what lies beside it, and the packages that the spec names.

Without `[build] dependencies` a third-party import is only a note. Nothing is looked up or installed: what generated
code names is never fetched, for anybody can publish a package under a name that a model made up.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from specbuild.languages import language_of_path
from specbuild.python_text import PythonText, Unreadable, read_python
from specbuild.target import Target
from specbuild.trial import Absent, Bench
from specbuild.verifier import Verdict

_STATEMENT = re.compile(r"(?:import|from)\b")
_FROM = re.compile(r"from[ \t]+(\.*)[ \t\\\n]*([\w.]*)[ \t\\\n]+import\b")
_IMPORT = re.compile(r"import[ \t\\\n]+(.+)", re.DOTALL)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

MODULES: Mapping[str, tuple[str, ...]] = {
    "attrs": ("attr", "attrs"), "beautifulsoup4": ("bs4",), "biopython": ("Bio",), "faiss-cpu": ("faiss",),
    "google-api-python-client": ("googleapiclient",), "gitpython": ("git",), "grpcio": ("grpc",),
    "msgpack-python": ("msgpack",), "opencv-python": ("cv2",), "pillow": ("PIL",), "protobuf": ("google",),
    "psycopg2-binary": ("psycopg2",), "pycryptodome": ("Crypto",), "pygobject": ("gi",), "pyjwt": ("jwt",),
    "pymysql": ("pymysql",), "pyopenssl": ("OpenSSL",), "pyqt5": ("PyQt5",), "pyqt6": ("PyQt6",),
    "pyserial": ("serial",), "python-dateutil": ("dateutil",), "python-docx": ("docx",),
    "python-dotenv": ("dotenv",), "python-magic": ("magic",), "python-multipart": ("multipart",),
    "python-pptx": ("pptx",), "pyyaml": ("yaml",), "pyzmq": ("zmq",), "scikit-image": ("skimage",),
    "scikit-learn": ("sklearn",), "setuptools": ("setuptools", "pkg_resources"),
    "websocket-client": ("websocket",),
}  # fmt: skip
"""Packages (normalised names) whose modules have other names. Any other package is taken to be called like its
module.
"""


class _Import(NamedTuple):
    name: str
    line: int
    optional: bool
    """In a `try` block: the code says what it does without it."""


def verify(files: Mapping[str, str], target: Target, *, bench: Bench) -> Verdict | None:
    """Judge the imports of the Python files, wherever in the code they stand; None if there are no Python files."""
    texts = {name: text for name, text in sorted(files.items()) if _is_python(name, target)}
    if not texts:
        return None
    interpreter = bench.interpreter()
    if isinstance(interpreter, Absent):
        return Verdict("imports", "not_checked", (f"not checked: {interpreter.remedy}",))
    declared = target.spec.texts("build.dependencies")
    is_declared = "build.dependencies" in target.spec.values
    near = _local_names((*target.outputs, *bench.beside())) | _dependency_modules(declared)
    strange: dict[str, str] = {}
    for name, text in texts.items():
        python = read_python(text)
        if isinstance(python, Unreadable):
            continue  # `syntax` has told that
        for found in imports_of(python):
            if found.name in interpreter.stdlib or found.name in near or _normalised(found.name) in near:
                continue
            note = " (optional)" if found.optional else ""
            strange.setdefault(found.name, f"{name}:{found.line}: imports `{found.name}`{note}")
    if not strange:
        return Verdict("imports", "passed")
    if not is_declared:
        return Verdict("imports", "passed", notes=tuple(f"{told}, a package" for told in strange.values()))
    which = f"allowed are {', '.join(declared)}" if declared else "no packages are allowed"
    failures = tuple(
        f"{told}: neither Python's own, nor beside it, nor allowed ({which})"
        for told in strange.values()
        if "(opt" not in told
    )
    notes = tuple(f"{told}, which is not among the dependencies" for told in strange.values() if "(opt" in told)
    return Verdict("imports", "failed" if failures else "passed", failures, notes)


def imports_of(python: PythonText) -> Iterator[_Import]:
    """Yield what the absolute imports of a source name first: `a` of `import a.b`; with the 1-based line."""
    tries: list[int] = []  # columns of the `try` blocks that are open
    number, counted = 1, 0
    for line in python.lines:
        code = python.source[line.start : line.stop]
        while tries and line.indent <= tries[-1]:
            tries.pop()
        if re.match(r"try[ \t]*:", code):
            tries.append(line.indent)
            code = code.partition(":")[2].lstrip()
        for statement in _statements(code):
            number += python.source.count("\n", counted, line.start)
            counted = line.start
            for name in _modules(statement):
                yield _Import(name, number, bool(tries))


def _statements(code: str) -> Iterator[str]:
    """Yield the import statements of a logical line; behind a header's colon and behind semicolons too."""
    if _STATEMENT.match(code):
        yield code.partition(";")[0]
    for found in re.finditer(r"[;:][ \t]*((?:import|from)[ \t][^;'\"]*)", code):
        yield found[1].strip()


def _modules(statement: str) -> Iterator[str]:
    of_from = _FROM.match(statement)
    if of_from:
        if not of_from[1] and of_from[2]:
            yield of_from[2].partition(".")[0]
        return
    of_import = _IMPORT.match(statement)
    for part in of_import[1].split(",") if of_import else ():
        name = part.replace("\\\n", " ").split()
        if name and re.fullmatch(r"[\w.]+", name[0]):
            yield name[0].partition(".")[0]


def _is_python(name: str, target: Target) -> bool:
    language = language_of_path(name, target.language) or target.language
    return language is not None and language.name == "python" and name.endswith((".py", ".pyi", ".pyw"))


def _local_names(paths: tuple[str, ...]) -> set[str]:
    """Return the names of modules and packages that lie in a snapshot, whatever folder a program is started from."""
    names: set[str] = set()
    for path in paths:
        *folders, file = path.split("/")
        names |= {*folders, posixpath.splitext(file)[0]}
    return names


def _dependency_modules(dependencies: tuple[str, ...]) -> set[str]:
    modules: set[str] = set()
    for written in dependencies:
        found = _NAME.match(written.strip())
        if found:
            package = re.sub(r"[-_.]+", "-", found[0]).lower()
            modules |= {*MODULES.get(package, ()), _normalised(package), found[0].partition(".")[0]}
    return modules


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "_", name).lower()
