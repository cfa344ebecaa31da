//! SDP against offers and answers of browsers as they were recorded.
use mcmeet_sfu::dtls::Fingerprint;
use mcmeet_sfu::engine::EngineError;
use mcmeet_sfu::ice::Credentials;
use mcmeet_sfu::rtp::MediaKind;
use mcmeet_sfu::sdp::{self, Description, Local, OfferedSection, OutgoingTrack, Section};
use proptest::prelude::*;

use crate::peer::start_engine;

const MICROPHONE: &str = include_str!("../golden/publish-microphone.sdp");
const CAMERA: &str = include_str!("../golden/publish-camera-simulcast.sdp");
const UNPUBLISHED: &str = include_str!("../golden/unpublish-camera.sdp");
const SCREEN: &str = include_str!("../golden/publish-screen-with-sound.sdp");
const DATA_ONLY: &str = include_str!("../golden/data-channel-only.sdp");
const SUBSCRIBER_ANSWER: &str = include_str!("../golden/subscriber-answer.sdp");
const GOLDEN: [&str; 7] = [
    MICROPHONE,
    CAMERA,
    UNPUBLISHED,
    SCREEN,
    DATA_ONLY,
    SUBSCRIBER_ANSWER,
    include_str!("../golden/single-peer-connection.sdp"),
];

fn local() -> Local {
    Local {
        session_id: 42,
        credentials: Credentials { ufrag: "ours".into(), password: "our-password-of-24-bytes".into() },
        fingerprint: Fingerprint::from_sdp("AB:CD"),
        candidates: vec!["192.0.2.1:7881".parse().unwrap(), "127.0.0.1:7881".parse().unwrap()],
        tcp_port: None,
    }
}

fn answer_all(offer: &str) -> String {
    sdp::answer(&Description::parse(offer).unwrap(), &local(), 3, &|_: &Section| true, &[])
}

fn section<'a>(sdp: &'a str, media: &str) -> &'a str {
    let start = sdp.find(&format!("m={media} ")).unwrap();
    let length = sdp[start + 1..].find("m=").map_or(sdp.len() - start, |length| length + 1);
    &sdp[start..start + length]
}

#[test]
fn the_session_part_is_ice_lite_and_bundles_every_live_section() {
    let answer = answer_all(CAMERA);
    let (session, _) = answer.split_once("m=").unwrap();
    assert_eq!(
        session,
        "v=0\r\no=- 42 3 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=ice-lite\r\na=extmap-allow-mixed\r\n\
         a=msid-semantic:WMS *\r\na=group:BUNDLE 0 1\r\n"
    );
}

#[test]
fn mixed_header_extensions_are_answered_only_where_they_were_offered() {
    let without = MICROPHONE.replace("a=extmap-allow-mixed\r\n", "").replace("a=extmap-allow-mixed\n", "");
    assert_ne!(without, MICROPHONE);
    assert!(!answer_all(&without).contains("extmap-allow-mixed"));
    assert!(answer_all(MICROPHONE).contains("a=extmap-allow-mixed\r\n"));
}

#[test]
fn the_data_channel_is_answered_and_carries_the_candidates() {
    assert_eq!(
        section(&answer_all(DATA_ONLY), "application"),
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=ice-ufrag:ours\r\n\
         a=ice-pwd:our-password-of-24-bytes\r\na=fingerprint:sha-256 AB:CD\r\na=setup:passive\r\n\
         a=candidate:1 1 udp 2130706431 192.0.2.1 7881 typ host\r\n\
         a=candidate:2 1 udp 2130706175 127.0.0.1 7881 typ host\r\na=end-of-candidates\r\n\
         a=sctp-port:5000\r\na=max-message-size:65535\r\n"
    );
}

#[test]
fn a_microphone_is_answered_with_opus_alone() {
    let answer = answer_all(MICROPHONE);
    let audio = section(&answer, "audio");
    assert!(audio.starts_with("m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"), "{audio}");
    assert!(audio.contains("a=fmtp:111 minptime=10;useinbandfec=1;usedtx=1\r\n"));
    assert!(audio.contains("urn:ietf:params:rtp-hdrext:ssrc-audio-level"));
    assert!(!audio.contains("transport-wide") && !audio.contains("candidate"));
    assert!(audio.ends_with("a=recvonly\r\n"));
}

