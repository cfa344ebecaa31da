//! RTCP packets: the few that a forwarder reads and writes (RFC 3550 §6.4, RFC 4585 §6, RFC 5104 §4.3).
use crate::rtp::{read_u16, read_u32};

const VERSION: u8 = 2;
const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const TRANSPORT_FEEDBACK: u8 = 205;
const PAYLOAD_FEEDBACK: u8 = 206;
const NACK: u8 = 1;
const TRANSPORT_WIDE_FEEDBACK: u8 = 15;
const PICTURE_LOSS: u8 = 1;
const FULL_INTRA_REQUEST: u8 = 4;
/// Sender SSRC of our own feedback. We send no media under it.
pub const OUR_SSRC: u32 = 1;
/// A report holds at most 31 blocks: the count has five bits.
pub const MAX_REPORT_BLOCKS: usize = 31;
const SENDER_REPORT_LENGTH: usize = 28;
const FEEDBACK_HEADER_LENGTH: usize = 12;

/// RFC 5761 §4: RTCP types 192–223 are 64–95 where RTP has its payload type.
pub fn is_rtcp(packet: &[u8]) -> bool {
    packet.get(1).is_some_and(|second| (64..96).contains(&(second & 0x7F)))
}

#[derive(Debug, PartialEq, Eq)]
pub enum Packet<'a> {
    SenderReport { ssrc: u32, ntp: u64, rtp: u32 },
    Nack { media: u32, entries: NackEntries<'a> },
    PictureLoss { media: u32 },
    FullIntraRequest { media: Vec<u32> },
    Other,
}

/// The sequence numbers of a generic NACK: each entry names one packet and a bit mask of the 16 behind it.
#[derive(Debug, PartialEq, Eq, Clone)]
pub struct NackEntries<'a>(&'a [u8]);

impl NackEntries<'_> {
    pub fn sequences(&self) -> impl Iterator<Item = u16> + '_ {
        self.0.chunks_exact(4).flat_map(|entry| {
            let first = u16::from_be_bytes([entry[0], entry[1]]);
            let mask = u16::from_be_bytes([entry[2], entry[3]]);
            let behind =
                (0..16).filter(move |bit| mask >> bit & 1 == 1).map(move |bit| first.wrapping_add(bit + 1));
            std::iter::once(first).chain(behind)
        })
    }
}

/// The packets of a compound, in order; ends at the first that does not fit.
pub fn parse(compound: &[u8]) -> impl Iterator<Item = Packet<'_>> {
    let mut rest = compound;
    std::iter::from_fn(move || {
        let first = *rest.first()?;
        let length = (usize::from(read_u16(rest, 2)?) + 1) * 4;
        let packet = rest.get(..length).filter(|_| first >> 6 == VERSION)?;
        rest = &rest[length..];
        Some(parse_one(packet).unwrap_or(Packet::Other))
    })
}

fn parse_one(packet: &[u8]) -> Option<Packet<'_>> {
    let format = packet[0] & 0x1F;
    match (packet[1], format) {
        (SENDER_REPORT, _) if packet.len() >= SENDER_REPORT_LENGTH => Some(Packet::SenderReport {
            ssrc: read_u32(packet, 4)?,
            ntp: u64::from(read_u32(packet, 8)?) << 32 | u64::from(read_u32(packet, 12)?),
            rtp: read_u32(packet, 16)?,
        }),
        (TRANSPORT_FEEDBACK, NACK) => Some(Packet::Nack {
            media: read_u32(packet, 8)?,
            entries: NackEntries(&packet[FEEDBACK_HEADER_LENGTH..]),
        }),
        (PAYLOAD_FEEDBACK, PICTURE_LOSS) => Some(Packet::PictureLoss { media: read_u32(packet, 8)? }),
        (PAYLOAD_FEEDBACK, FULL_INTRA_REQUEST) => {
            let entries = packet.get(FEEDBACK_HEADER_LENGTH..)?.chunks_exact(8);
            Some(Packet::FullIntraRequest { media: entries.filter_map(|entry| read_u32(entry, 0)).collect() })
        }
        _ => Some(Packet::Other),
    }
}

