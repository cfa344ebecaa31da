//! Data channels: what is read and sent, by whom and how much; another association of `dcsctp` is the client.
use crate::member::Member;
use crate::peer::{PATIENCE, Publisher, Subscriber, run_for, run_until, settle, start_engine};
use dcsctp::api::{DcSctpSocket, Message, Options, PpId, SendOptions, SocketEvent, SocketTime, StreamId};
use mcmeet_sfu::dcep::{self, ChannelType};
use mcmeet_sfu::events::{Event, EventQueue};
use mcmeet_sfu::ids::{RouterId, TransportId};
use mcmeet_sfu::sctp::{DataMessage, MAX_MESSAGE, SctpTransport};
use proptest::prelude::*;
use std::time::{Duration, Instant};

const CONTROL: PpId = PpId(50);
const TEXT: PpId = PpId(51);
const BINARY: PpId = PpId(53);

const FLOOD: usize = 300;
/// Events that wait for a program that is busy with something else.
const BACKLOG: u64 = 5_000;

struct Client {
    socket: Box<dyn DcSctpSocket>,
    server: SctpTransport,
    now: Instant,
    started: Instant,
}

impl Client {
    /// Its association stands. `opens_channels` as in [`SctpTransport::new`].
    fn new(opens_channels: bool) -> Client {
        let started = Instant::now();
        let options = Options { max_message_size: 1 << 20, ..Options::default() };
        let mut socket = dcsctp::new_socket("client", &options);
        socket.connect();
        let mut client =
            Client { socket, server: SctpTransport::new(opens_channels, started), now: started, started };
        client.exchange();
        client
    }

    fn opening(label: &str, stream: u16) -> Client {
        let mut client = Client::new(false);
        client.send(stream, CONTROL, dcep::open(ChannelType::Reliable, label));
        assert_eq!(client.server.receive(), None);
        client
    }

    fn exchange(&mut self) {
        for _ in 0..2_000 {
            let at = SocketTime::zero() + self.now.saturating_duration_since(self.started);
            self.socket.advance_time(at);
            let mut packets = 0;
            while let Some(event) = self.socket.poll_event() {
                if let SocketEvent::SendPacket(packet) = event {
                    packets += 1;
                    self.server.handle_packet(&packet);
                }
            }
            for packet in self.server.advance(self.now) {
                packets += 1;
                self.socket.handle_input(&packet);
            }
            if packets == 0 {
                return;
            }
        }
    }

    fn send(&mut self, stream: u16, kind: PpId, payload: Vec<u8>) {
        let message = Message::new(StreamId(stream), kind, payload);
        self.socket.send(message, &SendOptions::default()).unwrap();
        self.exchange();
    }

    fn received(&mut self) -> Vec<(u16, PpId, Vec<u8>)> {
        self.exchange();
        let next = || self.socket.get_next_message();
        std::iter::from_fn(next).map(|message| (message.stream_id.0, message.ppid, message.payload)).collect()
    }
}

fn message(reliable: bool, text: &str) -> Option<DataMessage> {
    Some(DataMessage { reliable, payload: text.into() })
}

#[test]
fn a_message_is_of_the_channel_whose_name_its_stream_was_given() {
    let mut client = Client::opening("_lossy", 2);
    client.send(0, CONTROL, dcep::open(ChannelType::Reliable, "_reliable"));
    client.send(0, BINARY, b"to keep".into());
    client.send(2, BINARY, b"to lose".into());
    assert_eq!(client.server.receive(), message(true, "to keep"));
    assert_eq!(client.server.receive(), message(false, "to lose"));
    assert_eq!(client.server.receive(), None);
    assert_eq!(client.received(), [(2, CONTROL, vec![dcep::ACK]), (0, CONTROL, vec![dcep::ACK])]);
}

#[test]
fn what_is_of_another_channel_or_no_packet_or_too_long_is_dropped() {
    let mut client = Client::opening("_reliable", 0);
    client.send(4, BINARY, b"a stream that nobody opened".into());
    client.send(0, TEXT, b"a text".into());
    client.send(0, BINARY, vec![1; MAX_MESSAGE + 1]);
    client.send(0, BINARY, b"a packet".into());
    assert_eq!(client.server.receive(), message(true, "a packet"));
    assert_eq!(client.server.receive(), None);
}

#[test]
fn a_receiving_client_gets_the_channels_and_sends_nothing() {
    let mut client = Client::new(true);
    let opened: Vec<_> = client.received().into_iter().map(|(stream, _, open)| (stream, open)).collect();
    let label = |open: &[u8]| String::from_utf8(dcep::opened_label(open).unwrap().to_vec()).unwrap();
    let labels: Vec<_> = opened.iter().map(|(stream, open)| (*stream, label(open))).collect();
    assert_eq!(labels, [(1, "_reliable".into()), (3, "_lossy".into()), (5, "_data_track".into())]);
    client.send(0, CONTROL, dcep::open(ChannelType::Reliable, "_reliable"));
    client.send(0, BINARY, b"by the back door".into());
    client.send(1, BINARY, b"in our own channel".into());
    assert_eq!(client.server.receive(), None);
}

