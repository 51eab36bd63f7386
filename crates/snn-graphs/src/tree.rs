//! A tree of groups and arrays by path, read from HDF5 and written to it.

use std::collections::BTreeMap;
use std::fmt::Display;

use hdf5_pure::{DType, Dataset, File, FileBuilder, Group, GroupBuilder, VlenStringReadOptions};

/// What went wrong, in words, with the path it is about.
pub type Result<T> = std::result::Result<T, String>;

/// Arrays together may be this many times as large as the file: they may be compressed.
const MOST_EXPANSION: u64 = 32;

/// Groups in groups.
const MOST_LEVELS: usize = 16;

/// Groups and arrays of a file; links may make more of them than there are objects.
const MOST_ENTRIES: usize = 65_536;

/// A file that was read.
pub struct Tree {
    arrays: BTreeMap<String, Dataset>,
    size: u64,
}

/// What the entries of an array are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Number,
    Text,
    /// Nothing that a graph consists of.
    Other,
}

impl Tree {
    /// # Errors
    /// For bytes that are no such file, are cut short or damaged.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let file = File::from_bytes(bytes.to_vec()).map_err(words)?;
        let mut walk = Walk::default();
        walk.group(&file.root(), "", 0)?;
        Ok(Tree {
            arrays: walk.arrays,
            size: bytes.len() as u64,
        })
    }

    /// Paths of the arrays, sorted: `/node/type`.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.arrays.keys().map(String::as_str)
    }

    /// # Errors
    /// When there is no such array, or its type is damaged.
    pub fn kind(&self, path: &str) -> Result<Kind> {
        let kind = self.array(path)?.dtype().map_err(|e| within(path, e))?;
        Ok(match kind {
            DType::String | DType::VariableLengthString => Kind::Text,
            DType::F32 | DType::F64 | DType::I8 | DType::I16 | DType::I32 | DType::I64 => {
                Kind::Number
            }
            DType::U8 | DType::U16 | DType::U32 | DType::U64 => Kind::Number,
            _ => Kind::Other,
        })
    }

    /// Sizes of an array; none for a single entry.
    ///
    /// # Errors
    /// When there is no such array, or its sizes are damaged.
    pub fn shape(&self, path: &str) -> Result<Vec<usize>> {
        let shape = self.array(path)?.shape().map_err(|e| within(path, e))?;
        let sizes = shape.into_iter().map(usize::try_from);
        sizes
            .collect::<std::result::Result<_, _>>()
            .map_err(|e| within(path, e))
    }

    /// The numbers of an array in row-major order.
    ///
    /// # Errors
    /// When they are none, more than the file can hold, or damaged.
    pub fn numbers(&self, path: &str) -> Result<Vec<f64>> {
        if self.kind(path)? != Kind::Number {
            return Err(within(path, "expected numbers, got another type"));
        }
        self.check_size(path)?;
        let numbers = self.array(path)?.read_f64().map_err(|e| within(path, e))?;
        let expected: usize = self.shape(path)?.iter().product();
        match numbers.len() == expected {
            true => Ok(numbers),
            false => Err(within(
                path,
                format!("expected {expected} numbers, got {}", numbers.len()),
            )),
        }
    }

    /// The texts of an array in row-major order.
    ///
    /// # Errors
    /// As [`Tree::numbers`].
    pub fn texts(&self, path: &str) -> Result<Vec<String>> {
        if self.kind(path)? != Kind::Text {
            return Err(within(path, "expected texts, got another type"));
        }
        self.check_size(path)?;
        let array = self.array(path)?;
        let dtype = array.dtype().map_err(|e| within(path, e))?;
        let texts = if dtype == DType::VariableLengthString {
            let most = usize::try_from(self.size).unwrap_or(usize::MAX);
            let limits = VlenStringReadOptions::new()
                .with_max_elements(most)
                .with_max_payload_bytes(most);
            array.read_vlen_strings(limits)
        } else {
            array.read_string()
        };
        texts.map_err(|e| within(path, e))
    }

    fn array(&self, path: &str) -> Result<&Dataset> {
        let none = || within(path, "expected an array, got none");
        self.arrays.get(path).ok_or_else(none)
    }

    /// Sizes come from the file: they are believed as far as it could have the contents.
    fn check_size(&self, path: &str) -> Result<()> {
        let array = self.array(path)?;
        let element = array.element_size().map_err(|e| within(path, e))?;
        let shape = array.shape().map_err(|e| within(path, e))?;
        let bytes = shape
            .iter()
            .try_fold(element.max(1), |bytes, &size| bytes.checked_mul(size));
        let most = self.size.saturating_mul(MOST_EXPANSION);
        match bytes {
            Some(bytes) if bytes <= most => Ok(()),
            _ => Err(within(
                path,
                format!("expected an array of at most {most} bytes, {MOST_EXPANSION} times the file, got {shape:?}"),
            )),
        }
    }
}

