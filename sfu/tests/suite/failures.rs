//! What goes wrong in one session, or is done to it, and what of it the others notice.
use crate::calls::{FRAME, send};
use crate::peer::{
    PATIENCE, Peer, Publisher, Subscriber, assert_all_authentic, nominating_check, run_for, run_until,
    settle, start_engine, stun_check, wait_event,
};
use mcmeet_sfu::engine::{Engine, EngineError};
use mcmeet_sfu::events::Event;
use mcmeet_sfu::ids::{RouterId, TransportId};
use mcmeet_sfu::stats::TransportStats;
use std::net::UdpSocket;
use std::time::{Duration, Instant};

/// A publisher whose voice one subscriber hears.
fn start_call(engine: &Engine) -> (Publisher, Subscriber) {
    start_call_in(engine, engine.open_router().unwrap())
}

fn start_call_in(engine: &Engine, router: RouterId) -> (Publisher, Subscriber) {
    let publisher = Publisher::connect(engine, router);
    let subscriber = Subscriber::of(engine, router, &[publisher.audio]);
    (publisher, subscriber)
}

/// Everything that the publisher says now is heard.
fn assert_goes_on(publisher: &mut Publisher, subscriber: &mut Subscriber) {
    subscriber.peer.received.clear();
    send(publisher, &mut [&mut subscriber.peer], 10);
    run_until(&mut [&mut subscriber.peer], "audio arrives", |peers| peers[0].received.len() == 10);
}

#[test]
fn a_panic_in_one_session_ends_no_other() {
    a_session_panics(false);
}

#[test]
fn a_panic_in_a_timer_over_one_session_ends_no_other() {
    a_session_panics(true);
}

fn a_session_panics(at_rtcp: bool) {
    let engine = start_engine();
    let router = engine.open_router().unwrap();
    let (mut publisher, mut subscriber) = start_call_in(&engine, router);
    let mut broken = Publisher::connect(&engine, router);
    engine.panic_in_session(broken.transport, at_rtcp).unwrap();
    if at_rtcp {
        // Feedback of its arrival is due soon.
        settle(&engine);
        broken.send_frame(true, 3);
        run_for(&mut [&mut broken.peer], FRAME);
    }
    let failed = Event::Failed(broken.transport, "internal error".into());
    wait_event(&engine, |event| *event == failed);
    assert_goes_on(&mut publisher, &mut subscriber);
    let stats = engine.stats().unwrap();
    assert_eq!(stats.socket.sessions_panicked, 1);
    let still =
        |(id, transport): &(TransportId, TransportStats)| transport.connected == (*id != broken.transport);
    assert!(stats.transports.iter().all(still));
}

