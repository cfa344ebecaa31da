"""/rtc: data packets reach those they are for, under their sender's true name, and nobody else."""

import random
from typing import Any

import pytest
from livekit.protocol import models

from mcmeet.media.embedded.engine import Entry
from mcmeet.media.port import Rights
from tests.contract.harness import ROOM, Rtc
from tests.contract.scripted_client import ScriptedClient

pytestmark = pytest.mark.anyio

Kind = models.DataPacket.Kind
SECRET = b"the salary of Emma"


def user_packet(**more: Any) -> models.DataPacket:
    return models.DataPacket(user=models.UserPacket(payload=SECRET, topic="t"), **more)


async def say(rtc: Rtc, sender: ScriptedClient, payload: bytes, *, reliable: bool = True) -> None:
    """As if it had come over the sender's data channel."""
    transport = entry_of(rtc, sender).participant.publisher.transport
    rtc.sfu.emit("data", transport, reliable, payload)
    await rtc.settle()


def entry_of(rtc: Rtc, client: ScriptedClient) -> Entry:
    entries = rtc.engine._entries.values()
    return next(entry for entry in entries if entry.participant.sid == client.sid)


def arrived(rtc: Rtc) -> list[tuple[str, bool, models.DataPacket]]:
    """Receiver, reliable, packet."""
    identities = {transport: entry.participant.identity for transport, entry in rtc.engine._entries.items()}
    return [
        (identities[transport], reliable, models.DataPacket.FromString(payload))
        for transport, reliable, payload in rtc.sfu.sent_data
    ]


@pytest.mark.parametrize("reliable", [True, False])
async def test_a_packet_reaches_everybody_but_its_sender(rtc: Rtc, reliable: bool) -> None:
    lin, _, _ = await rtc.join("lin"), await rtc.join("zhou"), await rtc.join("emma")
    await say(rtc, lin, user_packet(sequence=7).SerializeToString(), reliable=reliable)
    assert sorted(to for to, _, _ in arrived(rtc)) == ["emma", "zhou"]
    for _, as_reliable, packet in arrived(rtc):
        assert as_reliable is reliable
        assert packet.kind == (Kind.RELIABLE if reliable else Kind.LOSSY)
        assert packet.user.payload == SECRET
        assert packet.sequence == 7


async def test_a_forged_sender_is_overwritten(rtc: Rtc) -> None:
    lin, zhou = await rtc.join("lin"), await rtc.join("zhou")
    forged = user_packet(participant_sid=zhou.sid, participant_identity="zhou")
    forged.user.participant_sid, forged.user.participant_identity = zhou.sid, "zhou"
    await say(rtc, lin, forged.SerializeToString())
    [(_, _, packet)] = arrived(rtc)
    assert (packet.participant_sid, packet.participant_identity) == (lin.sid, "lin")
    assert (packet.user.participant_sid, packet.user.participant_identity) == (lin.sid, "lin")


@pytest.mark.parametrize("where", ["packet", "user"])
async def test_a_packet_for_one_person_reaches_that_person_alone(rtc: Rtc, where: str) -> None:
    lin, _, _ = await rtc.join("lin"), await rtc.join("zhou"), await rtc.join("emma")
    packet = user_packet()
    named = packet if where == "packet" else packet.user
    named.destination_identities.extend(["emma", "nobody here"])
    await say(rtc, lin, packet.SerializeToString())
    assert [to for to, _, _ in arrived(rtc)] == ["emma"]


async def test_a_packet_for_nobody_here_reaches_nobody(rtc: Rtc) -> None:
    lin, _ = await rtc.join("lin"), await rtc.join("zhou")
    await say(rtc, lin, user_packet(destination_identities=["gone"]).SerializeToString())
    assert arrived(rtc) == []


async def test_streams_and_calls_pass_as_they_are(rtc: Rtc) -> None:
    lin, _ = await rtc.join("lin"), await rtc.join("zhou")
    chunk = models.DataStream.Chunk(stream_id="s", chunk_index=3, content=SECRET)
    await say(rtc, lin, models.DataPacket(stream_chunk=chunk).SerializeToString())
    [(_, _, packet)] = arrived(rtc)
    assert packet.stream_chunk == chunk


async def test_who_lacks_the_right_reaches_nobody_from_its_withdrawal_on(product_rtc: Rtc) -> None:
    rtc = product_rtc
    await rtc.engine.open(ROOM)
    lin = await rtc.connect((await rtc.engine.admit(ROOM, "lin", Rights())).token)
    await rtc.connect((await rtc.engine.admit(ROOM, "zhou", Rights())).token)
    await say(rtc, lin, user_packet().SerializeToString())
    await rtc.engine.set_rights(ROOM, "lin", Rights(data=False))
    await say(rtc, lin, user_packet().SerializeToString())
    assert len(arrived(rtc)) == 1


async def test_a_hidden_seat_hears_and_says_nothing(rtc: Rtc) -> None:
    recorder, lin = await rtc.join("recorder", hidden=True), await rtc.join("lin")
    await say(rtc, recorder, user_packet().SerializeToString())
    assert arrived(rtc) == []
    await say(rtc, lin, user_packet().SerializeToString())
    assert [to for to, _, _ in arrived(rtc)] == ["recorder"]


async def test_who_may_not_receive_gets_nothing(rtc: Rtc) -> None:
    lin, _ = await rtc.join("lin"), await rtc.join("zhou", Rights(subscribe=False))
    await say(rtc, lin, user_packet().SerializeToString())
    assert arrived(rtc) == []


async def test_nobody_says_who_speaks_but_the_server(rtc: Rtc) -> None:
    lin, zhou = await rtc.join("lin"), await rtc.join("zhou")
    speakers = models.ActiveSpeakerUpdate(speakers=[models.SpeakerInfo(sid=zhou.sid, level=1)])
    await say(rtc, lin, models.DataPacket(speaker=speakers).SerializeToString())
    assert arrived(rtc) == []


async def test_garbage_reaches_nobody_and_disturbs_nobody(rtc: Rtc) -> None:
    lin, _ = await rtc.join("lin"), await rtc.join("zhou")
    dice = random.Random(1)
    whole = user_packet(destination_identities=["zhou"]).SerializeToString()
    for _ in range(300):
        damaged = bytearray(whole)
        damaged[dice.randrange(len(whole))] = dice.randrange(256)
        rtc.sfu.emit("data", entry_of(rtc, lin).participant.publisher.transport, True, bytes(damaged))
        garbage = dice.randbytes(dice.randrange(100))
        rtc.sfu.emit("data", entry_of(rtc, lin).participant.publisher.transport, True, garbage)
    await rtc.settle()
    rtc.sfu.sent_data.clear()
    await say(rtc, lin, user_packet().SerializeToString())
    assert [to for to, _, _ in arrived(rtc)] == ["zhou"]


async def test_the_log_never_holds_what_a_packet_says(rtc: Rtc, capsys: pytest.CaptureFixture[str]) -> None:
    lin, _ = await rtc.join("lin"), await rtc.join("zhou")
    await say(rtc, lin, user_packet().SerializeToString())
    await say(rtc, lin, user_packet().SerializeToString()[:-1])
    written = "".join(capsys.readouterr())
    assert SECRET.decode() not in written
