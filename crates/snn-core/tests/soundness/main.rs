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

/// Networks of a trial, and perturbed inputs per network.
#[derive(Clone, Copy)]
struct Size {
    networks: u64,
    inputs: usize,
}

const DEEP: Size = Size {
    networks: 1000,
    inputs: 500,
};
const LONG: Size = Size {
    networks: 60,
    inputs: 16,
};

type Planner = fn(Encoding, Readout, u64) -> cases::Plan;

fn sound(plan: Planner, encoding: Encoding, readout: Readout, seed: u64, size: Size) -> Tally {
    let mut tally = Tally::default();
    for index in 0..size.networks {
        let plan = plan(encoding, readout, seed + index);
        trial::run(&plan, Rounding::Outward, size.inputs, &mut tally);
        if let Some(first) = &tally.first {
            panic!("{first}\n{plan:?}");
        }
    }
    println!("{tally:?}");
    assert_eq!(tally.inputs, size.networks * size.inputs as u64);
    // Bounds that are never approached would prove nothing.
    assert!(tally.tight > 0, "{tally:?}");
    tally
}

fn sound_networks(encoding: Encoding, readout: Readout, seed: u64) {
    let tally = sound(subjects::deep, encoding, readout, seed, DEEP);
    // So would neurons that are never open.
    assert!(tally.open > tally.membranes / 100, "{tally:?}");
}

#[test]
fn thousands_of_steps() {
    let readouts = [
        Readout::Rate,
        Readout::Membrane,
        Readout::Linear { classes: 2 },
    ];
    for (index, readout) in readouts.into_iter().enumerate() {
        for (encoding, offset) in [(Encoding::Rate, 0), (Encoding::Direct, 500_000)] {
            let seed = 7_000_000 + offset + 1000 * index as u64;
            sound(subjects::long, encoding, readout, seed, LONG);
        }
    }
}

#[test]
fn rate_input_with_rate_readout() {
    sound_networks(Encoding::Rate, Readout::Rate, 1_000_000);
}

#[test]
fn rate_input_with_membrane_readout() {
    sound_networks(Encoding::Rate, Readout::Membrane, 2_000_000);
}

#[test]
fn rate_input_with_linear_readout() {
    sound_networks(Encoding::Rate, Readout::Linear { classes: 3 }, 3_000_000);
}

#[test]
fn direct_input_with_rate_readout() {
    sound_networks(Encoding::Direct, Readout::Rate, 4_000_000);
}

#[test]
fn direct_input_with_membrane_readout() {
    sound_networks(Encoding::Direct, Readout::Membrane, 5_000_000);
}

#[test]
fn direct_input_with_linear_readout() {
    sound_networks(Encoding::Direct, Readout::Linear { classes: 3 }, 6_000_000);
}
