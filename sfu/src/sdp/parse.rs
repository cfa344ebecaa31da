use super::SdpError;
use crate::dtls::Fingerprint;
use crate::ice::Credentials;
use crate::session::Remote;
use std::collections::HashSet;

const MAX_LENGTH: usize = 1 << 20;
/// Of an offer.
const MAX_SECTIONS: usize = 512;
/// Of one section: a payload type has seven bits. Each of its other lines may have to look through them.
const MAX_CODECS: usize = 128;
/// RFC 8843 §9.2: mid and rid go into a one-byte header extension of at most 16 bytes.
const MAX_ID_LENGTH: usize = 16;
const SHA256_TEXT_LENGTH: usize = 95;
const UFRAG_LENGTH: std::ops::RangeInclusive<usize> = 4..=256;
const PASSWORD_LENGTH: std::ops::RangeInclusive<usize> = 22..=256;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SectionKind {
    Audio,
    Video,
    Application,
    Other,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    #[default]
    SendReceive,
    SendOnly,
    ReceiveOnly,
    Inactive,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Codec {
    pub payload_type: u8,
    /// Name, clock rate and channels as in `a=rtpmap`, in lower case.
    pub name: String,
    pub parameters: String,
}

#[derive(Clone, Debug, Default)]
pub struct Section {
    /// First, third and further words of the `m=` line.
    pub media: String,
    pub protocol: String,
    pub formats: Vec<String>,
    pub mid: String,
    pub direction: Direction,
    /// Stream and track of `a=msid`.
    pub stream: String,
    pub track: String,
    pub codecs: Vec<Codec>,
    pub extensions: Vec<(u8, String)>,
    /// Layers that the client sends.
    pub rids: Vec<String>,
    /// Media first, then its retransmissions.
    pub ssrcs: Vec<u32>,
    zero_port: bool,
    bundle_only: bool,
    repair_named: bool,
    transport: TransportLines,
}

#[derive(Clone, Debug, Default)]
struct TransportLines {
    ufrag: Option<String>,
    password: Option<String>,
    fingerprint: Option<String>,
    setup: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Description {
    pub sections: Vec<Section>,
    /// Header extensions in both forms may be mixed in one stream (RFC 8285 §6).
    pub allows_mixed: bool,
    session: TransportLines,
}

impl Section {
    pub fn kind(&self) -> SectionKind {
        match self.media.as_str() {
            "audio" => SectionKind::Audio,
            "video" => SectionKind::Video,
            "application" => SectionKind::Application,
            _ => SectionKind::Other,
        }
    }

    /// Port 0 rejects a section, unless it is only there to be bundled (RFC 8843 §6; Firefox).
    pub fn is_live(&self) -> bool {
        !self.zero_port || self.bundle_only
    }

    pub fn is_sending(&self) -> bool {
        self.is_live() && matches!(self.direction, Direction::SendOnly | Direction::SendReceive)
    }

    pub fn is_receiving(&self) -> bool {
        self.is_live() && matches!(self.direction, Direction::ReceiveOnly | Direction::SendReceive)
    }

    pub fn extension(&self, uri: &str) -> Option<u8> {
        self.extensions.iter().find(|(_, known)| known == uri).map(|(id, _)| *id)
    }

    pub fn codec(&self, name: &str) -> Option<&Codec> {
        self.codecs.iter().find(|codec| codec.name == name)
    }

    /// Payload type of the retransmissions of `codec` (RFC 4588 §8.1).
    pub fn repair_of(&self, codec: &Codec) -> Option<u8> {
        let wanted = format!("apt={}", codec.payload_type);
        let repairs = |other: &&Codec| {
            other.name == "rtx/90000" && other.parameters.split(';').any(|part| part.trim() == wanted)
        };
        self.codecs.iter().find(repairs).map(|codec| codec.payload_type)
    }
}

impl Description {
    pub fn parse(text: &str) -> Result<Description, SdpError> {
        Description::parse_within(text, MAX_SECTIONS)
    }

    /// An answer has as many sections as were `offered` (RFC 3264 §6).
    pub fn parse_answer(text: &str, offered: usize) -> Result<Description, SdpError> {
        Description::parse_within(text, offered)
    }

    fn parse_within(text: &str, max_sections: usize) -> Result<Description, SdpError> {
        if text.len() > MAX_LENGTH {
            return Err(SdpError("the description is too long".into()));
        }
        let mut description =
            Description { sections: Vec::new(), allows_mixed: false, session: TransportLines::default() };
        let mut lines = text.lines().map(|line| line.trim_end_matches('\r'));
        if lines.next() != Some("v=0") {
            return Err(SdpError("the description does not begin with v=0".into()));
        }
        for line in lines {
            if let Some(media) = line.strip_prefix("m=") {
                if description.sections.len() == max_sections {
                    return Err(SdpError("too many sections".into()));
                }
                description.sections.push(parse_media(media)?);
            } else if let Some(attribute) = line.strip_prefix("a=") {
                let (name, value) = attribute.split_once(':').unwrap_or((attribute, ""));
                match description.sections.last_mut() {
                    Some(section) => section.apply(name, value)?,
                    None if name == "extmap-allow-mixed" => description.allows_mixed = true,
                    None => description.session.apply(name, value),
                }
            }
        }
        description.check()?;
        Ok(description)
    }

    fn check(&self) -> Result<(), SdpError> {
        let mut mids = HashSet::new();
        for (at, section) in self.sections.iter().enumerate() {
            if !is_id(&section.mid) {
                return Err(SdpError(format!("section {at} has no usable mid")));
            }
            if !mids.insert(&section.mid) {
                return Err(SdpError(format!("mid {} is used twice", section.mid)));
            }
        }
        Ok(())
    }

    /// The client's side of the bundled transport, which every live section repeats or the session gives.
    pub fn remote(&self) -> Result<Remote, SdpError> {
        let missing = |what: &str| SdpError(format!("no usable {what}"));
        let live = self.sections.iter().find(|section| section.is_live());
        let section = &live.ok_or_else(|| missing("section"))?.transport;
        let session = &self.session;
        let ufrag = section.ufrag.as_ref().or(session.ufrag.as_ref());
        let password = section.password.as_ref().or(session.password.as_ref());
        let fingerprint = section.fingerprint.as_ref().or(session.fingerprint.as_ref());
        let setup = section.setup.as_ref().or(session.setup.as_ref());
        if setup.is_some_and(|setup| !matches!(setup.as_str(), "active" | "actpass")) {
            return Err(SdpError("the client must be able to take the active role of DTLS".into()));
        }
        let ufrag =
            ufrag.filter(|text| UFRAG_LENGTH.contains(&text.len())).ok_or_else(|| missing("ice-ufrag"))?;
        let password = password
            .filter(|text| PASSWORD_LENGTH.contains(&text.len()))
            .ok_or_else(|| missing("ice-pwd"))?;
        let fingerprint = fingerprint.ok_or_else(|| missing("sha-256 fingerprint"))?;
        Ok(Remote {
            credentials: Credentials { ufrag: ufrag.clone(), password: password.clone() },
            fingerprint: Fingerprint::from_sdp(fingerprint),
        })
    }
}

fn parse_media(line: &str) -> Result<Section, SdpError> {
    let mut words = line.split_ascii_whitespace().map(str::to_owned);
    let (Some(media), Some(port), Some(protocol)) = (words.next(), words.next(), words.next()) else {
        return Err(SdpError("an m= line is too short".into()));
    };
    Ok(Section { media, protocol, zero_port: port == "0", formats: words.collect(), ..Section::default() })
}

impl TransportLines {
    fn apply(&mut self, name: &str, value: &str) {
        match name {
            "ice-ufrag" => self.ufrag = Some(value.to_owned()),
            "ice-pwd" => self.password = Some(value.to_owned()),
            "setup" => self.setup = Some(value.to_owned()),
            "fingerprint" => {
                let known = value.split_once(' ').filter(|(hash, text)| {
                    hash.eq_ignore_ascii_case("sha-256") && text.len() == SHA256_TEXT_LENGTH
                });
                if let Some((_, text)) = known {
                    self.fingerprint = Some(text.to_owned());
                }
            }
            _ => {}
        }
    }
}

impl Section {
    fn apply(&mut self, name: &str, value: &str) -> Result<(), SdpError> {
        match name {
            "mid" => self.mid = value.to_owned(),
            "bundle-only" => self.bundle_only = true,
            "sendrecv" => self.direction = Direction::SendReceive,
            "sendonly" => self.direction = Direction::SendOnly,
            "recvonly" => self.direction = Direction::ReceiveOnly,
            "inactive" => self.direction = Direction::Inactive,
            "msid" => {
                let (stream, track) = value.split_once(' ').unwrap_or((value, ""));
                (self.stream, self.track) = (stream.to_owned(), track.to_owned());
            }
            "rtpmap" => self.apply_rtpmap(value)?,
            "fmtp" => self.apply_fmtp(value),
            "extmap" => self.apply_extmap(value),
            "rid" => self.apply_rid(value)?,
            "ssrc-group" => self.apply_ssrc_group(value),
            "ssrc" => self.apply_ssrc(value),
            _ => self.transport.apply(name, value),
        }
        Ok(())
    }

    fn apply_rtpmap(&mut self, value: &str) -> Result<(), SdpError> {
        let Some((payload_type, name)) = value.split_once(' ') else { return Ok(()) };
        let payload_type = payload_type.parse().ok().filter(|value| *value < 128);
        let payload_type = payload_type.ok_or_else(|| SdpError("a payload type is not a number".into()))?;
        if self.codecs.len() == MAX_CODECS {
            return Err(SdpError("too many payload types".into()));
        }
        let name = name.trim().to_ascii_lowercase();
        self.codecs.push(Codec { payload_type, name, parameters: String::new() });
        Ok(())
    }

    fn apply_fmtp(&mut self, value: &str) {
        let Some((payload_type, parameters)) = value.split_once(' ') else { return };
        let Ok(payload_type) = payload_type.parse::<u8>() else { return };
        if let Some(codec) = self.codecs.iter_mut().find(|codec| codec.payload_type == payload_type) {
            codec.parameters = parameters.to_owned();
        }
    }

    /// `<id>[/direction] <uri>`; ids above 14 need the two-byte form, which we read too.
    fn apply_extmap(&mut self, value: &str) {
        let mut words = value.split_ascii_whitespace();
        let id = words.next().and_then(|id| id.split('/').next()?.parse::<u8>().ok());
        if let (Some(id), Some(uri)) = (id.filter(|id| *id > 0), words.next()) {
            self.extensions.push((id, uri.to_owned()));
        }
    }

    fn apply_rid(&mut self, value: &str) -> Result<(), SdpError> {
        let mut words = value.split_ascii_whitespace();
        let (Some(rid), Some("send")) = (words.next(), words.next()) else { return Ok(()) };
        if !is_id(rid) {
            return Err(SdpError("a rid is not usable".into()));
        }
        self.rids.push(rid.to_owned());
        Ok(())
    }

    fn apply_ssrc_group(&mut self, value: &str) {
        let Some(pair) = value.strip_prefix("FID ").filter(|_| !self.repair_named) else { return };
        let ssrcs: Vec<u32> = pair.split_ascii_whitespace().filter_map(|ssrc| ssrc.parse().ok()).collect();
        if ssrcs.len() == 2 {
            self.ssrcs = ssrcs;
            self.repair_named = true;
        }
    }

    fn apply_ssrc(&mut self, value: &str) {
        let ssrc = value.split_ascii_whitespace().next().and_then(|ssrc| ssrc.parse().ok());
        if let Some(ssrc) = ssrc.filter(|_| self.ssrcs.is_empty()) {
            self.ssrcs.push(ssrc);
        }
    }
}

/// A token short enough for a header extension (RFC 8843, RFC 8851 allow more than letters and digits).
fn is_id(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.{}+~".contains(&byte);
    !text.is_empty() && text.len() <= MAX_ID_LENGTH && text.bytes().all(allowed)
}
