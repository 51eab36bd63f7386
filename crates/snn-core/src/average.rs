//! A running average of the weights over the steps of training: it ends closer to the middle of the
//! valley along whose walls the last steps run (Polyak and Juditsky 1992; Izmailov et al. 2018).

use wide::f32x4;

use crate::error::{check_length, check_range, Code, Error, Number, Result};

/// The average, in the packed order of the slab, and how many steps it holds.
#[derive(Clone, Debug)]
pub struct Average {
    values: Vec<f32x4>,
    count: u64,
}

impl Average {
    pub fn new(vectors: usize) -> Self {
        Average {
            values: vec![f32x4::ZERO; vectors],
            count: 0,
        }
    }

    /// Takes in the weights after a step: `a += max(1 - decay, 1/n) (w - a)` at the `n`-th call. So
    /// the first ones are averaged evenly, with no trace of where the average began, and with
    /// `decay = 1` all are.
    ///
    /// # Errors
    /// `invalid-value` when decay is not in [0, 1], `invalid-shape` for a slab of another length.
    pub fn update(&mut self, slab: &[f32x4], decay: f64) -> Result<()> {
        check_range("averaging.decay", decay, 0.0..=1.0)?;
        check_length("average", slab.len() * 4, self.values.len() * 4)?;
        self.count += 1;
        let share = f32x4::splat((1.0 - decay).max(1.0 / self.count as f64) as f32);
        if self.count == 1 {
            self.values.copy_from_slice(slab);
            return Ok(());
        }
        for (average, &w) in self.values.iter_mut().zip(slab) {
            *average += share * (w - *average);
        }
        Ok(())
    }

    /// Steps taken in; the values mean nothing before the first.
    pub fn count(&self) -> u64 {
        self.count
    }

    pub fn values(&self) -> &[f32] {
        bytemuck::cast_slice(&self.values)
    }

    /// Puts back what [`Average::values`] and [`Average::count`] gave.
    ///
    /// # Errors
    /// `invalid-shape` for another length, `invalid-checkpoint` for values that are not finite.
    pub fn restore(&mut self, values: &[f32], count: u64) -> Result<()> {
        check_length("average", values.len(), self.values.len() * 4)?;
        if let Some(&value) = values.iter().find(|value| !value.is_finite()) {
            return Err(Error::expected(
                Code::InvalidCheckpoint,
                "average",
                "finite numbers",
                Number(value.into()),
            ));
        }
        bytemuck::cast_slice_mut(&mut self.values).copy_from_slice(values);
        self.count = count;
        Ok(())
    }
}
