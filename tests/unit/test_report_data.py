"""What a report page is given, and that it stays small, readable and harmless."""

import base64
import json
import re
import zlib
from pathlib import Path
from typing import Any

import pytest

import specbuild
from specbuild.decision import NO_CALLS
from specbuild.formats.report_data import MOST_BYTES, Gathered, Told, Try, report_json
from specbuild.formats.report_html import report_html
from specbuild.plan import PlanLine
from specbuild.progress import Spent
from specbuild.why import Reason

PAGES = Path(specbuild.__file__).parent / "pages" / "report"
PARTS = {
    part: (PAGES / name).read_text()
    for part, name in [("page", "page.html"), ("style", "style.css"), ("script", "script.js")]
}
BAD = "</script><img src=x onerror=alert(1)> \x1b[2J \u202e \u2028 &amp;"
KEY = "sk-proj-" + "aB3dE5gH7jK9mN1pQ3rS5tU7vW9xY1zA3bC5dE7f"


def told(
    id: str, *, prompt: str = "Do it.\n", said: str = "Done.\n", needs: tuple[str, ...] = (), difference: str = ""
) -> Told:
    line = PlanLine(id, "fresh", 5, (Reason("fresh", "up to date"),), NO_CALLS)
    one = Try(said, "", "", Spent(1, 10, 20, None))
    return Told(
        line, None, needs, ("t",), 3, Spent(1, 10, 20, 0.5), (one,), (("user", prompt),), "", False, None, difference
    )


def data_of(*targets: Told, most_bytes: int | None = MOST_BYTES) -> dict[str, Any]:
    found = Gathered("project", targets, (), {}, None)
    return report_json(found, None, made="2026-01-01T00:00:00+00:00", version="1", most_bytes=most_bytes)


def unpacked(data: dict[str, Any]) -> Any:
    return json.loads(zlib.decompress(base64.b64decode(data["texts"]["data"]), -zlib.MAX_WBITS))


def test_small_projects_are_shown_whole_and_equal_texts_once() -> None:
    data = data_of(told("a", prompt="same" * 500), told("b", prompt="same" * 500))
    assert data["texts"]["cut"] == data["texts"]["left_out"] == 0
    found = unpacked(data)
    assert found["targets"][0]["prompt"] == found["targets"][1]["prompt"]
    assert len(found["texts"]) == 2


def test_long_texts_are_cut_in_the_middle_and_no_secret_is_cut_into_a_part() -> None:
    text = "".join(f"line {n}\n" for n in range(30_000))
    secret = text[:2000] + f"key {KEY} " + text[2000:]
    data = data_of(told("a", said=secret), told("b", said=text[::-1]), most_bytes=6_000)
    assert data["texts"]["cut"] == 2 and len(json.dumps(data)) < 6_500
    for at in range(0, len(KEY), 5):  # wherever the cut falls
        most = data["texts"]["longest"]
        placed = "x " * ((most - most // 3 - at) // 2) + KEY + " " + text
        shown = unpacked(data_of(told("a", said=placed), told("b", said=text[::-1]), most_bytes=6_000))
        assert KEY[:16] not in json.dumps(shown)
    found = unpacked(data)
    assert any("characters left out …]" in one for one in found["texts"])
    # The control: with room enough nothing is cut, and the secret is left out all the same.
    whole = data_of(told("a", said=secret))
    assert whole["texts"]["cut"] == 0 and KEY not in json.dumps(unpacked(whole))


def test_what_a_model_said_is_made_harmless() -> None:
    data = data_of(told(f"a{BAD}", prompt=BAD, said=f"{BAD} {KEY}", difference=BAD))
    page = report_html(data, **PARTS)
    assert page.count("</script>") == 2 and "<img" not in page and "onerror=alert(1)>" not in page
    everything = json.dumps(unpacked(data), ensure_ascii=False) + page
    for character in ("\x1b", "\u202e", "\u2028"):
        assert character not in everything
    assert KEY not in everything and "</script><img" in json.dumps(unpacked(data))  # as text, for a person to read


def test_the_page_allows_its_own_style_and_script_only() -> None:
    page = report_html(data_of(told("a")), **PARTS)
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None and policy[1].startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy[1] and "*" not in policy[1] and "http" not in policy[1]
    for part in ("style", "script"):
        assert "http" not in PARTS[part].replace("http://www.w3.org/2000/svg", "") and "@import" not in PARTS[part]
    with pytest.raises(ValueError, match="no place for data"):
        report_html(data_of(told("a")), page="{{policy}}{{style}}{{script}}", style="", script="")


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
