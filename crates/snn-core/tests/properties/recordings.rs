//! Inputs that are spikes already.

use proptest::prelude::*;
use snn_core::certify::{check_images, predict, PredictOptions};
use snn_core::encode::{DrawKey, Encoding};
use snn_core::error::Code;

use crate::cases::{config, plans};
use crate::draws;
use crate::oracle::region::encode;
use crate::subject::Subject;

const OPTIONS: PredictOptions = PredictOptions {
    steps: 3,
    seed: 5,
    presentation: 2,
};

proptest! {
    #![proptest_config(config(60))]

    /// What a rate code draws, given as spikes, gives the same scores, whatever comes after the steps
    /// that are run.
    #[test]
    fn drawn_spikes_are_spikes(plan in plans(false), more in 0usize..3) {
        let plan = crate::cases::Plan { encoding: Encoding::Rate, ..plan };
        let case = plan.build();
        let (images, samples) = (case.flat_images(), case.samples());
        let steps = case.steps;
        let options = PredictOptions { steps, ..OPTIONS };
        let drawn = Subject::new(&case.network, &case.parameters, Encoding::Rate, steps);
        let expected =
            predict(&drawn.network, &drawn.parameters, &images, &samples, &options).unwrap();
        let key = DrawKey { seed: options.seed, presentation: options.presentation };
        let mut spikes = Vec::new();
        for (image, draws) in case.images.iter().zip(&draws(&case, steps, key)) {
            spikes.extend(encode(image, draws).concat().iter().map(|&x| x as f32));
            spikes.extend(vec![1.0; more * image.len()]);
        }
        let own = Subject::new(&case.network, &case.parameters, Encoding::Spikes, steps);
        let scores = predict(&own.network, &own.parameters, &spikes, &samples, &options).unwrap();
        prop_assert_eq!(scores, expected);
    }
}

#[test]
fn recordings_that_do_not_fit() {
    let plan = crate::cases::Plan {
        input: [2, 1, 2],
        layers: vec![(
            crate::oracle::network::Geometry::Linear { outputs: 2 },
            crate::oracle::network::Neuron {
                threshold: 0.25,
                leak: 0.25,
                reset: crate::oracle::network::Reset::Hard,
            },
        )],
        readout: crate::oracle::network::Readout::Rate,
        encoding: Encoding::Spikes,
        steps: 3,
        batch: 1,
        grid: true,
        clip: false,
        seed: 1,
    };
    let case = plan.build();
    let network = Subject::new(&case.network, &case.parameters, Encoding::Spikes, 3).network;
    let check = |images: &[f32], samples: &[u32]| check_images(&network, images, samples, 3);
    check(&[1.0; 12], &[4]).unwrap();
    check(&[0.0; 32], &[4, 5]).unwrap();
    check(&[], &[]).unwrap();
    for (length, samples) in [(8, &[4][..]), (13, &[4]), (12, &[]), (20, &[4, 5])] {
        let error = check(&vec![0.0; length], samples).unwrap_err();
        assert_eq!(error.code, Code::InvalidShape, "{length}: {error}");
    }
    for wrong in [0.5, -1.0, f32::NAN, 2.0] {
        let mut images = vec![1.0; 2 * 16];
        images[16 + 2 * 4 + 3] = wrong;
        let error = check(&images, &[4, 9]).unwrap_err();
        assert_eq!(error.code, Code::InvalidValue);
        let place = "images (example 9, step 2, position 3): expected 0 or 1";
        assert!(error.message.starts_with(place), "{error}");
    }
}
