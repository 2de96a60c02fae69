import re
from collections.abc import Callable
from pathlib import Path

import pytest

from platforms.install import extras, toolbox
from platforms.install.toolbox import GATEWAY_API, HELM, KIND, KUBEADM, Tool, build
from seam.errors import PlatformFailed, UserError

TOY = Tool("toy", "v1.2.3", ("toys.dev/cmd/car", "toys.dev/cmd/ball/v3"), 0.5, {"toys.dev/cmd/ball/v3": "ball"})
OTHER = Tool("other", "v2", (".",), 3, {".": "other"})
# A stand-in for Go: notes where it was called and how, and builds files that say what they were built from.
GO = """#!/bin/sh
PATH=/usr/bin:/bin
echo "$(basename "$PWD"): $*" >> "{machine}/calls"
if [ -e "{machine}/broken-$1" ]; then cat "{machine}/broken-$1" >&2; exit 1; fi
case "$1" in
  env) cat "{machine}/goversion";;
  build)
    if [ -e "{machine}/rival" ]; then mkdir -p "$(cat "{machine}/rival")/theirs"; fi
    while [ $# -gt 1 ]; do if [ "$1" = -o ]; then out=$2; fi; shift; done
    echo "$1 CGO_ENABLED=$CGO_ENABLED" > "$out";;
  mod) echo "{{\\"Path\\": \\"x\\", \\"Dir\\": \\"{machine}/modules/$4\\"}}";;
esac
"""

Calls = Callable[[str], list[str]]


