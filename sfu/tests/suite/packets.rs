//! RTP, RTCP, VP8 and STUN bytes: vectors by hand and from the RFCs, and no panic on anything.
use crate::peer::binding_request;
use is::stun::StunMessage;
use mcmeet_sfu::ice::{Credentials, IceTransport, addressed_ufrag};
use mcmeet_sfu::nack::NackList;
use mcmeet_sfu::rtcp::{self, Packet, ReportBlock, SenderReport};
use mcmeet_sfu::rtp::{Header, OutgoingHeader, extend_sequence};
use mcmeet_sfu::twcc::TransportWideReceiver;
use mcmeet_sfu::vp8::{Descriptor, add_picture_id};
use proptest::prelude::*;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

#[test]
fn an_rtp_header_is_read_with_its_extensions_in_both_forms() {
    // One CSRC; one-byte form (RFC 8285 §4.2): id 1 "a", padding, id 2 "bcd", stop, which hides what follows.
    let one_byte = [
        0x91, 0xE0, 0x12, 0x34, 0, 0, 0, 9, 0, 0, 0, 7, 1, 1, 1, 1, 0xBE, 0xDE, 0, 3, 0x10, b'a', 0, 0x22,
        b'b', b'c', b'd', 0xF0, 0x30, b'x', 0, 0, 0xAA,
    ];
    let header = Header::parse(&one_byte).unwrap();
    assert_eq!((header.payload_type, header.marker, header.sequence), (96, true, 0x1234));
    assert_eq!((header.timestamp, header.ssrc, header.length), (9, 7, 32));
    assert_eq!(header.extension(&one_byte, 1), Some(&b"a"[..]));
    assert_eq!(header.extension(&one_byte, 2), Some(&b"bcd"[..]));
    assert_eq!(header.extension(&one_byte, 3), None);
    // Two-byte form (§4.3): id 20 of 2 bytes, id 21 empty.
    let two_byte =
        [0x90, 0x60, 0, 1, 0, 0, 0, 9, 0, 0, 0, 7, 0x10, 0x00, 0, 2, 20, 2, b'h', b'i', 21, 0, 0, 0];
    let header = Header::parse(&two_byte).unwrap();
    assert_eq!(header.extension(&two_byte, 20), Some(&b"hi"[..]));
    assert_eq!(header.extension(&two_byte, 21), Some(&b""[..]));
}

#[test]
fn an_extension_that_was_not_offered_is_found_nowhere() {
    // One-byte form, id 0 with one byte: RFC 8285 §4.2 forbids it.
    let packet = [0x90, 0x60, 0, 1, 0, 0, 0, 9, 0, 0, 0, 7, 0xBE, 0xDE, 0, 1, 0x01, b'a', b'b', 0];
    assert_eq!(Header::parse(&packet).unwrap().extension(&packet, 0), None);
}

#[test]
fn an_rtp_header_that_is_cut_short_is_refused() {
    let packet =
        [0x91, 0xE0, 0x12, 0x34, 0, 0, 0, 9, 0, 0, 0, 7, 1, 1, 1, 1, 0xBE, 0xDE, 0, 1, 0x10, b'a', 0, 0];
    for length in 0..packet.len() {
        assert_eq!(Header::parse(&packet[..length]), None, "{length} bytes");
    }
    assert_eq!(Header::parse(&[0x40; 12]), None, "another version");
}

#[test]
fn rtp_padding_is_taken_off_when_its_count_can_be_true() {
    let header = |padded: u8| Header::parse(&[0x80 | padded, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]).unwrap();
    assert_eq!(header(0x20).unpad(&[1, 2, 0, 0, 3]), Some(&[1, 2][..]));
    assert_eq!(header(0x20).unpad(&[1, 2, 0]), None);
    assert_eq!(header(0x20).unpad(&[1, 4]), None);
    assert_eq!(header(0x20).unpad(&[]), None);
    assert_eq!(header(0).unpad(&[1, 2, 3]), Some(&[1, 2, 3][..]));
}

#[test]
fn sequence_numbers_are_extended_to_the_nearest_cycle() {
    assert_eq!(extend_sequence(65_535, 0), Some(65_536));
    assert_eq!(extend_sequence(65_536, 65_535), Some(65_535));
    assert_eq!(extend_sequence(10, 65_000), None);
    assert_eq!(extend_sequence(200_000, (200_000 % 65_536) as u16), Some(200_000));
}

