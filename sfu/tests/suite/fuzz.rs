//! The media port: mutated packets from a stranger, from a client in its handshake and from one that is connected,
//! forged by who has no keys and sealed by who has.
use crate::calls::send;
use crate::member::Member;
use crate::memory::resident_kib;
use crate::peer::{
    Peer, Publisher, Subscriber, binding_request, run_until, settle, start_engine, stun_check,
};
use dimpl::{Config, Dtls, Output};
use mcmeet_sfu::engine::Engine;
use mcmeet_sfu::ids::RouterId;
use mcmeet_sfu::rtcp::{self, ReportBlock, SenderReport};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::strategy::ValueTree;
use std::net::{Ipv4Addr, UdpSocket};
use std::sync::Arc;
use std::time::Instant;

const STORMS: u32 = 24;
const PACKETS: usize = 60;
const FLOOD: u32 = 50_000;
const WARM_UP: u32 = 5_000;

/// A call beside one client in its handshake and one that is connected and will misbehave.
struct Scene {
    engine: Engine,
    router: RouterId,
    publisher: Publisher,
    subscriber: Subscriber,
    stranger: Peer,
    beginner: Peer,
    connected: Publisher,
    /// Checks that let `beginner` and `connected` in, by their passwords.
    checks: [Vec<u8>; 2],
}

impl Scene {
    fn new() -> Scene {
        let engine = start_engine();
        let router = engine.open_router().unwrap();
        let publisher = Publisher::connect(&engine, router);
        let subscriber = Subscriber::of(&engine, router, &[publisher.audio, publisher.video]);
        let mut connected = Publisher::connect(&engine, router);
        let opened = engine.open_subscriber(router).unwrap();
        let beginner = Peer::new();
        let first = stun_check(&engine.offer(opened).unwrap(), "anybody");
        beginner.forge(&engine, &first);
        let second = stun_check(&engine.answer(connected.transport, &[]).unwrap(), &connected.peer.ufrag());
        let checks = [first, second];
        Scene { engine, router, publisher, subscriber, stranger: Peer::new(), beginner, connected, checks }
    }

    /// Packets as they should be; those of media and control lack only what a key would add.
    fn templates(&self) -> Vec<Vec<u8>> {
        let report = SenderReport { ssrc: 7, ntp: 1 << 40, rtp: 90_000, packets: 3, bytes: 4 };
        let mut rtp = vec![0x90, 0xE0, 0, 1, 0, 0, 0, 9, 0, 0, 0, 7, 0xBE, 0xDE, 0, 1, 0x10, 1, 2, 3];
        rtp.resize(120, 0x11);
        let control = [report.write(), rtcp::picture_loss(7), rtcp::nack(7, &[1, 2, 300])];
        let mut templates = vec![rtp, client_hello(), binding_request("nobody:else", "unknown", true)];
        templates.extend(self.checks.iter().cloned());
        templates.extend(control.into_iter().map(|packet| [packet, vec![0; 20]].concat()));
        templates
    }

    /// Everybody but those who misbehaved is heard and seen.
    fn goes_on(&mut self) {
        self.subscriber.peer.received.clear();
        send(&mut self.publisher, &mut [&mut self.subscriber.peer], 5);
        let peers = &mut [&mut self.publisher.peer, &mut self.subscriber.peer];
        run_until(peers, "media arrives", |peers| peers[1].received.len() >= 20);
        assert_eq!(self.engine.stats().unwrap().socket.sessions_panicked, 0);
    }
}

fn client_hello() -> Vec<u8> {
    let now = Instant::now();
    let certificate = dimpl::certificate::generate_self_signed_certificate().unwrap();
    let mut client = Dtls::new_12(Arc::new(Config::default()), certificate, now);
    client.set_active(true);
    client.handle_timeout(now).unwrap();
    let mut buffer = vec![0; 4_096];
    loop {
        match client.poll_output(&mut buffer) {
            Output::Packet(packet) => return packet.to_vec(),
            Output::Timeout(_) => panic!("a client begins by itself"),
            _ => {}
        }
    }
}

#[derive(Clone, Debug)]
struct Forged {
    by: u8,
    template: Index,
    edits: Vec<(Index, u8)>,
    length: Option<Index>,
}

fn forged() -> impl Strategy<Value = Forged> {
    let edits = prop::collection::vec((any::<Index>(), any::<u8>()), 0..6);
    let length = prop::option::weighted(0.3, any::<Index>());
    (0u8..3, any::<Index>(), edits, length).prop_map(|(by, template, edits, length)| Forged {
        by,
        template,
        edits,
        length,
    })
}

impl Forged {
    fn packet(&self, templates: &[Vec<u8>]) -> Vec<u8> {
        let mut packet = self.template.get(templates).clone();
        for (at, value) in &self.edits {
            let at = at.index(packet.len());
            packet[at] = *value;
        }
        if let Some(length) = self.length {
            packet.truncate(length.index(packet.len() + 1));
        }
        packet
    }
}

