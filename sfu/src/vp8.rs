//! The VP8 payload descriptor (RFC 7741 §4.2) and the start of a key frame (§4.3).

/// 9.1 of RFC 6386: three bytes of frame tag, three of start code, four of size.
const KEY_FRAME_HEADER: usize = 10;
const START_CODE: [u8; 3] = [0x9D, 0x01, 0x2A];
const PICTURE_ID_MASK: u16 = 0x7FFF;

/// Where the fields that a forwarder rewrites are, as offsets into the payload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Descriptor {
    /// Only the 15-bit form: seven bits leave no room for an offset.
    pub picture_id: Option<usize>,
    pub tl0_picture_index: Option<usize>,
    /// First byte of the VP8 payload header or data.
    pub length: usize,
    starts_frame: bool,
}

impl Descriptor {
    pub fn parse(payload: &[u8]) -> Option<Descriptor> {
        let first = *payload.first()?;
        let mut descriptor = Descriptor {
            length: 1,
            starts_frame: first & 0x10 != 0 && first & 0x07 == 0,
            ..Descriptor::default()
        };
        if first & 0x80 == 0 {
            return Some(descriptor);
        }
        let present = *payload.get(1)?;
        let mut at = 2;
        if present & 0x80 != 0 {
            let long = *payload.get(at)? & 0x80 != 0;
            if long {
                descriptor.picture_id = Some(at);
            }
            at += if long { 2 } else { 1 };
        }
        if present & 0x40 != 0 {
            descriptor.tl0_picture_index = Some(at);
            at += 1;
        }
        if present & 0x30 != 0 {
            at += 1;
        }
        descriptor.length = at;
        (payload.len() >= at).then_some(descriptor)
    }

    /// Width and height when this packet begins a key frame.
    pub fn key_frame(&self, payload: &[u8]) -> Option<(u16, u16)> {
        let data = payload.get(self.length..)?;
        if !self.starts_frame
            || data.len() < KEY_FRAME_HEADER
            || data[0] & 0x01 != 0
            || data[3..6] != START_CODE
        {
            return None;
        }
        let size = |at: usize| u16::from_le_bytes([data[at], data[at + 1]]) & 0x3FFF;
        Some((size(6), size(8)))
    }

    pub fn read_picture_id(&self, payload: &[u8]) -> Option<u16> {
        let at = self.picture_id?;
        Some(u16::from_be_bytes([*payload.get(at)?, *payload.get(at + 1)?]) & PICTURE_ID_MASK)
    }

    pub fn write_picture_id(&self, payload: &mut [u8], value: u16) {
        if let Some(at) = self.picture_id {
            payload[at..at + 2].copy_from_slice(&(value | !PICTURE_ID_MASK).to_be_bytes());
        }
    }

    pub fn read_tl0_picture_index(&self, payload: &[u8]) -> Option<u8> {
        payload.get(self.tl0_picture_index?).copied()
    }

    pub fn write_tl0_picture_index(&self, payload: &mut [u8], value: u8) {
        if let Some(at) = self.tl0_picture_index {
            payload[at] = value;
        }
    }
}

/// Adds to a 15-bit PictureID, which wraps at 32,768.
pub fn add_picture_id(value: u16, offset: u16) -> u16 {
    value.wrapping_add(offset) & PICTURE_ID_MASK
}
