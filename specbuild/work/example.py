"""The example that `init --example` lays out: one spec and its recorded reply, so that a first build asks nobody."""

from pathlib import Path

from specbuild.diagnostic import Diagnostic, DiagnosticError, Place
from specbuild.disk.files import ProjectFiles
from specbuild.disk.flushes import replace_files
from specbuild.work.editors import schema_line
from specbuild.work.load import configuration_of

EXAMPLE = Path(__file__).resolve().parent.parent / "pages" / "example"
EXAMPLE_ID = "hello"


def lay_example(root: Path) -> tuple[tuple[str, str], ...]:
    """Write the example into the project at `root`; return (path, what was done with it), nothing if it lies there.

    Raises DiagnosticError (SB907), before anything is written, if another file lies at one of its places.
    """
    files = ProjectFiles(root)
    configuration, _ = configuration_of(files)
    folder = "" if configuration.specs == "." else configuration.specs + "/"
    spec = f"{folder}{EXAMPLE_ID}.toml"
    plain = (EXAMPLE / f"{EXAMPLE_ID}.toml").read_bytes()
    wanted = {spec: schema_line(root, spec).encode() + plain}
    for record in sorted((EXAMPLE / "replies").rglob("*.json")):
        wanted[f"{configuration.cache}/{record.relative_to(EXAMPLE).as_posix()}"] = record.read_bytes()
    missing = []
    for path, content in wanted.items():
        present = files.read(path)
        if present == content or (path == spec and present == plain):
            continue
        if not isinstance(present, Diagnostic) or present.code != "SB820":
            what = f"{path} is there already, and is not the example's"
            raise DiagnosticError(Diagnostic("SB907", what, Place(path), hint="lay the example out in an empty folder"))
        missing.append((path, content))
    replace_files(root, missing)
    return tuple((path, "made") for path, _ in missing)
