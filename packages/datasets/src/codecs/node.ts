import { readFile } from 'node:fs/promises';

export const nodeCodecs = async (): Promise<WebAssembly.Module> =>
  WebAssembly.compile(await readFile(new URL('./event_codecs_bg.wasm', import.meta.url)));
