//! A client made of str0m: another WebRTC stack, over loopback UDP, with losses on demand.
use aws_lc_rs::hmac;
use is::stun::{StunMessage, TransId};
use mcmeet_sfu::engine::{Configuration, Engine};
use mcmeet_sfu::events::Event as EngineEvent;
use mcmeet_sfu::ids::{ConsumerId, ProducerId, RouterId, TransportId};
use mcmeet_sfu::stats::WorkerStats;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};
use str0m::change::{SdpAnswer, SdpOffer};
use str0m::channel::ChannelId;
use str0m::media::{Direction, KeyframeRequestKind, MediaKind, Mid};
use str0m::net::{Protocol, Receive};
use str0m::rtp::{ExtensionValues, RtpWrite};
use str0m::{Candidate, Event, Input, Output, Rtc};

pub const PATIENCE: Duration = Duration::from_secs(10);
const LOCALHOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const VP8_DESCRIPTOR: usize = 5;

pub fn start_engine() -> Engine {
    start_engine_with(true)
}

/// `offload`: whether the kernel may split and join packets.
pub fn start_engine_with(offload: bool) -> Engine {
    start_engine_of(1, offload)
}

pub fn start_engine_of(workers: usize, offload: bool) -> Engine {
    let configuration =
        Configuration { host: LOCALHOST, port: 0, announce: Vec::new(), workers, offload, tcp_port: None };
    Engine::start(&configuration).expect("loopback has a free port")
}

/// Every n-th RTP packet is lost, none for 0. RTCP and the handshake are spared.
#[derive(Clone, Copy, Default)]
pub struct Loss {
    every: u32,
    count: u32,
}

impl Loss {
    pub fn every(every: u32) -> Loss {
        Loss { every, count: 0 }
    }

    fn takes(&mut self, packet: &[u8]) -> bool {
        if !is_rtp(packet) || self.every == 0 {
            return false;
        }
        self.count += 1;
        self.count.is_multiple_of(self.every)
    }
}

fn is_rtp(packet: &[u8]) -> bool {
    matches!(packet.first(), Some(128..=191)) && !(64..96).contains(&(packet[1] & 0x7F))
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    pub ssrc: u32,
    pub payload_type: u8,
    pub sequence: u64,
    pub timestamp: u32,
    pub marker: bool,
    pub payload: Vec<u8>,
}

pub struct Peer {
    pub rtc: Rtc,
    socket: UdpSocket,
    local: SocketAddr,
    pub connected: bool,
    pub received: Vec<Received>,
    pub key_frame_requests: usize,
    /// Of the last second, by the feedback it got (transport-wide congestion control).
    pub egress_loss: Option<f32>,
    pub channels: Vec<String>,
    /// What came in the channels, each with its label.
    pub data: Vec<(String, Vec<u8>)>,
    channel_ids: Vec<ChannelId>,
    pub loss_out: Loss,
    pub loss_in: Loss,
    /// Where RTP waits instead of being sent, while it is there.
    pub held: Option<Vec<Vec<u8>>>,
    wakeup: Instant,
    /// Of its clock against ours.
    ahead: Duration,
}

impl Peer {
    pub fn new() -> Peer {
        let rtc = Rtc::builder()
            .clear_codecs()
            .enable_opus(true, false)
            .enable_vp8(true)
            .set_rtp_mode(true)
            .set_stats_interval(Some(Duration::from_millis(100)))
            .build(Instant::now());
        let socket = UdpSocket::bind((LOCALHOST, 0)).unwrap();
        socket.set_nonblocking(true).unwrap();
        let local = socket.local_addr().unwrap();
        let mut peer = Peer {
            rtc,
            socket,
            local,
            connected: false,
            received: Vec::new(),
            key_frame_requests: 0,
            egress_loss: None,
            channels: Vec::new(),
            data: Vec::new(),
            channel_ids: Vec::new(),
            loss_out: Loss::default(),
            loss_in: Loss::default(),
            held: None,
            wakeup: Instant::now(),
            ahead: Duration::ZERO,
        };
        peer.rtc.add_local_candidate(Candidate::host(local, "udp").unwrap());
        peer
    }

    /// Bytes that a stranger could forge: from this client's address, but not made by its stack.
    pub fn forge(&self, engine: &Engine, packet: &[u8]) {
        self.socket.send_to(packet, (LOCALHOST, engine.port())).unwrap();
    }

