//! What is written comes back to the bit, and damage is an error, never a panic.

use proptest::collection::{btree_map, hash_map, vec};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use safetensors::tensor::Dtype;
use snn_formats::tensor_file::{Tensor, TensorFile};

fn tensors() -> impl Strategy<Value = Tensor> {
    let numbers = (any::<bool>(), vec(0usize..4, 0..4), any::<u8>());
    numbers.prop_map(|(wide, shape, first)| {
        let dtype = if wide { Dtype::U64 } else { Dtype::F32 };
        let size = shape.iter().product::<usize>() * dtype.bitsize() / 8;
        let data = (0..size)
            .map(|index| first.wrapping_add(index as u8))
            .collect();
        Tensor { dtype, shape, data }
    })
}

fn files() -> impl Strategy<Value = TensorFile> {
    let metadata = hash_map("[a-z]{1,8}", "[ -~\u{3c3}]{0,20}", 1..3);
    let tensors = btree_map("[a-z0-9.]{1,12}", tensors(), 0..6);
    (metadata, tensors).prop_map(|(metadata, tensors)| TensorFile { metadata, tensors })
}

/// The same cases every time, and no file beside this one.
fn config() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(20_220_501),
        ..ProptestConfig::with_cases(200)
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_is_written_comes_back(file in files()) {
        prop_assert_eq!(TensorFile::parse(&file.bytes().unwrap()).unwrap(), file);
    }

    #[test]
    fn a_file_cut_short_is_refused(file in files(), place in 0.0f64..1.0) {
        let bytes = file.bytes().unwrap();
        let length = (place * bytes.len() as f64) as usize;
        prop_assert!(TensorFile::parse(&bytes[..length]).is_err());
    }

    #[test]
    fn damage_never_panics(file in files(), place in 0.0f64..1.0, value in any::<u8>()) {
        let mut bytes = file.bytes().unwrap();
        let at = (place * bytes.len() as f64) as usize;
        bytes[at] = value;
        if let Ok(damaged) = TensorFile::parse(&bytes) {
            prop_assert!(damaged.bytes().is_ok());
        }
    }

    #[test]
    fn data_of_another_size_is_refused(mut file in files(), extra in 1usize..9) {
        let Some(tensor) = file.tensors.values_mut().next() else { return Ok(()) };
        tensor.data.resize(tensor.data.len() + extra, 0);
        prop_assert!(file.bytes().is_err());
    }
}
