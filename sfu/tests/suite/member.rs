//! A member of a meeting whose every packet a test writes: connected as a client should be, and sealed with its keys.
use crate::peer::{PATIENCE, Peer, nominating_check, wait_connected};
use aws_lc_rs::digest::{SHA256, digest};
use dimpl::{Config, Dtls, DtlsCertificate, Output, SrtpProfile};
use mcmeet_sfu::engine::Engine;
use mcmeet_sfu::ids::{ProducerId, RouterId, TransportId};
use mcmeet_sfu::rtp::{Header, read_u32};
use mcmeet_sfu::srtp::{Context, MAX_TRAILER, Profile};
use std::collections::HashMap;
use std::net::UdpSocket;
use std::sync::Arc;
use std::time::{Duration, Instant};
use str0m::change::SdpOffer;
use str0m::media::{Direction, MediaKind};

const CHECK_EVERY: u32 = 30;

pub struct Member {
    pub transport: TransportId,
    /// Of the tracks that it sends, or gets.
    pub ssrcs: Vec<u32>,
    socket: UdpSocket,
    check: Vec<u8>,
    dtls: Dtls,
    keys: Context,
    rtcp_index: u32,
    sent: u32,
    /// The last of each SSRC.
    sequences: HashMap<u32, u16>,
}

impl Member {
    /// With one Opus and one VP8 track.
    pub fn publisher(engine: &Engine, router: RouterId) -> (Member, Vec<ProducerId>) {
        let transport = engine.open_publisher(router).unwrap();
        let mut peer = Peer::new();
        let mut changes = peer.rtc.sdp_api();
        for (kind, track) in [(MediaKind::Audio, "mic"), (MediaKind::Video, "cam")] {
            changes.add_media(kind, Direction::SendOnly, Some("stream".into()), Some(track.into()), None);
        }
        let (offer, _) = changes.apply().unwrap();
        let certificate = dimpl::certificate::generate_self_signed_certificate().unwrap();
        let offer = with_certificate(&offer.to_sdp_string(), &certificate);
        let tracks = engine.read_offer(transport, &offer).unwrap();
        let producers = tracks.iter().map(|track| engine.produce(transport, &track.mid).unwrap()).collect();
        let check = nominating_check(&engine.answer(transport, &[]).unwrap(), value(&offer, "a=ice-ufrag:"));
        (Member::connect(engine, transport, check, ssrcs(&offer), certificate), producers)
    }

    pub fn subscriber(engine: &Engine, router: RouterId, tracks: &[ProducerId]) -> Member {
        let transport = engine.open_subscriber(router).unwrap();
        for track in tracks {
            engine.consume(transport, *track, "PA_1|x", &format!("TR_{track}")).unwrap();
        }
        let offer = engine.offer(transport).unwrap();
        let mut peer = Peer::new();
        let answer = peer.rtc.sdp_api().accept_offer(SdpOffer::from_sdp_string(&offer).unwrap()).unwrap();
        let certificate = dimpl::certificate::generate_self_signed_certificate().unwrap();
        let answer = with_certificate(&answer.to_sdp_string(), &certificate);
        engine.accept_answer(transport, &answer).unwrap();
        let check = nominating_check(&offer, value(&answer, "a=ice-ufrag:"));
        Member::connect(engine, transport, check, ssrcs(&offer), certificate)
    }

