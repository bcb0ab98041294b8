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


def test_of_several_faults_the_first_in_the_order_of_the_files_counts() -> None:
    files = {"c.json": "(", "b/x.pyi": "y = 1)", "a.py": "x = ("}
    found = interface_of(files, language="py", declared=None)
    assert found == InterfaceFault(1, 6, "the bracket closes nothing", "b/x.pyi")
    assert isinstance(interface_of(files, language="c", declared=None), Interface)


def test_the_texts_keep_the_order_of_the_files_and_are_a_copy() -> None:
    files = {"b.h": "b", "a.h": "a"}
    shown = cut(files, "c")
    del files["b.h"]
    assert list(shown.texts.items()) == [("b.h", "b"), ("a.h", "a")]


def test_a_package_is_known_by_the_beginning_of_its_files_name() -> None:
    source = "import a\n"
    names = ("__init__.pyi", "p/__init__.x.py", "p/x__init__.py", "__init__/a.py", "__init__.PY")
    shown = cut(dict.fromkeys(names, source)).texts
    assert [name for name in names if shown[name]] == ["__init__.pyi", "p/__init__.x.py", "__init__.PY"]


def test_a_needs_label_begins_with_the_kind() -> None:
    for label in (cut({}, "c").label, cut({}, declared="").label, cut({}).label):
        own, _, hashed = need_label(label, ["a"]).partition(":")
        assert own == label.partition(":")[0] and len(hashed) == 16
    assert need_label("whole/1:0", ["a", "b"]) != need_label("whole/1:0", ["b", "a"])


def test_a_needs_label_changes_with_its_interface_and_its_paths() -> None:
    label = "python/1:0123456789abcdef"
    labels = {need_label(label, ["a.py"]), need_label(label, ["../a.py"]), need_label(label[:-1] + "0", ["a.py"])}
    assert len(labels) == 3
    assert need_label(label, ("a.py",)) == need_label(label, ["a.py"])
