"""The command line. Imports wait until a command needs them, so that `--help` is quick."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final
from uuid import UUID

import typer

if TYPE_CHECKING:
    from mcmeet.core.jobs import DeadJob
    from mcmeet.privacy.network_log.chain import Fault

NO_GARBAGE_BEFORE: Final = 1_000_000
"""Objects; a start makes 200,000. They stay: to look through them for garbage takes a tenth of a start."""


def _examples(*lines: str) -> str:
    """An epilog; the blank lines keep it from being run together."""
    return "\n\n".join(("Examples:", *lines))


app = typer.Typer(
    no_args_is_help=True,
    add_completion=True,
    help="盟畅云会议 (MCMeet): a meeting system you own. Each command explains itself: mcmeet serve --help",
    epilog=_examples(
        "mcmeet serve --tls auto  # meetings for the local network, with HTTPS",
        "mcmeet admin create-meeting --topic 全员大会  # prints its links",
        "mcmeet --install-completion  # Tab completes commands and options from then on",
    ),
)
admin = typer.Typer(
    no_args_is_help=True,
    help="What the operator does on the server itself, beside the running server.",
    epilog=_examples("mcmeet admin create-meeting --topic 全员大会", "mcmeet admin jobs list"),
)
app.add_typer(admin, name="admin")

WRONG_SETTINGS: Final = "配置有误，请修改后再启动。 Mend the configuration, then start again:"
WRONG_KEY: Final = "密钥有误，请处理后再启动。 Mend the key, then start again:"

DataOption = Annotated[Path, typer.Option("--data", envvar="MCMEET_DATA", help="The data directory.")]


def _fail(message: str, code: int = 2) -> typer.Exit:
    """2: to start it again is of no use before something was changed."""
    typer.secho(message, err=True, fg="red")
    return typer.Exit(code)


def _given(**options: Any) -> dict[str, Any]:
    """What is left out stays as the configuration has it."""
    return {name: value for name, value in options.items() if value is not None}


@app.command(
    epilog=_examples(
        "mcmeet serve  # http://127.0.0.1:8080, for a first look on this machine",
        "mcmeet serve --tls auto  # https for phones in the same network; says how they come to trust it",
        "mcmeet serve --tls files --tls-cert meet.pem --tls-key meet.key --host 0.0.0.0 --port 443",
        "mcmeet serve --data /var/lib/mcmeet  # where mcmeet.toml and everything that is kept are",
    )
)
def serve(
    data: DataOption = Path("data"),
    host: Annotated[
        str | None,
        typer.Option(
            help="Address to listen on; with --tls auto every one.",
            show_default="server.host, else 127.0.0.1",
        ),
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="HTTP and UDP port; 0 = any.", show_default="server.port, else 8080")
    ] = None,
    tls: Annotated[
        str | None,
        typer.Option(
            help="HTTPS: auto (for the local network), files, off.",
            show_default="tls.mode, else off",
        ),
    ] = None,
    tls_cert: Annotated[
        Path | None,
        typer.Option(help="With --tls files: the certificate and its chain, PEM.", show_default="tls.cert"),
    ] = None,
    tls_key: Annotated[
        Path | None,
        typer.Option(help="With --tls files: its private key, PEM.", show_default="tls.key"),
    ] = None,
) -> None:
    """Starts the meeting server: pages, API, the sockets of meetings and their media, until Ctrl-C.

    What is not given here comes from variables such as MCMEET_SERVER__PORT, then from DATA/mcmeet.toml.
    """
    from mcmeet.core.config import ConfigError
    from mcmeet.core.secrets import SecretsError
    from mcmeet.core.serving import CannotListen, ServerFailed
    from mcmeet.core.serving.tls import TlsError
    from mcmeet.serve import NotReady, run

    server = _given(host=host, port=port)
    https = _given(mode=tls, cert=tls_cert, key=tls_key)
    try:
        run(data, **_given(server=server or None, tls=https or None))
    except (ConfigError, TlsError) as error:
        raise _fail(f"{WRONG_SETTINGS} {error}") from None
    except SecretsError as error:
        raise _fail(f"{WRONG_KEY} {error}") from None
    except (CannotListen, NotReady) as error:
        raise _fail(str(error)) from None
    except ServerFailed as error:
        raise _fail(str(error), code=1) from None


@app.command(
    epilog=_examples(
        "MCMEET_MEDIA_SECRET=a-secret-of-at-least-32-characters mcmeet media --key devkey"
        "  # ws://127.0.0.1:7880"
    )
)
def media(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Signalling (TCP) and media (UDP, TCP) port.")] = 7880,
    key: Annotated[str, typer.Option(help="API key of the tokens.")] = ...,  # type: ignore[assignment]
    announce: Annotated[
        str | None,
        typer.Option(
            help="Addresses for media, separated by commas; needed with 0.0.0.0 and ::.", show_default="host"
        ),
    ] = None,
) -> None:
    """Serves the media engine alone, for any LiveKit SDK or load tester.

    The environment variable MCMEET_MEDIA_SECRET is the secret of that key: everybody on a machine can read
    command lines.
    """
    secret = os.environ.get("MCMEET_MEDIA_SECRET")
    if not secret:
        raise _fail(f"MCMEET_MEDIA_SECRET is not set: the secret of the key {key}, in the environment")
    from mcmeet.core.serving import CannotListen, ServerFailed
    from mcmeet.media.embedded.standalone import serve as serve_media

    try:
        serve_media(host, port, key, secret, announce)
    except CannotListen as error:
        raise _fail(str(error)) from None
    except ServerFailed as error:
        raise _fail(str(error), code=1) from None


@app.command(epilog=_examples("mcmeet openapi > openapi.json"))
def openapi() -> None:
    """Prints the OpenAPI document, the socket's shapes among its components."""
    import json

    from mcmeet.openapi import document

    typer.echo(json.dumps(document(), ensure_ascii=False, indent=1, sort_keys=True))


