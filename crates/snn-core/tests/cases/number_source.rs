//! Pseudo-random numbers of the kinds the tests need, from one seed.

/// SplitMix64.
pub struct NumberSource {
    state: u64,
    grid: bool,
}

/// Steps of the grid in one unit: small numbers of its multiples add and multiply exactly in f32.
const GRID: f64 = 16.0;

impl NumberSource {
    pub fn new(seed: u64, grid: bool) -> Self {
        NumberSource { state: seed, grid }
    }

    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in [0, 1).
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.bits() % n
    }

    pub fn choose<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }

    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            let other = self.below(last as u64 + 1) as usize;
            list.swap(last, other);
        }
    }

    /// A number in `[-scale, scale]`, exact in f32.
    pub fn weight(&mut self, scale: f64) -> f64 {
        let value = (2.0 * self.uniform() - 1.0) * scale;
        self.exact(value)
    }

    /// Pixels in [0, 1]: many dark, some images all dark.
    pub fn image(&mut self, pixels: usize) -> Vec<f64> {
        let dark = self.choose(&[0.0, 0.3, 0.3, 0.7, 1.0]);
        (0..pixels)
            .map(|_| match self.uniform() {
                u if u < dark => 0.0,
                u if u > 0.95 => 1.0,
                _ => {
                    let pixel = self.uniform();
                    self.exact(pixel)
                }
            })
            .collect()
    }

    fn exact(&self, value: f64) -> f64 {
        match self.grid {
            true => (value * GRID).round() / GRID,
            false => f64::from(value as f32),
        }
    }
}
