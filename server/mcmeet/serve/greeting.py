"""What the terminal says when the server listens: where it is, and how a phone gets there."""

from __future__ import annotations

import io
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import segno
import typer

from mcmeet.core.config import CONFIG_FILE, Config, Mode

DEMO: Final = "演示模式：验证码显示在本终端。 Demo mode: codes appear in this terminal."
MEDIA_IS_LOCAL: Final = (
    "本机不在任何网络中，音视频只能在本机使用：联网后重新启动，或设置 media.announce。 "
    "This machine is in no network and audio and video reach it alone: connect it and start again, "
    "or set media.announce."
)
FEW_BYTES: Final = (
    "内核只给媒体端口 {given} 字节的接收缓冲，音视频突发时会丢包："
    "请执行 sysctl -w net.core.rmem_max={wanted}，再重新启动。 "
    "The kernel gives the media port {given} bytes for bursts, beyond which packets are lost: run "
    "sysctl -w net.core.rmem_max={wanted} and start again."
)
TRUST_FIRST: Final = "其他设备第一次使用，请先打开此页信任证书。 On another device, first open this page:"
NO_OPERATOR: Final = (
    "未填写运营者：隐私政策中的名称和联系方式为空。"
    "请在 {file} 的 [operator] 中填写 name、phone、email、address。 "
    "The privacy policy does not say who runs this system: fill in [operator] in {file}."
)
FINGERPRINT: Final = "证书的 SHA-256 指纹。 SHA-256 fingerprint of the certificate:"


@dataclass(frozen=True, slots=True)
class Trust:
    """How a device comes to trust our authority."""

    url: str
    fingerprint: str


def say(text: str, *, err: bool = False, fg: str | None = None) -> None:
    """A terminal may be a file, and its disk full: that stops no server."""
    with suppress(OSError):
        typer.secho(text, err=err, fg=fg)


def greet(config: Config, url: str, udp_port: int, trust: Trust | None) -> None:
    say(f"盟畅云会议 MCMeet: {url}  (media: UDP {udp_port})")
    if trust is not None:
        say(f"{TRUST_FIRST}\n  {trust.url}")
        say(f"{FINGERPRINT}\n  {trust.fingerprint}")
        if sys.stdout.isatty():  # a log keeps no pictures
            say(qr_code(trust.url))
    if config.mode is Mode.DEMO:
        say(DEMO)
    if not config.operator.is_complete:
        say(NO_OPERATOR.format(file=config.data / CONFIG_FILE), fg="yellow")


def say_of_buffer(given: int, wanted: int) -> None:
    """What the kernel gave of the receive buffer that the media port asked for."""
    if given < wanted:
        say(FEW_BYTES.format(given=given, wanted=wanted), fg="yellow")


def qr_code(text: str) -> str:
    """In half blocks, light on dark as terminals are; the quiet zone is drawn."""
    out = io.StringIO()
    segno.make(text, micro=False).terminal(out, border=2, compact=True)
    return out.getvalue()
