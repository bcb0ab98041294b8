"""Personal configuration: services from file and environment, keys that go nowhere else, faults without secrets."""

import pytest

from specbuild.configuration import PersonalConfiguration, Prices, ServiceConfiguration
from specbuild.diagnostic import Diagnostic, Place
from specbuild.personal_reader import SERVICE_KEYS, TOP_KEYS, ServiceKey, read_personal_configuration
from specbuild.service_url import url_fault


def personal(text: str | None, **environ: str) -> tuple[PersonalConfiguration, tuple[Diagnostic, ...]]:
    return read_personal_configuration(None if text is None else text.encode(), "config.toml", environ)


def faults_of(text: str, **environ: str) -> list[tuple[str, str, str, str]]:
    """Return code, message, why and hint of each fault."""
    return [(one.code, one.message, one.why, one.hint) for one in personal(text, **environ)[1]]


SERVICE = '[service.box]\nbase_url = "https://box.test/v1"\n'


def test_without_a_file_and_variables_there_is_no_service() -> None:
    assert personal(None) == (PersonalConfiguration(), ())


def test_a_service_is_read_whole() -> None:
    text = """
allow_steering_files = ["conftest.py"]
[service.box]
kind = "openai"
base_url = "https://box.test/v1/"
key_env = "BOX_KEY"
model = "m"
prices = { input = 0.25, output = 2 }
timeout_s = 60
idle_s = 5.5
stream = false
[service.own]
kind = "command"
argv = ["answer", "--fast", ""]
[service.post]
kind = "inbox"
"""
    configuration, faults = personal(text, BOX_KEY=" k-1\n")
    assert faults == ()
    assert configuration.allow_steering_files == ("conftest.py",)
    box, own, post = (configuration.services[name] for name in ("box", "own", "post"))
    assert (box.base_url, box.model, box.prices) == ("https://box.test/v1", "m", Prices(0.25, 2.0))
    assert (box.timeout_s, box.idle_s, box.stream, box.source) == (60.0, 5.5, False, "config.toml")
    assert box.key is not None
    assert (box.key.reveal(), box.key_env) == ("k-1", "BOX_KEY")
    assert (own.kind, own.argv, own.key) == ("command", ("answer", "--fast", ""), None)
    assert (post.kind, post.base_url) == ("inbox", None)


def test_a_service_whose_variable_is_not_set_stands_without_a_key_and_names_the_variable() -> None:
    configuration, faults = personal(SERVICE + 'key_env = "BOX_KEY"')
    assert faults == ()
    assert configuration.services["box"].key is None
    assert configuration.services["box"].key_env == "BOX_KEY"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[service.box]", "SB408"),
        ('[service.box]\nkind = "command"', "SB408"),
        ('[service.box]\nkind = "opnai"', "SB402"),
        (SERVICE + 'argv = "rm -rf"', "SB402"),
        (SERVICE + "argv = [1]", "SB402"),
        (SERVICE + "stream = 1", "SB402"),
        (SERVICE + "timeout_s = 0", "SB402"),
        (SERVICE + "timeout_s = inf", "SB402"),
        (SERVICE + "idle_s = nan", "SB402"),
        (SERVICE + "prices = 3", "SB402"),
        (SERVICE + "prices = { input = 1 }", "SB402"),
        (SERVICE + "prices = { input = -1, output = 1 }", "SB402"),
        (SERVICE + "prices = { input = nan, output = 1 }", "SB402"),
        (SERVICE + 'modl = "x"', "SB401"),
        (SERVICE + 'api_key = "sk-hidden"', "SB409"),
        (SERVICE + 'key_env = "sk-hidden"', "SB409"),
        ("service = 3", "SB402"),
        ("[service]\nbox = 3", "SB402"),
        ('[service."a b"]\nbase_url = "https://box.test"', "SB402"),
        ('sevice = "x"', "SB401"),
        ('allow_steering_files = "x"', "SB402"),
        ('[service.box]\nbase_url = "https://me:sk-hidden@box.test/v1"', "SB407"),
        ('[service.box]\nbase_url = "https://box.test/v1?key=sk-hidden"', "SB407"),
        ('[service.box]\nbase_url = "http://box.test/v1"', "SB407"),
        ("a = [", "SB1"),
    ],
)
def test_a_fault_in_the_persons_file_is_told_without_any_secret_and_its_service_left_out(text: str, code: str) -> None:
    configuration, faults = personal(text)
    assert faults[0].code.startswith(code)
    assert len(faults) == 1
    assert configuration.services == {}
    assert "sk-hidden" not in repr(faults)


