//! The offering side of a client that sends: its last offer and what we take of it.
use super::{EngineError, Result};
use crate::ids::{ProducerId, RouterId};
use crate::producer::ProducerParameters;
use crate::rtp::MediaKind;
use crate::sdp::{self, Description, Local, Section, SectionKind};
use crate::session::{ExtensionIds, Remote};

/// An audio or video section of an offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferedTrack {
    pub mid: String,
    pub kind: MediaKind,
    pub sending: bool,
    pub stream: String,
    pub track: String,
}

pub(super) struct Answer {
    pub sdp: String,
    pub remote: Remote,
    /// Open producers whose section changed with this offer.
    pub changed: Vec<(ProducerId, ProducerParameters)>,
}

pub(super) struct Publisher {
    pub router: RouterId,
    local: Local,
    version: u32,
    offer: Option<(Description, Remote)>,
    producers: Vec<(ProducerId, ProducerParameters)>,
}

impl Publisher {
    pub fn new(router: RouterId, local: Local) -> Publisher {
        Publisher { router, local, version: 0, offer: None, producers: Vec::new() }
    }

    pub fn read_offer(&mut self, text: &str) -> Result<Vec<OfferedTrack>> {
        let offer = Description::parse(text)?;
        let remote = offer.remote()?;
        let tracks = offer.sections.iter().filter_map(offered_track).collect();
        self.offer = Some((offer, remote));
        Ok(tracks)
    }

    pub fn producer(&self, mid: &str) -> Option<ProducerId> {
        self.producers.iter().find(|(_, parameters)| parameters.mid == mid).map(|(id, _)| *id)
    }

    pub fn parameters(&self, mid: &str) -> Result<ProducerParameters> {
        let section = self.sections().iter().find(|section| section.mid == mid);
        let section = section.filter(|section| section.is_sending());
        let section = section.ok_or_else(|| EngineError::Sdp(format!("section {mid} is not sending")))?;
        let parameters = sdp::producer_parameters(section);
        parameters.ok_or_else(|| EngineError::Sdp(format!("section {mid} offers neither Opus nor VP8")))
    }

    fn sections(&self) -> &[Section] {
        self.offer.as_ref().map_or(&[], |(offer, _)| &offer.sections)
    }

    pub fn add_producer(&mut self, id: ProducerId, parameters: ProducerParameters) {
        self.producers.push((id, parameters));
    }

    pub fn producers(&self) -> impl Iterator<Item = ProducerId> {
        self.producers.iter().map(|(id, _)| *id)
    }

    pub fn remove_producer(&mut self, id: ProducerId) {
        self.producers.retain(|(open, _)| *open != id);
    }

    /// In a bundle an extension has one id, whatever the section (RFC 8843 §9.2).
    pub fn extensions(&self) -> ExtensionIds {
        let id = |uri| self.sections().iter().find_map(|section| section.extension(uri)).unwrap_or(0);
        ExtensionIds {
            mid: id(sdp::MID),
            rid: id(sdp::RID),
            repaired_rid: id(sdp::REPAIRED_RID),
            transport_wide: id(sdp::TRANSPORT_WIDE),
            audio_level: id(sdp::AUDIO_LEVEL),
        }
    }

    pub fn answer(&mut self, without_dtx: &[String]) -> Result<Answer> {
        let Some((offer, remote)) = &self.offer else {
            return Err(EngineError::Sdp("there is no offer to answer".into()));
        };
        self.version += 1;
        let producers = &self.producers;
        let taken = |section: &Section| producers.iter().any(|(_, open)| open.mid == section.mid);
        let text = sdp::answer(offer, &self.local, self.version, &taken, without_dtx);
        let remote = remote.clone();
        let mut changed = Vec::new();
        for at in 0..self.producers.len() {
            let Ok(parameters) = self.parameters(&self.producers[at].1.mid) else { continue };
            let (id, known) = &mut self.producers[at];
            if *known != parameters {
                known.clone_from(&parameters);
                changed.push((*id, parameters));
            }
        }
        Ok(Answer { sdp: text, remote, changed })
    }
}

fn offered_track(section: &Section) -> Option<OfferedTrack> {
    let kind = match section.kind() {
        SectionKind::Audio => MediaKind::Audio,
        SectionKind::Video => MediaKind::Video,
        _ => return None,
    };
    Some(OfferedTrack {
        mid: section.mid.clone(),
        kind,
        sending: section.is_sending(),
        stream: section.stream.clone(),
        track: section.track.clone(),
    })
}
