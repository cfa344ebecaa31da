//! Who has something to do when a timer comes, so that nobody has to look through all sessions and tracks for it.
//! They are entered where it begins; whoever has nothing left to do falls out when the timer has come.
use super::{Router, Transport};
use crate::ids::{IdSet, ProducerId, TransportId};
use crate::producer::Producer;

#[derive(Default)]
pub(super) struct Agenda {
    pub connecting: IdSet<TransportId>,
    pub replays: IdSet<TransportId>,
    pub feedback: IdSet<TransportId>,
    pub nacks: IdSet<ProducerId>,
    pub key_frames: IdSet<ProducerId>,
}

impl Agenda {
    /// For every producer that may have changed.
    pub fn note(&mut self, id: ProducerId, producer: &Producer) {
        if producer.has_losses() {
            self.nacks.insert(id);
        }
        if producer.wants_key_frame() {
            self.key_frames.insert(id);
        }
    }
}

impl Router {
    pub fn is_connecting(&self) -> bool {
        !self.agenda.connecting.is_empty()
    }

    pub fn is_replaying(&self) -> bool {
        !self.agenda.replays.is_empty()
    }

    pub fn has_transport_feedback(&self) -> bool {
        !self.agenda.feedback.is_empty()
    }

    pub fn has_losses(&self) -> bool {
        !self.agenda.nacks.is_empty()
    }

    pub fn wants_key_frames(&self) -> bool {
        !self.agenda.key_frames.is_empty()
    }

    /// The long way: nobody who has something to do is missing.
    pub fn agenda_is_complete(&self) -> bool {
        let Agenda { connecting, replays, feedback, nacks, key_frames } = &self.agenda;
        let transports = self.transports.iter().all(|(id, transport)| {
            (!transport.is_connecting() || connecting.contains(id))
                && (!transport.is_replaying() || replays.contains(id))
                && (!transport.has_feedback() || feedback.contains(id))
        });
        transports
            && self.producers.iter().all(|(id, producer)| {
                (!producer.has_losses() || nacks.contains(id))
                    && (!producer.wants_key_frame() || key_frames.contains(id))
            })
    }

    /// `action` for each; returns who still has something to do. A panic ends its session and no other.
    pub(super) fn for_transports(
        &mut self,
        ids: IdSet<TransportId>,
        is_left: impl Fn(&Transport) -> bool,
        mut action: impl FnMut(&mut Router, TransportId) -> Option<()>,
    ) -> IdSet<TransportId> {
        let mut left = ids;
        left.retain(|id| {
            self.contain(*id, |router| action(router, *id));
            self.transports.get(id).is_some_and(&is_left)
        });
        left
    }

    /// The same for producers, each with its session.
    pub(super) fn for_producers(
        &mut self,
        ids: IdSet<ProducerId>,
        is_left: impl Fn(&Producer) -> bool,
        mut action: impl FnMut(&mut Router, ProducerId) -> Option<()>,
    ) -> IdSet<ProducerId> {
        let mut left = ids;
        left.retain(|id| {
            let Some(transport) = self.producers.get(id).map(|producer| producer.transport) else {
                return false;
            };
            self.contain(transport, |router| action(router, *id));
            self.producers.get(id).is_some_and(&is_left)
        });
        left
    }
}

impl Transport {
    pub(super) fn is_connecting(&self) -> bool {
        self.session.is_connecting()
    }

    /// A replay ends with its session.
    pub(super) fn is_replaying(&self) -> bool {
        !self.replaying.is_empty() && self.session.is_connected()
    }

    pub(super) fn has_feedback(&self) -> bool {
        !self.session.transport_wide.is_empty()
    }
}
