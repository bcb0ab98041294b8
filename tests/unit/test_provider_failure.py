"""A provider's failure as a diagnostic."""

from typing import get_args

import pytest

from specbuild.configuration import ServiceConfiguration
from specbuild.diagnostic import Diagnostic, Place
from specbuild.provider import FailureKind, ProviderError
from specbuild.provider_failure import failure_diagnostic

SERVICE = ServiceConfiguration("fast", key_env="FAST_KEY", source="/home/me/config.toml")
BARE = ServiceConfiguration("slow")
SAID = {
    "rate_limit": (
        "SB601",
        "service fast takes no more calls now",
        "run the build again later; what is done is kept",
    ),
    "unavailable": (
        "SB602",
        "service fast gave no complete answer",
        "run the build again; `specbuild doctor` tries to reach the service",
    ),
    "malformed": (
        "SB603",
        "service fast answered with something that is no chat completion",
        "look whether its address ends where /chat/completions begins (/home/me/config.toml)",
    ),
    "authentication": (
        "SB604",
        "service fast refuses the key",
        "set FAST_KEY to a key of this service (/home/me/config.toml)",
    ),
    "quota": ("SB605", "the account at service fast is used up", "pay, or configure another service"),
    "parameter": (
        "SB606",
        "service fast refuses `a parameter`",
        "nobody set it in the project; choose another model or service",
    ),
    "context_length": (
        "SB607",
        "the request is too long for the model",
        "show less: fewer or smaller `needs` and `context`, or an [interface] text for large needs",
    ),
    "refused_request": ("SB608", "service fast refuses the request", ""),
    "waiting": ("SB609", "the reply is not in the inbox yet", "write it, then run the build again"),
    "cancelled": ("SB610", "interrupted before the request was sent", "run the build again"),
    "absent": (
        "SB613",
        "service fast is not running on this machine",
        "start it, then run the build again; or correct its address (/home/me/config.toml)",
    ),
    "setup": ("SB614", "no connection to service fast can be set up on this machine", ""),
}


def test_every_kind_of_failure_has_a_code_of_its_own() -> None:
    assert set(SAID) == set(get_args(FailureKind))
    assert len({code for code, _, _ in SAID.values()}) == len(SAID)


@pytest.mark.parametrize("kind", get_args(FailureKind))
def test_a_failure_says_what_it_means_and_what_to_do(kind: FailureKind) -> None:
    code, message, hint = SAID[kind]
    severity = "note" if kind == "waiting" else "error"
    found = failure_diagnostic(ProviderError(kind, "why\x1b[0m {so}"), service=SERVICE)
    assert found == Diagnostic(code, message, None, "why\x1b[0m {so}", hint, (), severity)  # type: ignore[arg-type]


def test_a_refused_parameter_names_the_line_that_set_it() -> None:
    place = Place("specs/a.toml", 12, 1)
    for named in ("temperature", "temperature.value", "temperature[0]", "temperature[0].a"):
        found = failure_diagnostic(
            ProviderError("parameter", "no", parameter=named), service=SERVICE, places={"temperature": place}
        )
        assert found.place == place
        assert found.message == f"service fast refuses `{named}`"
        assert found.hint == "change or remove it there, or choose another model"
    for places in ({}, None, {"temperature": place}):
        unknown = failure_diagnostic(ProviderError("parameter", "no", parameter="n"), service=SERVICE, places=places)
        assert unknown.place is None
        assert unknown.hint == "nobody set it in the project; choose another model or service"


def test_any_failure_that_names_a_parameter_has_its_place() -> None:
    place = Place("specs/a.toml", 3)
    found = failure_diagnostic(
        ProviderError("refused_request", "no", parameter="model"), service=SERVICE, places={"model": place}
    )
    assert (found.place, found.hint) == (place, "")


def test_what_nobody_configured_is_told_in_words() -> None:
    hint = failure_diagnostic(ProviderError("authentication", "no"), service=BARE).hint
    assert hint == "set the environment variable that key_env names to a key of this service (your own configuration)"


def test_braces_in_a_name_stay() -> None:
    service = ServiceConfiguration("{a}", source="{0}")
    found = failure_diagnostic(ProviderError("absent", "no"), service=service)
    assert found.message == "service {a} is not running on this machine"
    assert found.hint.endswith("({0})")
    refused = failure_diagnostic(ProviderError("parameter", "no", parameter="{service}"), service=service)
    assert refused.message == "service {a} refuses `{service}`"
