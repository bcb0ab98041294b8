"""What a stranger's template may take of time and memory, and all that it needs within that."""

import threading
import tracemalloc

import pytest
from jinja2 import DictLoader, StrictUndefined, TemplateSyntaxError, UndefinedError
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS
from jinja2.sandbox import ImmutableSandboxedEnvironment

from specbuild.template_bounds import LENGTH_LIMIT, STEP_LIMIT, BoundedEnvironment, bounded_filters, step_budget

TOO_LONG = "a value longer than 4,000,000 characters"
TOO_MANY = "more than 100,000 rounds and calls; is there a loop in a loop?"
NO_PERCENT = "a text is not formatted by %: write it out, with {{ }} in it"
NO_FORMAT = "a text is not formatted by format: write it out, with {{ }} in it"
EXPONENT = "an exponent above 64"
HUGE = "a number of more than a thousand digits"

OWN = ("join", "replace", "indent")
FROM_JINJA = [
    "capitalize", "count", "d", "default", "dictsort", "first", "groupby", "items", "last", "length", "list",
    "lower", "map", "reject", "rejectattr", "reverse", "select", "selectattr", "sort", "string", "title",
    "trim", "unique", "upper", "wordcount",
]  # fmt: skip
METHODS = [
    "capitalize", "casefold", "count", "endswith", "find", "index", "isalnum", "isalpha", "isdigit",
    "isidentifier", "islower", "isupper", "lower", "lstrip", "partition", "removeprefix", "removesuffix",
    "rfind", "rpartition", "rsplit", "rstrip", "split", "splitlines", "startswith", "strip", "title", "upper",
]  # fmt: skip


def environment(**templates: str) -> BoundedEnvironment:
    made = BoundedEnvironment(
        loader=DictLoader(templates), undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True
    )
    made.globals.clear()
    made.filters = bounded_filters()
    return made


def rendered(text: str, **values: object) -> str:
    with step_budget():
        return environment().from_string(text).render(values)


def refused(text: str, **values: object) -> str:
    with pytest.raises(SecurityError) as caught:
        rendered(text, **values)
    return str(caught.value)


def test_the_bounds_are_these() -> None:
    assert (LENGTH_LIMIT, STEP_LIMIT) == (4_000_000, 100_000)
    assert issubclass(BoundedEnvironment, ImmutableSandboxedEnvironment)


# -- length


@pytest.mark.parametrize(
    "text",
    [
        "{{ 'x' * 4000001 }}",
        "{{ 10**9 * 'x' }}",
        "{{ ('x' * (10**9)) | length }}",
        "{{ ([1] * 10**9) | length }}",
        "{{ (10**9 * [1, 2]) | length }}",
        "{% set x = 'x' %}" + "{% set x = x + x %}" * 40 + "{{ x }}",
        "{% set x = [1] %}" + "{% set x = x + x %}" * 40 + "{{ x | length }}",
        "{% set x = 'x' %}" + "{% set x = x ~ x %}" * 40 + "{{ x }}",
        "{% set x = 'x' * 3000000 %}{% set y = x ~ 1 ~ x %}",
        "{% set x = 'x' * 4000000 %}{{ (x ~ 1) | length }}",
        "{% set x = 'x' * 4000000 %}{{ (x + 'y') | length }}",
        "{% set x = 'x' * 4000000 %}{{ x }}y",
        "{% set x = 'x' * 999999 %}{% for a in 'x' * 9999 %}{{ x }}{% endfor %}",
        "{% set x = 'x' * 999999 %}{% set y %}{% for a in 'x' * 9999 %}{{ x }}{% endfor %}{% endset %}",
        "{% set x = 'x' * 999999 %}{% macro m() %}{{ x }}{{ x }}{{ x }}{{ x }}{{ x }}{% endmacro %}{% set y = m() %}",
        "{% set x = 'x' * 999999 %}{% block b %}{{ x }}{{ x }}{{ x }}{{ x }}{{ x }}{% endblock %}",
        "{{ 'x' | indent(10**9, true) }}",
        "{{ 'x' | indent(1000000000, true) }}",
        "{{ 'a\nb\nc' | indent(2000000) | length }}",
        "{{ ('x' * 50000) | replace('x', 'y' * 50000) }}",
        "{{ 'x' | replace('', 'y' * 3000000) | length }}",
        "{{ ('x' * 4000) | join('y' * 4000) }}",
        "{{ ['x' * 3000000, 'x' * 3000000] | join | length }}",
        "{{ ['x' * 3000000] | map('join', 'yyyy') | join | length }}",
    ],
)
def test_no_value_becomes_longer_than_the_limit(text: str) -> None:
    assert refused(text) == TOO_LONG


