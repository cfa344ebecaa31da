"""A database and its master key belong together: without the key, or with another, nothing starts."""

import os
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from mcmeet import serve
from mcmeet.core import installation
from mcmeet.core.db import migrate
from mcmeet.core.secrets import KEY_FILE, Secrets, SecretsError
from tests.fixtures.forks import run

TIMEOUT_S = 60
SERVE = ("serve", "--port", "0")
ADMIN = ("admin", "create-meeting")


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'meetings.db'}"
    address: str = request.getfixturevalue("postgres").new_database()
    return address


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def mcmeet(data: Path, url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run([*arguments, "--data", str(data)], {**os.environ, "MCMEET_DATABASE__URL": url}, TIMEOUT_S)


def refusal(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 2, done.stdout + done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    return done.stderr


def key_check(url: str) -> bytes:
    with migrate.connection(url) as connection:
        stored: bytes = connection.execute(text("SELECT key_check FROM installation")).scalar_one()
    return stored


@pytest.mark.parametrize("command", [SERVE, ADMIN])
def test_a_database_without_its_key_starts_nothing_and_gets_no_new_key(
    data: Path, url: str, command: tuple[str, ...]
) -> None:
    assert mcmeet(data, url, *ADMIN).returncode == 0
    (data / KEY_FILE).unlink()
    assert "master.key is missing but the database exists" in refusal(mcmeet(data, url, *command))
    assert not (data / KEY_FILE).exists()


@pytest.mark.parametrize("command", [SERVE, ADMIN])
def test_a_database_with_the_key_of_another_starts_nothing(
    data: Path, url: str, command: tuple[str, ...]
) -> None:
    assert mcmeet(data, url, *ADMIN).returncode == 0
    before = key_check(url)
    (data / KEY_FILE).write_bytes(b"w" * 32)
    assert "is not the one that this database was made with" in refusal(mcmeet(data, url, *command))
    assert key_check(url) == before


def test_an_empty_data_directory_beside_a_database_in_use_is_refused(data: Path, url: str) -> None:
    serve.prepare(data, database={"url": url})
    with pytest.raises(SecretsError, match="is missing but the database exists"):
        serve.prepare(data.with_name("moved"), database={"url": url})


def test_the_right_key_starts_again_and_again(data: Path, url: str) -> None:
    first = serve.prepare(data, database={"url": url})
    again = serve.prepare(data, database={"url": url})
    assert first.secrets.key("any") == again.secrets.key("any")


def test_a_database_older_than_the_check_is_bound_to_the_key_it_starts_with(data: Path, url: str) -> None:
    serve.prepare(data, database={"url": url})
    with migrate.connection(url) as connection, connection.begin():
        connection.execute(text("DELETE FROM installation"))
    serve.prepare(data, database={"url": url})
    with pytest.raises(SecretsError):
        installation.check_key(url, Secrets(b"w" * 32))


def test_of_two_first_starts_with_different_keys_the_second_is_refused(url: str) -> None:
    migrate.upgrade(url)
    installation.remember_key(url, Secrets(b"a" * 32))
    with pytest.raises(SecretsError):
        installation.remember_key(url, Secrets(b"b" * 32))
    installation.remember_key(url, Secrets(b"a" * 32))


def test_there_is_never_a_second_row(url: str) -> None:
    migrate.upgrade(url)
    statement = text("INSERT INTO installation (id, key_check) VALUES (2, :check)")
    with pytest.raises(IntegrityError), migrate.connection(url) as connection, connection.begin():
        connection.execute(statement, {"check": b"x"})


@pytest.mark.parametrize("command", [SERVE, ADMIN])
def test_a_database_that_does_not_answer_is_named_without_its_password(
    data: Path, command: tuple[str, ...]
) -> None:
    sentence = refusal(mcmeet(data, "postgresql+psycopg://mcmeet:geheim@127.0.0.1:9/none", *command))
    assert "127.0.0.1:9/none cannot be used" in sentence
    assert "geheim" not in sentence
    assert not (data / KEY_FILE).exists()


def test_a_file_that_is_no_database_is_named_and_left_alone(data: Path) -> None:
    data.mkdir()
    (data / "mcmeet.db").write_text("这不是数据库" * 200)
    assert "file is not a database" in refusal(mcmeet(data, f"sqlite:///{data / 'mcmeet.db'}", *SERVE))
    assert (data / "mcmeet.db").read_text() == "这不是数据库" * 200