#[test]
fn vp8_descriptors_of_rfc_7741_are_read() {
    // §4.6.1 "key frame in a single RTP packet": X, I with 7 bits.
    let short = Descriptor::parse(&[0x90, 0x80, 0x11, 0x10]).unwrap();
    assert_eq!((short.picture_id, short.tl0_picture_index, short.length), (None, None, 3));
    // §4.6.3 and .5: 15-bit PictureID, TL0PICIDX, TID.
    let long = Descriptor::parse(&[0x90, 0xE0, 0x81, 0x11, 0x2A, 0x40, 0x10]).unwrap();
    assert_eq!((long.picture_id, long.tl0_picture_index, long.length), (Some(2), Some(4), 6));
    let plain = Descriptor::parse(&[0x10, 0x00]).unwrap();
    assert_eq!(plain.length, 1);
    for length in 0..6 {
        let cut = [0x90, 0xE0, 0x81, 0x11, 0x2A, 0x40];
        assert_eq!(Descriptor::parse(&cut[..length]), None, "{length} bytes");
    }
}

#[test]
fn a_key_frame_is_known_by_its_first_packet_and_shows_its_size() {
    let payload = [0x90, 0x80, 0x11, 0x10, 0, 0, 0x9D, 0x01, 0x2A, 0x00, 0x05, 0xD0, 0x02, 0];
    let size = |payload: &[u8]| Descriptor::parse(payload).unwrap().key_frame(payload);
    assert_eq!(size(&payload), Some((1_280, 720)));
    let mut interframe = payload;
    interframe[3] |= 1;
    assert_eq!(size(&interframe), None);
    let mut later_partition = payload;
    later_partition[0] |= 1;
    assert_eq!(size(&later_partition), None);
    assert_eq!(size(&payload[..9]), None);
}

#[test]
fn picture_ids_wrap_at_fifteen_bits() {
    assert_eq!(add_picture_id(0x7FFF, 1), 0);
    assert_eq!(add_picture_id(0, 0x7FFF), 0x7FFF);
    let mut payload = vec![0x90, 0xC0, 0xFF, 0xFF, 255, 0];
    let descriptor = Descriptor::parse(&payload).unwrap();
    assert_eq!(descriptor.read_picture_id(&payload), Some(0x7FFF));
    descriptor.write_picture_id(&mut payload, 5);
    descriptor.write_tl0_picture_index(&mut payload, 9);
    assert_eq!(payload, [0x90, 0xC0, 0x80, 0x05, 9, 0]);
}

#[test]
fn a_compound_is_read_packet_by_packet() {
    let report = SenderReport { ssrc: 7, ntp: 0x0102_0304_0506_0708, rtp: 90_000, packets: 3, bytes: 4 };
    let mut compound = report.write();
    compound.extend_from_slice(&[0x81, 202, 0, 2, 0, 0, 0, 7, 1, 1, b'x', 0]);
    compound.extend(rtcp::picture_loss(11));
    compound.extend_from_slice(&[0x84, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 12, 5, 0, 0, 0]);
    let packets: Vec<Packet<'_>> = rtcp::parse(&compound).collect();
    assert_eq!(
        packets,
        [
            Packet::SenderReport { ssrc: 7, ntp: 0x0102_0304_0506_0708, rtp: 90_000 },
            Packet::Other,
            Packet::PictureLoss { media: 11 },
            Packet::FullIntraRequest { media: vec![12] },
        ]
    );
    assert!(rtcp::is_rtcp(&compound));
    assert!(!rtcp::is_rtcp(&[0x80, 0xE0]), "an RTP packet with marker and payload type 96");
}

#[test]
fn a_nack_names_up_to_seventeen_packets_per_entry() {
    let packet = rtcp::nack(5, &[65_535, 0, 16, 100]);
    assert_eq!(packet[12..], [0xFF, 0xFF, 0x00, 0x01, 0, 16, 0, 0, 0, 100, 0, 0]);
    let Some(Packet::Nack { media: 5, entries }) = rtcp::parse(&packet).next() else { panic!("no NACK") };
    assert_eq!(entries.sequences().collect::<Vec<_>>(), [65_535, 0, 16, 100]);
}

#[test]
fn a_receiver_report_has_its_fields_in_place() {
    let block = ReportBlock {
        ssrc: 1,
        fraction_lost: 2,
        lost: 3,
        highest_sequence: 4,
        jitter: 5,
        last_sender_report: 6,
        delay: 7,
    };
    let packet = rtcp::receiver_report(&[block]);
    let expected =
        [0x81, 201, 0, 7, 0, 0, 0, 1, 0, 0, 0, 1, 2, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5, 0, 0, 0, 6, 0, 0, 0, 7];
    assert_eq!(packet, expected);
}

