//! The media port: mutated packets from a stranger, from a client in its handshake and from one that is connected.
use crate::calls::send;
use crate::peer::{
    Peer, Publisher, Subscriber, binding_request, run_until, settle, start_engine, stun_check,
};
use dimpl::{Config, Dtls, Output};
use mcmeet_sfu::engine::Engine;
use mcmeet_sfu::ids::RouterId;
use mcmeet_sfu::rtcp::{self, SenderReport};
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
        let second = stun_check(&engine.answer(connected.transport).unwrap(), &connected.peer.ufrag());
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

/// Each from an address of its own, to names that nobody has and to one that somebody has, without its password.
#[test]
fn a_flood_of_checks_from_unknown_addresses_is_answered_by_nothing_and_leaves_nothing() {
    let mut scene = Scene::new();
    let description = scene.engine.answer(scene.connected.transport).unwrap();
    let wrong = stun_check(&description.replace("a=ice-pwd:", "a=ice-pwd:not"), "anybody");
    let mut before = 0;
    for address in 0..FLOOD + WARM_UP {
        if address == WARM_UP {
            before = resident_kib();
        }
        let [_, a, b, c] = address.to_be_bytes();
        let socket = UdpSocket::bind((Ipv4Addr::new(127, a + 1, b, c.max(1)), 0)).unwrap();
        let unknown = binding_request(&format!("{address:08x}:client"), "unknown", true);
        for check in [&unknown, &wrong] {
            socket.send_to(check, ("127.0.0.1", scene.engine.port())).unwrap();
        }
        if address % 512 == 0 {
            settle(&scene.engine);
            assert_eq!(socket.set_nonblocking(true).and_then(|()| socket.recv(&mut [0; 64])).ok(), None);
        }
    }
    assert!(scene.engine.stats().unwrap().socket.packets_dropped > u64::from(FLOOD));
    assert!(resident_kib() < before + 1_024, "{before} KiB before, {} after", resident_kib());
    scene.goes_on();
}

fn resident_kib() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
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
