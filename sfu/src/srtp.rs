//! SRTP and SRTCP: AES-GCM (RFC 7714) and, for peers without it, AES_CM_128_HMAC_SHA1_80 (RFC 3711).
use crate::rtp::{extend_sequence, read_u32};
use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{AES_128, AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::{constant_time, hmac, iv};

const GCM_TAG: usize = 16;
const SHA1_TAG: usize = 10;
const GCM_SALT: usize = 12;
const CM_SALT: usize = 14;
const AUTHENTICATION_KEY: usize = 20;
/// RTCP header and sender SSRC, which stay readable.
const RTCP_CLEAR: usize = 8;
/// E flag and 31-bit index behind an SRTCP packet.
const RTCP_INDEX: usize = 4;
const RTCP_ENCRYPTED: u32 = 0x8000_0000;
/// The longest thing that `seal_*` adds.
pub const MAX_TRAILER: usize = GCM_TAG + RTCP_INDEX;
/// RFC 3711 §3.3.2 asks for at least 64.
const REPLAY_WINDOW: u64 = 128;
/// SSRCs of one peer that we keep state for.
pub const MAX_STREAMS: usize = 64;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Profile {
    AeadAes256Gcm,
    AeadAes128Gcm,
    Aes128CmSha1,
}

impl Profile {
    pub fn as_str(self) -> &'static str {
        match self {
            Profile::AeadAes256Gcm => "AEAD_AES_256_GCM",
            Profile::AeadAes128Gcm => "AEAD_AES_128_GCM",
            Profile::Aes128CmSha1 => "SRTP_AES128_CM_SHA1_80",
        }
    }

    pub fn key_length(self) -> usize {
        match self {
            Profile::AeadAes256Gcm => 32,
            _ => 16,
        }
    }

    pub fn salt_length(self) -> usize {
        match self {
            Profile::Aes128CmSha1 => CM_SALT,
            _ => GCM_SALT,
        }
    }

    fn tag_length(self) -> usize {
        match self {
            Profile::Aes128CmSha1 => SHA1_TAG,
            _ => GCM_TAG,
        }
    }
}

enum Cipher {
    Gcm { key: LessSafeKey, salt: [u8; GCM_SALT] },
    Cm(Box<CounterMode>),
}

struct CounterMode {
    key: EncryptingKey,
    salt: [u8; CM_SALT],
    authentication: hmac::Key,
}

/// First of the three labels of RFC 3711 §4.3.1: encryption key, authentication key, salt.
#[derive(Clone, Copy, Debug)]
pub enum KeyLabel {
    Rtp = 0,
    Rtcp = 3,
}

/// What packets of one kind are protected with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionKeys {
    pub encryption: Vec<u8>,
    /// Empty for AEAD.
    pub authentication: Vec<u8>,
    pub salt: Vec<u8>,
}

impl SessionKeys {
    /// RFC 3711 §4.3.1 with a key derivation rate of 0.
    pub fn derive(profile: Profile, master_key: &[u8], master_salt: &[u8], label: KeyLabel) -> SessionKeys {
        let derive = |offset: u8, length: usize| {
            let mut key = vec![0; length];
            key_stream(
                &counter_mode(master_key),
                &derivation_counter(master_salt, label as u8 + offset),
                &mut key,
            );
            key
        };
        let is_aead = profile != Profile::Aes128CmSha1;
        SessionKeys {
            encryption: derive(0, profile.key_length()),
            authentication: if is_aead { Vec::new() } else { derive(1, AUTHENTICATION_KEY) },
            salt: derive(2, profile.salt_length()),
        }
    }
}

/// The keys of one direction of one DTLS association.
pub struct Context {
    rtp: Cipher,
    rtcp: Cipher,
    tag: usize,
}

impl Context {
    /// `key` and `salt` have the lengths of the profile.
    pub fn new(profile: Profile, key: &[u8], salt: &[u8]) -> Context {
        let keys = |label| SessionKeys::derive(profile, key, salt, label);
        Context::from_session_keys(profile, &keys(KeyLabel::Rtp), &keys(KeyLabel::Rtcp))
    }

