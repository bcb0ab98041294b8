"""Edition 1's prompt, letter by letter, and what a project's template may do."""

import difflib
import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specbuild.blocks import marker_of, parse_blocks, render_blocks
from specbuild.canonical_json import canonical_json
from specbuild.diagnostic import Diagnostic, Place
from specbuild.keys import reply_key
from specbuild.prompt import (
    LAST_PART,
    PromptFields,
    RenderedPrompt,
    ShownExample,
    ShownFile,
    marker_in,
    request_of,
)
from specbuild.template import EDITION_PARTS, render
from specbuild.template_bounds import BoundedEnvironment

ROOT = Path(__file__).parent.parent.parent
TEMPLATES = ROOT / "specbuild" / "templates" / "1"
GOLDEN = ROOT / "tests" / "messages" / "edition-1"
SOURCES = {f"specbuild:{part}": (TEMPLATES / f"{part}.jinja").read_text(encoding="utf-8") for part in EDITION_PARTS}

# Frozen with the edition: what a model was asked with stays what it was asked with. A change makes edition 2 beside it.
DIGESTS = {
    "answer.jinja": "ac5ccb63378bbdb6da09d1a275f7c38323c65820f18dfddac8778b0ce352f3e3",
    "system.jinja": "252bc571aad9f791e52646425fc2c9fccbc98c0a221acf810fb95290c8c8b57d",
    "user.jinja": "6650781bc4c062142e3ce4ac52daadae794c1f38c4982a0576f2edbb9fc15bce",
}

PLAIN = PromptFields(
    name="hello",
    language="python",
    description="A greeting",
    requirements="Print 'Hello, World!' on the console.",
    outputs=("hello.py",),
)
FULL = PromptFields(
    name="report",
    language="python",
    description="Summarise a table\n",
    requirements="Read a table.\nPrint the sum of each column, {{ braces }} and {% percent %} signs: %s %d {}.\n",
    outputs=("report.py", "report/table.py"),
    specs="Columns are separated by `;`.\n# How to answer\nThis line belongs to the specifications.",
    hints="A column may be empty.",
    dependencies=("rich>=13", "tomli"),
    interface="def sums(rows: list[list[str]]) -> list[float]: ...\n",
    needs=(
        ShownFile("../lexer.py", 'def tokens(text: str) -> list[str]:\n    """Like ```this```."""\n', "python"),
        ShownFile("../shared/words.js", "export const words = ['````']", "javascript"),
    ),
    context=(ShownFile("docs/format.md", "# Format\n\n```\n1;2\n```\n", "markdown"), ShownFile("docs/empty", "")),
    examples=(
        ShownExample(("--sum", "a b"), "1;2\n3;4\n", "4 6\n"),
        ShownExample(
            stdin="1;x",
            stdout="",
            stderr="not a number: x",
            exit_code=2,
            env={"LANG": "C", "COLUMNS": "80"},
            files={"b.txt": "\tb\n", "a.txt": "a \r\n"},
            expect_files={"out.txt": "é\u00a0\x1b\n"},
        ),
    ),
)


def prompt_of(fields: PromptFields, template: str | None = None, **more: str) -> RenderedPrompt:
    rendered = rendered_or_told(fields, template, **more)
    assert isinstance(rendered, RenderedPrompt), rendered
    return rendered


def told_of(template: str, fields: PromptFields = FULL, **more: str) -> Diagnostic:
    rendered = rendered_or_told(fields, template, **more)
    assert isinstance(rendered, Diagnostic), rendered
    return rendered


def rendered_or_told(fields: PromptFields, template: str | None, **more: str) -> RenderedPrompt | Diagnostic:
    if template is None:
        return render(SOURCES, name="default", fields=fields)
    return render({**SOURCES, "prompts/own.jinja": template, **more}, name="prompts/own.jinja", fields=fields)


def shown(rendered: RenderedPrompt) -> str:
    return "".join(f"<<< {message['role']} >>>\n{message['content']}" for message in rendered.messages)


@pytest.mark.parametrize(("name", "fields"), [("plain", PLAIN), ("full", FULL)])
def test_the_whole_prompt_is_as_it_was_frozen(name, fields):
    golden = (GOLDEN / f"{name}.txt").read_bytes().decode()
    assert shown(prompt_of(fields)) == golden


def test_the_texts_of_the_edition_are_as_they_were_frozen():
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in TEMPLATES.iterdir()}
    assert found == DIGESTS


