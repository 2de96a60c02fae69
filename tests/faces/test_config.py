import pytest

from faces.addresses import Address
from faces.config import WORKLOADS, Config, ConfigError, Workload


@pytest.mark.parametrize("workload", WORKLOADS)
def test_an_empty_environment_is_enough(workload: Workload) -> None:
    config = Config.from_environ(workload, {})
    assert (config.port, config.http_port, config.admin_port, config.control_port) == (8000, 8080, 8001, 8002)
    assert (config.bind_address, config.version, config.user_header_name) == ("0.0.0.0", "v1", "X-Faces-User")
    assert (config.smiley, config.drain_seconds, config.pod) == ("&#x1F603;", 1.0, "unknown")
    assert config.faults.as_json() == {}
    assert config.control_token is None


def test_variables_are_read_and_empty_ones_are_absent() -> None:
    environ = {
        "PORT": "9000",
        "VERSION": "v2",
        "SMILEY": "HeartEyes",
        "CONNECT_TO": "smiley:80=127.0.0.1:21000",
        "COLOR_SERVICE": "tint:8000",
        "FAULT_SEED": "7",
        "HOSTNAME": "smiley-abc",
        "ADMIN_PORT": "",
        "SHOW_PODS": "true",
    }
    config = Config.from_environ("face", environ)
    assert (config.port, config.admin_port, config.version, config.smiley) == (9000, 8001, "v2", "&#x1F60D;")
    assert config.connect_to == {Address("smiley", 80): Address("127.0.0.1", 21000)}
    assert config.color_service == Address("tint", 8000)
    assert (config.fault_seed, config.pod, config.show_pods) == (7, "smiley-abc", True)


def test_the_pods_address_goes_before_its_name() -> None:
    assert Config.from_environ("smiley", {"HOST_IP": "10.1.2.3", "HOSTNAME": "smiley-1"}).pod == "10.1.2.3"


@pytest.mark.parametrize(("workload", "color"), [("color", "#66CCEE"), ("gui", "#FFFFFF")])
def test_colors_default_is_blue_and_the_pages_is_white(workload: Workload, color: str) -> None:
    assert Config.from_environ(workload, {}).css_color == color
    assert Config.from_environ(workload, {"COLOR": "red"}).css_color == "#EE6677"


def test_gui_waits_longer_than_face_does_unless_told_otherwise() -> None:
    assert Config.from_environ("gui", {}).backend_timeout > Config.from_environ("face", {}).backend_timeout == 2.0
    assert Config.from_environ("gui", {"BACKEND_TIMEOUT": "0.5"}).backend_timeout == 0.5


def test_gui_has_no_faults_as_in_the_reference_demo() -> None:
    assert Config.from_environ("gui", {"ERROR_FRACTION": "50"}).faults.as_json() == {}
    assert "error" in Config.from_environ("face", {"ERROR_FRACTION": "50"}).faults.as_json()


PORTS = "give a port from 0 to 65535, 0 being any free one"
SECONDS = "give a number of seconds from 0 to 3600, such as 1.5"
LIMIT = "give a number of seconds, more than 0 and at most 3600, such as 2.5"
TILES = "give a whole number from 1 to 40"
SWITCH = "give true or false"


