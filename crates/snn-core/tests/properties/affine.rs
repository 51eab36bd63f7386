//! The one kernel behind every layer, in every role, against loops over connections.

use proptest::prelude::*;
use snn_core::affine::{Affine, Interval, Lists, Open, Rows, Scaled, Size, Spike};
use snn_core::shape::Shape;
use wide::f32x4;

use crate::cases::number_source::NumberSource;
use crate::cases::{config, plans, Plan};
use crate::oracle::network::{Geometry, Layer, Network, Readout};
use crate::{difference, subject};

/// A layer on its own, its weight on the grid so that every sum is exact.
struct Kernel {
    layer: Layer,
    affine: Affine,
    weight: Vec<f64>,
    packed: Vec<f32x4>,
    /// `[group][input]`; what is not listed is zero.
    inputs: Vec<Vec<f64>>,
}

impl Kernel {
    fn new(plan: &Plan) -> Self {
        let geometry = plan.layers[0];
        let network = Network::new(plan.input, &[geometry], Readout::Rate);
        let layer = network.layers[0].clone();
        let [channels, height, width] = plan.input;
        let affine = match geometry.0 {
            Geometry::Linear { outputs } => {
                Affine::linear(Shape::new(channels, height, width), outputs)
            }
            Geometry::Conv2d {
                channels: out,
                kernel,
                stride,
                padding,
            } => {
                let shape = Shape::new(channels, height, width);
                Affine::conv2d(shape, out, kernel, stride, padding).unwrap()
            }
        };
        let mut numbers = NumberSource::new(plan.seed, true);
        let weight: Vec<f64> = (0..layer.weight_len).map(|_| numbers.weight(2.0)).collect();
        let mut packed = vec![f32x4::ZERO; affine.weight_vectors()];
        let lanes: &mut [f32] = bytemuck::cast_slice_mut(&mut packed);
        let fan_in = affine.fan_in();
        for (i, &w) in weight.iter().enumerate() {
            lanes[affine.packed_weight(i / fan_in, i % fan_in)] = w as f32;
        }
        let inputs = (0..plan.batch)
            .map(|_| numbers.image(layer.inputs))
            .collect();
        Kernel {
            layer,
            affine,
            weight,
            packed,
            inputs,
        }
    }

    fn lists<V: Copy>(
        &self,
        shape: Shape,
        maps: &[Vec<f64>],
        value: impl Fn(f64) -> V,
    ) -> Lists<V> {
        let mut lists = Lists::new();
        for map in maps {
            for position in 0..shape.positions() {
                for channel in 0..shape.channels {
                    let x = map[channel * shape.positions() + position];
                    if x != 0.0 {
                        lists.push(channel, value(x));
                    }
                }
                lists.end_row();
            }
        }
        lists
    }

    fn outputs(&self) -> Rows {
        let rows = self.inputs.len() * self.affine.output.positions();
        Rows::zeros(rows, self.affine.output_vectors())
    }

    /// `sum over connections of term(weight, input)`, per group and neuron.
    fn naive(&self, term: impl Fn(f64, f64) -> f64) -> Vec<f64> {
        let neuron = |x: &Vec<f64>, j: usize| -> f64 {
            let list = &self.layer.connections[j];
            list.iter()
                .map(|c| term(self.weight[c.weight], x[c.input]))
                .sum()
        };
        let neurons = 0..self.layer.connections.len();
        self.inputs
            .iter()
            .flat_map(|x| neurons.clone().map(move |j| neuron(x, j)))
            .collect()
    }

