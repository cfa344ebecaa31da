//! SDP of the two peer connections of a client (RFC 8866, RFC 8829): text in, text out, no state.
mod answer;
mod offer;
mod parse;

pub use answer::{Taken, answer, producer_parameters};
pub use offer::{
    OPUS_PAYLOAD_TYPE, OfferedSection, OutgoingTrack, RTX_PAYLOAD_TYPE, VP8_PAYLOAD_TYPE, offer,
};
pub use parse::{Codec, Description, Direction, Section, SectionKind};

use crate::dtls::Fingerprint;
use crate::ice::Credentials;
use crate::sctp::MAX_MESSAGE;
use std::fmt::Write;
use std::net::SocketAddr;

pub(crate) const MID: &str = "urn:ietf:params:rtp-hdrext:sdes:mid";
pub(crate) const RID: &str = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id";
pub(crate) const REPAIRED_RID: &str = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id";
pub(crate) const AUDIO_LEVEL: &str = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
pub(crate) const TRANSPORT_WIDE: &str =
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";

/// RFC 8445 §5.1.2.1 for a host candidate of component 1; further addresses rank below.
const HOST_PRIORITY: u32 = 126 << 24 | 65_535 << 8 | 255;

/// RFC 6544 §4.2: whoever can, takes UDP.
const TCP_PRIORITY: u32 = 90 << 24 | 65_535 << 8 | 255;

/// Why a description cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SdpError(pub String);

/// What every section of ours repeats: who we are and where.
#[derive(Clone, Debug)]
pub struct Local {
    pub session_id: u32,
    pub credentials: Credentials,
    pub fingerprint: Fingerprint,
    pub candidates: Vec<SocketAddr>,
    /// Where streams for the same sessions are accepted, at the same addresses.
    pub tcp_port: Option<u16>,
}

impl Local {
    /// `allows_mixed`: in our offers; in an answer only where it was offered (RFC 8285 §6).
    fn session(&self, version: u32, mids: &[&str], allows_mixed: bool) -> String {
        format!(
            "v=0\r\no=- {} {version} IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=ice-lite\r\n{}\
             a=msid-semantic:WMS *\r\na=group:BUNDLE {}\r\n",
            self.session_id,
            if allows_mixed { "a=extmap-allow-mixed\r\n" } else { "" },
            mids.join(" ")
        )
    }

    /// The candidates belong to the first section of the bundle only (RFC 8843 §7.1.3).
    fn transport(&self, mid: &str, first: bool) -> String {
        let mut lines = format!(
            "c=IN IP4 0.0.0.0\r\na=mid:{mid}\r\na=ice-ufrag:{}\r\na=ice-pwd:{}\r\na=fingerprint:sha-256 {}\r\n\
             a=setup:passive\r\n",
            self.credentials.ufrag,
            self.credentials.password,
            self.fingerprint.as_str()
        );
        if first {
            self.write_candidates(&mut lines);
            lines.push_str("a=end-of-candidates\r\n");
        }
        lines
    }

    fn write_candidates(&self, lines: &mut String) {
        for (rank, candidate) in self.candidates.iter().enumerate() {
            let priority = HOST_PRIORITY - ((rank as u32) << 8);
            let (ip, port) = (candidate.ip(), candidate.port());
            let _ = write!(lines, "a=candidate:{} 1 udp {priority} {ip} {port} typ host\r\n", rank + 1);
        }
        let Some(port) = self.tcp_port else { return };
        for (rank, candidate) in self.candidates.iter().enumerate() {
            let (foundation, ip) = (self.candidates.len() + rank + 1, candidate.ip());
            let priority = TCP_PRIORITY - ((rank as u32) << 8);
            let _ = write!(
                lines,
                "a=candidate:{foundation} 1 tcp {priority} {ip} {port} typ host tcptype passive\r\n"
            );
        }
    }

    fn application(&self, mid: &str, first: bool) -> String {
        format!(
            "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n{}a=sctp-port:5000\r\na=max-message-size:{MAX_MESSAGE}\r\n",
            self.transport(mid, first)
        )
    }
}
