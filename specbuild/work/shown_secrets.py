"""Does a request hold what no model may be shown? Asked before a call is made; what is known already is not looked
at."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal

from specbuild.canonical_json import Json
from specbuild.diagnostic import Diagnostic, Place
from specbuild.redaction import Finding, secrets_in
from specbuild.request import Request
from specbuild.work.load import Project
from specbuild.work.result import Result
from specbuild.work.step import Step


def own_keys(project: Project) -> tuple[str, ...]:
    """Return the person's keys, of all services."""
    return tuple(one.key.reveal() for one in project.personal.services.values() if one.key)


def texts_in(value: Json) -> Iterator[str]:
    """Yield every string of a JSON value; the names of its members are none."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from texts_in(one)
    elif isinstance(value, Sequence):
        for one in value:
            yield from texts_in(one)


def secret_in(texts: Iterable[str], keys: Sequence[str]) -> Finding | None:
    """Return the first secret in the texts. They are looked at as one, for each look costs, and the same ones once:
    what is asked is committed soon after. No secret has a NUL."""
    text = "\0".join(texts)
    mark = hash((text, tuple(keys)))
    if mark in _CLEAN:
        return None
    found = next(iter(secrets_in(text, keys)), None)
    if found is None:
        if len(_CLEAN) >= _MOST_CLEAN:
            _CLEAN.clear()
        _CLEAN.add(mark)
    return found


_CLEAN: Final[set[int]] = set()
_MOST_CLEAN = 4096


def prompt_texts(body: Mapping[str, Json], spec: Mapping[str, Json]) -> Iterator[str]:
    """Yield the texts of a first request, and those of the spec values that its record keeps and it does not show."""
    shown = list(texts_in(body))
    yield from shown
    yield from (one for one in texts_in(spec) if not any(one in text for text in shown))


def secret_shown(
    step: Step,
    request: Request,
    spec: Mapping[str, Json],
    project: Project,
    *,
    append: Sequence[Mapping[str, Json]] | None,
    kind: Literal["reply", "review"],
) -> Result | None:
    """Return how a target ends whose request looks like it holds a secret, None if it does not.

    `append` is what a later turn adds (None: it is the first one): nothing else of it is looked at.
    """
    keys = own_keys(project)
    texts = prompt_texts(request.body, spec) if append is None else texts_in(append)
    found = secret_in(texts, keys)
    if found is None:
        return None
    of = step.target.id if kind == "reply" else f"the review of {step.target.id}"
    part, place = ("what its checks or tools say", None) if append is not None else _where(step, project, keys)
    what = "one of your own keys" if found.kind == "known" else f"a secret ({found.kind})"
    return Result(
        "failed",
        diagnostics=(
            Diagnostic(
                "SB641",
                f"{part or 'a text that it shows'} looks like it holds {what}, so the prompt of {of} was not sent",
                place or step.target.spec.place("file.name"),
                "a prompt leaves this machine, and is committed with its reply",
                "take it out, or, if it is none: --allow-secret",
            ),
        ),
    )


def _where(step: Step, project: Project, keys: Sequence[str]) -> tuple[str, Place | None]:
    """Return which part of the prompt it is, and its place; "" if it is none that a person wrote for it."""
    spec = step.target.spec
    for field, value in spec.values.items():
        if any(secrets_in(text, keys) for text in texts_in(value)):
            return field, spec.place(field)
    template = () if step.target.template == "default" else (step.target.template,)
    graph, id = project.graph, step.target.id
    built = [path for need in graph.needs_of.get(id, ()) for path in graph.targets[need].outputs]
    for path in (*step.target.context, *graph.file_needs.get(id, ()), *built, *template):
        text = project.files.text(path)
        if isinstance(text, str) and secrets_in(text, keys):
            return path, Place(path)
    return "", None