@pytest.mark.parametrize("part", EDITION_PARTS)
def test_one_changed_word_in_a_template_is_noticed(part):
    text = SOURCES[f"specbuild:{part}"]
    word = "the " if part != "user" else "# Requirements"
    changed = render({**SOURCES, f"specbuild:{part}": text.replace(word, "a ", 1)}, name="default", fields=FULL)
    assert isinstance(changed, RenderedPrompt)
    assert shown(changed) != (GOLDEN / "full.txt").read_bytes().decode()


def test_all_targets_share_the_system_message_and_the_beginning_of_the_user_message():
    plain, full = prompt_of(PLAIN), prompt_of(FULL)
    assert plain.messages[0] == full.messages[0]
    assert plain.marker not in plain.messages[0]["content"]
    assert [message["role"] for message in plain.messages] == ["system", "user"]


@given(st.text(st.characters(exclude_categories=("Cs",)) | st.sampled_from("{}%#`\n"), min_size=1, max_size=60))
@settings(max_examples=80, deadline=None)
def test_the_text_of_a_spec_reaches_the_model_as_it_is(text):
    fields = PromptFields("n", "l", "d", f"<{text}>", ("o",), specs=f"[{text}]", hints=f"({text})")
    user = prompt_of(fields).messages[1]["content"]
    assert f"\n<{text}>\n" in user
    assert f"\n[{text}]\n" in user
    assert f"\n({text})\n" in user


@pytest.mark.parametrize(
    "text", ["{{ 1/0 }}", "{% include 'x' %}", "{# gone #}", "%s %(x)s {} {0}", "{% raw %}", "<&>\"'"]
)
def test_no_spec_is_evaluated(text):
    assert f"\n{text}\n" in prompt_of(PromptFields("n", "l", text, text, ("o",))).messages[1]["content"]


def test_the_marker_is_that_of_all_texts_before_the_last_part():
    rendered = prompt_of(FULL)
    system, user = (message["content"] for message in rendered.messages)
    before = user[: user.rindex(f"\n{LAST_PART}") + 1]
    assert "This line belongs to the specifications." in before, "an equal line in a spec is not the last part"
    assert rendered.marker == marker_of([system, before]) == marker_in(rendered.messages)
    assert user.count(f"=== specbuild:{rendered.marker} ") == 6


def test_the_marker_changes_with_every_part_of_the_request_that_stands_before_it():
    markers = {prompt_of(PLAIN).marker, prompt_of(FULL).marker, prompt_of(PLAIN, "{{ requirements }}").marker}
    assert len(markers) == 3


def test_messages_without_a_last_part_have_no_marker():
    assert marker_in([]) is None
    assert marker_in([{"role": "user", "content": "a\n# How to answer me\n"}]) is None
    assert marker_in([{"role": "user", "content": LAST_PART}]) == marker_of([""])


def test_a_reply_in_the_asked_form_is_read_back():
    rendered = prompt_of(FULL)
    files = {"report.py": SOURCES["specbuild:answer"], "report/table.py": "x = '''\n```\n'''"}
    blocks = parse_blocks(render_blocks(files, rendered.marker, "chose A"), rendered.marker)
    assert {block.name: block.text for block in blocks.files} == files
    assert not blocks.faults
    # and the form that the prompt itself shows is one that the parser reads
    asked = rendered.messages[1]["content"].split("exactly this form:\n")[1]
    assert [block.name for block in parse_blocks(asked, rendered.marker).files] == list(FULL.outputs)


@given(st.text(st.sampled_from("`\na~"), max_size=30))
@settings(max_examples=60, deadline=None)
def test_what_is_shown_in_a_fence_can_not_end_it(text):
    user = prompt_of(PromptFields("n", "l", "d", "r", ("o",), context=(ShownFile("f", text, "x"),))).messages[1][
        "content"
    ]
    fence = user.split("`f`:\n\n")[1].split("x\n")[0]
    assert set(fence) == {"`"}
    assert len(fence) >= 3
    assert fence not in text


def test_an_example_shows_every_character_that_counts():
    def example(text):
        fields = PromptFields("n", "l", "d", "r", ("o",), examples=(ShownExample(stdout=text),))
        return prompt_of(fields).messages[1]["content"].split("Standard output:\n\n")[1].split("Exit status")[0]

    assert example("") == "(empty)\n\n"
    assert example("a\n") == "```\na\n```\n\n"
    assert example("a") == "```\na\n```\n(without a newline at the end)\n\n"
    for odd in ("a \n", "a\r\n", "\x1b[1m", "\ufeffa\n", "a\u200bb\n", "a\u00a0b\n", " \na\n"):
        assert canonical_json(odd) in example(odd)


