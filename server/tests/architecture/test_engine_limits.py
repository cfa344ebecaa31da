"""docs/engine.md states the limits that the engine has."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
WRITTEN = {
    r"Duration::from_secs\((\d+)\)": "{} s",
    r"Duration::from_millis\((\d+)\)": "{} ms",
    r"(\d+) << 20": "{} MiB",
    r"(\d+)": "{:,}",
}


LIMITS = {
    "video ring": "producer:VIDEO_RING packets, about 2.5 MB; audio producer:AUDIO_RING",
    "replay to a late joiner": (
        "key frame ≤ key_frames:REPLAY_AGE and ≤ key_frames:REPLAY_PACKETS packets old, else the next one"
    ),
    "retransmissions to one client": (
        "router/forward:RESEND_LIMIT in router/forward:RESEND_WINDOW, of all its tracks together; "
        "each packet once in consumer:RESEND_INTERVAL"
    ),
    "SSRCs of one client in use": "srtp:MAX_STREAMS",
    "addresses of one client": "session:MAX_ADDRESSES, of session:MAX_ADDRESSES_SEEN in its life",
    "a client's silence": (
        "ice:CONSENT without a STUN check fails the transport; session:CONNECT_TIMEOUT to connect"
    ),
    "streams (TCP)": (
        "tcp:MAX_STREAMS, packets of framing:MAX_FRAME bytes; "
        "unproven ones tcp:UNPROVEN_PER_SOURCE a source, for tcp:PROVEN_WITHIN each; "
        "proven ones session:MAX_ADDRESSES a session, tcp:MAX_PROVEN in all: "
        "then the source that has most gives way"
    ),
    "SDP": (
        "sdp/parse:MAX_LENGTH; an offer to us sdp/parse:MAX_SECTIONS sections, "
        "an answer as many as we offered; sdp/parse:MAX_CODECS payload types each"
    ),
}
"""The constants by their files."""


def limit(file: str, name: str) -> str:
    """The constant's value as the page writes it: `Duration::from_secs(1)` is `1 s`."""
    source = (ROOT / "sfu" / "src" / f"{file}.rs").read_text()
    found = re.search(rf"^(?:pub )?const {name}: \w+ = (.+);$", source, re.MULTILINE)
    assert found, f"{file}: {name}"
    value = re.sub(r"(?<=\d)_(?=\d)", "", found[1])
    [text] = [
        words.format(int(match[1]))
        for pattern, words in WRITTEN.items()
        if (match := re.fullmatch(pattern, value))
    ]
    return text


def test_the_limits_on_the_page_are_those_of_the_engine() -> None:
    written = [
        f"| {what} | {re.sub(r'([a-z_/]+):([A-Z_]+)', lambda name: limit(name[1], name[2]), words)} |"
        for what, words in LIMITS.items()
    ]
    lines = (ROOT / "docs" / "engine.md").read_text().splitlines()
    first = lines.index("| what | limit |") + 2
    assert lines[first : first + len(written) + 1] == [*written, ""]
