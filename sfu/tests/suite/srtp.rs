//! SRTP and SRTCP against the vectors of their RFCs, and round trips of all profiles.
use mcmeet_sfu::rtp::HEADER_LENGTH;
use mcmeet_sfu::srtp::{
    Context, KeyLabel, MAX_STREAMS, MAX_TRAILER, Profile, ReceivedStreams, ReplayWindow, SessionKeys,
};
use proptest::prelude::*;

const PROFILES: [Profile; 3] = [Profile::AeadAes256Gcm, Profile::AeadAes128Gcm, Profile::Aes128CmSha1];
/// RFC 7714 §16: the salt spells "Quid pro quo".
const GCM_SALT: &str = "517569642070726f2071756f";
const GCM_RTP: &str = "8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e697320646976697361\
                       20696e207061727465732074726573";
const GCM_RTCP: &str = "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61\
                        deadbeefdeadbeefdeadbeefdeadbeefdeadbeef";

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn counting(length: u8) -> Vec<u8> {
    (0..length).collect()
}

fn session_context(profile: Profile) -> Context {
    let keys = SessionKeys {
        encryption: counting(profile.key_length() as u8),
        authentication: Vec::new(),
        salt: hex(GCM_SALT),
    };
    Context::from_session_keys(profile, &keys, &keys)
}

fn seal(context: &Context, packet: &[u8], ssrc: u32, index: u64) -> Vec<u8> {
    let mut buffer = packet.to_vec();
    buffer.resize(packet.len() + MAX_TRAILER, 0);
    let length = context.seal_rtp(&mut buffer, HEADER_LENGTH, packet.len(), ssrc, index);
    buffer.truncate(length);
    buffer
}

#[test]
fn key_derivation_gives_the_keys_of_rfc_3711_b3() {
    let keys = SessionKeys::derive(
        Profile::Aes128CmSha1,
        &hex("e1f97a0d3e018be0d64fa32c06de4139"),
        &hex("0ec675ad498afeebb6960b3aabe6"),
        KeyLabel::Rtp,
    );
    assert_eq!(keys.encryption, hex("c61e7a93744f39ee10734afe3ff7a087"));
    assert_eq!(keys.salt, hex("30cbbc08863d8c85d49db34a9ae1"));
    assert_eq!(keys.authentication, hex("cebe321f6ff7716b6fd4ab49af256a156d38baa4"));
}

#[test]
fn counter_mode_protects_the_reference_packet_of_libsrtp() {
    let context = Context::new(
        Profile::Aes128CmSha1,
        &hex("e1f97a0d3e018be0d64fa32c06de4139"),
        &hex("0ec675ad498afeebb6960b3aabe6"),
    );
    let plain = hex("800f1234decafbadcafebabeabababababababababababababababab");
    let sealed = hex("800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb");
    assert_eq!(seal(&context, &plain, 0xCAFE_BABE, 0x1234), sealed);
}

#[test]
fn gcm_protects_the_rtp_packets_of_rfc_7714_16() {
    let sealed = [
        (
            Profile::AeadAes128Gcm,
            "8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf\
             8833899d7f27beb16a9152cf765ee4390cce",
        ),
        (
            Profile::AeadAes256Gcm,
            "8040f17b8041f8d35501a0b232b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799\
             b87b7aa3db36dfffd6b0f9bb7878d7a76c13",
        ),
    ];
    for (profile, sealed) in sealed {
        let context = session_context(profile);
        assert_eq!(seal(&context, &hex(GCM_RTP), 0x5501_A0B2, 0xF17B), hex(sealed), "{profile:?}");
        let mut packet = hex(sealed);
        let length = context.open_rtp(&mut packet, HEADER_LENGTH, 0x5501_A0B2, 0xF17B).unwrap();
        assert_eq!(&packet[..HEADER_LENGTH + length], hex(GCM_RTP));
    }
}

#[test]
fn gcm_protects_the_rtcp_packet_of_rfc_7714_17() {
    let context = session_context(Profile::AeadAes128Gcm);
    let mut packet = hex(GCM_RTCP);
    context.seal_rtcp(&mut packet, 0x5D4);
    let sealed = "81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b46\
                  86303ded0bb9275bc84aa45896cf4d2fc5abf87245d9eade800005d4";
    assert_eq!(packet, hex(sealed));
    assert_eq!(context.open_rtcp(&mut packet), Some((GCM_RTCP.len() / 2, 0x5D4)));
    assert_eq!(packet[..GCM_RTCP.len() / 2], hex(GCM_RTCP));
}

