//! The SCTP association of a session and its data channels. A publisher's messages are read here, a subscriber's are
//! sent: a subscriber gets the channels that LiveKit's clients expect from the server.
use crate::dcep::{self, ChannelType};
use dcsctp::api::{DcSctpSocket, Message, Options, PpId, SendOptions, SocketEvent, SocketTime, StreamId};
use std::fmt;
use std::time::Instant;

/// `a=max-message-size` of ours; longer ones are dropped.
pub const MAX_MESSAGE: usize = 65_535;
/// What waits to be read, or to be whole. SCTP tells the client: who sends more than is read is slowed down.
const RECEIVE_WINDOW: usize = 512 * 1024;
/// The window counts bytes and not messages: with so many waiting its packets are left to be sent again.
const MAX_WAITING: usize = 1_024;
/// What waits for a subscriber that acknowledges too slowly; further messages are dropped …
const SEND_QUEUE: usize = 1024 * 1024;
/// … and lossy ones, which are worth something now or never, from here on.
const LOSSY_QUEUE: usize = 64 * 1024;

/// RFC 8831 §8.
const CONTROL: PpId = PpId(50);
const BINARY: PpId = PpId(53);

const RELIABLE: StreamId = StreamId(1);
const LOSSY: StreamId = StreamId(3);
const DATA_TRACK: StreamId = StreamId(5);
const RELIABLE_LABEL: &str = "_reliable";
const LOSSY_LABEL: &str = "_lossy";
/// What a LiveKit server opens, in its order.
const CHANNELS: [(StreamId, ChannelType, &str); 3] = [
    (RELIABLE, ChannelType::Reliable, RELIABLE_LABEL),
    (LOSSY, ChannelType::Lossy, LOSSY_LABEL),
    (DATA_TRACK, ChannelType::Lossy, "_data_track"),
];

/// A message of one of LiveKit's two channels.
#[derive(Clone, PartialEq, Eq)]
pub struct DataMessage {
    pub reliable: bool,
    pub payload: Vec<u8>,
}

/// What it says is nobody's business but the receivers'.
impl fmt::Debug for DataMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DataMessage(reliable: {}, {} bytes)", self.reliable, self.payload.len())
    }
}

pub struct SctpTransport {
    socket: Box<dyn DcSctpSocket>,
    started: Instant,
    opens_channels: bool,
    /// Streams of the client's channels.
    reliable: Option<StreamId>,
    lossy: Option<StreamId>,
}

impl SctpTransport {
    /// `opens_channels`: they are ours and the client only receives; else they are the client's.
    pub fn new(opens_channels: bool, now: Instant) -> SctpTransport {
        let options = Options {
            max_receiver_window_buffer_size: RECEIVE_WINDOW,
            max_message_size: MAX_MESSAGE,
            max_send_buffer_size: SEND_QUEUE,
            per_stream_send_queue_limit: SEND_QUEUE,
            ..Options::default()
        };
        let socket = dcsctp::new_socket("mcmeet", &options);
        SctpTransport { socket, started: now, opens_channels, reliable: None, lossy: None }
    }

    pub fn handle_packet(&mut self, packet: &[u8]) {
        if self.socket.messages_ready_count() < MAX_WAITING {
            self.socket.handle_input(packet);
        }
    }

    /// Runs timers; returns the packets to send over DTLS.
    pub fn advance(&mut self, now: Instant) -> Vec<Vec<u8>> {
        self.socket.advance_time(SocketTime::zero() + now.saturating_duration_since(self.started));
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

    pub fn has_messages(&self) -> bool {
        self.socket.messages_ready_count() > 0
    }

    /// The next message of the client's channels; control messages before it are answered.
    pub fn receive(&mut self) -> Option<DataMessage> {
        while let Some(message) = self.socket.get_next_message() {
            let stream = Some(message.stream_id);
            if message.ppid == CONTROL {
                self.handle_control(message.stream_id, &message.payload);
            } else if message.ppid == BINARY
                && (stream == self.reliable || stream == self.lossy)
                && message.payload.len() <= MAX_MESSAGE
            {
                return Some(DataMessage { reliable: stream == self.reliable, payload: message.payload });
            }
        }
        None
    }

    fn handle_control(&mut self, stream: StreamId, message: &[u8]) {
        let Some(label) = dcep::opened_label(message) else { return };
        if !self.opens_channels && label == RELIABLE_LABEL.as_bytes() {
            self.reliable = Some(stream);
        } else if !self.opens_channels && label == LOSSY_LABEL.as_bytes() {
            self.lossy = Some(stream);
        }
        self.send_control(stream, vec![dcep::ACK]);
    }

    fn open_channels(&mut self) {
        for (stream, kind, label) in CHANNELS {
            self.send_control(stream, dcep::open(kind, label));
        }
    }

    fn send_control(&mut self, stream: StreamId, payload: Vec<u8>) {
        let _ = self.socket.send(Message::new(stream, CONTROL, payload), &SendOptions::default());
    }

    /// False when the message is dropped: the client is too slow, or it is too long.
    pub fn send(&mut self, reliable: bool, payload: &[u8]) -> bool {
        let (stream, options) = if reliable {
            (RELIABLE, SendOptions::default())
        } else {
            (LOSSY, SendOptions { unordered: true, max_retransmissions: Some(0), ..SendOptions::default() })
        };
        if !reliable && self.socket.buffered_amount(stream) + payload.len() > LOSSY_QUEUE {
            return false;
        }
        self.socket.send(Message::new(stream, BINARY, payload.to_vec()), &options).is_ok()
    }
}
