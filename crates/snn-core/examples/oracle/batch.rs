//! The batch that is timed, in a file that programs in any language read.

use std::fs;

use safetensors::tensor::{Dtype, TensorView};
use serde_json::{json, Value};
use snn_core::encode::{DrawKey, Inputs};

use crate::request::Request;

/// Writes `path`: `images` f32 `[samples, pixels]`, `labels` i64 `[samples]`, and with rate input
/// `draws` f32 `[steps, samples, pixels]`. The images come as raw f32 in the file `images`.
pub fn pack(request: &Request) -> Result<Value, String> {
    let (samples, labels) = (request.list("samples")?, request.list("labels")?);
    let steps = request.whole("steps")?;
    let raw = fs::read(request.text("images")?).map_err(|e| format!("images: {e}"))?;
    let images: Vec<f32> = raw
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect();
    let (count, pixels) = (samples.len(), images.len() / samples.len().max(1));
    let labels: Vec<u8> = labels
        .iter()
        .flat_map(|&l| i64::from(l).to_le_bytes())
        .collect();
    let key = DrawKey {
        seed: request.whole("seed")? as u64,
        presentation: 0,
    };
    let drawn = draws(&images, &samples, steps, key);
    let by_step = |t: usize| drawn.iter().flat_map(move |sample| &sample[t]);
    let draws: Vec<u8> = (0..steps)
        .flat_map(by_step)
        .flat_map(|draw| draw.to_le_bytes())
        .collect();
    let view = |dtype, shape, data| TensorView::new(dtype, shape, data).map_err(|e| e.to_string());
    let mut tensors = vec![
        ("images", view(Dtype::F32, vec![count, pixels], &raw)?),
        ("labels", view(Dtype::I64, vec![count], &labels)?),
    ];
    if request.text("encoding")? == "rate" {
        tensors.push((
            "draws",
            view(Dtype::F32, vec![steps, count, pixels], &draws)?,
        ));
    }
    let bytes = safetensors::serialize(tensors, None).map_err(|e| e.to_string())?;
    let path = request.text("path")?;
    fs::write(path, bytes).map_err(|e| format!("{path}: {e}"))?;
    Ok(json!({ "path": path }))
}

/// The crate's draws, `[sample][step][pixel]`: they are given, to the oracle as to everybody.
fn draws(images: &[f32], samples: &[u32], steps: usize, draws: DrawKey) -> Vec<Vec<Vec<f32>>> {
    let inputs = Inputs {
        images,
        samples,
        steps,
        draws,
    };
    let pixels = images.len() / samples.len().max(1);
    let step = |sample: usize, t: usize| {
        let mut draws = vec![0.0; pixels];
        inputs.draw(sample, t, &mut draws);
        draws
    };
    let one = |sample: usize| (0..steps).map(|t| step(sample, t)).collect();
    (0..samples.len()).map(one).collect()
}
