//! What one client receives of one track: a stream of its own with gapless numbers.
use crate::ids::{ProducerId, TransportId};
use crate::ring::Packet;
use crate::rtcp::SenderReport;
use crate::rtp::{HEADER_LENGTH, MediaKind, OutgoingHeader, extend_sequence};
use crate::vp8::add_picture_id;
use std::time::{Duration, Instant};

/// A packet is not sent again within this: the first retransmission is still on its way.
const RESEND_INTERVAL: Duration = Duration::from_millis(20);
const RESEND_MEMORY: usize = 256;
/// RFC 4588 §4.
const ORIGINAL_SEQUENCE: usize = 2;
/// First index: far enough from 0 for reordering, below 2^15 as RFC 3711 §3.3.1 wishes.
const FIRST_INDEX_MASK: u32 = 0x3FFF;
const FIRST_INDEX_MINIMUM: u64 = 64;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerParameters {
    pub kind: MediaKind,
    pub ssrc: u32,
    pub payload_type: u8,
    /// SSRC and payload type of retransmissions.
    pub rtx: Option<(u32, u8)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// For a packet to begin with; video begins at a key frame only.
    Waiting,
    /// Served from the ring, up to but not including this number.
    Replaying {
        next: u64,
    },
    Live,
}

#[derive(Debug, Default)]
pub struct ConsumerCounters {
    pub packets: u64,
    pub bytes: u64,
    pub nacks_received: u64,
    pub plis_received: u64,
    pub rtx_sent: u64,
}

/// Maps the producer's numbers to ours: offsets that change only where the stream begins anew.
#[derive(Debug)]
pub struct Rewriter {
    /// Ours minus the producer's.
    offset: i64,
    /// First index under this offset; older ones cannot be mapped back.
    base: u64,
    timestamp_offset: u32,
    picture_id_offset: u16,
    tl0_offset: u8,
    epoch: u32,
    last: Option<LastSent>,
}

/// The newest packet sent, in our numbers.
#[derive(Clone, Copy, Debug)]
struct LastSent {
    index: u64,
    source: u64,
    timestamp: u32,
    at: Instant,
    picture_id: u16,
    tl0_picture_index: u8,
}

impl Rewriter {
    fn new(first: u64) -> Rewriter {
        Rewriter {
            offset: 0,
            base: first,
            timestamp_offset: 0,
            picture_id_offset: 0,
            tl0_offset: 0,
            epoch: 0,
            last: None,
        }
    }

    /// `packet` is the next to be sent, whatever was sent before it: numbers, picture ids and, after a change of
    /// the SSRC, time go on where they stopped.
    pub fn begin(&mut self, packet: &Packet, epoch: u32, clock_rate: u32, now: Instant) {
        let next = self.last.map_or(self.base, |last| last.index + 1);
        self.base = next;
        self.offset = next as i64 - packet.sequence as i64;
        let Some(last) = self.last else {
            self.epoch = epoch;
            return;
        };
        if self.epoch != epoch {
            let elapsed = now.saturating_duration_since(last.at).as_secs_f64() * f64::from(clock_rate);
            let timestamp = last.timestamp.wrapping_add((elapsed as u64 as u32).max(1));
            self.timestamp_offset = timestamp.wrapping_sub(packet.timestamp);
            self.epoch = epoch;
        }
        if let Some(picture_id) = packet.descriptor.read_picture_id(&packet.payload) {
            self.picture_id_offset = add_picture_id(last.picture_id, 1).wrapping_sub(picture_id) & 0x7FFF;
        }
        if let Some(tl0) = packet.descriptor.read_tl0_picture_index(&packet.payload) {
            self.tl0_offset = last.tl0_picture_index.wrapping_add(1).wrapping_sub(tl0);
        }
    }

    /// `None` when the packet is older than where this stream began.
    pub fn index(&self, source: u64) -> Option<u64> {
        source.checked_add_signed(self.offset).filter(|index| *index >= self.base)
    }

    /// The producer's number of what we sent under this sequence number.
    fn source(&self, sequence: u16) -> Option<u64> {
        let index = extend_sequence(self.last?.index, sequence).filter(|index| *index >= self.base)?;
        index.checked_add_signed(-self.offset)
    }

    pub fn timestamp(&self, timestamp: u32) -> u32 {
        timestamp.wrapping_add(self.timestamp_offset)
    }

    /// Writes the payload with its picture ids rewritten; returns picture id and TL0PICIDX as sent.
    fn write_payload(&self, packet: &Packet, target: &mut [u8]) -> (u16, u8) {
        target.copy_from_slice(&packet.payload);
        let descriptor = &packet.descriptor;
        let picture_id =
            descriptor.read_picture_id(target).map(|id| add_picture_id(id, self.picture_id_offset));
        let tl0 = descriptor.read_tl0_picture_index(target).map(|index| index.wrapping_add(self.tl0_offset));
        if let Some(picture_id) = picture_id {
            descriptor.write_picture_id(target, picture_id);
        }
        if let Some(tl0) = tl0 {
            descriptor.write_tl0_picture_index(target, tl0);
        }
        (picture_id.unwrap_or(0), tl0.unwrap_or(0))
    }

    fn record(&mut self, sent: LastSent) {
        if self.last.is_none_or(|last| sent.index > last.index) {
            self.last = Some(sent);
        }
    }
}

/// A packet written into a buffer, to be sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    pub length: usize,
    pub ssrc: u32,
    pub index: u64,
}

