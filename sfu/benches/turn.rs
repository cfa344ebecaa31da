//! What a turn of the worker's loop costs beside its packets, by the number of rooms and of sessions in each:
//! `cargo bench --package mcmeet-sfu`.
use mcmeet_sfu::dtls::Identity;
use mcmeet_sfu::events::EventQueue;
use mcmeet_sfu::ice::Credentials;
use mcmeet_sfu::ids::{RouterId, TransportId};
use mcmeet_sfu::router::Router;
use mcmeet_sfu::routers::Routers;
use mcmeet_sfu::session::{Direction, Session};
use mcmeet_sfu::timers::Timers;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

const TURNS: u32 = 100_000;
const ROUNDS: usize = 5;

fn rooms(count: u32, sessions: u32) -> Routers {
    let (identity, now) = (Identity::generate().expect("a certificate"), Instant::now());
    let local = "127.0.0.1:9".parse().expect("an address");
    let queue = Arc::new(EventQueue::new().expect("an eventfd"));
    let mut routers = Routers::default();
    for room in 0..count {
        let mut router = Router::new(RouterId(room), queue.clone(), now);
        for number in 0..sessions {
            let credentials = Credentials::random();
            let session = Session::new(Direction::Publisher, &credentials, local, &identity, now);
            router.open_transport(TransportId(room * sessions + number), session);
        }
        routers.insert(router);
    }
    routers
}

fn main() {
    for (count, sessions) in [(1, 2), (1, 100), (1, 500), (500, 2)] {
        let (mut routers, mut timers, now) = (rooms(count, sessions), Timers::default(), Instant::now());
        let mut best = f64::MAX;
        for _ in 0..ROUNDS {
            let start = Instant::now();
            for turn in 0..TURNS {
                black_box(routers.get_mut(RouterId(turn % count)));
                routers.for_active(|router| timers.arm(now, router));
                routers.end_turn();
                black_box(timers.next());
            }
            best = best.min(start.elapsed().as_secs_f64() / f64::from(TURNS));
        }
        println!("{count} × {sessions}: {:.3} µs a turn", best * 1e6);
    }
}
