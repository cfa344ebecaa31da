//! DTLS 1.2, passive (RFC 5763 §5): one certificate for the process, the client's checked against its SDP.
use crate::socket::SendBatch;
use crate::srtp::{Context, Profile};
use dimpl::{Config, ConfigBuilder, Dtls, DtlsCertificate, Output, SrtpProfile};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

/// Below every path's MTU with IPv6 and UDP headers.
const MTU: usize = 1_200;
/// Datagrams that wait until they are polled, one more ends the session. SCTP lets four go for each of the packets that
/// came in one datagram, and acknowledges each channel that was opened meanwhile; how much is under way it limits itself.
const MAX_QUEUE: usize = 1_024;

/// What all sessions share: building the configuration costs more than a handshake.
#[derive(Clone)]
pub struct Identity {
    config: Arc<Config>,
    certificate: DtlsCertificate,
    pub fingerprint: Fingerprint,
}

impl Identity {
    pub fn generate() -> Result<Identity, String> {
        Identity::with(Config::builder())
    }

    /// Whoever connects is not asked who it is.
    #[cfg(feature = "test-hooks")]
    pub fn generate_asking_nobody() -> Result<Identity, String> {
        Identity::with(Config::builder().require_client_certificate(false))
    }

    fn with(config: ConfigBuilder) -> Result<Identity, String> {
        let certificate =
            dimpl::certificate::generate_self_signed_certificate().map_err(|error| error.to_string())?;
        // No cookie: the packets come over a path that ICE has proved.
        let config = config.use_server_cookie(false).mtu(MTU).max_queue_tx(MAX_QUEUE);
        let config = config.build().map_err(|e| e.to_string())?;
        let fingerprint = Fingerprint::of(&certificate.certificate);
        Ok(Identity { config: Arc::new(config), certificate, fingerprint })
    }
}

/// SHA-256 of a certificate in the notation of RFC 8122 §5.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint(String);

impl Fingerprint {
    fn of(certificate: &[u8]) -> Fingerprint {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, certificate);
        let bytes: Vec<String> = digest.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
        Fingerprint(bytes.join(":"))
    }

    pub fn from_sdp(text: &str) -> Fingerprint {
        Fingerprint(text.to_ascii_uppercase())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

pub enum DtlsEvent {
    /// The keys of both directions: what we send with, what we receive with.
    Keys(Profile, Box<(Context, Context)>),
    Connected,
    ApplicationData(Vec<u8>),
    Closed,
    /// The session cannot go on.
    Failed(String),
}

pub struct DtlsTransport {
    dtls: Dtls,
    expected: Option<Fingerprint>,
    /// Its certificate is the expected one: keys are worth nothing before, whatever the library takes for a handshake.
    verified: bool,
    timeout: Option<Instant>,
    buffer: Vec<u8>,
}

impl DtlsTransport {
    pub fn new(identity: &Identity, now: Instant) -> DtlsTransport {
        // 1.3 would let the client's first SRTP profile win, which is not the AEAD one in Chromium.
        let mut dtls = Dtls::new_12(identity.config.clone(), identity.certificate.clone(), now);
        dtls.set_active(false);
        let _ = dtls.handle_timeout(now);
        DtlsTransport { dtls, expected: None, verified: false, timeout: None, buffer: vec![0; 2 * MTU] }
    }

    pub fn expect(&mut self, fingerprint: Fingerprint) {
        self.expected = Some(fingerprint);
    }

    /// What is malformed or not authentic is discarded; an error ends the session.
    pub fn handle_packet(&mut self, packet: &[u8], now: Instant) -> Result<(), String> {
        // Its clock moves only when it is told.
        self.dtls.handle_timeout(now).map_err(|error| error.to_string())?;
        self.dtls.handle_packet(packet).map_err(|error| error.to_string())
    }

    pub fn handle_timeout(&mut self, now: Instant) -> Result<(), String> {
        if self.timeout.is_none_or(|at| at > now) {
            return Ok(());
        }
        self.timeout = None;
        self.dtls.handle_timeout(now).map_err(|error| error.to_string())
    }

    pub fn send(&mut self, data: &[u8]) -> Result<(), String> {
        self.dtls.send_application_data(data).map(|_| ()).map_err(|error| error.to_string())
    }

    /// Sends what waits and returns the next event; `None` when there is nothing more.
    pub fn poll(&mut self, to: Option<SocketAddr>, out: &mut SendBatch) -> Option<DtlsEvent> {
        loop {
            match self.dtls.poll_output(&mut self.buffer) {
                Output::Packet(packet) => {
                    if let Some(to) = to {
                        out.push(to, packet);
                    }
                }
                Output::BufferTooSmall { needed } => self.buffer.resize(needed, 0),
                Output::Timeout(at) => {
                    self.timeout = Some(at);
                    return None;
                }
                Output::PeerCert(certificate) => {
                    self.verified = self.expected == Some(Fingerprint::of(certificate));
                    if !self.verified {
                        return Some(DtlsEvent::Failed("the certificate is not the one in the SDP".into()));
                    }
                }
                Output::KeyingMaterial(..) if !self.verified => {
                    return Some(DtlsEvent::Failed("the client has shown no certificate".into()));
                }
                Output::KeyingMaterial(material, profile) => {
                    let keys = srtp_profile(profile).and_then(|profile| {
                        let keys = Context::pair_for_server(profile, material.as_ref())?;
                        Some(DtlsEvent::Keys(profile, Box::new(keys)))
                    });
                    return Some(keys.unwrap_or_else(|| DtlsEvent::Failed("no usable SRTP profile".into())));
                }
                Output::Connected => return Some(DtlsEvent::Connected),
                Output::ApplicationData(data) => return Some(DtlsEvent::ApplicationData(data.to_vec())),
                Output::CloseNotify => return Some(DtlsEvent::Closed),
                _ => {}
            }
        }
    }
}

fn srtp_profile(profile: SrtpProfile) -> Option<Profile> {
    match profile {
        SrtpProfile::AEAD_AES_256_GCM => Some(Profile::AeadAes256Gcm),
        SrtpProfile::AEAD_AES_128_GCM => Some(Profile::AeadAes128Gcm),
        SrtpProfile::AES128_CM_SHA1_80 => Some(Profile::Aes128CmSha1),
        _ => None,
    }
}