/// One after the other over one engine: what a storm leaves behind is there in the next.
fn storm<S: Strategy>(scene: &mut Scene, packets: S, mut act: impl FnMut(&mut Scene, S::Value)) {
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::default());
    for _ in 0..STORMS {
        let storm = prop::collection::vec(&packets, PACKETS).new_tree(&mut runner).unwrap().current();
        for packet in storm {
            act(scene, packet);
        }
        scene.goes_on();
    }
}

#[test]
fn no_packets_of_strangers_beginners_or_the_connected_end_another_session() {
    let mut scene = Scene::new();
    let templates = scene.templates();
    storm(&mut scene, forged(), |scene, forged| {
        let by = [&scene.stranger, &scene.beginner, &scene.connected.peer][usize::from(forged.by)];
        by.forge(&scene.engine, &forged.packet(&templates));
    });
    scene.goes_on();
}

/// Each from an address of its own, to names that nobody has and to those of a client that is there and of one that is
/// still to come, without their passwords.
#[test]
fn a_flood_of_checks_from_unknown_addresses_is_answered_by_nothing_and_leaves_memory_where_it_was() {
    let mut scene = Scene::new();
    let to_come = scene.engine.open_subscriber(scene.router).unwrap();
    let descriptions =
        [scene.engine.answer(scene.connected.transport, &[]).unwrap(), scene.engine.offer(to_come).unwrap()];
    let wrong = descriptions
        .map(|description| stun_check(&description.replace("a=ice-pwd:", "a=ice-pwd:not"), "anybody"));
    let mut before = 0;
    for address in 0..FLOOD + WARM_UP {
        if address == WARM_UP {
            before = resident_kib();
        }
        let [_, a, b, c] = address.to_be_bytes();
        let socket = UdpSocket::bind((Ipv4Addr::new(127, a + 1, b, c.max(1)), 0)).unwrap();
        let unknown = binding_request(&format!("{address:08x}:client"), "unknown", true);
        for check in [&unknown, &wrong[0], &wrong[1]] {
            socket.send_to(check, ("127.0.0.1", scene.engine.port())).unwrap();
        }
        // Oftener than the smallest socket buffer overflows: all of them shall be looked at.
        if address % 64 == 0 {
            settle(&scene.engine);
            assert_eq!(socket.set_nonblocking(true).and_then(|()| socket.recv(&mut [0; 64])).ok(), None);
            // On a slow machine the flood outlasts a client that says nothing (RFC 7675).
            scene.publisher.peer.turn();
            scene.subscriber.peer.turn();
        }
    }
    settle(&scene.engine);
    assert!(scene.engine.stats().unwrap().socket.packets_dropped >= 3 * u64::from(FLOOD));
    assert!(resident_kib() < before + 1_024, "{before} KiB before, {} after", resident_kib());
    scene.goes_on();
}

/// Sealed with the right key: what only a client of the meeting can send.
#[test]
fn no_payload_of_one_publisher_ends_another_session() {
    let mut scene = Scene::new();
    let heard = scene.connected.video;
    let mut victim = Subscriber::of(&scene.engine, scene.router, &[heard]);
    let beginnings = vec![vec![], vec![0x90, 0xE0, 0x81, 0x11, 0x2A, 0x40], vec![0x90, 0x80, 0xFF]];
    let payloads = (select(beginnings), prop::collection::vec(any::<u8>(), 0..40), any::<bool>());
    storm(&mut scene, payloads, |scene, (beginning, rest, marker)| {
        scene.connected.send_payload([beginning, rest].concat(), marker);
        victim.peer.turn();
    });
}

