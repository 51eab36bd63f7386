//! `W x + b` and everything made from it: bounds (`|W| r`), the transposed product, the gradient of
//! the weights. A layer type is a geometry ([`Taps`] both ways); the arithmetic is one kernel
//! ([`gather`]) for all of them.

mod bunches;
mod conv2d;
mod dots;
mod ends;
mod events;
mod linear;
mod lists;
mod masks;
mod packed;
mod pairs;
mod panels;
mod pool;
mod ranking;
mod rows;
mod scopes;
mod sieve;
mod spare;
mod strips;
mod taps;
mod toggled;
mod window;

use wide::f32x4;

pub use bunches::{width, Bunches, MOST_QUERIES, WIDEST};
pub use dots::{Dots, Place};
pub use ends::EndDeltas;
pub use events::Events;
pub use lists::{Lists, Places};
pub use masks::Masks;
pub use packed::{panels, Packed};
pub use pairs::{Group, Outputs};
pub use panels::{
    packed_index, Interval, Matrix, Open, Output, Scaled, Size, Spike, SpikeSize, Term, PANEL,
};
pub use pool::Pool;
pub use rows::Rows;
pub use scopes::Scopes;
pub use sieve::Sieve;
pub use strips::{gather, gather_all, widest, Kernel, Strip};
pub use taps::{Tap, Taps};
pub use toggled::Reaches;
pub use window::Window;

use crate::shape::{vectors, Shape, LANES};

/// The geometry of an affine layer.
///
/// Its weight is a matrix of `blocks * input.stride()` rows (a block is a place in a convolution's
/// kernel, a position of a linear layer's map) and one column per output channel. Behind a pool a block
/// is tapped by all input positions that the pool adds up.
#[derive(Clone, Debug, PartialEq)]
pub struct Affine {
    pub input: Shape,
    pub output: Shape,
    blocks: usize,
    forward: Taps,
    backward: Taps,
    /// The forward taps seen from the inputs.
    reach: Taps,
    multiplicity: usize,
    /// Per block, how often the layer uses it, pools before it not counted.
    uses: Vec<u32>,
}

impl Affine {
    fn new(input: Shape, output: Shape, blocks: usize, [forward, backward]: [Taps; 2]) -> Self {
        let reach = forward.reversed();
        let mut uses = vec![0; blocks];
        for tap in (0..forward.outputs()).flat_map(|output| forward.of(output)) {
            uses[tap.base as usize / forward.fan()] += 1;
        }
        Affine {
            input,
            output,
            blocks,
            multiplicity: reach.multiplicity(),
            uses,
            reach,
            forward,
            backward,
        }
    }

    /// Weights of one output neuron, without padding: the fan-in of the layer proper, pools before it
    /// not counted.
    pub fn fan_in(&self) -> usize {
        self.blocks * self.input.channels
    }

    /// Terms of one output neuron's sum at most: every weight as often as it is tapped.
    pub fn terms(&self) -> usize {
        self.blocks.max(self.forward.most()) * self.input.channels
    }

    /// Terms of one entry of the transposed product at most: the fan-out.
    pub fn fan_out(&self) -> usize {
        let taps = match self.output.positions() {
            1 => 1,
            _ => self.blocks,
        };
        taps.max(self.reach.most()) * self.output.channels
    }

    /// Taps between one input position and one output position at most: more than one behind pools
    /// whose windows overlap.
    pub fn multiplicity(&self) -> usize {
        self.multiplicity
    }

    /// How often the layer uses every block of its weight, pools before it not counted.
    pub fn uses(&self) -> &[u32] {
        &self.uses
    }

    /// Taps of all output positions together.
    pub fn taps(&self) -> usize {
        self.forward.len()
    }

    /// Rows of the weight matrix, padding included.
    pub fn weight_rows(&self) -> usize {
        self.blocks * self.input.stride()
    }

    /// SIMD vectors of the weight matrix.
    pub fn weight_vectors(&self) -> usize {
        self.weight_rows() * self.output_vectors()
    }

    /// SIMD vectors of one output position.
    pub fn output_vectors(&self) -> usize {
        vectors(self.output.channels)
    }

    /// SIMD vectors of one input position.
    pub fn input_vectors(&self) -> usize {
        vectors(self.input.channels)
    }

    /// Where entry (output channel, input index) of PyTorch's weight lies in the packed matrix.
    /// The input index runs over (channel, kernel row, kernel column), or over the flattened map.
    pub fn packed_weight(&self, output: usize, index: usize) -> usize {
        let (block, channel) = (index % self.blocks, index / self.blocks);
        let row = block * self.input.stride() + channel;
        packed_index(self.weight_rows(), self.output_vectors(), row, output)
    }

    /// Where (row, column) of the weight matrix lies in the packed matrix.
    pub fn packed_entry(&self, row: usize, column: usize) -> usize {
        packed_index(self.weight_rows(), self.output_vectors(), row, column)
    }

    /// The outputs that an input position reaches, each with the first weight row between the two.
    pub fn reach(&self, position: usize) -> &[Tap] {
        self.reach.of(position)
    }

