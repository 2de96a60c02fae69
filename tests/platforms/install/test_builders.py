import re
import shlex
from pathlib import Path

import pytest

from platforms.install import builders, rootfs
from platforms.install.builders import building
from platforms.install.contents import app_image
from platforms.install.images import this_architecture

FINAL = rootfs.CONTAINERFILE.read_text().rpartition("\nFROM ")[2]


def last(instruction: str) -> str:
    (found,) = re.findall(rf"^{instruction} (.*)$", FINAL, re.MULTILINE)
    return str(found)


def test_the_containerfile_and_the_image_that_is_made_without_a_builder_say_the_same() -> None:
    made = app_image(())
    assert last("USER") == made.user
    assert last("WORKDIR") == made.working_dir
    assert dict(word.split("=", 1) for word in shlex.split(last("ENV"))) == made.env
    assert last("ENTRYPOINT") == str(list(made.entrypoint)).replace("'", '"')
    assert last("COPY") == f"--from=build /{rootfs.PLACE} /{rootfs.PLACE}"


def test_what_the_containerfile_copies_is_in_the_folder_and_nothing_else_is(tmp_path: Path) -> None:
    rootfs.app_context(tmp_path)
    copied = re.findall(r"^COPY (?!--)(.+) \S+$", rootfs.CONTAINERFILE.read_text(), re.MULTILINE)
    assert copied == ["platforms/install/requirements-app.txt", "faces"]
    files = {str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*") if file.is_file()}
    assert all(file.startswith(tuple(copied)) for file in files)
    assert "faces/page/index.html" in files
    assert not any("/cli/" in file or "__pycache__" in file for file in files)


def test_both_take_the_dependencies_by_their_hashes_as_wheels_and_compile_for_good() -> None:
    recipe = rootfs.CONTAINERFILE.read_text()
    for words in ("--require-hashes", "--no-deps", "--only-binary :all:", "--invalidation-mode unchecked-hash"):
        assert words in recipe


def test_buildah_is_told_what_other_builders_know_by_themselves() -> None:
    arguments = {"BASE": "abc"}
    assert building("docker", "faces:dev", "arm64", arguments) == [
        *("build", "--tag=faces:dev", "--platform=linux/arm64", "--build-arg=BASE=abc")
    ]
    words = building("buildah", "faces:dev", "arm64", {})
    assert {"--isolation=chroot", f"--build-arg=BUILDPLATFORM=linux/{this_architecture()}"} <= set(words)


def test_a_builder_or_an_architecture_that_is_not_there_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert builders.main([]) == 2
    assert builders.main(["--arch", "sparc"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "An image needs docker, podman or buildah, and none is here: install one, and try again.",
        "--arch sparc: choose amd64, arm64.",
    ]
