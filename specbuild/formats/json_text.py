"""Values as JSON for machines: what every `--json` prints. Stable, sorted, one value, a final line feed."""

import json

from specbuild.canonical_json import Json
from specbuild.diagnostic import Diagnostic, Place


def json_text(value: Json) -> str:
    """Return the value as indented JSON with sorted keys, ASCII only: no encoding and no terminal can spoil it.

    Raises ValueError for a NaN or an infinity.
    """
    return json.dumps(value, indent=1, sort_keys=True, allow_nan=False) + "\n"


def diagnostic_json(diagnostic: Diagnostic) -> dict[str, Json]:
    """Return the diagnostic as a JSON object; what is not known is null or empty."""
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "place": place_json(diagnostic.place),
        "also": [place_json(place) for place in diagnostic.also],
        "why": diagnostic.why,
        "hint": diagnostic.hint,
    }


def place_json(place: Place | None) -> Json:
    """Return a place as a JSON object; what is not known is null."""
    if place is None:
        return None
    return {"path": place.path, "line": place.line or None, "column": place.column or None}
