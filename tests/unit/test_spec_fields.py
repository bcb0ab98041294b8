"""The table of fields says what DESIGN section 4 and FORMATS 1 say."""

from specbuild.components import SHAPE_FIELDS
from specbuild.spec_fields import FIELD_OF_NAME, FIELDS, REFUSED_PARAMETERS, TABLES, fields_of, tables_of


def test_each_field_has_one_row_a_known_table_and_a_sentence() -> None:
    assert len(FIELD_OF_NAME) == len(FIELDS)
    for field in FIELDS:
        assert field.name == "example" or field.table in TABLES
        assert field.doc.endswith(".")
        assert not set(field.later_for) - set(field.choices)


def test_the_required_fields_are_those_of_the_older_format() -> None:
    assert [field.name for field in FIELDS if field.required] == [
        "file.name",
        "file.language",
        "file.description",
        "project.requirements",
    ]


def test_facets_are_those_of_the_components() -> None:
    facets = {
        facet: {field.name for field in FIELDS if field.facet == facet and field.table != "example"}
        for facet in ("request", "shape", "checks", "policy")
    }
    assert facets["shape"] == set(SHAPE_FIELDS)
    assert facets["policy"] == {"build.tags", "build.attempts", "build.steps", "build.update"}
    assert facets["checks"] == {"build.entry"} | {field.name for field in fields_of("verify").values()}
    own = {field.key for field in FIELDS if field.component}
    assert own == {"needs", "context", "template", "service", "model", "mode", "parameters"}


def test_every_field_has_its_effect() -> None:
    assert [field.name for field in FIELDS if field.later] == []


def test_fields_are_found_by_table_and_tables_by_key() -> None:
    assert fields_of("file")["name"].required
    assert fields_of("nothing") == {}
    assert tables_of("files") == ("example", "verify")
    assert tables_of("example") == ()


def test_each_refused_parameter_has_a_reason() -> None:
    assert {"model", "messages", "stream"} <= set(REFUSED_PARAMETERS)
    assert all(REFUSED_PARAMETERS.values())
