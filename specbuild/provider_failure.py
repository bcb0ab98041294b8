"""A provider's failure as a diagnostic: what it means, whose turn it is, and the line that set what was refused.

In go the failure, the service and the places of the request's parameters; nothing is asked or read.
"""

from collections.abc import Mapping
from typing import NamedTuple

from specbuild.configuration import ServiceConfiguration
from specbuild.diagnostic import Diagnostic, Place
from specbuild.provider import FailureKind, ProviderError


class _Row(NamedTuple):
    code: str
    message: str
    hint: str


_ROWS: Mapping[FailureKind, _Row] = {
    "rate_limit": _Row(
        "SB601", "service {service} takes no more calls now", "run the build again later; what is done is kept"
    ),
    "unavailable": _Row(
        "SB602",
        "service {service} gave no complete answer",
        "run the build again; `specbuild doctor` tries to reach the service",
    ),
    "absent": _Row(
        "SB613",
        "service {service} is not running on this machine",
        "start it, then run the build again; or correct its address ({source})",
    ),
    "malformed": _Row(
        "SB603",
        "service {service} answered with something that is no chat completion",
        "look whether its address ends where /chat/completions begins ({source})",
    ),
    "authentication": _Row(
        "SB604", "service {service} refuses the key", "set {key} to a key of this service ({source})"
    ),
    "quota": _Row("SB605", "the account at service {service} is used up", "pay, or configure another service"),
    "parameter": _Row(
        "SB606", "service {service} refuses `{parameter}`", "change or remove it there, or choose another model"
    ),
    "context_length": _Row(
        "SB607",
        "the request is too long for the model",
        "show less: fewer or smaller `needs` and `context`, or an [interface] text for large needs",
    ),
    "refused_request": _Row("SB608", "service {service} refuses the request", ""),
    "setup": _Row("SB614", "no connection to service {service} can be set up on this machine", ""),
    "waiting": _Row("SB609", "the reply is not in the inbox yet", "write it, then run the build again"),
    "cancelled": _Row("SB610", "interrupted before the request was sent", "run the build again"),
}


def failure_diagnostic(
    failure: ProviderError, *, service: ServiceConfiguration, places: Mapping[str, Place] | None = None
) -> Diagnostic:
    """Return `failure` as a diagnostic. `places` says where each parameter of the request (and `model`) was set.

    The text of the service stands in `why`; whoever prints it makes it safe for the terminal.
    """
    row = _ROWS[failure.kind]
    words = {
        "service": service.name,
        "source": service.source or "your own configuration",
        "key": service.key_env or "the environment variable that key_env names",
        "parameter": failure.parameter or "a parameter",
    }
    place = (places or {}).get(_top(failure.parameter)) if failure.parameter else None
    hint = row.hint.format(**words)
    if failure.kind == "parameter" and place is None:
        hint = "nobody set it in the project; choose another model or service"
    return Diagnostic(
        code=row.code,
        message=row.message.format(**words),
        place=place,
        why=failure.message,
        hint=hint,
        severity="note" if failure.kind == "waiting" else "error",
    )


def _top(parameter: str) -> str:
    """Return the parameter's own name where the service named a part of it (`response_format.type`, `stop[0]`)."""
    return parameter.partition(".")[0].partition("[")[0]
