from pathlib import Path

import pytest

from chaos.catalogue import find
from presenter.actions import Release, Reset
from presenter.script import find_script, names, read_script
from seam.errors import ManifestError, UserError


def test_four_scripts_ship_and_release_what_there_is() -> None:
    assert names() == ["bad-v2", "good", "hang", "slow"]
    for name in names():
        script = find_script(name)
        assert not script.acts[0].do, "the first act is v1, and nothing was pressed yet"
        released = [action for act in script.acts for action in act.do if isinstance(action, Release)]
        assert released
        for action in released:
            find(action.release)
        assert all(act.notes for act in script.acts if not act.do)


def test_the_default_tells_the_whole_story() -> None:
    do = [action for act in find_script("bad-v2").acts for action in act.do]
    assert do == [Release(release="errors-40"), Reset(), Release(release="good")]


def test_one_that_is_not_there_is_refused_with_a_close_match() -> None:
    with pytest.raises(UserError, match=r"no script named 'bad_v2'\. Did you mean 'bad-v2'\?"):
        find_script("bad_v2")


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("[]", "talk.yaml: script: has to be an object"),
        ("title: x", "talk.yaml: script: acts: is missing; add it."),
        ("title: x\nacts: []", "acts"),
        ("title: x\nacts: [{title: a, note: b}]", "acts[0].note: is not a field of a script"),
        ("title: x\nacts: [{title: a, do: [{release: {as: good, x: 1}}]}]", "talk.yaml: act 1: release.x"),
        ("title: x\nacts: [{title: a}, {title: b, do: [dance]}]", "talk.yaml: act 2: 'dance' is nothing to do"),
        ("title: [", "YAML: line 1"),
    ],
)
def test_a_file_is_refused_by_act_and_field(tmp_path: Path, text: str, refused: str) -> None:
    (tmp_path / "talk.yaml").write_text(text)
    with pytest.raises(ManifestError) as error:
        read_script(tmp_path / "talk.yaml")
    assert refused in str(error.value)


def test_a_file_of_ones_own_is_named_with_its_ending(tmp_path: Path) -> None:
    (tmp_path / "talk.yaml").write_text("title: Mine\nacts:\n- title: One\n  do: [reset]\n")
    script = find_script(str(tmp_path / "talk.yaml"))
    assert (script.title, script.acts[0].do) == ("Mine", (Reset(),))
