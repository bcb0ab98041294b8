"""A report as one HTML page that loads nothing: its style, script and data stand in it, its policy allows no other.

The data can't end its block nor begin a tag: `<`, `>` and `&` are escaped, and the script makes text of it, never
markup.
"""

import base64
import hashlib
import json
from collections.abc import Mapping

from specbuild.canonical_json import Json


def report_html(data: Mapping[str, Json], *, page: str, style: str, script: str) -> str:
    """Return the page. `page` names with {{policy}}, {{style}}, {{script}} and {{data}} where they stand."""
    policy = (
        f"default-src 'none'; script-src '{_source(script)}'; style-src '{_source(style)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    parts = {"policy": policy, "style": style, "script": script, "data": _block(data)}
    text = page
    for name in ("policy", "style", "data", "script"):
        before, mark, after = text.partition("{{" + name + "}}")
        if not mark:
            raise ValueError(f"the page has no place for {name}")
        text = before + parts[name] + after
    return text


def _source(text: str) -> str:
    """Return how a content security policy names an inline text (CSP level 3, section 2.3.1)."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _block(data: Mapping[str, Json]) -> str:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for one in "<>&\u2028\u2029":
        text = text.replace(one, f"\\u{ord(one):04x}")
    return text
