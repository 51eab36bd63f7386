//! The HDF5 files of the Heidelberg data sets (SHD, SSC): `/spikes/times` and `/spikes/units`, sequences of variable length,
//! one per recording; `/labels`; `/extra/keys`, the names of the classes.

use hdf5_pure::{Datatype, DatatypeByteOrder, File};

use crate::heap::{self, Place};

/// A file with what all its recordings share already read.
pub struct SpikeFile {
    file: File,
    times: Sequences,
    units: Sequences,
    /// Class of each recording; empty where the file has none.
    pub labels: Vec<u32>,
    /// Names of the classes; empty where the file has none.
    pub classes: Vec<String>,
}

/// A dataset of sequences.
struct Sequences {
    places: Vec<Place>,
    number: Number,
}

/// How the numbers of a sequence are stored.
#[derive(Clone, Copy)]
enum Number {
    Float(usize, bool),
    Unsigned(usize, bool),
}

impl SpikeFile {
    /// # Errors
    /// A sentence that names the dataset, for bytes that are no such file.
    pub fn parse(bytes: Vec<u8>) -> Result<SpikeFile, String> {
        let file = File::from_bytes(bytes).map_err(|error| format!("no HDF5 file: {error}"))?;
        let times = sequences(&file, "spikes/times")?;
        let units = sequences(&file, "spikes/units")?;
        if times.places.len() != units.places.len() {
            return Err(format!(
                "/spikes/units: expected {} recordings as in /spikes/times, got {}",
                times.places.len(),
                units.places.len()
            ));
        }
        let labels = match file.dataset("labels") {
            Ok(dataset) => {
                limited(&file, "labels", dataset.shape())?;
                dataset
                    .read_u32()
                    .map_err(|error| format!("/labels: {error}"))?
            }
            Err(_) => Vec::new(),
        };
        let classes = match file.dataset("extra/keys") {
            Ok(dataset) => {
                limited(&file, "extra/keys", dataset.shape())?;
                dataset.read_string().unwrap_or_default()
            }
            Err(_) => Vec::new(),
        };
        Ok(SpikeFile {
            file,
            times,
            units,
            labels,
            classes,
        })
    }

    /// Number of recordings.
    pub fn recordings(&self) -> usize {
        self.times.places.len()
    }

    /// Times of a recording's spikes, in seconds.
    pub fn times(&self, recording: usize) -> Result<Vec<f64>, String> {
        self.numbers("times", &self.times, recording)
    }

    /// Units of a recording's spikes.
    pub fn units(&self, recording: usize) -> Result<Vec<f64>, String> {
        self.numbers("units", &self.units, recording)
    }

    fn numbers(
        &self,
        name: &str,
        sequences: &Sequences,
        recording: usize,
    ) -> Result<Vec<f64>, String> {
        let place = sequences.places.get(recording).ok_or_else(|| {
            format!(
                "expected a recording below {}, got {recording}",
                sequences.places.len()
            )
        })?;
        let object = heap::object(self.file.as_bytes(), place)
            .map_err(|error| format!("/spikes/{name}[{recording}]: {error}"))?;
        let size = sequences.number.size();
        let wanted = place.length.checked_mul(size);
        let bytes = wanted
            .and_then(|wanted| object.get(..wanted))
            .ok_or_else(|| {
                format!(
                    "/spikes/{name}[{recording}]: expected {} numbers of {size} bytes, got {} bytes",
                    place.length,
                    object.len()
                )
            })?;
        Ok(bytes
            .chunks_exact(size)
            .map(|bytes| sequences.number.value(bytes))
            .collect())
    }
}

/// A dataset may not say that it has more elements than the file has bytes.
fn limited(
    file: &File,
    path: &str,
    shape: Result<Vec<u64>, hdf5_pure::Error>,
) -> Result<usize, String> {
    let shape = shape.map_err(|error| format!("/{path}: {error}"))?;
    let count = shape
        .iter()
        .try_fold(1u64, |product, &side| product.checked_mul(side))
        .filter(|&count| count <= file.as_bytes().len() as u64);
    count.map(|count| count as usize).ok_or_else(|| {
        format!("/{path}: expected fewer elements than the file has bytes, got shape {shape:?}")
    })
}

fn sequences(file: &File, path: &str) -> Result<Sequences, String> {
    let dataset = file
        .dataset(path)
        .map_err(|_| format!("/{path}: expected a dataset, got none"))?;
    let datatype = dataset
        .datatype()
        .map_err(|error| format!("/{path}: {error}"))?;
    let number = number_of(&datatype)
        .ok_or_else(|| format!("/{path}: expected sequences of floats or unsigned integers"))?;
    let count = limited(file, path, dataset.shape())?;
    let raw = dataset
        .read_raw()
        .map_err(|error| format!("/{path}: {error}"))?;
    let places = heap::places(&raw, file.superblock().offset_size as usize);
    if places.len() != count {
        return Err(format!(
            "/{path}: expected {count} references, got {}",
            places.len()
        ));
    }
    Ok(Sequences { places, number })
}

fn number_of(datatype: &Datatype) -> Option<Number> {
    let Datatype::VariableLength {
        is_string: false,
        base_type,
        ..
    } = datatype
    else {
        return None;
    };
    let is_little = |order: &DatatypeByteOrder| *order == DatatypeByteOrder::LittleEndian;
    match base_type.as_ref() {
        Datatype::FloatingPoint {
            size, byte_order, ..
        } if [2, 4, 8].contains(size) => Some(Number::Float(*size as usize, is_little(byte_order))),
        Datatype::FixedPoint {
            size,
            byte_order,
            layout,
        } if [1, 2, 4, 8].contains(size) && !layout.signed => {
            Some(Number::Unsigned(*size as usize, is_little(byte_order)))
        }
        _ => None,
    }
}

impl Number {
    fn size(self) -> usize {
        match self {
            Number::Float(size, _) | Number::Unsigned(size, _) => size,
        }
    }

    fn value(self, bytes: &[u8]) -> f64 {
        let (Number::Float(size, is_little) | Number::Unsigned(size, is_little)) = self;
        let mut bits = 0u64;
        for i in 0..size {
            bits = bits << 8 | u64::from(bytes[if is_little { size - 1 - i } else { i }]);
        }
        match self {
            Number::Unsigned(..) => bits as f64,
            Number::Float(2, _) => half(bits as u16),
            Number::Float(4, _) => f64::from(f32::from_bits(bits as u32)),
            Number::Float(..) => f64::from_bits(bits),
        }
    }
}

/// The value of a half float (IEEE 754 binary16).
fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 0x3ff));
    sign * match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2f64.powi(exponent - 25),
    }
}
