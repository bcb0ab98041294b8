"""What a prompt is made of, and what is known of it without the template engine."""

import pytest

from specbuild.blocks import marker_of
from specbuild.diagnostic import Diagnostic, DiagnosticError
from specbuild.prompt import (
    LAST_PART,
    PromptFields,
    RenderedPrompt,
    ShownExample,
    ShownFile,
    included,
    marker_in,
    request_of,
)

RENDERED = RenderedPrompt(({"role": "system", "content": "a"}, {"role": "user", "content": "b"}), "0" * 12)


def test_a_request_holds_what_was_named_and_nothing_else():
    request = request_of(RENDERED, model="m", service="s", parameters={"temperature": 0.2, "user": "x"}, sample=2)
    assert dict(request.body) == {"model": "m", "messages": RENDERED.messages, "temperature": 0.2, "user": "x"}
    assert (request.service, request.sample) == ("s", 2)
    assert request.body["messages"] is RENDERED.messages
    assert list(request.body) == ["model", "messages", "temperature", "user"]
    assert request_of(RENDERED, model="m", service="s", parameters={}).sample == 0


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


def test_a_refused_parameter_is_told_as_it_was_written():
    with pytest.raises(DiagnosticError) as caught:
        request_of(RENDERED, model="m", service="s", parameters={"n": 1, "tool_choice": "a", "model": "b"})
    assert caught.value.diagnostics == (
        Diagnostic(
            "SB507",
            "the parameter 'tool_choice' can't be set here",
            why="specbuild writes this part of the request itself",
            hint="remove the parameter",
        ),
    )
    with pytest.raises(DiagnosticError) as caught:
        request_of(RENDERED, model="m", service="s", parameters={"max_tokens": 1, "max_completion_tokens": 1})
    assert caught.value.diagnostics == (
        Diagnostic(
            "SB507",
            "the parameter 'max_completion_tokens' can't be set here",
            why="one limit has one name",
            hint="remove the parameter",
        ),
    )


def test_what_a_spec_does_not_say_is_not_shown():
    fields = PromptFields("a", "python", "d", "r", ("a.py",))
    assert (fields.specs, fields.hints, fields.dependencies, fields.interface) == (None, None, None, None)
    assert (fields.needs, fields.context, fields.examples) == ((), (), ())
    assert ShownExample() == ShownExample((), "", None, None, 0, {}, {}, {})
    assert ShownFile("a.txt", "a").language == ""


def test_the_marker_comes_from_all_that_stands_before_the_last_part():
    system = {"role": "system", "content": f"{LAST_PART}s"}

    def user(content):
        return {"role": "user", "content": content}

    assert LAST_PART == "# How to answer\n"
    assert marker_in([system, user(f"a\n{LAST_PART}b\n")]) == marker_of([system["content"], "a\n"])
    assert marker_in([user(f"{LAST_PART}b\n{LAST_PART}c")]) == marker_of([f"{LAST_PART}b\n"])
    assert marker_in([user(LAST_PART)]) == marker_of([""])
    assert marker_in([{"content": None}, {}, {"content": 7}, user(LAST_PART)]) == marker_of(["", "", "", ""])
    for none in (
        [],
        [user("")],
        [{}],
        [user(f"a {LAST_PART}")],
        [user(LAST_PART.rstrip())],
        [user("# How to answer me\n")],
    ):
        assert marker_in(none) is None
    assert marker_in([user(LAST_PART), user("b")]) is None


def test_names_are_found_where_a_tag_opens_with_them():
    source = """{%-include 'a' ignore missing%}{%
        from\n"b c" import d -%}{# {% extends "e" %} #}{%+   import   "it's"%}"""
    assert included(source) == ("a", "b c", "e", "it's")
    for none in (
        '{% include"a" %}',
        "{% include 'a\nb' %}",
        "{% include \"a' %}",
        '{% set include "a" %}',
        "{%- - include 'a' %}",
    ):
        assert included(none) == ()


def test_includes_are_found_without_rendering():
    source = """
    {% include "a.jinja" %} {%- extends 'b/c.jinja' -%}
    {% import "d" as d %}{%+ from "e" import f %} {%include "a.jinja"%} {% include name %} {{ include "x" }}
    """
    assert included(source) == ("a.jinja", "b/c.jinja", "d", "e")
    assert included("plain {% if x %}{% endif %}") == ()