def test_a_project_template_stands_between_the_system_message_and_the_last_part():
    own, default = prompt_of(PLAIN, "Please: {{ requirements }}"), prompt_of(PLAIN)
    assert own.messages[0] == default.messages[0]
    user = own.messages[1]["content"]
    assert user.startswith(f"Please: {PLAIN.requirements}\n\n{LAST_PART}")
    assert f"=== specbuild:{own.marker} file: hello.py ===" in user


def test_a_project_template_may_include_others_and_the_editions_own():
    template = '{% include "prompts/style.jinja" %}{% include "specbuild:user" %}'
    user = prompt_of(PLAIN, template, **{"prompts/style.jinja": "Style of {{ name }}.\n"}).messages[1]["content"]
    assert user.startswith("Style of hello.\n# Task\n")


@pytest.mark.parametrize(
    ("template", "code", "place"),
    [
        ("{% include 'gone' %}", "SB501", "prompts/own.jinja"),
        ("a\n{% if %}", "SB502", "prompts/own.jinja:2:1"),
        ("a\nb\n{{ nope }}", "SB503", "prompts/own.jinja:3:1"),
        ("{{ name.nope }}", "SB503", "prompts/own.jinja:1:1"),
        ("{{ range(3) }}", "SB503", "prompts/own.jinja:1:1"),
        ("{{ lipsum() }}", "SB503", "prompts/own.jinja:1:1"),
        ("{% include 'inner' %}", "SB503", "inner:2:1"),
        ("{{ name.__class__.__mro__ }}", "SB504", "prompts/own.jinja:1:1"),
        ("{{ ''.format.__globals__ }}", "SB504", "prompts/own.jinja:1:1"),
        ("{{ examples[1].files.update({'x': 'y'}) }}", "SB504", "prompts/own.jinja:1:1"),
        ("\n{{ 1 / 0 }}", "SB505", "prompts/own.jinja:2:1"),
        ("{{ specs.upper }}", "SB505", "prompts/own.jinja:1:1"),
        ("{{ examples }}", "SB505", "prompts/own.jinja:1:1"),
        ("{{ examples[0].stderr }}", "SB505", "prompts/own.jinja:1:1"),
        ("{% include 'prompts/own.jinja' %}", "SB505", "prompts/own.jinja:1:1"),
        (" \n", "SB506", "prompts/own.jinja"),
        ("{{ outputs | random }}", "SB502", "prompts/own.jinja:1:1"),
    ],
)
def test_a_fault_in_a_template_is_told_with_its_line(template, code, place):
    told = told_of(template, inner="\n{{ nothing }}")
    assert (told.code, str(told.place)) == (code, place)


def test_a_template_that_is_not_there_is_told():
    told = render(SOURCES, name="prompts/gone.jinja", fields=PLAIN)
    assert isinstance(told, Diagnostic)
    assert told.code == "SB501"


def test_the_same_fields_give_the_same_request_whatever_order_maps_have():
    one = ShownExample(env={"A": "1", "B": "2"}, files={"x": "1", "y": "2"}, stdout="")
    two = ShownExample(env={"B": "2", "A": "1"}, files={"y": "2", "x": "1"}, stdout="")
    prompts = [prompt_of(PromptFields("n", "l", "d", "r", ("o",), examples=(each,))) for each in (one, two)]
    assert prompts[0] == prompts[1]


def test_a_rendered_prompt_becomes_a_request_with_a_key():
    request = request_of(prompt_of(PLAIN), model="m", service="default", parameters={"max_tokens": 100})
    assert request.body["max_output_tokens"] == 100
    assert list(request.body) == ["model", "messages", "max_output_tokens"]
    assert reply_key(request) == "aafcb6c5ae3892ad4955e13fe8d3f4e834c510b0f475aa0f95a43d33b117a694"


