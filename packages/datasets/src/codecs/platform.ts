import { DatasetError } from '../error.js';

/** Gets the WebAssembly module of the codecs. */
export type CodecSource = () => Promise<WebAssembly.Module>;

let source: CodecSource | undefined;

/** Called once by the entry point of each environment. */
export function useCodecs(from: CodecSource): void {
  source = from;
}

/** @throws DatasetError `codecs-missing` */
export async function codecModule(): Promise<WebAssembly.Module> {
  try {
    if (source === undefined) throw new Error('the package was loaded without an entry point');
    return await source();
  } catch (cause) {
    throw new DatasetError(
      'codecs-missing',
      {
        field: 'event_codecs_bg.wasm',
        expected: 'a WebAssembly module beside the package',
        received: (cause as Error).message,
      },
      cause,
    );
  }
}
