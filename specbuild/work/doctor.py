"""What this machine and this project have and lack, each with what mends it. Asks nobody, writes nothing."""

import importlib.metadata
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from specbuild import __version__
from specbuild.configuration import ServiceConfiguration
from specbuild.diagnostic import Diagnostic
from specbuild.disk.git import is_repository
from specbuild.disk.project import find_project
from specbuild.service_url import is_loopback
from specbuild.terminal.lines import plural
from specbuild.work import tools
from specbuild.work.load import Project, load, read_personal
from specbuild.work.obstacles import obstacles
from specbuild.work.opened import Opened

PACKAGES = ("openai", "doit", "diskcache", "tomli", "click", "rich", "jinja2")


class Finding(NamedTuple):
    """One thing looked at: `what` it is, how it is, what was found, and what mends it ("" if nothing is to be done)."""

    what: str
    state: Literal["good", "note", "missing"]
    found: str
    mend: str = ""


def examine(start: Path, environ: Mapping[str, str]) -> tuple[Finding, ...]:
    """Return the findings for the folder `start`, in the order in which they are best mended."""
    findings = [_python(), *_packages(), _of_tool(tools.git()), _of_tool(tools.sandbox())]
    findings += _services(environ)
    if isinstance(find_project(start), Diagnostic):
        return (*findings, Finding("project", "missing", "none here or above", "specbuild init"))
    return (*findings, *_project(load(start, environ)))


def _python() -> Finding:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return Finding("specbuild", "good", f"{__version__} on Python {version}")


def _packages() -> list[Finding]:
    findings = []
    for name in PACKAGES:
        try:
            importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            findings.append(Finding(name, "missing", "not installed", f"pip install {name}"))
    return findings


def _of_tool(tool: tools.Tool) -> Finding:
    if tool.found:
        return Finding(tool.name, "good", tool.found)
    return Finding(tool.name, "note", f"not here: {tool.lacks}", tool.install)


def _services(environ: Mapping[str, str]) -> list[Finding]:
    personal, faults = read_personal(environ)
    findings = [Finding("configuration", "missing", f"{one.place}: {one.message}", one.hint) for one in faults]
    for name, service in sorted(personal.services.items()):
        where = urlsplit(service.base_url or "").netloc or service.kind
        key = "with a key" if service.key else f"no key ({service.key_env} is not set)" if service.key_env else "no key"
        findings.append(
            Finding(f"service {name}", "good", f"{where}, {key}")
            if service.key or _needs_no_key(service)
            else Finding(f"service {name}", "note", f"{where}, {key}", _gives_key(service))
        )
    if not personal.services:
        findings.append(
            Finding(
                "services", "note", "none is configured: only known replies can be built", "export OPENAI_API_KEY=…"
            )
        )
    return findings


def _gives_key(service: ServiceConfiguration) -> str:
    return f"export {service.key_env}=…" if service.key_env else 'key_env = "…" in your own configuration'


def _needs_no_key(service: ServiceConfiguration) -> bool:
    host = urlsplit(service.base_url or "").hostname or ""
    return service.kind != "openai" or (not service.key_env and is_loopback(f"[{host}]" if ":" in host else host))


def _project(project: Project) -> list[Finding]:
    findings = [
        Finding(
            "project",
            "good",
            f"{project.root}, {plural(len(project.graph.targets), 'spec')}, edition {project.configuration.edition}",
        )
    ]
    if not is_repository(project.root):
        findings.append(Finding("repository", "note", "no git here: nobody else gets replies and lock", "git init"))
    findings += [_of_tool(one) for one in tools.tools(project.graph.targets.values())]
    findings += [Finding("spec", "missing", f"{one.place}: {one.message}", one.hint) for one in project.errors]
    opened = Opened(project)
    local = opened.local.for_reading()
    if isinstance(local, Diagnostic):
        findings.append(Finding(opened.local.path, "note", local.message, local.hint))
    lock = opened.lock_file.read()
    if isinstance(lock, Diagnostic):
        findings.append(Finding("specbuild.lock", "missing", lock.message, lock.hint))
    else:
        findings += [Finding("specbuild.lock", "missing", one.message, one.hint) for one in lock.conflicts.values()]
    findings += _obstacles(project)
    for label in sorted({target.service for target in project.graph.targets.values() if target.service}):
        if label not in project.personal.services:
            findings.append(
                Finding(
                    f"service {label}",
                    "note",
                    "named by the project and not configured here: its replies can't be asked for",
                    f"[service.{label}] in {_personal_file()}",
                )
            )
    return findings


def _obstacles(project: Project) -> list[Finding]:
    found = obstacles(project.root, project.configuration, project.graph.targets.values())
    return [Finding(one.where, "missing" if one.grave else "note", one.what, one.mends) for one in found]


def _personal_file() -> str:
    base = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return f"{base}/specbuild/config.toml"
