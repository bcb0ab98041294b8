"""What docs/services.md shows is what the program takes."""

import tomllib
from pathlib import Path

import pytest

from specbuild.configuration import PersonalConfiguration
from specbuild.personal_reader import read_personal_configuration
from specbuild.spec_fields import REFUSED_PARAMETERS
from tests.pages import blocks

PAGE = (Path(__file__).parents[2] / "docs" / "services.md").read_text(encoding="utf-8")
TABLES = [one.text for one in blocks(PAGE) if one.language == "toml"]


def read(text: str) -> PersonalConfiguration:
    found, faults = read_personal_configuration(text.encode(), "config.toml", {"EXAMPLE_KEY": "sk-example"})
    assert faults == ()
    return found


def test_the_services_of_the_page_are_read_without_a_fault() -> None:
    endpoints, program = (read(text).services for text in TABLES if "[service." in text)
    assert (endpoints["default"].kind, bool(endpoints["default"].key)) == ("openai", True)
    assert (endpoints["local"].model, endpoints["local"].key) == ("small-coder", None)
    assert program["assistant"].argv == ("llm", "-m", "{model}")
    with pytest.raises(AssertionError):
        read("[service.default]\nkind = 'openai'\n")


def test_the_parameters_of_the_page_are_allowed() -> None:
    (text,) = (text for text in TABLES if "parameters" in text)
    parameters = tomllib.loads(text)["build"]["parameters"]
    assert parameters == {"prefix": "```python\n", "stop": ["\n```"]}
    assert not parameters.keys() & REFUSED_PARAMETERS.keys()
