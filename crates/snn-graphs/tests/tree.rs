//! Files that are whole come back as they were; damaged ones are refused or give something, within bounds.

use std::collections::BTreeMap;

use proptest::prelude::*;
use snn_graphs::tree::{encoded, Array, Kind, Stored, Tree};

fn array(shape: &[u64], stored: Stored) -> Array {
    Array {
        shape: shape.to_vec(),
        stored,
    }
}

/// A graph as small as graphs are.
fn graph() -> BTreeMap<String, Array> {
    let text = |words: &[&str]| Stored::Text(words.iter().map(|&word| word.to_owned()).collect());
    BTreeMap::from([
        ("/version".to_owned(), array(&[], text(&["1.0"]))),
        ("/node/type".to_owned(), array(&[], text(&["NIRGraph"]))),
        (
            "/node/edges".to_owned(),
            array(&[2, 2], text(&["input", "0", "0", "output"])),
        ),
        (
            "/node/nodes/0/weight".to_owned(),
            array(&[2, 3], Stored::F32(vec![0.5, -1.0, 2.0, 3.0, 0.25, 1e-3])),
        ),
        (
            "/node/nodes/0/tau".to_owned(),
            array(&[], Stored::F64(vec![1e-4])),
        ),
        (
            "/node/nodes/input/shape".to_owned(),
            array(&[3], Stored::I64(vec![1, 28, -3])),
        ),
    ])
}

/// Reads all there is, as a caller would.
fn read_all(bytes: &[u8]) -> Result<usize, String> {
    let tree = Tree::parse(bytes)?;
    let paths: Vec<String> = tree.paths().map(str::to_owned).collect();
    let mut entries = 0;
    for path in paths {
        let Ok(kind) = tree.kind(&path) else { continue };
        let read = match kind {
            Kind::Number => tree.numbers(&path).map(|numbers| numbers.len()),
            Kind::Text => tree.texts(&path).map(|texts| texts.len()),
            Kind::Other => Ok(0),
        };
        entries += read.unwrap_or(0);
    }
    Ok(entries)
}

#[test]
fn a_file_comes_back_as_it_was() {
    let written = graph();
    let tree = Tree::parse(&encoded(&written).unwrap()).unwrap();
    assert!(tree.paths().eq(written.keys().map(String::as_str)));
    for (path, Array { shape, stored }) in &written {
        let sizes: Vec<u64> = tree
            .shape(path)
            .unwrap()
            .iter()
            .map(|&n| n as u64)
            .collect();
        assert_eq!(&sizes, shape, "{path}");
        match stored {
            Stored::Text(texts) => assert_eq!(&tree.texts(path).unwrap(), texts, "{path}"),
            Stored::F32(numbers) => {
                let numbers: Vec<f64> = numbers.iter().map(|&n| n.into()).collect();
                assert_eq!(tree.numbers(path).unwrap(), numbers, "{path}");
            }
            Stored::F64(numbers) => assert_eq!(&tree.numbers(path).unwrap(), numbers, "{path}"),
            Stored::I64(numbers) => {
                let numbers: Vec<f64> = numbers.iter().map(|&n| n as f64).collect();
                assert_eq!(tree.numbers(path).unwrap(), numbers, "{path}");
            }
        }
    }
}

#[test]
fn what_is_not_there_is_named() {
    let tree = Tree::parse(&encoded(&graph()).unwrap()).unwrap();
    assert!(tree
        .numbers("/node/none")
        .unwrap_err()
        .starts_with("/node/none: expected an array"));
    assert!(tree
        .numbers("/node/type")
        .unwrap_err()
        .contains("expected numbers"));
    assert!(tree
        .texts("/node/nodes/0/tau")
        .unwrap_err()
        .contains("expected texts"));
}

#[test]
fn a_shape_that_does_not_fit_is_refused() {
    let wrong = BTreeMap::from([("/a".to_owned(), array(&[3], Stored::F32(vec![1.0])))]);
    assert!(encoded(&wrong).is_err());
}

#[test]
fn every_cut_is_an_error_or_a_file() {
    let bytes = encoded(&graph()).unwrap();
    for length in 0..bytes.len() {
        let _ = read_all(&bytes[..length]);
    }
}

/// How many cases a property is tried on; more in the nightly run.
fn cases() -> u32 {
    let given = std::env::var("CERTISPIKE_FUZZ_CASES").ok();
    given.and_then(|text| text.parse().ok()).unwrap_or(2000)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn damaged_files_do_no_harm(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut bytes = encoded(&graph()).unwrap();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        // A file of so few bytes cannot have more entries than this.
        prop_assert!(read_all(&bytes).unwrap_or(0) <= 32 * bytes.len());
    }

    #[test]
    fn random_bytes_behind_the_signature_do_no_harm(rest in prop::collection::vec(any::<u8>(), 0..300)) {
        let bytes = [b"\x89HDF\r\n\x1a\n".as_slice(), &rest].concat();
        prop_assert!(read_all(&bytes).unwrap_or(0) <= 32 * bytes.len());
    }
}
