"""Runs a job under macOS's `sandbox-exec`. NOT RUN HERE: written with care, never tried on a Mac.

`sandbox-exec` is deprecated, but it is what the system itself and other build tools use. The profile allows nothing but
what is named: reading the system and the job's mounts, writing the throw-away folder, starting programs, no network. As
with Landlock the machine's own paths are seen. Only the process group is killed at the end: a program that leaves it
stays until its resource limits end it. Memory and disk are not watched.
"""

import functools
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable

from specbuild.sandbox import Job, NotStarted, Ran, directory_of, environment_of
from specbuild.sandboxes.folders import TooMuch
from specbuild.sandboxes.unsandboxed import laid_out, run_command, translated
from specbuild.sandboxes.watchdog import resource_limits

NAME = "seatbelt"
PROGRAM = "/usr/bin/sandbox-exec"
READABLE = ("/usr", "/bin", "/sbin", "/System", "/Library/Developer/CommandLineTools", "/private/var/db/dyld")
START = """\
import json, os, resource, sys
limits, environment, argv = json.loads(sys.argv[1])
for kind, most in limits:
    hard = resource.getrlimit(kind)[1]
    bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (bound, bound))
os.execvpe(argv[0], argv, environment)
"""
"""Sets the limits, which are inherited, then becomes sandbox-exec. The job's environment is not its own."""


@functools.cache
def available() -> str | None:
    """Return why it can't be used here, None if it can: found out once, by running `true` in it."""
    if platform.system() != "Darwin":
        return "it is a part of macOS"
    ran = run(Job(("true",)))
    if isinstance(ran, NotStarted):
        return ran.reason
    return None if ran.exit_code == 0 else f"`true` ended with {ran.exit_code} inside"


def run(job: Job, *, cancelled: Callable[[], bool] = lambda: False) -> Ran | NotStarted:
    """Run `job` and wait for it; its process group is dead at the return."""
    if os.geteuid() == 0:
        return NotStarted("sandbox-exec is not used as root: run specbuild as an ordinary user")
    if not os.access(PROGRAM, os.X_OK):
        return NotStarted(f"{PROGRAM} is not there")
    with tempfile.TemporaryDirectory(prefix="specbuild-", ignore_cleanup_errors=True) as made:
        place = os.path.realpath(made)  # the profile judges real paths, and /tmp is a link there
        try:
            places = laid_out(job, place)
        except OSError as error:
            return NotStarted(f"the sandbox could not be set up: {error.strerror or error}")
        except TooMuch:
            return NotStarted("the files of the job are more than its disk limit allows", "command")
        environment = {name: translated(value, places) for name, value in environment_of(job).items()}
        argv = [PROGRAM, "-p", profile_of(job, place), *(translated(word, places) for word in job.argv)]
        plan = json.dumps([resource_limits(job.limits), environment, argv])
        start = [sys.executable, "-I", "-S", "-c", START, plan]
        directory = translated(directory_of(job), places)
        return run_command(job, start, {"PATH": "/usr/bin:/bin"}, directory, place, cancelled)


def profile_of(job: Job, place: str) -> str:
    """Return the profile (SBPL version 1) for `job`, whose folders lie below `place`. The last rule that fits wins."""
    readable = [*READABLE, *(os.path.realpath(mount.source) for mount in job.readonly), place]
    writable = [place, *(os.path.realpath(mount.source) for mount in job.write)]
    return "\n".join(
        [
            "(version 1)",
            "(deny default)",
            "(allow process-fork)",
            "(allow process-exec)",
            "(allow signal (target same-sandbox))",
            "(allow sysctl-read)",
            "(allow file-read-metadata)",
            *(f"(allow file-read* (subpath {_quoted(path)}))" for path in readable),
            *(f"(allow file-write* (subpath {_quoted(path)}))" for path in writable),
            '(allow file-read* (literal "/") (literal "/dev/urandom") (literal "/dev/random") (literal "/dev/zero"))',
            '(allow file-read* file-write-data (literal "/dev/null"))',
            "(allow network*)" if job.network else "(deny network*)",
        ]
    )


def _quoted(path: str) -> str:
    """Return `path` as a string of the profile's language, from which it can't break out."""
    escaped = path.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
