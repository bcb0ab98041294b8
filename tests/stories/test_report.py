"""`specbuild report`: one page that is looked at in a real browser, in one start of it for all stories of this file."""

import base64
import json
import os
import random
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from specbuild.decision import NO_CALLS
from specbuild.formats.report_data import Gathered, Told, Try, report_json
from specbuild.formats.report_html import report_html
from specbuild.plan import PlanLine
from specbuild.progress import Spent
from specbuild.why import Reason
from specbuild.work.report import page_parts
from tests.browser import Browser, browser
from tests.scene import Project, Server

pytestmark = pytest.mark.xdist_group("browser")
ODD = "</script><img src='https://example.org/x.png' onerror='alert(1)'>"


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("browser")) as running:
        yield running


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project with two commits: a chain of needs, one by itself, one that failed, and odd words of a model."""
    with Server() as server:
        project = Project(tmp_path_factory.mktemp("report") / "project", server)
        project.write("specbuild.toml", 'edition = 1\nmodel = "m-one"\n')
        project.write(".gitignore", "cache/local/\n")
        project.spec("base", "Say base.", language="markdown", tags=["low"])
        project.spec("middle", "Say middle.", language="markdown", needs=["base"])
        project.spec("top", "Say top.", language="markdown", needs=["middle"])
        project.spec("alone", "Say odd.", language="markdown")
        server.answers = {"Say odd.": f"```markdown\n{ODD}\n```\n", "Say base.": "```markdown\nFirst base.\n```\n"}
        server.delay_s = 0.05
        project.build()
        git(project, "init", "-q")
        git(project, "add", "-A")
        git(project, "commit", "-q", "-m", "Begin")
        project.change("specs/base.toml", "Say base.", "Say more.")
        project.spec("failing", "Say nothing.", language="markdown", attempts=2)
        server.answers["Say more."] = "```markdown\nSecond base.\n```\n"
        server.answers["Say nothing."] = "I would rather not. \u202e"
        assert project.run("build").code == 1
        yield project


def git(project: Project, *arguments: str) -> None:
    who = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_NAME": "a"}
    environment = {**os.environ, **who, "GIT_COMMITTER_EMAIL": "a@example.org", "GIT_CONFIG_GLOBAL": "/dev/null"}
    subprocess.run(["git", *arguments], cwd=project.root, env=environment, capture_output=True, check=True)


def faults_of(chromium: Browser, page: Path, **view: object) -> list[str]:
    """Open a page and return what it said on its console, and what it asked for beyond itself."""
    chromium.open(page, **view)  # type: ignore[arg-type]
    chromium.run_later("const done = arguments[0]; requestAnimationFrame(() => setTimeout(done, 50))")
    heard = chromium.heard()
    return [*heard.messages, *(one for one in heard.requests if one != page.as_uri())]


ROWS = "document.querySelectorAll('#table tbody tr')"
OPENED = """
    const [id, done] = arguments;
    [...document.querySelectorAll('#table tbody button')].find((one) => one.textContent === id).click();
    const body = document.getElementById('detail-body');
    const look = () => body.dataset.of === id ? done(body.textContent) : setTimeout(look, 10);
    look();
"""
TYPED = """
    const words = document.getElementById('words');
    words.value = arguments[0];
    words.dispatchEvent(new Event('input', { bubbles: true }));
