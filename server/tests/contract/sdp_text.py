"""As much SDP as signalling tests need: sections with mid, kind, direction and msid. Media is not in it."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Section:
    """One m-line. `stream` and `track` are the two parts of `a=msid`, empty without one."""

    mid: str
    kind: str
    direction: str = "sendrecv"
    stream: str = ""
    track: str = ""

    @property
    def sending(self) -> bool:
        return self.kind != "application" and self.direction in ("sendonly", "sendrecv")


def write(sections: list[Section]) -> str:
    lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0"]
    for section in sections:
        lines += [f"m={section.kind} 9 UDP/TLS/RTP/SAVPF 0", f"a=mid:{section.mid}", f"a={section.direction}"]
        if section.stream:
            lines.append(f"a=msid:{section.stream} {section.track}")
    return "\r\n".join(lines) + "\r\n"


def read(sdp: str) -> list[Section]:
    """ValueError on anything that is not SDP."""
    head, *parts = re.split(r"^m=", sdp, flags=re.MULTILINE)
    if not head.startswith("v=0"):
        raise ValueError("not an SDP")
    return [_read_section(part) for part in parts]


def _read_section(part: str) -> Section:
    mid = re.search(r"^a=mid:(\S+)", part, re.MULTILINE)
    direction = re.search(r"^a=(sendrecv|sendonly|recvonly|inactive)", part, re.MULTILINE)
    msid = re.search(r"^a=msid:(\S+) (\S+)", part, re.MULTILINE)
    stream, track = msid.groups() if msid else ("", "")
    return Section(
        mid.group(1) if mid else "",
        part.split(" ", 1)[0],
        direction.group(1) if direction else "sendrecv",
        stream,
        track,
    )