#[test]
fn what_is_not_read_waits_at_the_client_and_comes_later() {
    let mut client = Client::opening("_reliable", 0);
    for number in 0..100u8 {
        client.send(0, BINARY, vec![number; 15_000]);
    }
    assert!(client.socket.buffered_amount(StreamId(0)) > 500_000);
    let mut read = 0;
    while read < 100 {
        while let Some(DataMessage { payload, .. }) = client.server.receive() {
            assert_eq!(payload, [read; 15_000]);
            read += 1;
        }
        client.now += Duration::from_millis(100);
        assert!(client.now < client.started + Duration::from_secs(60), "{read} have come");
        client.exchange();
    }
}

#[test]
fn a_flood_of_tiny_messages_does_not_pile_up() {
    let mut client = Client::opening("_reliable", 0);
    for _ in 0..5_000 {
        let tiny = Message::new(StreamId(0), BINARY, vec![1]);
        client.socket.send(tiny, &SendOptions::default()).unwrap();
    }
    client.exchange();
    let waiting = std::iter::from_fn(|| client.server.receive()).count();
    assert!((1..3_000).contains(&waiting), "{waiting}");
}

#[test]
fn a_client_that_acknowledges_nothing_costs_a_bounded_queue() {
    let mut server = Client::new(true).server;
    let payload = [0; 60_000];
    let lossy = (0..100).filter(|_| server.send(false, &payload)).count();
    let reliable = (0..100).filter(|_| server.send(true, &payload)).count();
    assert!((1..5).contains(&lossy), "{lossy}");
    assert!((5..50).contains(&reliable), "{reliable}");
}

#[test]
fn a_message_goes_up_and_to_those_whom_the_program_names() {
    let engine = start_engine();
    let router = engine.open_router().unwrap();
    let mut lin = Publisher::connect(&engine, router);
    let mut zhou = Subscriber::connect(&engine, router);
    let mut emma = Subscriber::connect(&engine, router);
    run_until(&mut [&mut lin.peer, &mut zhou.peer, &mut emma.peer], "channels open", |peers| {
        !peers[0].channels.is_empty() && peers[1].channels.len() == 3 && peers[2].channels.len() == 3
    });
    lin.peer.send_data("_reliable", b"hello");
    let mut said = None;
    run_until(&mut [&mut lin.peer], "the message goes up", |_| {
        said = engine.drain().into_iter().find(|event| matches!(event, Event::Data(..)));
        said.is_some()
    });
    assert_eq!(said, Some(Event::Data(lin.transport, message(true, "hello").unwrap())));
    engine.send_data(router, vec![zhou.transport], true, b"to keep".into()).unwrap();
    engine.send_data(router, vec![zhou.transport], false, b"to lose".into()).unwrap();
    let both = [("_reliable".to_owned(), b"to keep".to_vec()), ("_lossy".to_owned(), b"to lose".to_vec())];
    run_until(&mut [&mut zhou.peer, &mut emma.peer], "both arrive", |peers| peers[0].data == both);
    assert!(emma.peer.data.is_empty());
}

#[test]
fn what_the_program_has_no_room_for_waits_at_its_sender_and_comes_when_there_is_room() {
    let engine = start_engine();
    let mut lin = Publisher::connect(&engine, engine.open_router().unwrap());
    run_until(&mut [&mut lin.peer], "its channel opens", |peers| !peers[0].channels.is_empty());
    (0..BACKLOG).for_each(|token| engine.barrier(token).unwrap());
    engine.stats().unwrap();
    let sent: Vec<Vec<u8>> = (0..20).map(|number| format!("to keep {number}").into()).collect();
    sent.iter().for_each(|payload| lin.peer.send_data("_reliable", payload));
    run_until(&mut [&mut lin.peer], "SCTP has it", |peers| peers[0].unacknowledged("_reliable") == 0);
    run_for(&mut [&mut lin.peer], Duration::from_millis(300));
    assert!(engine.drain().iter().all(|event| matches!(event, Event::Barrier(_))), "it was not taken");
    let mut heard = Vec::new();
    run_until(&mut [&mut lin.peer], "all of it goes up", |_| {
        heard.extend(engine.drain().into_iter().filter_map(|event| match event {
            Event::Data(_, message) => Some(message.payload),
            _ => None,
        }));
        heard.len() >= sent.len()
    });
    assert_eq!(heard, sent);
}

#[test]
fn of_what_nobody_reads_only_what_is_of_no_use_later_is_dropped() {
    let queue = EventQueue::new().unwrap();
    assert_eq!(queue.room_for_data(), 2_048);
    queue.append(&mut (0..4_096).map(Event::Barrier).collect());
    assert_eq!(queue.room_for_data(), 0);
    let data = |reliable| Event::Data(TransportId(1), message(reliable, "hello").unwrap());
    queue.append(&mut vec![Event::Levels(RouterId(2), vec![]), data(false), data(true)]);
    assert_eq!(queue.drain()[4_096..], [data(true)]);
    assert_eq!(queue.room_for_data(), 2_048);
}

