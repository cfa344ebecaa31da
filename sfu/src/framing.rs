//! Packets on a stream: each stands behind its length in two bytes (RFC 4571 §2).

/// No longer one is sent by us, or by anybody who means us well.
pub const MAX_FRAME: usize = 2_048;
const LENGTH: usize = 2;

#[derive(Debug, PartialEq, Eq)]
pub struct TooLong;

/// Cuts a stream into its packets.
#[derive(Default)]
pub struct Deframer {
    /// A frame of which not all has come.
    rest: Vec<u8>,
}

impl Deframer {
    /// Hands over every packet that `bytes` completes. After an error the stream is of no use.
    pub fn feed(&mut self, mut bytes: &[u8], mut packet: impl FnMut(&[u8])) -> Result<(), TooLong> {
        while !bytes.is_empty() {
            let missing = self.missing()?;
            let (taken, left) = bytes.split_at(missing.min(bytes.len()));
            self.rest.extend_from_slice(taken);
            bytes = left;
            if self.missing()? == 0 {
                packet(&self.rest[LENGTH..]);
                self.rest.clear();
            }
        }
        Ok(())
    }

    /// Bytes until there is a whole length, and then a whole frame.
    fn missing(&self) -> Result<usize, TooLong> {
        let Some(length) = self.rest.first_chunk::<LENGTH>() else { return Ok(LENGTH - self.rest.len()) };
        let length = usize::from(u16::from_be_bytes(*length));
        if length > MAX_FRAME {
            return Err(TooLong);
        }
        Ok(LENGTH + length - self.rest.len())
    }
}

/// The packet as it stands on the stream.
pub fn frame(packet: &[u8]) -> impl Iterator<Item = u8> {
    (packet.len() as u16).to_be_bytes().into_iter().chain(packet.iter().copied())
}
