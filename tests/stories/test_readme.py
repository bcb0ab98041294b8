"""What the README promises beside its tour, which tests/stories/test_pages.py runs."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.pages import HERE, blocks

README = HERE / "README.md"


def test_the_two_commands_come_first_and_the_hook_of_the_tour_exists() -> None:
    page = README.read_text(encoding="utf-8")
    assert [block.language for block in blocks(page)][:2] == ["sh", "sh"]
    assert [block.language for block in blocks(page)].count("sh") == 2
    (hook,) = (block for block in blocks(page) if block.language == "yaml")
    wanted = re.findall(r"- id: (\S+)", hook.text)
    there = re.findall(r"^- id: (\S+)", (HERE / ".pre-commit-hooks.yaml").read_text(), re.MULTILINE)
    assert wanted and set(wanted) <= set(there)


def links(page: Path) -> list[tuple[str, str]]:
    """Return what the links of a page lead to: a path from the page ("" for itself) and a heading's anchor."""
    found = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    return [(one.partition("#")[0], one.partition("#")[2]) for one in found if "://" not in one]


def anchors(page: Path) -> set[str]:
    """Return the anchors that a page's headings have on the web."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


PAGES = (*sorted(HERE.glob("*.md")), *sorted((HERE / "docs").glob("**/*.md")))


def test_every_link_of_the_pages_leads_to_a_file_and_to_a_heading_in_it() -> None:
    for page in PAGES:
        for path, anchor in links(page):
            target = page.parent / path if path else page
            assert target.exists(), f"{page.name}: {path}"
            assert not anchor or anchor in anchors(target), f"{page.name}: {path}#{anchor}"


def test_every_page_is_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    todo = [README]
    while todo:
        page = todo.pop().resolve()
        if page.suffix == ".md" and page not in reached:
            reached.add(page)
            todo += [page.parent / path for path, _ in links(page) if path]
    assert [page for page in PAGES if page not in reached] == []
    assert README.parent / "docs/none.md" not in reached, "the control"


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("CONTRIBUTING.md", marks=pytest.mark.history),  # names the kept iterations, which a stage lacks
        "SECURITY.md",
        "docs/architecture.md",
    ],
)
def test_every_file_that_a_page_names_is_there(name: str) -> None:
    page = (HERE / name).read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z_]+(?:/[a-z_]+)*(?:/|\.py|/[a-z_]+\.toml))`", page))
    ours = {"cache/inbox/", "cache/local/", "specs/examples/even.toml", "conftest.py"}  # examples
    assert len(named) > 3
    assert [one for one in named - ours if not any((HERE / base / one).exists() for base in ("", "specbuild"))] == []


def shown_on(page: str) -> dict[str, set[str]]:
    """Return whose requests show a file of the package, as a page says it: "`a`, `b` and `c` show(s) `FILE.py`"."""
    said = re.findall(r"((?:`\w+`(?:, | and )?)+) shows? `(\w+\.py)`", " ".join(page.split()))
    return {file: set(re.findall(r"\w+", modules)) - {"and"} for modules, file in said}


def test_the_page_for_contributors_names_the_requests_that_show_a_table() -> None:
    page = (HERE / "CONTRIBUTING.md").read_text(encoding="utf-8")
    said = shown_on(page)
    assert set(said) == {"languages.py", "runners.py", "configuration.py", "provider.py", "verifier.py"}
    specs = sorted((HERE / "specs/self").glob("*.toml"))
    needs = {spec.stem: tomllib.loads(spec.read_text(encoding="utf-8"))["build"].get("needs", ()) for spec in specs}
    shown = {file: {module for module, needed in needs.items() if f"specbuild/{file}" in needed} for file in said}
    assert said == shown
    assert shown_on(page.replace("`cost`, ", "")) != shown, "the control: a list that lacks one"


def test_no_page_says_to_install_the_other_project_of_that_name() -> None:
    assert tomllib.loads((HERE / "pyproject.toml").read_text())["project"]["name"] == "specbuild-cli"
    for page in (README, *sorted((HERE / "docs").glob("**/*.md"))):
        assert not re.search(r"pip install (-\S+ )*specbuild(?!-cli)", page.read_text(encoding="utf-8")), page.name