def test_a_broken_default_in_the_file_is_never_replaced_by_the_openai_variables() -> None:
    configuration, faults = personal("[service.default]\nbase_url = 'ftp://x'", OPENAI_API_KEY="sk-1")
    assert configuration.services == {}
    assert len(faults) == 1


def test_plain_http_is_for_this_machine_unless_the_person_allows_more() -> None:
    assert personal('[service.a]\nbase_url = "http://127.0.0.1:8000/v1"')[1] == ()
    assert personal('[service.a]\nbase_url = "http://box.test/v1"\nallow_http = true')[1] == ()


def test_the_openai_variables_make_the_service_default() -> None:
    configuration, faults = personal(None, OPENAI_API_KEY="sk-1", OPENAI_API_MODEL="m")
    service = configuration.services["default"]
    assert faults == ()
    assert service.base_url == "https://api.openai.com/v1"
    assert service.key is not None
    assert (service.key.reveal(), service.source) == ("sk-1", "OPENAI_API_KEY")
    assert configuration.environment_model == "m"
    assert service.model is None


@pytest.mark.parametrize("name", ["OPENAI_BASE_URL", "OPENAI_API_URL"])
def test_each_url_variable_says_where_the_default_is(name: str) -> None:
    service = personal(None, **{name: "http://localhost:9/v1/"})[0].services["default"]
    assert (service.base_url, service.key, service.source) == ("http://localhost:9/v1", None, name)


def test_the_url_of_a_whole_endpoint_is_cut_to_its_base() -> None:
    service = personal(None, OPENAI_API_URL="https://x.test/v1/chat/completions")[0].services["default"]
    assert service.base_url == "https://x.test/v1"


def test_empty_variables_are_as_good_as_none() -> None:
    assert personal(None, OPENAI_API_KEY="", OPENAI_BASE_URL="", OPENAI_API_MODEL="")[0] == PersonalConfiguration()


def test_the_file_wins_over_the_openai_variables() -> None:
    text = '[service.default]\nbase_url = "https://mine.test/v1"'
    service = personal(text, OPENAI_API_KEY="sk-1", OPENAI_BASE_URL="https://other.test")[0].services["default"]
    assert (service.base_url, service.key) == ("https://mine.test/v1", None)


def test_ci_makes_a_service_by_two_variables() -> None:
    variables = {"SPECBUILD_SERVICE_MY_BOX_URL": "https://ci.test/v1", "SPECBUILD_SERVICE_MY_BOX_KEY": "k"}
    configuration, faults = personal(None, **variables)
    service = configuration.services["my_box"]
    assert faults == ()
    assert service.base_url == "https://ci.test/v1"
    assert service.key is not None
    assert service.key.reveal() == "k"


def test_ci_changes_a_service_of_the_file_and_a_new_url_never_gets_the_old_key() -> None:
    text = SERVICE + 'key_env = "BOX_KEY"\nmodel = "m"'
    variables = {"BOX_KEY": "old", "SPECBUILD_SERVICE_BOX_URL": "https://ci.test/v1"}
    service = personal(text, **variables)[0].services["box"]
    assert (service.base_url, service.key, service.model) == ("https://ci.test/v1", None, "m")
    same = personal(text, **{**variables, "SPECBUILD_SERVICE_BOX_URL": "https://box.test/v1"})[0].services["box"]
    assert same.key is not None


def test_a_ci_url_never_gets_the_key_of_openai() -> None:
    variables = {"SPECBUILD_SERVICE_DEFAULT_URL": "https://ci.test/v1", "OPENAI_API_KEY": "sk-1"}
    assert personal(None, **variables)[0].services["default"].key is None


def test_a_ci_key_without_a_url_is_a_warning_and_goes_nowhere() -> None:
    configuration, (fault,) = personal(None, SPECBUILD_SERVICE_X_KEY="sk-hidden")
    assert configuration.services == {}
    assert fault.severity == "warning"
    assert "sk-hidden" not in repr(fault)


