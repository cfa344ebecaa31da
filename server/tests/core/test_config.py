import re
from pathlib import Path

import pytest

from mcmeet.core import config
from mcmeet.core.config import Config, ConfigError, Mode

ROOT = Path(__file__).parents[3]


def test_without_a_file_it_is_a_demo_on_loopback(tmp_path: Path) -> None:
    loaded = config.load(tmp_path)
    assert (loaded.mode, loaded.server.host, loaded.server.port) == (Mode.DEMO, "127.0.0.1", 8080)
    assert loaded.database_url == f"sqlite:///{tmp_path / 'mcmeet.db'}"


def test_the_environment_wins_over_the_file_and_the_command_line_over_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mcmeet.toml").write_text('[server]\nport = 1111\nhost = "10.0.0.1"\n', encoding="utf-8")
    monkeypatch.setenv("MCMEET_SERVER__PORT", "2222")
    assert config.load(tmp_path).server.port == 2222
    assert config.load(tmp_path).server.host == "10.0.0.1"
    assert config.load(tmp_path, server={"port": 3333}).server.port == 3333


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[server]\nport = 99999\n", ("server.port", "99999", "0 to 65535")),
        ('[server]\nport = "eighty"\n', ("server.port", "eighty", "0 to 65535")),
        ('mode = "prod"\n', ("mode", "prod", "demo | production")),
        ("[accounts]\nstrict_necessary = 7\n", ("accounts.strict_necessary", "7", "true | false")),
        ("[live]\ngrace_seconds = 0\n", ("live.grace_seconds", "0", "1 to 600")),
        ("[server]\nprot = 8080\n", ("server.prot", "no such setting")),
        ("[server]\nprot = 8080\n", ("server.prot", "did you mean server.port?")),
        ("server = 5\n", ("server", "5", "[server] with host, port, public_url, proxies")),
        ('[tls]\nmode = "on"\n', ("tls.mode", "on", "off | auto | files")),
        ("[tls]\ncert = 5\n", ("tls.cert", "5", "the path of a PEM file")),
        ("[server\n", ("mcmeet.toml", "line 1")),
        ("[server]\nport = 1\nport = 2\n", ("mcmeet.toml", "line 3")),
        ('[server]\nhost = "meet.example"\n', ("server.host", "meet.example", "IP address")),
        ("[server]\nhost = 5\n", ("server.host", "5", "IP address")),
        *(
            (f'[server]\npublic_url = "{url}"\n', ("server.public_url", url, "https://name:port", "no slash"))
            for url in (
                "meet.example",
                "https://meet.example/",
                "https://meet.example/x",
                "https://meet.example?x=1",
                "https://meet.example#x",
                "https://lin@meet.example",
                "https://meet example",
                "https://meet.example:99999",
                "https://[::1",
                "ftp://meet.example",
                "",
            )
        ),
        *(
            (f'[server]\nproxies = "{text}"\n', ("server.proxies", text, "separated by commas"))
            for text in ("proxy.example", "127.0.0.1;::1", "127.0.0.1,", "10.0.0.1/8", "*")
        ),
        ('[database]\nurl = "nonsense"\n', ("database.url", "postgresql://")),
        ('[database]\nurl = "mysql://lin:geheim@db/mcmeet"\n', ("database.url", "postgresql://")),
        ('[database]\nurl = "sqlite+aiosqlite:///x.db"\n', ("database.url", "sqlite:///")),
        ('[database]\nurl = "sqlite://"\n', ("database.url", "sqlite:///")),
        ('[database]\nurl = "postgresql://lin:geheim@db:port/mcmeet"\n', ("database.url", "postgresql://")),
        ('database = "postgresql://lin:geheim@db/mcmeet"\n', ("database", "[database] with url")),
        (f'[operator]\nname = "{"名" * 101}"\n', ("operator.name", "100")),
        ("[operator]\nname = 5\n", ("operator.name", "5", "text of at most 100 characters")),
        ("[accounts]\nsession_days = 0\n", ("accounts.session_days", "0", "1 to 365")),
        ('[sms]\nprovider = "post"\n', ("sms.provider", "post", "console")),
        ('[media]\nannounce = "nonsense.example"\n', ("media.announce", "nonsense.example", "IP address")),
        ('[media]\nannounce = "203.0.113.7,"\n', ("media.announce", "203.0.113.7,", "IP address")),
        ('[media]\nannounce = "0.0.0.0"\n', ("media.announce", "0.0.0.0", "reach")),
        ("[media]\nworkers = 0\n", ("media.workers", "0", "1 to 64")),
        *(
            (f"[network_log]\nkeep_days = {days}\n", ("network_log.keep_days", str(days), "184 to 203"))
            for days in (183, 204)
        ),
        ("[billing]\n", ("billing", "no such setting")),
        ('data = "/srv"\n', ("mcmeet.toml", "data", "MCMEET_DATA")),
    ],
)
def test_a_bad_value_is_named_with_its_key_and_range(
    tmp_path: Path, text: str, words: tuple[str, ...]
) -> None:
    (tmp_path / "mcmeet.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        config.load(tmp_path)
    for word in words:
        assert word in str(caught.value)
    assert "Value error" not in str(caught.value)
    assert "geheim" not in str(caught.value)


def test_every_area_has_a_bad_value_above() -> None:
    """A new area of the configuration brings its own."""
    marks = test_a_bad_value_is_named_with_its_key_and_range.pytestmark  # type: ignore[attr-defined]
    tried = {words[0].partition(".")[0] for mark in marks for _, words in mark.args[1]}
    assert tried >= Config.model_fields.keys() - {"data"}


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("MCMEET_SERVER__PORT", "nonsense", ("server.port", "nonsense", "0 to 65535")),
        ("mcmeet_server__port", "", ("server.port", "''", "0 to 65535")),
        ("MCMEET_DATABASE__URL", "geheim", ("database.url", "postgresql://")),
        ("MCMEET_SERVER", "abc", ("MCMEET_SERVER", "abc", "MCMEET_SERVER__HOST, MCMEET_SERVER__PORT")),
        ("MCMEET_SERVER", '{"port": 9000}', ("MCMEET_SERVER", "MCMEET_SERVER__PORT")),
        ("MCMEET_DATABASE", "geheim", ("MCMEET_DATABASE", "MCMEET_DATABASE__URL")),
        ("MCMEET_SERVER_PORT", "9000", ("MCMEET_SERVER_PORT", "did you mean MCMEET_SERVER__PORT?")),
        ("MCMEET_PORT", "9000", ("MCMEET_PORT", "did you mean MCMEET_SERVER__PORT or MCMEET_TLS__HELP_PORT")),
        ("MCMEET_SERVER__PROT", "9000", ("MCMEET_SERVER__PROT", "did you mean MCMEET_SERVER__PORT?")),
        ("MCMEET_SEVRER__PORT", "9000", ("MCMEET_SEVRER__PORT", "did you mean MCMEET_SERVER__PORT?")),
        ("MCMEET_MODE__X", "demo", ("MCMEET_MODE__X", "did you mean MCMEET_MODE?")),
        ("MCMEET_XYZ", "1", ("MCMEET_XYZ", "the settings are MCMEET_MODE, MCMEET_DATA, MCMEET_SERVER__HOST")),
    ],
)
def test_a_bad_variable_is_named_with_what_is_allowed_or_near(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigError) as caught:
        config.load(tmp_path)
    for word in words:
        assert word in str(caught.value)
    assert "geheim" not in str(caught.value)


