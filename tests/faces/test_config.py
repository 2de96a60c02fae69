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


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("PORT", "99999"),
        ("PORT", "http"),
        ("ADMIN_PORT", "-1"),
        ("ERROR_FRACTION", "abc"),
        ("ERROR_FRACTION", "140"),
        ("FAULTS", "{"),
        ("DELAY_BUCKETS", "-5"),
        ("BACKEND_TIMEOUT", "0"),
        ("BACKEND_TIMEOUT", "nan"),
        ("DRAIN_SECONDS", "-1"),
        ("CONNECT_TO", "smiley"),
        ("SMILEY_SERVICE", "http://smiley"),
        ("FAULT_SEED", "1.5"),
        ("NUM_ROWS", "0"),
        ("START_ACTIVE", "maybe"),
        ("LOG_LEVEL", "loud"),
        ("USER_HEADER_NAME", "X Faces"),
        ("VERSION", "v\n2"),
    ],
)
def test_nonsense_is_refused_with_one_sentence_that_names_the_variable(name: str, text: str) -> None:
    with pytest.raises(ConfigError, match=rf"^{name}.*\.$") as refused:
        Config.from_environ("smiley", {name: text})
    assert repr(text)[1:-1] in str(refused.value)


def test_the_token_is_in_no_text_about_the_configuration() -> None:
    config = Config.from_environ("smiley", {"CONTROL_TOKEN": "open-sesame"})
    assert config.control_token is not None
    assert config.control_token.get_secret_value() == "open-sesame"
    assert "open-sesame" not in f"{config!r} {config} {config.model_dump_json(exclude={'connect_to'})}"