    /// Its NAT gives it another address from now on; `passed` of its own time has gone by.
    pub fn rebind(&mut self, passed: Duration) {
        self.socket = UdpSocket::bind((LOCALHOST, 0)).unwrap();
        self.socket.set_nonblocking(true).unwrap();
        self.ahead += passed;
    }

    fn now(&self) -> Instant {
        Instant::now() + self.ahead
    }

    /// Its decoder needs a key frame of what it received last.
    pub fn lose_picture(&mut self, kind: KeyframeRequestKind) {
        let ssrc = self.received.last().unwrap().ssrc.into();
        self.rtc.direct_api().stream_rx(&ssrc).unwrap().request_keyframe(kind);
    }

    pub fn ufrag(&mut self) -> String {
        self.rtc.direct_api().local_ice_credentials().ufrag
    }

    /// Does what there is to do now and returns.
    pub fn turn(&mut self) {
        let mut buffer = [0; 2_048];
        while let Ok((length, from)) = self.socket.recv_from(&mut buffer) {
            let packet = &buffer[..length];
            if self.loss_in.takes(packet) {
                continue;
            }
            let Ok(contents) = packet.try_into() else { continue };
            let receive = Receive { proto: Protocol::Udp, source: from, destination: self.local, contents };
            self.rtc.handle_input(Input::Receive(self.now(), receive)).unwrap();
            self.poll();
        }
        if self.wakeup <= self.now() {
            self.rtc.handle_input(Input::Timeout(self.now())).unwrap();
        }
        self.poll();
    }

    fn poll(&mut self) {
        loop {
            match self.rtc.poll_output().unwrap() {
                Output::Timeout(at) => {
                    self.wakeup = at;
                    return;
                }
                Output::Transmit(transmit) => {
                    if let Some(held) = self.held.as_mut().filter(|_| is_rtp(&transmit.contents)) {
                        held.push(transmit.contents.to_vec());
                    } else if !self.loss_out.takes(&transmit.contents) {
                        self.socket.send_to(&transmit.contents, transmit.destination).unwrap();
                    }
                }
                Output::Event(event) => self.note(event),
            }
        }
    }

    fn note(&mut self, event: Event) {
        match event {
            Event::Connected => self.connected = true,
            Event::KeyframeRequest(_) => self.key_frame_requests += 1,
            Event::PeerStats(stats) => self.egress_loss = stats.egress_loss_fraction,
            Event::ChannelOpen(id, label) => {
                self.channels.push(label);
                self.channel_ids.push(id);
            }
            Event::ChannelData(data) => {
                let channel = self.channel_ids.iter().position(|id| *id == data.id).unwrap();
                self.data.push((self.channels[channel].clone(), data.data));
            }
            Event::RtpPacket(packet) => self.received.push(Received {
                ssrc: *packet.header.ssrc,
                payload_type: *packet.header.payload_type,
                sequence: *packet.seq_no,
                timestamp: packet.header.timestamp,
                marker: packet.header.marker,
                payload: packet.payload.to_vec(),
            }),
            _ => {}
        }
    }

    pub fn send_data(&mut self, label: &str, payload: &[u8]) {
        let channel = self.channels.iter().position(|open| open == label).unwrap();
        self.rtc.channel(self.channel_ids[channel]).unwrap().write(true, payload).unwrap();
        self.turn();
    }

    /// What it said in a channel and SCTP has not acknowledged, in bytes.
    pub fn unacknowledged(&mut self, label: &str) -> usize {
        let channel = self.channels.iter().position(|open| open == label).unwrap();
        self.rtc.channel(self.channel_ids[channel]).unwrap().buffered_amount()
    }

    /// What of one kind arrived, in order of sequence numbers.
    pub fn payloads(&self, payload_type: u8) -> Vec<Vec<u8>> {
        let mut packets: Vec<&Received> =
            self.received.iter().filter(|packet| packet.payload_type == payload_type).collect();
        packets.sort_by_key(|packet| packet.sequence);
        packets.iter().map(|packet| packet.payload.clone()).collect()
    }
}

