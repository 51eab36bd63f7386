import { encode } from 'fast-png';
import { type Exhibits, type ExhibitRun, unpacked } from './record.js';

/** A pixel image in an address of its own, which needs no request. */
export interface Picture {
  readonly address: string;
  readonly width: number;
  readonly height: number;
}

/** Spikes of one layer before and after an attack. */
export interface Raster {
  readonly name: string;
  readonly neurons: number;
  readonly before: Picture;
  readonly after: Picture;
  /** Spikes in all, and those of one side only. */
  readonly counts: { readonly before: number; readonly after: number; readonly lost: number; readonly gained: number };
}

type Colour = readonly [red: number, green: number, blue: number];

/** They hold on light and dark pages. */
const kept: Colour = [128, 134, 142];
const lost: Colour = [56, 124, 205];
const gained: Colour = [222, 82, 46];
/** Rows of a raster: more neurons share them. */
const mostRows = 160;

/** What went into a network: the image, or for spikes where they are, all steps together. */
export function inputPicture({ shape, steps }: Exhibits, { pixels, spikes }: ExhibitRun): Picture {
  const [channels, height, width] = shape;
  const plane = height * width;
  if (pixels !== null) {
    const bytes = Buffer.from(pixels, 'base64');
    const value = (channel: number, place: number) => bytes[channel * plane + place] ?? 0;
    return painted(width, height, (place) => {
      const grey = value(0, place);
      return channels === 3 ? [grey, value(1, place), value(2, place), 255] : [grey, grey, grey, 255];
    });
  }
  const bits = unpacked(spikes ?? '', steps * channels * plane);
  const sums = Array.from({ length: channels }, (_, channel) =>
    Float64Array.from({ length: plane }, (_, place) => {
      let sum = 0;
      for (let step = 0; step < steps; step += 1) sum += bits[(step * channels + channel) * plane + place] ?? 0;
      return sum;
    }),
  );
  const most = Math.max(1, ...sums.map((sum) => sum.reduce((a, b) => Math.max(a, b), 0)));
  return painted(width, height, (place) => {
    const [off = 0, on = off] = sums.map((sum) => (sum[place] ?? 0) / most);
    // One polarity is white; of two, OFF is bluish and ON reddish.
    return channels === 1
      ? [255 * off, 255 * off, 255 * off, 255]
      : [60 * off + 255 * on, 150 * off + 120 * on, 255 * off + 70 * on, 255];
  });
}

/** What an attack changed: brighter pixels (or new spikes) in one colour, darker ones (or lost spikes) in another. */
export function differencePicture({ shape, steps }: Exhibits, before: ExhibitRun, after: ExhibitRun): Picture {
  const [channels, height, width] = shape;
  const plane = height * width;
  const changes = new Float64Array(plane);
  if (before.pixels !== null && after.pixels !== null) {
    const [old, now] = [before.pixels, after.pixels].map((text) => Buffer.from(text, 'base64'));
    for (let index = 0; index < channels * plane; index += 1) {
      changes[index % plane]! += (now?.[index] ?? 0) - (old?.[index] ?? 0);
    }
  } else {
    const [old, now] = [before, after].map(({ spikes }) => unpacked(spikes ?? '', steps * channels * plane));
    for (let index = 0; index < steps * channels * plane; index += 1) {
      changes[index % plane]! += (now?.[index] ?? 0) - (old?.[index] ?? 0);
    }
  }
  const most = Math.max(1, ...changes.map(Math.abs));
  return painted(width, height, (place) => {
    const change = changes[place] ?? 0;
    return [...(change < 0 ? lost : gained), 255 * (Math.abs(change) / most)];
  });
}

/** The rasters of the input, where it spikes, and of every layer that fires. */
export function rasters({ shape, steps, layers }: Exhibits, before: ExhibitRun, after: ExhibitRun | null): Raster[] {
  const size = shape.reduce((product, side) => product * side);
  const input = [{ name: 'input', neurons: size, old: before.spikes, now: after?.spikes }];
  const all = layers.map(({ name, neurons }, index) => {
    const [old, now] = [before.layers[index], after?.layers[index]];
    return { name, neurons, old, now };
  });
  return [...input, ...all].flatMap(({ name, neurons, old, now }) => {
    // A layer that does not fire has no spikes to show.
    if (!old) return [];
    const first = unpacked(old, steps * neurons);
    const second = now ? unpacked(now, steps * neurons) : first;
    return [raster(name, neurons, steps, first, second)];
  });
}

function raster(name: string, neurons: number, steps: number, before: Uint8Array, after: Uint8Array): Raster {
  const counts = { before: 0, after: 0, lost: 0, gained: 0 };
  before.forEach((spike, index) => {
    const now = after[index] ?? 0;
    counts.before += spike;
    counts.after += now;
    counts.lost += Number(spike > now);
    counts.gained += Number(now > spike);
  });
  return {
    name,
    neurons,
    counts,
    before: side(neurons, steps, before, after, lost),
    after: side(neurons, steps, after, before, gained),
  };
}

/** Time to the right, neurons downward; a spike that the other side lacks has a colour of its own. */
function side(neurons: number, steps: number, own: Uint8Array, other: Uint8Array, changed: Colour): Picture {
  const share = Math.ceil(neurons / mostRows);
  const rows = Math.ceil(neurons / share);
  return painted(steps, rows, (place) => {
    const [step, row] = [place % steps, Math.floor(place / steps)];
    let [both, alone] = [0, 0];
    for (let neuron = row * share; neuron < Math.min(neurons, (row + 1) * share); neuron += 1) {
      const at = step * neurons + neuron;
      if (own[at] !== 1) continue;
      if (other[at] === 1) both += 1;
      else alone += 1;
    }
    const sum = both + alone;
    if (sum === 0) return [0, 0, 0, 0];
    const mixed = kept.map((value, index) => (value * both + (changed[index] ?? 0) * alone) / sum);
    return [mixed[0] ?? 0, mixed[1] ?? 0, mixed[2] ?? 0, 255 * (0.3 + 0.7 * Math.min(1, (2 * sum) / (share + 1)))];
  });
}

function painted(width: number, height: number, colour: (place: number) => readonly number[]): Picture {
  const data = new Uint8Array(4 * width * height);
  for (let place = 0; place < width * height; place += 1) data.set(colour(place).map(Math.round), 4 * place);
  const png = encode({ width, height, data, channels: 4, depth: 8 });
  return { address: `data:image/png;base64,${Buffer.from(png).toString('base64')}`, width, height };
}
