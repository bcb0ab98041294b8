"""The nearest known request: which one it is, and what is said of the difference."""

from specbuild.canonical_json import Json
from specbuild.record import Record, record_name, reply_record
from specbuild.reply import Reply, Source
from specbuild.request import Request
from specbuild.work.nearest_request import nearest_request

SPEC: dict[str, Json] = {"file.name": "a", "project.requirements": "Print.", "project.hints": "Mind the end."}


def request(text: str = "Print.", *, model: str = "m", service: str = "default", sample: int = 0) -> Request:
    return Request({"model": model, "messages": [{"role": "user", "content": text}]}, service, sample)


def known(asked: Request, spec: dict[str, Json]) -> Record:
    return reply_record(asked, Reply("x"), source=Source("openai"), spec=spec)


def test_a_changed_field_is_named_and_the_messages_that_follow_from_it_are_not() -> None:
    record = known(request("Print!"), {**SPEC, "project.requirements": "Print!"})
    said = nearest_request(request(), SPEC, [record])
    assert said == f"the nearest known request is {record_name(record)}; project.requirements of the spec differs"


def test_several_fields_are_listed_absent_ones_too() -> None:
    record = known(request("?"), {"file.name": "a", "project.requirements": "?"})
    assert nearest_request(request(), SPEC, [record]).endswith(
        "project.hints and project.requirements of the spec differ"
    )


def test_the_one_with_most_equal_fields_is_the_nearest() -> None:
    far = known(request("?"), {**SPEC, "project.requirements": "?", "project.hints": "?"})
    near = known(request("?"), {**SPEC, "project.requirements": "?"})
    for order in ([far, near], [near, far]):
        assert record_name(near) in nearest_request(request(), SPEC, order)


def test_model_service_and_sample_are_named_with_both_values() -> None:
    record = known(request(model="old", service="fast", sample=2), SPEC)
    said = nearest_request(request(), SPEC, [record])
    assert said.endswith("model was old and is m, service was fast and is default, sample was 2 and is 0")


def test_an_equal_spec_with_other_messages_means_template_interface_or_context() -> None:
    said = nearest_request(request(), SPEC, [known(request("Print. By an older template."), SPEC)])
    assert said.endswith("; the template, an interface or a context file differs")


def test_another_program_is_not_near() -> None:
    assert nearest_request(request(), SPEC, [known(request("Sort."), {**SPEC, "file.name": "b"})]) == ""
    assert nearest_request(request(), SPEC, []) == ""
