//! What a layer is: its description, as users write it, and the layer built from it.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use wide::f32x4;

use crate::affine::{Affine, Pool, Window};
use crate::error::{Code, Error, Result};
use crate::neuron::{Neuron, Neurons, Reset};
use crate::shape::{Pair, Shape};

/// Largest number of neurons, inputs or weights the indices can hold with room to spare.
const LIMIT: usize = 1 << 26;

/// Largest number of positions of a map, and of taps of a layer: each is an entry of a table.
const TABLE_LIMIT: usize = LIMIT / 16;

/// Largest divisor of average pools in a row: a whole number that f32 holds.
const DIVISOR_LIMIT: usize = 1 << 24;

/// A layer type is added here, in `Affine` (its geometry) and in `LayerDescription::affine`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum LayerDescription {
    Linear {
        outputs: usize,
        neuron: Neurons,
    },
    Conv2d {
        channels: usize,
        kernel: Pair,
        stride: Pair,
        padding: Pair,
        #[serde(default = "undilated")]
        dilation: Pair,
        neuron: Neurons,
    },
    /// The sum over every window. A pool has no neurons: it is one map with the layer after it.
    SumPool2d {
        kernel: Pair,
        stride: Pair,
        padding: Pair,
    },
    /// The sum divided by the places in the window, padding included.
    AvgPool2d {
        kernel: Pair,
        stride: Pair,
        padding: Pair,
    },
}

fn undilated() -> Pair {
    Pair::square(1)
}

impl LayerDescription {
    /// None for a pool.
    pub fn neurons(&self) -> Option<&Neurons> {
        match self {
            LayerDescription::Linear { neuron, .. } | LayerDescription::Conv2d { neuron, .. } => {
                Some(neuron)
            }
            LayerDescription::SumPool2d { .. } | LayerDescription::AvgPool2d { .. } => None,
        }
    }

    /// Of a convolution or a pool.
    pub fn window(&self) -> Option<Window> {
        match *self {
            LayerDescription::Linear { .. } => None,
            LayerDescription::Conv2d {
                kernel,
                stride,
                padding,
                dilation,
                ..
            } => Some(Window {
                kernel,
                stride,
                padding,
                dilation,
            }),
            LayerDescription::SumPool2d {
                kernel,
                stride,
                padding,
            }
            | LayerDescription::AvgPool2d {
                kernel,
                stride,
                padding,
            } => Some(Window {
                kernel,
                stride,
                padding,
                dilation: undilated(),
            }),
        }
    }
}

/// A layer ready to run. Ranges are SIMD vectors of the parameter slab.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Its place among the layers with neurons.
    pub number: usize,
    /// Its place in the description, where pools count; its tensors are named by it.
    pub index: usize,
    /// From the map before the pools, if there are any, to the neurons.
    pub affine: Affine,
    /// What average pools divide by: the weights that run are those of the slab divided by it.
    pub divisor: f32,
    pub reset: Reset,
    /// False for the last layer under a membrane readout.
    pub fires: bool,
    /// Of every channel of a position.
    pub thresholds: Vec<f32x4>,
    pub leaks: Vec<f32x4>,
    pub weight: Range<usize>,
    pub bias: Range<usize>,
}

impl Layer {
    /// Positions of the layer's map.
    pub fn positions(&self) -> usize {
        self.affine.output.positions()
    }

    /// The constants of a channel's neurons.
    #[inline(always)]
    pub fn neuron(&self, channel: usize) -> Neuron {
        let of = |constants: &[f32x4]| bytemuck::cast_slice::<f32x4, f32>(constants)[channel];
        Neuron {
            threshold: of(&self.thresholds),
            leak: of(&self.leaks),
            reset: self.reset,
        }
    }

    /// SIMD vectors of one position.
    pub fn vectors(&self) -> usize {
        self.affine.output_vectors()
    }

    /// Roundings of every term of a sum beside those of the sum: none, or that of the weight that a
    /// pool divides, here and where the pool's sum is divided instead.
    pub fn divisions(&self) -> usize {
        match (self.divisor as u32).is_power_of_two() {
            true => 0,
            false => 2,
        }
    }
}

/// Pools on their way to the layer that they become one map with.
#[derive(Default)]
pub struct Pools {
    waiting: Vec<Pool>,
    /// Places in all of their windows together.
    area: usize,
    /// Of those that are averages.
    divisor: usize,
}

