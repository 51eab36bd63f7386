//! HDF5 files that h5py wrote, whole and damaged.

use event_codecs::spike_file::SpikeFile;
use proptest::prelude::*;

const CHUNKED: &[u8] = include_bytes!("../../../test/datasets/events/fixtures/shd-chunked.h5");
const CONTIGUOUS: &[u8] =
    include_bytes!("../../../test/datasets/events/fixtures/shd-contiguous.h5");
const V110: &[u8] = include_bytes!("../../../test/datasets/events/fixtures/shd-v110.h5");

/// Reads everything; what comes out is bounded by the file.
fn read(bytes: &[u8]) -> Result<usize, String> {
    let file = SpikeFile::parse(bytes.to_vec())?;
    let mut numbers = 0;
    for recording in 0..file.recordings() {
        for sequence in [file.times(recording), file.units(recording)] {
            let length = sequence.map_or(0, |sequence| sequence.len());
            assert!(length <= bytes.len());
            numbers += length;
        }
    }
    assert!(file.recordings() <= bytes.len() && file.labels.len() <= bytes.len());
    Ok(numbers)
}

#[test]
fn whole_files() {
    for bytes in [CHUNKED, CONTIGUOUS, V110] {
        assert_eq!(read(bytes), Ok(2 * 45));
        let file = SpikeFile::parse(bytes.to_vec()).unwrap();
        assert_eq!(file.labels, [3, 0, 1]);
        assert_eq!(file.classes, ["zero", "one", "two", "three"]);
        let times = file.times(2).unwrap();
        assert!(times.iter().all(|time| (0.0..1.3).contains(time)) && times.is_sorted());
        assert!(file.units(3).is_err());
    }
}

#[test]
fn what_is_no_such_file_says_what_is_missing() {
    let error = |bytes: &[u8]| SpikeFile::parse(bytes.to_vec()).err().unwrap();
    assert!(error(b"no HDF5 at all").starts_with("no HDF5 file: "));
    let mut renamed = CONTIGUOUS.to_vec();
    let mut names = CONTIGUOUS.windows(5);
    let at = names.position(|name| name == b"units").unwrap();
    renamed[at..at + 5].copy_from_slice(b"unitz");
    assert_eq!(
        error(&renamed),
        "/spikes/units: expected a dataset, got none"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn damage_gives_an_error_or_a_result(
        which in 0usize..3,
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
        is_cut in prop::bool::weighted(0.3),
    ) {
        let mut bytes = [CHUNKED, CONTIGUOUS, V110][which].to_vec();
        for (at, value) in flips {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if is_cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let _ = read(&bytes);
    }
}