/// Runs all peers until `done`, or fails after [`PATIENCE`].
pub fn run_until(peers: &mut [&mut Peer], what: &str, mut done: impl FnMut(&mut [&mut Peer]) -> bool) {
    let start = Instant::now();
    while !done(peers) {
        assert!(start.elapsed() < PATIENCE, "waited in vain: {what}");
        for peer in peers.iter_mut() {
            peer.turn();
        }
        std::thread::sleep(Duration::from_micros(500));
    }
}

pub fn run_for(peers: &mut [&mut Peer], time: Duration) {
    let end = Instant::now() + time;
    run_until(peers, "time passes", |_| Instant::now() >= end);
}

/// A client that sends one Opus and one VP8 track.
pub struct Publisher {
    pub peer: Peer,
    pub transport: TransportId,
    pub audio: ProducerId,
    pub video: ProducerId,
    audio_mid: Mid,
    video_mid: Mid,
    audio_sequence: u64,
    video_sequence: u64,
    frames: u16,
    level: i8,
}

impl Publisher {
    pub fn connect(engine: &Engine, router: RouterId) -> Publisher {
        let mut publisher = Publisher::offer(engine, router);
        run_until(&mut [&mut publisher.peer], "the publisher connects", |peers| peers[0].connected);
        wait_connected(engine, publisher.transport);
        publisher
    }

    /// Offers and applies the answer; the connection is not there yet.
    pub fn offer(engine: &Engine, router: RouterId) -> Publisher {
        let mut peer = Peer::new();
        let transport = engine.open_publisher(router).unwrap();
        let mut changes = peer.rtc.sdp_api();
        let stream = Some("stream".to_owned());
        let audio_mid = changes.add_media(
            MediaKind::Audio,
            Direction::SendOnly,
            stream.clone(),
            Some("mic".into()),
            None,
        );
        let video_mid =
            changes.add_media(MediaKind::Video, Direction::SendOnly, stream, Some("cam".into()), None);
        changes.add_channel("_reliable".into());
        let (offer, pending) = changes.apply().unwrap();
        let tracks = engine.read_offer(transport, &offer.to_sdp_string()).unwrap();
        assert_eq!(tracks.iter().map(|track| track.track.as_str()).collect::<Vec<_>>(), ["mic", "cam"]);
        let audio = engine.produce(transport, &audio_mid.to_string()).unwrap();
        let video = engine.produce(transport, &video_mid.to_string()).unwrap();
        let answer = SdpAnswer::from_sdp_string(&engine.answer(transport, &[]).unwrap()).unwrap();
        peer.rtc.sdp_api().accept_answer(pending, answer).unwrap();
        Publisher {
            peer,
            transport,
            audio,
            video,
            audio_mid,
            video_mid,
            audio_sequence: 1_000,
            video_sequence: 65_530,
            frames: 0,
            level: -20,
        }
    }

    fn payload_type(&self, mid: Mid) -> str0m::media::Pt {
        self.peer.rtc.media(mid).unwrap().remote_pts()[0]
    }

    pub fn set_level(&mut self, level: i8) {
        self.level = level;
    }

    /// Offers one more video track and applies the answer.
    pub fn add_video(&mut self, engine: &Engine, track: &str) -> (ProducerId, Mid) {
        let mut changes = self.peer.rtc.sdp_api();
        let stream = Some("stream".to_owned());
        let mid = changes.add_media(MediaKind::Video, Direction::SendOnly, stream, Some(track.into()), None);
        let (offer, pending) = changes.apply().unwrap();
        engine.read_offer(self.transport, &offer.to_sdp_string()).unwrap();
        let producer = engine.produce(self.transport, &mid.to_string()).unwrap();
        let answer = SdpAnswer::from_sdp_string(&engine.answer(self.transport, &[]).unwrap()).unwrap();
        self.peer.rtc.sdp_api().accept_answer(pending, answer).unwrap();
        (producer, mid)
    }

    pub fn video_mid(&self) -> Mid {
        self.video_mid
    }

    /// The next frames are sent in this section, with this sequence number first.
    pub fn send_video_in(&mut self, mid: Mid, sequence: u64) {
        self.video_mid = mid;
        self.video_sequence = sequence;
    }

