"""Finds the programs that checks use, and what must be seen of the machine for them to start inside.

The interpreter is the configuration's `python`, else the one of the project's .venv, else the one that specbuild runs
on. A project may be a stranger's: its files only say which installed Python is meant, and that is only ever
started in the sandbox. Inside it lies at HOME_INSIDE, so no message holds a path of the machine. Nothing is installed.
"""

import functools
import glob
import json
import os
import re
import shutil
import sys
import sysconfig
from collections.abc import Callable
from typing import NamedTuple

from specbuild.sandbox import Job, Mount, NotStarted, Ran
from specbuild.trial import Absent, Interpreter, Tool

HOME_INSIDE = "/python"
TOOLS_INSIDE = "/tools"
SYSTEM = ("/usr/", "/bin/", "/sbin/", "/lib/", "/lib64/")
PROBE = 'import json,sys;print(json.dumps(["%d.%d" % sys.version_info[:2], sorted(sys.stdlib_module_names)]))'

Run = Callable[[Job], Ran | NotStarted]


class Installed(NamedTuple):
    """A Python on this machine: its real executable, prefix, "3.11", and its packages if they lie elsewhere."""

    executable: str
    prefix: str
    version: str
    packages: str | None


def find_interpreter(root: str, python: str | None, *, run: Run) -> Interpreter | Absent:
    """Return the project's interpreter. `root` is the project's folder, `python` the configuration's setting, `run`
    the sandbox's.

    Where the setting names no Python that is installed, or the one that it names does not start, the result is Absent:
    no other one takes its place.
    """
    environment = os.path.join(root, ".venv", "bin", "python")
    if python is not None:
        wanted = shutil.which(python) if "/" not in python else os.path.join(root, os.path.expanduser(python))
        told = f"`python = {python}` of the configuration"
    elif os.path.lexists(environment):
        wanted, told = environment, "the project's .venv"
    else:
        wanted, told = sys.executable, "the Python that specbuild runs on"
    installed = None if wanted is None else installed_python(wanted)
    if installed is None:
        return Absent(f"install Python: {told} is not an installed one")
    mounts = mounts_of(installed)
    path = f"{HOME_INSIDE}/bin/python{installed.version}"
    probed = _probe(path, mounts, run)
    if probed is None:
        return Absent(f"mend {told}: it does not start in the sandbox")
    version, stdlib = probed
    return Interpreter(path, version, stdlib, mounts)


def find_tool(name: str) -> Tool | Absent:
    """Return the program `name`: the system's, else a single binary on the person's PATH or beside our own Python."""
    absent = Absent(f"install {name}")
    for folders in ("/usr/bin:/bin", None, sysconfig.get_path("scripts")):
        found = shutil.which(name, path=folders)
        if found is None:
            continue
        real = os.path.realpath(found)
        if real.startswith(SYSTEM):
            return Tool(found if found.startswith(("/usr/bin/", "/bin/")) else real)
        with open(real, "rb") as file:
            if file.read(4) == b"\x7fELF":
                inside = f"{TOOLS_INSIDE}/{name}"
                return Tool(inside, (Mount(real, inside),))
        absent = Absent(f"install {name} for all users")  # a script needs more than itself
    return absent


def installed_python(path: str) -> Installed | None:
    """Tell which installation `path` (an executable, perhaps of a virtual environment) belongs to; None if to none.

    Its text files are read, nothing is run. That its prefix holds a standard library keeps a stranger's project from
    having any other folder of the machine shown inside.
    """
    real = os.path.realpath(path)
    told = re.search(r"python(3\.\d+)$", real)
    if told is None or not os.access(real, os.X_OK):
        return None
    version, prefix = told[1], os.path.dirname(os.path.dirname(real))
    if not os.path.isfile(f"{prefix}/lib/python{version}/os.py"):
        return None
    packages = f"{os.path.dirname(os.path.dirname(os.path.abspath(path)))}/lib/python{version}/site-packages"
    elsewhere = os.path.isdir(packages) and not os.path.samefile(packages, f"{prefix}/lib/python{version}")
    own = os.path.realpath(packages) == os.path.realpath(f"{prefix}/lib/python{version}/site-packages")
    return Installed(real, prefix, version, os.path.realpath(packages) if elsewhere and not own else None)


def mounts_of(python: Installed) -> tuple[Mount, ...]:
    """Return what must be seen for `python` to be at HOME_INSIDE: library, executable, packages of its environment."""
    library = f"lib/python{python.version}"
    if f"{python.prefix}/" in SYSTEM or python.prefix == "/usr/local":
        # Only Python's part of a system folder. Distributions keep packages in dist-packages beside it.
        mounts = [
            Mount(f"{python.prefix}/{library}", f"{HOME_INSIDE}/{library}"),
            Mount(python.executable, f"{HOME_INSIDE}/bin/python{python.version}"),
        ]
        debian = f"{python.prefix}/lib/python3/dist-packages"
        packages = python.packages or (debian if os.path.isdir(debian) else None)
        inside = "lib/python3/dist-packages" if os.path.isdir(debian) else f"{library}/site-packages"
    else:
        mounts = [Mount(python.prefix, HOME_INSIDE)]
        # An executable with a shared libpython may name that by its path; a system's own would come in its place.
        shared = sorted(glob.glob(f"{python.prefix}/lib/libpython{python.version}.so*"))
        mounts += [Mount(path, path) for path in shared]
        packages, inside = python.packages, f"{library}/site-packages"
    if packages is not None:
        mounts.append(Mount(packages, f"{HOME_INSIDE}/{inside}"))
    return tuple(mounts)


@functools.cache
def _probe(path: str, mounts: tuple[Mount, ...], run: Run) -> tuple[str, frozenset[str]] | None:
    """Start the interpreter once, inside, and ask what it is."""
    ran = run(Job((path, "-I", "-S", "-c", PROBE), readonly=mounts))
    if isinstance(ran, NotStarted) or ran.exit_code != 0:
        return None
    version, stdlib = json.loads(ran.stdout)
    return version, frozenset(stdlib)
