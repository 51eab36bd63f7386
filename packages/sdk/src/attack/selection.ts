import { joined } from '../certify/sweep.js';
import type { Batch, Source } from '../data/source.js';

/**
 * Some examples of a source, as a source: their keys, and with them their draws, stay what they are.
 * @param indices places in the source's order, ascending
 */
export function selected(source: Source, indices: readonly number[]): Source {
  return {
    name: source.name,
    shape: source.shape,
    ...(source.steps === undefined ? {} : { steps: source.steps }),
    classes: source.classes,
    length: indices.length,
    batches: ({ size }) => picked(source, indices, size),
  };
}

/** Batches of `size` examples, but for the last. Reading ends with the last example that is wanted. */
async function* picked(source: Source, indices: readonly number[], size: number): AsyncGenerator<Batch> {
  let waiting: Batch[] = [];
  let [start, next, count] = [0, 0, 0];
  for await (const batch of source.batches({ size: Math.max(size, 128) })) {
    const end = start + batch.samples.length;
    const first = next;
    while (next < indices.length && (indices[next] as number) < end) next += 1;
    const places = indices.slice(first, next).map((index) => index - start);
    for (let at = 0; at < places.length;) {
      const taken = places.slice(at, at + size - count);
      waiting.push(at === 0 && taken.length === batch.samples.length ? batch : gathered(batch, taken));
      at += taken.length;
      count += taken.length;
      if (count < size) continue;
      yield merged(waiting);
      waiting = [];
      count = 0;
    }
    start = end;
    if (next === indices.length) break;
  }
  if (count > 0) yield merged(waiting);
}

/** Some examples of a batch. */
export function gathered({ samples, images, labels }: Batch, places: readonly number[]): Batch {
  const size = images.length / samples.length;
  const chosen = new Float32Array(places.length * size);
  places.forEach((place, index) => chosen.set(images.subarray(place * size, (place + 1) * size), index * size));
  return {
    samples: Uint32Array.from(places, (place) => samples[place] as number),
    images: chosen,
    labels: Uint8Array.from(places, (place) => labels[place] as number),
  };
}

function merged(batches: readonly Batch[]): Batch {
  const [only] = batches;
  if (batches.length === 1 && only !== undefined) return only;
  return {
    samples: joined(batches.map(({ samples }) => samples)),
    images: joined(batches.map(({ images }) => images)),
    labels: joined(batches.map(({ labels }) => labels)),
  };
}
