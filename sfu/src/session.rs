//! One WebRTC transport: ICE, DTLS, SRTP and SCTP of one peer connection, without a socket and without a clock.
use crate::dtls::{DtlsEvent, DtlsTransport, Fingerprint, Identity};
use crate::ice::{Credentials, IceTransport};
use crate::rtp::{Header, read_u32};
use crate::sctp::{DataMessage, SctpTransport};
use crate::socket::SendBatch;
use crate::srtp::{Context, Profile, ReceivedStreams};
use crate::twcc::TransportWideReceiver;
use is::stun::StunMessage;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// ICE and DTLS must stand this long after both sides know each other.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);
/// Addresses of one client that we remember: its candidates.
pub const MAX_ADDRESSES: usize = 8;
/// Of its whole life: the agent forgets none, and looks through all of them at each check.
const MAX_ADDRESSES_SEEN: usize = 256;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// The client sends.
    Publisher,
    /// The client receives.
    Subscriber,
}

/// What the client said about itself in SDP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remote {
    pub credentials: Credentials,
    pub fingerprint: Fingerprint,
}

/// Ids that the client's offer gave to header extensions; 0: not offered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExtensionIds {
    pub mid: u8,
    pub rid: u8,
    pub repaired_rid: u8,
    pub transport_wide: u8,
    pub audio_level: u8,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct SessionCounters {
    pub packets_received: u64,
    pub packets_sent: u64,
    pub bytes_received: u64,
    pub bytes_sent: u64,
    pub decrypt_failures: u64,
    pub unknown_packets: u64,
    /// Packets of an SSRC for which there was no place.
    pub refused_packets: u64,
    /// Data packets for a client that is too slow to take them.
    pub data_dropped: u64,
}

#[derive(Debug, PartialEq, Eq)]
pub enum SessionEvent {
    Connected,
    Failed(String),
}

struct Keys {
    profile: Profile,
    send: Context,
    receive: Context,
}

pub struct Session {
    pub direction: Direction,
    pub ufrag: String,
    pub addresses: Vec<SocketAddr>,
    addresses_seen: usize,
    pub extensions: ExtensionIds,
    pub transport_wide: TransportWideReceiver,
    pub counters: SessionCounters,
    ice: IceTransport,
    dtls: DtlsTransport,
    /// Where its last packet came from.
    dtls_source: Option<SocketAddr>,
    sctp: SctpTransport,
    keys: Option<Keys>,
    received_rtp: ReceivedStreams,
    received_rtcp: ReceivedStreams,
    /// Index of the last SRTCP packet sent.
    rtcp_index: u32,
    connected: bool,
    failed: bool,
    deadline: Option<Instant>,
    #[cfg(feature = "test-hooks")]
    pub panics_at_rtcp: bool,
    /// How often its timers ran.
    #[cfg(feature = "test-hooks")]
    pub timeouts: u32,
}

impl Session {
    pub fn new(
        direction: Direction,
        credentials: &Credentials,
        local: SocketAddr,
        identity: &Identity,
        now: Instant,
    ) -> Session {
        Session {
            direction,
            ufrag: credentials.ufrag.clone(),
            addresses: Vec::new(),
            addresses_seen: 0,
            extensions: ExtensionIds::default(),
            transport_wide: TransportWideReceiver::default(),
            counters: SessionCounters::default(),
            ice: IceTransport::new(credentials, local, now),
            dtls: DtlsTransport::new(identity, now),
            dtls_source: None,
            sctp: SctpTransport::new(direction == Direction::Subscriber, now),
            keys: None,
            received_rtp: ReceivedStreams::default(),
            received_rtcp: ReceivedStreams::default(),
            rtcp_index: 0,
            connected: false,
            failed: false,
            deadline: None,
            #[cfg(feature = "test-hooks")]
            panics_at_rtcp: false,
            #[cfg(feature = "test-hooks")]
            timeouts: 0,
        }
    }

    /// Where packets go, once they can.
    pub fn destination(&self) -> Option<SocketAddr> {
        self.keys.as_ref().filter(|_| self.connected && !self.failed).and(self.ice.remote)
    }

    /// Where its packets come from and go to, connected or not.
    pub fn remote(&self) -> Option<SocketAddr> {
        self.ice.remote
    }

