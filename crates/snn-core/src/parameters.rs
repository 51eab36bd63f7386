//! All weights and biases in one slab, in the packed order the kernels read, and the transposed
//! weights that backward passes read.

use std::ops::Range;
use std::sync::OnceLock;

use wide::f32x4;

use crate::affine::Affine;
use crate::error::{check_length, Code, Error, Number, Result};
use crate::network::{Layer, LayerDescription, Network, Readout};
use crate::rng::{Purpose, Rng};

/// Parameters of one network.
#[derive(Clone, Debug)]
pub struct Parameters {
    slab: Vec<f32x4>,
    /// The weight of every layer behind an average pool as it runs, made when a pass first needs it.
    divided: Vec<OnceLock<Vec<f32x4>>>,
    /// The transposed weight of every layer, made when a backward pass first needs it.
    transposed: Vec<OnceLock<Vec<f32x4>>>,
}

/// A named tensor in PyTorch's order.
#[derive(Clone, Debug)]
pub struct Tensor {
    pub name: String,
    pub shape: Vec<usize>,
    place: Place,
}

#[derive(Clone, Debug)]
struct Place {
    affine: Affine,
    range: Range<usize>,
    is_weight: bool,
}

/// How weights are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// PyTorch's: weights and biases uniform in `+-1/sqrt(fan_in)`.
    Default,
    /// Shi et al. 2021: weights `N(0, 2 pi / fan_in^2)`, which keeps intervals from growing over
    /// layers; biases 0.1, so that neurons fire at all.
    Ibp,
}

impl Scheme {
    /// # Errors
    /// `invalid-value` for another name than `default` or `ibp`.
    pub fn parse(name: &str) -> Result<Self> {
        match name {
            "default" => Ok(Scheme::Default),
            "ibp" => Ok(Scheme::Ibp),
            _ => Err(Error::expected(
                Code::InvalidValue,
                "initialisation",
                "'default' or 'ibp'",
                format!("'{name}'"),
            )),
        }
    }
}

impl Parameters {
    pub fn zeros(network: &Network) -> Self {
        Parameters {
            slab: vec![f32x4::ZERO; network.slab_vectors],
            divided: vec![OnceLock::new(); network.layers.len()],
            transposed: vec![OnceLock::new(); network.layers.len()],
        }
    }

    pub fn initialise(&mut self, network: &Network, scheme: Scheme, seed: u64) {
        for (index, tensor) in tensors(network).iter().enumerate() {
            let mut rng = Rng::keyed(seed, Purpose::Initialise, &[index as u64]);
            let fan_in = tensor.place.affine.fan_in() as f32;
            let is_weight = tensor.place.is_weight;
            let values: Vec<f32> = (0..tensor.len())
                .map(|_| match (scheme, is_weight) {
                    (Scheme::Default, _) => (2.0 * rng.uniform() - 1.0) / fan_in.sqrt(),
                    (Scheme::Ibp, true) => {
                        (2.0 * std::f32::consts::PI).sqrt() / fan_in * rng.normal()
                    }
                    (Scheme::Ibp, false) => 0.1,
                })
                .collect();
            self.store(tensor, &values);
        }
    }

    /// The packed slab as plain numbers.
    pub fn slab(&self) -> &[f32] {
        bytemuck::cast_slice(&self.slab)
    }

    /// The packed slab.
    pub fn packed(&self) -> &[f32x4] {
        &self.slab
    }

    pub fn vectors(&self, range: &Range<usize>) -> &[f32x4] {
        &self.slab[range.clone()]
    }

    /// The weight that a layer's neurons see: the slab's, divided as average pools ask for. Forward
    /// passes and bounds read this one, so that they agree on every bit.
    pub fn weight(&self, layer: &Layer) -> &[f32x4] {
        let weight = self.vectors(&layer.weight);
        if layer.divisor == 1.0 {
            return weight;
        }
        let divisor = f32x4::splat(layer.divisor);
        let divided = || weight.iter().map(|&w| w / divisor).collect();
        self.divided[layer.number].get_or_init(divided)
    }

    /// The slab to write to.
    pub fn slab_mut(&mut self) -> &mut [f32x4] {
        self.divided.fill(OnceLock::new());
        self.transposed.fill(OnceLock::new());
        &mut self.slab
    }

    /// The transposed weight of layer `index`, packed in panels.
    pub fn transposed(&self, network: &Network, index: usize) -> &[f32x4] {
        self.transposed[index].get_or_init(|| {
            let layer = &network.layers[index];
            layer.affine.transpose(self.weight(layer))
        })
    }

    /// # Errors
    /// `invalid-shape` for another length, `invalid-value` for a number that is not finite.
    pub fn set_slab(&mut self, values: &[f32]) -> Result<()> {
        check_length("parameters", values.len(), self.slab.len() * 4)?;
        check_finite("parameters", values)?;
        bytemuck::cast_slice_mut::<f32x4, f32>(self.slab_mut()).copy_from_slice(values);
        Ok(())
    }

    /// [`Parameters::set_slab`] of `length` numbers that `copy` writes, without a copy in between:
    /// numbers that are refused are in the slab already.
    ///
    /// # Errors
    /// As [`Parameters::set_slab`].
    pub fn copy_slab(&mut self, length: usize, copy: impl FnOnce(&mut [f32])) -> Result<()> {
        check_length("parameters", length, self.slab.len() * 4)?;
        copy(bytemuck::cast_slice_mut(self.slab_mut()));
        check_finite("parameters", self.slab())
    }

