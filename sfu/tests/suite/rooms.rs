//! Many rooms on one worker, and one receiver of many tracks: who waits for whom, and who is looked after.
use crate::peer::{
    PATIENCE, Peer, Publisher, Subscriber, assert_all_authentic, run_for, run_until, settle, start_engine,
    stun_check,
};
use mcmeet_sfu::dtls::Identity;
use mcmeet_sfu::engine::Engine;
use mcmeet_sfu::events::EventQueue;
use mcmeet_sfu::ice::Credentials;
use mcmeet_sfu::ids::{ProducerId, RouterId, TransportId};
use mcmeet_sfu::router::Router;
use mcmeet_sfu::routers::Routers;
use mcmeet_sfu::sdp::VP8_PAYLOAD_TYPE;
use mcmeet_sfu::session::{Direction, Remote, Session};
use mcmeet_sfu::socket::{MediaPort, SendBatch};
use mcmeet_sfu::timers::Timers;
use std::net::UdpSocket;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// For so many receivers video is collected for 2 ms.
const AUDIENCE: usize = 12;
/// Longer than that.
const PAUSE: Duration = Duration::from_millis(5);
const ATTEMPTS: usize = 50;
/// RFC 8489 §5: class and method.
const BINDING_SUCCESS: [u8; 2] = [0x01, 0x01];

/// A publisher of video and its audience; its next frame begins a tick.
fn large_room(engine: &Engine, router: RouterId) -> (Publisher, Vec<Subscriber>) {
    let mut publisher = Publisher::connect(engine, router);
    let audience = (0..AUDIENCE).map(|_| Subscriber::of(engine, router, &[publisher.video])).collect();
    publisher.send_frame(true, 1);
    let video = publisher.video;
    run_until(&mut [&mut publisher.peer], "it begins", |_| moved(engine, video).0 == 1);
    (publisher, audience)
}

/// The RTP packet of this, to be sent when the test likes.
fn made(publisher: &mut Publisher, send: impl FnOnce(&mut Publisher)) -> Vec<u8> {
    publisher.peer.held = Some(Vec::new());
    send(publisher);
    run_until(&mut [&mut publisher.peer], "a packet is made", |peers| {
        peers[0].held.as_ref().is_some_and(|held| !held.is_empty())
    });
    publisher.peer.held.take().unwrap().remove(0)
}

/// The test's own thread may be late, but not at every attempt.
fn assert_at_times(attempt: impl FnMut() -> bool) {
    let attempts: Vec<bool> = std::iter::repeat_with(attempt).take(ATTEMPTS).collect();
    assert!(attempts.contains(&true));
}

#[test]
fn a_small_room_does_not_wait_for_the_tick_of_a_large_one() {
    let engine = start_engine();
    let (home, router) = (engine.open_router().unwrap(), engine.open_router().unwrap());
    let (mut large, mut audience) = large_room(&engine, home);
    let mut publisher = Publisher::connect(&engine, router);
    let mut subscriber = Subscriber::of(&engine, router, &[publisher.audio]);
    let overtakes = || {
        let video = made(&mut large, |large| large.send_frame(false, 1));
        let audio = made(&mut publisher, Publisher::send_audio);
        let (sent, heard) = (moved(&engine, large.video).1, subscriber.peer.received.len());
        large.peer.forge(&engine, &video);
        publisher.peer.forge(&engine, &audio);
        run_until(&mut [&mut subscriber.peer], "it is heard", |peers| peers[0].received.len() > heard);
        let is_over = moved(&engine, large.video).1 > sent;
        std::thread::sleep(PAUSE);
        !is_over
    };
    assert_at_times(overtakes);
    let mut peers: Vec<&mut Peer> = audience.iter_mut().map(|member| &mut member.peer).collect();
    run_until(&mut peers, "the large room gets everything", |peers| {
        peers.iter().all(|peer| peer.received.len() == 1 + ATTEMPTS)
    });
}

