import { initSync, lz4, SpikeFile, zstd } from './bindings.js';
import { codecModule } from './platform.js';

/** Compressions of recordings. */
export type Compression = 'lz4' | 'zstd';

/** An HDF5 file of the Heidelberg data sets, in the module's memory until it is freed. */
export type { SpikeFile };

/** What the module does, once loaded. */
export interface Codecs {
  /**
   * The content of an LZ4 frame or a Zstandard frame.
   * @param limit most bytes that may come out
   * @throws Error when it is damaged, or more would come out
   */
  decompress(compression: Compression, bytes: Uint8Array, limit: number): Uint8Array;
  /** @throws Error when the bytes are no such file */
  spikeFile(bytes: Uint8Array): SpikeFile;
}

let module: Promise<WebAssembly.Module> | undefined;

/**
 * Loads the codecs, which are a WebAssembly module of their own: a program that reads neither compressed recordings
 * nor HDF5 files does without.
 * @throws DatasetError `codecs-missing`
 */
export async function loadCodecs(): Promise<Codecs> {
  module ??= codecModule().catch((error: unknown) => {
    // The next call tries again.
    module = undefined;
    throw error;
  });
  initSync({ module: await module });
  return {
    decompress: (compression, bytes, limit) => (compression === 'lz4' ? lz4(bytes, limit) : zstd(bytes, limit)),
    spikeFile: (bytes) => SpikeFile.parse(bytes),
  };
}
