use super::Local;
use crate::rtp::MediaKind;
use std::fmt::Write;

pub const OPUS_PAYLOAD_TYPE: u8 = 111;
pub const VP8_PAYLOAD_TYPE: u8 = 96;
pub const RTX_PAYLOAD_TYPE: u8 = 97;

/// One track of a subscriber's section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingTrack {
    pub stream: String,
    pub track: String,
    pub ssrc: u32,
    pub rtx_ssrc: Option<u32>,
}

impl OutgoingTrack {
    /// The stream's owner: tracks with the same one are played in step.
    fn cname(&self) -> &str {
        self.stream.split('|').next().unwrap_or_default()
    }
}

/// A section of the subscriber's offer; without a track it waits for the next one of its kind.
#[derive(Clone, Debug)]
pub struct OfferedSection<'a> {
    pub mid: String,
    pub kind: MediaKind,
    pub track: Option<&'a OutgoingTrack>,
}

/// The subscriber's offer: the data channel first, then one section per track.
pub fn offer(sections: &[OfferedSection<'_>], local: &Local, version: u32) -> String {
    let mut mids = vec!["0"];
    mids.extend(sections.iter().map(|section| section.mid.as_str()));
    let mut text = local.session(version, &mids, true);
    text.push_str(&local.application("0", true));
    for section in sections {
        write_codec(&mut text, section.kind, &local.transport(&section.mid, false));
        match section.track {
            Some(track) => write_track(&mut text, track),
            None => text.push_str("a=inactive\r\n"),
        }
    }
    text
}

fn write_codec(text: &mut String, kind: MediaKind, transport: &str) {
    let _ = match kind {
        MediaKind::Audio => write!(
            text,
            "m=audio 9 UDP/TLS/RTP/SAVPF {OPUS_PAYLOAD_TYPE}\r\n{transport}a=rtcp-mux\r\na=rtcp-rsize\r\n\
             a=rtpmap:{OPUS_PAYLOAD_TYPE} opus/48000/2\r\n\
             a=fmtp:{OPUS_PAYLOAD_TYPE} minptime=10;useinbandfec=1\r\n"
        ),
        MediaKind::Video => write!(
            text,
            "m=video 9 UDP/TLS/RTP/SAVPF {VP8_PAYLOAD_TYPE} {RTX_PAYLOAD_TYPE}\r\n{transport}a=rtcp-mux\r\n\
             a=rtcp-rsize\r\na=rtpmap:{VP8_PAYLOAD_TYPE} VP8/90000\r\na=rtcp-fb:{VP8_PAYLOAD_TYPE} ccm fir\r\n\
             a=rtcp-fb:{VP8_PAYLOAD_TYPE} nack\r\na=rtcp-fb:{VP8_PAYLOAD_TYPE} nack pli\r\n\
             a=rtpmap:{RTX_PAYLOAD_TYPE} rtx/90000\r\na=fmtp:{RTX_PAYLOAD_TYPE} apt={VP8_PAYLOAD_TYPE}\r\n"
        ),
    };
}

fn write_track(text: &mut String, track: &OutgoingTrack) {
    let OutgoingTrack { stream, track: id, ssrc, rtx_ssrc } = track;
    let cname = track.cname();
    let _ = write!(text, "a=msid:{stream} {id}\r\na=sendonly\r\n");
    if let Some(rtx) = rtx_ssrc {
        let _ = write!(text, "a=ssrc-group:FID {ssrc} {rtx}\r\n");
    }
    for ssrc in std::iter::once(ssrc).chain(rtx_ssrc) {
        let _ = write!(text, "a=ssrc:{ssrc} cname:{cname}\r\n");
    }
}
