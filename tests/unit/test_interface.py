"""Interfaces and their labels."""

from specbuild.interface import Interface, interface_of, need_label
from specbuild.python_interface import InterfaceFault

SOURCE = "def f(x: int) -> int:\n    return x\n"


def cut(files: dict[str, str], language: str = "python", declared: str | None = None) -> Interface:
    found = interface_of(files, language=language, declared=declared)
    assert isinstance(found, Interface)
    return found


def test_the_labels_are_pinned() -> None:
    assert cut({"a.py": SOURCE}).label == "python/1:ce2b033c299e4a4e"
    assert cut({"a.c": "int x;\n"}, "c").label == "whole/1:a63d1334aba6adad"
    assert cut({}, declared="f(x)\n").label == "declared/1:ac6f21373ead38ac"
    assert need_label("python/1:0123456789abcdef", ["../a.py"]) == "python/1:f39512a0d6b6772f"


def test_a_changed_body_keeps_the_label_and_a_changed_signature_does_not() -> None:
    label = cut({"a.py": SOURCE}).label
    assert cut({"a.py": SOURCE.replace("return x", "return 1 + x")}).label == label
    assert cut({"a.py": SOURCE.replace("x: int", "y: int")}).label != label
    assert cut({"b.py": SOURCE}).label != label


def test_a_declared_interface_hides_every_change_of_the_files() -> None:
    assert cut({"a.py": SOURCE}, declared="f") == cut({"b.py": "("}, declared="f")
    assert cut({}, declared="f").texts == {"": "f"}
    assert cut({}, declared="").kind == "declared"


def test_other_languages_and_other_files_of_a_python_target_are_shown_whole() -> None:
    assert cut({"a.c": "int x;\n"}, "c").texts == {"a.c": "int x;\n"}
    assert cut({"a.py": SOURCE, "b.json": "{"}).texts == {"a.py": "def f(x: int) -> int:\n", "b.json": "{"}
    assert cut({"a.x": SOURCE}, "unheard of").kind == "whole"


def test_python_has_other_names_too_and_a_package_shows_its_imports() -> None:
    assert cut({"a.py": SOURCE}, "Python3").kind == "python"
    assert cut({"p/__init__.py": "from .a import f\n", "p/b.py": "from .a import f\n"}).texts == {
        "p/__init__.py": "from .a import f\n",
        "p/b.py": "",
    }


def test_the_order_of_files_does_not_matter() -> None:
    assert cut({"a.py": SOURCE, "b.py": ""}) == cut({"b.py": "", "a.py": SOURCE})


def test_a_file_that_can_not_be_read_is_named() -> None:
    found = interface_of({"a.py": SOURCE, "b.py": "x = ("}, language="python", declared=None)
    assert found == InterfaceFault(1, 5, "the bracket is never closed", "b.py")


def test_a_needs_label_changes_with_its_interface_and_its_paths() -> None:
    label = "python/1:0123456789abcdef"
    labels = {need_label(label, ["a.py"]), need_label(label, ["../a.py"]), need_label(label[:-1] + "0", ["a.py"])}
    assert len(labels) == 3
    assert need_label(label, ("a.py",)) == need_label(label, ["a.py"])