#[test]
fn a_panic_over_a_strangers_stun_message_ends_no_session() {
    let engine = start_engine();
    let (mut publisher, mut subscriber) = start_call(&engine);
    engine.panic_in_worker(true);
    settle(&engine);
    let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
    stranger.send_to(&[0; 20], ("127.0.0.1", engine.port())).unwrap();
    let start = Instant::now();
    while engine.stats().unwrap().socket.sessions_panicked == 0 {
        assert!(start.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_goes_on(&mut publisher, &mut subscriber);
}

#[test]
fn a_media_thread_that_ends_by_itself_is_told_and_nobody_waits_for_it() {
    let engine = start_engine();
    let router = engine.open_router().unwrap();
    engine.panic_in_worker(false);
    wait_event(&engine, |event| *event == Event::WorkerFailed(0));
    assert_eq!(engine.barrier(1), Err(EngineError::WorkerFailed));
    assert!(matches!(engine.stats(), Err(EngineError::WorkerFailed)));
    engine.close_router(router).unwrap();
    engine.close();
}

#[test]
fn an_address_in_use_is_not_taken_over_by_whoever_knows_another_session() {
    let engine = start_engine();
    let (mut publisher, mut subscriber) = start_call(&engine);
    let attacker = engine.open_subscriber(engine.open_router().unwrap()).unwrap();
    publisher.peer.forge(&engine, &stun_check(&engine.offer(attacker).unwrap(), "anybody"));
    assert_goes_on(&mut publisher, &mut subscriber);
    assert_all_authentic(&engine.stats().unwrap());
}

#[test]
fn an_address_is_free_for_others_when_its_session_has_ended() {
    let engine = start_engine();
    let (publisher, _subscriber) = start_call(&engine);
    let next = engine.open_subscriber(engine.open_router().unwrap()).unwrap();
    let offer = engine.offer(next).unwrap();
    engine.close_transport(publisher.transport).unwrap();
    settle(&engine);
    let before = engine.stats().unwrap().socket.packets_dropped;
    publisher.peer.forge(&engine, &stun_check(&offer, "anybody"));
    // DTLS is dropped where it comes from an address that no session has.
    publisher.peer.forge(&engine, &[22; 20]);
    let end = Instant::now() + Duration::from_millis(50);
    while Instant::now() < end {
        assert_eq!(engine.stats().unwrap().socket.packets_dropped, before);
    }
}

#[test]
fn however_many_addresses_a_client_tries_the_one_in_use_is_kept() {
    let engine = start_engine();
    let (mut publisher, mut subscriber) = start_call(&engine);
    let check = stun_check(&engine.answer(publisher.transport, &[]).unwrap(), &publisher.peer.ufrag());
    for _ in 0..20 {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.send_to(&check, ("127.0.0.1", engine.port())).unwrap();
    }
    assert_goes_on(&mut publisher, &mut subscriber);
    assert_eq!(engine.stats().unwrap().socket.packets_dropped, 0);
}

#[test]
fn an_address_that_a_session_only_tried_is_taken_over_by_whoever_is_authentic_there() {
    let engine = start_engine();
    let (mut publisher, mut subscriber) = start_call(&engine);
    let check = stun_check(&engine.answer(publisher.transport, &[]).unwrap(), &publisher.peer.ufrag());
    let next = Peer::new();
    next.forge(&engine, &check);
    let router = engine.open_router().unwrap();
    Subscriber::connect_as(next, &engine, router);
    assert_goes_on(&mut publisher, &mut subscriber);
}

/// A client checks that often: after this time on its clock the next check is due.
const BETWEEN_CHECKS: Duration = Duration::from_secs(3);

fn assert_heard_again(publisher: &mut Publisher, subscriber: &mut Subscriber) {
    subscriber.peer.received.clear();
    run_until(&mut [&mut subscriber.peer], "audio arrives again", |peers| {
        publisher.send_audio();
        peers[0].received.len() >= 10
    });
}

#[test]
fn media_follows_a_receiver_whose_address_changes() {
    let engine = start_engine();
    let (mut publisher, mut subscriber) = start_call(&engine);
    assert_goes_on(&mut publisher, &mut subscriber);
    subscriber.peer.rebind(BETWEEN_CHECKS);
    assert_heard_again(&mut publisher, &mut subscriber);
}

#[test]
fn media_follows_a_sender_whose_address_changes_and_so_does_what_is_said_to_it() {
    let engine = start_engine();
    let (mut publisher, mut subscriber) = start_call(&engine);
    assert_goes_on(&mut publisher, &mut subscriber);
    publisher.peer.rebind(BETWEEN_CHECKS);
    assert_heard_again(&mut publisher, &mut subscriber);
    publisher.peer.key_frame_requests = 0;
    engine.request_key_frame(publisher.video).unwrap();
    run_until(&mut [&mut publisher.peer], "it is asked there", |peers| peers[0].key_frame_requests > 0);
}

#[test]
fn media_stays_where_a_receivers_packets_come_from_whatever_else_it_nominates() {
    let engine = start_engine();
    let (mut publisher, mut subscriber) = start_call(&engine);
    let offer = engine.offer(subscriber.transport).unwrap();
    let ufrag = subscriber.peer.ufrag();
    let unanswered = UdpSocket::bind("127.0.0.1:0").unwrap();
    for check in [stun_check(&offer, &ufrag), nominating_check(&offer, &ufrag)] {
        unanswered.send_to(&check, ("127.0.0.1", engine.port())).unwrap();
    }
    assert_goes_on(&mut publisher, &mut subscriber);
}

#[test]
fn a_session_remembers_a_bounded_number_of_addresses_and_the_one_in_use_is_kept() {
    let engine = start_engine();
    let (mut publisher, mut subscriber) = start_call(&engine);
    let check = stun_check(&engine.answer(publisher.transport, &[]).unwrap(), &publisher.peer.ufrag());
    let before = engine.stats().unwrap().socket.packets_received;
    let start = Instant::now();
    // All open until the end: the port of a closed one may be given out again.
    let sockets: Vec<UdpSocket> = (0..300).map(|_| UdpSocket::bind("127.0.0.1:0").unwrap()).collect();
    for (sent, socket) in (0..).zip(&sockets) {
        socket.send_to(&check, ("127.0.0.1", engine.port())).unwrap();
        // One by one: a queue of 300 would not fit a socket that nobody reads for a while.
        while engine.stats().unwrap().socket.packets_received <= before + sent {
            assert!(start.elapsed() < PATIENCE);
        }
    }
    assert_goes_on(&mut publisher, &mut subscriber);
    // The publisher's own is one of the 256.
    assert!(engine.stats().unwrap().socket.packets_dropped >= 300 - 255);
}