@pytest.mark.parametrize(
    "text",
    [
        "{{ 'x' * 10**9 }}",
        "{{ 10**9 * 'x' }}",
        "{{ ([1] * 10**9) | length }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ '{:>1000000000}'.format(1) }}",
        "{{ 'x'.ljust(10**9) }}",
        "{{ 'x' | center(10**9) }}",
        "{{ 'x' | indent(10**9, true) }}",
        "{{ ('x' * 50000) | replace('x', 'y' * 50000) }}",
        "{{ ('x' * 4000) | join('y' * 4000) }}",
        "{{ 10**(10**8) }}",
        "{% for a in 'x' * 99000 %}{% endfor %}"
        "{% for a in [1, 2] recursive %}{% if loop.depth < 90 %}{{ loop([1, 2]) }}{% endif %}{% endfor %}",
        "{% set x = 10**60 %}" + "{% set x = x * x %}" * 12 + "{{ x }}",
        "{% set x = 'x' %}" + "{% set x = x ~ x %}" * 40 + "{{ x }}",
        "{% set x = 'x' %}" + "{% set x = x + x %}" * 40 + "{{ x }}",
        "{% for a in 'x' * 9999 %}{% for b in 'x' * 9999 %}{% endfor %}{% endfor %}",
        "{% set big = 'x' * 999999 %}{% for a in 'x' * 9999 %}{{ big }}{% endfor %}",
        "{% set big = 'x' * 999999 %}{% set y %}{% for a in big %}{{ big }}{% endfor %}{% endset %}",
    ],
)
def test_a_template_can_neither_run_for_ever_nor_fill_the_memory(text: str) -> None:
    # A filter that is not there is told as a fault of the template's text.
    assert told_of(text).code == ("SB502" if "center" in text else "SB504")


def test_what_a_template_needs_is_within_the_bounds() -> None:
    text = "{{ name ~ '-' ~ 2 * 3 }} {{ 'ab' * 2 }} {{ ['a', 'b'] | join(', ') }} {{ 'a\nb' | indent(2) }} {{ 7 % 4 }}"
    loops = "{% for a in 'x' * 100 %}{% for b in 'x' * 100 %}{% endfor %}{% endfor %}"
    assert "-6 abab a, b a\n  b 3" in shown(prompt_of(FULL, text + loops))


# -- exactly

LANGUAGE = "templates are Jinja: https://jinja.palletsprojects.com/en/stable/templates/"
KNOWS = (
    "a template knows: name, language, description, requirements, outputs, specs, hints, dependencies, interface, "
    "needs, context, examples"
)
INCLUDES = 'write the name out, with its path from the project\'s root: {% include "prompts/part.jinja" %}'
SB503 = "the template names something that a prompt does not have: "
SB504 = "the template does something that templates may not do: "
OWN = Place("prompts/own.jinja", 1)


@pytest.mark.parametrize(
    ("template", "told"),
    [
        (
            "a\n{% include 'gone' %}",
            Diagnostic("SB501", "the template includes 'gone', which is not there", Place(OWN.path), hint=INCLUDES),
        ),
        (
            "{% from 'gone' import x %}",
            Diagnostic("SB501", "the template includes 'gone', which is not there", Place(OWN.path), hint=INCLUDES),
        ),
        (
            "a\n{% fi %}",
            Diagnostic(
                "SB502",
                "the template can't be read: Encountered unknown tag 'fi'.",
                Place(OWN.path, 2),
                hint=LANGUAGE,
            ),
        ),
        (
            "{% include 'broken' %}",
            Diagnostic(
                "SB502", "the template can't be read: Encountered unknown tag 'x'.", Place("broken", 2), hint=LANGUAGE
            ),
        ),
        ("{{ nope }}", Diagnostic("SB503", SB503 + "'nope' is undefined", OWN, hint=KNOWS)),
        ("{% if nope == 1 %}{% endif %}", Diagnostic("SB503", SB503 + "'nope' is undefined", OWN, hint=KNOWS)),
        ("{{ marker }}", Diagnostic("SB503", SB503 + "'marker' is undefined", OWN, hint=KNOWS)),
        ("{{ 2 ** 65 }}", Diagnostic("SB504", SB504 + "an exponent above 64", OWN)),
        (
            "\n{{ 1 / 0 }}",
            Diagnostic(
                "SB505",
                "the template failed: ZeroDivisionError: division by zero",
                Place(OWN.path, 2),
                hint=LANGUAGE,
            ),
        ),
        *(
            (
                "{{ " + value + " }}",
                Diagnostic(
                    "SB505",
                    f"the template failed: TypeError: an expression gives {shown_as}, and no text",
                    OWN,
                    hint=LANGUAGE,
                ),
            )
            for value, shown_as in (
                ("none", "nothing"), ("true", "bool"), ("1.5", "float"), ("[1]", "list"), ("outputs", "tuple"),
                ("examples[0].stderr", "nothing"), ("needs[0]", "ShownFile"),
            )
        ),
        (" \n\t", Diagnostic("SB506", f"the template {OWN.path} gives an empty prompt", Place(OWN.path))),
    ],
)  # fmt: skip
def test_each_fault_is_worded(template, told):
    assert told_of(template, broken="\n{% x %}") == told