    /// The camera's packets come under another SSRC from now on, with numbers from `sequence` and times of their own.
    pub fn change_video_ssrc(&mut self, sequence: u64) {
        let mut api = self.peer.rtc.direct_api();
        let old = api.stream_tx_by_mid(self.video_mid, None).unwrap().ssrc();
        let (ssrc, rtx) = (api.new_ssrc(), api.new_ssrc());
        api.remove_stream_tx(old);
        api.declare_stream_tx(ssrc, Some(rtx), self.video_mid, None);
        self.video_sequence = sequence;
        self.frames += 1_000;
    }

    /// One frame of packets with payloads of these lengths.
    pub fn send_lengths(&mut self, key: bool, lengths: &[usize]) {
        let pt = self.payload_type(self.video_mid);
        let timestamp = u32::from(self.frames) * 3_000;
        for (at, length) in lengths.iter().enumerate() {
            let sequence = self.video_sequence;
            self.video_sequence += 1;
            let mut payload = vp8_payload(self.frames, key, at == 0, sequence);
            payload.resize(*length, 0x11);
            let packet = RtpWrite::new(pt, sequence.into(), timestamp, Instant::now(), payload);
            let mut api = self.peer.rtc.direct_api();
            let stream = api.stream_tx_by_mid(self.video_mid, None).unwrap();
            stream.write_rtp(packet.marker(at + 1 == lengths.len()));
        }
        self.frames += 1;
        self.peer.turn();
    }

    /// One video packet of these bytes, whatever they are.
    pub fn send_payload(&mut self, payload: Vec<u8>, marker: bool) {
        let pt = self.payload_type(self.video_mid);
        let sequence = self.video_sequence;
        self.video_sequence += 1;
        let packet =
            RtpWrite::new(pt, sequence.into(), u32::from(self.frames) * 3_000, Instant::now(), payload);
        let mut api = self.peer.rtc.direct_api();
        api.stream_tx_by_mid(self.video_mid, None).unwrap().write_rtp(packet.marker(marker));
        self.frames = self.frames.wrapping_add(u16::from(marker));
        self.peer.turn();
    }

    /// One Opus packet; its payload says its number.
    pub fn send_audio(&mut self) {
        let pt = self.payload_type(self.audio_mid);
        let sequence = self.audio_sequence;
        self.audio_sequence += 1;
        let payload = format!("opus {sequence}").into_bytes();
        let levels = ExtensionValues {
            audio_level: Some(self.level),
            voice_activity: Some(true),
            ..ExtensionValues::default()
        };
        let packet = RtpWrite::new(pt, sequence.into(), (sequence * 960) as u32, Instant::now(), payload);
        let mut api = self.peer.rtc.direct_api();
        let stream = api.stream_tx_by_mid(self.audio_mid, None).unwrap();
        stream.write_rtp(packet.marker(true).ext_vals(levels));
        self.peer.turn();
    }

    /// One frame of `packets` packets; picture ids rise, TL0PICIDX too.
    pub fn send_frame(&mut self, key: bool, packets: usize) {
        let pt = self.payload_type(self.video_mid);
        let timestamp = u32::from(self.frames) * 3_000;
        for at in 0..packets {
            let sequence = self.video_sequence;
            self.video_sequence += 1;
            let payload = vp8_payload(self.frames, key, at == 0, sequence);
            let packet = RtpWrite::new(pt, sequence.into(), timestamp, Instant::now(), payload);
            let mut api = self.peer.rtc.direct_api();
            let stream = api.stream_tx_by_mid(self.video_mid, None).unwrap();
            stream.write_rtp(packet.marker(at + 1 == packets).nackable(true));
        }
        self.frames += 1;
        self.peer.turn();
    }
}

/// A VP8 packet as browsers make it: extended descriptor, 15-bit PictureID, TL0PICIDX.
pub fn vp8_payload(frame: u16, key: bool, first: bool, sequence: u64) -> Vec<u8> {
    let mut payload = vec![if first { 0x90 } else { 0x80 }, 0xC0];
    payload.extend_from_slice(&(frame | 0x8000).to_be_bytes());
    payload.push(frame as u8);
    if first && key {
        // Frame tag of a key frame, start code, 640 × 360.
        payload.extend_from_slice(&[0x10, 0, 0, 0x9D, 0x01, 0x2A, 0x80, 0x02, 0x68, 0x01]);
    } else {
        payload.extend_from_slice(&[0x11; 10]);
    }
    payload.extend_from_slice(format!("vp8 {sequence}").as_bytes());
    payload
}