def test_as_long_as_the_limit_is_allowed() -> None:
    assert rendered("{{ ('x' * 4000000) | length }} {{ ([1] * 4000000) | length }}") == "4000000 4000000"
    halves = "{% set x = 'x' * 2000000 %}"
    assert rendered(halves + "{{ (x ~ x) | length }} {{ (x + x) | length }}") == "4000000 4000000"
    assert len(rendered(halves + "{{ x }}{{ x }}")) == 4_000_000
    assert rendered(halves + "{% set y %}{{ x }}{{ x }}{% endset %}{{ y | length }}") == "4000000"
    assert rendered("{{ 'x' * 0 }}{{ 'x' * -9 }}{{ ([1] * -1) | length }}") == "0"
    assert rendered("{{ 'ab' | indent(3999998, true) | length }}") == "4000000"


def test_what_would_be_too_long_is_never_made() -> None:
    texts = [
        "{% set x = 'x' * 900000 %}{% for a in 'x' * 9999 %}{{ x }}{% endfor %}",
        "{% set x = 'x' * 900000 %}{{ x | replace('x', x) }}",
        "{{ 'x' * 900000000 }}",
    ]
    tracemalloc.start()
    for text in texts:
        refused(text)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 40_000_000


# -- numbers


def test_numbers_are_computed_as_ever() -> None:
    text = "{{ 7 % 4 }} {{ 2 ** 10 }} {{ 2 ** -1 }} {{ 2 * 3.5 }} {{ 1 + 2 }} {{ 2 ** 64 }} {{ 7 // 2 }} {{ -(3) }}"
    assert rendered(text) == "3 1024 0.5 7.0 3 18446744073709551616 3 -3"
    assert rendered("{{ (x * x) > 1 }}", x=2**2047) == "True"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{{ '%1000000000d' % 1 }}", NO_PERCENT),
        ("{{ '%s' % name }}", NO_PERCENT),
        ("{{ 'x' % () }}", NO_PERCENT),
        ("{{ 10 ** (10 ** 8) }}", EXPONENT),
        ("{{ 2 ** 65 }}", EXPONENT),
        ("{{ 2 ** -65 }}", EXPONENT),
        ("{{ 2 ** 0.5 }}", EXPONENT),
        ("{{ 2 ** 'x' }}", EXPONENT),
        ("{% set x = 10 ** 60 %}" + "{% set x = x * x %}" * 12 + "{{ x }}", HUGE),
        ("{% set x = 10 ** 60 %}{{ x ** 60 > 1 }}{{ x ** 60 * x ** 60 > 1 }}", HUGE),
        ("{{ (big + big) > 1 }}", HUGE),
        ("{{ (1 + big * 2) > 1 }}", HUGE),
    ],
)
def test_numbers_stay_small(text: str, told: str) -> None:
    assert refused(text, name="n", big=2**4095) == told


@pytest.mark.parametrize(
    "text", ["{{ 1 + 'x' }}", "{{ 'x' + 1 }}", "{{ 'x' * 1.5 }}", "{{ [] % 2 }}", "{{ none * 2 }}"]
)
def test_what_does_not_fit_together_is_a_fault_of_pythons_own(text: str) -> None:
    with pytest.raises(TypeError):
        rendered(text)


# -- texts


@pytest.mark.parametrize("name", METHODS)
def test_methods_whose_result_is_no_longer_than_the_text_may_be_called(name: str) -> None:
    needed = {"count": "a", "endswith": "a", "find": "a", "index": "a", "partition": "a", "removeprefix": "a"}
    needed |= {"removesuffix": "a", "rfind": "a", "rpartition": "a", "startswith": "a"}
    given = [needed[name]] if name in needed else []
    expected = getattr("a bA", name)(*given)
    assert rendered(f"{{{{ x.{name}({', '.join(map(repr, given))}) == y }}}}", x="a bA", y=expected) == "True"


