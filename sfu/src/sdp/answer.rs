use super::{AUDIO_LEVEL, Description, Local, MID, REPAIRED_RID, RID, Section, SectionKind, TRANSPORT_WIDE};
use crate::producer::ProducerParameters;
use crate::rtp::MediaKind;
use std::fmt::Write;

const OPUS: &str = "opus/48000/2";
const VP8: &str = "vp8/90000";
/// kbit/s. Without a hint a browser needs more than 15 s to reach 720p; it reads it from the answer only.
const START_BITRATE: u32 = 1_000;
/// Names of layers, best first: SDKs list them in different orders.
const LAYERS: [&str; 3] = ["f", "h", "q"];

/// Whether a section has a producer.
pub type Taken<'a> = &'a dyn Fn(&Section) -> bool;

/// What we would take of a section; `None` when it holds no codec that we forward.
pub fn producer_parameters(section: &Section) -> Option<ProducerParameters> {
    let (kind, name) = match section.kind() {
        SectionKind::Audio => (MediaKind::Audio, OPUS),
        SectionKind::Video => (MediaKind::Video, VP8),
        _ => return None,
    };
    let codec = section.codec(name)?;
    let rid = highest_layer(section);
    // With layers the SSRCs are learnt from the packets.
    let ssrc = |at: usize| section.ssrcs.get(at).copied().filter(|_| rid.is_none());
    Some(ProducerParameters {
        kind,
        mid: section.mid.clone(),
        ssrc: ssrc(0),
        rtx_ssrc: ssrc(1),
        rid,
        payload_type: codec.payload_type,
        rtx_payload_type: section.repair_of(codec).filter(|_| kind == MediaKind::Video),
    })
}

fn highest_layer(section: &Section) -> Option<String> {
    let named = LAYERS.iter().find(|layer| section.rids.iter().any(|rid| rid == *layer));
    named.map(|layer| (*layer).to_owned()).or_else(|| section.rids.first().cloned())
}

/// Answers a publisher's offer: its sections in its order with its payload types and extension ids, one codec each.
/// `without_dtx`: mids whose sound is to be sent in silence too.
pub fn answer(
    offer: &Description,
    local: &Local,
    version: u32,
    taken: Taken<'_>,
    without_dtx: &[String],
) -> String {
    let usable = |section: &&Section| section.is_live() && is_answered(section);
    let mids: Vec<&str> = offer.sections.iter().filter(usable).map(|section| section.mid.as_str()).collect();
    let mut text = local.session(version, &mids, offer.allows_mixed);
    for section in &offer.sections {
        let first = mids.first() == Some(&section.mid.as_str());
        match producer_parameters(section).filter(|_| section.is_live()) {
            Some(parameters) => {
                let taken = section.is_sending() && taken(section);
                let transport = local.transport(&section.mid, first);
                let dtx = !without_dtx.contains(&section.mid);
                write_media(&mut text, section, &parameters, &transport, taken, dtx);
            }
            None if section.kind() == SectionKind::Application && section.is_live() => {
                text.push_str(&local.application(&section.mid, first));
            }
            None => write_rejected(&mut text, section),
        }
    }
    text
}

fn is_answered(section: &Section) -> bool {
    section.kind() == SectionKind::Application || producer_parameters(section).is_some()
}

/// RFC 8829 §5.3.1: port 0, outside the bundle.
fn write_rejected(text: &mut String, section: &Section) {
    let Section { media, protocol, mid, .. } = section;
    let formats = section.formats.join(" ");
    let _ =
        write!(text, "m={media} 0 {protocol} {formats}\r\nc=IN IP4 0.0.0.0\r\na=mid:{mid}\r\na=inactive\r\n");
}

fn write_media(
    text: &mut String,
    section: &Section,
    parameters: &ProducerParameters,
    transport: &str,
    taken: bool,
    dtx: bool,
) {
    let (media, pt) = (&section.media, parameters.payload_type);
    let rtx = parameters.rtx_payload_type.map_or_else(String::new, |rtx| format!(" {rtx}"));
    let _ =
        write!(text, "m={media} 9 UDP/TLS/RTP/SAVPF {pt}{rtx}\r\n{transport}a=rtcp-mux\r\na=rtcp-rsize\r\n");
    let extensions: &[&str] = match parameters.kind {
        MediaKind::Audio => {
            let dtx = if dtx { ";usedtx=1" } else { "" };
            let _ =
                write!(text, "a=rtpmap:{pt} opus/48000/2\r\na=fmtp:{pt} minptime=10;useinbandfec=1{dtx}\r\n");
            &[MID, AUDIO_LEVEL]
        }
        MediaKind::Video => {
            write_video_codec(text, parameters);
            // Both rid extensions always: a client that missed them once refuses layers later.
            &[MID, TRANSPORT_WIDE, RID, REPAIRED_RID]
        }
    };
    for uri in extensions {
        if let Some(id) = section.extension(uri) {
            let _ = write!(text, "a=extmap:{id} {uri}\r\n");
        }
    }
    if !taken {
        text.push_str("a=inactive\r\n");
        return;
    }
    if let Some(rid) = &parameters.rid {
        let _ = write!(text, "a=rid:{rid} recv\r\na=simulcast:recv {rid}\r\n");
    }
    text.push_str("a=recvonly\r\n");
}

fn write_video_codec(text: &mut String, parameters: &ProducerParameters) {
    let pt = parameters.payload_type;
    let _ = write!(text, "a=rtpmap:{pt} VP8/90000\r\n");
    for feedback in ["transport-cc", "ccm fir", "nack", "nack pli"] {
        let _ = write!(text, "a=rtcp-fb:{pt} {feedback}\r\n");
    }
    let _ = write!(text, "a=fmtp:{pt} x-google-start-bitrate={START_BITRATE}\r\n");
    if let Some(rtx) = parameters.rtx_payload_type {
        let _ = write!(text, "a=rtpmap:{rtx} rtx/90000\r\na=fmtp:{rtx} apt={pt}\r\n");
    }
}