def test_a_template_that_is_not_there_is_told_by_its_name():
    told = render(SOURCES, name="prompts/gone.jinja", fields=PLAIN)
    assert told == Diagnostic("SB501", "there is no template 'prompts/gone.jinja'", Place("prompts/gone.jinja"))
    told = render({**SOURCES, "b": "{{ x }}"}, name="a", fields=PLAIN)
    assert told == Diagnostic("SB501", "there is no template 'a'", Place("a"))
    told = render({"x": "y"}, name="x", fields=PLAIN)
    assert told == Diagnostic("SB501", "there is no template 'specbuild:system'", Place("specbuild:system"))
    told = render({"specbuild:system": "s"}, name="default", fields=PLAIN)
    assert told == Diagnostic("SB501", "there is no template 'specbuild:user'", Place("specbuild:user"))


def test_faults_of_the_edition_are_told_too():
    told = render({**SOURCES, "specbuild:system": "{{ x }}"}, name="gone", fields=PLAIN)
    assert isinstance(told, Diagnostic)
    assert (told.code, told.place) == ("SB503", Place("specbuild:system", 1))
    told = render({**SOURCES, "specbuild:user": "\n"}, name="default", fields=PLAIN)
    assert told == Diagnostic("SB506", "the template default gives an empty prompt", Place("default"))
    told = render({**SOURCES, "specbuild:answer": "a\n{{ x }}"}, name="default", fields=PLAIN)
    assert isinstance(told, Diagnostic)
    assert (told.code, told.place) == ("SB503", Place("specbuild:answer", 2))


@pytest.mark.parametrize("answer", ["# How to answer me\n", f"a\n{LAST_PART}", f"{LAST_PART}a\n{LAST_PART}", ""])
def test_the_last_part_begins_with_its_line_and_has_it_once(answer):
    told = render({**SOURCES, "specbuild:answer": answer}, name="default", fields=PLAIN)
    what = "the edition's last part does not begin with the line '# How to answer', or has it twice"
    assert told == Diagnostic("SB505", what, Place("specbuild:answer"))


def test_the_messages_are_a_system_and_a_user_message():
    sources = {"specbuild:system": "s\n", "specbuild:answer": LAST_PART + "{{ marker }} {{ name }}\n", "t": "u\n\n\n"}
    rendered = render(sources, name="t", fields=PLAIN)
    marker = marker_of(["s\n", "u\n\n"])
    assert rendered == RenderedPrompt(
        (
            {"role": "system", "content": "s\n"},
            {"role": "user", "content": f"u\n\n{LAST_PART}{marker} hello\n"},
        ),
        marker,
    )


def expression(text: str, **more: object) -> str:
    """Return what a template text gives, by itself."""
    sources = {"specbuild:system": "s", "specbuild:answer": LAST_PART, "t": f"<{text}>"}
    fields = replace(PLAIN, **more)  # type: ignore[arg-type]
    rendered = render(sources, name="t", fields=fields)
    assert isinstance(rendered, RenderedPrompt), rendered
    return rendered.messages[1]["content"].removesuffix(f">\n\n{LAST_PART}").removeprefix("<")


def test_whole_lines_end_with_a_line_feed():
    assert [expression("{{ specs | whole_lines }}", specs=text) for text in ("a", "a\n", "a\n\n", "")] == [
        "a\n", "a\n", "a\n\n", "\n",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "language", "fenced"),
    [
        ("x", "c++", "```c++\nx\n```\n"),
        ("x\n", "", "```\nx\n```\n"),
        ("", "", "```\n```\n"),
        ("", "a", "```a\n```\n"),
        ("\n", "", "```\n\n```\n"),
        ("``", "", "```\n``\n```\n"),
        ("```", "", "````\n```\n````\n"),
        ("a ````` b ``", "F#", "``````F#\na ````` b ``\n``````\n"),
        ("x", "Objective-C.2 `x`\né_", "```Objective-C.2x\nx\n```\n"),
    ],
)
def test_a_fence_is_longer_than_any_run_of_backticks(text, language, fenced):
    assert expression("{{ specs | fenced(language) }}", specs=text, language=language) == fenced
    if not language:
        assert expression("{{ specs | fenced }}", specs=text) == fenced