@pytest.fixture(autouse=True)
def modules(machine: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of go.mods, and a PATH with nothing but the stand-in."""
    for tool in (TOY, OTHER):
        folder = machine / "tools" / tool.folder
        folder.mkdir(parents=True)
        (folder / "go.mod").write_text(f"module {tool.folder}\n")
        (folder / "go.sum").write_text("h1:abc\n")
    (machine / "bin").mkdir()
    (machine / "bin" / "go").write_text(GO.format(machine=machine))
    (machine / "bin" / "go").chmod(0o755)
    (machine / "goversion").write_text("go1.26.1\namd64\n")
    monkeypatch.setenv("PATH", str(machine / "bin"))
    monkeypatch.setattr(toolbox, "MODULES", machine / "tools")
    return machine / "tools"


@pytest.fixture
def cache(machine: Path) -> Path:
    return machine / "cache" / "faces" / "tools"


@pytest.fixture
def calls(machine: Path) -> Calls:
    """What Go was told to do, since it was last asked."""

    def since(verb: str) -> list[str]:
        file = machine / "calls"
        lines = file.read_text().splitlines() if file.exists() else []
        file.unlink(missing_ok=True)
        return [line for line in lines if f": {verb}" in line]

    return since


def silent(_: str) -> None:
    pass


def test_each_program_is_built_in_its_folder_and_named(cache: Path, calls: Calls) -> None:
    built = build(silent, [TOY])
    assert set(built.programs) == {"car", "ball"}
    assert built["car"].read_text() == "toys.dev/cmd/car CGO_ENABLED=0\n"
    assert built["ball"].read_text() == "toys.dev/cmd/ball/v3 CGO_ENABLED=0\n"
    assert built["car"].parent == built["ball"].parent
    assert re.fullmatch(r"toy-v1\.2\.3-[0-9a-f]{12}", built["car"].parent.name)
    assert list(cache.iterdir()) == [built["car"].parent]
    assert [call.split(" -o ")[0] for call in calls("build")] == ["toy: build", "toy: build"]


def test_what_is_linked_in_and_each_flag_is_passed_on(calls: Calls) -> None:
    build(silent, [Tool("toy", "v1", ("x/car",), 1, {}, ("x.version=v1", "x.by=us"), flags=("-mod=mod",))])
    (call,) = calls("build")
    assert call.startswith("toy: build -mod=mod -o ")
    assert call.endswith(" -ldflags -s -w -X x.version=v1 -X x.by=us x/car")


def test_what_was_built_is_found_again(calls: Calls) -> None:
    said: list[str] = []
    first = build(silent, [TOY, OTHER])
    assert len(calls("build")) == 3
    assert build(said.append, [TOY, OTHER]) == first
    assert (calls("build"), said) == ([], [])


@pytest.mark.parametrize("changed", ["go.sum", "go.mod", "main.go", "Go's version", "the packages", "a flag"])
def test_what_changed_is_built_again_beside_the_old(machine: Path, modules: Path, calls: Calls, changed: str) -> None:
    before = build(silent, [TOY, OTHER])
    calls("build")
    toy = TOY
    if changed == "Go's version":
        (machine / "goversion").write_text("go1.27.0\namd64\n")
    elif changed == "the packages":
        toy = Tool("toy", "v1.2.3", TOY.packages[:1], 0.5, {})
    elif changed == "a flag":
        toy = Tool("toy", "v1.2.3", TOY.packages, 0.5, TOY.named, flags=("-tags=netgo",))
    else:
        (modules / "toy" / changed).write_text("another\n")
    after = build(silent, [toy, OTHER])
    assert after["car"] != before["car"]
    assert before["car"].exists()
    assert (after["other"] == before["other"]) == (changed != "Go's version")
    assert {call.partition(":")[0] for call in calls("build")} == (
        {"toy", "other"} if changed == "Go's version" else {"toy"}
    )


def test_a_tool_may_have_its_folder_elsewhere(machine: Path, calls: Calls) -> None:
    (machine / "home" / "toy").mkdir(parents=True)
    (machine / "home" / "toy" / "main.go").write_text("package main\n")
    build(silent, [TOY])
    elsewhere = Tool("toy", "v1.2.3", TOY.packages, 0.5, TOY.named, home=machine / "home")
    assert build(silent, [elsewhere])["car"] != build(silent, [TOY])["car"]
    assert len(calls("build")) == 4


def test_a_note_beside_the_go_mod_changes_nothing(modules: Path, calls: Calls) -> None:
    build(silent, [TOY])
    calls("build")
    (modules / "toy" / "README.md").write_text("A toy.\n")
    build(silent, [TOY])
    assert calls("build") == []


def test_only_what_is_missing_is_announced_with_how_long_it_takes() -> None:
    said: list[str] = []
    build(said.append, [OTHER])
    assert said == ["Building other v2 (1 of 1), about 3 minutes...", "  other built in 0 s."]
    said.clear()
    third = Tool("other", "v3", (".",), 1, {".": "other"})
    build(said.append, [TOY, OTHER, third])
    assert said[::2] == [
        "Building toy v1.2.3 (1 of 2), about 0.5 minutes...",
        "Building other v3 (2 of 2), about 1 minutes...",
    ]


@pytest.mark.parametrize("verb", ["build", "env"])
def test_what_the_compiler_says_is_told_and_nothing_half_done_is_left(machine: Path, cache: Path, verb: str) -> None:
    (machine / f"broken-{verb}").write_text("main.go:7:2: undefined: wheel\n")
    with pytest.raises(PlatformFailed) as told:
        build(silent, [TOY])
    assert str(told.value) == "toy v1.2.3 could not be built: main.go:7:2: undefined: wheel"
    assert not cache.exists() or list(cache.iterdir()) == []
    (machine / f"broken-{verb}").unlink()
    assert build(silent, [TOY])["car"].exists()


def test_a_build_that_is_interrupted_leaves_nothing(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = toolbox._go

    def interrupt(command: list[str], tool: Tool) -> bytes:
        if command[-1] == TOY.packages[1]:
            raise KeyboardInterrupt
        return asked(command, tool)

    monkeypatch.setattr(toolbox, "_go", interrupt)
    with pytest.raises(KeyboardInterrupt):
        build(silent, [TOY])
    assert list(cache.iterdir()) == []


def test_who_built_the_same_and_was_faster_is_believed(machine: Path, cache: Path) -> None:
    place = toolbox._place("go", TOY)
    (machine / "rival").write_text(str(place))
    assert build(silent, [TOY])["car"] == place / "car"
    assert [path.name for path in place.iterdir()] == ["theirs"]
    assert list(cache.iterdir()) == [place]


def test_a_module_whose_manifests_are_wanted_is_found_by_its_version(machine: Path, calls: Calls) -> None:
    tool = Tool("toy", "v1.2.3", TOY.packages, 1, TOY.named, module="toys.dev/all")
    assert build(silent, [tool, OTHER]).modules == {"toy": machine / "modules" / "toys.dev/all@v1.2.3"}
    assert calls("mod") == ["toy: mod download -json toys.dev/all@v1.2.3"]


def test_the_module_of_a_tool_of_which_nothing_is_built_is_found_all_the_same(machine: Path, calls: Calls) -> None:
    read = Tool("toy", "v1.2.3", (), 0, {}, module="toys.dev/all")
    assert toolbox.modules([read, OTHER]) == {"toy": machine / "modules" / "toys.dev/all@v1.2.3"}
    assert calls("build") == []


def test_without_go_one_sentence_says_where_it_is_had(machine: Path) -> None:
    (machine / "bin" / "go").unlink()
    with pytest.raises(UserError) as told:
        build(silent, [TOY])
    assert str(told.value) == (
        "The cluster's programs are built with Go, which is missing: install Go 1.26.1 or newer (https://go.dev/dl) "
        "so that `go` is on PATH, and try again."
    )


# The real ones.

REAL = Path(toolbox.__file__).parent / "tools"
EVERY = (*extras.tools(extras.EXTRAS.values()), KIND, HELM)
PINNED = pytest.mark.parametrize(
    "tool", [tool for tool in EVERY if tool.folder != "pause"], ids=lambda tool: tool.folder
)


def required(tool: Tool) -> dict[str, str]:
    """{module: version}"""
    text = (REAL / tool.folder / "go.mod").read_text()
    return dict(re.findall(r"^(?:require )?\s*([\w./-]+\.[\w./-]+) (v[\w.+-]+)", text, re.MULTILINE))


@PINNED
def test_go_mod_pins_the_version_that_the_tool_is_said_to_have(tool: Tool) -> None:
    pins = required(tool)
    for package in tool.packages if tool.packages != (".",) else ():
        (module,) = [name for name in pins if package == name or package.startswith(f"{name}/")]
        assert pins[module] == tool.version
        assert f"{module} {tool.version} h1:" in (REAL / tool.folder / "go.sum").read_text()
    if tool.module:
        assert pins[tool.module] == tool.version
        assert f"{tool.module} {tool.version} h1:" in (REAL / tool.folder / "go.sum").read_text()


@pytest.mark.parametrize(
    # A main package of ours names what it needs by its imports.
    "tool",
    [tool for tool in EVERY if tool.packages != (".",)],
    ids=lambda tool: tool.folder,
)
def test_every_package_is_a_tool_of_the_go_mod_so_that_tidy_keeps_what_it_needs(tool: Tool) -> None:
    text = (REAL / tool.folder / "go.mod").read_text()
    blocks = re.findall(r"^tool (?:\((.*?)\)|(\S+)$)", text, re.MULTILINE | re.DOTALL)
    assert {package for block in blocks for package in "".join(block).split()} == {
        package for one in (*EVERY, KUBEADM) if one.folder == tool.folder for package in one.packages
    }


def test_a_module_of_which_nothing_is_built_is_imported_so_that_tidy_keeps_it() -> None:
    (source,) = (REAL / GATEWAY_API.folder).glob("*.go")
    assert f'import _ "{GATEWAY_API.module}/' in source.read_text()


def test_pause_needs_nothing_but_go() -> None:
    assert sorted(path.name for path in (REAL / "pause").iterdir()) == ["go.mod", "main.go"]
    assert "require" not in (REAL / "pause" / "go.mod").read_text()


def test_every_folder_is_a_tool_and_no_program_has_two() -> None:
    assert {path.name for path in REAL.iterdir()} == {tool.folder for tool in EVERY}
    programs = [program for tool in EVERY for program in tool.programs]
    assert len(programs) == len(set(programs))


def test_the_go_that_the_sentence_asks_for_is_the_newest_that_any_wants(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UserError) as told:
        build(silent)
    wanted = [re.search(r"^go ([\d.]+)$", file.read_text(), re.MULTILINE) for file in REAL.glob("*/go.mod")]
    versions = [tuple(int(part) for part in found[1].split(".")) for found in wanted if found]
    assert len(versions) == len(EVERY)
    assert f"{'.'.join(str(part) for part in max(versions))} or newer" in str(told.value)


def test_what_is_linked_in_as_the_version_is_the_version() -> None:
    for tool in EVERY:
        for definition in tool.linked:
            told = definition.partition("=")[2].removeprefix("v")
            # Prometheus' modules count v0.315 where its releases count 3.15.
            minor = re.fullmatch(r"v0\.(\d)(\d\d)\.(\d+)", tool.version)
            assert told == (".".join(str(int(part)) for part in minor.groups()) if minor else tool.version[1:])
