//! What compressed packets are made of, with a limit on what comes out.

use std::fmt;
use std::io::{self, Read};

use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

/// Largest window of a Zstandard frame, in bytes: what encoders use up to level 19.
const LARGEST_WINDOW: u64 = 8 << 20;

/// Why bytes could not be decompressed.
#[derive(Debug, PartialEq, Eq)]
pub enum Error {
    /// They are not what they should be.
    Corrupt(String),
    /// More than `limit` bytes would come out.
    TooLarge { limit: usize },
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Error::Corrupt(reason) => write!(formatter, "{reason}"),
            Error::TooLarge { limit } => write!(formatter, "more than {limit} bytes"),
        }
    }
}

/// An LZ4 frame (its checksums are checked), of at most `limit` bytes.
pub fn lz4(bytes: &[u8], limit: usize) -> Result<Vec<u8>, Error> {
    limited(lz4_flex::frame::FrameDecoder::new(bytes), limit)
}

/// A Zstandard frame (its checksum is checked where it has one), of at most `limit` bytes.
pub fn zstd(bytes: &[u8], limit: usize) -> Result<Vec<u8>, Error> {
    let mut frame = FrameDecoder::new();
    frame.set_max_window_size(LARGEST_WINDOW);
    let mut decoder = StreamingDecoder::new_with_decoder(bytes, frame).map_err(corrupt)?;
    let whole = limited(&mut decoder, limit)?;
    let stored = decoder.decoder.get_checksum_from_data();
    if stored.is_some() && stored != decoder.decoder.get_calculated_checksum() {
        return Err(corrupt("the checksum does not match"));
    }
    Ok(whole)
}

fn limited(decoder: impl Read, limit: usize) -> Result<Vec<u8>, Error> {
    let mut whole = Vec::new();
    decoder
        .take(limit as u64 + 1)
        .read_to_end(&mut whole)
        .map_err(|error: io::Error| corrupt(error))?;
    if whole.len() > limit {
        return Err(Error::TooLarge { limit });
    }
    Ok(whole)
}

fn corrupt(error: impl fmt::Display) -> Error {
    Error::Corrupt(error.to_string())
}
