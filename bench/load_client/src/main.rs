//! Media half of the load client of `bench/forwarding.py`: str0m sessions, one thread and one socket each.
//!
//! Frames on stdin and stdout: session (u32), kind (u8), length (u32), bytes; all little endian.
//! In: `V`, `A` make a session that sends video or audio and answer `O`, its offer; `S` is an answer to it;
//! `R` makes or renegotiates a receiving session from an offer and answers `D`, its answer; `T` is a candidate
//! of the server's that came apart from its SDP; `C` answers `C`, the RTP packets received by all sessions so
//! far (u64).
use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};
use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::media::{Direction, MediaKind, Mid};
use str0m::net::{Protocol, Receive};
use str0m::rtp::{ExtensionValues, RtpWrite};
use str0m::{Candidate, Event, Input, Output, Rtc};

static RECEIVED: AtomicU64 = AtomicU64::new(0);

/// 1.5 Mbit/s in 30 frames a second, as a 720p camera sends it.
const FRAME_INTERVAL: Duration = Duration::from_nanos(33_333_333);
const PACKETS_PER_FRAME: usize = 6;
const VIDEO_BYTES: usize = 1_040;
const VIDEO_TICKS: u32 = 3_000;
/// 40 kbit/s of Opus.
const AUDIO_INTERVAL: Duration = Duration::from_millis(20);
const AUDIO_BYTES: usize = 100;
const AUDIO_TICKS: u32 = 960;
/// How soon a session notices a command.
const LONGEST_WAIT: Duration = Duration::from_millis(20);
const SHORTEST_WAIT: Duration = Duration::from_micros(100);
const MTU: usize = 2_048;

type Command = (u8, String);

fn main() -> io::Result<()> {
    let mut input = io::stdin().lock();
    let mut sessions: HashMap<u32, Sender<Command>> = HashMap::new();
    let mut head = [0; 9];
    while input.read_exact(&mut head).is_ok() {
        let session = u32::from_le_bytes(head[..4].try_into().expect("four bytes"));
        let mut body =
            vec![0; u32::from_le_bytes(head[5..].try_into().expect("four bytes")) as usize];
        input.read_exact(&mut body)?;
        if head[4] == b'C' {
            reply(0, b'C', &RECEIVED.load(Ordering::Relaxed).to_le_bytes());
            continue;
        }
        let text = String::from_utf8(body).expect("SDP is text");
        let commands = sessions.entry(session).or_insert_with(|| start(session));
        commands
            .send((head[4], text))
            .expect("a session does not end by itself");
    }
    Ok(())
}

fn reply(session: u32, kind: u8, body: &[u8]) {
    let mut output = io::stdout().lock();
    let length = u32::try_from(body.len()).expect("an SDP is short");
    let head = [&session.to_le_bytes()[..], &[kind], &length.to_le_bytes()].concat();
    output
        .write_all(&head)
        .and_then(|()| output.write_all(body))
        .and_then(|()| output.flush())
        .expect("stdout");
}

fn start(id: u32) -> Sender<Command> {
    let (sender, commands) = channel();
    thread::Builder::new()
        .stack_size(256 * 1024)
        .spawn(move || Session::new(id).run(&commands))
        .expect("a thread");
    sender
}

struct Sending {
    mid: Mid,
    kind: MediaKind,
    sequence: u64,
    frame: u32,
    due: Instant,
    key_frame_wanted: bool,
}

struct Session {
    id: u32,
    rtc: Rtc,
    socket: UdpSocket,
    local: SocketAddr,
    pending: Option<SdpPendingOffer>,
    sending: Option<Sending>,
    connected: bool,
    wakeup: Instant,
}

impl Session {
    fn new(id: u32) -> Session {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
        let local = socket.local_addr().expect("it is bound");
        let mut rtc = Rtc::builder()
            .clear_codecs()
            .enable_opus(true, false)
            .enable_vp8(true)
            .set_rtp_mode(true)
            .build(Instant::now());
        rtc.add_local_candidate(Candidate::host(local, "udp").expect("a host candidate"));
        let wakeup = Instant::now();
        Session {
            id,
            rtc,
            socket,
            local,
            pending: None,
            sending: None,
            connected: false,
            wakeup,
        }
    }

    fn run(mut self, commands: &Receiver<Command>) {
        let mut buffer = [0; MTU];
        loop {
            while let Ok((kind, text)) = commands.try_recv() {
                self.obey(kind, &text);
            }
            self.poll();
            let next = self
                .sending
                .as_ref()
                .filter(|_| self.connected)
                .map_or(self.wakeup, |s| s.due.min(self.wakeup));
            let wait = next
                .saturating_duration_since(Instant::now())
                .clamp(SHORTEST_WAIT, LONGEST_WAIT);
            self.socket.set_read_timeout(Some(wait)).expect("a timeout");
            if let Ok((length, source)) = self.socket.recv_from(&mut buffer) {
                self.take(&buffer[..length], source);
            }
            if self.wakeup <= Instant::now() {
                self.rtc
                    .handle_input(Input::Timeout(Instant::now()))
                    .expect("time passes");
            }
            self.send_due();
        }
    }

    fn take(&mut self, packet: &[u8], source: SocketAddr) {
        if let Ok(contents) = packet.try_into() {
            let receive = Receive {
                proto: Protocol::Udp,
                source,
                destination: self.local,
                contents,
            };
            self.rtc
                .handle_input(Input::Receive(Instant::now(), receive))
                .expect("a packet of the server");
        }
    }

