"""`build --timings` says where the time went: of the run, of the work on its targets, of each target."""

from tests.scene import Project


def test_a_build_says_how_long_it_waited_for_the_model(project: Project) -> None:
    for name in ("one", "two"):
        spec = project.spec(name)
        spec.write_text(spec.read_text().replace('language = "python"', 'language = "markdown"'))
    project.server.delay_s = 0.3
    timings = project.run("build", "--timings", "--json").json["timings"]
    assert {one["id"] for one in timings["targets"]} == {"one", "two"}
    for one in timings["targets"]:
        assert one["parts"]["model"] >= 0.3
        assert {"checks", "disk"} <= one["parts"].keys()
        assert abs(sum(one["parts"].values()) - one["whole_s"]) < 0.001
    assert abs(sum(timings["phases"].values()) - timings["whole_s"]) < 0.001
    assert timings["phases"]["making"] >= 0.3

    quiet = project.run("build", "-q", "--timings")
    assert quiet.err.startswith("where the time went: ")
    assert "model" not in quiet.err
    # The control: nobody is told who did not ask.
    assert project.run("build", "-q").err == ""
    assert "timings" not in project.run("build", "--json").json


def test_a_plan_has_no_time_to_tell_of(project: Project) -> None:
    project.spec("one")
    ran = project.run("build", "--dry-run", "--timings")
    assert ran.code == 2
    assert "--timings" in ran.err
