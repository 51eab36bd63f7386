//! Random numbers keyed by what they are for, never drawn from a shared stream: the same key gives
//! the same numbers in whatever order and on whatever thread they are asked for.

use rand_xoshiro::rand_core::{RngCore, SeedableRng};
use rand_xoshiro::{SplitMix64, Xoshiro128PlusPlus};

/// What a random number is for. Part of the key, so that no two uses share numbers.
#[derive(Clone, Copy, Debug)]
pub enum Purpose {
    Initialise = 1,
    Encode = 2,
    /// Which places of an input a region frees.
    Region = 3,
    /// Single inputs of a region.
    Perturb = 4,
    /// What an attack tries.
    Attack = 5,
    /// Where training looks for adversarial points.
    Adversary = 6,
}

/// A generator for one key.
pub struct Rng(Xoshiro128PlusPlus);

impl Rng {
    /// `key` holds the indices the numbers belong to, such as presentation, sample and step.
    pub fn keyed(seed: u64, purpose: Purpose, key: &[u64]) -> Self {
        Rng(Xoshiro128PlusPlus::seed_from_u64(state(seed, purpose, key)))
    }

    /// Uniform in [0, 1), a multiple of 2^-24.
    pub fn uniform(&mut self) -> f32 {
        unit(self.0.next_u32())
    }

    /// A whole number below `n`, which is below 2^24; 0 for 0.
    pub fn below(&mut self, n: usize) -> usize {
        ((f64::from(self.uniform()) * n as f64) as usize).min(n.saturating_sub(1))
    }

    /// Standard normal (Box-Muller), the same bits on every platform.
    pub fn normal(&mut self) -> f32 {
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.uniform() as f64));
        let angle = 2.0 * std::f64::consts::PI * self.uniform() as f64;
        (radius * libm::cos(angle)) as f32
    }
}

/// Numbers of one key that can be asked for in any order, so that those nobody reads cost nothing.
#[derive(Clone, Copy, Debug)]
pub struct Stream(u64);

impl Stream {
    /// `key` as for [`Rng::keyed`].
    pub fn keyed(seed: u64, purpose: Purpose, key: &[u64]) -> Self {
        Stream(state(seed, purpose, key))
    }

    /// The two numbers at `index`, uniform in [0, 1), multiples of 2^-24: output `index` of
    /// SplitMix64, whose state is a counter.
    #[inline(always)]
    pub fn pair(self, index: usize) -> [f32; 2] {
        let state = self.0.wrapping_add((index as u64).wrapping_mul(GOLDEN));
        let bits = SplitMix64::from_seed(state.to_le_bytes()).next_u64();
        [unit((bits >> 32) as u32), unit(bits as u32)]
    }
}

/// 2^64 divided by the golden ratio: SplitMix64's step from one state to the next.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

fn state(seed: u64, purpose: Purpose, key: &[u64]) -> u64 {
    let start = mix(seed ^ mix(purpose as u64));
    key.iter().fold(start, |state, part| {
        mix(state ^ mix(part.wrapping_add(GOLDEN)))
    })
}

/// The 24 high bits as a number in [0, 1).
#[inline(always)]
fn unit(bits: u32) -> f32 {
    (bits >> 8) as f32 * (1.0 / 16_777_216.0)
}

/// The finaliser of SplitMix64: every bit of the input reaches every bit of the output.
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