/// The part of a VP8 payload that a forwarder must not touch.
pub fn vp8_data(payload: &[u8]) -> &[u8] {
    &payload[VP8_DESCRIPTOR..]
}

/// A client that receives.
pub struct Subscriber {
    pub peer: Peer,
    pub transport: TransportId,
}

impl Subscriber {
    /// Connected with the data channel alone, as LiveKit's clients begin.
    pub fn connect(engine: &Engine, router: RouterId) -> Subscriber {
        Subscriber::connect_as(Peer::new(), engine, router)
    }

    pub fn connect_as(peer: Peer, engine: &Engine, router: RouterId) -> Subscriber {
        let transport = engine.open_subscriber(router).unwrap();
        let mut subscriber = Subscriber { peer, transport };
        subscriber.negotiate(engine);
        run_until(&mut [&mut subscriber.peer], "the subscriber connects", |peers| peers[0].connected);
        wait_connected(engine, transport);
        subscriber
    }

    /// Connected, and these tracks go to it.
    pub fn of(engine: &Engine, router: RouterId, tracks: &[ProducerId]) -> Subscriber {
        let mut subscriber = Subscriber::connect(engine, router);
        for track in tracks {
            subscriber.consume(engine, *track, &format!("TR_{track}"));
        }
        subscriber.negotiate(engine);
        settle(engine);
        subscriber
    }

    pub fn negotiate(&mut self, engine: &Engine) {
        let offer = SdpOffer::from_sdp_string(&engine.offer(self.transport).unwrap()).unwrap();
        let answer = self.peer.rtc.sdp_api().accept_offer(offer).unwrap();
        engine.accept_answer(self.transport, &answer.to_sdp_string()).unwrap();
    }

    pub fn consume(&mut self, engine: &Engine, producer: ProducerId, track: &str) -> ConsumerId {
        engine.consume(self.transport, producer, "PA_1|x", track).unwrap()
    }
}

/// A binding request of the client `ufrag` with the user name and password that `sdp` of ours asks for.
pub fn stun_check(sdp: &str, ufrag: &str) -> Vec<u8> {
    check(sdp, ufrag, false)
}

/// The same with USE-CANDIDATE.
pub fn nominating_check(sdp: &str, ufrag: &str) -> Vec<u8> {
    check(sdp, ufrag, true)
}

fn check(sdp: &str, ufrag: &str, nominates: bool) -> Vec<u8> {
    let value = |name: &str| {
        let line = sdp.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap().to_owned()
    };
    let user = format!("{}:{ufrag}", value("a=ice-ufrag:"));
    binding_request(&user, &value("a=ice-pwd:"), nominates)
}

pub fn binding_request(user: &str, password: &str, nominates: bool) -> Vec<u8> {
    let request = StunMessage::binding_request(user, TransId::new(), true, 1, 1, nominates);
    let mut buffer = [0; 256];
    let sha1 = |key: &[u8], parts: &[&[u8]]| {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key);
        let mut context = hmac::Context::with_key(&key);
        parts.iter().for_each(|part| context.update(part));
        context.sign().as_ref().try_into().unwrap()
    };
    let length = request.to_bytes(Some(password.as_bytes()), &mut buffer, sha1).unwrap();
    buffer[..length].to_vec()
}

/// Waits for the event of this transport; others that come before it are dropped.
pub fn wait_connected(engine: &Engine, transport: TransportId) {
    wait_event(engine, |event| *event == EngineEvent::Connected(transport));
}

pub fn wait_event(engine: &Engine, wanted: impl Fn(&EngineEvent) -> bool) -> EngineEvent {
    let start = Instant::now();
    loop {
        if let Some(event) = engine.drain().into_iter().find(&wanted) {
            return event;
        }
        assert!(start.elapsed() < PATIENCE, "an event did not come");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// All commands so far are in force.
pub fn settle(engine: &Engine) {
    engine.barrier(7).unwrap();
    wait_event(engine, |event| *event == EngineEvent::Barrier(7));
}

pub fn assert_all_authentic(stats: &WorkerStats) {
    for (id, transport) in &stats.transports {
        assert_eq!(transport.counters.decrypt_failures, 0, "transport {id}");
        assert_eq!(transport.counters.unknown_packets, 0, "transport {id}");
    }
    assert_eq!(stats.socket.sessions_panicked, 0);
}
