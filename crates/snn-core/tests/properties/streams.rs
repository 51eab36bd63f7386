//! Numbers asked for by index: uniform, and independent of their neighbours and of other keys.

use snn_core::rng::{Purpose, Stream};

const COUNT: usize = 1 << 16;

fn stream(key: u64) -> Stream {
    Stream::keyed(3, Purpose::Encode, &[0, key])
}

/// Chi-squared of the counts, expected to be equal, as standard deviations from its mean.
fn deviation(counts: &[u32]) -> f64 {
    let total: u32 = counts.iter().sum();
    let expected = f64::from(total) / counts.len() as f64;
    let excess = |&count: &u32| (f64::from(count) - expected).powi(2) / expected;
    let freedom = counts.len() as f64 - 1.0;
    (counts.iter().map(excess).sum::<f64>() - freedom) / (2.0 * freedom).sqrt()
}

/// Pairs of numbers fall evenly into the cells of a grid.
fn check_pairs(name: &str, pairs: impl Iterator<Item = [f32; 2]>) {
    const SIDE: usize = 16;
    let mut cells = [0; SIDE * SIDE];
    for [a, b] in pairs {
        assert!((0.0..1.0).contains(&a) && (0.0..1.0).contains(&b), "{name}");
        let cell = |x: f32| (x * SIDE as f32) as usize;
        cells[cell(a) * SIDE + cell(b)] += 1;
    }
    let deviation = deviation(&cells);
    assert!(deviation.abs() < 4.0, "{name}: {deviation}");
}

#[test]
fn numbers_are_uniform_and_do_not_hang_on_their_neighbours() {
    check_pairs("both of an index", (0..COUNT).map(|i| stream(0).pair(i)));
    for half in [0, 1] {
        let next = (0..COUNT).map(|i| [stream(0).pair(i)[half], stream(0).pair(i + 1)[half]]);
        check_pairs("neighbours", next);
        let keys =
            (0..COUNT as u64).map(|k| [stream(k).pair(7)[half], stream(k + 1).pair(7)[half]]);
        check_pairs("neighbouring keys", keys);
    }
}

#[test]
fn low_bits_are_as_even_as_high_ones() {
    let mut counts = [0u32; 24];
    for i in 0..COUNT {
        for number in stream(1).pair(i) {
            let bits = (number * 16_777_216.0) as u32;
            for (bit, count) in counts.iter_mut().enumerate() {
                *count += bits >> bit & 1;
            }
        }
    }
    let spread = (0.25 * 2.0 * COUNT as f64).sqrt();
    for (bit, &count) in counts.iter().enumerate() {
        let off = (f64::from(count) - COUNT as f64) / spread;
        assert!(off.abs() < 4.0, "bit {bit}: {off}");
    }
}
