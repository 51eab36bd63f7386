import { isLegacy } from './pytorch/state-dict.js';

/** What a file is, by its first bytes; `certispike` and `adversarial` are this package's own: networks, and examples that fooled one. */
export type FileKind = 'certispike' | 'adversarial' | 'safetensors' | 'pytorch' | 'hdf5' | 'onnx' | 'unknown';

const startsWith = (bytes: Uint8Array, at: number, signature: readonly number[]) =>
  signature.every((byte, index) => bytes[at + index] === byte);

const zip = [0x50, 0x4b, 0x03, 0x04];
const hdf5 = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** HDF5 files may begin with something else of one of these lengths. */
const userBlocks = [0, 512, 1024, 2048, 4096, 8192];

/**
 * What a file is, whatever its name.
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { fileKind } from '@certispike/sdk/convert';
 *
 * console.log(fileKind(await readFile('network.pth'))); // pytorch
 * ```
 */
export function fileKind(bytes: Uint8Array): FileKind {
  if (startsWith(bytes, 0, zip) || isLegacy(bytes)) return 'pytorch';
  if (userBlocks.some((at) => startsWith(bytes, at, hdf5))) return 'hdf5';
  const header = safetensorsHeader(bytes);
  if (header !== undefined) return ownKind(header) ?? 'safetensors';
  // A message of protocol buffers that begins with the version of its form (field 1, a small number) and a text.
  if (bytes[0] === 0x08 && (bytes[1] ?? 0) < 32 && bytes[2] === 0x12) return 'onnx';
  return 'unknown';
}

/** Bytes of a file's beginning that messages show. */
const shown = 16;

/** How a file begins that is of no kind that is known, in words. */
export function beginning(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'an empty file';
  // The first instruction of a pickle is the number of its protocol.
  if (bytes[0] === 0x80 && bytes[1] !== undefined && bytes[1] >= 2 && bytes[1] <= 5) {
    return 'a bare pickle, which is not read; keep model.state_dict() with torch.save';
  }
  if (bytes[8] === 0x7b) return 'a safetensors file that is cut within its header';
  const text = new TextDecoder('latin1').decode(bytes.subarray(0, shown));
  return `a file that starts with ${JSON.stringify(text)}`;
}

/** The text of a header whose length stands before it. */
function safetensorsHeader(bytes: Uint8Array): string | undefined {
  if (bytes.length < 10 || bytes[8] !== 0x7b) return undefined;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > BigInt(Math.min(bytes.length - 8, longestHeader))) return undefined;
  return new TextDecoder().decode(bytes.subarray(8, 8 + Number(length)));
}

/** The library that reads these files has the same limit. */
const longestHeader = 100_000_000;

/** Of a file of this package, what it holds. */
function ownKind(header: string): 'certispike' | 'adversarial' | undefined {
  const texts = object(header)?.['__metadata__'];
  if (typeof texts !== 'object' || texts === null || !('certispike' in texts)) return undefined;
  return object(texts.certispike)?.['kind'] === 'adversarial' ? 'adversarial' : 'certispike';
}

/** The object that a text describes as JSON; undefined where it describes none. */
function object(json: unknown): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = typeof json === 'string' ? JSON.parse(json) : undefined;
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