    pub fn is_connected(&self) -> bool {
        self.connected && !self.failed
    }

    /// Timers must run often: the handshake is under way.
    pub fn is_connecting(&self) -> bool {
        self.deadline.is_some() && !self.connected && !self.failed
    }

    pub fn profile(&self) -> Option<Profile> {
        self.keys.as_ref().map(|keys| keys.profile)
    }

    /// The first call counts: a restart of ICE comes as a new transport.
    pub fn connect(&mut self, remote: Remote, now: Instant, out: &mut SendBatch) -> Option<SessionEvent> {
        if self.deadline.is_some() {
            return None;
        }
        self.deadline = Some(now + CONNECT_TIMEOUT);
        self.ice.set_remote_credentials(&remote.credentials);
        self.dtls.expect(remote.fingerprint);
        self.handle_timeout(now, out)
    }

    /// `None` when the message is not authentic; else the address that fell out of memory for this one, if any.
    pub fn handle_stun(
        &mut self,
        message: StunMessage<'_>,
        from: SocketAddr,
        now: Instant,
        out: &mut SendBatch,
    ) -> Option<Option<SocketAddr>> {
        let known = self.addresses.contains(&from);
        if self.failed || !known && self.addresses_seen >= MAX_ADDRESSES_SEEN {
            return None;
        }
        if !self.ice.handle_message(message, from, known, now) {
            return None;
        }
        // A request that came before the client's SDP waits in the agent until its timer runs.
        self.ice.handle_timeout(now, out);
        if known {
            return Some(None);
        }
        self.addresses_seen += 1;
        let forgotten = self.forget_address();
        self.addresses.push(from);
        Some(forgotten)
    }

    /// Makes room for another: the oldest goes, but never the one that media comes from.
    fn forget_address(&mut self) -> Option<SocketAddr> {
        if self.addresses.len() < MAX_ADDRESSES {
            return None;
        }
        let oldest = self.addresses.iter().position(|address| Some(*address) != self.ice.remote)?;
        Some(self.addresses.remove(oldest))
    }

    pub fn handle_dtls(
        &mut self,
        packet: &[u8],
        from: SocketAddr,
        now: Instant,
        out: &mut SendBatch,
    ) -> Option<SessionEvent> {
        if self.failed {
            return None;
        }
        self.dtls_source = Some(from);
        // A handshake is answered where it comes from; later only what could be opened counts.
        if !self.connected {
            self.ice.handle_packet(from, now);
        }
        match self.dtls.handle_packet(packet, now) {
            Ok(()) => self.advance(now, out),
            Err(error) => self.fail(error),
        }
    }

    pub fn handle_timeout(&mut self, now: Instant, out: &mut SendBatch) -> Option<SessionEvent> {
        #[cfg(feature = "test-hooks")]
        {
            self.timeouts += 1;
        }
        if self.failed {
            return None;
        }
        self.ice.handle_timeout(now, out);
        if self.ice.consent_expired(now) {
            return self.fail("the client has fallen silent".into());
        }
        if !self.connected && self.deadline.is_some_and(|deadline| deadline <= now) {
            return self.fail("no connection in time".into());
        }
        match self.dtls.handle_timeout(now) {
            Ok(()) => self.advance(now, out),
            Err(error) => self.fail(error),
        }
    }

    /// Nothing goes in or out any more; whoever owns it has been told why.
    pub fn disable(&mut self) {
        self.failed = true;
    }

    pub fn has_failed(&self) -> bool {
        self.failed
    }

    fn fail(&mut self, reason: String) -> Option<SessionEvent> {
        self.failed = true;
        Some(SessionEvent::Failed(reason))
    }

    pub fn has_data(&self) -> bool {
        self.sctp.has_messages()
    }

    pub fn receive_data(&mut self) -> Option<DataMessage> {
        self.sctp.receive()
    }

    pub fn send_data(
        &mut self,
        reliable: bool,
        payload: &[u8],
        now: Instant,
        out: &mut SendBatch,
    ) -> Option<SessionEvent> {
        if !self.is_connected() {
            return None;
        }
        if !self.sctp.send(reliable, payload) {
            self.counters.data_dropped += 1;
        }
        self.advance(now, out)
    }

