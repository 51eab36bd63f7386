//! What there is to find is found.

use snn_core::attack::Method;

use crate::{Case, Kind};

/// A method, its iterations and its runs.
type Stage = (Method, usize, usize);

fn ensemble(kind: Kind) -> Vec<Stage> {
    match kind {
        Kind::Shift => vec![
            (Method::GreedyShifts { candidates: 8 }, 12, 3),
            (
                Method::BeamShifts {
                    width: 4,
                    candidates: 8,
                },
                8,
                1,
            ),
            (Method::RandomShifts { share: 0.5 }, 150, 1),
            (Method::CoordinateShifts {}, 150, 1),
        ],
        _ => vec![
            (Method::GreedyFlips { candidates: 8 }, 12, 3),
            (
                Method::PgdFlips {
                    step_size: 0.25,
                    momentum: 0.5,
                },
                20,
                3,
            ),
            (
                Method::BeamFlips {
                    width: 4,
                    candidates: 8,
                },
                8,
                1,
            ),
            (Method::RandomFlips { share: 0.5 }, 150, 1),
            (Method::CoordinateFlips {}, 150, 1),
        ],
    }
}

/// Of the cases that brute force proves vulnerable, how many all methods find together, and each alone.
fn found(kind: Kind, count: usize) -> (usize, usize, Vec<usize>) {
    let stages = ensemble(kind);
    let (mut vulnerable, mut all, mut each) = (0, 0, vec![0; stages.len()]);
    for case in Case::several(kind, count) {
        let members = case.members();
        let least = case.least_margin(&members);
        // Clean, attacked, certified: nothing is seen below what is proved.
        let proved = case.proved();
        assert!(proved <= least, "sample {}", case.sample);
        vulnerable += usize::from(least <= 0.0);
        let mut fooled = false;
        for ((method, iterations, restarts), each) in stages.iter().zip(&mut each) {
            let options = case.options(method.clone(), *iterations, *restarts);
            let attacked = case.attack(&options);
            assert!(attacked.margins[0] >= least, "sample {}", case.sample);
            if attacked.fooled[0] == 1 {
                assert!(members.contains(&crate::cases::bits(&attacked.examples)));
                assert!(case.margin(&case.scores(&attacked.examples)) <= 0.0);
                fooled = true;
                *each += 1;
            }
        }
        all += usize::from(fooled);
    }
    println!("{kind:?}: {vulnerable} of {count} vulnerable, {all} found, by stage {each:?}");
    (vulnerable, all, each)
}

/// Together at least 95 of 100 of what brute force finds, and every method alone most of it.
fn is_strong(kind: Kind) {
    let (vulnerable, all, each) = found(kind, 150);
    assert!(vulnerable > 30, "{vulnerable}");
    assert!(100 * all >= 95 * vulnerable, "{all} of {vulnerable}");
    for (stage, found) in each.into_iter().enumerate() {
        assert!(
            100 * found >= 80 * vulnerable,
            "stage {stage}: {found} of {vulnerable}"
        );
    }
}

#[test]
fn flips_are_found() {
    is_strong(Kind::Flips);
}

#[test]
fn sampled_places_are_found() {
    is_strong(Kind::Sampled);
}

#[test]
fn moves_are_found() {
    is_strong(Kind::Shift);
}
