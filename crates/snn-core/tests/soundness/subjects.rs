//! Small networks made to be hard to bound: cancelling sums, membranes at the threshold, numbers
//! over six decades.

use snn_core::encode::Encoding;

use crate::cases::number_source::NumberSource;
use crate::cases::{fitting, Case, Plan};
use crate::oracle::network::{Geometry, Neuron, Readout, Reset, Window};

/// Hardly a network, but so many steps that their mean is what f32 gets wrong.
pub fn long(encoding: Encoding, readout: Readout, seed: u64) -> Plan {
    let mut numbers = NumberSource::new(seed, false);
    Plan {
        input: [1 + numbers.below(3) as usize, 1, 1],
        layers: vec![(Geometry::Linear { outputs: 2 }, neuron(&mut numbers))],
        readout,
        encoding,
        steps: 1000 + numbers.below(3000) as usize,
        batch: 1,
        grid: false,
        clip: false,
        seed: numbers.bits(),
    }
}

/// A network of up to four layers and a few steps.
pub fn deep(encoding: Encoding, readout: Readout, seed: u64) -> Plan {
    let mut numbers = NumberSource::new(seed, false);
    let mut layers = Vec::new();
    let input = match numbers.below(8) {
        0 | 1 => {
            let geometry = Geometry::Conv2d {
                channels: 1 + numbers.below(3) as usize,
                window: window(&mut numbers),
            };
            layers.push((geometry, neuron(&mut numbers)));
            [1 + numbers.below(2) as usize, 3, 2]
        }
        2 => pooled(&mut layers, &mut numbers),
        _ => {
            let few = 1 + numbers.below(12) as usize;
            let many = 40 + numbers.below(30) as usize;
            [numbers.choose(&[few, few, few, few, many]), 1, 1]
        }
    };
    for _ in 0..numbers.below(3) {
        let few = 1 + numbers.below(8) as usize;
        let many = 30 + numbers.below(20) as usize;
        let outputs = numbers.choose(&[few, few, few, few, few, few, many]);
        layers.push((Geometry::Linear { outputs }, neuron(&mut numbers)));
    }
    if layers.is_empty() || !matches!(readout, Readout::Linear { .. }) {
        let outputs = 2 + numbers.below(2) as usize;
        layers.push((Geometry::Linear { outputs }, neuron(&mut numbers)));
    }
    Plan {
        input,
        layers,
        readout,
        encoding,
        steps: 1 + numbers.below(4) as usize,
        batch: 1,
        grid: numbers.below(4) == 0,
        clip: numbers.below(2) == 0,
        seed: numbers.bits(),
    }
}

/// Pools before a convolution, behind it, or both; windows may overlap and hang over the map.
fn pooled(layers: &mut Vec<(Geometry, Neuron)>, numbers: &mut NumberSource) -> [usize; 3] {
    let input = [1 + numbers.below(2) as usize, 5, 5];
    let mut over_maps = Vec::new();
    let places = 1 + numbers.below(3);
    for place in [1, 2] {
        for _ in 0..if places & place > 0 {
            1 + numbers.below(2)
        } else {
            0
        } {
            let padding = numbers.below(2) as usize;
            let mut window = window(numbers);
            window.padding = window.kernel.map(|kernel| padding.min(kernel - 1));
            let average = numbers.below(2) == 0;
            over_maps.push((Geometry::Pool { average, window }, neuron(numbers)));
        }
        if place == 1 && numbers.below(2) == 0 {
            let geometry = Geometry::Conv2d {
                channels: 1 + numbers.below(3) as usize,
                window: Window::square(1, 1, 0),
            };
            over_maps.push((geometry, neuron(numbers)));
        }
    }
    layers.extend(fitting(input, over_maps, false));
    let outputs = 1 + numbers.below(6) as usize;
    layers.push((Geometry::Linear { outputs }, neuron(numbers)));
    input
}

fn window(numbers: &mut NumberSource) -> Window {
    let mut one_or_two = || 1 + numbers.below(2) as usize;
    Window {
        kernel: [one_or_two(), one_or_two()],
        stride: [one_or_two(), one_or_two()],
        padding: [0; 2],
        dilation: [1; 2],
    }
}

fn neuron(numbers: &mut NumberSource) -> Neuron {
    let fresh = numbers.uniform();
    Neuron {
        threshold: f64::from(numbers.choose(&[0.25, 0.25, 1.0, 0.0, -0.1, fresh]) as f32),
        leak: f64::from(numbers.choose(&[0.25, 0.25, 0.0, 1.0, fresh]) as f32),
        reset: numbers.choose(&[Reset::Hard, Reset::Soft]),
    }
}

/// The plan's case, made harder.
pub fn case(plan: &Plan) -> Case {
    let mut case = plan.build();
    let mut numbers = NumberSource::new(!plan.seed, plan.grid);
    if numbers.below(3) == 0 {
        over_decades(&mut case, &mut numbers);
    }
    if numbers.below(2) == 0 {
        at_threshold(&mut case);
    }
    case.epsilon = numbers.choose(&[0.0, 0.001, 0.02, 0.06, 0.1, 0.3]);
    case
}

/// Magnitudes of weights from 1e-3 to 1e3 of their own.
fn over_decades(case: &mut Case, numbers: &mut NumberSource) {
    for tensors in &mut case.parameters.layers {
        for w in &mut tensors.weight {
            let factor = 10f64.powf(6.0 * numbers.uniform() - 3.0);
            *w = f64::from((*w * factor) as f32);
        }
    }
}

/// Biases of the first layer that put the unperturbed direct input on the threshold.
fn at_threshold(case: &mut Case) {
    let layer = &case.network.layers[0];
    let tensors = &mut case.parameters.layers[0];
    let image = layer.pooled(&case.images[0]);
    for (list, &bias) in layer.connections.iter().zip(&layer.biases) {
        let drive: f64 = list
            .iter()
            .map(|c| tensors.weight[c.weight] * image[c.input])
            .sum();
        tensors.bias[bias] = f64::from((layer.neurons[bias].threshold - drive) as f32);
    }
}