@pytest.mark.parametrize(
    "name",
    [
        "ljust", "rjust", "center", "zfill", "expandtabs", "replace", "join", "translate", "encode", "swapcase",
        "maketrans", "__class__", "__mul__", "__init__",
    ],
)  # fmt: skip
def test_other_attributes_of_a_text_are_unsafe(name: str) -> None:
    assert f"'{name}'" in refused(f"{{{{ x.{name} }}}}", x="x")
    assert f"'{name}'" in refused(f"{{{{ x['{name}'](9) }}}}", x="x")


@pytest.mark.parametrize("text", ["{{ '{:>1000000000}'.format(1) }}", "{{ x['format'](1) }}", "{{ x.format_map({}) }}"])
def test_a_text_is_not_formatted(text: str) -> None:
    assert refused(text, x="{0}") == NO_FORMAT


def test_other_values_are_as_safe_as_in_the_sandbox() -> None:
    assert (
        rendered("{{ x.get('a') }} {{ x.items() | list }} {{ y.index(2) }}", x={"a": 1}, y=[1, 2]) == "1 [('a', 1)] 1"
    )
    assert "is unsafe" in refused("{{ x.update({}) }}", x={})
    assert "is unsafe" in refused("{{ x.append(1) }}", x=[])
    assert "is unsafe" in refused("{{ x.__class__ }}", x=1)
    with pytest.raises(UndefinedError):
        rendered("{{ x.nope }}", x=1)


# -- filters


def test_these_filters_and_no_others_can_be_named() -> None:
    filters = bounded_filters()
    assert {name for name in filters if " " not in name} == {*FROM_JINJA, *OWN}
    assert all(filters[name] is FILTERS[name] for name in FROM_JINJA)
    assert bounded_filters() == filters and bounded_filters() is not filters


@pytest.mark.parametrize("name", ["center", "format", "random", "batch", "tojson", "pprint", "xmlattr", "nope"])
def test_any_other_filter_is_a_fault_of_the_text(name: str) -> None:
    with pytest.raises(TemplateSyntaxError):
        rendered(f"{{{{ 'x' | {name} }}}}")


def test_the_filters_of_our_own_do_what_jinjas_do() -> None:
    assert rendered("{{ [1, 'b', 2.5] | join(', ') }}{{ [] | join('x') }}{{ 'abc' | join }}") == "1, b, 2.5abc"
    assert rendered("{{ 'aXbX' | replace('X', 'yy') }} {{ 'ab' | replace('', '-') }}") == "ayybyy -a-b-"
    for given in ("", "(2)", "(2, true)", "(2, true, true)", "(width=1, first=false, blank=true)"):
        text = "{{ x | indent" + given + " }}"
        plain = ImmutableSandboxedEnvironment().from_string(text)
        for x in ("a\nb", "a\n\nb\n", "", "\n"):
            assert rendered(text, x=x) == plain.render(x=x)


# -- steps


def test_a_loop_takes_a_step_for_each_entry_and_one_more() -> None:
    assert rendered("{% for a in x %}{% endfor %}", x="x" * 99_999) == ""
    assert refused("{% for a in x %}{% endfor %}", x="x" * 100_000) == TOO_MANY
    assert refused("{% for a in x if a == 'y' %}{% endfor %}", x="x" * 100_000) == TOO_MANY
    assert rendered("{% for a in x %}{% for b in y %}{% endfor %}{% endfor %}", x="x" * 49_999, y="") == ""
    assert refused("{% for a in x %}{% for b in y %}{% endfor %}{% endfor %}", x="x" * 50_000, y="") == TOO_MANY


def test_steps_are_taken_before_the_first_round() -> None:
    seen: list[int] = []
    text = "{% for a in x %}{{ seen(a) }}{% endfor %}"
    assert refused(text, x=range(100_000), seen=seen.append) == TOO_MANY
    assert seen == []


@pytest.mark.parametrize("call", ["m()", "a.strip()", "y.strip()"])
def test_each_call_is_a_step(call: str) -> None:
    text = "{% macro m() %}{% endmacro %}{% for a in x %}{% endfor %}{% for a in y %}{{ " + call + " }}{% endfor %}"
    assert rendered(text, x="x" * 99_989, y=" " * 4) == ""
    assert refused(text, x="x" * 99_989, y=" " * 5) == TOO_MANY


