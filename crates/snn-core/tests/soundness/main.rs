//! Certificates against what really happens: random networks and regions, more than a million
//! perturbed inputs run in f32 with shuffled sums and in f64. Nothing may leave its bounds, with no
//! tolerance at all.

mod arithmetic;
mod machine;
mod perturbation;
mod subjects;
mod teeth;
mod trial;

#[path = "../cases/mod.rs"]
mod cases;
#[path = "../oracle/mod.rs"]
mod oracle;
#[path = "../subject/mod.rs"]
mod subject;

use snn_core::encode::Encoding;
use snn_core::region::Rounding;

use oracle::network::Readout;
use trial::Tally;

/// Networks per test, and perturbed inputs per network.
const NETWORKS: u64 = 1000;
const INPUTS: usize = 500;

fn sound(encoding: Encoding, readout: Readout, seed: u64) {
    let mut tally = Tally::default();
    for index in 0..NETWORKS {
        let plan = subjects::plan(encoding, readout, seed + index);
        trial::run(&plan, Rounding::Outward, INPUTS, &mut tally);
        if let Some(first) = &tally.first {
            panic!("{first}\n{plan:?}");
        }
    }
    println!("{tally:?}");
    assert_eq!(tally.inputs, NETWORKS * INPUTS as u64);
    // Bounds that are never approached, or neurons that are never open, would prove nothing.
    assert!(tally.open > tally.membranes / 100, "{tally:?}");
    assert!(tally.tight > 0, "{tally:?}");
}

#[test]
fn rate_input_with_rate_readout() {
    sound(Encoding::Rate, Readout::Rate, 1_000_000);
}

#[test]
fn rate_input_with_membrane_readout() {
    sound(Encoding::Rate, Readout::Membrane, 2_000_000);
}

#[test]
fn rate_input_with_linear_readout() {
    sound(Encoding::Rate, Readout::Linear { classes: 3 }, 3_000_000);
}

#[test]
fn direct_input_with_rate_readout() {
    sound(Encoding::Direct, Readout::Rate, 4_000_000);
}

#[test]
fn direct_input_with_membrane_readout() {
    sound(Encoding::Direct, Readout::Membrane, 5_000_000);
}

#[test]
fn direct_input_with_linear_readout() {
    sound(Encoding::Direct, Readout::Linear { classes: 3 }, 6_000_000);
}
