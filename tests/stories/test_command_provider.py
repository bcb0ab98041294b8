"""Any program is the model: the request on its standard input, the reply on its standard output, one total deadline."""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from specbuild.configuration import ServiceConfiguration
from specbuild.provider import ProviderError
from specbuild.providers import command
from specbuild.reply import Answer, Reply, Source
from specbuild.request import Request
from specbuild.secret import Secret
from tests.scene import Project

ASKED = Request(
    {
        "model": "some/model-1",
        "temperature": 0,
        "messages": [{"role": "system", "content": "You write.\n"}, {"role": "user", "content": "Write ü 😀.\n"}],
    },
    "desk",
)
ROOT = Path(__file__).parents[2]
ANSWER = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from tests.server import default_answer
print(default_answer({{"messages": [{{"role": "user", "content": sys.stdin.read()}}]}}), end="")
"""


def program(*lines: str) -> tuple[str, ...]:
    """Return the argument list of a Python program of these lines."""
    return (sys.executable, "-c", "import os, sys, time\n" + "\n".join(lines))


def ask(
    argv: tuple[str, ...],
    request: Request = ASKED,
    *,
    deadline_s: float = 20,
    received: Callable[[int], None] = lambda _: None,
    key: str = "",
) -> Answer:
    service = ServiceConfiguration("desk", kind="command", argv=argv, key=Secret(key) if key else None, source="file")
    return command.answer(request, service=service, deadline_s=deadline_s, received=received, cancelled=lambda: False)


def failure(argv: tuple[str, ...], request: Request = ASKED, *, deadline_s: float = 20, key: str = "") -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        ask(argv, request, deadline_s=deadline_s, key=key)
    return caught.value


def test_the_request_goes_in_as_text_and_the_reply_comes_out_exactly() -> None:
    seen: list[int] = []
    found = ask(program("print(ascii(sys.stdin.read()), 'ü\\r', end='')"), received=seen.append)
    assert found.reply == Reply(ascii("You write.\n\nWrite ü 😀.\n") + " ü\r", "stop")
    assert found.source == Source("command") and found.raw == found.reply.content.encode()
    assert seen[-1] == len(found.reply.content)


def test_a_conversation_says_whose_each_message_is() -> None:
    messages = ASKED.body["messages"]
    assert isinstance(messages, list)
    more = [*messages, {"role": "assistant", "content": "x = 1\n"}, {"role": "user", "content": "It fails."}]
    text = command.conversation_text(Request({**ASKED.body, "messages": more}, "desk"))
    assert text == ("[system]\nYou write.\n\n[user]\nWrite ü 😀.\n\n[assistant]\nx = 1\n\n[user]\nIt fails.\n")


def test_an_argument_may_name_the_model_and_the_file_of_the_whole_request() -> None:
    lines = ("print(sys.argv[1], open(sys.argv[2]).read())",)
    found = ask((*program(*lines), "--model={model}", "{request}"))
    option, _, body = found.reply.content.partition(" ")
    assert option == "--model=some/model-1"
    assert json.loads(body) == ASKED.body


@pytest.mark.parametrize("name", ["-rf", "--output=/etc/x", "a b", "a;b", "", "ü"])
def test_a_model_that_could_be_an_option_of_the_program_is_refused_before_it_starts(name: str, tmp_path: Path) -> None:
    mark = tmp_path / "started"
    lines = (f"open({str(mark)!r}, 'w')",)
    asked = Request({**ASKED.body, "model": name}, "desk")
    found = failure((*program(*lines), "{model}"), asked)
    assert (found.kind, found.sent, mark.exists()) == ("refused_request", False, False)
    ask(program(*lines), asked)
    assert mark.exists(), "the control: without its name in the list any model will do"


def test_it_starts_in_an_empty_folder_without_the_keys_of_other_services(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECBUILD_SERVICE_OTHER_KEY", "sk-other")
    monkeypatch.setenv("ITS_OWN_KEY", "sk-own")
    found = ask(program("print(os.listdir(), sorted(one for one in os.environ if one.endswith('_KEY')))"))
    assert found.reply.content.startswith("[]")
    assert "SPECBUILD_SERVICE_OTHER_KEY" not in found.reply.content and "ITS_OWN_KEY" in found.reply.content


def test_a_large_request_and_a_large_reply_pass_each_other_and_nobody_waits_for_ever() -> None:
    asked = Request({**ASKED.body, "messages": [{"role": "user", "content": "x" * 3_000_000}]}, "desk")
    echo = "for line in iter(lambda: sys.stdin.read(1000), ''): sys.stdout.write(line); sys.stderr.write(line)"
    assert len(ask(program(echo), asked).reply.content) == 3_000_001


def test_a_program_need_not_read_what_it_is_asked() -> None:
    asked = Request({**ASKED.body, "messages": [{"role": "user", "content": "x" * 3_000_000}]}, "desk")
    assert ask(program("print('known by heart')"), asked).reply.content == "known by heart\n"


def test_a_program_that_is_late_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    lines = (
        "import subprocess",
        f"child = subprocess.Popen([{sys.executable!r}, '-c', 'import time; time.sleep(60)'])",
        f"open({str(mark)!r}, 'w').write(str(child.pid))",
        "print('half', flush=True)",
        "time.sleep(60)",
    )
    began = time.monotonic()
    found = failure(program(*lines), deadline_s=3)
    assert found.kind == "unavailable" and "3 s (the total limit)" in found.message
    assert time.monotonic() - began < 10
    pid = int(mark.read_text())
    for _ in range(100):  # whoever inherits it has to take notice
        if not alive(pid):
            break
        time.sleep(0.05)
    assert not alive(pid)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        return not Path("/proc").exists()
    return state != "Z"


def test_what_a_program_leaves_running_is_not_waited_for() -> None:
    lines = (
        "import subprocess",
        f"subprocess.Popen([{sys.executable!r}, '-c', 'import time; time.sleep(5)'])",
        "print('done')",
    )
    began = time.monotonic()
    assert ask(program(*lines)).reply.content == "done\n"
    assert time.monotonic() - began < 4


@pytest.mark.parametrize(
    ("line", "kind", "told"),
    [
        ("sys.exit('no account')", "refused_request", "ended with status 1: no account"),
        ("sys.exit(75)", "unavailable", "ended with status 75"),
        ("os.kill(os.getpid(), 9)", "refused_request", "was ended by signal 9"),
        ("os.write(1, b'ab\\xff')", "refused_request", "is not UTF-8 (byte 2)"),
    ],
)
def test_a_program_that_fails_is_told_with_its_last_words(line: str, kind: str, told: str) -> None:
    found = failure(program(line))
    assert found.kind == kind and told in found.message and found.sent


def test_a_program_that_is_not_there_was_never_asked() -> None:
    found = failure(("no-such-program-here",))
    assert (found.kind, found.sent) == ("setup", False)
    assert "no-such-program-here can't be started: No such file" in found.message


def test_the_services_own_key_is_neither_kept_nor_told() -> None:
    key = "sk-canary-0123456789"
    assert "holds the key" in failure(program(f"print({key!r})"), key=key).message
    assert key not in failure(program(f"sys.exit({key!r})"), key=key).message


@pytest.fixture
def desk(project: Project) -> Project:
    """A project whose service `default` is a program."""
    script = project.root.parent / "model.py"
    script.write_text(ANSWER)
    file = Path(project.environment["HOME"]) / ".config/specbuild/config.toml"
    file.parent.mkdir(parents=True)
    file.write_text(f'[service.default]\nkind = "command"\nargv = ["{sys.executable}", "{script}"]\n')
    return project


def test_a_program_builds_a_project_and_again_nothing_is_run(desk: Project) -> None:
    desk.spec("a")
    ran = desk.build()
    assert (ran.calls, "default: running python" in ran.err, "1 call" in ran.err) == (0, True, True)
    assert "def mark() -> str" in desk.read("build/a.py")
    (desk.root.parent / "model.py").unlink()
    (desk.root / "build/a.py").unlink()
    assert "no call" in desk.build().err
    desk.spec("b")
    ran = desk.run("build")
    assert ran.code == 1 and "SB608" in ran.err and "can't open file" in ran.err, "the control"


def test_who_answered_is_no_part_of_the_key(desk: Project) -> None:
    desk.spec("a")
    desk.build()
    asked = desk.clone("asked", without=("cache", "build", "specbuild.lock"))
    file = Path(asked.environment["HOME"]) / ".config/specbuild/config.toml"
    file.unlink()
    assert asked.build().calls == 1
    assert asked.stanza("a")["reply"]["key"] == desk.stanza("a")["reply"]["key"]
