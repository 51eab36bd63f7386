//! Checkpoints: what is saved comes back to the bit, and damage is an error, never a panic.

use proptest::prelude::*;
use snn_core::checkpoint::{save, Checkpoint, Training};
use snn_core::model::Model;
use snn_core::optim::{Optimiser, Rule};

use crate::cases::{config, small_plans, Plan};
use crate::subject::Subject;

const ADAM: Rule = Rule::Adam {
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
};

fn model(plan: &Plan) -> Model {
    let case = plan.build();
    let subject = Subject::new(&case.network, &case.parameters, case.encoding, case.steps);
    let mut model = Model::new(subject.network);
    model.parameters = subject.parameters;
    model
}

/// A model one optimiser step on its way, and the optimiser.
fn trained(plan: &Plan, rule: Rule) -> (Model, Optimiser) {
    let mut model = model(plan);
    let mut optimiser = Optimiser::new(rule, model.network.slab_vectors).unwrap();
    let gradient: Vec<f32> = model.parameters.slab().iter().map(|w| 0.1 * w).collect();
    model.push(&gradient).unwrap();
    model.step(&mut optimiser, 0.01, 0.0).unwrap();
    (model, optimiser)
}

fn saved(plan: &Plan, rule: Rule) -> (Model, Optimiser, Vec<u8>) {
    let (model, optimiser) = trained(plan, rule);
    let training = Training {
        optimiser: &optimiser,
        kept: &[],
    };
    let bytes = save(&model, Some(training), "{\"note\":\"\u{3c3}\"}").unwrap();
    (model, optimiser, bytes)
}

proptest! {
    #![proptest_config(config(60))]

    #[test]
    fn what_is_saved_comes_back(plan in small_plans(), adam in any::<bool>()) {
        let rule = if adam { ADAM } else { Rule::Sgd { momentum: 0.9 } };
        let (saved, optimiser, bytes) = saved(&plan, rule);
        let checkpoint = Checkpoint::parse(&bytes).unwrap();
        prop_assert_eq!(checkpoint.metadata(), "{\"note\":\"\u{3c3}\"}");
        let mut back = Model::new(saved.network.clone());
        checkpoint.restore_model(&mut back).unwrap();
        prop_assert_eq!(back.parameters.slab(), saved.parameters.slab());
        let mut state = Optimiser::new(rule, saved.network.slab_vectors).unwrap();
        checkpoint.restore_optimiser(&back, &mut state).unwrap();
        prop_assert_eq!(state.steps(), optimiser.steps());
        prop_assert_eq!(state.moments(), optimiser.moments());
    }

    #[test]
    fn damage_never_panics(
        plan in small_plans(),
        place in 0.0f64..1.0,
        value in any::<u8>(),
        cut in any::<bool>(),
    ) {
        let (saved, _, mut bytes) = saved(&plan, ADAM);
        let at = (place * bytes.len() as f64) as usize;
        if cut {
            bytes.truncate(at);
            prop_assert!(Checkpoint::parse(&bytes).is_err());
        } else {
            // Headers are where it hurts: damage them as often as the numbers.
            let at = if value % 2 == 0 { at % 400.min(bytes.len()) } else { at };
            bytes[at] = value;
            if let Ok(checkpoint) = Checkpoint::parse(&bytes) {
                let mut back = Model::new(saved.network.clone());
                if checkpoint.restore_model(&mut back).is_err() {
                    let zero = back.parameters.slab().iter().all(|&w| w == 0.0);
                    prop_assert!(zero, "a refused checkpoint must leave the model as it was");
                }
                prop_assert!(back.parameters.slab().iter().all(|w| w.is_finite()));
                let mut state = Optimiser::new(ADAM, saved.network.slab_vectors).unwrap();
                let _ = checkpoint.restore_optimiser(&back, &mut state);
            }
        }
    }

    #[test]
    fn other_networks_are_refused(plan in small_plans(), other in small_plans()) {
        let (saved, _, bytes) = saved(&plan, ADAM);
        let mut back = model(&other);
        let shapes = |model: &Model| -> Vec<(String, Vec<usize>)> {
            let all = snn_core::parameters::tensors(&model.network);
            all.into_iter().map(|tensor| (tensor.name, tensor.shape)).collect()
        };
        let all_there = shapes(&back).iter().all(|tensor| shapes(&saved).contains(tensor));
        let restored = Checkpoint::parse(&bytes).unwrap().restore_model(&mut back);
        prop_assert_eq!(restored.is_ok(), all_there);
    }
}
