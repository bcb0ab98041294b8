"""The interface that dependents will see can be cut out of the files: a Python text that fits no Python has none."""

from collections.abc import Mapping

from specbuild.interface import interface_of
from specbuild.python_interface import InterfaceFault
from specbuild.target import Target
from specbuild.verifier import Verdict


def verify(files: Mapping[str, str], target: Target) -> Verdict:
    """Judge the files together; the first fault is named."""
    declared = target.spec.values.get("interface.text")
    found = interface_of(
        files,
        language=target.language.name if target.language else "",
        declared=declared if isinstance(declared, str) else None,
    )
    if isinstance(found, InterfaceFault):
        return Verdict("interface", "failed", (f"{found.name}:{found.line}:{found.column}: {found.problem}",))
    return Verdict("interface", "passed")
