import { DatasetError } from '../error.js';

/**
 * SHA-256 of `bytes`, lower-case hexadecimal, by the platform's Web Crypto.
 * @throws DatasetError `crypto-missing` in a page that is not a secure context.
 */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const { subtle } = globalThis.crypto as { subtle?: SubtleCrypto };
  if (subtle === undefined) {
    throw new DatasetError('crypto-missing', {
      field: 'crypto.subtle',
      expected: 'Web Crypto, which browsers have in secure contexts only',
      received: 'none',
      remedy: 'Serve the page over https or from localhost, or pass verify: false.',
    });
  }
  const digest = await subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * @param what is summed, for the message.
 * @throws DatasetError `checksum-mismatch` when the SHA-256 of `bytes` is not `expected`.
 */
export async function verifySha256(
  bytes: Uint8Array,
  expected: string,
  file: string,
  what = 'the decompressed content',
): Promise<void> {
  const received = await sha256(bytes);
  if (received !== expected) {
    throw new DatasetError('checksum-mismatch', {
      file,
      field: `SHA-256 of ${what}`,
      expected,
      received: `${received} (${bytes.length} bytes)`,
    });
  }
}
