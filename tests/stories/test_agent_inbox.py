"""A person, or any assistant, is an agent's model: each step is a file to read and a file to write."""

from tests.stories.conftest import Project

PERSONAL = '[service.default]\nkind = "inbox"\n'
TEXT = "# Notes\n\nA line, and `\\n` as it is.\n"


def answer(project: Project, *parts: str) -> str:
    """Write the reply to the one request that waits; return what the request says."""
    [place] = project.root.glob("cache/inbox/*/")
    (place / "REPLY").write_text("".join(one.replace("M ", f"=== specbuild:{place.name[:12]} ", 1) for one in parts))
    return (place / "REQUEST.md").read_text(encoding="utf-8")


def test_a_person_takes_an_agent_s_steps_one_file_each(project: Project) -> None:
    project.write("../home/.config/specbuild/config.toml", PERSONAL)
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY"):
        del project.environment[name]
    project.spec("notes", "Write notes.", language="markdown", mode="agent", model="a-friend")
    assert project.run("build").code == 6
    asked = answer(project, "M call: write_file ===\n", '{"path": "notes.md"}\n', "M argument: text ===\n", TEXT)
    assert "### write_file\n" in asked and "Write notes." in asked
    refused = project.run("build")
    assert refused.code == 1 and "SB608" in refused.err and "line 7: the answer's last line is missing" in refused.err
    assert "notes: the answer in the inbox can't be used; nothing of it is stored" in refused.err
    assert "hint: mend it, then run the build again" in refused.err
    answer(
        project,
        "I write it.\n", "M reasoning ===\n", "It is short.\n",
        "M call: write_file ===\n", '{"path": "notes.md"}\n', "M argument: text ===\n", TEXT,
        "M call: run_checks ===\n", "M end ===\n",
    )  # fmt: skip
    assert project.run("build").code == 6
    asked = answer(project, "M call: finish ===\n", "M end ===\n")
    assert "I write it.\n=== specbuild:" in asked and TEXT in asked, "the steps before are shown as they were written"
    assert "## Message 4: tool\n\n```text\ndone: notes.md has 3 lines now\n" in asked
    built = project.run("build")
    assert (built.code, built.calls) == (0, 0), built.err
    assert project.read("build/notes.md").endswith(TEXT)
    assert not list(project.root.glob("cache/inbox/*/")), "what is stored is cleared away"
    told = project.run("transcript", "notes").out
    assert "2 steps of a-friend, tokens unknown, cost unknown\n" in told and "It is short." in told
