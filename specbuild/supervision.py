"""A supervised Python command: tests that run in one process with generated code, and a report that they really ran.

An exit code proves little there: code under test can end the process, patch the runner or skip itself. So the command
runs under SUPERVISOR, which is handed over on the command line (never from a file of the snapshot), reads its orders
from stdin before anything generated is imported, and at the end signs a report with the nonce that stood in them. No
report: the command did not come to its end. The report tells which tests ran, and what was tampered with.

What it can't do: code that searches the process's memory for the nonce, knowing this very supervisor, can sign what it
likes. Only a check in a separate process, as examples are, is proof against code that is made to cheat.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from specbuild.supervisor import SUPERVISOR

MARK = b"specbuild-report:"


@dataclass(frozen=True, slots=True)
class Report:
    """What the supervisor saw. `ran` maps the tests' names to "passed", "failed" or "skipped"; of a command that runs
    no pytest it is empty. `faults` tell what was tampered with, `broken` why the tests themselves can't be used.
    """

    exit_code: int
    ran: Mapping[str, str]
    faults: tuple[str, ...]
    broken: tuple[str, ...]


def supervised(arguments: Sequence[str]) -> tuple[str, ...] | None:
    """Return what stands behind the interpreter for `arguments`; None if they start no file and no module."""
    if not arguments or (arguments[0].startswith("-") and arguments[0] != "-m") or list(arguments) == ["-m"]:
        return None
    return ("-c", SUPERVISOR, *arguments)


def orders(nonce: str, generated: Sequence[str], protected: Mapping[str, bytes]) -> bytes:
    """Return what the supervisor reads: which files are generated, and the digests that the others must keep."""
    digests = {path: hashlib.sha256(data).hexdigest() for path, data in sorted(protected.items())}
    return json.dumps({"nonce": nonce, "generated": sorted(generated), "protected": digests}).encode() + b"\n"


def read_report(stderr: bytes, nonce: str) -> tuple[Report | None, bytes]:
    """Return the report that `nonce` signed, None if there is none; and stderr without anything like a report."""
    found: Report | None = None
    rest = []
    for line in stderr.split(b"\n"):
        at = line.find(MARK)
        if at < 0:
            rest.append(line)
            continue
        rest.append(line[:at])
        signature, _, text = line[at + len(MARK) :].partition(b":")
        if hmac.compare_digest(hmac.new(nonce.encode(), text, hashlib.sha256).hexdigest().encode(), signature):
            said = json.loads(text)
            found = Report(said["exit"], said["ran"], tuple(said["faults"]), tuple(said["broken"]))
    return found, b"\n".join(rest)
