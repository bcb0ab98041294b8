"""How much a build changed: lines of the spec, lines of code, public names. What a person is told after each build."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from specbuild.canonical_json import Json, canonical_json
from specbuild.public_names import NameChanges, name_changes, public_names


class Lines(NamedTuple):
    """How many lines came and went."""

    added: int = 0
    removed: int = 0


class ChangeSize(NamedTuple):
    """What became of a target. None where it can't be told: an old value or text that is not at hand, the names of
    another language than Python."""

    spec: Lines | None
    code: Lines | None
    names: NameChanges | None


def change_size(
    files: Mapping[str, str],
    values: Mapping[str, Json],
    *,
    before: Mapping[str, str] | None,
    values_before: Mapping[str, Json] | None,
    language: str,
) -> ChangeSize:
    """Return how far `files` (output name → text) and the spec's request `values` are from what was before them."""
    code = names = None
    if before is not None:
        code = _sum(
            lines_changed(_lines(before.get(name, "")), _lines(files.get(name, ""))) for name in {**before, **files}
        )
        old, new = (public_names(one, language=language) for one in (before, files))
        names = None if old is None or new is None else name_changes(old, new)
    spec = None if values_before is None else lines_changed(spec_lines(values_before), spec_lines(values))
    return ChangeSize(spec, code, names)


def spec_lines(values: Mapping[str, Json]) -> list[str]:
    """Return the values of a spec as lines: those of its texts, one for each entry of a list."""
    found: list[str] = []
    for _, value in sorted(values.items()):
        if isinstance(value, str):
            found += _lines(value)
        else:
            found += [canonical_json(one) for one in value] if isinstance(value, Sequence) else [canonical_json(value)]
    return found


def lines_changed(before: Sequence[str], after: Sequence[str]) -> Lines:
    """Return how many lines came and went."""
    from difflib import SequenceMatcher  # only where something was built

    found = SequenceMatcher(None, before, after, autojunk=False)
    kept = sum(block.size for block in found.get_matching_blocks())
    return Lines(len(after) - kept, len(before) - kept)


def _sum(counts: Iterable[Lines]) -> Lines:
    added = removed = 0
    for one in counts:
        added, removed = added + one.added, removed + one.removed
    return Lines(added, removed)


def _lines(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n") if text else []