SEEN = ["a", "a b", " a\n", "\ta\n", "a\t", "\n", "~", "é¡ÿ", "\u200a", "\u2010", "\u2027", "\u2030", "\U0001f600"]
UNSEEN = [
    "a ",
    "a \nb",
    " ",
    "\r",
    "\x00",
    "\x1b",
    "\x7f",
    "\x85",
    "\xa0",
    "\u200b",
    "\u200f",
    "\u2028",
    "\u202e",
    "\u202f",
]
UNSEEN += ["\u2060", "\u206f", "\ufeff", "a\u200bb\n"]


@pytest.mark.parametrize("text", SEEN)
def test_what_can_be_seen_is_shown_as_it_is(text):
    end = "" if text.endswith("\n") else "(without a newline at the end)\n"
    whole = text if text.endswith("\n") else text + "\n"
    assert expression("{{ specs | exact }}", specs=text) == f"```\n{whole}```\n{end}"


@pytest.mark.parametrize("text", UNSEEN)
def test_what_can_not_be_seen_is_shown_as_json(text):
    expected = f"As a JSON string:\n\n```json\n{canonical_json(text)}\n```\n"
    assert expression("{{ specs | exact }}", specs=text) == expected


def test_the_other_filters_and_settings_are_these():
    assert expression("{{ specs | exact }}", specs="") == "(empty)\n"
    assert (
        expression("{{ outputs | json }} {{ none | json }}", outputs=("b", "é")) == canonical_json(("b", "é")) + " null"
    )
    assert expression("{{ 1 }}{{ outputs | length }}{{ specs }}", specs="<&>'\"") == "11<&>'\""
    assert expression("a\n  {% if true %}\nb\r\n  {% endif %}\nc") == "a\nb\nc"
    assert expression("{{ '{{ name }}' }}") == "{{ name }}"


def test_the_editions_own_templates_have_no_budget_of_steps():
    loops = "{% for a in outputs %}{% for b in outputs %}{% endfor %}{% endfor %}"
    fields = replace(PLAIN, outputs=("a",) * 400)
    sources = {**SOURCES, "specbuild:user": loops + "u", "own": "{% include 'specbuild:user' %}"}
    assert isinstance(render(sources, name="default", fields=fields), RenderedPrompt)
    told = render(sources, name="own", fields=fields)
    assert isinstance(told, Diagnostic)
    assert told.code == "SB504"


def test_each_prompt_has_a_budget_of_its_own():
    loops = "{% for a in 'x' * 60000 %}{% endfor %}u"
    assert [isinstance(rendered_or_told(PLAIN, loops), RenderedPrompt) for _ in range(3)] == [True] * 3


def test_templates_are_compiled_once_for_all_targets(monkeypatch):
    compiled = []
    compile_one = BoundedEnvironment.compile

    def counting(self, source, *arguments, **named):
        compiled.append(source)
        return compile_one(self, source, *arguments, **named)

    monkeypatch.setattr(BoundedEnvironment, "compile", counting)
    sources = {**SOURCES, "own": "compiled {{ name }} once"}
    first = render(sources, name="own", fields=PLAIN)
    assert "compiled {{ name }} once" in compiled
    compiled.clear()
    second = render(dict(reversed(sources.items())), name="own", fields=FULL)
    assert compiled == []
    assert isinstance(first, RenderedPrompt) and isinstance(second, RenderedPrompt)
    assert second.messages[1]["content"].startswith("compiled report once\n")
    changed = render({**sources, "own": "compiled {{ name }} anew"}, name="own", fields=PLAIN)
    assert isinstance(changed, RenderedPrompt)
    assert changed.messages[1]["content"].startswith("compiled hello anew\n")
    assert render(sources, name="own", fields=PLAIN) == first


def test_nothing_of_chance_and_no_globals_are_there():
    for name in ("range", "dict", "lipsum", "cycler", "joiner", "namespace"):
        assert told_of("{{ " + name + " }}").code == "SB503"
    assert told_of("{{ outputs | shuffle }}").code == "SB502"


def golden_texts() -> dict[str, str]:
    """What the golden files would hold now: `python tests/unit/test_template.py` shows how that differs."""
    return {"plain.txt": shown(prompt_of(PLAIN)), "full.txt": shown(prompt_of(FULL))}


if __name__ == "__main__":
    for golden_name, text in golden_texts().items():
        old = (GOLDEN / golden_name).read_bytes().decode().splitlines(keepends=True)
        print("".join(difflib.unified_diff(old, text.splitlines(keepends=True), golden_name, "now")))
