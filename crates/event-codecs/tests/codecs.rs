//! Round trips, limits, and damage: an error or a result, never a panic, and never more than was allowed.

use std::io::Write;

use event_codecs::codec::{lz4, zstd, Error};
use lz4_flex::frame::{FrameEncoder, FrameInfo};
use proptest::prelude::*;
use ruzstd::encoding::{compress_to_vec, CompressionLevel};

type Codec = fn(&[u8], usize) -> Result<Vec<u8>, Error>;

fn lz4_frame(content: &[u8]) -> Vec<u8> {
    let info = FrameInfo::new()
        .content_checksum(true)
        .block_checksums(true);
    let mut encoder = FrameEncoder::with_frame_info(info, Vec::new());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn zstd_frame(content: &[u8]) -> Vec<u8> {
    compress_to_vec(content, CompressionLevel::Fastest)
}

/// Content that compresses well, as events do.
fn content() -> impl Strategy<Value = Vec<u8>> {
    (prop::collection::vec(any::<u8>(), 0..64), 1usize..64)
        .prop_map(|(part, times)| part.repeat(times))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn what_was_compressed_comes_back_up_to_the_limit(content in content()) {
        for (codec, packed) in [(lz4 as Codec, lz4_frame(&content)), (zstd as Codec, zstd_frame(&content))] {
            prop_assert_eq!(&codec(&packed, content.len()), &Ok(content.clone()));
            if let Some(limit) = content.len().checked_sub(1) {
                prop_assert_eq!(codec(&packed, limit), Err(Error::TooLarge { limit }));
            }
        }
    }

    #[test]
    fn damage_gives_an_error_or_something_within_the_limit(
        content in content(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), 0u8..8), 1..4),
        cut in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        for (codec, mut packed) in [(lz4 as Codec, lz4_frame(&content)), (zstd as Codec, zstd_frame(&content))] {
            for (at, bit) in &flips {
                let at = at.index(packed.len());
                packed[at] ^= 1 << bit;
            }
            if is_cut {
                packed.truncate(cut.index(packed.len() + 1));
            }
            if let Ok(result) = codec(&packed, 10_000) {
                prop_assert!(result.len() <= 10_000);
            }
        }
    }

    #[test]
    fn random_bytes_behind_the_right_start(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for (codec, start) in [(lz4 as Codec, [0x04, 0x22, 0x4d, 0x18]), (zstd as Codec, [0x28, 0xb5, 0x2f, 0xfd])] {
            let whole = [&start[..], &bytes].concat();
            if let Ok(result) = codec(&whole, 10_000) {
                prop_assert!(result.len() <= 10_000);
            }
        }
    }
}

#[test]
fn a_bomb_stops_at_the_limit() {
    // 100 MB of zeros.
    let zeros = vec![0; 100 << 20];
    assert_eq!(
        lz4(&lz4_frame(&zeros), 1000),
        Err(Error::TooLarge { limit: 1000 })
    );
    // A Zstandard block that repeats one byte 128 KiB times has four bytes.
    let block = [(128u32 << 10) << 3 | 0b010, (128 << 10) << 3 | 0b011];
    let mut bomb = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x50];
    for header in [[block[0]; 1000].as_slice(), &block[1..]].concat() {
        bomb.extend(&header.to_le_bytes()[..3]);
        bomb.push(0);
    }
    assert_eq!(zstd(&bomb, 1000), Err(Error::TooLarge { limit: 1000 }));
}

#[test]
fn a_checksum_that_does_not_match_is_an_error() {
    let mut packed = zstd_frame(b"events and more events");
    let last = packed.len() - 1;
    packed[last] ^= 1;
    assert_eq!(
        zstd(&packed, 1000),
        Err(Error::Corrupt("the checksum does not match".into()))
    );
}