    fn obey(&mut self, kind: u8, text: &str) {
        match kind {
            b'V' => self.offer(MediaKind::Video, text),
            b'A' => self.offer(MediaKind::Audio, text),
            b'S' => {
                let answer = SdpAnswer::from_sdp_string(text).expect("the server's answer");
                let pending = self.pending.take().expect("an offer came before");
                self.rtc
                    .sdp_api()
                    .accept_answer(pending, answer)
                    .expect("an answer to our offer");
            }
            b'R' => {
                let offer = SdpOffer::from_sdp_string(text).expect("the server's offer");
                let answer = self
                    .rtc
                    .sdp_api()
                    .accept_offer(offer)
                    .expect("an offer for us");
                reply(self.id, b'D', answer.to_sdp_string().as_bytes());
            }
            b'T' => {
                let candidate = Candidate::from_sdp_string(text).expect("the server's candidate");
                self.rtc.add_remote_candidate(candidate);
            }
            _ => panic!("unknown command {kind}"),
        }
    }

    fn offer(&mut self, kind: MediaKind, track: &str) {
        let mut changes = self.rtc.sdp_api();
        let (stream, track) = (Some("load".to_owned()), Some(track.to_owned()));
        let mid = changes.add_media(kind, Direction::SendOnly, stream, track, None);
        let (offer, pending) = changes.apply().expect("something changed");
        self.pending = Some(pending);
        let due = Instant::now();
        self.sending = Some(Sending {
            mid,
            kind,
            sequence: 1_000,
            frame: 0,
            due,
            key_frame_wanted: true,
        });
        reply(self.id, b'O', offer.to_sdp_string().as_bytes());
    }

    fn poll(&mut self) {
        loop {
            match self.rtc.poll_output().expect("a session that lives") {
                Output::Timeout(at) => {
                    self.wakeup = at;
                    return;
                }
                Output::Transmit(transmit) => {
                    let _ = self
                        .socket
                        .send_to(&transmit.contents, transmit.destination);
                }
                Output::Event(Event::Connected) => {
                    self.connected = true;
                    if let Some(sending) = &mut self.sending {
                        sending.due = Instant::now();
                    }
                }
                Output::Event(Event::KeyframeRequest(_)) => {
                    if let Some(sending) = &mut self.sending {
                        sending.key_frame_wanted = true;
                    }
                }
                Output::Event(Event::RtpPacket(_)) => {
                    RECEIVED.fetch_add(1, Ordering::Relaxed);
                }
                Output::Event(_) => {}
            }
        }
    }

    fn send_due(&mut self) {
        let now = Instant::now();
        while let Some(sending) = self
            .sending
            .as_mut()
            .filter(|sending| self.connected && sending.due <= now)
        {
            let is_video = sending.kind == MediaKind::Video;
            let packets = if is_video { PACKETS_PER_FRAME } else { 1 };
            let key = is_video && std::mem::take(&mut sending.key_frame_wanted);
            for at in 0..packets {
                let payload = if is_video {
                    vp8(sending.frame, key, at == 0)
                } else {
                    vec![0x78; AUDIO_BYTES]
                };
                self.rtc.write(sending, payload, at + 1 == packets);
            }
            sending.frame += 1;
            sending.due += if is_video {
                FRAME_INTERVAL
            } else {
                AUDIO_INTERVAL
            };
        }
        self.poll();
    }
}

trait WritePacket {
    fn write(&mut self, sending: &mut Sending, payload: Vec<u8>, marker: bool);
}

impl WritePacket for Rtc {
    fn write(&mut self, sending: &mut Sending, payload: Vec<u8>, marker: bool) {
        let Some(pt) = self
            .media(sending.mid)
            .and_then(|media| media.remote_pts().first().copied())
        else {
            return;
        };
        let is_video = sending.kind == MediaKind::Video;
        let time = sending
            .frame
            .wrapping_mul(if is_video { VIDEO_TICKS } else { AUDIO_TICKS });
        let levels = ExtensionValues {
            audio_level: Some(-30),
            voice_activity: Some(true),
            ..ExtensionValues::default()
        };
        let mut packet = RtpWrite::new(pt, sending.sequence.into(), time, Instant::now(), payload);
        packet = packet.marker(marker).nackable(is_video);
        if !is_video {
            packet = packet.ext_vals(levels);
        }
        sending.sequence += 1;
        if let Some(stream) = self.direct_api().stream_tx_by_mid(sending.mid, None) {
            stream.write_rtp(packet);
        }
    }
}

/// RFC 7741: extended descriptor with a 15-bit PictureID, TL0PICIDX and layer 0; a key frame is 1280 × 720.
fn vp8(frame: u32, key: bool, first: bool) -> Vec<u8> {
    let [.., high, low] = frame.to_be_bytes();
    let start = if first { 0x90 } else { 0x80 };
    let mut payload = vec![start, 0xE0, high | 0x80, low, low, 0];
    if first && key {
        payload.extend_from_slice(&[0x10, 0, 0, 0x9D, 0x01, 0x2A, 0x00, 0x05, 0xD0, 0x02]);
    }
    payload.resize(VIDEO_BYTES, 0x11);
    payload
}
