"""What a person meets at the command line before any command does its work: help, mistakes, streams, exit codes."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from specbuild.codes import CODES
from specbuild.commands import root
from specbuild.commands.invocation import Invocation
from specbuild.diagnostic import Diagnostic, DiagnosticError, Place

DAILY = ["init", "new", "build", "plan", "status", "check", "why", "accept"]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        clean = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), **environment}
        command = [sys.executable, "-m", "specbuild", *arguments]
        return subprocess.run(command, cwd=tmp_path, env=clean, capture_output=True, text=True, check=False)

    return run


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException | int | None], None]:
    """Put a command `doctor` in place that raises, or returns, what the test says."""

    def plant(outcome: BaseException | int | None) -> None:
        @click.command()
        @click.pass_obj
        def command(invocation: Invocation) -> int | None:
            if isinstance(outcome, BaseException):
                raise outcome
            return outcome

        module = type(sys)("planted")
        module.command = command  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "specbuild.commands.doctor", module)

    return plant


def test_the_first_help_page_shows_the_eight_daily_commands_and_how_to_see_all(run: Run) -> None:
    page = run("--help").stdout
    listed = [line.split()[0] for line in page.split("Every day:\n")[1].split("\n\n")[0].splitlines()]
    assert listed == DAILY
    assert "specbuild help --all" in page
    assert "reproduce" not in page


def test_the_long_help_page_shows_every_command_and_exit_code(run: Run) -> None:
    page = run("--help", "--all").stdout
    assert page == run("help", "--all").stdout == run("--all", "--help").stdout
    for row in root.COMMANDS:
        assert f"  {row.name} " in page
    assert "  69 " in page and "  130" in page


def test_a_help_page_of_a_command_shows_the_global_options_too(run: Run) -> None:
    page = run("explain", "--help").stdout
    assert page == run("help", "explain").stdout
    assert "--json" in page and "--directory" in page


def test_without_a_command_the_help_page_goes_to_stderr_and_the_exit_code_is_2(run: Run) -> None:
    done = run()
    assert (done.returncode, done.stdout) == (2, "")
    assert "Every day:" in done.stderr


def test_an_unknown_command_or_option_is_a_usage_error_that_names_the_near_one(run: Run) -> None:
    done = run("biuld")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: there is no command `biuld`; did you mean `build`?\n")
    assert run("help", "biuld").stderr == done.stderr
    assert run("explain", "--jsn").returncode == 2
    assert "--json" in run("explain", "--jsn").stderr
    assert run("xyzzy").stderr.startswith("error: there is no command `xyzzy`; `specbuild help --all` shows all")
    assert run("watch").stderr.startswith("error: there is no command `watch`; `specbuild build --watch` builds again")


def test_a_code_is_explained_and_a_wrong_one_corrected(run: Run) -> None:
    all_codes = run("explain").stdout.splitlines()
    assert all_codes
    code = all_codes[0].split()[0]
    for spelling in (code, code.lower(), code.removeprefix("SB")):
        assert run("explain", spelling).stdout.startswith(f"{code}: ")
    assert run("explain", "--json", code).stdout.startswith(f'{{\n "{code}": {{')
    wrong = run("explain", "SBX")
    assert (wrong.returncode, wrong.stdout) == (2, "")


@pytest.mark.parametrize("written", ["SB84", "sb84", "84"])
def test_the_beginning_of_a_code_lists_the_codes_that_begin_so(
    written: str, capsys: pytest.CaptureFixture[str]
) -> None:
    begin_so = sorted(code for code in CODES if code.startswith("SB84"))
    assert len(begin_so) > 2 and root.run(["explain", written]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == begin_so
    assert root.run(["explain", written, "--json"]) == 0
    assert sorted(json.loads(capsys.readouterr().out)) == begin_so


@pytest.mark.parametrize("written", ["", "S", "SBX", "SB0", "SB8401"])
def test_what_begins_no_code_is_a_wrong_one(written: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert root.run(["explain", written]) == 2
    told = capsys.readouterr()
    assert told.out == "" and f"there is no code {written!r}" in told.err


def test_options_may_stand_before_and_after_the_command(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    assert run("-C", "a", "explain").returncode == 0
    assert run("explain", "-C", "a").returncode == 0
    done = run("explain", "-C", "gone")
    assert done.returncode == 2
    assert "gone: No such file or directory" in done.stderr
    assert "\x1b[" in run("--color", "always", "explain").stdout
    assert "\x1b[" in run("explain", "--color", "always").stdout
    assert "\x1b[" not in run("explain").stdout
    assert "\x1b[" in run("explain", CLICOLOR_FORCE="1").stdout
    assert run("explain", "--color", "blue").returncode == 2


def test_directories_add_up_as_with_make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    @click.command()
    @click.pass_obj
    def command(invocation: Invocation) -> None:
        seen.append((invocation.directory, invocation.verbosity, invocation.debug))

    module = type(sys)("planted")
    module.command = command  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "specbuild.commands.doctor", module)
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert root.run(["-C", "a", "-q", "doctor", "-C", "b"]) == 0
    assert root.run(["doctor", "-v", "--debug"]) == 0
    assert seen == [(str(tmp_path / "a" / "b"), -1, False), (str(tmp_path), 1, True)]
    assert Path.cwd() == tmp_path  # and the process is where it was


def test_the_version_is_that_of_the_package(run: Run) -> None:
    from specbuild import __version__

    assert run("--version").stdout == f"specbuild {__version__}\n"


@pytest.mark.parametrize(("outcome", "code"), [(None, 0), (0, 0), (1, 1), (4, 4), (69, 69)])
def test_what_a_command_returns_is_the_exit_code(
    faulty: Callable[[BaseException | int | None], None], outcome: int | None, code: int
) -> None:
    faulty(outcome)
    assert root.run(["doctor"]) == code


def test_diagnostics_are_printed_and_carry_their_exit_code(
    faulty: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str]
) -> None:
    faulty(DiagnosticError(Diagnostic("SB101", "bad", Place("a.toml", 1, 2), hint="mend it"), exit_code=4))
    assert root.run(["doctor", "-q"]) == 4
    assert capsys.readouterr() == ("", "a.toml:1:2: error SB101: bad\n  hint: mend it\n")


def test_an_interrupt_is_130_and_says_that_nothing_finished_is_lost(
    faulty: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str]
) -> None:
    faulty(KeyboardInterrupt())
    assert root.run(["doctor"]) == 130
    assert capsys.readouterr().err.strip() == "interrupted; everything finished is kept"


def test_a_bug_is_3_with_a_short_message_and_with_debug_a_traceback_without_secrets(
    faulty: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "a-key-that-no-one-may-see-0123")
    faulty(ValueError("the server said a-key-that-no-one-may-see-0123\x1b[2J"))
    assert root.run(["doctor"]) == 3
    short = capsys.readouterr().err
    assert short.startswith("internal error: ValueError: the server said [redacted known]\\x1b[2J\n")
    assert "Traceback" not in short and "please" in short
    assert root.run(["doctor", "--debug"]) == 3
    long = capsys.readouterr().err
    assert "Traceback" in long and "no-one-may-see" not in long and "\x1b" not in long


def test_a_reader_that_goes_away_is_no_error(run: Run, tmp_path: Path) -> None:
    for arguments in (["explain"], ["help", "--all"]):
        reading, writing = os.pipe()
        os.close(reading)
        command = [sys.executable, "-m", "specbuild", *arguments]
        done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, cwd=tmp_path, check=False)
        os.close(writing)
        assert (done.returncode, done.stderr) == (0, b"")


def test_a_program_started_with_closed_streams_still_ends_well(tmp_path: Path) -> None:
    command = f"{sys.executable} -m specbuild explain >&- 2>&-"
    assert subprocess.run(["sh", "-c", command], cwd=tmp_path, check=False).returncode == 0
