"""What a provider is: a module with one function `answer`, and the ways in which it can fail.

A provider makes exactly one attempt. Retries, deadlines over several attempts and widths are `retry` and `work`.
"""

from collections.abc import Callable
from typing import Literal, Protocol

from specbuild.configuration import ServiceConfiguration
from specbuild.reply import Answer
from specbuild.request import Request

FailureKind = Literal[
    "rate_limit",  # 429: try again after retry_after_s; narrow the width
    "unavailable",  # 5xx, connection refused or reset, cut-off body, idle or total limit: try again
    "absent",  # nothing listens at that port of this machine: try again, but not for long
    "malformed",  # a 200 that is no chat completion: try again
    "authentication",  # 401, 403: never again
    "quota",  # insufficient_quota: never again
    "parameter",  # a 400 that names a parameter: never again; `parameter` says which
    "context_length",  # the request is too long for the model: never again
    "refused_request",  # any other 4xx: never again
    "setup",  # this machine can't make a connection as it is set up: never again
    "waiting",  # inbox: the reply is not there yet
    "cancelled",  # the run was interrupted before anything was sent
]
RETRIED: frozenset[str] = frozenset({"rate_limit", "unavailable", "absent", "malformed"})


class ProviderError(Exception):
    """One attempt failed. `message` is safe to print: it holds no key and no header."""

    def __init__(
        self,
        kind: FailureKind,
        message: str,
        *,
        status: int | None = None,
        retry_after_s: float | None = None,
        parameter: str | None = None,
        raw: bytes = b"",
        sent: bool = True,
    ) -> None:
        super().__init__(message)
        self.kind: FailureKind = kind
        self.message = message
        self.status = status
        self.retry_after_s = retry_after_s
        self.parameter = parameter
        self.raw = raw
        self.sent = sent
        """False if nothing can have reached the service: such an attempt is no call and costs nothing."""


class Provider(Protocol):
    """The protocol that each module in `providers/` satisfies."""

    def answer(
        self,
        request: Request,
        *,
        service: ServiceConfiguration,
        deadline_s: float,
        received: Callable[[int], None],
        cancelled: Callable[[], bool],
    ) -> Answer:
        """Ask once and return the answer. `received` is told the characters so far; raises ProviderError."""