@contextmanager
def _beside_the_server() -> Iterator[None]:
    """What keeps a command from its work is one sentence."""
    from mcmeet.core.config import ConfigError
    from mcmeet.core.errors import McmeetError
    from mcmeet.core.secrets import SecretsError
    from mcmeet.serve import NotReady

    try:
        yield
    except (ConfigError, SecretsError, NotReady, McmeetError) as error:
        raise _fail(str(error)) from None


@admin.command(
    "create-meeting",
    epilog=_examples("mcmeet admin create-meeting --topic 全员大会 --data /var/lib/mcmeet"),
)
def create_meeting(
    data: DataOption = Path("data"),
    topic: Annotated[str, typer.Option(help="会议主题")] = "快速会议",
) -> None:
    """Makes a meeting that nobody's account owns; prints its link and a host link that works once."""
    from mcmeet.serve import operator

    with _beside_the_server():
        links = operator.create_meeting(data, topic)
    typer.echo(f"会议号 {links.number}\n入会密码 {links.passcode}")
    typer.echo(f"链接 {links.link}\n主持人链接（仅可使用一次） {links.host_link}")


jobs = typer.Typer(
    no_args_is_help=True,
    help="Work in the background that failed too often: look, let it be tried again, or forget it.",
    epilog=_examples(
        "mcmeet admin jobs list", "mcmeet admin jobs retry --all", "mcmeet admin jobs forget --kind mail.send"
    ),
)
admin.add_typer(jobs, name="jobs")

KindOption = Annotated[
    list[str] | None, typer.Option("--kind", help="Those of this kind; may be repeated.", show_default="any")
]
IdOption = Annotated[
    list[UUID] | None, typer.Option("--id", help="This one; may be repeated.", show_default="any")
]
AllOption = Annotated[bool, typer.Option("--all", help="All of them.")]


@jobs.command("list", epilog=_examples("mcmeet admin jobs list --kind mail.send --data /var/lib/mcmeet"))
def list_jobs(data: DataOption = Path("data"), kind: KindOption = None) -> None:
    """Lists dead jobs: when they died, after how many tries, of what, their kind and id.

    What a job was told is about people and is not shown. A dead job is kept for 30 days.
    """
    found = _dead(data, kind)
    for job in found:
        died = f"{job.finished_at:%Y-%m-%d %H:%M:%S}Z"
        typer.echo(f"{died}  {job.attempt:>2}×  {job.error}  {job.kind}  {job.id}")
    if not found:
        typer.echo("没有失败的任务。 No job is dead.", err=True)


@jobs.command(
    "retry",
    epilog=_examples(
        "mcmeet admin jobs retry --kind mail.send  # once the cause is mended",
        "mcmeet admin jobs retry --all",
    ),
)
def retry_jobs(
    data: DataOption = Path("data"),
    kind: KindOption = None,
    id_: IdOption = None,
    every: AllOption = False,
) -> None:
    """Lets dead jobs be tried again, from the first try on; the running server takes them up by itself.

    One whose work was promised anew meanwhile stays dead: the new one does it.
    """
    from mcmeet.serve import operator

    found = _chosen(data, kind, id_, every)
    with _beside_the_server():
        count = operator.retry_jobs(data, found)
    typer.echo(f"重新尝试 {count} 个任务。 To be tried again: {count} of {len(found)}.")


