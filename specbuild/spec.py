"""A spec: one requirement file as a value, its fields flattened to dotted names."""

from collections.abc import Mapping
from dataclasses import dataclass

from specbuild.canonical_json import Json
from specbuild.diagnostic import Place


@dataclass(frozen=True, slots=True)
class Spec:
    """One requirement file that was read and found valid.

    `id` is the path below the spec folder without `.toml`, `path` the path from the project's root, both with "/".
    `values` holds the present fields only, by dotted name: `file.name`, `project.requirements`, `build.outputs`, …;
    `build.parameters` is one field (a mapping), `example` is one field (a list of mappings, as written).
    `places` says where each present field (and `example.<n>`, n from 0) was written.
    """

    id: str
    path: str
    values: Mapping[str, Json]
    places: Mapping[str, Place]

    def text(self, field: str, default: str = "") -> str:
        """Return the field as a string, or `default` if it is absent."""
        value = self.values.get(field, default)
        return value if isinstance(value, str) else default

    def texts(self, field: str) -> tuple[str, ...]:
        """Return the field as a tuple of strings; empty if it is absent."""
        value = self.values.get(field, ())
        return tuple(one for one in value if isinstance(one, str)) if isinstance(value, (list, tuple)) else ()

    def flag(self, field: str) -> bool | None:
        """Return the field as a boolean, or None if it is absent."""
        value = self.values.get(field)
        return value if isinstance(value, bool) else None

    def place(self, field: str) -> Place:
        """Return where the field was written; the file itself if it is absent."""
        return self.places.get(field, Place(self.path))