def test_no_key_shows_in_any_repr() -> None:
    configuration, _ = personal(SERVICE + 'key_env = "K"', K="sk-hidden", OPENAI_API_KEY="sk-hidden")
    assert len(configuration.services) == 2
    assert "sk-hidden" not in repr(configuration)


# -- exactly


def test_the_keys_of_a_service_are_as_the_manual_shows_them() -> None:
    assert (
        ServiceKey(
            "kind", '"openai" (any compatible endpoint, the default), "command" (a program) or "inbox" (files).'
        ),
        ServiceKey("base_url", "Where the endpoint is, up to and with /v1; kind openai needs it."),
        ServiceKey("key_env", "The name of the environment variable that holds the key; absent: no key is sent."),
        ServiceKey("argv", "The program and its arguments, as a list; kind command needs it."),
        ServiceKey("model", "The model for targets that were never built and name none."),
        ServiceKey("prices", "{ input = …, output = … }: prices per million tokens, in your currency."),
        ServiceKey("timeout_s", "The longest that one reply may take, in seconds; 600 by default."),
        ServiceKey("idle_s", "The longest silence within a streamed reply, in seconds; 120 by default."),
        ServiceKey("stream", "false asks for replies in one piece; true by default."),
        ServiceKey("allow_http", "true allows plain http to other machines than this one."),
    ) == SERVICE_KEYS
    assert TOP_KEYS == ("service", "allow_steering_files")


def test_a_service_has_these_defaults() -> None:
    configuration, faults = personal(SERVICE + 'kind = ""\nmodel = ""\nkey_env = ""\nargv = []')
    assert faults == ()
    assert configuration == PersonalConfiguration(
        {"box": ServiceConfiguration("box", base_url="https://box.test/v1", source="config.toml")}
    )


def test_a_file_that_is_no_toml_makes_no_service_of_variables_either() -> None:
    environ = {"OPENAI_API_KEY": "sk-1", "OPENAI_API_MODEL": "m", "SPECBUILD_SERVICE_X_URL": "https://x.test"}
    configuration, (fault,) = personal("a = [", **environ)
    assert configuration == PersonalConfiguration(environment_model="m")
    assert fault.code.startswith("SB1")


NAMES = "kind, base_url, key_env, argv, model, prices, timeout_s, idle_s, stream, allow_http"
SB409_WHY = "keys don't stand in files: they would be in backups, in dotfile repositories and on screens"
SB409_HINT = 'put the key in an environment variable and name that: key_env = "MY_KEY"'
KEY_ENV_WHY = "it is the name of an environment variable, never the key itself (what was written is not shown here)"
ARGV = "service.box: argv must be a list of texts, the program first"
ARGV_WHY = "no shell is ever started, so quotes and blanks mean themselves"
PRICES = "service.box: prices must be two numbers, input and output"
PRICES_HINT = "prices = { input = 0.25, output = 2.0 }, per million tokens"
PATHS = "allow_steering_files must be a list of paths, as texts"
SECONDS = "must be a number of seconds, more than 0, at most a day"


