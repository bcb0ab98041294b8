"""From a prompt template and a target's fields to the messages that the model sees (FORMATS: Reply key, the marker).

Texts and values in, messages or diagnostics out. A spec's text is only ever a value: braces and percent signs in it
reach the model as they are. Must not know where templates lie, nor what a target is. Importing it imports the template
engine.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import fields as fields_of
from functools import lru_cache
from types import TracebackType

from jinja2 import FunctionLoader, StrictUndefined, TemplateNotFound, TemplateSyntaxError, Undefined, UndefinedError
from jinja2.exceptions import SecurityError

from specbuild.canonical_json import canonical_json
from specbuild.diagnostic import Diagnostic, Place
from specbuild.prompt import LAST_PART, PromptFields, RenderedPrompt, marker_in
from specbuild.template_bounds import BoundedEnvironment, bounded_filters, step_budget

EDITION_PARTS = ("system", "user", "answer")
"""The texts of an edition, `templates/<edition>/<part>.jinja`; in `sources` each stands under `specbuild:<part>`."""


def render(sources: Mapping[str, str], *, name: str, fields: PromptFields) -> RenderedPrompt | Diagnostic:
    """Return the messages that ask for the target of `fields`, or what is wrong in a template (SB501 … SB506).

    `sources` maps names to template texts: those of the edition (EDITION_PARTS), and those of the project under their
    paths. `name` is the template that makes the user message up to the last part: "default" for the edition's own, else
    one of `sources`. The edition's system message and last part stand around it in any case.
    """
    values = {field.name: getattr(fields, field.name) for field in fields_of(fields)}
    system = _rendered(sources, "specbuild:system", values)
    user = _rendered(sources, "specbuild:user" if name == "default" else name, values)
    if not isinstance(system, str):
        return system
    if not isinstance(user, str):
        return user
    if not user.strip():
        return Diagnostic("SB506", f"the template {name} gives an empty prompt", Place(name))
    before = user.rstrip("\n") + "\n\n"
    marker = marker_in(_messages(system, before + LAST_PART))
    assert marker is not None
    answer = _rendered(sources, "specbuild:answer", {**values, "marker": marker})
    if not isinstance(answer, str):
        return answer
    messages = _messages(system, before + answer)
    # The trace way finds the marker again in the recorded messages alone, so what was asked must be what it will find.
    if marker_in(messages) != marker:
        what = f"the edition's last part does not begin with the line {LAST_PART.strip()!r}, or has it twice"
        return Diagnostic("SB505", what, Place("specbuild:answer"))
    return RenderedPrompt(messages, marker)


def _messages(system: str, user: str) -> tuple[Mapping[str, str], ...]:
    return {"role": "system", "content": system}, {"role": "user", "content": user}


@lru_cache(maxsize=8)
def _environment(sources: tuple[tuple[str, str], ...]) -> BoundedEnvironment:
    """Return the engine for these texts: no globals, nothing of chance, nothing that a value could be evaluated by.

    Kept from target to target, as compiling the templates takes longer than rendering them.
    """
    texts = dict(sources)

    def load(name: str) -> tuple[str, str, Callable[[], bool]] | None:
        # The template's name as its file's name, so that a traceback tells the line in it.
        return (texts[name], name, lambda: True) if name in texts else None

    environment = BoundedEnvironment(
        loader=FunctionLoader(load),
        undefined=StrictUndefined,
        autoescape=False,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        newline_sequence="\n",
        auto_reload=False,
        finalize=_shown,
    )
    environment.globals.clear()
    own = {"whole_lines": _whole_lines, "fenced": _fenced, "exact": _exact, "json": canonical_json}
    environment.filters = {**bounded_filters(), **own}
    return environment


def _rendered(sources: Mapping[str, str], name: str, values: Mapping[str, object]) -> str | Diagnostic:
    environment = _environment(tuple(sorted(sources.items())))
    try:
        if name.startswith("specbuild:"):
            return environment.get_template(name).render(values)
        with step_budget():
            return environment.get_template(name).render(values)
    except TemplateNotFound as error:
        return _missing(name, error)
    except TemplateSyntaxError as error:
        place = Place(error.filename or name, error.lineno)
        return Diagnostic("SB502", f"the template can't be read: {error.message}", place, hint=_LANGUAGE)
    except UndefinedError as error:
        what = f"the template names something that a prompt does not have: {error.message}"
        hint = f"a template knows: {', '.join(field.name for field in fields_of(PromptFields))}"
        return Diagnostic("SB503", what, _place(name, error.__traceback__, sources), hint=hint)
    except SecurityError as error:
        what = f"the template does something that templates may not do: {error.message}"
        return Diagnostic("SB504", what, _place(name, error.__traceback__, sources))
    except Exception as error:  # a template is a program: what may go wrong in it is not known here
        what = f"the template failed: {type(error).__name__}: {error}"
        return Diagnostic("SB505", what, _place(name, error.__traceback__, sources), hint=_LANGUAGE)


_LANGUAGE = "templates are Jinja: https://jinja.palletsprojects.com/en/stable/templates/"


def _missing(name: str, error: TemplateNotFound) -> Diagnostic:
    if error.name == name:
        return Diagnostic("SB501", f"there is no template {name!r}", Place(name))
    what = f"the template includes {error.name!r}, which is not there"
    hint = 'write the name out, with its path from the project\'s root: {% include "prompts/part.jinja" %}'
    return Diagnostic("SB501", what, Place(name), hint=hint)


def _place(name: str, traceback: TracebackType | None, sources: Mapping[str, str]) -> Place:
    """Return the innermost place in a template that `traceback` passes through."""
    place = Place(name)
    while traceback is not None:
        file = traceback.tb_frame.f_code.co_filename
        if file in sources:
            place = Place(file, traceback.tb_lineno)
        traceback = traceback.tb_next
    return place


def _shown(value: object) -> object:
    """What an expression may put into a prompt: texts and whole numbers. Else "None" or an address in memory would get
    in.
    """
    if isinstance(value, (str, int, Undefined)) and not isinstance(value, bool):
        return value
    raise TypeError(f"an expression gives {'nothing' if value is None else type(value).__name__}, and no text")


def _whole_lines(text: str) -> str:
    """The text with a newline at its end."""
    return text if text.endswith("\n") else text + "\n"


def _fenced(text: str, language: str = "") -> str:
    """The text in a fence longer than any run of backticks in it (CommonMark 0.31, section 4.5)."""
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", text)), 0)
    return f"{fence}{re.sub('[^A-Za-z0-9+#.-]', '', language)}\n{_whole_lines(text) if text else ''}{fence}\n"


def _exact(text: str) -> str:
    """The text so that its every character can be told, as examples are compared to the last one."""
    if not text:
        return "(empty)\n"
    if re.search(r"[^\n\t -~\u00a1-\U0010ffff]|[\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]| $", text, re.MULTILINE):
        return "As a JSON string:\n\n" + _fenced(canonical_json(text), "json")
    return _fenced(text) + ("" if text.endswith("\n") else "(without a newline at the end)\n")
