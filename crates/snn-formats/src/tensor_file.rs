//! Safetensors: named tensors of little-endian numbers behind a header in JSON.

use std::collections::{BTreeMap, HashMap};

use safetensors::tensor::{serialize, Dtype, SafeTensorError, SafeTensors, TensorView};

pub type Result<T> = std::result::Result<T, SafeTensorError>;

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TensorFile {
    /// Texts of the header by name.
    pub metadata: HashMap<String, String>,
    pub tensors: BTreeMap<String, Tensor>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    pub dtype: Dtype,
    pub shape: Vec<usize>,
    /// Little-endian.
    pub data: Vec<u8>,
}

impl TensorFile {
    /// # Errors
    /// For bytes that are no such file, are cut short, or whose header does not fit them.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let (_, header) = SafeTensors::read_metadata(bytes)?;
        let file = SafeTensors::deserialize(bytes)?;
        let tensor = |view: TensorView| Tensor {
            dtype: view.dtype(),
            shape: view.shape().to_vec(),
            data: view.data().to_vec(),
        };
        let tensors = file.iter();
        Ok(TensorFile {
            metadata: header.metadata().clone().unwrap_or_default(),
            tensors: tensors
                .map(|(name, view)| (name.to_owned(), tensor(view)))
                .collect(),
        })
    }

    /// The bytes of the file: wider numbers first, then by name.
    ///
    /// # Errors
    /// When a tensor's data does not fit its type and shape.
    pub fn bytes(&self) -> Result<Vec<u8>> {
        let views: Result<Vec<_>> = self
            .tensors
            .iter()
            .map(|(name, Tensor { dtype, shape, data })| {
                Ok((name, TensorView::new(*dtype, shape.clone(), data)?))
            })
            .collect();
        serialize(views?, Some(self.metadata.clone()))
    }
}
