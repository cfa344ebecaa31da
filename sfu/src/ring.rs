//! The newest packets of a producer, decrypted: what retransmission and late joiners are served from.
use crate::vp8::Descriptor;

/// No packet has this number.
const EMPTY: u64 = u64::MAX;

#[derive(Clone, Debug)]
pub struct Packet {
    /// Extended sequence number of the producer.
    pub sequence: u64,
    pub timestamp: u32,
    pub marker: bool,
    /// VP8 only.
    pub descriptor: Descriptor,
    /// First packet of a VP8 key frame.
    pub starts_key_frame: bool,
    /// Without padding and without the sequence number of a retransmission.
    pub payload: Vec<u8>,
}

/// Slots keep their buffers, so that a running stream does not allocate.
#[derive(Debug)]
pub struct Ring {
    slots: Vec<Packet>,
}

impl Ring {
    pub fn new(capacity: usize) -> Ring {
        let empty = Packet {
            sequence: EMPTY,
            timestamp: 0,
            marker: false,
            descriptor: Descriptor::default(),
            starts_key_frame: false,
            payload: Vec::new(),
        };
        Ring { slots: vec![empty; capacity] }
    }

    pub fn capacity(&self) -> u64 {
        self.slots.len() as u64
    }

    fn slot(&self, sequence: u64) -> usize {
        (sequence % self.capacity()) as usize
    }

    pub fn get(&self, sequence: u64) -> Option<&Packet> {
        self.slots.get(self.slot(sequence)).filter(|packet| packet.sequence == sequence)
    }

    /// The slot for this number, whatever it held.
    pub fn slot_mut(&mut self, sequence: u64) -> &mut Packet {
        let slot = self.slot(sequence);
        &mut self.slots[slot]
    }
}
