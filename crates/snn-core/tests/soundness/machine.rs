//! A network run in one arithmetic, every membrane kept.

use super::arithmetic::{Orders, Summation};
use crate::cases::Case;
use crate::oracle::network::{Network, Parameters, Readout, Reset};
use crate::oracle::number::Number;
use crate::oracle::surrogate::PAPER;

pub struct Machine<'a, N> {
    network: &'a Network,
    parameters: Parameters<N>,
    steps: usize,
    label: usize,
    /// Membranes by layer, step and neuron, one after another.
    pub membranes: Vec<N>,
    /// Scores of the label minus those of each rival.
    pub margins: Vec<f64>,
    terms: Vec<N>,
    scratch: Vec<N>,
}

impl<'a, N: Number> Machine<'a, N> {
    pub fn new(case: &'a Case) -> Self {
        Machine {
            network: &case.network,
            parameters: case.parameters.map(N::constant),
            steps: case.steps,
            label: case.labels[0].into(),
            membranes: Vec::new(),
            margins: Vec::new(),
            terms: Vec::new(),
            scratch: Vec::new(),
        }
    }

    /// `input`: step by step, one after another.
    pub fn run(&mut self, input: &[N], how: Summation, orders: &mut Orders) {
        self.membranes.clear();
        let mut feed = input.to_vec();
        for index in 0..self.network.layers.len() {
            let start = self.membranes.len();
            let spikes = self.layer(index, &feed, how, orders);
            feed = match self.network.fires(index) {
                true => spikes,
                false => self.membranes[start..].to_vec(),
            };
        }
        self.read_out(&feed, how, orders);
    }

    fn layer(&mut self, index: usize, feed: &[N], how: Summation, orders: &mut Orders) -> Vec<N> {
        let layer = &self.network.layers[index];
        let tensors = &self.parameters.layers[index];
        let neurons = layer.connections.len();
        let fires = self.network.fires(index);
        let mut kept = vec![N::zero(); neurons];
        let mut spikes = Vec::with_capacity(neurons * self.steps);
        for x in feed.chunks_exact(layer.fed()) {
            let x = layer.pooled(x);
            for (j, list) in layer.connections.iter().enumerate() {
                self.terms.clear();
                let products = list.iter().map(|c| tensors.weight[c.weight] * x[c.input]);
                self.terms.extend(products);
                self.terms.push(tensors.bias[layer.biases[j]]);
                let neuron = layer.neuron(j);
                self.terms.push(N::constant(neuron.leak) * kept[j]);
                let u = orders.sum(how, &self.terms, &mut self.scratch);
                let spike = u.spike(neuron.threshold, PAPER);
                let fired = fires && spike.value() == 1.0;
                kept[j] = match (fired, neuron.reset) {
                    (false, _) => u,
                    (true, Reset::Hard) => N::zero(),
                    (true, Reset::Soft) => u - N::constant(neuron.threshold),
                };
                self.membranes.push(u);
                spikes.push(spike);
            }
        }
        spikes
    }

    /// Differences of scores are taken exactly; those of rates are differences of counts.
    fn read_out(&mut self, outputs: &[N], how: Summation, orders: &mut Orders) {
        let width = self.network.outputs();
        let steps = N::constant(self.steps as f64);
        let mut means = Vec::with_capacity(width);
        for j in 0..width {
            self.terms.clear();
            self.terms
                .extend(outputs.iter().skip(j).step_by(width).copied());
            means.push(orders.sum(how, &self.terms, &mut self.scratch));
        }
        let mut divisor = 1.0;
        let mut scores = Vec::new();
        match &self.parameters.readout {
            None if self.network.readout == Readout::Rate => {
                divisor = self.steps as f64;
                scores = means;
            }
            None => scores.extend(means.iter().map(|&sum| sum / steps)),
            Some(readout) => {
                for (row, &bias) in readout.weight.chunks(width).zip(&readout.bias) {
                    self.terms.clear();
                    let rates = means.iter().map(|&count| count / steps);
                    self.terms
                        .extend(row.iter().zip(rates).map(|(&v, rate)| v * rate));
                    self.terms.push(bias);
                    scores.push(orders.sum(how, &self.terms, &mut self.scratch));
                }
            }
        }
        let own = scores[self.label].value();
        self.margins.clear();
        let rivals = scores.iter().enumerate().filter(|&(k, _)| k != self.label);
        self.margins
            .extend(rivals.map(|(_, score)| (own - score.value()) / divisor));
    }
}