@pytest.mark.parametrize(
    ("text", "line", "column", "told"),
    [
        ("sevice = 1", 1, 1, ("SB401", "there is no setting `sevice`", "", "did you mean `service`?")),
        (
            "\nmodel = 1",
            2,
            1,
            ("SB401", "there is no setting `model`", "", "there are [service.NAME] and allow_steering_files"),
        ),
        ("service = 3", 1, 1, ("SB402", "service must be written as tables: [service.NAME]", "", "")),
        ("[[service]]\nbox = 3", 1, 3, ("SB402", "service must be written as tables: [service.NAME]", "", "")),
        ("allow_steering_files = ['a', '']", 1, 1, ("SB402", PATHS, "", "")),
        ("allow_steering_files = [1]", 1, 1, ("SB402", PATHS, "", "")),
        ("[service]\nbox = 3", 2, 1, ("SB402", "service.box must be a table", "", "")),
        (
            '[service."a b"]\nnope = 1',
            1,
            10,
            ("SB402", "`a b` is no label of a service", "", 'take letters, digits, "-", "_" and "."'),
        ),
        (
            SERVICE + "modl = 1",
            3,
            1,
            ("SB401", "service.box: there is no setting `modl`", "", "did you mean `model`?"),
        ),
        (
            SERVICE + "zzzzzz = 1",
            3,
            1,
            ("SB401", "service.box: there is no setting `zzzzzz`", "", f"the keys are {NAMES}"),
        ),
        *(
            (
                SERVICE + f"{key} = 1",
                3,
                1,
                ("SB409", f"service.box: {key} can't be set in a file", SB409_WHY, SB409_HINT),
            )
            for key in ("key", "API_KEY", "apikey", "token", "api_token", "Password", "secret")
        ),
        (
            '[service.box]\nkind = "inbax"',
            2,
            1,
            ("SB402", "service.box: there is no kind `inbax`", "", "did you mean `inbox`?"),
        ),
        (
            '[service.box]\nkind = "zzz"',
            2,
            1,
            ("SB402", "service.box: there is no kind `zzz`", "", 'there are "openai", "command" and "inbox"'),
        ),
        (
            '[service.box]\nbase_url = "ftp://x"',
            2,
            1,
            ("SB407", "service.box: base_url can't be used", url_fault("ftp://x") or "", ""),
        ),
        (
            "[service.box]",
            1,
            10,
            ("SB408", "service.box has no base_url", "it says where requests go", 'write base_url = "https://…/v1"'),
        ),
        (
            '[service.box]\nkind = "command"',
            1,
            10,
            ("SB408", "service.box has no argv", 'kind "command" runs it', 'write argv = ["program", "argument"]'),
        ),
        (SERVICE + "argv = ['']", 3, 1, ("SB402", ARGV, ARGV_WHY, "")),
        (SERVICE + 'argv = ["a", "\\u0000"]', 3, 1, ("SB402", ARGV, ARGV_WHY, "")),
        (
            SERVICE + "key_env = 'MY KEY'",
            3,
            1,
            ("SB409", "service.box: key_env is no name", KEY_ENV_WHY, 'key_env = "MY_KEY"'),
        ),
        (
            SERVICE + "key_env = 'KÄY'",
            3,
            1,
            ("SB409", "service.box: key_env is no name", KEY_ENV_WHY, 'key_env = "MY_KEY"'),
        ),
        (SERVICE + "prices = { input = 1, output = true }", 3, 1, ("SB402", PRICES, "", PRICES_HINT)),
        (SERVICE + "prices = { input = 1, output = 1, x = 1 }", 3, 1, ("SB402", PRICES, "", PRICES_HINT)),
        (SERVICE + "prices = { input = 1, output = inf }", 3, 1, ("SB402", PRICES, "", PRICES_HINT)),
        (SERVICE + "timeout_s = 86401", 3, 1, ("SB402", f"service.box: timeout_s {SECONDS}", "", "")),
        (SERVICE + "idle_s = true", 3, 1, ("SB402", f"service.box: idle_s {SECONDS}", "", "")),
        (SERVICE + "idle_s = '1'", 3, 1, ("SB402", f"service.box: idle_s {SECONDS}", "", "")),
        (SERVICE + 'model = "a\\nb"', 3, 1, ("SB402", "service.box: model must be a text of one line", "", "")),
        (SERVICE + "model = 3", 3, 1, ("SB402", "service.box: model must be a text of one line", "", "")),
        (SERVICE + "stream = 1", 3, 1, ("SB402", "service.box: stream must be true or false", "", "")),
        (SERVICE + "allow_http = 1", 3, 1, ("SB402", "service.box: allow_http must be true or false", "", "")),
    ],
)
def test_each_fault_is_worded_and_placed(text: str, line: int, column: int, told: tuple[str, str, str, str]) -> None:
    configuration, (fault,) = personal(text)
    assert (fault.code, fault.message, fault.why, fault.hint) == told
    assert (fault.place, fault.severity, fault.also) == (Place("config.toml", line, column), "error", ())
    assert configuration == PersonalConfiguration()


