"""Judge one generated module by its unit test and its types: `python tests/self/judge_module.py NAME`.

NAME is the module's path below the package, without its ending: `keys` or `formats/diff_text`. The unit test is named
after its last part.
It runs in the sandbox, on a snapshot that holds the module, the modules it needs and its unit test. The package is made
of what lies there alone: a module that is missing is an error and is never taken from an installed release. Property
tests are the same every time. The exit status is 0 if all passes.
"""

import sys
import types
from pathlib import Path

import pytest
from hypothesis import settings
from mypy import api

WIDTH = 120


def main(name: str) -> int:
    """Return the exit status for the module `specbuild/<name>.py`."""
    test = f"tests/unit/test_{name.rpartition('/')[2]}.py"
    root = Path.cwd()
    package = types.ModuleType("specbuild")
    package.__path__ = [str(root / "specbuild")]
    sys.modules["specbuild"] = package
    settings.register_profile("steady", derandomize=True, database=None, deadline=None)
    settings.load_profile("steady")
    failed = pytest.main(["-q", "-p", "no:cacheprovider", "--tb=short", "--maxfail=5", test])
    module = root / "specbuild" / f"{name}.py"
    for folder in (root / "specbuild", module.parent):
        (folder / "__init__.py").touch()  # for mypy: in this copy only
    told, wrong, types_status = api.run(
        ["--strict", "--warn-unreachable", "--python-version=3.11", "--cache-dir=/dev/null", "--no-error-summary",
         str(module.relative_to(root))]
    )  # fmt: skip
    print(told + wrong, end="")
    long = [
        number for number, line in enumerate(module.read_text(encoding="utf-8").splitlines(), 1) if len(line) > WIDTH
    ]
    for number in long:
        print(f"specbuild/{name}.py:{number}: the line is longer than {WIDTH} characters")
    return 1 if failed or types_status or long else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
