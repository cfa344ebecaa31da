//! Ways to make it fail on purpose.
use super::{Engine, Result};
use crate::command::{Command, RouterCommand};
use crate::ids::TransportId;

impl Engine {
    /// Makes one session panic: at a command, or in the timer that next has RTCP for it.
    pub fn panic_in_session(&self, transport: TransportId, at_rtcp: bool) -> Result<()> {
        let mut state = self.open_state()?;
        let router = state.publisher(transport)?.router;
        self.command(&state, router, RouterCommand::Panic { transport, at_rtcp });
        Ok(())
    }

    /// Makes the first worker panic: at its next STUN message, or at once and uncontained.
    pub fn panic_in_worker(&self, at_stun: bool) {
        self.workers[0].send(if at_stun { Command::PanicAtStun } else { Command::Panic });
    }
}
