//! RTP packets (RFC 3550 §5.1) and their header extensions (RFC 8285), as plain functions over bytes.

const VERSION: u8 = 2;
pub const HEADER_LENGTH: usize = 12;
const ONE_BYTE_PROFILE: u16 = 0xBEDE;
const TWO_BYTE_PROFILE: u16 = 0x1000;
const TWO_BYTE_PROFILE_MASK: u16 = 0xFFF0;
/// RFC 8285 §4.2: id 15 ends the processing of one-byte extensions.
const ONE_BYTE_STOP: u8 = 15;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MediaKind {
    Audio,
    Video,
}

impl MediaKind {
    /// Ticks of the RTP timestamp in one second: Opus (RFC 7587 §4.1), VP8 (RFC 7741 §4.1).
    pub fn clock_rate(self) -> u32 {
        match self {
            MediaKind::Audio => 48_000,
            MediaKind::Video => 90_000,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            MediaKind::Audio => "audio",
            MediaKind::Video => "video",
        }
    }
}

pub fn read_u16(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

pub fn read_u32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    pub payload_type: u8,
    pub marker: bool,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
    pub padded: bool,
    /// Where the payload begins: fixed header, CSRCs and extensions.
    pub length: usize,
    extensions: Extensions,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Extensions {
    start: usize,
    end: usize,
    two_byte: bool,
}

impl Header {
    pub fn parse(packet: &[u8]) -> Option<Header> {
        let first = *packet.first()?;
        if first >> 6 != VERSION || packet.len() < HEADER_LENGTH {
            return None;
        }
        let mut length = HEADER_LENGTH + usize::from(first & 0x0F) * 4;
        let mut extensions = Extensions::default();
        if first & 0x10 != 0 {
            let profile = read_u16(packet, length)?;
            let start = length + 4;
            length = start + usize::from(read_u16(packet, start - 2)?) * 4;
            let two_byte = profile & TWO_BYTE_PROFILE_MASK == TWO_BYTE_PROFILE;
            if two_byte || profile == ONE_BYTE_PROFILE {
                extensions = Extensions { start, end: length, two_byte };
            }
        }
        if packet.len() < length {
            return None;
        }
        Some(Header {
            payload_type: packet[1] & 0x7F,
            marker: packet[1] & 0x80 != 0,
            sequence: read_u16(packet, 2)?,
            timestamp: read_u32(packet, 4)?,
            ssrc: read_u32(packet, 8)?,
            padded: first & 0x20 != 0,
            length,
            extensions,
        })
    }

    /// The value of the extension with this id; 0 is none. `packet` holds at least the header that was parsed.
    pub fn extension<'a>(&self, packet: &'a [u8], id: u8) -> Option<&'a [u8]> {
        if id == 0 {
            return None;
        }
        let Extensions { mut start, end, two_byte } = self.extensions;
        let block = packet.get(..end)?;
        while start < end {
            let tag = block[start];
            if tag == 0 {
                start += 1;
                continue;
            }
            let (found, length, value) = if two_byte {
                (tag, usize::from(*block.get(start + 1)?), start + 2)
            } else {
                (tag >> 4, usize::from(tag & 0x0F) + 1, start + 1)
            };
            if !two_byte && found == ONE_BYTE_STOP {
                return None;
            }
            let bytes = block.get(value..value + length)?;
            if found == id {
                return Some(bytes);
            }
            start = value + length;
        }
        None
    }

    /// The payload without RTP padding; `None` when the padding count cannot be true.
    pub fn unpad<'a>(&self, payload: &'a [u8]) -> Option<&'a [u8]> {
        if !self.padded {
            return Some(payload);
        }
        let count = usize::from(*payload.last()?);
        if count == 0 {
            return None;
        }
        payload.get(..payload.len().checked_sub(count)?)
    }
}

/// What the forwarder writes: a header without CSRCs and extensions.
#[derive(Clone, Copy, Debug)]
pub struct OutgoingHeader {
    pub payload_type: u8,
    pub marker: bool,
    pub padded: bool,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
}

impl OutgoingHeader {
    /// Writes [`HEADER_LENGTH`] bytes to the start of `buffer`.
    pub fn write(&self, buffer: &mut [u8]) {
        buffer[0] = VERSION << 6 | if self.padded { 0x20 } else { 0 };
        buffer[1] = self.payload_type | if self.marker { 0x80 } else { 0 };
        buffer[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        buffer[4..8].copy_from_slice(&self.timestamp.to_be_bytes());
        buffer[8..12].copy_from_slice(&self.ssrc.to_be_bytes());
    }
}

/// The packet index nearest to `highest` whose low 16 bits are `sequence` (RFC 3711 §3.3.1).
/// `None` when it would lie before index 0.
pub fn extend_sequence(highest: u64, sequence: u16) -> Option<u64> {
    let distance = i64::from(sequence.wrapping_sub(highest as u16) as i16);
    highest.checked_add_signed(distance)
}