#[test]
fn a_sound_that_is_to_be_sent_in_silence_too_is_answered_without_dtx() {
    let offer = Description::parse(MICROPHONE).unwrap();
    let fmtp = |without_dtx: &[String]| {
        let answer = sdp::answer(&offer, &local(), 3, &|_: &Section| true, without_dtx);
        answer.lines().find(|line| line.starts_with("a=fmtp:111 ")).unwrap().to_owned()
    };
    assert_eq!(fmtp(&["0".into()]), "a=fmtp:111 minptime=10;useinbandfec=1;usedtx=1");
    assert_eq!(fmtp(&["1".into()]), "a=fmtp:111 minptime=10;useinbandfec=1");
}

#[test]
fn a_camera_with_layers_is_answered_with_its_highest_alone() {
    let answer = answer_all(CAMERA);
    let video = section(&answer, "video");
    assert!(video.starts_with("m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\n"), "{video}");
    assert!(video.ends_with("a=rid:f recv\r\na=simulcast:recv f\r\na=recvonly\r\n"), "{video}");
    for line in [
        "a=rtpmap:96 VP8/90000",
        "a=rtcp-fb:96 transport-cc",
        "a=rtcp-fb:96 nack pli",
        "a=fmtp:96 x-google-start-bitrate=1000",
        "a=rtpmap:97 rtx/90000",
        "a=fmtp:97 apt=96",
        "rtp-hdrext:sdes:rtp-stream-id",
        "rtp-hdrext:sdes:repaired-rtp-stream-id",
        "transport-wide-cc-extensions-01",
    ] {
        assert!(video.contains(line), "{line} in {video}");
    }
    assert!(!video.contains("dependency-descriptor"));
}

#[test]
fn a_screen_share_of_two_layers_is_taken_at_h_and_its_sound_beside_it() {
    let answer = answer_all(SCREEN);
    assert!(section(&answer, "video").contains("a=simulcast:recv h\r\na=recvonly\r\n"));
    assert!(section(&answer, "audio").ends_with("a=recvonly\r\n"));
}

#[test]
fn a_section_without_a_producer_or_that_does_not_send_is_inactive() {
    let offer = Description::parse(CAMERA).unwrap();
    let refused = sdp::answer(&offer, &local(), 1, &|_: &Section| false, &[]);
    let unpublished = answer_all(UNPUBLISHED);
    for answer in [&refused, &unpublished] {
        let video = section(answer, "video");
        assert!(video.ends_with("a=inactive\r\n") && !video.contains("a=rid"), "{video}");
        // A client that missed them in one answer refuses layers later.
        assert!(video.contains("sdes:rtp-stream-id") && video.contains("sdes:repaired-rtp-stream-id"));
    }
}

#[test]
fn a_section_without_our_codecs_is_rejected_outside_the_bundle() {
    let answer = answer_all(&CAMERA.replace("VP8/90000", "XYZ/90000"));
    assert!(answer.contains("a=group:BUNDLE 0\r\n"));
    let video = section(&answer, "video");
    assert!(video.starts_with("m=video 0 UDP/TLS/RTP/SAVPF 96 "), "{video}");
    assert!(video.ends_with("a=mid:1\r\na=inactive\r\n"), "{video}");
}

#[test]
fn port_zero_rejects_a_section_unless_it_is_there_to_be_bundled() {
    let zero = MICROPHONE.replace("m=audio 9 ", "m=audio 0 ");
    assert!(section(&answer_all(&zero), "audio").starts_with("m=audio 0 "));
    let bundled = zero.replace("a=mid:1", "a=mid:1\r\na=bundle-only");
    assert!(section(&answer_all(&bundled), "audio").starts_with("m=audio 9 "));
}

#[test]
fn ssrcs_are_taken_from_the_offer_without_layers_and_learnt_with_them() {
    let microphone = Description::parse(MICROPHONE).unwrap();
    let parameters = sdp::producer_parameters(&microphone.sections[1]).unwrap();
    assert_eq!((parameters.kind, parameters.payload_type), (MediaKind::Audio, 111));
    assert!(parameters.ssrc.is_some());
    let camera = Description::parse(CAMERA).unwrap();
    let parameters = sdp::producer_parameters(&camera.sections[1]).unwrap();
    assert_eq!((parameters.ssrc, parameters.rtx_ssrc, parameters.rid.as_deref()), (None, None, Some("f")));
    assert_eq!((parameters.payload_type, parameters.rtx_payload_type), (96, Some(97)));
    let fid = "a=ssrc-group:FID 11 12\r\na=ssrc:11 cname:x\r\na=ssrc:12 cname:x\r\n";
    let plain = format!("{}{fid}", CAMERA.replace("a=rid:", "a=x-rid:").replace("a=simulcast:", "a=x-s:"));
    let plain = Description::parse(&plain).unwrap();
    let parameters = sdp::producer_parameters(&plain.sections[1]).unwrap();
    assert_eq!((parameters.ssrc, parameters.rtx_ssrc, parameters.rid), (Some(11), Some(12), None));
}