#[test]
fn transport_wide_feedback_reports_arrivals_and_gaps() {
    let mut receiver = TransportWideReceiver::default();
    receiver.record(10, 99, 64_000);
    receiver.record(13, 99, 64_000 + 100_000);
    receiver.record(11, 99, 64_000 + 100_500);
    let packet = receiver.feedback().unwrap();
    let expected = [
        0xAF, 205, 0, 6, 0, 0, 0, 1, 0, 0, 0, 99, // padded, format 15, seven words
        0, 10, 0, 4, 0, 0, 1, 0, // base 10, four packets, reference 1 × 64 ms, report 0
        0xD8, 0x80, // small, large, none, large: two bits each, the last in order of numbers
        0, 0x01, 0x92, // 0; +402 × 250 µs
        0xFF, 0xFE, // −2: the later number came first
        1,
    ];
    assert_eq!(packet, expected);
    assert!(receiver.feedback().is_none());
    receiver.record(15, 99, 300_000);
    let next = receiver.feedback().unwrap();
    assert_eq!(next[12..16], [0, 14, 0, 2], "number 14 is reported as a gap");
    assert_eq!(next[19], 1, "reports are counted");
}

/// The first number of a report, and whether it says of each that it came.
fn told(packet: &[u8]) -> (u16, Vec<bool>) {
    let [base, count] = [12, 14].map(|at| u16::from_be_bytes([packet[at], packet[at + 1]]));
    let came = |at: usize| {
        let chunk = 20 + 2 * (at / 7);
        let word = u16::from_be_bytes([packet[chunk], packet[chunk + 1]]);
        word >> (12 - 2 * (at % 7)) & 3 != 0
    };
    (base, (0..usize::from(count)).map(came).collect())
}

#[test]
fn a_packet_that_was_overtaken_makes_none_of_those_before_it_lost() {
    let mut receiver = TransportWideReceiver::default();
    for (sequence, at) in [(10, 64_000), (12, 65_000), (13, 66_000)] {
        receiver.record(sequence, 99, at);
    }
    assert_eq!(told(&receiver.feedback().unwrap()), (10, vec![true, false, true, true]));
    receiver.record(11, 99, 70_000);
    receiver.record(15, 99, 71_000);
    assert_eq!(told(&receiver.feedback().unwrap()), (11, vec![true, true, true, false, true]));
    receiver.record(10, 99, 72_000);
    assert!(receiver.feedback().is_none(), "of two reports before");
    receiver.record(16, 99, 73_000);
    assert_eq!(told(&receiver.feedback().unwrap()), (16, vec![true]));
}

#[test]
fn a_sender_that_counts_anew_is_told_what_arrives_from_its_second_report_on() {
    let mut receiver = TransportWideReceiver::default();
    receiver.record(30_000, 99, 64_000);
    receiver.feedback().unwrap();
    receiver.record(1, 99, 65_000);
    assert!(receiver.feedback().is_none());
    receiver.record(2, 99, 66_000);
    assert_eq!(told(&receiver.feedback().unwrap()), (2, vec![true]));
    receiver.record(3, 99, 67_000);
    assert_eq!(told(&receiver.feedback().unwrap()), (3, vec![true]));
}

#[test]
fn losses_are_asked_for_again_until_they_are_too_old() {
    let now = Instant::now();
    let mut nacks = NackList::default();
    nacks.add_gap(100, 103, now);
    assert_eq!(nacks.due(103, now), [100, 101, 102]);
    assert_eq!(nacks.due(103, now), [], "a round trip has not passed");
    nacks.received(101);
    assert_eq!(nacks.due(103, now + Duration::from_millis(50)), [100, 102]);
    assert_eq!(nacks.due(5_000, now + Duration::from_millis(100)), []);
    assert!(nacks.is_empty());
    nacks.add_gap(6_000, 7_000, now);
    assert!(nacks.is_empty(), "a pause is not loss");
}

#[test]
fn a_stream_full_of_gaps_is_remembered_as_far_as_it_can_be_asked_for() {
    let now = Instant::now();
    let mut nacks = NackList::default();
    for gap in 0..100 {
        nacks.add_gap(gap * 200, gap * 200 + 199, now);
    }
    assert_eq!(nacks.len(), 995);
}