    pub fn from_session_keys(profile: Profile, rtp: &SessionKeys, rtcp: &SessionKeys) -> Context {
        Context { rtp: cipher(profile, rtp), rtcp: cipher(profile, rtcp), tag: profile.tag_length() }
    }

    /// What we send with and what we receive with, from exported keying material (RFC 5764 §4.2); we are the DTLS server.
    pub fn pair_for_server(profile: Profile, material: &[u8]) -> Option<(Context, Context)> {
        let (key, salt) = (profile.key_length(), profile.salt_length());
        let client_key = material.get(..key)?;
        let server_key = material.get(key..2 * key)?;
        let client_salt = material.get(2 * key..2 * key + salt)?;
        let server_salt = material.get(2 * key + salt..2 * key + 2 * salt)?;
        Some((Context::new(profile, server_key, server_salt), Context::new(profile, client_key, client_salt)))
    }

    /// Encrypts `buffer[header..length]` in place and writes the tag behind it; returns the whole length.
    /// One (SSRC, index) must never be sealed twice with different content.
    pub fn seal_rtp(&self, buffer: &mut [u8], header: usize, length: usize, ssrc: u32, index: u64) -> usize {
        match &self.rtp {
            Cipher::Gcm { key, salt } => {
                let (clear, rest) = buffer.split_at_mut(header);
                let (body, rest) = rest.split_at_mut(length - header);
                let tag = key
                    .seal_in_place_separate_tag(gcm_nonce(salt, ssrc, index), Aad::from(&*clear), body)
                    .expect("a packet is far below the limit of GCM");
                rest[..GCM_TAG].copy_from_slice(tag.as_ref());
            }
            Cipher::Cm(cm) => {
                let CounterMode { key, salt, authentication } = &**cm;
                key_stream(key, &cm_counter(salt, ssrc, index), &mut buffer[header..length]);
                let tag = cm_rtp_tag(authentication, &buffer[..length], index);
                buffer[length..length + SHA1_TAG].copy_from_slice(&tag.as_ref()[..SHA1_TAG]);
            }
        }
        length + self.tag
    }

    /// Decrypts in place; returns the length of the payload behind `header`. `None` when it is not authentic.
    pub fn open_rtp(&self, packet: &mut [u8], header: usize, ssrc: u32, index: u64) -> Option<usize> {
        let end = packet.len().checked_sub(self.tag).filter(|end| *end >= header)?;
        match &self.rtp {
            Cipher::Gcm { key, salt } => {
                let (clear, body) = packet.split_at_mut(header);
                key.open_in_place(gcm_nonce(salt, ssrc, index), Aad::from(&*clear), body).ok()?;
            }
            Cipher::Cm(cm) => {
                let CounterMode { key, salt, authentication } = &**cm;
                let tag = cm_rtp_tag(authentication, &packet[..end], index);
                constant_time::verify_slices_are_equal(&tag.as_ref()[..SHA1_TAG], &packet[end..]).ok()?;
                key_stream(key, &cm_counter(salt, ssrc, index), &mut packet[header..end]);
            }
        }
        Some(end - header)
    }

    /// Encrypts an RTCP compound and appends what SRTCP needs. `index` (31 bits) rises with every packet.
    pub fn seal_rtcp(&self, packet: &mut Vec<u8>, index: u32) {
        let ssrc = read_u32(packet, 4).expect("an RTCP packet has a sender");
        let trailer = (index | RTCP_ENCRYPTED).to_be_bytes();
        match &self.rtcp {
            Cipher::Gcm { key, salt } => {
                let aad = gcm_rtcp_aad(packet, trailer);
                let nonce = gcm_nonce(salt, ssrc, index.into());
                let tag = key
                    .seal_in_place_separate_tag(nonce, Aad::from(&aad), &mut packet[RTCP_CLEAR..])
                    .expect("a packet is far below the limit of GCM");
                packet.extend_from_slice(tag.as_ref());
                packet.extend_from_slice(&trailer);
            }
            Cipher::Cm(cm) => {
                let CounterMode { key, salt, authentication } = &**cm;
                key_stream(key, &cm_counter(salt, ssrc, index.into()), &mut packet[RTCP_CLEAR..]);
                packet.extend_from_slice(&trailer);
                let tag = hmac::sign(authentication, packet);
                packet.extend_from_slice(&tag.as_ref()[..SHA1_TAG]);
            }
        }
    }

