"""specbuild against servers that nobody here wrote: `python -m tests.servers [litellm[=PYTHON] llama[=PYTHON]]`, by
hand.

LiteLLM's proxy and llama.cpp's Python server are installed, each into an environment of its own below the person's
cache folder: hundreds of megabytes, and llama.cpp is compiled (a quarter of an hour). With =PYTHON they are taken from
the environment of that interpreter, which somebody has made already. That is why no test run does it;
aimock, the third such server, is cheap and stands in tests/stories/test_independent_server.py. Prints a line a check;
the exit status is 1 if one failed.
"""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from specbuild.configuration import ServiceConfiguration
from specbuild.provider import ProviderError
from specbuild.providers import openai_chat
from specbuild.reply import Answer, incomplete_reason
from specbuild.request import Request
from specbuild.secret import Secret
from tests.scene import KEY, Project
from tests.server import Server

ROOT = Path(__file__).parent.parent
START_S = 600.0
MASTER_KEY = "sk-master-0123456789abcdef"
NEEDED = {
    "litellm": ["litellm[proxy]"],
    "llama": ["llama-cpp-python[server]", "gguf"],
}
# A tiny model needs no fast code, and compiling takes a third of the time without optimising.
QUICK_BUILD = (
    "-DGGML_NATIVE=OFF -DGGML_OPENMP=OFF -DGGML_LLAMAFILE=OFF -DLLAVA_BUILD=OFF "
    "-DCMAKE_C_FLAGS_RELEASE=-O1 -DCMAKE_CXX_FLAGS_RELEASE=-O0"
)


def environment(name: str, given: str = "") -> Path:
    """Return the Python of the environment that holds what server `name` needs: the one `given`, or one that is made
    once."""
    if given:
        return Path(given).absolute()
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "specbuild-tests" / name
    python = folder / "bin" / "python"
    if not (folder / "done").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        variables = {**os.environ, "CMAKE_ARGS": QUICK_BUILD}
        subprocess.run([str(python), "-m", "pip", "install", "-q", *NEEDED[name]], check=True, env=variables)
        (folder / "done").touch()
    return python


@contextlib.contextmanager
def running(argv: list[str], url: str, **variables: str) -> Iterator[None]:
    """Run a server for the time of the `with` block, which begins when `url` answers."""
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, **variables},
            cwd=tempfile.gettempdir(),
        )
        try:
            until_s = time.monotonic() + START_S
            while not answers(url):
                if process.poll() is not None or time.monotonic() > until_s:
                    log.seek(0)
                    sys.exit(f"{argv[0]} did not start:\n{log.read()[-3000:]}")
                time.sleep(0.3)
            yield
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def answers(url: str) -> bool:
    """Say whether somebody answers at `url`, with whatever status."""
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Checks:
    """What was looked at: a line each, as soon as it is known."""

    def __init__(self) -> None:
        self.failed = 0

    def __call__(self, what: str, right: object, seen: object = "") -> None:
        self.failed += not right
        print(f"{'ok  ' if right else 'FAIL'} {what}" + (f": {seen}" if seen != "" or not right else ""), flush=True)


def ask(url: str, model: str, text: str, *, stream: bool = True, key: str = "", **parameters: Any) -> Answer:
    """Ask one short question through the provider itself."""
    openai_chat._dialects.clear()
    service = ServiceConfiguration("box", base_url=url, key=Secret(key) if key else None, stream=stream)
    body = {"model": model, "messages": [{"role": "user", "content": text}], **parameters}
    return openai_chat.answer(
        Request(body, "box"), service=service, deadline_s=120, received=lambda _: None, cancelled=lambda: False
    )


def failure(do: Callable[[], object]) -> str:
    """Return the kind and the text of the provider's failure, or "none"."""
    try:
        do()
    except ProviderError as error:
        return f"{error.kind}: {error.message}"
    return "none"


