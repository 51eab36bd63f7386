//! Checkpoints: safetensors with the weights in PyTorch's order and names, the optimiser's moments
//! beside them, and everything else as JSON in the header.

use std::collections::HashMap;

use safetensors::tensor::{Dtype, Metadata, SafeTensors, TensorInfo, TensorView};

use crate::error::{check_length, Code, Error, Result};
use crate::model::Model;
use crate::optim::Optimiser;
use crate::parameters::{tensors, Parameters, Tensor};

/// Where the JSON lies in the header.
const METADATA: &str = "certispike";
const STEPS: &str = "optimiser.steps";
const KEPT: &str = "kept.";
const MOMENTS: [&str; 2] = ["optimiser.first", "optimiser.second"];

/// A parsed checkpoint.
#[derive(Debug)]
pub struct Checkpoint {
    metadata: String,
    tensors: HashMap<String, (Vec<usize>, Vec<f32>)>,
    steps: Option<u64>,
}

/// What a training run needs besides the model it trains.
#[derive(Clone, Copy, Debug)]
pub struct Training<'a> {
    pub optimiser: &'a Optimiser,
    /// The packed parameters of the best model so far; empty when there is none.
    pub kept: &'a [f32],
}

/// Writes a model, and the state of the run that trains it.
///
/// # Errors
/// `invalid-shape` when the kept parameters have another length, `invalid-checkpoint` when the
/// tensors cannot be written.
pub fn save(model: &Model, training: Option<Training>, metadata: &str) -> Result<Vec<u8>> {
    let all = tensors(&model.network);
    let mut entries = Vec::new();
    let mut add = |prefix: &str, slab: &[f32]| {
        for tensor in &all {
            let name = format!("{prefix}{}", tensor.name);
            entries.push((name, Dtype::F32, tensor.shape.clone(), bytes(tensor, slab)));
        }
    };
    add("", model.parameters.slab());
    if let Some(Training { optimiser, kept }) = training {
        if !kept.is_empty() {
            check_length("kept", kept.len(), model.network.slab_vectors * 4)?;
            add(KEPT, kept);
        }
        for (name, slab) in MOMENTS.iter().zip(optimiser.moments()) {
            add(&format!("{name}."), slab);
        }
        let steps = optimiser.steps().to_le_bytes().to_vec();
        entries.push((STEPS.to_owned(), Dtype::U64, vec![1], steps));
    }
    let views: std::result::Result<Vec<_>, _> = entries
        .iter()
        .map(|(name, dtype, shape, data)| {
            TensorView::new(*dtype, shape.clone(), data).map(|view| (name.clone(), view))
        })
        .collect();
    let header = HashMap::from([(METADATA.to_owned(), metadata.to_owned())]);
    views
        .and_then(|views| safetensors::serialize(views, Some(header)))
        .map_err(invalid)
}

fn bytes(tensor: &Tensor, slab: &[f32]) -> Vec<u8> {
    let values = Parameters::unpack(tensor, slab);
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

/// A shape in words.
fn sides(shape: &[usize]) -> String {
    let sides: Vec<_> = shape.iter().map(usize::to_string).collect();
    format!("shape [{}]", sides.join(", "))
}

/// `invalid-checkpoint`
pub fn invalid(error: impl std::fmt::Display) -> Error {
    Error::new(Code::InvalidCheckpoint, format!("checkpoint: {error}"))
}

impl Checkpoint {
    /// # Errors
    /// `invalid-checkpoint` for bytes that are no safetensors file, and as [`Checkpoint::new`].
    pub fn parse(file: &[u8]) -> Result<Self> {
        let (length, header) = SafeTensors::read_metadata(file).map_err(invalid)?;
        Checkpoint::new(&header, &file[size_of::<u64>() + length..])
    }

    /// A file whose header was read already; `data` is what comes after it.
    ///
    /// # Errors
    /// `invalid-checkpoint` for a file that is cut short, or was not written by this project.
    pub fn new(header: &Metadata, data: &[u8]) -> Result<Self> {
        let metadata = header
            .metadata()
            .as_ref()
            .and_then(|entries| entries.get(METADATA))
            .ok_or_else(|| invalid(format!("expected the header entry '{METADATA}', got none")))?
            .clone();
        let (expected, got) = (header.data_len(), data.len());
        if expected != got {
            let message = format!("expected {expected} bytes of tensors, got {got}");
            return Err(invalid(message));
        }
        let mut tensors = HashMap::new();
        let mut steps = None;
        for (name, info) in header.tensors() {
            let TensorInfo {
                dtype,
                ref shape,
                data_offsets: (start, end),
            } = *info;
            let bytes = &data[start..end];
            if name == STEPS {
                let bytes = bytes.try_into();
                steps = Some(u64::from_le_bytes(bytes.map_err(|_| invalid(STEPS))?));
                continue;
            }
            if dtype != Dtype::F32 {
                return Err(invalid(format!("{name}: expected F32, got {dtype}")));
            }
            let quads = bytes.chunks_exact(4);
            let values = quads
                .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
                .collect();
            tensors.insert(name, (shape.clone(), values));
        }
        Ok(Checkpoint {
            metadata,
            tensors,
            steps,
        })
    }

    /// The JSON that was saved with the tensors.
    pub fn metadata(&self) -> &str {
        &self.metadata
    }

    pub fn has_optimiser(&self) -> bool {
        self.steps.is_some()
    }

    /// Whether the best model so far was saved besides the newest.
    pub fn has_kept(&self) -> bool {
        self.tensors.keys().any(|name| name.starts_with(KEPT))
    }

    /// Puts the kept parameters into the model.
    ///
    /// # Errors
    /// As [`Checkpoint::restore_model`].
    pub fn restore_kept(&self, model: &mut Model) -> Result<()> {
        let slab = self.slab(model, KEPT)?;
        model.parameters.set_slab(&slab)
    }

    /// # Errors
    /// `invalid-checkpoint` when a tensor is missing or has another shape, as in a checkpoint of
    /// another network; `invalid-value` for a weight that is not finite. The model is left as it
    /// was.
    pub fn restore_model(&self, model: &mut Model) -> Result<()> {
        let slab = self.slab(model, "")?;
        model.parameters.set_slab(&slab)
    }

    /// # Errors
    /// `invalid-checkpoint` when the optimiser's state is missing or of another kind.
    pub fn restore_optimiser(&self, model: &Model, optimiser: &mut Optimiser) -> Result<()> {
        let steps = self
            .steps
            .ok_or_else(|| invalid("expected the optimiser's state, got weights alone"))?;
        let count = optimiser.moments().len();
        let slabs: Result<Vec<_>> = MOMENTS[..count]
            .iter()
            .map(|name| self.slab(model, &format!("{name}.")))
            .collect();
        optimiser.restore(&slabs?, steps)
    }

    fn slab(&self, model: &Model, prefix: &str) -> Result<Vec<f32>> {
        let mut slab = vec![0.0; model.network.slab_vectors * 4];
        for tensor in tensors(&model.network) {
            let name = format!("{prefix}{}", tensor.name);
            let (shape, values) = self
                .tensors
                .get(&name)
                .ok_or_else(|| invalid(format!("expected the tensor '{name}', got none")))?;
            if *shape != tensor.shape {
                let [expected, got] = [&tensor.shape, shape].map(|shape| sides(shape));
                return Err(invalid(format!("{name}: expected {expected}, got {got}")));
            }
            Parameters::pack(&tensor, values, &mut slab);
        }
        Ok(slab)
    }
}