    /// Decrypts in place; returns the length of the compound and its index.
    pub fn open_rtcp(&self, packet: &mut [u8]) -> Option<(usize, u32)> {
        let length = packet.len();
        if length < RTCP_CLEAR + self.tag + RTCP_INDEX {
            return None;
        }
        let ssrc = read_u32(packet, 4)?;
        match &self.rtcp {
            Cipher::Gcm { key, salt } => {
                let at = length - RTCP_INDEX;
                let trailer = read_u32(packet, at)?;
                let index = trailer & !RTCP_ENCRYPTED;
                let aad = gcm_rtcp_aad(packet, trailer.to_be_bytes());
                let nonce = gcm_nonce(salt, ssrc, index.into());
                let body = key.open_in_place(nonce, Aad::from(&aad), &mut packet[RTCP_CLEAR..at]).ok()?;
                Some((RTCP_CLEAR + body.len(), index))
            }
            Cipher::Cm(cm) => {
                let CounterMode { key, salt, authentication } = &**cm;
                let (signed, tag) = packet.split_at_mut(length - SHA1_TAG);
                let expected = hmac::sign(authentication, signed);
                constant_time::verify_slices_are_equal(&expected.as_ref()[..SHA1_TAG], tag).ok()?;
                let end = signed.len() - RTCP_INDEX;
                let index = read_u32(signed, end)? & !RTCP_ENCRYPTED;
                key_stream(key, &cm_counter(salt, ssrc, index.into()), &mut signed[RTCP_CLEAR..end]);
                Some((end, index))
            }
        }
    }
}

fn cipher(profile: Profile, keys: &SessionKeys) -> Cipher {
    const LENGTH: &str = "keys have the lengths of the profile";
    if profile == Profile::Aes128CmSha1 {
        return Cipher::Cm(Box::new(CounterMode {
            key: counter_mode(&keys.encryption),
            salt: keys.salt.as_slice().try_into().expect(LENGTH),
            authentication: hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &keys.authentication),
        }));
    }
    let algorithm = if profile == Profile::AeadAes256Gcm { &AES_256_GCM } else { &AES_128_GCM };
    let key = LessSafeKey::new(UnboundKey::new(algorithm, &keys.encryption).expect(LENGTH));
    Cipher::Gcm { key, salt: keys.salt.as_slice().try_into().expect(LENGTH) }
}

/// The label over the salt. The 12-byte salt of GCM is padded on the right (RFC 7714 §11).
fn derivation_counter(salt: &[u8], label: u8) -> [u8; 16] {
    let mut counter = [0; 16];
    counter[..salt.len()].copy_from_slice(salt);
    counter[7] ^= label;
    counter
}

fn counter_mode(key: &[u8]) -> EncryptingKey {
    let algorithm = if key.len() == 16 { &AES_128 } else { &AES_256 };
    let key = UnboundCipherKey::new(algorithm, key).expect("the key has the length of the algorithm");
    EncryptingKey::ctr(key).expect("AES has a counter mode")
}

fn key_stream(key: &EncryptingKey, counter: &[u8; 16], buffer: &mut [u8]) {
    let context = EncryptionContext::Iv128(iv::FixedLength::from(counter));
    key.less_safe_encrypt(buffer, context).expect("counter mode takes any length");
}

/// RFC 7714 §8.1 (RTP: ROC and sequence number are the 48 bits of the index) and §9.1 (RTCP).
fn gcm_nonce(salt: &[u8; GCM_SALT], ssrc: u32, index: u64) -> Nonce {
    let mut nonce = *salt;
    xor(&mut nonce[2..6], &ssrc.to_be_bytes());
    xor(&mut nonce[6..12], &index.to_be_bytes()[2..]);
    Nonce::assume_unique_for_key(nonce)
}

