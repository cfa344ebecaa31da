//! Data packets: a publisher's go up to the program, which says who gets them; what the program sends goes to
//! subscribers. Nothing of it is on the path of media.
use super::{Router, Transport};
use crate::events::Event;
use crate::ids::TransportId;
use crate::socket::SendBatch;
use std::time::{Duration, Instant};

/// What one sender may cost in a window, and what all of a room may. A unit is a message, and each further KiB of it;
/// in the room it counts once for each receiver. What is not read slows its sender down (`sctp.rs`), and nothing is read
/// that the program has no room for.
pub(super) const DATA_WINDOW: Duration = Duration::from_millis(100);
pub(super) const SENDER_UNITS: usize = 128;
pub(super) const ROOM_UNITS: usize = 4_096;
/// Of what its room may cost, one sender gets a share of so many: whoever floods leaves the rest to the others.
const SHARES: usize = 4;

impl Router {
    pub(super) fn receive_data(&mut self, id: TransportId, now: Instant, out: &mut SendBatch) {
        if !self.session(id).is_some_and(|session| session.has_data()) {
            return;
        }
        self.contain(id, |router| {
            // Of each client's two transports one receives.
            let receivers = router.transports.len().div_ceil(2);
            let most = (ROOM_UNITS / receivers / SHARES).clamp(1, SENDER_UNITS);
            let room = router.queue.room_for_data();
            let Transport { session, data_budget, .. } = router.transports.get_mut(&id)?;
            while router.events.len() < room
                && data_budget.left(now) > SENDER_UNITS - most
                && router.data_budget.left(now) > 0
            {
                let message = session.receive_data()?;
                let units = 1 + message.payload.len() / 1024;
                data_budget.spend(units);
                router.data_budget.spend(units * receivers);
                router.events.push(Event::Data(id, message));
            }
            Some(())
        });
        // Channels are acknowledged, and there is room again.
        self.with_session(id, now, out, |session, out| session.advance(now, out));
    }

    pub fn send_data(
        &mut self,
        transports: &[TransportId],
        reliable: bool,
        payload: &[u8],
        now: Instant,
        out: &mut SendBatch,
    ) {
        for id in transports {
            self.with_session(*id, now, out, |session, out| session.send_data(reliable, payload, now, out));
        }
    }
}