def litellm(check: Checks, folder: Path, given: str) -> None:
    """A gateway in front of the tests' own endpoint, whose faults it translates into its own."""
    python = environment("litellm", given)
    with Server() as behind:
        settings = folder / "litellm.yaml"
        settings.write_text(
            "model_list:\n- model_name: m-one\n  litellm_params:\n    model: openai/m-behind\n"
            f"    api_base: {behind.base_url}\n    api_key: sk-behind\n"
            "litellm_settings:\n  num_retries: 0\n  telemetry: false\nrouter_settings:\n  num_retries: 0\n"
            f"  allowed_fails: 1000\n  disable_cooldowns: true\ngeneral_settings:\n  master_key: {MASTER_KEY}\n"
        )
        port = free_port()
        argv = [str(python.with_name("litellm")), "--config", str(settings), "--host", "127.0.0.1", "--port", str(port)]
        with running(argv, f"http://127.0.0.1:{port}/health/liveliness", LITELLM_LOCAL_MODEL_COST_MAP="True"):
            url = f"http://127.0.0.1:{port}/v1"
            project = Project(folder / "gateway", behind)
            project.environment |= {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": MASTER_KEY}
            project.write("specbuild.toml", 'edition = 1\nmodel = "m-one"\n')
            project.spec("a")
            project.spec("b", needs=["a"])
            built = project.run("build")
            check(
                "litellm: builds two specs, streamed", (built.code, built.calls) == (0, 2), built.err.splitlines()[-1]
            )
            check("litellm: the endpoint behind it was asked to stream", behind.calls[-1]["body"].get("stream") is True)
            check("litellm: usage is told", " tokens" in built.err and "tokens unknown" not in built.err)
            check("litellm: again nothing is asked", project.run("build").calls == 0)
            doctor = project.run("doctor", "--call")
            line = next((one for one in doctor.out.splitlines() if "call default" in one), doctor.out + doctor.err)
            check("litellm: doctor --call", "m-one answered" in line and "streamed" in line, " ".join(line.split()))
            whole = ask(url, "m-one", "hello", stream=False, key=MASTER_KEY)
            streamed = ask(url, "m-one", "hello", key=MASTER_KEY)
            check("litellm: streamed or not, one reply", whole.reply == streamed.reply)
            check("litellm: usage, both ways", whole.source.usage.input and streamed.source.usage.input,
                  (tuple(whole.source.usage), tuple(streamed.source.usage)))  # fmt: skip
            for fault, kinds in (
                ("rate_limit", ("rate_limit",)),
                ("context_length", ("context_length",)),
                ("server_error", ("unavailable",)),
                ("bad_parameter", ("parameter", "refused_request")),
                ("quota", ("quota", "rate_limit")),
                ("cut_stream", ("unavailable",)),
            ):
                behind.plan(fault)
                told = failure(lambda: ask(url, "m-one", "hello", key=MASTER_KEY))
                check(f"litellm: {fault} behind it", told.split(":")[0] in kinds, told[:150])
            told = failure(lambda: ask(url, "m-one", "hello", key="sk-wrong-0123456789"))
            # Without a database behind it the proxy can't look another key up, and says that (400) instead of 401.
            check("litellm: a wrong key", not told.startswith("none") and "sk-wrong" not in told, told[:150])
            told = failure(lambda: ask(url, "m-none", "hello", key=MASTER_KEY))
            check("litellm: an unknown model", told.split(":")[0] in ("parameter", "refused_request"), told[:150])


def llama(check: Checks, folder: Path, given: str) -> None:
    """A server that really computes: a tiny model with random weights, without a key."""
    python = environment("llama", given)
    model = folder / "tiny.gguf"
    subprocess.run([str(python), str(ROOT / "tests" / "tiny_model.py"), str(model)], check=True)
    check("llama: a model of random weights", model.stat().st_size < 2_000_000, f"{model.stat().st_size:,} bytes")
    port = free_port()
    argv = [str(python), "-m", "llama_cpp.server", "--model", str(model), "--host", "127.0.0.1", "--port", str(port)]
    with running([*argv, "--n_ctx", "8192", "--model_alias", "tiny"], f"http://127.0.0.1:{port}/v1/models"):
        url = f"http://127.0.0.1:{port}/v1"
        short: dict[str, Any] = {"max_output_tokens": 8, "temperature": 0, "seed": 1}
        whole = ask(url, "tiny", "Say one.", stream=False, **short)
        streamed = ask(url, "tiny", "Say one.", **short)
        check("llama: it streams", streamed.raw.lstrip().startswith(b"data:") or b"\ndata:" in streamed.raw)
        check("llama: streamed or not, one reply", whole.reply == streamed.reply, repr(whole.reply.content))
        check("llama: usage", whole.source.usage.input and whole.source.usage.output, tuple(whole.source.usage))
        check("llama: usage of a stream may be unknown", True, tuple(streamed.source.usage))
        check("llama: the model as returned", whole.source.model == "tiny", whole.source.model)
        cut = incomplete_reason(whole.reply) or "complete"
        check("llama: a reply that reached the limit is incomplete", "cut off" in cut or "empty" in cut, cut)
        told = failure(lambda: ask(url, "tiny", "word " * 6000, **short))
        check("llama: a prompt that is too long", told.startswith("context_length:"), told[:150])
        told = failure(lambda: ask(url, "tiny", "Say one.", temperature="warm"))
        # Its newer releases answer 500 in place of 422, so it can't be told from a fault that passes.
        right = told.split(":")[0] in ("parameter", "unavailable") and "temperature" in told
        check("llama: a wrong parameter", right, told[:150])
        stopped = ask(url, "tiny", "Say one.", stream=False, **{**short, "stop": [whole.reply.content[1]]})
        check("llama: stop", whole.reply.content.startswith(stopped.reply.content) and len(stopped.reply.content) <= 1,
              repr(stopped.reply.content))  # fmt: skip
        with Server() as nobody:
            project = Project(folder / "local", nobody)
            project.environment |= {"OPENAI_BASE_URL": url}
            del project.environment["OPENAI_API_KEY"]
            project.write("specbuild.toml", 'edition = 1\nmodel = "tiny"\n[parameters]\nmax_tokens = 16\n')
            project.spec("a", attempts=1)
            ran = project.run("build")
            project.spec("long", "word " * 6000)
            long = project.run("build", "long")
            check("llama: a build with a prompt that is too long", "SB607" in long.err,
                  next((one for one in long.err.splitlines() if "SB" in one), long.err))  # fmt: skip
            (project.root / "specs/long.toml").unlink()
            check("llama: nonsense is a failed target, never an output", (ran.code, project.outputs()) == (1, {}),
                  next((one for one in ran.err.splitlines() if "SB6" in one), ran.err))  # fmt: skip
            doctor = project.run("doctor", "--call")
            line = next((one for one in doctor.out.splitlines() if "call default" in one), doctor.out + doctor.err)
            check("llama: doctor --call, without a key", "tiny answered" in line, " ".join(line.split()))
        check("llama: no key was sent anywhere", KEY not in os.environ.values())


def main(names: list[str]) -> int:
    check = Checks()
    wanted = dict(name.partition("=")[::2] for name in names) or {"litellm": "", "llama": ""}
    with tempfile.TemporaryDirectory(prefix="specbuild-servers-") as folder:
        for name, look in (("litellm", litellm), ("llama", llama)):
            if name in wanted:
                look(check, Path(folder), wanted[name])
    print(f"{check.failed} failed")
    return 1 if check.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