    /// The transposed weight: `blocks * output.stride()` rows, one column per input channel.
    pub fn transpose(&self, weight: &[f32x4]) -> Vec<f32x4> {
        let (rows, columns) = (self.input_vectors(), self.output_vectors());
        let transposed_rows = self.blocks * self.output.stride();
        let mut transposed = vec![f32x4::ZERO; transposed_rows * rows];
        let place = |of: usize, vectors: usize, row: usize, vector: usize| {
            packed_index(of, vectors, row, vector * LANES) / LANES
        };
        // Squares of four by four.
        for block in 0..self.blocks {
            for row in 0..rows {
                let from = (block * rows + row) * LANES;
                for column in 0..columns {
                    let to = (block * columns + column) * LANES;
                    let square: [f32x4; LANES] = std::array::from_fn(|lane| {
                        weight[place(self.weight_rows(), columns, from + lane, column)]
                    });
                    for (lane, vector) in f32x4::transpose(square).into_iter().enumerate() {
                        transposed[place(transposed_rows, rows, to + lane, row)] = vector;
                    }
                }
            }
        }
        transposed
    }

    /// Adds what the listed inputs send to the outputs. List rows are (.., input position), output
    /// rows (.., output position).
    pub fn forward<const A: usize, T: Term<A>>(
        &self,
        inputs: &Lists<T::Value>,
        weight: &[f32x4],
        outputs: [&mut Rows; A],
    ) {
        let matrix = Matrix::panels(weight, self.weight_rows(), self.output_vectors());
        let outputs = outputs.map(Output::row_major);
        gather::<A, T>(inputs, &self.forward, matrix, outputs);
    }

    /// How many listed inputs reach each output row.
    pub fn reaching<V: Copy>(&self, inputs: &Lists<V>) -> Vec<u32> {
        let groups = inputs.rows() / self.forward.inputs();
        let mut counts = Vec::with_capacity(groups * self.forward.outputs());
        for group in 0..groups {
            let list = |tap: &Tap| group * self.forward.inputs() + tap.position as usize;
            for output in 0..self.forward.outputs() {
                let taps = self.forward.of(output).iter();
                counts.push(taps.map(|tap| inputs.row(list(tap)).0.len() as u32).sum());
            }
        }
        counts
    }

    /// What the listed outputs send back to the inputs: `lam W`.
    pub fn backward<const A: usize, T: Term<A>>(
        &self,
        outputs: &Lists<T::Value>,
        transposed: &[f32x4],
        inputs: [&mut Packed; A],
    ) {
        let rows = self.blocks * self.output.stride();
        let matrix = Matrix::panels(transposed, rows, self.input_vectors());
        let inputs = inputs.map(|inputs| inputs.output().overwritten());
        gather::<A, T>(outputs, &self.backward, matrix, inputs);
    }

    /// Adds to the weight's gradient the products of the listed inputs and the outputs' gradients
    /// `delta`.
    pub fn weight_gradient<T: Term<1>>(
        &self,
        inputs: &Lists<T::Value>,
        delta: &Packed,
        gradient: &mut [f32x4],
    ) {
        // A kernel that hangs over the whole map leaves trailing weight rows that no input reaches.
        let rows = self.forward.transposed(inputs).padded(self.weight_rows());
        let output = Output::panels(gradient, self.weight_rows(), self.output_vectors());
        gather::<1, T>(
            &rows,
            &Taps::identity(delta.rows()),
            delta.matrix(),
            [output],
        );
    }

    /// The weight rows that every output row adds up, with what the inputs carry: rows (group, output
    /// position).
    pub fn reaching_rows<V: Copy>(&self, inputs: &Lists<V>) -> Lists<V> {
        let groups = inputs.rows() / self.forward.inputs();
        assert!(inputs.width() <= self.input.stride());
        let mut rows = Lists::with_capacity(groups * self.forward.outputs(), inputs.len());
        for group in 0..groups {
            for output in 0..self.forward.outputs() {
                for tap in self.forward.of(output) {
                    let list = group * self.forward.inputs() + tap.position as usize;
                    for (channel, value) in inputs.entries(list) {
                        rows.push(tap.base as usize + channel, value);
                    }
                }
                rows.end_row();
            }
        }
        rows
    }

    /// The weight as the kernels read it.
    pub fn matrix<'a>(&self, weight: &'a [f32x4]) -> Matrix<'a> {
        Matrix::panels(weight, self.weight_rows(), self.output_vectors())
    }

    /// Adds to the weight's gradient the outputs' gradients of every step in which an input was on.
    pub fn event_gradient(&self, inputs: &Events, delta: &Deltas, gradient: &mut [f32x4]) {
        let rows = self.weight_rows();
        let [constant, changing] = [&inputs.constant, &inputs.changing].map(|l| l.transposed(rows));
        let (summed, each) = (delta.summed.matrix(), delta.each.matrix());
        gather_all(
            [(&constant, summed), (&changing, each)],
            Output::panels(gradient, rows, self.output_vectors()),
        );
    }
}

/// Derivatives with respect to a layer's drive.
#[derive(Clone, Debug)]
pub struct Deltas {
    /// Rows (sample, step, position).
    pub each: Packed,
    /// Rows (sample, position): summed over the steps.
    pub summed: Packed,
}

impl Deltas {
    /// Sums that are zero, and derivatives of every step that are yet to be written.
    pub fn new(samples: usize, steps: usize, positions: usize, vectors: usize) -> Self {
        Deltas {
            each: Packed::stale(samples * steps * positions, vectors),
            summed: Packed::zeros(samples * positions, vectors),
        }
    }
}
