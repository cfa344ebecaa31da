//! The answering side of a client that receives: its sections, which are reused by kind.
use super::{EngineError, Result, random_u32};
use crate::consumer::ConsumerParameters;
use crate::ids::{ConsumerId, RouterId};
use crate::rtp::MediaKind;
use crate::sdp::{self, Description, Local, OfferedSection, OutgoingTrack};
use crate::session::Remote;
use std::collections::HashSet;

/// RFC 3550 leaves small SSRCs to nobody in particular; 0 is what some stacks take for "none".
const MIN_SSRC: u32 = 1 << 16;

struct Slot {
    kind: MediaKind,
    content: Option<(ConsumerId, OutgoingTrack)>,
    /// The stream that the client was last offered here, until it has answered that the section is inactive. Another
    /// track of that stream would show nothing: browsers fire `track` for another stream or after a pause, not for
    /// another SSRC (WebRTC 1.0 §4.4.1.5, "process the addition of a remote track").
    shown: Option<String>,
    /// So says the offer in flight.
    is_inactive: bool,
}

impl Slot {
    fn takes(&self, kind: MediaKind, stream: &str) -> bool {
        self.kind == kind && self.content.is_none() && self.shown.as_deref() != Some(stream)
    }

    fn note_offer(&mut self) {
        self.is_inactive = self.content.is_none();
        if let Some((_, track)) = &self.content {
            self.shown = Some(track.stream.clone());
        }
    }

    fn note_answer(&mut self) {
        if std::mem::take(&mut self.is_inactive) {
            self.shown = None;
        }
    }
}

fn mid(slot: usize) -> String {
    (slot + 1).to_string()
}

pub(super) struct Accepted {
    pub remote: Remote,
    /// Consumers whose section the client now receives.
    pub consumers: Vec<ConsumerId>,
}

pub(super) struct Subscriber {
    pub router: RouterId,
    local: Local,
    version: u32,
    /// Section n + 1 of the offer; section 0 is the data channel.
    slots: Vec<Slot>,
    /// What the offer in flight holds, by section.
    offered: Vec<(String, ConsumerId)>,
}

impl Subscriber {
    pub fn new(router: RouterId, local: Local) -> Subscriber {
        Subscriber { router, local, version: 0, slots: Vec::new(), offered: Vec::new() }
    }

    pub fn add_consumer(
        &mut self,
        id: ConsumerId,
        kind: MediaKind,
        stream: &str,
        track: &str,
    ) -> Result<ConsumerParameters> {
        for name in [stream, track] {
            if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(EngineError::Sdp("stream and track are printable ASCII without spaces".into()));
            }
        }
        let rtx_ssrc = (kind == MediaKind::Video).then(|| self.new_ssrc());
        let outgoing =
            OutgoingTrack { stream: stream.into(), track: track.into(), ssrc: self.new_ssrc(), rtx_ssrc };
        let parameters = ConsumerParameters {
            kind,
            ssrc: outgoing.ssrc,
            payload_type: match kind {
                MediaKind::Audio => sdp::OPUS_PAYLOAD_TYPE,
                MediaKind::Video => sdp::VP8_PAYLOAD_TYPE,
            },
            rtx: rtx_ssrc.map(|ssrc| (ssrc, sdp::RTX_PAYLOAD_TYPE)),
        };
        let content = Some((id, outgoing));
        match self.slots.iter_mut().find(|slot| slot.takes(kind, stream)) {
            Some(slot) => slot.content = content,
            None => self.slots.push(Slot { kind, content, shown: None, is_inactive: false }),
        }
        Ok(parameters)
    }

    pub fn consumers(&self) -> impl Iterator<Item = ConsumerId> {
        self.slots.iter().filter_map(|slot| Some(slot.content.as_ref()?.0))
    }

    pub fn remove_consumer(&mut self, id: ConsumerId) {
        for slot in &mut self.slots {
            if slot.content.as_ref().is_some_and(|(open, _)| *open == id) {
                slot.content = None;
            }
        }
        self.offered.retain(|(_, open)| *open != id);
    }

    fn new_ssrc(&self) -> u32 {
        loop {
            let ssrc = random_u32();
            let used = self.slots.iter().filter_map(|slot| slot.content.as_ref());
            let mut used = used.flat_map(|(_, track)| [Some(track.ssrc), track.rtx_ssrc]);
            if ssrc >= MIN_SSRC && !used.any(|other| other == Some(ssrc)) {
                return ssrc;
            }
        }
    }

    /// Of the consumer's section.
    pub fn mid(&self, id: ConsumerId) -> Option<String> {
        let holds = |slot: &Slot| slot.content.as_ref().is_some_and(|(open, _)| *open == id);
        self.slots.iter().position(holds).map(mid)
    }

    pub fn offer(&mut self) -> String {
        self.version += 1;
        let content = self.slots.iter().enumerate().map(|(at, slot)| (mid(at), slot));
        let sections: Vec<OfferedSection<'_>> = content
            .map(|(mid, slot)| OfferedSection {
                mid,
                kind: slot.kind,
                track: slot.content.as_ref().map(|(_, track)| track),
            })
            .collect();
        let text = sdp::offer(&sections, &self.local, self.version);
        self.slots.iter_mut().for_each(Slot::note_offer);
        let held = self.slots.iter().enumerate();
        self.offered = held.filter_map(|(at, slot)| Some((mid(at), slot.content.as_ref()?.0))).collect();
        text
    }

    pub fn accept_answer(&mut self, text: &str) -> Result<Accepted> {
        let answer = Description::parse_answer(text, self.slots.len() + 1)?;
        let remote = answer.remote()?;
        let receiving = answer.sections.iter().filter(|section| section.is_receiving());
        let received: HashSet<&str> = receiving.map(|section| section.mid.as_str()).collect();
        self.slots.iter_mut().for_each(Slot::note_answer);
        let offered = std::mem::take(&mut self.offered);
        let consumers = offered
            .into_iter()
            .filter(|(mid, _)| received.contains(mid.as_str()))
            .map(|(_, id)| id)
            .collect();
        Ok(Accepted { remote, consumers })
    }
}
