//! ICE, lite agent (RFC 8445 §2.5): we answer checks and send where the client's checks come from.
use crate::socket::SendBatch;
use is::stun::{StunMessage, StunPacket};
use is::{Candidate, IceAgent, IceCreds, Protocol};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// RFC 7675 §5.1: consent expires 30 s after the last check; browsers check every 2.5 s and give up after 15.
const CONSENT: Duration = Duration::from_secs(20);

/// For so long after a packet media stays on its path: of what they hear, browsers report every 7.5 s at least.
const PATH_IN_USE: Duration = Duration::from_secs(10);

/// RFC 8839 §5.4.
const ICE_CHARS: &[u8; 64] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/";

/// A user name fragment and its password, ours or the client's (RFC 8839 §5.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    pub ufrag: String,
    pub password: String,
}

impl Credentials {
    /// 48 and 144 random bits (RFC 8445 §5.3 asks for 24 and 128).
    pub fn random() -> Credentials {
        Credentials { ufrag: random_text(8), password: random_text(24) }
    }

    /// The fragment's first character says which worker has the session: a stream finds its media port by it.
    pub fn random_of(worker: usize) -> Credentials {
        let Credentials { ufrag, password } = Credentials::random();
        Credentials {
            ufrag: format!("{}{}", char::from(ICE_CHARS[worker % ICE_CHARS.len()]), &ufrag[1..]),
            password,
        }
    }
}

/// `length` characters of ice-char, 6 random bits each.
fn random_text(length: usize) -> String {
    let mut bytes = vec![0; length];
    aws_lc_rs::rand::fill(&mut bytes).expect("the system has random numbers");
    bytes.iter().map(|byte| char::from(ICE_CHARS[usize::from(byte & 63)])).collect()
}

/// Of a fragment made by [`Credentials::random_of`].
pub fn worker_of(ufrag: &str) -> Option<usize> {
    let first = ufrag.bytes().next()?;
    ICE_CHARS.iter().position(|character| *character == first)
}

/// The user name fragment of ours that a binding request is addressed to.
pub fn addressed_ufrag<'a>(message: &'a StunMessage<'_>) -> Option<&'a str> {
    if !message.is_binding_request() {
        return None;
    }
    message.split_username().map(|(ours, _)| ours)
}

pub struct IceTransport {
    agent: IceAgent,
    local: SocketAddr,
    /// Where to send: the source of the first authentic check, then of the last that nominates or is no check.
    pub remote: Option<SocketAddr>,
    /// The last one from there.
    last_check: Option<Instant>,
    /// The last packet from there that is no check.
    last_packet: Option<Instant>,
}

impl IceTransport {
    /// `local` is the address in our candidate.
    pub fn new(credentials: &Credentials, local: SocketAddr, now: Instant) -> IceTransport {
        let mut agent = IceAgent::new(agent_credentials(credentials));
        agent.set_ice_lite(true);
        agent.set_controlling(false);
        if let Ok(candidate) = Candidate::host(local, Protocol::Udp) {
            agent.add_local_candidate(candidate);
        }
        agent.handle_timeout(now);
        IceTransport { agent, local, remote: None, last_check: None, last_packet: None }
    }

    pub fn set_remote_credentials(&mut self, credentials: &Credentials) {
        self.agent.set_remote_credentials(agent_credentials(credentials));
    }

    /// False when the message is not authentic, or comes from where no answer can go: port 0.
    /// `known`: not the first from there.
    pub fn handle_message(
        &mut self,
        message: StunMessage<'_>,
        from: SocketAddr,
        known: bool,
        now: Instant,
    ) -> bool {
        if from.port() == 0 {
            return false;
        }
        let packet = StunPacket { proto: Protocol::Udp, source: from, destination: self.local, message };
        let nominates = packet.message.use_candidate();
        if !self.agent.handle_packet(now, packet) {
            return false;
        }
        // At a new address the client has moved. A known one may be a path on which it hears nothing.
        if self.remote.is_none() || nominates && !(known && self.is_path_in_use(now)) {
            self.move_to(from);
        }
        // RFC 7675 §4.1: consent is that of the address that we send to.
        if self.remote == Some(from) {
            self.last_check = Some(now);
        }
        true
    }

    /// An authentic packet that is no check came from there, where checks came from before. The client has chosen that path
    /// (RFC 8445 §12.1) and knows that it leads both ways. Of a check we do not know whether our answer arrived: Firefox
    /// nominates with each, also where a firewall lets UDP out and nothing back in.
    pub fn handle_packet(&mut self, from: SocketAddr, now: Instant) {
        if self.remote != Some(from) {
            self.move_to(from);
            self.last_check = Some(now);
        }
        self.last_packet = Some(now);
    }

    fn move_to(&mut self, remote: SocketAddr) {
        if self.remote != Some(remote) {
            self.remote = Some(remote);
            self.last_packet = None;
        }
    }

    fn is_path_in_use(&self, now: Instant) -> bool {
        self.last_packet.is_some_and(|at| now.saturating_duration_since(at) < PATH_IN_USE)
    }

    pub fn handle_timeout(&mut self, now: Instant, out: &mut SendBatch) {
        self.agent.handle_timeout(now);
        self.transmit(out);
    }

    /// Sends what the agent has to say. Its own nomination is for agents that check: it keeps to the pair of the highest
    /// priority, and so for 12 s to an address that a client has left. We follow USE-CANDIDATE (RFC 8445 §7.3.1.5) and packets.
    pub fn transmit(&mut self, out: &mut SendBatch) {
        while let Some(transmit) = self.agent.poll_transmit() {
            out.push(transmit.destination, &transmit.contents);
        }
        while self.agent.poll_event().is_some() {}
    }

    /// The client has checked once from where we send to, and then fallen silent there.
    pub fn consent_expired(&self, now: Instant) -> bool {
        self.last_check.is_some_and(|at| now.saturating_duration_since(at) > CONSENT)
    }
}

fn agent_credentials(credentials: &Credentials) -> IceCreds {
    IceCreds { ufrag: credentials.ufrag.clone(), pass: credentials.password.clone() }
}
