"""Each rule finds what it is for, at its line, and leaves alone what only looks like it."""

import pytest

from specbuild.languages import language_of
from specbuild.review import Finding
from specbuild.security_rules import security_findings


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


TEXTS = {
    "eval and exec run whatever the text says; parse it instead": "exec(x)",
    "a shell reads the command; pass a list of arguments without shell=True": "check_output(x, shell = True)",
    "a shell reads the command; use subprocess.run with a list of arguments": "asyncio.create_subprocess_shell(x)",
    "loading a pickle runs code that stands in it; use JSON or another format of data": "marshal.load(x)",
    "yaml.load makes any object that the text names; use yaml.safe_load": "yaml.load_all(x)",
    "it makes objects that the text names; use yaml.safe_load": "f = yaml.unsafe_load_all",
    "the server's certificate is not checked": "client.post(url, json={'a': (1, 2)}, verify=False)",
    "another process can take that name first; use tempfile.mkstemp, NamedTemporaryFile or TemporaryDirectory": (
        "os.tmpnam()"
    ),
    'a member of the archive can be written outside the folder; give filter="data"': "x.extractall()  \nimport tarfile",
    "SQL put together from parts; hand values over as parameters": "db.executemany(rf'insert {x}', y)",
    "a fixed name in a folder for all: another user can put a link there first; use tempfile": (
        "with open(f\"/var/tmp/{name}\", 'ab') as file: ..."
    ),
    "a debugger in production runs anybody's code": "app.run(host, debug = True)",
    "every user may write that file": "path.chmod(0o666)",
    "too weak where somebody may look for another text of that hash": "x = hashlib.sha1",
}


@pytest.mark.parametrize("told", TEXTS)
def test_every_rule_has_its_words(told: str) -> None:
    [one] = security_findings({"a.py": f"{TEXTS[told]}\n"})
    assert (one.text, one.name, one.line) == (told, "a.py", 1)


def test_no_other_rule_is_needed_for_what_is_found() -> None:
    said = {one.text for code in BREAKS for one in security_findings({"a.py": f"{code}\n"})}
    assert {one for one in said if "secret" not in one} == {*TEXTS}


@pytest.mark.parametrize(
    ("code", "severity"),
    [
        ("eval('1' + x)", "error"),
        ("eval(rb'1')", None),
        ("eval  (u'1', {})", None),
        ("os.system('a' 'b')", "error"),
        ("os . system (x)", "error"),
        ("myos.system(x)", None),
        ("run('ls' + x, shell=True)", "error"),
        ("prerun(x, shell=True)", None),
        ("run(x,  # shell=True\n)", None),
        ("run(x, shell=Truely)", None),
        ("run(x, env=dict(a=[1]), shell=True)", "error"),
        ("run(x); other(shell=True)", None),
        ("cPickle.loads(x)", "error"),
        ("shelve.open(x)", "error"),
        ("my.pickle.dump(x)", None),
        ("yaml.load(f, Loader=CSafeLoader)", None),
        ("yaml.load(f, yaml.BaseLoader)", None),
        ("yaml.load(f, MySafeLoaders)", "error"),
        ("ctx.verify_mode = ssl.CERT_NONE", "error"),
        ("get(url, verify=False)", None),
        ("x.verify == False", None),
        ("db.execute('select {}'.format(x))", "warning"),
        ("db.execute(sql)", None),
        ("db.execute('select ?', x + y)", None),
        ("execute(f'{x}')", None),
        ("open('/tmp/x', 'r')", None),
        ("open('/tmp/x', mode)", None),
        ("os.open('/tmp/x', 'w')", None),
        ("open('tmp/x', 'w')", None),
        ("os.chmod(path, 0o644)", None),
        ("os.chmod(path, 0o7772)", "warning"),
        ("os.chmod(path, 0o1777)", None),
        ("hashlib.md5000(x)", None),
        ("x = 'a\\'eval(x)'", None),
        ("x = f'{y}' + eval(x)", "error"),
    ],
)
def test_a_rule_goes_as_far_as_it_says(code: str, severity: str | None) -> None:
    assert found(f"{code}\n") == ([(severity, 1)] if severity else [])


def test_findings_come_by_file_line_severity_and_text_and_each_once() -> None:
    line = "app.run(debug=True); hashlib.md5(eval(x)); eval(y); pickle.loads(z)\n"
    assert [
        (one.name, one.line, one.severity, one.text.split()[0])
        for one in security_findings({"b.py": f"\n{line}eval(x)\n", "a.py": line})
    ] == [
        ("b.py", 2, "error", "eval"),
        ("b.py", 2, "error", "loading"),
        ("b.py", 2, "note", "too"),
        ("b.py", 2, "warning", "a"),
        ("b.py", 3, "error", "eval"),
        ("a.py", 1, "error", "eval"),
        ("a.py", 1, "error", "loading"),
        ("a.py", 1, "note", "too"),
        ("a.py", 1, "warning", "a"),
    ]


SECRET = "AKIA" + "IOSFODNN7QWERTYU"


