//! Data channel establishment (DCEP, RFC 8832 §5): how either side says what a stream is for.

pub const ACK: u8 = 2;
const OPEN: u8 = 3;
const HEADER: usize = 12;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ChannelType {
    Reliable,
    /// Unordered, with a limit of retransmissions; the limit is 0.
    Lossy,
}

impl ChannelType {
    fn code(self) -> u8 {
        match self {
            ChannelType::Reliable => 0x00,
            ChannelType::Lossy => 0x81,
        }
    }
}

/// `DATA_CHANNEL_OPEN` of a channel without a subprotocol.
pub fn open(kind: ChannelType, label: &str) -> Vec<u8> {
    let mut message = vec![OPEN, kind.code(), 0, 0, 0, 0, 0, 0];
    message.extend_from_slice(&(label.len() as u16).to_be_bytes());
    message.extend_from_slice(&[0, 0]);
    message.extend_from_slice(label.as_bytes());
    message
}

/// The label in a `DATA_CHANNEL_OPEN`; `None` for every other message.
pub fn opened_label(message: &[u8]) -> Option<&[u8]> {
    let (header, names) = message.split_first_chunk::<HEADER>()?;
    if header[0] != OPEN {
        return None;
    }
    names.get(..usize::from(u16::from_be_bytes([header[8], header[9]])))
}
