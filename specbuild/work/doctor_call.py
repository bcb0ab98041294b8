"""Asks each configured service two short questions: does it answer, with which model, how fast, and what it can do.

These are calls, and may cost; only `doctor --call` makes them. Nothing of them is kept.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from specbuild.canonical_json import Json
from specbuild.configuration import ServiceConfiguration
from specbuild.diagnostic import Diagnostic
from specbuild.disk.project import find_project
from specbuild.provider import Provider, ProviderError
from specbuild.provider_failure import failure_diagnostic
from specbuild.reply import Answer
from specbuild.request import Request
from specbuild.work.asker import provider_of
from specbuild.work.doctor import Finding
from specbuild.work.load import Project, load, read_personal
from specbuild.work.opened import Opened

LONGEST_S = 120.0
"""Each question is waited for so long at most, and no longer than the service's own `timeout_s`."""

_LINE = "one two three four five six"
_STOP = "four"
_TOOL: Json = {
    "type": "function",
    "function": {
        "name": "report",
        "description": "Report the state.",
        "parameters": {"type": "object", "properties": {"state": {"type": "string"}}, "required": ["state"]},
    },
}


def call_configured(start: Path, environ: Mapping[str, str], *, model: str | None = None) -> Iterator[Finding]:
    """Ask all services of the person's configuration, for `model` or for what a build in the folder `start` would."""
    personal, _ = read_personal(environ)
    project = None if isinstance(find_project(start), Diagnostic) else load(start, environ)
    models = models_of(personal.services, personal.environment_model, project)
    yield from call_services(personal.services, dict.fromkeys(personal.services, model) if model else models)


def call_services(
    services: Mapping[str, ServiceConfiguration],
    models: Mapping[str, str | None],
    *,
    provider_for: Callable[[ServiceConfiguration], Provider] = provider_of,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Finding]:
    """Ask each service once, and a second time for a call of a tool where that can be; yield what came of it.

    `models` names the model of each service. A service that can't be asked is a note, one that fails is missing.
    """
    for label, service in sorted(services.items()):
        what = f"call {label}"
        model = models.get(label)
        if service.kind == "inbox":
            yield Finding(what, "note", "a person answers: nothing was asked")
        elif model is None:
            hint = f'doctor --call --model NAME; or model = "NAME" in [service.{label}]'
            yield Finding(what, "note", "no model is known for it: nothing was asked", hint)
        else:
            yield _called(what, service, model, provider_for(service), clock)


def models_of(
    services: Mapping[str, ServiceConfiguration], environment_model: str | None, project: Project | None
) -> dict[str, str]:
    """Return the model to ask each service for, as a build would: the project's or one that is pinned for that
    service, else the service's own, else the environment's."""
    found: dict[str, object] = dict.fromkeys(services, environment_model)
    found |= {label: service.model for label, service in services.items() if service.model}
    if project is not None:
        lock = Opened(project).lock_file.read()
        stanzas = () if isinstance(lock, Diagnostic) else lock.targets.values()
        found |= {str(one.inputs.get("service")): one.inputs.get("model") for one in stanzas}
        configuration = project.configuration
        found |= {configuration.service: configuration.model} if configuration.model else {}
        found |= {one.service: one.model for one in project.graph.targets.values() if one.model and one.service}
    return {label: model for label, model in found.items() if isinstance(model, str) and model and label in services}


def _called(
    what: str, service: ServiceConfiguration, model: str, provider: Provider, clock: Callable[[], float]
) -> Finding:
    whom = PurePosixPath(service.argv[0]).name if service.kind == "command" else urlsplit(service.base_url or "").netloc
    began_s = clock()
    tells_stop = ""
    try:
        try:
            found = _ask(service, model, provider, f"Reply with this line and nothing else: {_LINE}", stop=[_STOP])
        except ProviderError as failure:
            if failure.kind != "parameter" or failure.parameter != "stop":
                raise
            tells_stop = "stop is refused"
            found = _ask(service, model, provider, f"Reply with this line and nothing else: {_LINE}")
    except ProviderError as failure:
        return _failed(what, whom, failure, service)
    took_s = clock() - began_s
    said = found.source
    facts = [f"{whom}: {model}" + (f" answered as {said.model}" if said.model not in (None, model) else " answered")]
    facts[0] += f" in {took_s:.1f} s"
    if service.kind == "openai":
        usage = said.usage
        counted = "no token count" if usage.input is None else f"{usage.input} + {usage.output or 0} tokens"
        facts += [counted, "streamed" if _is_stream(found.raw) else "in one piece"]
        facts += [tells_stop or _stop(found.reply.content), _tools(service, model, provider)]
    return Finding(what, "good", "; ".join(facts))


def _ask(service: ServiceConfiguration, model: str, provider: Provider, text: str, **more: Json) -> Answer:
    body: dict[str, Json] = {"model": model, "messages": [{"role": "user", "content": text}], **more}
    return provider.answer(
        Request(body, service.name),
        service=replace(service, timeout_s=min(service.timeout_s, LONGEST_S)),
        deadline_s=min(service.timeout_s, LONGEST_S),
        received=lambda _: None,
        cancelled=lambda: False,
    )


def _is_stream(raw: bytes) -> bool:
    return re.match(rb"\s*(data|event|id|retry)?:", raw) is not None


def _stop(content: str) -> str:
    if _STOP in content:
        return "stop is ignored"
    return "stop works" if "three" in content else "stop: can't be told, it replied something else"


def _tools(service: ServiceConfiguration, model: str, provider: Provider) -> str:
    try:
        found = _ask(service, model, provider, 'Call the function report with the state "ready".', tools=[_TOOL])
    except ProviderError as failure:
        return f"tools are refused ({failure.kind.replace('_', ' ')})"
    return "tools work" if found.reply.tool_calls else "tools: none was called"


def _failed(what: str, whom: str, failure: ProviderError, service: ServiceConfiguration) -> Finding:
    told: Diagnostic = failure_diagnostic(failure, service=service)
    return Finding(what, "missing", f"{whom}: {told.code} {told.message}: {told.why}", told.hint)
