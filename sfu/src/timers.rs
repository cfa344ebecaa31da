//! When a worker must wake up without a packet: only for what has something to do, and then only where.
use crate::ids::{IdSet, RouterId};
use crate::router::{LEVELS_INTERVAL, REPLAY_INTERVAL, Router};
use crate::routers::Routers;
use crate::socket::SendBatch;
use std::time::{Duration, Instant};

/// Time for a reordered packet to come by itself, and the grain of the NACK list.
const NACKS: Duration = Duration::from_millis(10);
const KEY_FRAMES: Duration = Duration::from_millis(100);
const FEEDBACK: Duration = Duration::from_millis(50);
const REPORTS: Duration = Duration::from_millis(1_000);
/// Of sessions in their handshake …
const CONNECTING: Duration = Duration::from_millis(10);
/// … and of all.
const SESSIONS: Duration = Duration::from_millis(100);

struct Job {
    interval: Duration,
    /// Asked at every turn that changed a router: it must not look through sessions or tracks.
    is_needed: fn(&Router) -> bool,
    run: fn(&mut Router, Instant, &mut SendBatch),
}

const JOBS: [Job; 8] = [
    job(REPLAY_INTERVAL, Router::is_replaying, Router::continue_replays),
    job(NACKS, Router::has_losses, Router::send_nacks),
    job(KEY_FRAMES, Router::wants_key_frames, Router::repeat_key_frame_requests),
    job(FEEDBACK, Router::has_transport_feedback, |router, _, out| router.send_transport_feedback(out)),
    job(REPORTS, Router::has_producers, Router::send_receiver_reports),
    job(LEVELS_INTERVAL, Router::has_audio, |router, _, _| router.measure_audio()),
    job(CONNECTING, Router::is_connecting, Router::handle_timeouts_of_connecting),
    job(SESSIONS, Router::has_transports, Router::handle_timeouts),
];

const fn job(
    interval: Duration,
    is_needed: fn(&Router) -> bool,
    run: fn(&mut Router, Instant, &mut SendBatch),
) -> Job {
    Job { interval, is_needed, run }
}

/// One for all routers that need a job: one wake-up serves them all.
#[derive(Default)]
struct Timer {
    at: Option<Instant>,
    routers: IdSet<RouterId>,
}

#[derive(Default)]
pub struct Timers([Timer; JOBS.len()]);

impl Timers {
    pub fn next(&self) -> Option<Instant> {
        self.0.iter().filter_map(|timer| timer.at).min()
    }

    /// Does what has come due. Who still needs it is armed again by `arm`.
    pub fn run(&mut self, now: Instant, routers: &mut Routers, out: &mut SendBatch) {
        for (job, timer) in JOBS.iter().zip(&mut self.0) {
            if timer.at.take_if(|at| *at <= now).is_none() {
                continue;
            }
            for id in timer.routers.drain() {
                if let Some(router) = routers.get_mut(id) {
                    (job.run)(router, now, out);
                }
            }
        }
    }

    /// For every router that may have changed.
    pub fn arm(&mut self, now: Instant, router: &Router) {
        debug_assert!(router.agenda_is_complete());
        for (job, timer) in JOBS.iter().zip(&mut self.0) {
            if (job.is_needed)(router) {
                timer.routers.insert(router.id);
                timer.at.get_or_insert(now + job.interval);
            }
        }
    }
}