@jobs.command(
    "forget",
    epilog=_examples(
        "mcmeet admin jobs forget --kind mail.send  # asks first", "mcmeet admin jobs forget --all --yes"
    ),
)
def forget_jobs(
    data: DataOption = Path("data"),
    kind: KindOption = None,
    id_: IdOption = None,
    every: AllOption = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Deletes dead jobs, and what they were told, before their 30 days are over. Their work is never done."""
    from mcmeet.serve import operator

    found = _chosen(data, kind, id_, every)
    if found and not yes:
        typer.confirm(f"永久删除 {len(found)} 个任务？ Delete {len(found)} for good?", abort=True)
    with _beside_the_server():
        count = operator.forget_jobs(data, found)
    typer.echo(f"已删除 {count} 个任务。 Deleted: {count}.")


def _chosen(data: Path, kind: list[str] | None, id_: list[UUID] | None, every: bool) -> list[DeadJob]:
    if not (kind or id_ or every):
        raise _fail("Say which: --id, --kind or --all. `mcmeet admin jobs list` shows them.")
    return _dead(data, kind, id_)


def _dead(data: Path, kind: list[str] | None, id_: list[UUID] | None = None) -> list[DeadJob]:
    from mcmeet.serve import operator

    with _beside_the_server():
        return operator.dead_jobs(data, kind or (), id_ or ())


network_log = typer.Typer(
    no_args_is_help=True,
    help="The log that the law wants kept for six months: read it for a reason, or verify it.",
    epilog=_examples("mcmeet admin network-log verify"),
)
admin.add_typer(network_log, name="network-log")

TIMES: Final = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]


@network_log.command(
    "read",
    epilog=_examples(
        'mcmeet admin network-log read --reason "案号 2026-17" --since 2026-11-30',
        'mcmeet admin network-log read --reason "案号 2026-17" --since 2026-11-30 --unmask > lines.jsonl',
    ),
)
def read_network_log(
    reason: Annotated[str, typer.Option(help="Why; the log keeps it.")],
    since: Annotated[datetime, typer.Option(help="From this time on, in UTC.", formats=TIMES)],
    data: DataOption = Path("data"),
    until: Annotated[
        datetime | None,
        typer.Option(help="Before this time, in UTC.", formats=TIMES, show_default="now"),
    ] = None,
    unmask: Annotated[bool, typer.Option("--unmask", help="Whole addresses and ports.")] = False,
) -> None:
    """Prints lines of the network log, one JSON object each, with addresses cut to their network.

    That it was read, by which user of this machine and why, is a line of the log before anything is
    printed. The weeks are verified too.
    """
    import json

    from mcmeet.core.names import NameInvalid
    from mcmeet.privacy.network_log.reading import NotLogged, Span
    from mcmeet.serve import operator

    end = datetime.now(UTC) if until is None else until.replace(tzinfo=UTC)
    span = Span(since.replace(tzinfo=UTC), end)
    with _beside_the_server():
        try:
            lines, faults = operator.read_log(data, reason, span, unmask=unmask)
        except NameInvalid:
            raise _fail("--reason: say why in 1 to 200 visible characters on one line") from None
        except NotLogged:
            raise _fail("The log cannot be written, so nothing is shown: see to its disk", code=1) from None
    for line in lines:
        typer.echo(json.dumps(line, ensure_ascii=False, default=str))
    _tell(faults)


@network_log.command(
    "verify",
    epilog=_examples(
        "mcmeet admin network-log verify",
        "mcmeet admin network-log verify --checkpoints /mnt/worm/network-log-checkpoints",
    ),
)
def verify_network_log(
    data: DataOption = Path("data"),
    checkpoints: Annotated[
        Path | None,
        typer.Option(
            help="A copy of the checkpoints.",
            exists=True,
            file_okay=False,
            show_default="DATA/network-log-checkpoints",
        ),
    ] = None,
) -> None:
    """Verifies that no line of the network log was changed, added, moved or taken out.

    Ends with 1 and names the first bad line of each week otherwise. What the server itself may rewrite
    proves little against whoever owns the server: keep a copy of the checkpoints elsewhere.
    """
    from mcmeet.serve import operator

    with _beside_the_server():
        faults = operator.verify_log(data, checkpoints)
    _tell(faults)
    typer.echo("网络日志完好。 The network log is whole.", err=True)


def _tell(faults: list[Fault]) -> None:
    for fault in faults:
        line = "" if fault.line is None else f" line {fault.line}"
        typer.secho(f"{fault.period}{line}: {fault.what}", err=True, fg="red")
    if faults:
        raise typer.Exit(1)


def main() -> None:
    gc.set_threshold(NO_GARBAGE_BEFORE)
    app()


if __name__ == "__main__":
    main()
