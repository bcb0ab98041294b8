"""What a prompt is made of, and what is known of it without the template engine."""

import pytest

from specbuild.diagnostic import DiagnosticError
from specbuild.prompt import RenderedPrompt, included, request_of

RENDERED = RenderedPrompt(({"role": "system", "content": "a"}, {"role": "user", "content": "b"}), "0" * 12)


def test_a_request_holds_what_was_named_and_nothing_else():
    request = request_of(RENDERED, model="m", service="s", parameters={"temperature": 0.2, "user": "x"}, sample=2)
    assert dict(request.body) == {"model": "m", "messages": RENDERED.messages, "temperature": 0.2, "user": "x"}
    assert (request.service, request.sample) == ("s", 2)


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens", "max_output_tokens"])
def test_the_output_limit_goes_in_under_its_one_name(name):
    assert request_of(RENDERED, model="m", service="s", parameters={name: 9}).body["max_output_tokens"] == 9


@pytest.mark.parametrize(
    "parameters",
    [{"model": "x"}, {"messages": []}, {"tools": []}, {"functions": []}, {"max_tokens": 1, "max_output_tokens": 2}],
)
def test_what_specbuild_writes_itself_is_no_parameter(parameters):
    with pytest.raises(DiagnosticError) as caught:
        request_of(RENDERED, model="m", service="s", parameters=parameters)
    assert caught.value.diagnostics[0].code == "SB507"


def test_includes_are_found_without_rendering():
    source = """
    {% include "a.jinja" %} {%- extends 'b/c.jinja' -%}
    {% import "d" as d %}{%+ from "e" import f %} {%include "a.jinja"%} {% include name %} {{ include "x" }}
    """
    assert included(source) == ("a.jinja", "b/c.jinja", "d", "e")
    assert included("plain {% if x %}{% endif %}") == ()