#[test]
fn nobodys_check_in_another_room_waits_for_the_tick_of_a_large_one() {
    let engine = start_engine();
    let (home, router) = (engine.open_router().unwrap(), engine.open_router().unwrap());
    let (large, _audience) = large_room(&engine, home);
    assert_answered_in_a_tick(&engine, large, Publisher::connect(&engine, router));
}

#[test]
fn who_connects_does_not_wait_for_the_tick_of_the_only_room() {
    let engine = start_engine();
    let home = engine.open_router().unwrap();
    let (large, _audience) = large_room(&engine, home);
    assert_answered_in_a_tick(&engine, large, Publisher::offer(&engine, home));
}

fn assert_answered_in_a_tick(engine: &Engine, mut large: Publisher, mut checking: Publisher) {
    let check = stun_check(&engine.answer(checking.transport, &[]).unwrap(), &checking.peer.ufrag());
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let is_answered = || {
        let video = made(&mut large, |large| large.send_frame(false, 1));
        let (collected, sent) = moved(engine, large.video);
        large.peer.forge(engine, &video);
        // The tick has begun.
        while moved(engine, large.video).0 == collected {}
        socket.send_to(&check, ("127.0.0.1", engine.port())).unwrap();
        wait_for_answer(&socket);
        let is_over = moved(engine, large.video).1 > sent;
        std::thread::sleep(PAUSE);
        !is_over
    };
    assert_at_times(is_answered);
}

/// Reports come to that address too.
fn wait_for_answer(socket: &UdpSocket) {
    let mut buffer = [0; 512];
    while buffer[..2] != BINDING_SUCCESS {
        socket.recv(&mut buffer).unwrap();
    }
}

/// Packets of a producer that have come in and gone out.
fn moved(engine: &Engine, producer: ProducerId) -> (u64, u64) {
    let stats = engine.stats().unwrap();
    let received = stats.producers.iter().find(|(id, _)| *id == producer).unwrap().1.packets;
    let consumers = stats.consumers.iter().filter(|(_, consumer)| consumer.producer == producer);
    (received, consumers.map(|(_, consumer)| consumer.packets).sum())
}

fn session(now: Instant) -> Session {
    let identity = Identity::generate().unwrap();
    let local = "127.0.0.1:9".parse().unwrap();
    Session::new(Direction::Publisher, &Credentials::random(), local, &identity, now)
}

fn queue() -> Arc<EventQueue> {
    Arc::new(EventQueue::new().unwrap())
}

fn remote() -> Remote {
    let fingerprint = Identity::generate().unwrap().fingerprint;
    Remote { credentials: Credentials::random(), fingerprint }
}

#[test]
fn only_sessions_in_their_handshake_are_looked_after_every_ten_milliseconds() {
    let (mut now, mut routers, mut timers) = (Instant::now(), Routers::default(), Timers::default());
    let mut out = SendBatch::new(Rc::new(MediaPort::bind("127.0.0.1:0".parse().unwrap(), true).unwrap()));
    let (idle, busy) = (RouterId(1), RouterId(2));
    let (waiting, connecting) = (TransportId(3), TransportId(4));
    for id in [idle, busy] {
        routers.insert(Router::new(id, queue(), now));
    }
    for (router, transport) in [(idle, TransportId(5)), (busy, waiting), (busy, connecting)] {
        routers.get_mut(router).unwrap().open_transport(transport, session(now));
    }
    routers.get_mut(busy).unwrap().connect(connecting, remote(), now, &mut out);
    let start = now;
    let mut wakeups = 0;
    while now < start + Duration::from_millis(95) {
        routers.for_active(|router| timers.arm(now, router));
        routers.end_turn();
        now = timers.next().unwrap();
        timers.run(now, &mut routers, &mut out);
        wakeups += 1;
    }
    let timeouts = |router, transport| routers.get(router).unwrap().session(transport).unwrap().timeouts;
    assert_eq!(wakeups, 10);
    // The first as it connects, and at 100 ms everybody once more.
    assert_eq!(timeouts(busy, connecting), 12);
    assert_eq!((timeouts(busy, waiting), timeouts(idle, TransportId(5))), (1, 1));
}