def test_all_faults_of_a_file_are_told_in_order_and_sound_services_kept() -> None:
    text = """
allow_steering_files = 3
nope = 1
[service.a]
stream = 1
idle_s = 0
timeout_s = 0
prices = 1
model = 1
key_env = "a b"
argv = 1
allow_http = 1
base_url = "ftp://x"
kind = 3
wrong = 1
[service.b]
base_url = "https://b.test"
[service.c]
kind = "command"
argv = 3
[service.d]
base_url = 3
"""
    configuration, faults = personal(text)
    assert list(configuration.services) == ["b"]
    lines = [(fault.code, fault.place and fault.place.line) for fault in faults]
    assert lines[:2] == [("SB401", 3), ("SB402", 2)]
    assert lines[2:11] == [
        ("SB401", 15),
        ("SB402", 14),
        ("SB402", 12),
        ("SB407", 13),
        ("SB402", 11),
        ("SB409", 10),
        ("SB402", 9),
        ("SB402", 8),
        ("SB402", 7),
    ]
    assert lines[11:] == [("SB402", 6), ("SB402", 5), ("SB402", 20), ("SB408", 18), ("SB402", 22), ("SB408", 21)]


def test_a_wrong_number_of_seconds_is_told_at_its_key() -> None:
    assert faults_of(SERVICE + "timeout_s = 0\nidle_s = 0") == [
        ("SB402", f"service.box: timeout_s {SECONDS}", "", ""),
        ("SB402", f"service.box: idle_s {SECONDS}", "", ""),
    ]
    whole = personal(SERVICE + "timeout_s = 86400\nidle_s = 1")[0].services["box"]
    assert (type(whole.timeout_s), whole.timeout_s, type(whole.idle_s)) == (float, 86400.0, float)


def test_without_a_url_nobody_asks_whether_http_is_allowed() -> None:
    assert personal('[service.box]\nkind = "inbox"\nallow_http = 1')[1] == ()


def test_a_url_keeps_its_path_but_no_slashes_at_its_end() -> None:
    service = personal('[service.box]\nkind = "inbox"\nbase_url = "https://x.test/a//"')[0].services["box"]
    assert service.base_url == "https://x.test/a"


def test_a_key_that_is_blank_is_none_and_the_name_of_its_variable_stays() -> None:
    service = personal(SERVICE + 'key_env = "K"', K=" \n")[0].services["box"]
    assert (service.key, service.key_env) == (None, "K")


def test_prices_are_floats_and_may_be_nothing() -> None:
    prices = personal(SERVICE + "prices = { output = 0, input = 3 }")[0].services["box"].prices
    assert prices == Prices(3.0, 0.0)
    assert prices is not None
    assert (type(prices.input), type(prices.output)) == (float, float)


@pytest.mark.parametrize(
    "text",
    ["[service]\ndefault = 3", "[service.default]\nnope = 1", "[service.default]\nbase_url = 'https://x.test?k'"],
)
def test_a_broken_default_is_not_replaced_by_openai_and_its_variables_are_not_looked_at(text: str) -> None:
    configuration, faults = personal(text, OPENAI_API_KEY="sk-1", OPENAI_BASE_URL="no url")
    assert configuration.services == {}
    assert "OPENAI_BASE_URL" not in repr(faults)


def test_a_service_of_variables_replaces_a_broken_one_of_the_file() -> None:
    configuration, faults = personal("[service.default]\nnope = 1", SPECBUILD_SERVICE_DEFAULT_URL="https://x.test")
    assert configuration.services["default"].base_url == "https://x.test"
    assert [fault.code for fault in faults] == ["SB401", "SB408"]


def test_faults_of_variables_come_after_those_of_the_file() -> None:
    environ = {"SPECBUILD_SERVICE_X_URL": "ftp://x", "OPENAI_BASE_URL": "ftp://y"}
    configuration, faults = personal("nope = 1", **environ)
    assert configuration.services == {}
    assert [fault.code for fault in faults] == ["SB401", "SB407", "SB407"]
    assert [fault.message.split()[0] for fault in faults[1:]] == ["SPECBUILD_SERVICE_X_URL", "OPENAI_BASE_URL"]


def test_services_keep_the_order_of_the_file_and_new_ones_follow() -> None:
    text = '[service.z]\nkind = "inbox"\n[service.a]\nkind = "inbox"\n'
    environ = {"SPECBUILD_SERVICE_B_URL": "https://b.test", "SPECBUILD_SERVICE_Z_URL": "https://z.test"}
    configuration, faults = personal(text, **environ, OPENAI_API_KEY="k")
    assert faults == ()
    assert list(configuration.services) == ["z", "a", "b", "default"]
    assert configuration.services["z"].kind == "openai"
