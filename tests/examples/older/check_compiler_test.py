"""Judge a test script for compilers: `python check_compiler_test.py TEST.py COMPILER.py`; 0 says that all is well.

The script must find every case of COMPILER.py ok. Of the two broken compilers beside this file, and of a program that
does nothing, it must find exactly those cases to fail that do fail. All are run under the same name, one after another.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

CASES = (
    "plain", "fence", "fences-inside", "one-line-feed", "all-fields", "replaced", "empty-answer", "no-choices",
    "cut-off", "service-error", "no-file", "bad-toml", "missing-field", "unknown-language", "no-key",
)  # fmt: skip
AFTER = {"empty-answer", "no-choices", "cut-off", "service-error"}
BEFORE = {"no-file", "bad-toml", "missing-field", "unknown-language", "no-key"}
BROKEN = {
    "broken_request.py": {"all-fields"} | AFTER | BEFORE,
    "broken_errors.py": AFTER | BEFORE,
    "": set(CASES),
}
"""File → the cases that must fail with it; "" is a program that does nothing."""


def problems_of(test: Path, compiler: Path | None, wanted: set[str]) -> list[str]:
    """Run the script on a compiler and say what is wrong with what it prints."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "here").mkdir()
        under_test = folder / "compiler.py"
        under_test.touch()
        if compiler is not None:
            shutil.copyfile(compiler, under_test)
        ran = subprocess.run(
            [sys.executable, str(test), "../compiler.py"],
            check=False, cwd=folder / "here", stdin=subprocess.DEVNULL, capture_output=True,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )  # fmt: skip
        left = [str(path.relative_to(folder)) for path in folder.rglob("*") if path.name not in ("here", "compiler.py")]
    lines = ran.stdout.decode("utf-8", "replace").removesuffix("\n").split("\n")
    problems = [f"it left {path}" for path in left]
    if ran.stderr:
        problems.append(f"it wrote to standard error: {ran.stderr.decode('utf-8', 'replace')}")
    if ran.returncode != (1 if wanted else 0):
        problems.append(f"it ended with {ran.returncode}")
    if len(lines) != len(CASES):
        problems.append(f"it printed {len(lines)} lines")
    for case, line in zip(CASES, lines, strict=False):
        form = rf"FAIL {case}: \S.*" if case in wanted else f"ok {case}"
        if not re.fullmatch(form, line):
            problems.append(f"the case {case} must {'fail' if case in wanted else 'be ok'}, but it printed: {line}")
    return problems


def main(test: str, compiler: str) -> int:
    """Return the exit status for the script `test`."""
    here = Path(__file__).resolve().parent
    runs = {"the compiler": (Path(compiler).resolve(), set[str]())}
    runs |= {name or "a program that does nothing": (here / name if name else None, BROKEN[name]) for name in BROKEN}
    found = {told: problems_of(Path(test).resolve(), path, wanted) for told, (path, wanted) in runs.items()}
    for told, problems in found.items():
        for problem in problems:
            print(f"{told}: {problem}")
    return 1 if any(found.values()) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
