"""The known request nearest to one whose reply is missing, and what differs: what a person has to look at."""

from collections.abc import Iterable, Mapping, Sequence

from specbuild.canonical_json import Json
from specbuild.record import Record, record_name
from specbuild.request import Request


def nearest_request(request: Request, spec: Mapping[str, Json], known: Iterable[Record]) -> str:
    """Return a sentence that names the nearest known request and what differs, "" if none is near.

    `spec` holds the values of the request facet, `known` first turns. Near is one of the same program name; of several
    the one with most equal fields, then with most equal parts of the body.
    """
    same_name = [one for one in known if one.body is not None and one.spec.get("file.name") == spec.get("file.name")]
    if not same_name:
        return ""
    nearest = min(same_name, key=lambda one: (*_distance(request, spec, one), record_name(one)))
    what = _differences(request, spec, nearest)
    return f"the nearest known request is {record_name(nearest)}; {', '.join(what)}" if what else ""


def _distance(request: Request, spec: Mapping[str, Json], record: Record) -> tuple[int, int]:
    return len(_fields(spec, record.spec)), len(_elsewhere(request, record))


def _differences(request: Request, spec: Mapping[str, Json], record: Record) -> list[str]:
    fields = _fields(spec, record.spec)
    parts = _elsewhere(request, record)
    if fields:
        # The messages differ because the fields do: naming both would only blur what was changed.
        parts = [one for one in parts if one != _MESSAGES]
    said = [f"{_listed(fields)} of the spec {'differs' if len(fields) == 1 else 'differ'}"] if fields else []
    return said + parts


_MESSAGES = "the template, an interface or a context file differs"


def _fields(one: Mapping[str, Json], other: Mapping[str, Json]) -> list[str]:
    return [field for field in sorted({*one, *other}) if one.get(field) != other.get(field)]


def _elsewhere(request: Request, record: Record) -> list[str]:
    assert record.body is not None
    said = []
    for part in sorted({*request.body, *record.body}):
        before, now = record.body.get(part), request.body.get(part)
        if part == "messages":
            if _texts(before) != _texts(now):
                said.append(_MESSAGES)
        elif before != now:
            said.append(f"{part} was {_short(before)} and is {_short(now)}")
    if record.service != request.service:
        said.append(f"service was {record.service} and is {request.service}")
    if record.sample != request.sample:
        said.append(f"sample was {record.sample} and is {request.sample}")
    return said


def _texts(messages: Json) -> list[Json]:
    if not isinstance(messages, Sequence) or isinstance(messages, str):
        return []
    return [dict(one) if isinstance(one, Mapping) else one for one in messages]


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _short(value: Json) -> str:
    text = "absent" if value is None else str(value)
    return text if len(text) <= 40 else text[:39] + "…"
