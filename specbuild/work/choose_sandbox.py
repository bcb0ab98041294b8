"""Chooses the sandbox in which generated code runs: the person's wish, else the best that starts here, else exit 69.

A repository has no say. The choice is made before the first call is paid.
"""

import importlib
from typing import cast

from specbuild.diagnostic import Diagnostic
from specbuild.sandbox import SANDBOXES, Sandbox

AUTOMATIC = "auto"
NONE = "none"


def choose_sandbox(wish: str = AUTOMATIC) -> Sandbox | Diagnostic:
    """Return the sandbox module for `wish`: "auto", a name of SANDBOXES, or "none" (the person's own flag).

    A Diagnostic (SB850, exit code NO_SANDBOX) says of each why it does not start.
    """
    if wish == NONE:
        return _module("unsandboxed")
    names = SANDBOXES if wish == AUTOMATIC else (wish,)
    reasons = []
    for name in names:
        if name not in SANDBOXES:
            known = ", ".join((*SANDBOXES, NONE))
            return Diagnostic("SB850", f"there is no sandbox called {name!r}", hint=f"one of {known}")
        sandbox = _module(name)
        reason = sandbox.available()
        if reason is None:
            return sandbox
        reasons.append(f"{name}: {reason}")
    return Diagnostic(
        "SB850",
        "no sandbox starts here, so nothing generated is run",
        why="; ".join(reasons),
        hint="install the package bubblewrap, or say --sandbox=none for code that you have read",
    )


def _module(name: str) -> Sandbox:
    return cast(Sandbox, importlib.import_module(f"specbuild.sandboxes.{name}"))
