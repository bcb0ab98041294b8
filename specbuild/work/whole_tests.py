"""The project's whole test suite on its stage: generated code that runs, so never bare unless the person says so."""

import os
import shutil
import sys
from typing import NamedTuple

from specbuild import exit_codes
from specbuild.diagnostic import Diagnostic, DiagnosticError, Place
from specbuild.iteration import SuiteCounts
from specbuild.sandboxes.suite import Suite, run_suite
from specbuild.work.choose_sandbox import NONE
from specbuild.work.load import Project
from specbuild.work.stage import Stage

LOG_NAME = "iterate-tests.log"


class TestsEnded(NamedTuple):
    """How the tests ended: their counts (None: nothing counts them), or why they failed, with the end of their log."""

    counts: SuiteCounts | None
    fault: Diagnostic | None = None
    last_lines: str = ""


def whole_tests(project: Project, stage: Stage, *, sandbox: str, home: str) -> TestsEnded:
    """Run the project's tests, if it names any, with the stage in the place of the project; `home` is the person's.

    Raises DiagnosticError: exit 69 if no sandbox starts, exit 1 if the tests would see another package (SB852).
    """
    settings = project.configuration.iteration
    assert settings is not None
    if not settings.tests:
        return TestsEnded(None)
    log = project.storage.local_folder / LOG_NAME
    suite = Suite(settings.tests, _python(project), str(stage.root), str(project.root), settings.package, home)
    ran = run_suite(suite, log, bare=sandbox == NONE)
    if isinstance(ran, Diagnostic):
        code = exit_codes.NO_SANDBOX if ran.code == "SB850" else exit_codes.FINDING
        raise DiagnosticError(ran, exit_code=code)
    if ran.passed:
        return TestsEnded(ran.counts)
    where = f"{project.storage.local}/{LOG_NAME}"
    hint = "mend the spec of the module that is wrong; or ask for another answer: specbuild iterate --regenerate ID"
    fault = Diagnostic("SB745", f"the tests of the built package failed: {ran.why}", Place(where), hint=hint)
    return TestsEnded(None, fault, ran.last_lines)


def _python(project: Project) -> str:
    """Return the project's interpreter as it is named outside: the setting, the project's .venv, or our own."""
    python, environment = project.configuration.python, project.root / ".venv" / "bin" / "python"
    if python is None:
        return str(environment) if os.path.lexists(environment) else sys.executable
    if "/" in python:
        return os.path.join(project.root, os.path.expanduser(python))
    return shutil.which(python) or sys.executable