    /// A tensor's values in PyTorch's order.
    ///
    /// # Errors
    /// `unknown-tensor`.
    pub fn tensor(&self, network: &Network, name: &str) -> Result<Vec<f32>> {
        Ok(self.load(&find(network, name)?))
    }

    /// # Errors
    /// `unknown-tensor`, `invalid-shape`, `invalid-value`.
    pub fn set_tensor(&mut self, network: &Network, name: &str, values: &[f32]) -> Result<()> {
        let tensor = find(network, name)?;
        check_length(name, values.len(), tensor.len())?;
        check_finite(name, values)?;
        self.store(&tensor, values);
        Ok(())
    }

    /// Any slab in packed order (a gradient, an optimiser's moment) read as this tensor.
    pub fn unpack(tensor: &Tensor, slab: &[f32]) -> Vec<f32> {
        let start = tensor.place.range.start * 4;
        (0..tensor.len())
            .map(|i| slab[start + tensor.place.packed(i)])
            .collect()
    }

    /// Writes a tensor in PyTorch's order into a packed slab.
    pub fn pack(tensor: &Tensor, values: &[f32], slab: &mut [f32]) {
        let start = tensor.place.range.start * 4;
        for (i, &value) in values.iter().enumerate() {
            slab[start + tensor.place.packed(i)] = value;
        }
    }

    fn load(&self, tensor: &Tensor) -> Vec<f32> {
        Parameters::unpack(tensor, self.slab())
    }

    fn store(&mut self, tensor: &Tensor, values: &[f32]) {
        Parameters::pack(tensor, values, bytemuck::cast_slice_mut(self.slab_mut()));
    }
}

impl Tensor {
    /// Numbers in the tensor.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Place {
    fn packed(&self, index: usize) -> usize {
        if !self.is_weight {
            return index;
        }
        let fan_in = self.affine.fan_in();
        self.affine.packed_weight(index / fan_in, index % fan_in)
    }
}

/// Every tensor of a network, in the order of the slab: `layers.0.weight`, `layers.0.bias`, ...,
/// `readout.weight`, `readout.bias`. The numbers count in the description, where pools, which have no
/// tensors, are layers too.
pub fn tensors(network: &Network) -> Vec<Tensor> {
    let mut all = Vec::new();
    let mut add =
        |name: &str, affine: &Affine, weight: &Range<usize>, bias: &Range<usize>, shape| {
            let place = |range: &Range<usize>, is_weight| Place {
                affine: affine.clone(),
                range: range.clone(),
                is_weight,
            };
            all.push(Tensor {
                name: format!("{name}.weight"),
                shape,
                place: place(weight, true),
            });
            all.push(Tensor {
                name: format!("{name}.bias"),
                shape: vec![affine.output.channels],
                place: place(bias, false),
            });
        };
    for layer in &network.layers {
        let affine = &layer.affine;
        let shape = weight_shape(&network.description.layers[layer.index], affine);
        add(
            &format!("layers.{}", layer.index),
            affine,
            &layer.weight,
            &layer.bias,
            shape,
        );
    }
    if let Readout::Linear(linear) = &network.readout {
        let shape = vec![linear.affine.output.channels, linear.affine.fan_in()];
        add(
            "readout",
            &linear.affine,
            &linear.weight,
            &linear.bias,
            shape,
        );
    }
    all
}

fn weight_shape(layer: &LayerDescription, affine: &Affine) -> Vec<usize> {
    let channels = affine.output.channels;
    match layer.window() {
        None => vec![channels, affine.fan_in()],
        Some(window) => {
            let [vertical, horizontal] = window.kernel.sides();
            vec![channels, affine.input.channels, vertical, horizontal]
        }
    }
}

/// # Errors
/// `unknown-tensor`.
pub fn find(network: &Network, name: &str) -> Result<Tensor> {
    let all = tensors(network);
    let names: Vec<_> = all.iter().map(|tensor| tensor.name.clone()).collect();
    all.into_iter()
        .find(|tensor| tensor.name == name)
        .ok_or_else(|| Error::expected(Code::UnknownTensor, "tensor", names.join(", "), name))
}

/// Refuses values that are not finite: a bound on them would mean nothing.
pub fn check_finite(field: &str, values: &[f32]) -> Result<()> {
    // Zero times a number that is not finite is none: whole vectors are looked at at once.
    let fours = values.chunks_exact(4);
    let rest = fours.remainder().iter().fold(0.0, |sum, x| sum + x * 0.0);
    let sums = fours.fold(f32x4::ZERO, |sums, four| {
        sums + f32x4::from([four[0], four[1], four[2], four[3]]) * f32x4::ZERO
    });
    if rest + sums.reduce_add() == 0.0 {
        return Ok(());
    }
    let index = values.iter().position(|value| !value.is_finite());
    let index = index.unwrap_or_default();
    let got = Number(values[index].into());
    let field = format!("{field}[{index}]");
    let expected = "a finite number";
    Err(Error::expected(Code::InvalidValue, &field, expected, got))
}
