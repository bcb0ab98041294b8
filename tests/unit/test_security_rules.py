"""Each rule finds what it is for, at its line, and leaves alone what only looks like it."""

import pytest

from specbuild.languages import language_of
from specbuild.security_rules import OTHERS, PYTHON, security_findings


def found(text: str, name: str = "one.py", asked_for: str = "") -> list[tuple[str, int]]:
    return [(one.severity, one.line) for one in security_findings({name: text}, asked_for=asked_for)]


BREAKS = {
    "eval(input())": "error",
    "exec(code, {})": "error",
    "eval(f'{x}')": "error",
    "subprocess.run(f'ls {x}', shell=True)": "error",
    "subprocess.Popen(\n    command,\n    shell=True,\n)": "error",
    "os.system('ls ' + x)": "error",
    "os.popen(x)": "error",
    "subprocess.getoutput(x)": "error",
    "pickle.loads(sys.stdin.buffer.read())": "error",
    "pickle.Unpickler(file).load()": "error",
    "shelve.open(x)": "error",
    "yaml.load(file)": "error",
    "yaml.load(file, Loader=yaml.Loader)": "error",
    "yaml.full_load(file)": "error",
    "requests.get(url, verify=False)": "error",
    "session.verify = False": "error",
    "context.check_hostname = False": "error",
    "ssl._create_unverified_context()": "error",
    "tempfile.mktemp()": "error",
    "import tarfile\ntarfile.open(x).extractall(y)": "error",
    "KEY = 'AKIA" + "IOSFODNN7QWERTYU'": "error",
    "db.execute(f'select {x}')": "warning",
    "db.execute('select %s' % x)": "warning",
    "db.execute('select ' + x)": "warning",
    "open('/tmp/x.log', 'w')": "warning",
    "app.run(debug=True)": "warning",
    "os.chmod(path, 0o777)": "warning",
    "db_password = 'hunter2hunter2'": "warning",
    "hashlib.md5(x)": "note",
}
LEAVES = [
    "eval('1 + 1')",
    "def eval(x): ...",
    "model.eval()",
    "ast.literal_eval(x)",
    "# eval(x)",
    "print('eval(x)')",
    '"""\neval(x)\nos.system(x)\n"""',
    "subprocess.run(['ls', x])",
    "subprocess.run('ls', shell=True)",
    "subprocess.run(x, shell=False)",
    "os.system('clear')",
    "pickle.dumps(x)",
    "json.loads(x)",
    "yaml.safe_load(file)",
    "yaml.load(file, Loader=yaml.SafeLoader)",
    "requests.get(url, verify=True)",
    "def check(path, verify=False): ...",
    "tempfile.mkstemp()",
    "import tarfile\ntarfile.open(x).extractall(y, filter='data')",
    "zipfile.ZipFile(x).extractall(y)",
    "db.execute('select ?', (x,))",
    "open('/tmp/x.log')",
    "app.run(debug=False)",
    "os.chmod(path, 0o755)",
    "password = 'your-password-here'",
    "password = input()",
    "hashlib.sha256(x)",
    "eval(",
]


@pytest.mark.parametrize("code", BREAKS)
def test_what_breaks_a_rule_is_found_at_its_line(code: str) -> None:
    line = code.count("\n", 0, code.index("tarfile.open")) + 1 if "tarfile.open" in code else 1
    assert found(f"import sys\n\n{code}\n") == [(BREAKS[code], line + 2)]


@pytest.mark.parametrize("code", LEAVES)
def test_what_only_looks_like_it_is_left_alone(code: str) -> None:
    assert found(f"import sys\n\n{code}\n") == []


def test_every_rule_is_shown_to_find_something() -> None:
    told = {one.text for code in BREAKS for one in security_findings({"a.py": f"{code}\n"})}
    assert {rule.text for rule in PYTHON} <= told


def test_what_the_spec_asks_for_by_name_is_a_warning() -> None:
    assert found("eval(x)\n", asked_for="It must eval what it is given.") == [("warning", 1)]
    assert found("eval(x)\n", asked_for="It has to print an evaluation.") == [("error", 1)], "the control"
    assert found("tempfile.mktemp()\n", asked_for="tempfile mktemp") == [("error", 1)], "nothing has to be done so"


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.js", "// eval(x)\nlet a = eval(x);\nlet b = 'eval(x)';\n", [("error", 2)]),
        ("a.ts", "new Function(x)\n", [("error", 1)]),
        ("a.js", "const a = { rejectUnauthorized: false };\ne.innerHTML = x\n", [("error", 1), ("warning", 2)]),
        ("a.c", '/* gets(x)\n*/\nint f(void) { gets(b); puts("gets(b)"); }\n', [("error", 3)]),
        (
            "a.c",
            "tmpnam(b);\nstrcpy(a, b);\nsystem(x);\nfgets(b, 1, f);\n",
            [("error", 1), ("warning", 2), ("warning", 3)],
        ),
        ("a.sh", "# curl x | sh\ncurl https://x | sudo sh\n eval $x\n", [("error", 2), ("warning", 3)]),
        ("a.go", "c := tls.Config{InsecureSkipVerify: true}\n", [("error", 1)]),
        ("a.rs", "eval(x)\n", []),
        ("a.txt", "AKIA" + "IOSFODNN7QWERTYU\n", [("error", 1)]),
    ],
)
def test_other_languages_have_a_few_rules_and_every_text_can_hold_a_secret(
    name: str, text: str, expected: list[tuple[str, int]]
) -> None:
    assert found(text, name) == expected


def test_the_languages_of_the_table_exist_and_a_name_without_extension_has_the_targets() -> None:
    assert all(language_of(one) is not None for one in OTHERS)
    python = language_of("python")
    assert [one.line for one in security_findings({"tool": "eval(x)\n"}, language=python)] == [1]
    assert security_findings({"tool": "eval(x)\n"}) == ()