#[test]
fn a_subscriber_is_offered_its_tracks_and_keeps_the_place_of_what_is_gone() {
    let track =
        OutgoingTrack { stream: "PA_x|camera".into(), track: "TR_y".into(), ssrc: 7, rtx_ssrc: Some(8) };
    let sections = [
        OfferedSection { mid: "1".into(), kind: MediaKind::Audio, track: None },
        OfferedSection { mid: "2".into(), kind: MediaKind::Video, track: Some(&track) },
    ];
    let offer = sdp::offer(&sections, &local(), 9);
    assert!(offer.contains("a=group:BUNDLE 0 1 2\r\n"));
    assert!(section(&offer, "application").contains("a=candidate:1 "));
    assert!(section(&offer, "audio").ends_with("a=inactive\r\n"));
    assert!(section(&offer, "video").ends_with(
        "a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=msid:PA_x|camera TR_y\r\na=sendonly\r\n\
         a=ssrc-group:FID 7 8\r\na=ssrc:7 cname:PA_x\r\na=ssrc:8 cname:PA_x\r\n"
    ));
    assert_eq!(Description::parse(&offer).unwrap().sections.len(), 3, "we read what we write");
}

#[test]
fn a_browsers_answer_names_its_side_and_what_it_receives() {
    let answer = Description::parse(SUBSCRIBER_ANSWER).unwrap();
    let remote = answer.remote().unwrap();
    assert!(!remote.credentials.ufrag.is_empty() && remote.fingerprint.as_str().len() == 95);
    assert_eq!(answer.sections.iter().filter(|section| section.is_receiving()).count(), 3);
    assert!(!answer.sections[1].is_sending());
}

#[test]
fn descriptions_that_cannot_be_used_say_why() {
    let reason = |sdp: &str| Description::parse(sdp).and_then(|parsed| parsed.remote()).unwrap_err().0;
    assert_eq!(reason("hello"), "the description does not begin with v=0");
    assert_eq!(reason("v=0\r\n"), "no usable section");
    assert_eq!(reason("v=0\r\nm=audio\r\n"), "an m= line is too short");
    assert_eq!(reason("v=0\r\nm=audio 9 X 111\r\n"), "section 0 has no usable mid");
    assert_eq!(reason(&MICROPHONE.replace("a=mid:1", "a=mid:0")), "mid 0 is used twice");
    assert_eq!(reason(&MICROPHONE.replace("a=ice-ufrag", "a=x")), "no usable ice-ufrag");
    assert_eq!(reason(&MICROPHONE.replace("sha-256", "sha-1")), "no usable sha-256 fingerprint");
    assert!(reason(&MICROPHONE.replace("actpass", "passive")).contains("active role"));
    assert_eq!(reason(&format!("v=0{}", "\r\na=x".repeat(1 << 18))), "the description is too long");
    let many: String = (0..600).map(|mid| format!("m=audio 9 X 1\r\na=mid:{mid}\r\n")).collect();
    assert_eq!(reason(&format!("v=0\r\n{many}")), "too many sections");
    let codecs = "a=rtpmap:96 vp8/90000\r\n".repeat(129);
    assert_eq!(reason(&format!("{MICROPHONE}{codecs}")), "too many payload types");
}

#[test]
fn a_producer_belongs_to_a_sending_section_and_there_is_one_per_mid() {
    let engine = start_engine();
    let publisher = engine.open_publisher(engine.open_router().unwrap()).unwrap();
    assert!(matches!(engine.answer(publisher, &[]), Err(EngineError::Sdp(_))), "nothing was offered");
    let tracks = engine.read_offer(publisher, MICROPHONE).unwrap();
    assert_eq!(tracks.len(), 1);
    assert!(tracks[0].sending && tracks[0].kind == MediaKind::Audio && !tracks[0].track.is_empty());
    let producer = engine.produce(publisher, &tracks[0].mid).unwrap();
    assert_eq!(engine.produce(publisher, &tracks[0].mid), Ok(producer));
    assert!(matches!(engine.produce(publisher, "7"), Err(EngineError::Sdp(_))));
    assert!(engine.answer(publisher, &[]).unwrap().contains("a=recvonly"));
    engine.close_producer(producer).unwrap();
    assert_ne!(
        engine.produce(publisher, &tracks[0].mid),
        Ok(producer),
        "a closed producer is not found again"
    );
    engine.read_offer(publisher, UNPUBLISHED).unwrap();
    assert!(engine.produce(publisher, "1").is_ok(), "mid 1 still has its producer");
}