#[derive(Debug)]
pub struct Consumer {
    pub transport: TransportId,
    pub producer: ProducerId,
    pub parameters: ConsumerParameters,
    pub progress: Progress,
    /// An answer has accepted the section: before it the client could not tell what the packets are.
    pub negotiated: bool,
    pub paused: bool,
    pub counters: ConsumerCounters,
    pub rewriter: Rewriter,
    rtx_index: u64,
    resent: Vec<Option<(u16, Instant)>>,
}

impl Consumer {
    pub fn new(transport: TransportId, producer: ProducerId, parameters: ConsumerParameters) -> Consumer {
        let first = u64::from(parameters.ssrc & FIRST_INDEX_MASK) + FIRST_INDEX_MINIMUM;
        Consumer {
            transport,
            producer,
            rewriter: Rewriter::new(first),
            rtx_index: first,
            parameters,
            progress: Progress::Waiting,
            negotiated: false,
            paused: false,
            counters: ConsumerCounters::default(),
            resent: Vec::new(),
        }
    }

    pub fn is_open(&self) -> bool {
        self.negotiated && !self.paused
    }

    /// Whether it has been given anything.
    pub fn has_begun(&self) -> bool {
        self.rewriter.last.is_some()
    }

    /// The producer's number of the newest packet sent, unless another SSRC has taken over.
    pub fn last_source(&self, epoch: u32) -> Option<u64> {
        self.rewriter.last.filter(|_| self.rewriter.epoch == epoch).map(|last| last.source)
    }

    /// Whether its numbers and its time are those of the producer's SSRC of now.
    pub fn is_of_epoch(&self, epoch: u32) -> bool {
        self.rewriter.last.is_none() || self.rewriter.epoch == epoch
    }

    /// The publisher's clock in the time of this stream; none while that is of an SSRC that another has replaced.
    pub fn sender_report(&self, (ntp, rtp): (u64, u32), epoch: u32) -> Option<SenderReport> {
        self.is_of_epoch(epoch).then(|| SenderReport {
            ssrc: self.parameters.ssrc,
            ntp,
            rtp: self.rewriter.timestamp(rtp),
            packets: self.counters.packets as u32,
            bytes: self.counters.bytes as u32,
        })
    }

    pub fn begin(&mut self, packet: &Packet, epoch: u32, now: Instant) {
        self.rewriter.begin(packet, epoch, self.parameters.kind.clock_rate(), now);
    }

    /// Writes the packet and `padding` bytes into `buffer`; `None` when it lies before where the stream began.
    pub fn write(
        &mut self,
        packet: &Packet,
        padding: usize,
        buffer: &mut [u8],
        now: Instant,
    ) -> Option<Written> {
        let index = self.rewriter.index(packet.sequence)?;
        let timestamp = self.rewriter.timestamp(packet.timestamp);
        let header = OutgoingHeader {
            payload_type: self.parameters.payload_type,
            marker: packet.marker,
            padded: padding > 0,
            sequence: index as u16,
            timestamp,
            ssrc: self.parameters.ssrc,
        };
        header.write(buffer);
        let end = HEADER_LENGTH + packet.payload.len();
        let (picture_id, tl0_picture_index) =
            self.rewriter.write_payload(packet, &mut buffer[HEADER_LENGTH..end]);
        let length = end + padding;
        if padding > 0 {
            buffer[end..length].fill(0);
            buffer[length - 1] = padding as u8;
        }
        let source = packet.sequence;
        self.rewriter.record(LastSent { index, source, timestamp, at: now, picture_id, tl0_picture_index });
        self.counters.packets += 1;
        self.counters.bytes += packet.payload.len() as u64;
        Some(Written { length, ssrc: self.parameters.ssrc, index })
    }

    /// The producer's number to send again for a NACK; `None` when it was sent again just now or is too old.
    pub fn resend_source(&mut self, sequence: u16, now: Instant) -> Option<u64> {
        let source = self.rewriter.source(sequence)?;
        self.parameters.rtx?;
        self.resent.resize(RESEND_MEMORY, None);
        let slot = &mut self.resent[usize::from(sequence) % RESEND_MEMORY];
        let recent = |at: Instant| now.saturating_duration_since(at) < RESEND_INTERVAL;
        if slot.is_some_and(|(last, at)| last == sequence && recent(at)) {
            return None;
        }
        *slot = Some((sequence, now));
        Some(source)
    }

    /// Writes a retransmission (RFC 4588 §4): a stream of its own whose payload begins with the original number.
    pub fn write_resend(&mut self, packet: &Packet, buffer: &mut [u8]) -> Option<Written> {
        let (ssrc, payload_type) = self.parameters.rtx?;
        let original = self.rewriter.index(packet.sequence)?;
        self.rtx_index += 1;
        let header = OutgoingHeader {
            payload_type,
            marker: packet.marker,
            padded: false,
            sequence: self.rtx_index as u16,
            timestamp: self.rewriter.timestamp(packet.timestamp),
            ssrc,
        };
        header.write(buffer);
        let start = HEADER_LENGTH + ORIGINAL_SEQUENCE;
        buffer[HEADER_LENGTH..start].copy_from_slice(&(original as u16).to_be_bytes());
        let length = start + packet.payload.len();
        self.rewriter.write_payload(packet, &mut buffer[start..length]);
        self.counters.rtx_sent += 1;
        Some(Written { length, ssrc, index: self.rtx_index })
    }
}