    fn read(&self, rows: &Rows) -> Vec<f64> {
        subject::maps(self.affine.output, rows).concat()
    }
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn forward_products(plan in plans(true)) {
        let kernel = Kernel::new(&plan);
        let shape = kernel.affine.input;
        let mut sums = kernel.outputs();
        let spikes = kernel.lists(shape, &kernel.inputs, |_| ());
        kernel.affine.forward::<1, Spike>(&spikes, &kernel.packed, [&mut sums]);
        let on = |x: f64| f64::from(u8::from(x != 0.0));
        prop_assert_eq!(kernel.read(&sums), kernel.naive(|w, x| w * on(x)));

        let mut sums = kernel.outputs();
        let scaled = kernel.lists(shape, &kernel.inputs, |x| x as f32);
        kernel.affine.forward::<1, Scaled>(&scaled, &kernel.packed, [&mut sums]);
        prop_assert_eq!(kernel.read(&sums), kernel.naive(|w, x| w * x));

        let mut sums = kernel.outputs();
        kernel.affine.forward::<1, Size>(&scaled, &kernel.packed, [&mut sums]);
        prop_assert_eq!(kernel.read(&sums), kernel.naive(|w, x| w.abs() * x));

        let (mut lower, mut upper) = (kernel.outputs(), kernel.outputs());
        kernel.affine.forward::<2, Open>(&spikes, &kernel.packed, [&mut lower, &mut upper]);
        prop_assert_eq!(kernel.read(&lower), kernel.naive(|w, x| w.min(0.0) * on(x)));
        prop_assert_eq!(kernel.read(&upper), kernel.naive(|w, x| w.max(0.0) * on(x)));

        let (mut centre, mut radius) = (kernel.outputs(), kernel.outputs());
        let pairs = kernel.lists(shape, &kernel.inputs, |x| [x as f32, 0.5 * x as f32]);
        let ends = [&mut centre, &mut radius];
        kernel.affine.forward::<2, Interval>(&pairs, &kernel.packed, ends);
        prop_assert_eq!(kernel.read(&centre), kernel.naive(|w, x| w * x));
        prop_assert_eq!(kernel.read(&radius), kernel.naive(|w, x| w.abs() * 0.5 * x));
    }

    #[test]
    fn sums_start_from_what_the_output_holds(plan in plans(true)) {
        let kernel = Kernel::new(&plan);
        let start: Vec<f32x4> =
            (0..kernel.affine.output_vectors()).map(|v| f32x4::splat(v as f32)).collect();
        let mut sums = Rows::filled(kernel.outputs().rows(), &start);
        let held = kernel.read(&sums);
        let scaled = kernel.lists(kernel.affine.input, &kernel.inputs, |x| x as f32);
        kernel.affine.forward::<1, Scaled>(&scaled, &kernel.packed, [&mut sums]);
        let naive = kernel.naive(|w, x| w * x);
        let expected: Vec<f64> = naive.iter().zip(&held).map(|(n, h)| n + h).collect();
        prop_assert_eq!(kernel.read(&sums), expected);
    }

    #[test]
    fn the_transposed_product_and_the_weight_gradient(plan in plans(true)) {
        let kernel = Kernel::new(&plan);
        let (layer, affine) = (&kernel.layer, &kernel.affine);
        let mut numbers = NumberSource::new(!plan.seed, true);
        let neurons = layer.connections.len();
        let deltas: Vec<Vec<f64>> =
            kernel.inputs.iter().map(|_| numbers.image(neurons)).collect();
        let mut back = vec![vec![0.0; layer.inputs]; deltas.len()];
        let mut gradient = vec![0.0; layer.weight_len];
        for (group, delta) in deltas.iter().enumerate() {
            for (list, d) in layer.connections.iter().zip(delta) {
                for c in list {
                    back[group][c.input] += d * kernel.weight[c.weight];
                    gradient[c.weight] += d * kernel.inputs[group][c.input];
                }
            }
        }
        let lists = kernel.lists(affine.output, &deltas, |d| d as f32);
        let rows = deltas.len() * affine.input.positions();
        let mut sums = Rows::zeros(rows, affine.input_vectors());
        let transposed = affine.transpose(&kernel.packed);
        affine.backward::<1, Scaled>(&lists, &transposed, [&mut sums]);
        prop_assert_eq!(subject::maps(affine.input, &sums).concat(), back.concat());

        let mut delta = kernel.outputs();
        for row in 0..delta.rows() {
            for (channel, d) in lists.entries(row) {
                delta.row_mut(row)[channel] = d;
            }
        }
        let mut packed = vec![f32x4::ZERO; affine.weight_vectors()];
        let inputs = kernel.lists(affine.input, &kernel.inputs, |x| x as f32);
        affine.weight_gradient::<Scaled>(&inputs, &delta, &mut packed);
        let lanes: &[f32] = bytemuck::cast_slice(&packed);
        let fan_in = affine.fan_in();
        let place = |i: usize| f64::from(lanes[affine.packed_weight(i / fan_in, i % fan_in)]);
        let got: Vec<f64> = (0..gradient.len()).map(place).collect();
        prop_assert!(difference(&got, &gradient) < 1e-6);
        // Padding must stay zero: it is part of the slab that optimisers and checkpoints see.
        let total: f64 = lanes.iter().map(|&g| f64::from(g).abs()).sum();
        let own: f64 = got.iter().map(|g| g.abs()).sum();
        prop_assert!((total - own).abs() <= 1e-6 * own);
    }
}
