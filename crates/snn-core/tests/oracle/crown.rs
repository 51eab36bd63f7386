//! S-CROWN: a linear lower bound of the scores in the input (ALGORITHMS 4).

use super::interval::{on_outputs, Intervals};
use super::network::{Network, Parameters};
use super::number::Number;
use super::relaxation::{lower_line, Rule};

/// `row . scores >= sum_t coefficients[t] . x[t] + bias` on the whole region.
pub struct LinearBound<N> {
    pub coefficients: Vec<Vec<N>>,
    pub bias: N,
}

/// `row` has one coefficient per class.
pub fn linear_bound<N: Number>(
    network: &Network,
    parameters: &Parameters<N>,
    intervals: &Intervals<N>,
    rule: Rule,
    row: &[N],
) -> LinearBound<N> {
    let steps = intervals.lower[0].len();
    let count = N::constant(steps as f64);
    let (row, constant) = on_outputs(parameters, row);
    // Coefficients on what the layer at hand passes on, one vector per step.
    let mut coefficients = vec![row; steps];
    let mut bias = constant * count;
    for (index, layer) in network.layers.iter().enumerate().rev() {
        let tensors = &parameters.layers[index];
        let mut later = vec![N::zero(); layer.connections.len()];
        let mut below = vec![Vec::new(); steps];
        for t in (0..steps).rev() {
            let mut inputs = vec![N::zero(); layer.inputs];
            for (j, list) in layer.connections.iter().enumerate() {
                let neuron = layer.neuron(j);
                let leak = N::constant(neuron.leak);
                let (cs, cr) = (coefficients[t][j], leak * later[j]);
                let slope = if network.fires(index) {
                    let (l, h) = (intervals.lower[index][t][j], intervals.upper[index][t][j]);
                    let line = lower_line(rule, neuron, l, h, cs, cr);
                    bias = bias + line.constant;
                    line.slope
                } else {
                    cs + cr
                };
                bias = bias + slope * tensors.bias[layer.biases[j]];
                for c in list {
                    inputs[c.input] = inputs[c.input] + slope * tensors.weight[c.weight];
                }
                later[j] = slope;
            }
            below[t] = layer.unpooled(inputs);
        }
        coefficients = below;
    }
    for step in &mut coefficients {
        step.iter_mut().for_each(|a| *a = *a / count);
    }
    LinearBound {
        coefficients,
        bias: bias / count,
    }
}