    fn connect(
        engine: &Engine,
        transport: TransportId,
        check: Vec<u8>,
        ssrcs: Vec<u32>,
        certificate: DtlsCertificate,
    ) -> Member {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect(("127.0.0.1", engine.port())).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(5))).unwrap();
        socket.send(&check).unwrap();
        let (dtls, keys) = handshake(&socket, certificate);
        wait_connected(engine, transport);
        socket.set_nonblocking(true).unwrap();
        let sequences = HashMap::new();
        Member { transport, ssrcs, socket, check, dtls, keys, rtcp_index: 0, sent: 0, sequences }
    }

    /// All of them go in as few datagrams as DTLS makes of them.
    pub fn send_sctp(&mut self, packets: &[Vec<u8>]) {
        for packet in packets {
            self.dtls.send_application_data(packet).unwrap();
        }
        let mut out = [0; 2_048];
        while let Output::Packet(packet) = self.dtls.poll_output(&mut out) {
            self.socket.send(packet).unwrap();
        }
    }

    /// What has come until nothing more comes.
    pub fn receive_sctp(&mut self) -> Vec<Vec<u8>> {
        self.socket.set_nonblocking(false).unwrap();
        let (mut out, mut buffer, mut packets) = ([0; 2_048], [0; 2_048], Vec::new());
        while let Ok(length) = self.socket.recv(&mut buffer) {
            // RFC 7983 §7: the others are STUN.
            if (20..64).contains(&buffer[0]) {
                self.dtls.handle_packet(&buffer[..length]).unwrap();
            }
            while let Output::ApplicationData(packet) = self.dtls.poll_output(&mut out) {
                packets.push(packet.to_vec());
            }
        }
        packets
    }

    /// `compound` has at least its first header and SSRC.
    pub fn send_rtcp(&mut self, mut compound: Vec<u8>) {
        self.rtcp_index += 1;
        self.keys.seal_rtcp(&mut compound, self.rtcp_index);
        self.send(&compound);
    }

    /// `packet` gets the next sequence number of its SSRC. What ends within its header goes out in the clear: sealing
    /// would hide the very length that lies. A header that ends within the seal is not sent: nobody can seal it.
    pub fn send_rtp(&mut self, mut packet: Vec<u8>) {
        let length = packet.len();
        packet.resize(length + MAX_TRAILER, 0);
        let Some(header) = Header::parse(&packet).map(|header| header.length) else {
            return self.send(&packet);
        };
        if header > length {
            return;
        }
        let ssrc = read_u32(&packet, 8).unwrap();
        let sequence = self.sequences.entry(ssrc).or_default();
        *sequence += 1;
        packet[2..4].copy_from_slice(&sequence.to_be_bytes());
        let sealed = self.keys.seal_rtp(&mut packet, header, length, ssrc, u64::from(*sequence));
        self.send(&packet[..sealed]);
    }

    /// What is said to it is taken, so that there is room for more; now and then it shows that it is still there.
    fn send(&mut self, packet: &[u8]) {
        if self.sent.is_multiple_of(CHECK_EVERY) {
            self.socket.send(&self.check).unwrap();
        }
        self.sent += 1;
        self.socket.send(packet).unwrap();
        while self.socket.recv(&mut [0; 2_048]).is_ok() {}
    }
}

fn handshake(socket: &UdpSocket, certificate: DtlsCertificate) -> (Dtls, Context) {
    let start = Instant::now();
    let mut client = Dtls::new_12(Arc::new(Config::default()), certificate, start);
    client.set_active(true);
    client.handle_timeout(start).unwrap();
    let (mut out, mut buffer, mut keys) = (vec![0; 4_096], [0; 2_048], None);
    loop {
        assert!(start.elapsed() < PATIENCE, "the handshake does not end");
        match client.poll_output(&mut out) {
            Output::Packet(packet) => drop(socket.send(packet).unwrap()),
            Output::KeyingMaterial(material, profile) => keys = Some(client_keys(&material, profile)),
            Output::Timeout(_) if keys.is_some() => return (client, keys.unwrap()),
            Output::Timeout(_) => match socket.recv(&mut buffer) {
                // RFC 7983 §7: the others are STUN.
                Ok(length) if (20..64).contains(&buffer[0]) => {
                    client.handle_packet(&buffer[..length]).unwrap()
                }
                Ok(_) => {}
                Err(_) => client.handle_timeout(Instant::now()).unwrap(),
            },
            _ => {}
        }
    }
}

/// What the client seals with (RFC 5764 §4.2).
fn client_keys(material: &[u8], profile: SrtpProfile) -> Context {
    assert_eq!(profile, SrtpProfile::AEAD_AES_256_GCM);
    let profile = Profile::AeadAes256Gcm;
    let (key, salt) = (profile.key_length(), profile.salt_length());
    Context::new(profile, &material[..key], &material[2 * key..2 * key + salt])
}

fn with_certificate(sdp: &str, certificate: &DtlsCertificate) -> String {
    let digest = digest(&SHA256, &certificate.certificate);
    let bytes: Vec<String> = digest.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
    let line = format!("a=fingerprint:sha-256 {}", bytes.join(":"));
    let lines = sdp.lines().map(|old| if old.starts_with("a=fingerprint:") { &line } else { old });
    lines.flat_map(|line| [line, "\r\n"]).collect()
}

fn value<'a>(sdp: &'a str, name: &str) -> &'a str {
    sdp.lines().find_map(|line| line.strip_prefix(name)).unwrap()
}

fn ssrcs(sdp: &str) -> Vec<u32> {
    let named = sdp.lines().filter_map(|line| line.strip_prefix("a=ssrc:")?.split(' ').next()?.parse().ok());
    let mut found: Vec<u32> = named.collect();
    found.dedup();
    found
}
