//! The one kernel behind every layer, in every role, against loops over connections.

use proptest::prelude::*;
use snn_core::affine::{
    width, Affine, Bunches, Group, Interval, Lists, Masks, Open, Packed, Place, Pool, Rows, Scaled,
    Size, Spike, Window, WIDEST,
};
use snn_core::shape::{Pair, Shape};
use wide::f32x4;

use crate::cases::number_source::NumberSource;
use crate::cases::{config, plans, Plan};
use crate::oracle::network::{self as naive, Geometry, Layer, Network, Neuron, Readout};
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

fn is_pool((geometry, _): &(Geometry, Neuron)) -> bool {
    matches!(geometry, Geometry::Pool { .. })
}

fn of(window: naive::Window) -> Window {
    let pair = |[vertical, horizontal]: [usize; 2]| Pair {
        vertical,
        horizontal,
    };
    Window {
        kernel: pair(window.kernel),
        stride: pair(window.stride),
        padding: pair(window.padding),
        dilation: pair(window.dilation),
    }
}

/// The layer over the map before its pools; sums, not means.
fn merged(layer: &Layer) -> Layer {
    Layer {
        inputs: layer.fed(),
        connections: layer.before_pools(),
        pools: Vec::new(),
        ..layer.clone()
    }
}

impl Kernel {
    fn new(plan: &Plan) -> Self {
        let end = plan.layers.iter().position(|layer| !is_pool(layer));
        let layers = &plan.layers[..=end.expect("a layer with neurons")];
        let network = Network::new(plan.input, layers, Readout::Rate);
        let layer = merged(&network.layers[0]);
        let [channels, height, width] = plan.input;
        let mut map = Shape::new(channels, height, width);
        let mut pools = Vec::new();
        let mut affine = None;
        for &(geometry, _) in layers {
            affine = Some(match geometry {
                Geometry::Linear { outputs } => Affine::linear(map, outputs),
                Geometry::Conv2d { channels, window } => {
                    Affine::conv2d(map, channels, of(window)).unwrap()
                }
                Geometry::Pool { window, .. } => {
                    let pool = Pool::new(map, of(window)).unwrap();
                    map = pool.output;
                    pools.push(pool);
                    continue;
                }
            });
        }
        let pools = pools.iter().rev();
        let affine = pools.fold(affine.unwrap(), |affine, pool| affine.after(pool));
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

    /// Maps of a group as the lanes of one list: what is not zero in one of them.
    fn side_by_side(&self, shape: Shape, maps: &[Vec<f64>], queries: usize) -> Bunches {
        let mut bunches = Bunches::new(width(queries));
        for group in maps.chunks(queries) {
            for position in 0..shape.positions() {
                for channel in 0..shape.channels {
                    let index = channel * shape.positions() + position;
                    let mut numbers = [[0.0; 4]; WIDEST];
                    for (query, map) in group.iter().enumerate() {
                        numbers[query / 4][query % 4] = map[index] as f32;
                    }
                    if numbers.concat().iter().any(|&number| number != 0.0) {
                        let lanes = numbers.map(f32x4::new);
                        bunches.push(channel, &lanes[..bunches.width()]);
                    }
                }
                bunches.end_row();
            }
        }
        bunches
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

        let (mut sum, mut size) = (kernel.outputs(), kernel.outputs());
        kernel.affine.forward::<2, Open>(&spikes, &kernel.packed, [&mut sum, &mut size]);
        prop_assert_eq!(kernel.read(&sum), kernel.naive(|w, x| w * on(x)));
        prop_assert_eq!(kernel.read(&size), kernel.naive(|w, x| w.abs() * on(x)));

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
        let mut sums = Packed::zeros(rows, affine.input_vectors());
        let transposed = affine.transpose(&kernel.packed);
        affine.backward::<1, Scaled>(&lists, &transposed, [&mut sums]);
        let sums = subject::unpacked(&sums);
        prop_assert_eq!(subject::maps(affine.input, &sums).concat(), back.concat());

        let mut delta = kernel.outputs();
        for row in 0..delta.rows() {
            for (channel, d) in lists.entries(row) {
                delta.row_mut(row)[channel] = d;
            }
        }
        let delta = Packed::new(&delta);
        // The same, input by input; with equal ends both are the plain product.
        let dots = affine.dots(&kernel.packed);
        for (group, back) in back.iter().enumerate() {
            for (index, &expected) in back.iter().enumerate() {
                let (position, channel) = affine.input.place(index);
                let at = Place { group, position, channel };
                prop_assert_eq!(f64::from(dots.sent(&delta, at)), expected);
                let ends = dots.ends_sent(&delta, &delta, at);
                prop_assert_eq!(ends.map(f64::from), [expected; 2]);
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

    /// Listed inputs meet listed outputs, some queries at once; some layers have a narrow panel
    /// behind whole ones.
    #[test]
    fn products_sparse_on_both_sides(mut plan in plans(true), queries in 1usize..=12) {
        if let Geometry::Linear { outputs } = &mut plan.layers[0].0 {
            *outputs += (plan.seed % 3) as usize * 31;
        }
        let kernel = Kernel::new(&plan);
        let (layer, affine) = (&kernel.layer, &kernel.affine);
        let mut numbers = NumberSource::new(!plan.seed, true);
        let mut maps = |size: usize| -> Vec<Vec<f64>> {
            (0..queries * plan.batch).map(|_| numbers.image(size)).collect()
        };
        // `[group * queries + query][entry]`
        let (inputs, deltas) = (maps(layer.inputs), maps(layer.connections.len()));
        let open = kernel.side_by_side(affine.input, &inputs, queries);
        let outputs = affine.outputs(kernel.side_by_side(affine.output, &deltas, queries));
        let width = open.width();
        let mut gradient = vec![f32x4::ZERO; affine.weight_vectors()];
        let mut totals = gradient.clone();
        let total = outputs.bunches().totals();
        let mut naive_gradient = vec![0.0; layer.weight_len];
        let mut naive_totals = naive_gradient.clone();
        for group in 0..plan.batch {
            let first = group * affine.input.positions();
            let inputs_of = Group { places: open.places(), first };
            let entries = open.range(first, affine.input.positions());
            let sent = (inputs_of, &open.values()[entries.start * width..entries.end * width]);
            let mut back = vec![f32x4::ZERO; entries.len() * width];
            affine.pull(&kernel.packed, &outputs, group, inputs_of, &mut back);
            let positions = affine.output.positions();
            let reached = outputs.bunches().range(group * positions, positions);
            let mut drive = vec![f32x4::ZERO; reached.len() * width];
            affine.send(&kernel.packed, &outputs, group, sent, &mut drive);
            affine.pair_gradient(&mut gradient, &outputs, group, sent);
            affine.total_gradient(&mut totals, &outputs, group, inputs_of, &total);
            for query in 0..queries {
                let of_group = &inputs[group * queries..][..queries];
                let (x, delta) = (&of_group[query], &deltas[group * queries + query]);
                let mut naive_back = vec![0.0; layer.inputs];
                let mut naive_drive = vec![0.0; delta.len()];
                let on = |input: usize| {
                    f64::from(u8::from(of_group.iter().any(|x| x[input] != 0.0)))
                };
                for (j, list) in layer.connections.iter().enumerate() {
                    for c in list {
                        naive_back[c.input] += delta[j] * kernel.weight[c.weight];
                        naive_drive[j] += x[c.input] * kernel.weight[c.weight];
                        naive_gradient[c.weight] += delta[j] * x[c.input];
                        naive_totals[c.weight] += delta[j] * on(c.input);
                    }
                }
                let lane = |sums: &[f32x4], entry: usize| {
                    f64::from(sums[entry * width + query / 4].to_array()[query % 4])
                };
                for row in 0..affine.input.positions() {
                    for entry in open.range(first + row, 1) {
                        let index = open.channel(entry) * affine.input.positions() + row;
                        prop_assert_eq!(lane(&back, entry - entries.start), naive_back[index]);
                    }
                }
                for row in 0..positions {
                    for entry in outputs.bunches().range(group * positions + row, 1) {
                        let index = outputs.bunches().channel(entry) * positions + row;
                        prop_assert_eq!(lane(&drive, entry - reached.start), naive_drive[index]);
                    }
                }
            }
        }
        let fan_in = affine.fan_in();
        for (packed, naive) in [(&gradient, &naive_gradient), (&totals, &naive_totals)] {
            let lanes: &[f32] = bytemuck::cast_slice(packed);
            let place = |i: usize| f64::from(lanes[affine.packed_weight(i / fan_in, i % fan_in)]);
            let got: Vec<f64> = (0..naive.len()).map(place).collect();
            prop_assert!(difference(&got, naive) < 1e-6);
        }
    }

    /// Inputs of a sample's steps, divided into those that are on at every step and the others,
    /// send what they send undivided.
    #[test]
    fn events(plan in plans(true)) {
        let kernel = Kernel::new(&plan);
        let affine = &kernel.affine;
        let steps = kernel.inputs.len();
        let spikes = kernel.lists(affine.input, &kernel.inputs, |_| ());
        let masks = Masks::of(&spikes, affine.input_vectors());
        prop_assert_eq!(&masks.lists(), &spikes);
        let events = affine.events(&masks, steps);
        let whole = affine.reaching_rows(&spikes);
        let outputs = affine.output.positions();
        for row in 0..whole.rows() {
            let (constant, _) = events.constant.row(row % outputs);
            let (changing, _) = events.changing.row(row);
            let mut both = [constant, changing].concat();
            let mut whole_row = whole.row(row).0.to_vec();
            both.sort_unstable();
            whole_row.sort_unstable();
            prop_assert_eq!(both, whole_row);
            if is_pool(&plan.layers[0]) {
                // Several inputs share a row, some of them on at every step.
                continue;
            }
            let elsewhere = (row % outputs..whole.rows()).step_by(outputs);
            let at_every_step = |index: &u32| elsewhere.clone().all(|r| whole.row(r).0.contains(index));
            prop_assert!(constant.iter().all(at_every_step));
            prop_assert!(!changing.iter().any(at_every_step));
        }
    }
}
