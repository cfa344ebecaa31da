import errno
import os
from pathlib import Path

import pytest

from mcmeet.core import secrets
from mcmeet.core.secrets import Secrets, SecretsError


def test_the_first_start_writes_a_key_that_only_the_owner_reads(tmp_path: Path) -> None:
    first = secrets.load(tmp_path, database_exists=False, production=True)
    key = tmp_path / "secrets" / "master.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert len(key.read_bytes()) == 32
    again = secrets.load(tmp_path, database_exists=True, production=True)
    assert again.key("any") == first.key("any")


def test_a_database_without_its_key_refuses_to_start_and_writes_none(tmp_path: Path) -> None:
    with pytest.raises(SecretsError, match=r"master\.key is missing"):
        secrets.load(tmp_path, database_exists=True, production=False)
    assert not (tmp_path / "secrets" / "master.key").exists()


def test_production_refuses_a_key_that_others_can_read(tmp_path: Path) -> None:
    secrets.load(tmp_path, database_exists=False, production=False)
    (tmp_path / "secrets" / "master.key").chmod(0o644)
    with pytest.raises(SecretsError, match="chmod 600"):
        secrets.load(tmp_path, database_exists=True, production=True)


@pytest.mark.parametrize(
    ("database_exists", "remedy"), [(True, "back from your copy"), (False, "delete it: no database uses it")]
)
def test_a_cut_off_key_is_refused_with_what_to_do(tmp_path: Path, database_exists: bool, remedy: str) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "master.key").write_bytes(b"short")
    with pytest.raises(SecretsError, match=rf"master\.key has 5 bytes, not 32: .*{remedy}"):
        secrets.load(tmp_path, database_exists=database_exists, production=False)


def test_a_first_start_that_cannot_write_the_key_leaves_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SecretsError, match="cannot be written"):
        secrets.load(tmp_path, database_exists=False, production=False)
    assert list((tmp_path / "secrets").iterdir()) == []


def test_of_two_first_starts_at_once_both_use_one_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link

    def slower(draft: Path, key: Path) -> None:
        key.write_bytes(b"k" * 32)  # by the other one
        link(draft, key)

    monkeypatch.setattr(os, "link", slower)
    loaded = secrets.load(tmp_path, database_exists=False, production=False)
    assert loaded.key("any") == Secrets(b"k" * 32).key("any")
    assert [file.name for file in (tmp_path / "secrets").iterdir()] == ["master.key"]


def test_every_label_has_a_key_of_its_own() -> None:
    keys = Secrets(b"m" * 32)
    assert keys.key("a") != keys.key("b")
    assert keys.lookup("phone", "+8613800138000") != keys.lookup("email", "+8613800138000")
    assert keys.credential_hash("x") == Secrets(b"m" * 32).credential_hash("x")
