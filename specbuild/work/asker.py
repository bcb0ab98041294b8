"""Who is asked: from a request's service label to a provider, with retries, width and budget. One for each run."""

import importlib
import posixpath
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from specbuild.configuration import PersonalConfiguration, ServiceConfiguration, ServiceKind
from specbuild.diagnostic import Diagnostic, DiagnosticError
from specbuild.progress import Progress
from specbuild.provider import Provider, ProviderError
from specbuild.providers.inbox import Inbox
from specbuild.reply import Answer
from specbuild.request import Request
from specbuild.work.ask import ask
from specbuild.work.budget import Budget
from specbuild.work.turnstile import Turnstile

if TYPE_CHECKING:
    from specbuild.work.asking_process import AskingProcess

MODULES: Mapping[ServiceKind, str] = {
    "openai": "specbuild.providers.openai_chat",
    "command": "specbuild.providers.command",
}


class Asker:
    """Asks requests for targets; says once for each service whom it asks."""

    def __init__(
        self,
        personal: PersonalConfiguration,
        *,
        cache: Path,
        budget: Budget,
        width: int,
        progress: Progress,
        cancelled: Callable[[], bool],
        expected_calls: int,
        beside: "Beside | None" = None,
    ) -> None:
        self._services = personal.services
        self._inbox = Inbox(cache / "inbox")
        self._budget = budget
        self._width = width
        self._progress = progress
        self._cancelled = cancelled
        self._expected_calls = expected_calls
        self._beside = beside
        self._turnstiles: dict[str, Turnstile] = {}
        self._told: set[str] = set()
        self._given_up: dict[str, ProviderError] = {}
        self._guard = threading.Lock()

    def __call__(self, request: Request, target_id: str) -> Answer:
        """Ask; raises ProviderError, LimitReached, or DiagnosticError if the service is not configured."""
        service = service_of(self._services.get(request.service), request.service)
        with self._guard:
            turnstile = self._turnstiles.setdefault(service.name, Turnstile(self._width))
            if service.name not in self._told:
                self._told.add(service.name)
                self._progress.message(_introduction(service, request.model, self._expected_calls))
            given_up = self._given_up.get(service.name)
        if given_up is not None:
            # What was found of this machine holds for every target: each would wait through the same attempts again.
            raise ProviderError(given_up.kind, given_up.message, sent=False)
        self._progress.target_started(target_id, "asking")
        try:
            return ask(
                request,
                id=target_id,
                provider=self._provider(service),
                service=service,
                limits=self._budget,
                cancelled=self._cancelled,
                progress=self._progress,
                turnstile=turnstile,
            )
        except ProviderError as failure:
            if failure.kind in ("absent", "setup"):
                self._given_up[service.name] = failure
            raise

    def stored(self, request: Request) -> None:
        """Take in that the reply to `request` is stored: a request laid out in the inbox is cleared away."""
        service = self._services.get(request.service)
        if service is not None and service.kind == "inbox":
            self._inbox.forget(request)

    def _provider(self, service: ServiceConfiguration) -> Provider:
        if service.kind == "openai" and self._beside is not None and self._beside.provider is not None:
            return self._beside.provider
        return self._inbox if service.kind == "inbox" else provider_of(service)


MANY = 100
"""So many calls at least are worth a process of their own: to load the client takes as long as to use it so often."""


class Beside:
    """Where many calls are made: in a process of their own, once that is begun. A context manager, which ends it."""

    def __init__(self) -> None:
        self.provider: AskingProcess | None = None

    def __enter__(self) -> "Beside":
        return self

    def __exit__(self, *fault: object) -> None:
        self.end()

    def end(self) -> None:
        """End the process, if there is one; another may be begun."""
        if self.provider is not None:
            self.provider.close()
            self.provider = None

    def begin(self, services: Mapping[str, ServiceConfiguration], *, calls: int, width: int) -> None:
        """Begin the process if about so many calls are worth it, and one of `services` is asked by the client."""
        if self.provider is None and calls >= MANY and any(one.kind == "openai" for one in services.values()):
            from specbuild.work.asking_process import AskingProcess  # what it takes to ask, only where many are asked

            process = AskingProcess()
            process.begin(services, width)
            self.provider = process if process.is_begun else None


def provider_of(service: ServiceConfiguration) -> Provider:
    """Return the module that asks `service`, which is no inbox."""
    return cast(Provider, importlib.import_module(MODULES[service.kind]))


def warm(services: Iterable[ServiceConfiguration | None]) -> None:
    """Begin to load, in the background, what asking `services` takes: a run that will make calls plans meanwhile."""
    if any(one is not None and one.kind == "openai" for one in services):
        from specbuild.providers import openai_chat  # with its client a third of a second

        openai_chat.warm()


def service_of(
    service: ServiceConfiguration | None, label: str, *, needed_by: Sequence[str] = ()
) -> ServiceConfiguration:
    """Return the service, or raise the DiagnosticError that says how to configure it, and which targets need it."""
    if service is not None:
        return service
    name = "".join(one if one.isalnum() else "_" for one in label).upper()
    ways = (
        "export OPENAI_API_KEY=… (and OPENAI_BASE_URL=… for another endpoint)"
        if label == "default"
        else f"export SPECBUILD_SERVICE_{name}_URL=… and SPECBUILD_SERVICE_{name}_KEY=…"
    )
    raise DiagnosticError(
        Diagnostic(
            "SB611",
            f"the service {label!r} is not configured here, and a reply is missing"
            + (f" of {named(needed_by)}" if needed_by else ""),
            why="a repository only names a service; where it is and what key it takes is yours to say",
            hint=f"{ways}; or write [service.{label}] in your specbuild/config.toml; --offline shows what is missing",
        )
    )


def named(ids: Sequence[str], *, most: int = 20) -> str:
    """Return the ids as words, the first of them if they are many."""
    more = f" and {len(ids) - most} more" if len(ids) > most else ""
    return ", ".join(ids[:most]) + more


def _introduction(service: ServiceConfiguration, model: str, calls: int) -> str:
    if service.kind == "inbox":
        return f"{service.name}: requests for {model} are laid out in the inbox"
    if service.kind == "command":
        whom = f"running {posixpath.basename(service.argv[0])}"
    else:
        whom = f"asking {urlsplit(service.base_url or '').netloc or 'its default host'}"
    return f"{service.name}: {whom} for {model}, about {max(calls, 1)} call{'s' if calls > 1 else ''}"