    /// Moves data between DTLS and SCTP until both are quiet.
    pub fn advance(&mut self, now: Instant, out: &mut SendBatch) -> Option<SessionEvent> {
        let mut result = None;
        loop {
            while let Some(event) = self.dtls.poll(self.ice.remote, out) {
                match event {
                    DtlsEvent::Keys(profile, contexts) => {
                        let (send, receive) = *contexts;
                        self.keys = Some(Keys { profile, send, receive });
                    }
                    DtlsEvent::Connected => {}
                    DtlsEvent::ApplicationData(data) => {
                        if let Some(from) = self.dtls_source {
                            self.ice.handle_packet(from, now);
                        }
                        self.sctp.handle_packet(&data);
                    }
                    DtlsEvent::Closed => return self.fail("closed by the client".into()),
                    DtlsEvent::Failed(reason) => return self.fail(reason),
                }
            }
            if self.keys.is_some() && !self.connected {
                self.connected = true;
                result = Some(SessionEvent::Connected);
            }
            if !self.connected {
                return result;
            }
            let packets = self.sctp.advance(now);
            if packets.is_empty() {
                return result;
            }
            for packet in packets {
                if let Err(error) = self.dtls.send(&packet) {
                    return self.fail(error);
                }
            }
        }
    }

    /// Decrypts an RTP packet in place; the payload is `packet[header.length..][..length]`.
    /// `in_use`: whether a producer receives this SSRC.
    pub fn open_rtp(
        &mut self,
        packet: &mut [u8],
        from: SocketAddr,
        now: Instant,
        in_use: impl Fn(u32) -> bool,
    ) -> Option<(Header, usize)> {
        let keys = self.keys.as_ref().filter(|_| !self.failed)?;
        let header = Header::parse(packet)?;
        let index = self.received_rtp.rtp_index(header.ssrc, header.sequence)?;
        let Some(length) = keys.receive.open_rtp(packet, header.length, header.ssrc, index) else {
            self.counters.decrypt_failures += 1;
            return None;
        };
        if !self.received_rtp.record(header.ssrc, index, in_use) {
            self.counters.refused_packets += 1;
            return None;
        }
        self.ice.handle_packet(from, now);
        self.counters.packets_received += 1;
        self.counters.bytes_received += length as u64;
        Some((header, length))
    }

    /// Decrypts an RTCP compound in place. `in_use` as in [`Self::open_rtp`].
    pub fn open_rtcp<'a>(
        &mut self,
        packet: &'a mut [u8],
        from: SocketAddr,
        now: Instant,
        in_use: impl Fn(u32) -> bool,
    ) -> Option<&'a [u8]> {
        let keys = self.keys.as_ref().filter(|_| !self.failed)?;
        let Some((length, index)) = keys.receive.open_rtcp(packet) else {
            self.counters.decrypt_failures += 1;
            return None;
        };
        let (ssrc, index) = (read_u32(packet, 4)?, u64::from(index));
        if !self.received_rtcp.is_new(ssrc, index) {
            return None;
        }
        if !self.received_rtcp.record(ssrc, index, in_use) {
            self.counters.refused_packets += 1;
            return None;
        }
        self.ice.handle_packet(from, now);
        Some(&packet[..length])
    }

    pub fn send_rtcp(&mut self, mut packet: Vec<u8>, out: &mut SendBatch) {
        #[cfg(feature = "test-hooks")]
        assert!(!std::mem::take(&mut self.panics_at_rtcp), "a test asks for it");
        let Some(to) = self.destination() else { return };
        let Some(keys) = &self.keys else { return };
        self.rtcp_index += 1;
        keys.send.seal_rtcp(&mut packet, self.rtcp_index);
        out.push(to, &packet);
    }

    /// Seals the RTP packet in the buffer of `out` and commits it.
    pub fn send_rtp(
        &mut self,
        to: SocketAddr,
        header: usize,
        length: usize,
        ssrc: u32,
        index: u64,
        out: &mut SendBatch,
    ) {
        let Some(keys) = &self.keys else { return };
        let sealed = keys.send.seal_rtp(out.buffer(), header, length, ssrc, index);
        out.commit(to, sealed);
        self.counters.packets_sent += 1;
        self.counters.bytes_sent += sealed as u64;
    }
}