#[test]
fn in_a_large_room_whoever_floods_leaves_a_place_for_the_others() {
    let engine = start_engine();
    let router = engine.open_router().unwrap();
    let mut lin = Publisher::connect(&engine, router);
    let mut zhou = Publisher::connect(&engine, router);
    for _ in 0..200 {
        engine.open_subscriber(router).unwrap();
    }
    run_until(&mut [&mut lin.peer, &mut zhou.peer], "channels open", |peers| {
        peers.iter().all(|peer| !peer.channels.is_empty())
    });
    for _ in 0..FLOOD {
        lin.peer.send_data("_reliable", b"lin");
        zhou.peer.send_data("_reliable", b"zhou");
    }
    let mut heard = [0, 0];
    run_until(&mut [&mut lin.peer, &mut zhou.peer], "most of one arrives", |_| {
        for event in engine.drain() {
            let Event::Data(id, _) = event else { continue };
            heard[usize::from(id == zhou.transport)] += 1;
        }
        heard.into_iter().max() >= Some(FLOOD * 2 / 3)
    });
    assert!(heard.into_iter().min() >= Some(FLOOD / 3), "{heard:?}");
}

#[test]
fn who_is_gone_or_not_connected_yet_gets_nothing_and_stops_nobody() {
    let engine = start_engine();
    let router = engine.open_router().unwrap();
    let early = engine.open_subscriber(router).unwrap();
    let mut zhou = Subscriber::connect(&engine, router);
    run_until(&mut [&mut zhou.peer], "channels open", |peers| peers[0].channels.len() == 3);
    let gone = engine.open_subscriber(router).unwrap();
    engine.close_transport(gone).unwrap();
    engine.send_data(router, vec![gone, early, zhou.transport], true, b"hello".into()).unwrap();
    run_until(&mut [&mut zhou.peer], "it arrives", |peers| !peers[0].data.is_empty());
    settle(&engine);
    assert_eq!(engine.stats().unwrap().socket.sessions_panicked, 0);
}

#[test]
fn a_receiver_that_acknowledges_many_times_in_one_datagram_gets_everything() {
    let engine = start_engine();
    let router = engine.open_router().unwrap();
    let mut zhou = Member::subscriber(&engine, router, &[]);
    let transport = zhou.transport;
    let mut socket = dcsctp::new_socket("client", &Options::default());
    socket.connect();
    let start = Instant::now();
    let mut receive = |count: usize, kind: PpId| {
        let mut received = 0;
        while received < count {
            assert!(start.elapsed() < PATIENCE, "{received} have come");
            zhou.receive_sctp().iter().for_each(|packet| socket.handle_input(packet));
            socket.advance_time(SocketTime::zero() + start.elapsed());
            let events = std::iter::from_fn(|| socket.poll_event());
            let packets = events.filter_map(|event| match event {
                SocketEvent::SendPacket(packet) => Some(packet),
                _ => None,
            });
            zhou.send_sctp(&packets.collect::<Vec<_>>());
            received +=
                std::iter::from_fn(|| socket.get_next_message()).filter(|got| got.ppid == kind).count();
        }
    };
    receive(3, CONTROL);
    for _ in 0..4 {
        engine.send_data(router, vec![transport], true, vec![7; 60_000]).unwrap();
    }
    receive(4, BINARY);
}

proptest! {
    #[test]
    fn no_control_message_breaks_its_parser(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        if let Some(label) = dcep::opened_label(&bytes) {
            prop_assert!(label.len() + 12 <= bytes.len());
        }
    }

    #[test]
    fn a_written_label_is_read(label in "[ -~]{0,40}") {
        let open = dcep::open(ChannelType::Lossy, &label);
        prop_assert_eq!(dcep::opened_label(&open), Some(label.as_bytes()));
    }

    #[test]
    fn no_packet_breaks_an_association(packets in proptest::collection::vec(
        proptest::collection::vec(any::<u8>(), 0..200), 0..20)) {
        let mut client = Client::opening("_reliable", 0);
        for packet in &packets {
            client.server.handle_packet(packet);
            client.server.advance(client.now);
            while client.server.receive().is_some() {}
        }
        client.send(0, BINARY, b"still here".into());
        prop_assert_eq!(client.server.receive(), message(true, "still here"));
    }

    #[test]
    fn no_control_message_of_a_client_ends_its_association(bytes in proptest::collection::vec(any::<u8>(), 1..64)) {
        let mut client = Client::opening("_reliable", 0);
        client.send(6, CONTROL, bytes);
        client.send(0, BINARY, b"still here".into());
        prop_assert_eq!(client.server.receive(), message(true, "still here"));
    }
}
