//! What a client sends of one track: its packets in order of the ring, its losses, its key frames.
use crate::ids::{ConsumerId, TransportId};
use crate::key_frames::KeyFrames;
use crate::nack::NackList;
use crate::reception::{Reception, SenderClock};
use crate::ring::Ring;
use crate::rtp::{Header, MediaKind, extend_sequence, read_u16};
use crate::vp8::Descriptor;
use std::time::Instant;

/// 2,048 packets are about 4 s of 720p and at most 2.5 MB.
const VIDEO_RING: usize = 2_048;
const AUDIO_RING: usize = 64;
/// Sequence numbers are extended from here: a reordered start must not fall below 0.
const FIRST_CYCLE: u64 = 1 << 16;
/// Longer than anything that fits an Ethernet frame.
pub const MAX_PAYLOAD: usize = 1_480;
/// RFC 4588 §4: a retransmission begins with the original sequence number.
const ORIGINAL_SEQUENCE: usize = 2;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProducerParameters {
    pub kind: MediaKind,
    pub mid: String,
    /// The one layer that we take from a client that offers several.
    pub rid: Option<String>,
    pub ssrc: Option<u32>,
    pub rtx_ssrc: Option<u32>,
    pub payload_type: u8,
    pub rtx_payload_type: Option<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamRole {
    Media,
    Repair,
    /// Ours, but of no use: probes of a layer that was not taken.
    Ignored,
}

#[derive(Debug, Default)]
pub struct ProducerCounters {
    pub bytes: u64,
    pub nacks_sent: u64,
    pub plis_sent: u64,
    pub rtx_received: u64,
    pub key_frames: u64,
    pub size: (u16, u16),
}

/// A packet of the ring that is to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pending {
    pub sequence: u64,
    /// Bytes of RTP padding.
    pub padding: u8,
}

#[derive(Debug)]
pub struct Producer {
    pub transport: TransportId,
    pub parameters: ProducerParameters,
    pub consumers: Vec<(ConsumerId, TransportId)>,
    pub ring: Ring,
    /// Packets that no consumer has been given yet, in order of arrival.
    pub pending: Vec<Pending>,
    pub nacks: NackList,
    pub sender_clock: Option<SenderClock>,
    pub counters: ProducerCounters,
    pub reception: Reception,
    /// Rises when another SSRC takes over: time and numbers do not go on.
    pub epoch: u32,
    ssrc: Option<u32>,
    highest: Option<u64>,
    /// What extended numbers of this SSRC begin with, for reports.
    cycle_origin: u64,
    /// The next packet follows a pause: what is skipped is not lost.
    resuming: bool,
    /// Older packets are of before the end of the last pause, or may be.
    floor: u64,
    paused: bool,
    key_frames: KeyFrames,
}

impl Producer {
    pub fn new(transport: TransportId, parameters: ProducerParameters) -> Producer {
        let capacity = if parameters.kind == MediaKind::Video { VIDEO_RING } else { AUDIO_RING };
        Producer {
            transport,
            ssrc: parameters.ssrc,
            parameters,
            consumers: Vec::new(),
            ring: Ring::new(capacity),
            pending: Vec::new(),
            nacks: NackList::default(),
            sender_clock: None,
            counters: ProducerCounters::default(),
            reception: Reception::default(),
            epoch: 0,
            highest: None,
            cycle_origin: FIRST_CYCLE,
            resuming: false,
            floor: 0,
            paused: false,
            key_frames: KeyFrames::default(),
        }
    }

    pub fn kind(&self) -> MediaKind {
        self.parameters.kind
    }

    pub fn is_paused(&self) -> bool {
        self.paused
    }

    pub fn ssrc(&self) -> Option<u32> {
        self.ssrc
    }

    pub fn highest(&self) -> Option<u64> {
        self.highest
    }

