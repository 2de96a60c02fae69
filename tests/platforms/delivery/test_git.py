"""With the real git, on a repository in a folder: what only the transport differs in."""

import shutil
import subprocess
from pathlib import Path

import pytest

from platforms.delivery.git import Rejected, Remote, cloned
from seam.errors import PlatformFailed, UserError

pytestmark = [
    pytest.mark.timeout(20),
    pytest.mark.skipif(shutil.which("git") is None, reason="git is missing"),
]


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    """An empty bare repository."""
    bare = tmp_path / "delivery.git"
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(bare)], check=True)
    return Remote(str(bare), "main", own=True)


async def test_the_first_commit_of_an_empty_repository_and_one_after_it(remote: Remote) -> None:
    async with cloned(remote) as clone:
        first = await clone.commit({"shop/a.yaml": "a: 1\n"}, "as it ships")
        await clone.push()
    async with cloned(remote) as clone:
        assert await clone.head() == first
        assert (first.subject, len(first.sha), first.short) == ("as it ships", 40, first.sha[:7])
        assert clone.read("shop/a.yaml") == "a: 1\n"
        second = await clone.commit({"shop/a.yaml": "a: 2\n"}, "smiley v2: good")
        await clone.push()
        assert [one.sha for one in await clone.log("shop/a.yaml")] == [second.sha, first.sha]
    assert not clone.folder.exists()


async def test_a_revert_is_a_commit_that_says_what_it_takes_back(remote: Remote) -> None:
    async with cloned(remote) as clone:
        await clone.commit({"a": "1\n"}, "as it ships")
        bad = await clone.commit({"a": "2\n"}, "smiley v2: errors-40")
        new = await clone.revert(bad.sha)
        assert clone.read("a") == "1\n"
        assert new.subject == 'Revert "smiley v2: errors-40"'
        await clone.push()


async def test_what_was_changed_again_cannot_be_taken_back_by_itself(remote: Remote) -> None:
    async with cloned(remote) as clone:
        await clone.commit({"a": "1\n"}, "as it ships")
        bad = await clone.commit({"a": "2\n"}, "smiley v2: errors-40")
        await clone.commit({"a": "3\n"}, "smiley v3: good")
        with pytest.raises(UserError, match=f"Commit {bad.short} cannot be taken back by itself"):
            await clone.revert(bad.sha)


async def test_who_is_slower_is_told_so_and_nothing_is_lost(remote: Remote) -> None:
    async with cloned(remote) as first:
        await first.commit({"a": "1\n"}, "as it ships")
        await first.push()
    async with cloned(remote) as one, cloned(remote) as other:
        theirs = await other.commit({"b": "1\n"}, "theirs")
        await other.push()
        await one.commit({"c": "1\n"}, "ours")
        with pytest.raises(Rejected, match="Somebody else has pushed to main meanwhile"):
            await one.push()
    async with cloned(remote) as clone:
        assert await clone.head() == theirs


async def test_a_repository_that_is_not_there_is_gits_own_sentence(tmp_path: Path) -> None:
    with pytest.raises(PlatformFailed, match=r"git clone failed: .*does not exist"):
        async with cloned(Remote(str(tmp_path / "nobody.git"), "main", own=False)):
            pass


async def test_a_file_that_the_repository_does_not_have_is_named(remote: Remote) -> None:
    async with cloned(remote) as clone:
        with pytest.raises(UserError, match=r"no shop/releases/smiley\.yaml on its branch main"):
            clone.read("shop/releases/smiley.yaml")


async def test_without_git_the_sentence_says_what_to_install(remote: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UserError, match="git is needed to deliver by commits"):
        async with cloned(remote):
            pass
