"""What the README promises beside its tour, which tests/stories/test_pages.py runs."""

import re
import tomllib

from tests.pages import HERE, blocks

README = HERE / "README.md"


def test_the_two_commands_come_first_and_the_hook_of_the_tour_exists() -> None:
    page = README.read_text(encoding="utf-8")
    assert [block.language for block in blocks(page)][:2] == ["sh", "sh"]
    assert [block.language for block in blocks(page)].count("sh") == 2
    (hook,) = (block for block in blocks(page) if block.language == "yaml")
    wanted = re.findall(r"- id: (\S+)", hook.text)
    assert wanted == re.findall(r"^- id: (\S+)", (HERE / ".pre-commit-hooks.yaml").read_text(), re.MULTILINE)


def test_every_link_of_the_pages_leads_to_a_file() -> None:
    for page in (README, *sorted((HERE / "docs").glob("*.md")), HERE / "SECURITY.md", HERE / "CHANGELOG.md"):
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
            assert "://" in target or (page.parent / target).exists(), f"{page.name}: {target}"


def test_no_page_says_to_install_the_other_project_of_that_name() -> None:
    assert tomllib.loads((HERE / "pyproject.toml").read_text())["project"]["name"] == "specbuild-cli"
    for page in (README, *sorted((HERE / "docs").glob("**/*.md"))):
        assert not re.search(r"pip install (-\S+ )*specbuild(?!-cli)", page.read_text(encoding="utf-8")), page.name
