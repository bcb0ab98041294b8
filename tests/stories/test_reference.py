"""The reference pages say what the program's lists say."""

import dataclasses
import re

import pytest

from specbuild.codes import CODES
from specbuild.commands.root import COMMANDS
from specbuild.configuration_keys import KEYS
from specbuild.personal_reader import SERVICE_KEYS, TOP_KEYS
from specbuild.prompt import PromptFields, ShownExample, ShownFile
from specbuild.spec_fields import FIELDS
from specbuild.template_bounds import bounded_filters
from tests.reference import DOCS, PAGES, RANGES, SCHEMAS


@pytest.mark.parametrize("name", sorted({**PAGES, **SCHEMAS}))
def test_a_reference_page_is_up_to_date(name: str) -> None:
    made = {**PAGES, **SCHEMAS}[name]()
    assert (DOCS / name).read_text(encoding="utf-8") == made, "run `python -m tests.reference`"


def test_every_command_field_and_code_stands_on_its_page() -> None:
    commands, fields, codes = (PAGES[name]() for name in ("commands.md", "spec-reference.md", "codes.md"))
    assert [row.name for row in COMMANDS if f"\n## {row.name}" not in commands] == []
    assert [field.name for field in FIELDS if field.table and f"\n| `{field.key}` |" not in fields] == []
    assert [code for code in CODES if f"\n**{code}** " not in codes] == []
    assert {code[2] for code in CODES} <= set(RANGES)
    assert "\n## no-such-command" not in commands, "the control"


def test_every_configuration_key_stands_on_its_page() -> None:
    page = PAGES["configuration.md"]()
    keys = [*(one.name for one in (*KEYS, *SERVICE_KEYS)), *TOP_KEYS]
    assert [key for key in keys if f"\n| `{key}` |" not in page] == []
    assert "\n| `no_such_key` |" not in page, "the control"


def test_the_page_on_templates_names_all_that_a_template_has() -> None:
    page = (DOCS / "templates.md").read_text(encoding="utf-8")
    rows = [line.split(" | ") for line in page.splitlines() if line.startswith("| `")]
    told = {re.sub(r"[|` ]", "", row[0]): re.findall(r"`(\w+)`", row[1]) for row in rows}
    assert sorted(",".join(told).split(",")) == sorted(one.name for one in dataclasses.fields(PromptFields))
    assert told["needs,context"] == [one.name for one in dataclasses.fields(ShownFile)]
    assert told["examples"] == [one.name for one in dataclasses.fields(ShownExample)]
    filters = re.findall(r"`(\w+)`", "".join(line for line in page.splitlines() if line.startswith("> ")))
    assert filters == sorted(name for name in bounded_filters() if " " not in name)