    /// Payload bytes of each pending packet.
    pub fn pending_lengths(&self) -> impl Iterator<Item = usize> + '_ {
        self.pending.iter().map(|pending| self.length(pending.sequence))
    }

    fn length(&self, sequence: u64) -> usize {
        self.ring.get(sequence).map_or(0, |packet| packet.payload.len())
    }

    /// Gives each pending packet the padding for its payload's length; RTP counts it in one byte.
    pub fn pad_pending(&mut self, padding: impl Fn(usize) -> usize) {
        for at in 0..self.pending.len() {
            let length = self.length(self.pending[at].sequence);
            self.pending[at].padding = u8::try_from(padding(length)).unwrap_or(0);
        }
    }

    /// What a packet of this payload type on a newly seen SSRC is to us.
    pub fn role(&self, payload_type: u8, rid: Option<&[u8]>) -> Option<StreamRole> {
        let role = if payload_type == self.parameters.payload_type {
            StreamRole::Media
        } else if Some(payload_type) == self.parameters.rtx_payload_type {
            StreamRole::Repair
        } else {
            return None;
        };
        let taken = self.parameters.rid.as_deref().map(str::as_bytes);
        let other_layer = rid.is_some() && taken.is_some() && rid != taken;
        Some(if other_layer { StreamRole::Ignored } else { role })
    }

    /// Media now comes under this SSRC. True when it took over from another: nothing is pending any more, and
    /// whoever receives this track has to begin again at a key frame.
    pub fn bind(&mut self, ssrc: u32) -> bool {
        if self.ssrc == Some(ssrc) || self.ssrc.replace(ssrc).is_none() {
            return false;
        }
        let Some(highest) = self.highest.take() else { return false };
        self.epoch += 1;
        self.sender_clock = None;
        self.reception.begin_ssrc();
        self.cycle_origin = ((highest >> 16) + 2) << 16;
        self.forget_stream();
        if !self.consumers.is_empty() {
            self.want_key_frame();
        }
        true
    }

    /// Nothing of what was received goes on: the next packet begins anew, and so do requests for key frames.
    fn forget_stream(&mut self) {
        self.nacks.clear();
        self.pending.clear();
        self.resuming = true;
        self.key_frames = KeyFrames::default();
    }

    /// True when this changed anything. What was sent during a pause, or before it, goes to nobody after it.
    pub fn set_paused(&mut self, paused: bool) -> bool {
        if self.paused == paused {
            return false;
        }
        self.paused = paused;
        self.forget_stream();
        if let Some(highest) = self.highest {
            self.floor = highest + 1;
        }
        true
    }

    /// Takes a decrypted packet; true when it is new and waits in `pending`.
    pub fn receive(&mut self, header: &Header, payload: &[u8], role: StreamRole, arrival: Arrival) -> bool {
        if role == StreamRole::Ignored || payload.len() > MAX_PAYLOAD {
            return false;
        }
        if self.paused {
            self.follow(header, role);
            return false;
        }
        let (sequence, payload) = match role {
            StreamRole::Repair => {
                // It repeats what came before, so it begins no stream; without a payload it is a bandwidth probe.
                let begun = self.highest.is_some() && !self.resuming;
                let Some(original) = read_u16(payload, 0).filter(|_| begun) else { return false };
                self.counters.rtx_received += 1;
                (original, &payload[ORIGINAL_SEQUENCE..])
            }
            _ if header.payload_type != self.parameters.payload_type => return false,
            _ => (header.sequence, payload),
        };
        let Some(sequence) = self.place(sequence, arrival.now) else { return false };
        self.counters.bytes += payload.len() as u64;
        if role == StreamRole::Media {
            self.reception.packets += 1;
            self.reception.measure_jitter(arrival.seconds, header.timestamp, self.kind().clock_rate());
        } else {
            self.reception.repaired += 1;
        }
        self.store(sequence, header, payload, arrival.now);
        self.pending.push(Pending { sequence, padding: 0 });
        true
    }

    /// Numbers go on while paused; a long pause must not look like a step back.
    fn follow(&mut self, header: &Header, role: StreamRole) {
        if role == StreamRole::Media && header.payload_type == self.parameters.payload_type {
            let highest = self.highest.unwrap_or(self.cycle_origin + u64::from(header.sequence));
            let extended = extend_sequence(highest, header.sequence).unwrap_or(highest);
            self.highest = Some(extended.max(highest));
        }
    }

    /// The extended number of a packet that is neither old nor a duplicate; notes the gap before it.
    fn place(&mut self, sequence: u16, now: Instant) -> Option<u64> {
        let Some(highest) = self.highest else {
            let first = self.cycle_origin + u64::from(sequence);
            self.highest = Some(first);
            self.reception.expected += 1;
            self.resuming = false;
            return Some(first);
        };
        let extended = extend_sequence(highest, sequence)?;
        let too_old = extended < self.floor || extended + self.ring.capacity() <= highest;
        if too_old || self.ring.get(extended).is_some() {
            return None;
        }
        if std::mem::take(&mut self.resuming) {
            self.floor = extended;
            self.reception.expected += 1;
            self.highest = Some(extended);
        } else if extended > highest {
            self.reception.expected += extended - highest;
            self.note_gap(highest + 1, extended, now);
            self.highest = Some(extended);
        } else {
            self.nacks.received(extended);
        }
        Some(extended)
    }

    fn note_gap(&mut self, from: u64, to: u64, now: Instant) {
        if self.kind() == MediaKind::Video && from < to {
            self.nacks.add_gap(from, to, now);
            self.mend_by_key_frame();
        }
    }

    /// What to ask the publisher for again.
    pub fn due_nacks(&mut self, now: Instant) -> Vec<u16> {
        let due = self.highest.map_or(Vec::new(), |highest| self.nacks.due(highest, now));
        self.mend_by_key_frame();
        due
    }

    /// Pictures behind a packet that will not come show only from the next key frame on.
    fn mend_by_key_frame(&mut self) {
        let Some(lost) = self.nacks.take_given_up() else { return };
        if !self.key_frames.begins_after(lost) && !self.consumers.is_empty() {
            self.want_key_frame();
        }
    }

    fn store(&mut self, sequence: u64, header: &Header, payload: &[u8], now: Instant) {
        let mut descriptor = Descriptor::default();
        let mut starts_key_frame = false;
        if self.kind() == MediaKind::Video {
            descriptor = Descriptor::parse(payload).unwrap_or_default();
            if let Some(size) = descriptor.key_frame(payload) {
                starts_key_frame = true;
                self.counters.key_frames += 1;
                self.counters.size = size;
                self.key_frames.begin(sequence, header.timestamp, now);
            } else {
                self.key_frames.go_on(sequence, header.timestamp);
            }
        }
        let slot = self.ring.slot_mut(sequence);
        slot.sequence = sequence;
        slot.timestamp = header.timestamp;
        slot.marker = header.marker;
        slot.descriptor = descriptor;
        slot.starts_key_frame = starts_key_frame;
        slot.payload.clear();
        slot.payload.extend_from_slice(payload);
    }

    /// Where a late joiner may begin, if the ring still holds it; `after`: what it was last given.
    pub fn replay_start(&self, after: Option<u64>, now: Instant) -> Option<u64> {
        let start = self.key_frames.replay_start(after, self.highest, now)?;
        self.ring.get(start).map(|_| start)
    }

    /// Whether a newcomer, who has to answer an offer first, will still be in time for a replay: half of its limits are
    /// left.
    pub fn will_replay(&self, now: Instant) -> bool {
        self.key_frames.will_replay(self.highest, now)
    }

    pub fn want_key_frame(&mut self) {
        if self.has_pictures() {
            self.key_frames.want();
        }
    }

    /// As [`Self::want_key_frame`], for a receiver that has been given nothing yet.
    pub fn hurry_key_frame(&mut self) {
        if self.has_pictures() {
            self.key_frames.hurry();
        }
    }

    fn has_pictures(&self) -> bool {
        self.kind() == MediaKind::Video && !self.paused
    }

    /// The SSRC to ask for a key frame now, if one is wanted and the last request is not too near.
    pub fn poll_key_frame_request(&mut self, now: Instant) -> Option<u32> {
        let ssrc = self.ssrc.filter(|_| !self.paused && self.key_frames.is_due(now))?;
        self.key_frames.note_request(now);
        self.counters.plis_sent += 1;
        Some(ssrc)
    }

    pub fn has_losses(&self) -> bool {
        !self.nacks.is_empty()
    }

    pub fn wants_key_frame(&self) -> bool {
        self.key_frames.is_wanted()
    }

    /// Highest sequence number with its cycles as reports give it.
    pub fn reported_sequence(&self) -> u32 {
        self.highest.map_or(0, |highest| highest.wrapping_sub(self.cycle_origin & !0xFFFF) as u32)
    }
}

/// When a packet arrived, on both scales.
#[derive(Clone, Copy, Debug)]
pub struct Arrival {
    pub now: Instant,
    /// Since the worker started.
    pub seconds: f64,
}