fn feedback(kind: u8, format: u8, media: u32, body: &[u8]) -> Vec<u8> {
    let mut packet = Vec::with_capacity(FEEDBACK_HEADER_LENGTH + body.len());
    packet.extend_from_slice(&[VERSION << 6 | format, kind]);
    packet.extend_from_slice(&((2 + body.len() / 4) as u16).to_be_bytes());
    packet.extend_from_slice(&OUR_SSRC.to_be_bytes());
    packet.extend_from_slice(&media.to_be_bytes());
    packet.extend_from_slice(body);
    packet
}

pub fn picture_loss(media: u32) -> Vec<u8> {
    feedback(PAYLOAD_FEEDBACK, PICTURE_LOSS, media, &[])
}

/// `sequences` in rising order.
pub fn nack(media: u32, sequences: &[u16]) -> Vec<u8> {
    let mut body = Vec::new();
    let mut rest = sequences.iter().copied().peekable();
    while let Some(first) = rest.next() {
        let mut mask = 0u16;
        while let Some(bit) =
            rest.peek().map(|next| next.wrapping_sub(first)).filter(|bit| (1..=16).contains(bit))
        {
            mask |= 1 << (bit - 1);
            rest.next();
        }
        body.extend_from_slice(&first.to_be_bytes());
        body.extend_from_slice(&mask.to_be_bytes());
    }
    feedback(TRANSPORT_FEEDBACK, NACK, media, &body)
}

/// A transport-wide feedback message; pads `body` to a multiple of four.
pub fn transport_wide(media: u32, mut body: Vec<u8>) -> Vec<u8> {
    let padding = body.len().wrapping_neg() % 4;
    body.resize(body.len() + padding, 0);
    if padding > 0 {
        *body.last_mut().expect("padded") = padding as u8;
    }
    let mut packet = feedback(TRANSPORT_FEEDBACK, TRANSPORT_WIDE_FEEDBACK, media, &body);
    if padding > 0 {
        packet[0] |= 0x20;
    }
    packet
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SenderReport {
    pub ssrc: u32,
    /// 64-bit NTP time stamp.
    pub ntp: u64,
    /// The same moment on the RTP clock.
    pub rtp: u32,
    pub packets: u32,
    pub bytes: u32,
}

impl SenderReport {
    pub fn write(&self) -> Vec<u8> {
        let mut packet = vec![VERSION << 6, SENDER_REPORT, 0, 6];
        packet.extend_from_slice(&self.ssrc.to_be_bytes());
        packet.extend_from_slice(&self.ntp.to_be_bytes());
        for word in [self.rtp, self.packets, self.bytes] {
            packet.extend_from_slice(&word.to_be_bytes());
        }
        packet
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportBlock {
    pub ssrc: u32,
    /// Lost of those expected since the last report, in 1/256.
    pub fraction_lost: u8,
    /// 24 bits on the wire.
    pub lost: u32,
    pub highest_sequence: u32,
    pub jitter: u32,
    /// Middle 32 bits of the last sender report's NTP time, 0 before the first.
    pub last_sender_report: u32,
    /// Since that report, in 1/65,536 s.
    pub delay: u32,
}

/// One receiver report; `blocks` are at most [`MAX_REPORT_BLOCKS`].
pub fn receiver_report(blocks: &[ReportBlock]) -> Vec<u8> {
    let mut packet = vec![VERSION << 6 | blocks.len() as u8, RECEIVER_REPORT];
    packet.extend_from_slice(&((1 + blocks.len() * 6) as u16).to_be_bytes());
    packet.extend_from_slice(&OUR_SSRC.to_be_bytes());
    for block in blocks {
        let losses = u32::from(block.fraction_lost) << 24 | block.lost.min(0x7F_FFFF);
        let words =
            [block.ssrc, losses, block.highest_sequence, block.jitter, block.last_sender_report, block.delay];
        for word in words {
            packet.extend_from_slice(&word.to_be_bytes());
        }
    }
    packet
}
