//! What damaged files make the decoders allocate. One test in a process of its own, because the counter is the process's.

use event_codecs::{codec, spike_file::SpikeFile};
use peak_alloc::PeakAlloc;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

const FILES: [&[u8]; 3] = [
    include_bytes!("../../../test/datasets/events/fixtures/shd-chunked.h5"),
    include_bytes!("../../../test/datasets/events/fixtures/shd-contiguous.h5"),
    include_bytes!("../../../test/datasets/events/fixtures/shd-v110.h5"),
];
const PACKED: [&[u8]; 2] = [
    include_bytes!("../../../test/datasets/events/fixtures/lz4.aedat4"),
    include_bytes!("../../../test/datasets/events/fixtures/zstd.aedat4"),
];

/// What hdf5-pure reserves for the members of one datatype (72 bytes each) from their 16-bit count, before it reads the first.
const MEMBERS: usize = 65_535 * 72;
/// Datasets of a file that are opened, each with a datatype of its own.
const DATASETS: usize = 4;

/// Most bytes that were allocated at once while `work` ran, beyond those before it.
fn peak(work: impl FnOnce()) -> usize {
    ALLOCATED.reset_peak_usage();
    let before = ALLOCATED.current_usage();
    work();
    ALLOCATED.peak_usage().saturating_sub(before)
}

/// A place in a file, and what to write there: numbers of four bytes make the larger lies.
fn damage() -> impl Strategy<Value = (prop::sample::Index, u32, usize)> {
    let numbers = prop_oneof![any::<u32>(), Just(u32::MAX), Just(0x7fff_ffff), 0u32..300];
    (any::<prop::sample::Index>(), numbers, 1usize..5)
}

fn damaged(whole: &[u8], damages: &[(prop::sample::Index, u32, usize)]) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    for (at, number, width) in damages {
        let at = at.index(bytes.len());
        for (byte, value) in bytes[at..].iter_mut().zip(&number.to_le_bytes()[..*width]) {
            *byte = *value;
        }
    }
    bytes
}

#[test]
fn memory_is_bounded_by_the_file() {
    let mut runner = TestRunner::new(ProptestConfig::with_cases(3000));
    let cases = (0usize..5, prop::collection::vec(damage(), 1..5));
    runner
        .run(&cases, |(which, damages)| {
            if let Some(&whole) = FILES.get(which) {
                let bytes = damaged(whole, &damages);
                let length = bytes.len();
                let used = peak(|| {
                    if let Ok(file) = SpikeFile::parse(bytes) {
                        for recording in 0..file.recordings().min(5) {
                            let _ = (file.times(recording), file.units(recording));
                        }
                    }
                });
                let limit = 64 * length + (1 << 20) + DATASETS * MEMBERS;
                prop_assert!(used <= limit, "{used} bytes for {length}");
                return Ok(());
            }
            let whole = PACKED[which - FILES.len()];
            let frame = [&[0x04, 0x22, 0x4d, 0x18], &[0x28, 0xb5, 0x2f, 0xfd]][which - FILES.len()];
            // The last packet, up to the table behind the packets.
            let at = whole.windows(4).rposition(|bytes| bytes == frame).unwrap();
            let bytes = damaged(&whole[at..whole.len() - 55], &damages);
            let limit = 256 * bytes.len() + 65_536;
            let used = peak(|| {
                let _ = (codec::lz4(&bytes, limit), codec::zstd(&bytes, limit));
            });
            // An LZ4 block has 4 MiB at most, a Zstandard window 8 MiB; both are buffered twice.
            prop_assert!(
                used <= 3 * limit + (24 << 20),
                "{used} bytes, limit {limit}"
            );
            Ok(())
        })
        .unwrap();
}
