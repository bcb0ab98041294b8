"""What a service says is wrong, as one value: from the status and body of a refused request, or an error inside a 200.

Bodies come in, a `ServiceFault` with a kind that decides about retrying goes out. Knows no client, key or header.
"""

import json
import re
from collections.abc import Mapping
from typing import NamedTuple

from specbuild.canonical_json import Json
from specbuild.provider import FailureKind

_LIMIT_NAMES = ("max_tokens", "max_completion_tokens")
_TOO_LONG = (
    "context_length_exceeded",
    "maximum context length",
    "context length",
    "context window",
    "prompt is too long",
    "exceeds the model's",
    "exceed_context_size",
)
_NO_MONEY = (
    "insufficient_quota",
    "exceeded your current quota",
    "billing_hard_limit",
    "billing_not_active",
    "insufficient balance",
)
# The name stands in the message when `param` is null, as in: Unsupported parameter: 'max_tokens' is not supported …
_NAMED = (
    r"(?:parameter|argument|field|property|keyword|key)s?:? [\"'`]([A-Za-z_][\w.]*)[\"'`]"
    r"|[\"'`]([A-Za-z_][\w.]*)[\"'`] (?:parameter|argument|is not (?:supported|permitted|allowed)|does not support)"
)
_BY_STATUS: Mapping[int, FailureKind] = {
    401: "authentication",
    402: "quota",
    403: "authentication",
    408: "unavailable",
    409: "unavailable",
    413: "context_length",
    425: "unavailable",
    429: "rate_limit",
}


class ServiceFault(NamedTuple):
    """What is wrong; `parameter` is the request's own name (`max_output_tokens`, whatever the endpoint calls it)."""

    kind: FailureKind
    message: str
    status: int | None = None
    parameter: str | None = None


def fault_of_status(status: int, body: bytes) -> ServiceFault:
    """Return what the refusal with HTTP `status` and `body` means."""
    value = json_value(body)
    if isinstance(value, list) and value:  # one large service wraps its error in a list
        value = value[0]
    error: Json = value
    if isinstance(value, Mapping):
        error = next((value[name] for name in ("error", "detail", "message") if value.get(name)), value)
    elif value is None:
        # HTML of a proxy is of no use to a reader; a line of plain text may be.
        text = body[:2000].decode("utf-8", "replace").strip()
        error = "" if text.startswith("<") else text
    text, parameter, marks = _error_facts(error)
    kind: FailureKind = _BY_STATUS.get(status, "unavailable" if status >= 500 else "refused_request")
    if status in (400, 404, 413, 422) and _any(_TOO_LONG, marks):
        kind = "context_length"
    elif status in (400, 404, 422) and parameter is not None:
        kind = "parameter"
    elif status == 429 and _any(_NO_MONEY, marks):
        kind = "quota"
    said = f": {text}" if text else ""
    return ServiceFault(kind, f"the service answered with status {status}{said}", status, parameter)


def fault_of_error(error: Json) -> ServiceFault:
    """Return what an error object means that came with status 200 (in a body or in a stream)."""
    text, parameter, marks = _error_facts(error)
    code = error.get("code") if isinstance(error, Mapping) else None
    if isinstance(code, str) and code.isascii() and code.isdigit():
        code = int(code[:4])
    if isinstance(code, int) and not isinstance(code, bool) and 400 <= code <= 599:
        found = fault_of_status(code, json.dumps({"error": error}).encode("ascii", "replace"))
        return found._replace(message=f"the service answered with an error: {text}", status=200)
    kind: FailureKind = "unavailable"
    if _any(_NO_MONEY, marks):
        kind = "quota"
    elif _any(_TOO_LONG, marks):
        kind = "context_length"
    elif "rate_limit" in marks or "rate limit" in marks:
        kind = "rate_limit"
    elif "invalid_api_key" in marks or "authentication_error" in marks:
        kind = "authentication"
    elif "invalid_request_error" in marks:
        kind = "parameter" if parameter is not None else "refused_request"
    return ServiceFault(kind, f"the service answered with an error: {text or 'without a message'}", 200, parameter)


def json_value(body: bytes) -> Json:
    """Return the JSON value that `body` is, or None if it is none (or null)."""
    try:
        value: Json = json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return None
    return value


def json_object(body: bytes) -> Mapping[str, Json] | None:
    """Return the JSON object that `body` is, or None if it is anything else."""
    value = json_value(body)
    return value if isinstance(value, Mapping) else None


def _error_facts(error: Json) -> tuple[str, str | None, str]:
    """Return the message on one line, the parameter that it names, and all its words for looking up marks."""
    if isinstance(error, list) and error and isinstance(error[0], Mapping):  # the list of a validating web framework
        found = error[0]
        where = found.get("loc")
        place = ".".join(str(part) for part in where if part != "body") if isinstance(where, list) else None
        error = {"message": found.get("msg"), "param": place}
    if isinstance(error, str):
        error = {"message": error}
    if not isinstance(error, Mapping):
        return "", None, ""
    said = error.get("message")
    message = " ".join(said.split())[:500] if isinstance(said, str) else ""
    marks = " ".join(str(error.get(name) or "") for name in ("code", "type", "status")) + " " + message
    parameter = error.get("param")
    if not isinstance(parameter, str) or not parameter:
        match = re.search(_NAMED, message)
        parameter = (match[1] or match[2]) if match else None
        if "model_not_found" in marks:
            parameter = "model"
    return message, _own_name(parameter), marks.lower()


def _own_name(parameter: str | None) -> str | None:
    if parameter is None or parameter.startswith("messages"):
        return None
    parameter = parameter.removeprefix("body.")[:100]
    return "max_output_tokens" if parameter in _LIMIT_NAMES else parameter


def _any(marks: tuple[str, ...], text: str) -> bool:
    return any(mark in text for mark in marks)