#[test]
fn a_changed_bit_is_noticed_anywhere() {
    for profile in PROFILES {
        let context = Context::new(
            profile,
            &counting(32)[..profile.key_length()],
            &counting(14)[..profile.salt_length()],
        );
        let sealed = seal(&context, &hex(GCM_RTP), 7, 9);
        for at in 0..sealed.len() {
            let mut forged = sealed.clone();
            forged[at] ^= 1;
            assert_eq!(context.open_rtp(&mut forged, HEADER_LENGTH, 7, 9), None, "{profile:?}, byte {at}");
        }
        let mut sealed = hex(GCM_RTCP);
        context.seal_rtcp(&mut sealed, 3);
        for at in 0..sealed.len() {
            let mut forged = sealed.clone();
            forged[at] ^= 1;
            assert_eq!(context.open_rtcp(&mut forged), None, "{profile:?}, RTCP byte {at}");
        }
    }
}

#[test]
fn the_two_sides_of_a_dtls_association_understand_each_other() {
    for profile in PROFILES {
        let (key, salt) = (profile.key_length(), profile.salt_length());
        let material = counting((2 * (key + salt)) as u8);
        let (send, receive) = Context::pair_for_server(profile, &material).unwrap();
        // RFC 5764 §4.2: client key, server key, client salt, server salt.
        let client = Context::new(profile, &material[..key], &material[2 * key..2 * key + salt]);
        let server = Context::new(profile, &material[key..2 * key], &material[2 * key + salt..]);
        let mut packet = seal(&client, &hex(GCM_RTP), 1, 2);
        assert!(receive.open_rtp(&mut packet, HEADER_LENGTH, 1, 2).is_some());
        let mut packet = seal(&send, &hex(GCM_RTP), 1, 2);
        assert!(server.open_rtp(&mut packet, HEADER_LENGTH, 1, 2).is_some());
        assert!(Context::pair_for_server(profile, &material[1..]).is_none());
    }
}

#[test]
fn a_replayed_packet_is_refused_and_a_late_one_is_not() {
    let mut window = ReplayWindow::new(1_000);
    window.record(1_005);
    assert!(window.is_new(1_003));
    window.record(1_003);
    for seen in [1_000, 1_003, 1_005] {
        assert!(!window.is_new(seen), "{seen}");
    }
    window.record(5_000);
    assert!(!window.is_new(1_004), "too old to tell");
}

#[test]
fn the_rollover_counter_follows_the_sequence_numbers() {
    let mut streams = ReceivedStreams::default();
    assert_eq!(streams.rtp_index(1, 65_535), Some(65_535));
    assert!(streams.record(1, 65_535, |_| true));
    assert_eq!(streams.rtp_index(1, 2), Some(65_538));
    assert!(streams.record(1, 65_538, |_| true));
    assert_eq!(streams.rtp_index(1, 65_534), Some(65_534), "late, of the cycle before");
    assert_eq!(streams.rtp_index(1, 65_535), None, "a replay");
}

#[test]
fn an_ssrc_out_of_use_makes_room_for_a_new_one_and_one_in_use_never_does() {
    let mut streams = ReceivedStreams::default();
    for ssrc in 0..MAX_STREAMS as u32 {
        assert!(streams.record(ssrc, 1 << 16, |_| true));
    }
    let is_in_use = |ssrc| ssrc != 5 && ssrc != 9;
    assert_eq!(streams.rtp_index(5, 1), Some((1 << 16) + 1), "out of use, it still has its rollover counter");
    assert!(streams.record(100, 0, is_in_use));
    assert_eq!(streams.rtp_index(5, 1), Some(1), "the oldest of those has gone");
    assert_eq!(streams.rtp_index(9, 1), Some((1 << 16) + 1));
    assert!(streams.record(101, 0, is_in_use));
    assert!(!streams.record(102, 0, is_in_use), "one SSRC too many");
    assert!(streams.record(100, 1, is_in_use));
}

proptest! {
    #[test]
    fn what_is_sealed_opens_to_the_same(payload in prop::collection::vec(any::<u8>(), 0..1_300), ssrc: u32, index in 0..1u64 << 47) {
        for profile in PROFILES {
            let context = Context::new(profile, &counting(32)[..profile.key_length()], &counting(14)[..profile.salt_length()]);
            let mut packet = vec![0x80; HEADER_LENGTH];
            packet.extend_from_slice(&payload);
            let mut sealed = seal(&context, &packet, ssrc, index);
            let length = context.open_rtp(&mut sealed, HEADER_LENGTH, ssrc, index);
            prop_assert_eq!(length, Some(payload.len()));
            prop_assert_eq!(&sealed[..packet.len()], &packet[..]);
        }
    }

    #[test]
    fn garbage_opens_to_nothing(mut packet in prop::collection::vec(any::<u8>(), 0..200), header in 12usize..64) {
        for profile in PROFILES {
            let context = Context::new(profile, &counting(32)[..profile.key_length()], &counting(14)[..profile.salt_length()]);
            prop_assert_eq!(context.open_rtp(&mut packet, header, 1, 1), None);
            prop_assert_eq!(context.open_rtcp(&mut packet), None);
        }
    }
}