impl Pools {
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Adds a pool over a map; returns the map that it makes.
    ///
    /// # Errors
    /// `invalid-shape` naming the field that does not fit.
    pub fn push(&mut self, layer: &LayerDescription, map: Shape) -> Result<Shape> {
        let window = layer.window().expect("a layer without neurons is a pool");
        let [rows, columns] = check_window(&window, map)?;
        check_table("input positions", &[map.height, map.width])?;
        let area = self.area.max(1) * window.area();
        check_table("windows", &[area, rows, columns])?;
        self.area = area;
        if matches!(layer, LayerDescription::AvgPool2d { .. }) {
            let divisor = self.divisor.max(1);
            check_product("kernel", &[divisor, window.area()], DIVISOR_LIMIT)?;
            self.divisor = divisor * window.area();
        }
        let pool = Pool::new(map, window)?;
        let output = pool.output;
        self.waiting.push(pool);
        Ok(output)
    }

    /// The geometry of a layer over a map, pools before it included.
    ///
    /// # Errors
    /// `invalid-shape` naming the field that does not fit.
    pub fn merge(&mut self, layer: &LayerDescription, map: Shape) -> Result<Affine> {
        let affine = geometry(layer, map)?;
        check_table("taps", &[affine.taps(), self.area.max(1)])?;
        self.area = 0;
        let pools = self.waiting.drain(..).rev();
        Ok(pools.fold(affine, |affine, pool| affine.after(&pool)))
    }

    /// What the merged pools divide by.
    pub fn take_divisor(&mut self) -> f32 {
        std::mem::take(&mut self.divisor).max(1) as f32
    }
}

fn geometry(layer: &LayerDescription, input: Shape) -> Result<Affine> {
    if let LayerDescription::Linear { outputs, .. } = *layer {
        at_least_one("outputs", outputs)?;
        check_size("weight", &[input.len(), outputs])?;
        return Ok(Affine::linear(input, outputs));
    }
    let (Some(window), LayerDescription::Conv2d { channels, .. }) = (layer.window(), layer) else {
        unreachable!("a pool has no neurons");
    };
    at_least_one("channels", *channels)?;
    let [rows, columns] = check_window(&window, input)?;
    check_size("weight", &[*channels, input.channels, window.area()])?;
    check_size("map", &[*channels, rows, columns])?;
    check_table("input positions", &[input.height, input.width])?;
    check_table("taps", &[window.area(), rows, columns])?;
    Affine::conv2d(input, *channels, window)
}

/// Refuses a window that does not fit the map before anything is built; returns the sides of the map
/// that it makes.
fn check_window(window: &Window, input: Shape) -> Result<[usize; 2]> {
    for (name, pair) in [
        ("kernel", window.kernel),
        ("stride", window.stride),
        ("dilation", window.dilation),
    ] {
        pair.sides()
            .into_iter()
            .try_for_each(|side| at_least_one(name, side))?;
    }
    check_size("kernel", &window.kernel.sides())?;
    let extents = window.extents();
    let paddings = window.padding.sides().into_iter().zip(extents);
    for (padding, extent) in paddings {
        check_size("kernel", &[extent])?;
        if padding >= extent {
            let dilated = if extent == 1 || window.dilation == undilated() {
                ""
            } else {
                "dilated "
            };
            let expected = format!("less than the {dilated}kernel ({extent})");
            return Err(Error::expected(
                Code::InvalidShape,
                "padding",
                expected,
                padding,
            ));
        }
    }
    window.sides(input)
}

pub fn at_least_one(field: &str, value: usize) -> Result<()> {
    check_size(field, &[value])?;
    match value {
        0 => Err(Error::expected(Code::InvalidShape, field, "at least 1", 0)),
        _ => Ok(()),
    }
}

/// Refuses a size, given by its factors, that the indices could not hold.
pub fn check_size(field: &str, factors: &[usize]) -> Result<()> {
    check_product(field, factors, LIMIT)
}

fn check_table(field: &str, factors: &[usize]) -> Result<()> {
    check_product(field, factors, TABLE_LIMIT)
}

fn check_product(field: &str, factors: &[usize], limit: usize) -> Result<()> {
    let size = factors.iter().try_fold(1usize, |size, &factor| {
        size.checked_mul(factor).filter(|&size| size <= limit)
    });
    match size {
        Some(_) => Ok(()),
        None => {
            let factors: Vec<_> = factors.iter().map(usize::to_string).collect();
            let expected = format!("at most {limit}");
            let got = factors.join(" x ");
            Err(Error::expected(Code::InvalidShape, field, expected, got))
        }
    }
}
