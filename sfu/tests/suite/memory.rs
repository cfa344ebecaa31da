//! What clients that have come and gone leave behind.
use crate::calls::send;
use crate::peer::{Publisher, Subscriber, settle, start_engine};
use mcmeet_sfu::engine::Engine;
use mcmeet_sfu::ids::RouterId;

const TRANSPORTS: usize = 1_000;
const WARM_UP: usize = 200;
const GROWTH_MOST_KIB: usize = 1_024;

pub fn resident_kib() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Somebody who sends and somebody who gets it, each by a transport: they connect, are heard, and go.
fn come_and_go(engine: &Engine, router: RouterId) {
    let mut publisher = Publisher::connect(engine, router);
    let mut subscriber = Subscriber::of(engine, router, &[publisher.audio, publisher.video]);
    send(&mut publisher, &mut [&mut subscriber.peer], 1);
    engine.close_transport(publisher.transport).unwrap();
    engine.close_transport(subscriber.transport).unwrap();
    settle(engine);
}

#[test]
fn a_thousand_transports_leave_memory_where_it_was() {
    let engine = start_engine();
    let router = engine.open_router().unwrap();
    for _ in 0..WARM_UP / 2 {
        come_and_go(&engine, router);
    }
    let before = resident_kib();
    for _ in 0..TRANSPORTS / 2 {
        come_and_go(&engine, router);
    }
    let stats = engine.stats().unwrap();
    assert!(stats.transports.is_empty() && stats.producers.is_empty() && stats.consumers.is_empty());
    assert!(resident_kib() < before + GROWTH_MOST_KIB, "{before} KiB before, {} after", resident_kib());
}