def test_each_call_of_a_recursive_loop_is_a_step() -> None:
    text = "{% for a in x %}{% endfor %}"
    text += "{% for a in [1, 2] recursive %}{% if loop.depth < 90 %}{{ loop([1, 2]) }}{% endif %}{% endfor %}"
    assert refused(text, x="x" * 99_000) == TOO_MANY


@pytest.mark.parametrize(
    "text",
    [
        "{% for a in 'x' * 9999 %}{% for b in 'x' * 9999 %}{% endfor %}{% endfor %}",
        "{% macro m(x) %}{% for a in x %}{% endfor %}{% endmacro %}{% for a in 'x' * 999 %}{{ m(y) }}{% endfor %}",
        "{% for a in 'x' * 999 %}{% include 'inner' %}{% endfor %}",
        "{% from 'inner' import m %}{% for a in 'x' * 999 %}{{ m() }}{% endfor %}",
    ],
)
def test_loops_in_loops_are_told_wherever_they_stand(text: str) -> None:
    loop = "{% for a in 'x' * 999 %}{% endfor %}"
    made = environment(outer=text, inner=loop + "{% macro m() %}" + loop + "{% endmacro %}")
    with pytest.raises(SecurityError) as caught, step_budget():
        made.get_template("outer").render(y="y" * 999)
    assert str(caught.value) == TOO_MANY


def test_outside_of_a_budget_nothing_is_counted() -> None:
    template = environment().from_string("{% for a in x %}{% endfor %}{{ x.strip() }}")
    assert template.render(x=" " * 150_000) == ""
    with pytest.raises(SecurityError), step_budget():
        template.render(x=" " * 150_000)
    assert template.render(x=" " * 150_000) == ""


def test_a_budget_is_one_for_all_that_is_rendered_inside_and_new_each_time() -> None:
    template = environment().from_string("{% for a in x %}{% endfor %}")
    for _ in range(2):
        with step_budget():
            template.render(x="x" * 59_999)
            with step_budget():
                template.render(x="x" * 99_999)
            template.render(x="x" * 39_999)
            with pytest.raises(SecurityError):
                template.render(x="")


def test_a_budget_is_not_shared_with_another_thread() -> None:
    template = environment().from_string("{% for a in x %}{% endfor %}")
    with step_budget():
        thread = threading.Thread(target=template.render, kwargs={"x": "x" * 99_999})
        thread.start()
        thread.join()
        assert template.render(x="x" * 99_999) == ""


def test_a_loop_goes_over_the_same_entries_as_ever() -> None:
    text = "{% for a in x %}{{ loop.index }}/{{ loop.length }}{{ a }}{% else %}none{% endfor %}"
    assert rendered(text, x="ab") == "1/2a2/2b"
    assert rendered(text, x={"k": 1}) == "1/1k"
    assert rendered(text, x=iter([7])) == "1/17"
    assert rendered(text, x=[]) == "none"
    assert rendered("{% for a, b in x | dictsort %}{{ a }}={{ b }}{% endfor %}", x={"b": 1, "a": 2}) == "a=2b=1"
    assert rendered("{% for a in x if a > 1 %}{{ loop.length }}{{ a }}{% endfor %}", x=[1, 2, 3]) == "2223"
    tree = [{"n": "a", "c": [{"n": "b", "c": []}]}]
    assert rendered("{% for t in x recursive %}{{ t.n }}{{ loop(t.c) }}{% endfor %}", x=tree) == "ab"
    with pytest.raises(UndefinedError):
        rendered("{% for a in x %}{% endfor %}")
    with pytest.raises(TypeError):
        rendered("{% for a in 3 %}{% endfor %}")


def test_what_a_template_needs_is_within_the_bounds() -> None:
    text = "{{ name ~ '-' ~ 2 * 3 }} {{ 'ab' * 2 }} {{ ['a', 'b'] | join(', ') }} {{ 'a\nb' | indent(2) }} {{ 7 % 4 }}"
    loops = "{% for a in 'x' * 100 %}{% for b in 'x' * 100 %}{% endfor %}{% endfor %}"
    assert rendered(text + loops, name="n") == "n-6 abab a, b a\n  b 3"
    assert rendered("{{ 1 ~ none ~ [] ~ 'x' }}") == "1None[]x"
    assert rendered("{% call m() %}{% endcall %}", m=lambda caller: "called") == "called"