/// Collects the arrays below a group.
#[derive(Default)]
struct Walk {
    arrays: BTreeMap<String, Dataset>,
    entries: usize,
}

impl Walk {
    fn group(&mut self, group: &Group, path: &str, level: usize) -> Result<()> {
        if level > MOST_LEVELS {
            return Err(within(
                path,
                format!("expected at most {MOST_LEVELS} groups in one another, got more"),
            ));
        }
        for (name, array) in group.iter_datasets().map_err(|e| within(path, e))? {
            self.count(path)?;
            self.arrays.insert(format!("{path}/{name}"), array);
        }
        for (name, inner) in group.iter_groups().map_err(|e| within(path, e))? {
            self.count(path)?;
            self.group(&inner, &format!("{path}/{name}"), level + 1)?;
        }
        Ok(())
    }

    fn count(&mut self, path: &str) -> Result<()> {
        self.entries += 1;
        match self.entries <= MOST_ENTRIES {
            true => Ok(()),
            false => Err(within(
                path,
                format!("expected at most {MOST_ENTRIES} groups and arrays, got more"),
            )),
        }
    }
}

/// Numbers as they are stored.
#[derive(Clone, Debug, PartialEq)]
pub enum Stored {
    F32(Vec<f32>),
    F64(Vec<f64>),
    I64(Vec<i64>),
    Text(Vec<String>),
}

/// An array to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// None for a single entry.
    pub shape: Vec<u64>,
    pub stored: Stored,
}

/// The bytes of a file with these arrays; `/` parts the groups of a path. Files can be read since HDF5 1.8.
///
/// # Errors
/// When an array does not have as many entries as its shape says, or a name cannot be one.
pub fn encoded(arrays: &BTreeMap<String, Array>) -> Result<Vec<u8>> {
    let mut root = Branch::default();
    for (path, array) in arrays {
        let mut branch = &mut root;
        let mut names: Vec<_> = path.trim_start_matches('/').split('/').collect();
        let last = names.pop().unwrap_or_default();
        for name in names {
            branch = branch.groups.entry(name).or_default();
        }
        branch.arrays.insert(last, array);
    }
    let mut file = FileBuilder::new();
    file.with_libver_bounds(hdf5_pure::LibVer::Earliest, hdf5_pure::LibVer::V18);
    for (name, array) in &root.arrays {
        fill(file.create_dataset(name), array);
    }
    for (name, branch) in &root.groups {
        let group = branch.built(file.create_group(name));
        file.add_group(group.finish());
    }
    file.finish().map_err(words)
}

/// Groups and arrays on their way into a file.
#[derive(Default)]
struct Branch<'a> {
    groups: BTreeMap<&'a str, Branch<'a>>,
    arrays: BTreeMap<&'a str, &'a Array>,
}

impl Branch<'_> {
    fn built(&self, mut group: GroupBuilder) -> GroupBuilder {
        for (name, array) in &self.arrays {
            fill(group.create_dataset(name), array);
        }
        for (name, branch) in &self.groups {
            let inner = branch.built(group.create_group(name));
            group.add_group(inner.finish());
        }
        group
    }
}

fn fill(dataset: &mut hdf5_pure::DatasetBuilder, Array { shape, stored }: &Array) {
    match stored {
        Stored::F32(numbers) => dataset.with_f32_data(numbers),
        Stored::F64(numbers) => dataset.with_f64_data(numbers),
        Stored::I64(numbers) => dataset.with_i64_data(numbers),
        Stored::Text(texts) => {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            dataset.with_vlen_strings(&texts)
        }
    }
    .with_shape(shape);
}

fn words(error: impl Display) -> String {
    error.to_string()
}

fn within(path: &str, error: impl Display) -> String {
    let path = if path.is_empty() { "/" } else { path };
    format!("{path}: {error}")
}
