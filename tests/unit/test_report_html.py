"""The page of a report: its data can't break out of it, and it allows its own style and script only."""

import json
import re
from pathlib import Path

import pytest

import specbuild
from specbuild.formats.report_html import report_html

PAGES = Path(specbuild.__file__).parent / "pages" / "report"
PARTS = {
    part: (PAGES / name).read_text()
    for part, name in [("page", "page.html"), ("style", "style.css"), ("script", "script.js")]
}
BAD = "</script><img src=x onerror=alert(1)> &amp;"
DATA = {"version": 1, "columns": ["id"], "rows": [["a"]], "project": BAD}


def test_no_text_of_the_data_ends_the_script_that_it_stands_in() -> None:
    page = report_html(DATA, **PARTS)  # type: ignore[arg-type]
    assert page.count("</script>") == 2 and "<img" not in page and "onerror=alert(1)>" not in page
    assert "</script><img" in json.dumps(DATA)  # the control


def test_the_page_allows_its_own_style_and_script_only() -> None:
    page = report_html(DATA, **PARTS)  # type: ignore[arg-type]
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None and policy[1].startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy[1] and "*" not in policy[1] and "http" not in policy[1]
    for part in ("style", "script"):
        assert "http" not in PARTS[part].replace("http://www.w3.org/2000/svg", "") and "@import" not in PARTS[part]
    with pytest.raises(ValueError, match="no place for data"):
        report_html(DATA, page="{{policy}}{{style}}{{script}}", style="", script="")  # type: ignore[arg-type]


def colours(style: str) -> list[dict[str, str]]:
    """Return the named colours in light, and in dark."""
    found = [
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
        for block in re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    ]
    return [found[0], {**found[0], **found[1]}]


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours (WCAG 2.2, "contrast ratio")."""

    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    bright, dark = sorted((light(one), light(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_texts_stand_out_from_every_ground(scheme: int) -> None:
    named = colours(PARTS["style"])[scheme]
    for text in ("text", "faint", "accent", "good", "warn", "bad"):
        for ground in ("ground", "raised", "accent-ground"):
            assert contrast(named[text], named[ground]) >= 4.5, (text, ground)
    assert contrast(named["text"], named["added"]) >= 4.5 and contrast(named["text"], named["removed"]) >= 4.5
    assert contrast(named["edge"], named["ground"]) < 4.5  # the control: lines are fainter than texts