#[test]
fn a_turn_looks_at_the_rooms_that_it_changed_and_at_no_other() {
    let (mut routers, queue) = (Routers::default(), queue());
    for id in 1..=500 {
        routers.insert(Router::new(RouterId(id), queue.clone(), Instant::now()));
    }
    let active = |routers: &mut Routers| {
        let mut ids = Vec::new();
        routers.for_active(|router| ids.push(router.id.0));
        ids
    };
    assert_eq!(active(&mut routers), []);
    for id in [7, 8, 7, 501] {
        routers.get_mut(RouterId(id));
    }
    let mut ids = active(&mut routers);
    ids.sort_unstable();
    assert_eq!(ids, [7, 8]);
    routers.end_turn();
    assert_eq!(active(&mut routers), []);
}

#[test]
fn all_replays_of_a_receiver_share_one_pace() {
    const CAMERAS: u32 = 4;
    const PACKETS: usize = 64;
    // 32 packets in 4 ms.
    const SHORTEST: Duration = Duration::from_millis((CAMERAS as u64 * PACKETS as u64 / 32 - 1) * 4);
    let engine = start_engine();
    let router = engine.open_router().unwrap();
    let mut publisher = Publisher::connect(&engine, router);
    let mut subscriber = Subscriber::connect(&engine, router);
    let added = (1..CAMERAS).map(|camera| publisher.add_video(&engine, &format!("cam{camera}")));
    let mut cameras: Vec<_> = added.collect();
    cameras.push((publisher.video, publisher.video_mid()));
    let tracks: Vec<ProducerId> = cameras.iter().map(|(track, _)| *track).collect();
    for (track, mid) in cameras {
        publisher.send_video_in(mid, 1);
        publisher.send_frame(true, PACKETS);
        run_until(&mut [&mut publisher.peer], "a camera's picture comes in", |_| {
            moved(&engine, track).0 == PACKETS as u64
        });
    }
    for track in &tracks {
        subscriber.consume(&engine, *track, &format!("TR_{track}"));
    }
    let start = Instant::now();
    subscriber.negotiate(&engine);
    run_until(&mut [&mut subscriber.peer], "all replays arrive", |peers| {
        peers[0].received.len() == CAMERAS as usize * PACKETS
    });
    assert!(start.elapsed() >= SHORTEST, "{:?}", start.elapsed());
    let mut seen: Vec<u32> = subscriber.peer.received[..96].iter().map(|packet| packet.ssrc).collect();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), CAMERAS as usize, "in turn, so that no picture waits for the whole of another");
    assert_all_authentic(&engine.stats().unwrap());
}

#[test]
fn a_replay_ends_with_the_consumer_that_it_was_for() {
    let engine = start_engine();
    let router = engine.open_router().unwrap();
    let mut publisher = Publisher::connect(&engine, router);
    let mut subscriber = Subscriber::connect(&engine, router);
    let video = publisher.video;
    let mut is_cut = |attempt: u64| {
        publisher.send_frame(true, 150);
        run_until(&mut [&mut publisher.peer], "a picture comes in", |_| {
            moved(&engine, video).0 == 150 * attempt
        });
        let before = subscriber.peer.payloads(VP8_PAYLOAD_TYPE).len();
        let consumer = subscriber.consume(&engine, video, &format!("TR_{attempt}"));
        subscriber.negotiate(&engine);
        engine.close_consumer(consumer).unwrap();
        settle(&engine);
        run_for(&mut [&mut subscriber.peer], Duration::from_millis(30));
        subscriber.peer.payloads(VP8_PAYLOAD_TYPE).len() - before < 150
    };
    // The replay may be over before this thread closes it, but not at every attempt.
    assert!((1..10).any(&mut is_cut));
    let next = subscriber.consume(&engine, publisher.video, "TR_W");
    subscriber.negotiate(&engine);
    let mut peers: [&mut Peer; 2] = [&mut publisher.peer, &mut subscriber.peer];
    run_until(&mut peers, "another one is whole", |_| {
        let stats = engine.stats().unwrap();
        stats.consumers.iter().any(|(id, consumer)| *id == next && consumer.packets == 150)
    });
}