@pytest.mark.parametrize(
    ("name", "text", "allowed"),
    [
        ("PORT", "99999", PORTS),
        ("PORT", "http", PORTS),
        ("ADMIN_PORT", "-1", PORTS),
        ("BACKEND_TIMEOUT", "0", LIMIT),
        ("BACKEND_TIMEOUT", "nan", LIMIT),
        ("BACKEND_TIMEOUT", "2s", LIMIT),
        ("DRAIN_SECONDS", "-1", SECONDS),
        ("DRAIN_SECONDS", "1e9", SECONDS),
        ("FAULT_SEED", "1.5", "give a whole number"),
        ("NUM_ROWS", "0", TILES),
        ("NUM_ROWS", "four", TILES),
        ("NUM_ROWS", "4.5", TILES),
        ("NUM_COLS", "41", TILES),
        ("NUM_COLS", "-4", TILES),
        ("EDGE_SIZE", "-1", "give a whole number from 0 to 40"),
        ("EDGE_SIZE", "one", "give a whole number from 0 to 40"),
        ("START_ACTIVE", "maybe", SWITCH),
        ("HIDE_KEY", "2", SWITCH),
        ("SHOW_PODS", "no way", SWITCH),
        ("DEBUG_ENABLED", "perhaps", SWITCH),
        ("LOG_LEVEL", "loud", "give one of debug, info, warning and error"),
        ("USER_HEADER_NAME", "X Faces", "give the name of an HTTP header, such as X-Faces-User"),
        ("VERSION", "v\n2", "give printable ASCII characters, such as v2"),
        ("PAGE_FOLDER", "/nowhere", "give a folder with an index.html in it"),
        ("ADMIN_PORT", "8000", "give a port other than PORT's"),
    ],
)
def test_nonsense_is_refused_with_one_sentence_that_says_what_is_allowed(name: str, text: str, allowed: str) -> None:
    with pytest.raises(ConfigError) as refused:
        Config.from_environ("gui", {name: text})
    assert str(refused.value) == f"{name}={text!r} is not allowed; {allowed}."


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("CONNECT_TO", "smiley", "'smiley' has no '='; write it as smiley:80=127.0.0.1:21000."),
        ("SMILEY_SERVICE", "http://smiley", "'http://smiley' is not a host and port; write it as smiley:80."),
        (
            "STATUS_SERVICE",
            "status:0",
            "'status:0' needs a port from 1 to 65535 after the host; write it as smiley:80.",
        ),
    ],
)
def test_an_address_that_is_none_is_refused_with_how_to_write_it(name: str, text: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as refused:
        Config.from_environ("gui", {name: text})
    assert str(refused.value) == f"{name}={text!r}: {sentence}"


@pytest.mark.parametrize(
    ("name", "text"), [("ERROR_FRACTION", "abc"), ("ERROR_FRACTION", "140"), ("FAULTS", "{"), ("DELAY_BUCKETS", "-5")]
)
def test_a_fault_that_is_none_is_refused_with_one_sentence_that_names_the_variable(name: str, text: str) -> None:
    with pytest.raises(ConfigError, match=rf"^{name}.*\.$") as refused:
        Config.from_environ("smiley", {name: text})
    assert text in str(refused.value)


@pytest.mark.parametrize(
    ("workload", "model", "says"),
    [
        ("color", '{"reset": {"fraction": 1}}', "FAULTS: reset cannot be made over gRPC, which this workload speaks"),
        ("smiley", '{"error": {"fraction": 1, "grpc_status": "ABORTED"}}', "FAULTS: error.grpc_status is for color"),
    ],
)
def test_a_fault_that_this_workload_cannot_have_is_refused_at_the_start(
    workload: Workload, model: str, says: str
) -> None:
    with pytest.raises(ConfigError, match=rf"^{says}.*\.$"):
        Config.from_environ(workload, {"FAULTS": model})


def test_the_sentence_shows_the_name_of_the_pod_wherever_it_came_from() -> None:
    with pytest.raises(ConfigError, match=r"^POD=.smiley-é. is not allowed; give printable ASCII"):
        Config.from_environ("smiley", {"HOSTNAME": "smiley-é"})


@pytest.mark.parametrize(
    ("workload", "environ"),
    [
        ("smiley", {"PORT": "8080"}),  # HTTP_PORT is color's alone
        ("smiley", {"PORT": "8002"}),  # without a token there is no control port
        ("gui", {"PORT": "8002", "CONTROL_TOKEN": "t"}),
        ("color", {"PORT": "0", "HTTP_PORT": "0", "ADMIN_PORT": "0"}),
    ],
)
def test_only_ports_that_are_opened_have_to_differ(workload: Workload, environ: dict[str, str]) -> None:
    assert Config.from_environ(workload, environ).port == int(environ["PORT"])


@pytest.mark.parametrize(
    ("workload", "environ", "says"),
    [
        ("smiley", {"SMILEY": "Grining"}, "SMILEY='Grining' is no smiley, so the tiles vomit; give one of Grinning, "),
        ("color", {"COLOR": "mauve"}, "COLOR='mauve' is no color, so the tiles are yellow; give one of grey, "),
        ("gui", {"ERROR_FRACTION": "50"}, "gui has no faults, so ERROR_FRACTION changes nothing; "),
    ],
)
def test_what_the_reference_demo_bears_is_taken_as_there_and_warned_of(
    workload: Workload, environ: dict[str, str], says: str
) -> None:
    (warning,) = Config.from_environ(workload, environ).warnings
    assert warning.startswith(says)


@pytest.mark.parametrize("environ", [{}, {"SMILEY": "Vomiting", "COLOR": "#fff"}, {"SMILEY": "U+1F600"}])
@pytest.mark.parametrize("workload", WORKLOADS)
def test_what_is_meant_as_it_is_taken_is_not_warned_of(workload: Workload, environ: dict[str, str]) -> None:
    assert Config.from_environ(workload, environ).warnings == ()


def test_the_token_is_in_no_text_about_the_configuration() -> None:
    config = Config.from_environ("smiley", {"CONTROL_TOKEN": "open-sesame"})
    assert config.control_token is not None
    assert config.control_token.get_secret_value() == "open-sesame"
    assert "open-sesame" not in f"{config!r} {config} {config.model_dump_json(exclude={'connect_to'})}"
