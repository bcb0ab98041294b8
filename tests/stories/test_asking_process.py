"""Many calls are made in a process of their own: nobody sees a difference, whatever happens to it."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from specbuild.work.asking_process import _Channel
from tests.scene import Project
from tests.server import Server
from tests.stories.test_interrupt import ROOT, started, until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only on Linux are calls made in another process")
PROGRAM = """
import json, os, signal, sys, threading
from specbuild.configuration import ServiceConfiguration
from specbuild.provider import ProviderError
from specbuild.providers import openai_chat
from specbuild.request import Request
from specbuild.secret import Secret
from specbuild.work import asking_process
from specbuild.work.asking_process import AskingProcess

asking_process.processors = lambda: 2
service = ServiceConfiguration("fast", base_url=sys.argv[1], key=Secret("none"), stream=False)
request = Request({"model": "m", "messages": [{"role": "user", "content": "h\u00e9"}]}, "fast")

def asked(way, **changes):
    characters = []
    try:
        answer = way.answer(
            request, service=service, deadline_s=20, received=characters.append, cancelled=lambda: False, **changes
        )
    except ProviderError as fault:
        return repr({**vars(fault), "args": fault.args})
    return repr((answer.reply, answer.source, characters))

left = AskingProcess()
left.begin({"fast": service}, 3)
with AskingProcess() as process:
    process.begin({"fast": service}, 3)
    told = {"away": [asked(process) for _ in range(3)], "loaded": "openai" in sys.modules}
    told["here"] = [asked(openai_chat) for _ in range(3)]
    os.kill(process._pid, signal.SIGSTOP)
    threading.Timer(0.2, os.kill, (process._pid, signal.SIGKILL)).start()
    told["killed"] = [asked(process), process.is_begun, asked(process)]
told["left"] = left._pid
print(json.dumps(told), flush=True)
os._exit(0)
"""

FEW_FILES = """
import json, os, resource
from specbuild.work import asking_process

asking_process.processors = lambda: 2
before = len(os.listdir("/dev/fd"))
resource.setrlimit(resource.RLIMIT_NOFILE, (before + FILES, before + FILES))
with asking_process.AskingProcess() as process:
    process.begin({}, 10)
    is_begun = process.is_begun
print(json.dumps([is_begun, len(os.listdir("/dev/fd")) - before]))
"""


def is_gone(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    try:
        return state.read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_answers_and_failures_are_those_of_the_client_in_this_process() -> None:
    with Server() as server:
        server.plan("none", "unauthorized", "rate_limit", "none", "unauthorized", "rate_limit")
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", PROGRAM, server.base_url]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert not told["loaded"]
        assert told["away"] == told["here"]
        assert ["Reply(" in told["here"][0], "401" in told["here"][1], "429" in told["here"][2]] == [True] * 3
        lost, is_begun, again = told["killed"]
        assert "has ended" in lost and not is_begun and again == told["here"][0]
        assert len(server.calls) == 7, "what was lost with the process never came to the service"
        assert told["left"] > 1
        until(lambda: is_gone(told["left"]))


def test_what_is_cut_off_is_the_other_ends_end() -> None:
    ours, theirs = socket.socketpair()
    channel = _Channel(ours)
    theirs.sendall((40).to_bytes(8, "big") + b'["a text that goes on')
    theirs.close()
    with pytest.raises(OSError):
        channel.receive()
    channel.close()


@pytest.mark.parametrize(("files", "is_begun"), [(4, False), (200, True)])
def test_where_files_run_out_nothing_is_begun_and_nothing_is_left_open(files: int, *, is_begun: bool) -> None:
    program = FEW_FILES.replace("FILES", str(files))
    done = subprocess.run([sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True,
        capture_output=True, text=True, timeout=60)  # fmt: skip
    assert json.loads(done.stdout) == [is_begun, 0]


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="needs two processors")
def test_a_build_whose_process_for_calls_is_killed_makes_its_calls_itself(project: Project) -> None:
    many = 100
    for number in range(many):
        project.spec(f"s{number}", language="text")
    project.server.delay_s = 0.3
    process = started(project, "build", "-q", "-j", "40")
    until(lambda: len(project.server.calls) >= 20)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    assert len(children) == 1
    os.kill(int(children[0]), signal.SIGKILL)
    project.server.delay_s = 0.0
    _, told = process.communicate(timeout=60)
    assert process.returncode == 0, told
    assert len(project.outputs()) == many
    assert is_gone(int(children[0]))
    assert project.run("build", "--offline").code == 0