def test_every_setting_says_what_it_allows(tmp_path: Path) -> None:
    for area, field in Config.model_fields.items():
        keys = getattr(field.annotation, "model_fields", {})
        for key in keys:
            (tmp_path / "mcmeet.toml").write_text(f"[{area}]\n{key} = []\n", encoding="utf-8")
            with pytest.raises(ConfigError, match=rf"^{area}\.{key}.*: .* \(allowed: .+\)$"):
                config.load(tmp_path)


def test_variables_that_others_of_ours_read_are_no_wrong_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every name with our prefix in the sources, the tests aside that try wrong ones."""
    named: set[str] = set()
    for folder, pattern in (
        ("server", "**/*.py"),
        ("web", "*.ts"),
        ("tools", "**/*.py"),
        ("bench", "**/*.py"),
    ):
        for path in (ROOT / folder).glob(pattern):
            if path != Path(__file__):
                named |= set(
                    re.findall(r"\bMCMEET_[A-Z]+(?:_[A-Z]+)*\b(?!__)", path.read_text(encoding="utf-8"))
                )
    assert named >= {"MCMEET_DATA", "MCMEET_URL", "MCMEET_MEDIA_SECRET"}
    for name in named - {"MCMEET_MODE", "MCMEET_AREA"}:
        monkeypatch.setenv(name, "1")
    config.load(tmp_path)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "mcmeet.toml").write_bytes(b"[server]\n# \xff\xfe\n")
    with pytest.raises(ConfigError, match=r"mcmeet\.toml.*line 2"):
        config.load(tmp_path)


def test_the_password_of_the_database_is_not_shown_with_the_configuration(tmp_path: Path) -> None:
    loaded = config.load(tmp_path, database={"url": "postgresql://lin:geheim@db/mcmeet"})
    assert "geheim" not in repr(loaded)
    assert loaded.database_url == "postgresql://lin:geheim@db/mcmeet"


def test_the_public_address_is_kept_as_browsers_write_it(tmp_path: Path) -> None:
    loaded = config.load(tmp_path, server={"public_url": "HTTPS://Meet.Example.cn:8443"})
    assert loaded.server.public_url == "https://meet.example.cn:8443"


@pytest.mark.parametrize(
    ("typed", "host"), [("localhost", "127.0.0.1"), ("0.0.0.0", "0.0.0.0"), ("::", "::")]
)
def test_a_host_is_an_address(tmp_path: Path, typed: str, host: str) -> None:
    assert config.load(tmp_path, server={"host": typed}).server.host == host


def test_several_addresses_may_be_announced(tmp_path: Path) -> None:
    loaded = config.load(tmp_path, media={"announce": "203.0.113.7, 2001:DB8::1"})
    assert loaded.media.announce == "203.0.113.7,2001:db8::1"


def examples() -> list[tuple[str, str]]:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs" / "guides").glob("*.md"))]
    return [
        (page.name, text)
        for page in pages
        for text in re.findall(
            r"^```toml\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
        )
    ]


@pytest.mark.parametrize(("page", "text"), examples())
def test_an_example_of_the_documents_can_be_loaded(tmp_path: Path, page: str, text: str) -> None:
    (tmp_path / "mcmeet.toml").write_text(text, encoding="utf-8")
    assert config.load(tmp_path).model_fields_set > {"data"}, page
