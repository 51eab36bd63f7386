import { readFile } from 'node:fs/promises';

/** Adversarial examples of a file, by their keys in the data set. */
export interface AdversarialExamples {
  readonly kind: 'pixels' | 'spikes';
  readonly inputs: ReadonlyMap<number, Float32Array>;
}

export async function loadAdversarialExamples(path: string): Promise<AdversarialExamples> {
  const bytes = await readFile(path);
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString()) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  const data = bytes.subarray(8 + length);
  const tensor = (name: string) => {
    const { dtype, data_offsets } = header[name]!;
    const part = Uint8Array.from(data.subarray(...data_offsets));
    return dtype === 'U8' ? part : dtype === 'U32' ? new Uint32Array(part.buffer) : new Float32Array(part.buffer);
  };
  const [samples, values] = [tensor('sample'), tensor('adversarial')];
  const size = values.length / samples.length;
  const kind = header['adversarial']!.dtype === 'U8' ? 'spikes' : 'pixels';
  return {
    kind,
    inputs: new Map(
      Array.from(samples, (sample, at) => [sample, Float32Array.from(values.slice(at * size, (at + 1) * size))]),
    ),
  };
}
