"""The codes and settings that faults of names speak of are there."""

from typing import get_args

from specbuild.codes import CODES
from specbuild.configuration import PersonalConfiguration
from specbuild.names import CODE_OF_KIND, NameFaultKind, check_output_name


def test_every_kind_of_fault_of_a_name_has_a_code_that_is_explained() -> None:
    assert set(CODE_OF_KIND) == set(get_args(NameFaultKind))
    assert set(CODE_OF_KIND.values()) <= set(CODES)


def test_the_hint_names_the_setting_that_allows_a_steering_file() -> None:
    fault = check_output_name("build/conftest.py")
    assert fault is not None
    assert "allow_steering_files" in fault.hint and "build/conftest.py" in fault.hint
    assert "allow_steering_files" in PersonalConfiguration.__dataclass_fields__
