//! The global heap of an HDF5 file, which holds sequences of variable length: what hdf5-pure reads for texts only.
//! Source: HDF5 File Format Specification 3.0, III.E "Disk Format: Level 1E - Global Heap".

/// Where a sequence stands: how many numbers, in which collection, as which of its objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub length: usize,
    pub collection: u64,
    pub object: u32,
}

/// Bytes in front of a collection's objects, with lengths of 8 bytes; of an object, in front of its data.
const COLLECTION_HEADER: usize = 16;
const OBJECT_HEADER: usize = 16;

/// The references of a dataset: 32 bits of length, the address of `offset_size` bytes, 32 bits of index.
pub fn places(raw: &[u8], offset_size: usize) -> Vec<Place> {
    raw.chunks_exact(8 + offset_size)
        .map(|entry| Place {
            length: number(&entry[..4]) as usize,
            collection: number(&entry[4..4 + offset_size]),
            object: number(&entry[4 + offset_size..]) as u32,
        })
        .collect()
}

/// The bytes of the object at a place; none for an empty sequence.
pub fn object<'a>(file: &'a [u8], place: &Place) -> Result<&'a [u8], String> {
    if place.length == 0 {
        return Ok(&[]);
    }
    let collection = collection(file, place.collection)
        .ok_or_else(|| format!("expected a heap at byte {}, got none", place.collection))?;
    let mut at = COLLECTION_HEADER;
    // Objects follow one another, each padded to 8 bytes; index 0 is the free space behind them.
    while let Some(header) = collection.get(at..at + OBJECT_HEADER) {
        let (index, size) = (number(&header[..2]) as u32, number(&header[8..]));
        let start = at + OBJECT_HEADER;
        let object = usize::try_from(size)
            .ok()
            .and_then(|size| collection.get(start..start.checked_add(size)?));
        let Some(object) = object.filter(|_| index != 0) else {
            break;
        };
        if index == place.object {
            return Ok(object);
        }
        at = start + object.len().next_multiple_of(8);
    }
    Err(format!(
        "expected object {} in the heap at byte {}, got none",
        place.object, place.collection
    ))
}

fn collection(file: &[u8], address: u64) -> Option<&[u8]> {
    let bytes = file.get(usize::try_from(address).ok()?..)?;
    if bytes.get(..4)? != b"GCOL" {
        return None;
    }
    bytes.get(..usize::try_from(number(bytes.get(8..COLLECTION_HEADER)?)).ok()?)
}

/// A little-endian number.
fn number(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .rev()
        .fold(0, |number, &byte| number << 8 | u64::from(byte))
}
