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
use snn_core::region::{Flips, PerStep, Region, Rounding, Sampled, Shift};

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

const TOGGLED: Size = Size {
    networks: 400,
    inputs: 120,
};

/// Regions of spikes, small and large against the few inputs of these networks.
fn toggled(index: u64) -> Region {
    let budget = (index % 4) as usize;
    let steps = 1 + (index / 3 % 3) as usize;
    match index % 7 {
        0..3 => Region::Flips(Flips {
            budget,
            additions: !index.is_multiple_of(5),
            deletions: index % 5 != 1,
            mask: Vec::new(),
            per_step: match index % 3 {
                0 => PerStep::Same(1),
                _ => PerStep::Any,
            },
        }),
        3..6 => Region::Shift(Shift {
            budget,
            steps,
            merge: index.is_multiple_of(2),
        }),
        _ => Region::Sampled(Sampled {
            fraction: 0.2,
            seed: index,
        }),
    }
}

#[test]
fn toggled_spikes() {
    let readouts = [
        Readout::Rate,
        Readout::Membrane,
        Readout::Linear { classes: 3 },
    ];
    let mut tally = Tally::default();
    for index in 0..TOGGLED.networks {
        let readout = readouts[(index % 3) as usize];
        let plan = subjects::deep(Encoding::Rate, readout, 8_000_000 + index);
        let region = toggled(index);
        trial::run_toggled(&plan, &region, TOGGLED.inputs, &mut tally);
        if let Some(first) = &tally.first {
            panic!("{first}\n{region:?}\n{plan:?}");
        }
    }
    println!("{tally:?}");
    assert!(
        tally.tight > 0 && tally.open > tally.membranes / 100,
        "{tally:?}"
    );
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