#[test]
fn the_binding_request_of_rfc_5769_is_ours_with_its_password_and_with_no_other() {
    let request = [
        0x00, 0x01, 0x00, 0x58, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa,
        0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x10, 0x53, 0x54, 0x55, 0x4e, 0x20, 0x74, 0x65, 0x73, 0x74, 0x20,
        0x63, 0x6c, 0x69, 0x65, 0x6e, 0x74, 0x00, 0x24, 0x00, 0x04, 0x6e, 0x00, 0x01, 0xff, 0x80, 0x29, 0x00,
        0x08, 0x93, 0x2f, 0xf9, 0xb1, 0x51, 0x26, 0x3b, 0x36, 0x00, 0x06, 0x00, 0x09, 0x65, 0x76, 0x74, 0x6a,
        0x3a, 0x68, 0x36, 0x76, 0x59, 0x20, 0x20, 0x20, 0x00, 0x08, 0x00, 0x14, 0x9a, 0xea, 0xa7, 0x0c, 0xbf,
        0xd8, 0xcb, 0x56, 0x78, 0x1e, 0xf2, 0xb5, 0xb2, 0xd3, 0xf2, 0x49, 0xc1, 0xb5, 0x71, 0xa2, 0x80, 0x28,
        0x00, 0x04, 0xe5, 0x7a, 0x3b, 0xcf,
    ];
    let (now, local) = (Instant::now(), "127.0.0.1:3478".parse().unwrap());
    let check_from = |password: &str, from: &str| {
        let message = StunMessage::parse(&request).unwrap();
        assert_eq!(addressed_ufrag(&message), Some("evtj"));
        let ours = Credentials { ufrag: "evtj".into(), password: password.into() };
        IceTransport::new(&ours, local, now).handle_message(message, from.parse().unwrap(), false, now)
    };
    let check = |password| check_from(password, "192.0.2.1:5");
    assert!(check("VOkJxbRl1RmTxUk/WvJxBt"));
    assert!(!check("VOkJxbRl1RmTxUk/WvJxBu"));
    assert!(!check_from("VOkJxbRl1RmTxUk/WvJxBt", "192.0.2.1:0"), "nothing can be sent there");
}

#[test]
fn each_nomination_is_followed_and_only_checks_from_there_are_consent() {
    let (start, local) = (Instant::now(), "127.0.0.1:3478".parse().unwrap());
    let ours = Credentials::random();
    let mut ice = IceTransport::new(&ours, local, start);
    ice.set_remote_credentials(&Credentials { ufrag: "client".into(), password: "of the client".into() });
    let user = format!("{}:client", ours.ufrag);
    let [home, cellular] = [1, 2].map(|port| SocketAddr::from(([192, 0, 2, 1], port)));
    let mut check = |from, nominates, seconds| {
        let now = start + Duration::from_secs(seconds);
        let request = binding_request(&user, &ours.password, nominates);
        assert!(ice.handle_message(StunMessage::parse(&request).unwrap(), from, true, now));
        (ice.remote.unwrap(), ice.consent_expired(now))
    };
    assert_eq!(check(home, false, 0), (home, false), "the first, until one is nominated");
    assert_eq!(check(home, true, 1), (home, false));
    assert_eq!(check(cellular, false, 2), (home, false));
    assert_eq!(check(cellular, true, 3), (cellular, false), "its priority is the same");
    assert_eq!(check(home, true, 4), (home, false), "and back");
    assert_eq!(check(cellular, false, 23), (home, false));
    assert_eq!(check(cellular, false, 25), (home, true), "nobody at home has asked for packets");
}