/// What may stand in a compound; the SSRCs are those of a member's tracks.
fn control(ssrcs: &[u32]) -> Vec<Vec<u8>> {
    let (first, last) = (ssrcs[0], ssrcs[ssrcs.len() - 1]);
    let report = |ssrc| SenderReport { ssrc, ntp: 1 << 40, rtp: 90_000, packets: 3, bytes: 4 }.write();
    let block = ReportBlock {
        ssrc: last,
        fraction_lost: 9,
        lost: 2,
        highest_sequence: 70_000,
        jitter: 5,
        last_sender_report: 6,
        delay: 7,
    };
    let full_intra = [&[0x84, 206, 0, 4][..], &words(&[7, 0, last, 1 << 24])].concat();
    let goodbye = [&[0x81, 203, 0, 1][..], &words(&[first])].concat();
    let described = [&[0x81, 202, 0, 3][..], &words(&[first, 0x0104_6E61, 0x6D65_0000])].concat();
    let bandwidth = [&[0x8F, 206, 0, 5][..], &words(&[7, 0, 0x5245_4D42, 0x0106_1234, last])].concat();
    let arrivals = rtcp::transport_wide(last, vec![0, 1, 0, 8, 0, 0, 1, 2, 0x20, 8, 1, 2, 3, 4, 5, 6]);
    vec![
        report(first),
        report(last),
        rtcp::picture_loss(last),
        rtcp::nack(last, &[1, 2, 300, 65_535]),
        rtcp::receiver_report(&[block, block]),
        full_intra,
        goodbye,
        described,
        bandwidth,
        arrivals,
    ]
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// Kept recognisable as RTCP of a sender, which is what decides how it is opened.
fn as_rtcp(mut packet: Vec<u8>) -> Vec<u8> {
    packet.resize(packet.len().max(8), 0);
    packet[0] = packet[0] & 0x3F | 0x80;
    packet[1] = packet[1] & 0x1F | 0xC0;
    packet
}

fn assert_all_opened(scene: &Scene, members: &[&Member]) {
    let stats = scene.engine.stats().unwrap();
    for member in members {
        let transport = &stats.transports.iter().find(|(id, _)| *id == member.transport).unwrap().1;
        assert!(transport.connected);
        assert_eq!(transport.counters.decrypt_failures, 0, "what does not open tests nothing");
    }
}

/// Of one who sends and of one who gets: each compound is authentic, and is read to its end.
#[test]
fn no_control_packets_of_one_member_end_another_session() {
    let mut scene = Scene::new();
    let (mut sender, producers) = Member::publisher(&scene.engine, scene.router);
    let tracks = [&producers[..], &[scene.publisher.video]].concat();
    let mut getter = Member::subscriber(&scene.engine, scene.router, &tracks);
    let templates = [control(&sender.ssrcs), control(&getter.ssrcs)];
    let compounds = (any::<bool>(), prop::collection::vec(forged(), 1..4));
    storm(&mut scene, compounds, |_, (sends, parts)| {
        let compound = parts.iter().flat_map(|part| part.packet(&templates[usize::from(sends)])).collect();
        let member = if sends { &mut getter } else { &mut sender };
        member.send_rtcp(as_rtcp(compound));
    });
    assert_all_opened(&scene, &[&sender, &getter]);
}

/// The header extensions above all: lengths that lie, ids that nobody gave, two forms, an end in the middle.
#[test]
fn no_headers_of_one_publisher_end_another_session() {
    let mut scene = Scene::new();
    let (mut sender, producers) = Member::publisher(&scene.engine, scene.router);
    let mut victim = Subscriber::of(&scene.engine, scene.router, &producers);
    let ssrcs = [&sender.ssrcs[..], &[0, 7]].concat();
    let fixed = (any::<u8>(), any::<u8>(), select(ssrcs));
    let form = select(vec![0xBEDE_u16, 0x1000, 0x100F, 0x2000]);
    let element = (0u8..16, 0u8..16, prop::collection::vec(any::<u8>(), 0..18));
    let block = prop::collection::vec(element, 0..5);
    let length_lies_by = prop_oneof![8 => Just(0), 1 => any::<u16>(), 1 => 1..12_u16];
    let payload = prop::collection::vec(any::<u8>(), 0..30);
    storm(&mut scene, (fixed, form, block, length_lies_by, payload), |_, parts| {
        sender.send_rtp(rtp_of(parts));
        victim.peer.turn();
    });
    assert_all_opened(&scene, &[&sender]);
}

type Fixed = (u8, u8, u32);
type Element = (u8, u8, Vec<u8>);

fn rtp_of(
    ((first, second, ssrc), form, elements, lie, payload): (Fixed, u16, Vec<Element>, u16, Vec<u8>),
) -> Vec<u8> {
    // Padding, extensions and the count of CSRCs as they come; what is RTCP is not RTP.
    let kind = if (64..96).contains(&(second & 0x7F)) { second ^ 0x40 } else { second };
    let mut packet = vec![first & 0x33 | 0x90, kind, 0, 0];
    packet.extend_from_slice(&words(&[90_000, ssrc]));
    packet.resize(packet.len() + 4 * usize::from(first & 3), 0x11);
    let mut block: Vec<u8> = Vec::new();
    for (id, length, bytes) in elements {
        let tag = if form == 0xBEDE { vec![id << 4 | length] } else { vec![id, length] };
        block.extend_from_slice(&tag);
        block.extend_from_slice(&bytes);
    }
    block.resize(block.len().next_multiple_of(4), 0);
    packet.extend_from_slice(&form.to_be_bytes());
    packet.extend_from_slice(&((block.len() / 4) as u16).wrapping_add(lie).to_be_bytes());
    packet.extend_from_slice(&block);
    packet.extend_from_slice(&payload);
    packet
}