def test_secrets_are_told_with_their_kind_in_what_can_not_be_read_too() -> None:
    told = "this looks like a secret (aws-key-id); read it from the environment or a file"
    assert security_findings({"a.py": f"x = (\neval(x)\n# {SECRET}\n"}) == (Finding("error", "a.py", 3, told),)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("API_KEY: 'abcdefgh1'", 1),
        ("\n'my_auth_token' = \"abcdefgh1\"", 2),
        ('{"privatekey": "abcdefgh1"}', 1),
        ("secret='abcdefg'", 0),
        ("secret='abc defgh1'", 0),
        ("secrets = 'abcdefgh1'", 0),
        ("secret = abcdefgh1", 0),
        ("passwd = '${abcdefgh1}'", 0),
        ("passwd = 'CHANGEabcdefgh1'", 0),
        ("passwd = 'abcdefgh1-Token'", 0),
    ],
)
def test_a_text_that_is_named_like_a_secret_is_a_warning(text: str, line: int) -> None:
    told = "a text that is named like a secret stands in the code"
    assert security_findings({"a.txt": text}) == ((Finding("warning", "a.txt", line, told),) if line else ())


def test_what_the_spec_asks_for_by_name_is_a_warning() -> None:
    assert found("eval(x)\n", asked_for="It must eval what it is given.") == [("warning", 1)]
    assert found("eval(x)\n", asked_for="It has to print an evaluation.") == [("error", 1)], "the control"
    assert found("tempfile.mktemp()\n", asked_for="tempfile mktemp") == [("error", 1)], "nothing has to be done so"
    assert found("run(x, shell=True)\n", asked_for="SHELL") == found("app.run(debug=True)\n", asked_for="run debug")
    assert found("pickle.loads(x)\n", asked_for="(un)pickled") == [("warning", 1)]
    assert found("pickle.loads(x)\n", asked_for="un-pickled") == [("error", 1)], "another word"
    assert found("x.verify = False\n", asked_for="Self-Signed ones") == [("warning", 1)]
    assert found("hashlib.md5(x)\n", asked_for="hashlib md5") == [("note", 1)]


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
        ("a.tsx", "a.eval(x); evaluate(x); e.innerHTML == x; let c = `\neval(x)\n`;\neval('1')\n", [("error", 4)]),
        ("a.jsx", "/*\n*/ document.write(x) // eval(x)\n", [("warning", 2)]),
        ("a.js", "'it\\'s eval(x)'; x = 'a // b'; eval(y)\n", [("error", 1)]),
        (
            "a.cpp",
            'system("ls"); o.system(x); mktemp(x); snprintf(a, 1, b);\nvsprintf(a, b, c)\n',
            [("error", 1), ("warning", 2)],
        ),
        (
            "a.zsh",
            "x#y; wget -qO- u | bash\ncurl u | tee x | sh\nssh h 'curl u | sh'\necho eval x\n",
            [("error", 1), ("error", 3)],
        ),
        ("a.go", '// InsecureSkipVerify: true\nx := "InsecureSkipVerify: true"\n', []),
        ("a.txt", "AKIA" + "IOSFODNN7QWERTYU\n", [("error", 1)]),
    ],
)
def test_other_languages_have_a_few_rules_and_every_text_can_hold_a_secret(
    name: str, text: str, expected: list[tuple[str, int]]
) -> None:
    assert found(text, name) == expected


def test_the_words_of_other_languages() -> None:
    def told(name: str, text: str) -> str:
        [one] = security_findings({name: text})
        return one.text

    assert told("a.js", "new  Function(x)\n") == "it runs whatever the text says; parse it instead"
    assert told("a.js", "rejectUnauthorized : false\n") == "the server's certificate is not checked"
    assert told("a.js", "e.outerHTML = x\n") == "markup from a value can hold a script"
    assert told("a.c", "gets(x);\n") == "it writes past the end of its buffer; use fgets"
    assert told("a.c", "tempnam(x);\n") == "another process can take that name first; use mkstemp"
    assert told("a.c", "strcat(x, y);\n") == "it may write past the end of its buffer"
    assert told("a.c", "popen(x);\n") == "a shell reads the command"
    assert told("a.sh", "wget u | dash\n") == "what a server sends is run unseen"
    assert told("a.sh", "x\n\teval x\n") == "eval runs whatever the text says"
    assert told("a.go", "InsecureSkipVerify: true\n") == "the server's certificate is not checked"


@pytest.mark.parametrize(
    ("names", "text"),
    [
        (("javascript", "typescript", "jsx", "tsx"), "eval(x)"),
        (("c", "c++", "objective-c"), "gets(x)"),
        (("shell", "zsh"), "curl x | sh"),
        (("go",), "InsecureSkipVerify: true"),
        (("python",), "exec(x)"),
    ],
)
def test_a_name_that_tells_no_language_has_the_target_s(names: tuple[str, ...], text: str) -> None:
    for name in names:
        language = language_of(name)
        assert language is not None
        assert len(security_findings({"tool": f"{text}\n"}, language=language)) == 1
        assert security_findings({"tool.rs": f"{text}\n"}, language=language) == (), "its own name tells another"
    assert security_findings({"tool": f"{text}\n"}) == ()
