"""A provider's failure as a diagnostic."""

from typing import get_args

from specbuild.codes import CODES
from specbuild.configuration import ServiceConfiguration
from specbuild.diagnostic import Place
from specbuild.provider import FailureKind, ProviderError
from specbuild.provider_failure import failure_diagnostic

SERVICE = ServiceConfiguration("fast", key_env="FAST_KEY", source="/home/me/config.toml")


def test_every_kind_of_failure_has_a_code_of_its_own() -> None:
    found = [failure_diagnostic(ProviderError(kind, "why"), service=SERVICE) for kind in get_args(FailureKind)]
    assert len({one.code for one in found}) == len(found)
    for one in found:
        assert one.code in CODES
        assert one.why == "why"
        assert "{" not in one.message + one.hint


def test_a_refused_parameter_names_the_line_that_set_it() -> None:
    place = Place("specs/a.toml", 12, 1)
    for named in ("temperature", "temperature.value", "temperature[0]"):
        found = failure_diagnostic(
            ProviderError("parameter", "no", parameter=named), service=SERVICE, places={"temperature": place}
        )
        assert found.place == place
    unknown = failure_diagnostic(ProviderError("parameter", "no", parameter="n"), service=SERVICE, places={})
    assert unknown.place is None
    assert "nobody set it" in unknown.hint


def test_a_refused_key_names_its_variable_and_where_that_was_said() -> None:
    hint = failure_diagnostic(ProviderError("authentication", "no"), service=SERVICE).hint
    assert hint == "set FAST_KEY to a key of this service (/home/me/config.toml)"