/// RFC 3711 §4.1.1.
fn cm_counter(salt: &[u8; CM_SALT], ssrc: u32, index: u64) -> [u8; 16] {
    let mut counter = [0; 16];
    counter[..CM_SALT].copy_from_slice(salt);
    xor(&mut counter[4..8], &ssrc.to_be_bytes());
    xor(&mut counter[8..14], &index.to_be_bytes()[2..]);
    counter
}

fn xor(target: &mut [u8], other: &[u8]) {
    for (byte, mask) in target.iter_mut().zip(other) {
        *byte ^= mask;
    }
}

/// RFC 3711 §4.2: the rollover counter is authenticated behind the packet.
fn cm_rtp_tag(key: &hmac::Key, packet: &[u8], index: u64) -> hmac::Tag {
    let mut context = hmac::Context::with_key(key);
    context.update(packet);
    context.update(&((index >> 16) as u32).to_be_bytes());
    context.sign()
}

fn gcm_rtcp_aad(packet: &[u8], trailer: [u8; RTCP_INDEX]) -> [u8; RTCP_CLEAR + RTCP_INDEX] {
    let mut aad = [0; RTCP_CLEAR + RTCP_INDEX];
    aad[..RTCP_CLEAR].copy_from_slice(&packet[..RTCP_CLEAR]);
    aad[RTCP_CLEAR..].copy_from_slice(&trailer);
    aad
}

/// Which indices have been seen (RFC 3711 §3.3.2): the newest and those just before it.
#[derive(Clone, Copy, Debug)]
pub struct ReplayWindow {
    highest: u64,
    seen: u128,
}

impl ReplayWindow {
    pub fn new(first: u64) -> ReplayWindow {
        ReplayWindow { highest: first, seen: 1 }
    }

    pub fn is_new(&self, index: u64) -> bool {
        match self.highest.checked_sub(index) {
            None => true,
            Some(age) => age < REPLAY_WINDOW && self.seen >> age & 1 == 0,
        }
    }

    pub fn record(&mut self, index: u64) {
        match self.highest.checked_sub(index) {
            Some(age) if age < REPLAY_WINDOW => self.seen |= 1 << age,
            Some(_) => {}
            None => {
                let step = index - self.highest;
                self.seen = if step < REPLAY_WINDOW { self.seen << step | 1 } else { 1 };
                self.highest = index;
            }
        }
    }
}

/// The newest indices of every SSRC that a peer sends: rollover counters and replay windows, for RTP or for RTCP.
///
/// An SSRC out of use keeps its place until another needs it: a track that stops and starts under the same SSRC goes
/// on with the rollover counter that it had.
#[derive(Debug, Default)]
pub struct ReceivedStreams {
    /// Oldest first.
    streams: Vec<(u32, ReplayWindow)>,
}

impl ReceivedStreams {
    fn window(&self, ssrc: u32) -> Option<&ReplayWindow> {
        self.streams.iter().find(|(known, _)| *known == ssrc).map(|(_, window)| window)
    }

    /// The packet index of an RTP sequence number; `None` for a replay.
    pub fn rtp_index(&self, ssrc: u32, sequence: u16) -> Option<u64> {
        let Some(window) = self.window(ssrc) else { return Some(u64::from(sequence)) };
        extend_sequence(window.highest, sequence).filter(|index| window.is_new(*index))
    }

    pub fn is_new(&self, ssrc: u32, index: u64) -> bool {
        self.window(ssrc).is_none_or(|window| window.is_new(index))
    }

    /// The packet with this index was authentic. False when its SSRC is one too many: all others are in use.
    #[must_use]
    pub fn record(&mut self, ssrc: u32, index: u64, in_use: impl Fn(u32) -> bool) -> bool {
        if let Some((_, window)) = self.streams.iter_mut().find(|(known, _)| *known == ssrc) {
            window.record(index);
            return true;
        }
        if self.streams.len() >= MAX_STREAMS {
            let Some(unused) = self.streams.iter().position(|(known, _)| !in_use(*known)) else {
                return false;
            };
            self.streams.remove(unused);
        }
        self.streams.push((ssrc, ReplayWindow::new(index)));
        true
    }
}