/// As a client would that takes everything.
fn accepting(offer: &str) -> String {
    offer.replace("a=sendonly", "a=recvonly").replace("a=setup:passive", "a=setup:active")
}

#[test]
fn who_receives_more_tracks_than_one_may_send_is_answered_and_adds_no_section() {
    let engine = start_engine();
    let router = engine.open_router().unwrap();
    let publisher = engine.open_publisher(router).unwrap();
    engine.read_offer(publisher, MICROPHONE).unwrap();
    let producer = engine.produce(publisher, "1").unwrap();
    let subscriber = engine.open_subscriber(router).unwrap();
    for number in 0..1_000 {
        engine.consume(subscriber, producer, "PA_x|TR_y", &format!("TR_{number}")).unwrap();
    }
    let answer = accepting(&engine.offer(subscriber).unwrap());
    let too_many = format!("{answer}m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:1001\r\n");
    let refused = engine.accept_answer(subscriber, &too_many);
    assert_eq!(refused, Err(EngineError::Sdp("too many sections".into())));
    assert_eq!(engine.accept_answer(subscriber, &answer), Ok(()));
}

#[test]
fn unknown_ids_are_errors_and_closing_twice_is_none() {
    let engine = start_engine();
    let router = engine.open_router().unwrap();
    let subscriber = engine.open_subscriber(router).unwrap();
    assert_eq!(engine.answer(subscriber, &[]), Err(EngineError::Unknown("publisher", subscriber.0)));
    engine.close_transport(subscriber).unwrap();
    engine.close_transport(subscriber).unwrap();
    assert_eq!(engine.offer(subscriber), Err(EngineError::Unknown("subscriber", subscriber.0)));
    engine.close_router(router).unwrap();
    engine.close_router(router).unwrap();
    assert_eq!(engine.open_publisher(router), Err(EngineError::Unknown("router", router.0)));
    engine.close();
    engine.close();
    assert_eq!(engine.open_router(), Err(EngineError::Closed));
}

#[test]
fn names_that_would_break_a_line_are_refused() {
    let engine = start_engine();
    let router = engine.open_router().unwrap();
    let publisher = engine.open_publisher(router).unwrap();
    let subscriber = engine.open_subscriber(router).unwrap();
    engine.read_offer(publisher, MICROPHONE).unwrap();
    let producer = engine.produce(publisher, "1").unwrap();
    for stream in ["", "a b", "a\r\na=x", "盟"] {
        assert!(matches!(engine.consume(subscriber, producer, stream, "TR"), Err(EngineError::Sdp(_))));
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "(v=0\r\n)?(([a-z]=)?[ -~]{0,40}\r?\n){0,30}") {
        let _ = Description::parse(&text);
    }

    /// Lines of real descriptions, some lost, some doubled, some cut.
    #[test]
    fn no_mutated_description_makes_reading_or_answering_panic(
        golden in 0..GOLDEN.len(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0u8..4, any::<prop::sample::Index>()), 0..12),
    ) {
        let mut lines: Vec<String> = GOLDEN[golden].lines().map(str::to_owned).collect();
        for (line, edit, at) in edits {
            let line = line.index(lines.len());
            match edit {
                0 => { lines.remove(line); }
                1 => { let copy = lines[line].clone(); lines.push(copy); }
                2 => { let length = at.index(lines[line].len() + 1); lines[line].truncate(length); }
                _ => { let other = at.index(lines.len()); lines.swap(line, other); }
            }
            if lines.is_empty() {
                break;
            }
        }
        if let Ok(description) = Description::parse(&lines.join("\r\n")) {
            let _ = description.remote();
            let answer = sdp::answer(&description, &local(), 1, &|_: &Section| true, &[]);
            prop_assert_eq!(answer.matches("\r\nm=").count(), description.sections.len());
        }
    }
}