/// Firefox behind a firewall that lets UDP out and nothing back in: it checks both paths, each time with USE-CANDIDATE,
/// and sends on the one on which it is answered.
#[test]
fn packets_go_where_the_clients_own_come_from_whatever_else_it_nominates() {
    let (start, local) = (Instant::now(), "127.0.0.1:3478".parse().unwrap());
    let ours = Credentials::random();
    let mut ice = IceTransport::new(&ours, local, start);
    ice.set_remote_credentials(&Credentials { ufrag: "client".into(), password: "of the client".into() });
    let request = binding_request(&format!("{}:client", ours.ufrag), &ours.password, true);
    let at = |seconds| start + Duration::from_secs(seconds);
    let [udp, tcp, rebound] = [1, 2, 3].map(|port| SocketAddr::from(([192, 0, 2, 1], port)));
    let nominate = |ice: &mut IceTransport, from, known, seconds| {
        assert!(ice.handle_message(StunMessage::parse(&request).unwrap(), from, known, at(seconds)));
        ice.remote.unwrap()
    };
    assert_eq!(nominate(&mut ice, tcp, false, 0), tcp);
    assert_eq!(nominate(&mut ice, udp, false, 1), udp, "nothing else is known");
    ice.handle_packet(tcp, at(2));
    assert_eq!(ice.remote, Some(tcp));
    assert_eq!(nominate(&mut ice, udp, true, 3), tcp, "it checks there again, since no answer came");
    ice.handle_packet(tcp, at(20));
    assert!(!ice.consent_expired(at(21)), "it was heard there when media moved");
    assert!(ice.consent_expired(at(23)), "packets alone are no consent");
    assert_eq!(nominate(&mut ice, rebound, false, 24), rebound, "its address has changed");
    ice.handle_packet(rebound, at(25));
    assert_eq!(nominate(&mut ice, udp, true, 36), udp, "where it was is silent");
}

proptest! {
    #[test]
    fn no_bytes_make_a_parser_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), id: u8) {
        if let Some(header) = Header::parse(&bytes) {
            let _ = header.extension(&bytes, id);
            let _ = header.unpad(&bytes[header.length..]);
        }
        for packet in rtcp::parse(&bytes) {
            if let Packet::Nack { entries, .. } = packet {
                let _ = entries.sequences().count();
            }
        }
        if let Some(descriptor) = Descriptor::parse(&bytes) {
            let _ = descriptor.key_frame(&bytes);
            let mut payload = bytes.clone();
            descriptor.write_picture_id(&mut payload, 1);
            descriptor.write_tl0_picture_index(&mut payload, 1);
        }
    }

    /// Valid beginnings reach deeper than noise.
    #[test]
    fn no_mutated_packet_makes_a_parser_panic(at in 0usize..40, value: u8, cut in 0usize..48) {
        let mut rtp = vec![
            0xB1, 0xE0, 0, 1, 0, 0, 0, 9, 0, 0, 0, 7, 1, 1, 1, 1, 0xBE, 0xDE, 0, 2, 0x10, 1, 0x51, 1, 2, 3, 4, 5,
            0x90, 0xE0, 0x81, 0x11, 0x2A, 0x40, 0x10, 0, 0, 0x9D, 0x01, 0x2A, 0, 5, 0xD0, 2, 0, 0, 0, 3,
        ];
        rtp[at] = value;
        rtp.truncate(rtp.len() - cut);
        if let Some(header) = Header::parse(&rtp) {
            for id in 0..=255 {
                let _ = header.extension(&rtp, id);
            }
            if let Some(payload) = header.unpad(&rtp[header.length..]) {
                let _ = Descriptor::parse(payload).map(|descriptor| descriptor.key_frame(payload));
            }
        }
    }

    #[test]
    fn a_written_header_reads_back(payload_type in 0u8..128, marker: bool, sequence: u16, timestamp: u32, ssrc: u32) {
        let mut buffer = [0; 12];
        OutgoingHeader { payload_type, marker, padded: false, sequence, timestamp, ssrc }.write(&mut buffer);
        let header = Header::parse(&buffer).unwrap();
        prop_assert_eq!((header.payload_type, header.marker, header.sequence), (payload_type, marker, sequence));
        prop_assert_eq!((header.timestamp, header.ssrc, header.length), (timestamp, ssrc, 12));
    }

    #[test]
    fn any_nack_reads_back(mut sequences in prop::collection::btree_set(0u16..40_000, 1..60)) {
        let sent: Vec<u16> = std::mem::take(&mut sequences).into_iter().collect();
        let packet = rtcp::nack(3, &sent);
        let Some(Packet::Nack { entries, .. }) = rtcp::parse(&packet).next() else { panic!("no NACK") };
        prop_assert_eq!(entries.sequences().collect::<Vec<_>>(), sent);
    }

    #[test]
    fn transport_wide_feedback_takes_any_order_and_time(arrivals in prop::collection::vec((any::<u16>(), 0i64..10_000_000), 1..200)) {
        let mut receiver = TransportWideReceiver::default();
        for (sequence, at) in arrivals {
            receiver.record(sequence, 1, at);
        }
        if let Some(packet) = receiver.feedback() {
            prop_assert_eq!(packet.len() % 4, 0);
            prop_assert_eq!(rtcp::parse(&packet).count(), 1);
        }
    }
}
