import type { Sensor } from './recording.js';
import { LARGEST_SIDE } from './recording.js';

/** A stream that an AEDAT4 file says it has. */
export interface Aedat4Stream {
  readonly id: number;
  /** `EVTS`: events; `FRME`, `IMUS`, `TRIG` and others. */
  readonly type: string;
  readonly sensor: Sensor | undefined;
}

/**
 * The streams in the description of an AEDAT4 file, in order of their numbers. It is a tree of `node` elements with a `path`,
 * `/mainloop/<recorder>/outInfo/<number>/`, and of `attr` elements in them; below a stream's node there is `info/` with its sides.
 */
export function aedat4Streams(description: string): Aedat4Stream[] {
  const streams = new Map<number, Map<string, string>>();
  let path = '';
  const token = /<node [^>]*\bpath="([^"]*)"|<attr key="([^"]*)"[^>]*>([^<]*)</g;
  for (const [, node, key, value] of description.matchAll(token)) {
    if (node !== undefined) path = node;
    else {
      const id = /\/outInfo\/(\d{1,9})\/(?:info\/)?$/.exec(path)?.[1];
      if (id === undefined) continue;
      const known = streams.get(Number(id)) ?? new Map<string, string>();
      streams.set(Number(id), known.set(key!, value!));
    }
  }
  return [...streams]
    .map(([id, attributes]) => ({
      id,
      type: attributes.get('typeIdentifier') ?? '',
      sensor: sensorOf(Number(attributes.get('sizeX')), Number(attributes.get('sizeY'))),
    }))
    .sort((a, b) => a.id - b.id);
}

function sensorOf(width: number, height: number): Sensor | undefined {
  const isSide = (side: number) => Number.isInteger(side) && side >= 1 && side <= LARGEST_SIDE;
  return isSide(width) && isSide(height) ? { width, height } : undefined;
}
