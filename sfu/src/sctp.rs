//! The SCTP association of a session, as far as clients need it to be content: it stands, their data channels
//! open (DCEP, RFC 8832), and a subscriber gets the channels that LiveKit's clients expect from the server.
//! Data itself is not forwarded yet; what arrives is dropped.
use dcsctp::api::{DcSctpSocket, Message, Options, PpId, SendOptions, SocketEvent, SocketTime, StreamId};
use std::time::Instant;

const DCEP: PpId = PpId(50);
const DCEP_ACK: u8 = 2;
const DCEP_OPEN: u8 = 3;
const RELIABLE_ORDERED: u8 = 0x00;
/// Unordered, with a limit of retransmissions (RFC 8832 §5.1); the limit is 0.
const LOSSY_UNORDERED: u8 = 0x81;
/// Stream, channel type and label: what a LiveKit server opens, in its order.
const CHANNELS: [(u16, u8, &str); 3] =
    [(1, RELIABLE_ORDERED, "_reliable"), (3, LOSSY_UNORDERED, "_lossy"), (5, LOSSY_UNORDERED, "_data_track")];

pub struct SctpTransport {
    socket: Box<dyn DcSctpSocket>,
    started: Instant,
    opens_channels: bool,
}

impl SctpTransport {
    pub fn new(opens_channels: bool, now: Instant) -> SctpTransport {
        let socket = dcsctp::new_socket("mcmeet", &Options::default());
        SctpTransport { socket, started: now, opens_channels }
    }

    pub fn handle_packet(&mut self, packet: &[u8]) {
        self.socket.handle_input(packet);
    }

    /// Runs timers and messages; returns the packets to send over DTLS.
    pub fn advance(&mut self, now: Instant) -> Vec<Vec<u8>> {
        self.socket.advance_time(SocketTime::zero() + now.saturating_duration_since(self.started));
        while let Some(message) = self.socket.get_next_message() {
            if message.ppid == DCEP && message.payload.first() == Some(&DCEP_OPEN) {
                self.send(message.stream_id, vec![DCEP_ACK]);
            }
        }
        let mut packets = Vec::new();
        while let Some(event) = self.socket.poll_event() {
            match event {
                SocketEvent::SendPacket(packet) => packets.push(packet),
                SocketEvent::OnConnected() if self.opens_channels => self.open_channels(),
                _ => {}
            }
        }
        packets
    }

    fn open_channels(&mut self) {
        for (stream, kind, label) in CHANNELS {
            let mut open = vec![DCEP_OPEN, kind, 0, 0, 0, 0, 0, 0];
            open.extend_from_slice(&(label.len() as u16).to_be_bytes());
            open.extend_from_slice(&[0, 0]);
            open.extend_from_slice(label.as_bytes());
            self.send(StreamId(stream), open);
        }
    }

    fn send(&mut self, stream: StreamId, payload: Vec<u8>) {
        let _ = self.socket.send(Message::new(stream, DCEP, payload), &SendOptions::default());
    }
}