"""


def test_the_page_shows_every_target_and_reacts(chromium: Browser, built: Project) -> None:
    ran = built.run("report")
    page = Path(ran.out.strip())
    assert ran.code == 0 and page == built.root / "cache/local/report.html" and ran.calls == 0
    assert faults_of(chromium, page) == []
    locked = json.loads(built.read("specbuild.lock"))["targets"]
    assert chromium.run(f"return [...{ROWS}].map((row) => row.dataset.id)") == [
        "alone",
        "base",
        "failing",
        "middle",
        "top",
    ]
    assert len(locked) == 5

    # The graph has the targets that need each other, the timeline those that the last run made.
    assert chromium.run("return document.querySelectorAll('#drawing .node').length") == 3
    made = "document.querySelectorAll('#timeline g.target').length"
    assert chromium.run(f"return {made}") >= 2
    assert "base" in chromium.run("return document.getElementById('critical').textContent")

    # The filter changes the table, and dims what it leaves out of graph and timeline.
    chromium.run(TYPED, "m-one MIDDLE")
    assert chromium.run(f"return [...{ROWS}].map((row) => row.dataset.id)") == ["middle"]
    assert chromium.run("return document.getElementById('shown').textContent") == "1 of 5 targets"
    assert chromium.run("return document.querySelectorAll('#drawing .node.dim').length") == 2
    assert chromium.run("return document.querySelectorAll('#timeline g.dim').length") >= 1
    chromium.run(TYPED, "")
    assert chromium.run("return document.querySelectorAll('.dim').length") == 0
    chromium.run("document.querySelector('#states [data-state=failed]').click()")
    assert chromium.run(f"return [...{ROWS}].map((row) => row.dataset.id)") == ["failing"]
    chromium.run("document.querySelector('#states [data-state=failed]').click()")
    chromium.run("document.querySelector('th[data-column=id] button').click()")
    chromium.run("document.querySelector('th[data-column=id] button').click()")
    assert chromium.run(f"return {ROWS}[0].dataset.id") == "top"

    # A node of the graph opens its target.
    chromium.run("document.querySelector('#drawing .node').dispatchEvent(new MouseEvent('click'))")
    assert chromium.run("return document.getElementById('detail').open") is True
    chromium.run("document.getElementById('close').click()")
    assert chromium.heard().messages == ()


def test_a_target_shows_prompt_replies_verdicts_and_difference(chromium: Browser, built: Project) -> None:
    page = Path(built.run("report").out.strip())
    assert faults_of(chromium, page) == []
    base = chromium.run_later(OPENED, "base")
    assert "Say more." in base and "-First base." in base and "+Second base." in base and "Begin" in base
    assert "middle" in base  # who needs it
    chromium.run("document.getElementById('close').click()")
    failing = chromium.run_later(OPENED, "failing")
    assert failing.count("I would rather not.") >= 2 and "Attempt 2" in failing and "did not pass" in failing
    chromium.run("document.getElementById('close').click()")
    # What a model said is text, whatever it looks like, and its hidden characters are seen.
    odd = chromium.run_later(OPENED, "alone")
    assert "</script><img src=" in odd
    assert "\u202e" not in failing and "\\u202e" in failing
    assert chromium.run("return document.images.length") == 0
    assert chromium.heard().messages == ()


def test_small_and_dark_views_need_no_scrolling_aside(chromium: Browser, built: Project) -> None:
    page = Path(built.run("report").out.strip())
    for scheme in ("light", "dark"):
        assert faults_of(chromium, page, width=320, height=700, scheme=scheme) == []
        assert chromium.run("return document.documentElement.scrollWidth") == 320
        chromium.run_later(OPENED, "base")
        assert chromium.run("return document.getElementById('detail').scrollWidth <= 320") is True
        ground = chromium.run("return getComputedStyle(document.body).backgroundColor")
        assert (sum(int(one) for one in re.findall(r"\d+", ground)) < 200) == (scheme == "dark")


def test_a_page_that_loads_something_or_breaks_is_caught(chromium: Browser, built: Project, tmp_path: Path) -> None:
    page = Path(built.run("report").out.strip()).read_text(encoding="utf-8")
    image = tmp_path / "image.html"
    image.write_text(page.replace("<main>", "<main><img src='http://127.0.0.1:9/x.png' alt=''>"), encoding="utf-8")
    assert any("Content Security Policy" in one for one in faults_of(chromium, image))
    free = tmp_path / "free.html"
    free.write_text(re.sub("<meta http-equiv.*", "", image.read_text(encoding="utf-8")), encoding="utf-8")
    assert "http://127.0.0.1:9/x.png" in faults_of(chromium, free)
    broken = tmp_path / "broken.html"
    data = {"version": 1, "rows": "none", "columns": []}
    broken.write_text(report_html(data, **page_parts()), encoding="utf-8")  # type: ignore[arg-type]
    assert any("TypeError" in one for one in faults_of(chromium, broken))
    inline = tmp_path / "inline.html"
    inline.write_text(page.replace("</body>", "<script>document.title = 'x'</script></body>"), encoding="utf-8")
    assert any("inline script" in one for one in faults_of(chromium, inline))
    assert chromium.run("return document.title") != "x"


def thousand() -> tuple[Told, ...]:
    """Return targets as large as they are in projects: prompts of 5 KB, replies of 6 KB, of many words."""
    chance = random.Random(7)
    words = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz_", k=chance.randint(3, 11))) for _ in range(6000)]
    pool = " ".join(f"{word}\n" if at % 9 == 0 else word for at, word in enumerate(chance.choices(words, k=200_000)))

    def text(size: int) -> str:
        begin = chance.randrange(len(pool) - size)
        return pool[begin : begin + size]

    def told(number: int, needs: tuple[str, ...]) -> Told:
        line = PlanLine(f"part{number // 50}/target{number}", "fresh", 5, (Reason("fresh", "up to date"),), NO_CALLS)
        tries = (Try(text(6000), "", "", Spent(1, 10, 20, None)),)
        prompt = (("system", shared), ("user", text(3000)))
        return Told(line, None, needs, ("t",), 3, Spent(1, 10, 20, 0.5), tries, prompt, "", False, None, text(1500))

    shared = text(2000)
    return tuple(told(n, (f"part{(n - 1) // 50}/target{n - 1}",) if n % 5 else ()) for n in range(1000))


def test_a_thousand_targets_stay_below_a_megabyte(chromium: Browser, tmp_path: Path) -> None:
    found = Gathered("large", thousand(), (), {}, None)
    data = report_json(found, None, made="2026-01-01T00:00:00+00:00", version="1")
    page = tmp_path / "large.html"
    page.write_text(report_html(data, **page_parts()), encoding="utf-8")
    assert 500_000 < page.stat().st_size < 1_000_000
    assert faults_of(chromium, page) == []
    assert chromium.run(f"return {ROWS}.length") == 1000
    assert "characters left out" in chromium.run_later(OPENED, "part10/target500")
    assert "are left out" in chromium.run("return document.getElementById('left-out').textContent")
    # The control: with every text whole the first hundred alone are as large.
    few = found._replace(targets=found.targets[:100])
    whole = report_json(few, None, made="", version="1", most_bytes=None)["texts"]
    assert isinstance(whole, dict) and len(base64.b64decode(str(whole["data"]))) > 300_000


def test_a_file_that_is_no_report_is_kept(built: Project) -> None:
    assert built.run("report", "-o", str(built.root / "specs/base.toml")).code == 2
    assert "Say more." in built.read("specs/base.toml")
    other = built.run("report", "-o", str(built.root / "out.html"), "--events", str(built.root / "specs/base.toml"))
    assert other.code == 2 and "SB957" in other.err and not (built.root / "out.html").exists()
    for _ in range(2):  # a report is written over
        assert built.run("report", "top", "-o", str(built.root / "out.html")).code == 0
    told = built.run("report", "+middle", "--json").json
    assert [row[0] for row in told["rows"]] == ["base", "middle"]


def test_what_was_never_built_has_a_row_too(project: Project) -> None:
    project.spec("new", language="markdown")
    (row,) = project.run("report", "--json").json["rows"]
    assert row[:2] == ["new", "call"]
    assert project.run("log", "new").out == "new was never built\n"
    page = project.run("report").out.strip()
    assert Path(page).stat().st_size < 100_000 and project.run("report").code == 0
