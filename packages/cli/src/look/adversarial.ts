import type { AdversarialExample, AdversarialSet } from '@certispike/sdk';
import { encode } from 'fast-png';
import { describeRegion } from '../description.js';
import { writeWhole } from '../output.js';
import { escaped, pictureKind } from './picture.js';

/** A picture of one pixel per number, in three colours. */
interface Tile {
  readonly title: string;
  readonly width: number;
  readonly height: number;
  /** Red, green and blue of every number, 0 to 255. */
  readonly colours: Uint8Array;
}

/** An adversarial example beside what it was made from. */
export interface AdversarialRow {
  /** What it is, in words. */
  readonly caption: string;
  readonly tiles: readonly Tile[];
}

/** Sides in pixels. */
const [TILE, GAP, CAPTION, TITLE] = [168, 12, 22, 16];

/** Rows of a picture: as many as fit on a page. */
const pictured = 12;

/**
 * Draws the first examples of a set into a file: clean, adversarial and what differs, side by side.
 * @param describe what is said of an example, by its place
 * @returns what was said of those that were drawn
 */
export async function drawExamples(
  path: string,
  set: AdversarialSet,
  describe: (index: number) => string,
): Promise<string[]> {
  const examples = set.adversarial.slice(0, pictured);
  const captions = examples.map((_, index) => describe(index));
  const rows = adversarialRows(set, examples, (example) => captions[examples.indexOf(example)] ?? '');
  const title = `${describeRegion(set.region)}, T = ${set.steps}`;
  await writeWhole('picture', path, pictureKind(path) === 'svg' ? adversarialSvg(title, rows) : adversarialPng(rows));
  return captions;
}

/** Examples of a set as rows of a picture: the clean input, the adversarial one, and what was added and taken away. */
export function adversarialRows(
  set: Pick<AdversarialSet, 'kind' | 'shape' | 'steps'>,
  examples: readonly AdversarialExample[],
  caption: (example: AdversarialExample) => string,
): AdversarialRow[] {
  return examples.map((example) => {
    const [clean, adversarial] = [example.clean, example.values].map((values) => plane(set, values)) as [Plane, Plane];
    const change = adversarial.values.map((value, index) => value - (clean.values[index] as number));
    const added = example.values.map((value, index) => Math.max(0, value - (example.clean[index] as number)));
    const removed = example.values.map((value, index) => Math.max(0, (example.clean[index] as number) - value));
    const most = Math.max(largest(clean.values), largest(adversarial.values)) || 1;
    // A spike that is moved is one added and one taken away at the same place: its sum over the steps would be nothing.
    const [gained, lost] =
      set.kind === 'spikes'
        ? [plane(set, added).values, plane(set, removed).values]
        : [change.map((value) => Math.max(0, value)), change.map((value) => Math.max(0, -value))];
    const unit = set.kind === 'spikes' ? 'spikes over all steps' : 'pixels';
    return {
      caption: caption(example),
      tiles: [
        grey(`clean, ${unit}`, clean, most),
        grey('adversarial', adversarial, most),
        signed(set.kind === 'spikes' ? 'added red, removed blue' : 'brighter red, darker blue', clean, gained, lost),
      ],
    };
  });
}

interface Plane {
  readonly width: number;
  readonly height: number;
  readonly values: Float64Array;
}

/** Channels one below the other; spikes as their sums over the steps. */
function plane({ kind, shape, steps }: Pick<AdversarialSet, 'kind' | 'shape' | 'steps'>, values: Float32Array): Plane {
  const [channels, height, width] = shape;
  const size = channels * height * width;
  const sums = new Float64Array(size);
  for (let step = 0; step < (kind === 'spikes' ? steps : 1); step += 1) {
    for (let place = 0; place < size; place += 1) sums[place] = (sums[place] ?? 0) + (values[step * size + place] ?? 0);
  }
  return { width, height: channels * height, values: sums };
}

function grey(title: string, { width, height, values }: Plane, most: number): Tile {
  return {
    title,
    width,
    height,
    colours: coloured(values.length, (index) => {
      const shade = Math.round(255 * Math.min(1, Math.max(0, (values[index] ?? 0) / most)));
      return [shade, shade, shade];
    }),
  };
}

/** White where nothing changed; both colours where spikes came and went. */
function signed(title: string, { width, height }: Plane, gained: Float64Array, lost: Float64Array): Tile {
  const most = Math.max(largest(gained), largest(lost)) || 1;
  const share = (value: number | undefined) => Math.min(1, (value ?? 0) / most);
  return {
    title,
    width,
    height,
    colours: coloured(gained.length, (index) => {
      const [up, down] = [share(gained[index]), share(lost[index])];
      return [255 * (1 - 0.88 * down), 255 * (1 - 0.85 * Math.max(up, down)), 255 * (1 - 0.9 * up)].map(Math.round);
    }),
  };
}

function coloured(length: number, colour: (index: number) => readonly number[]): Uint8Array {
  const colours = new Uint8Array(3 * length);
  for (let index = 0; index < length; index += 1) colours.set(colour(index), 3 * index);
  return colours;
}

function largest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, value), 0);
}

/** Rows as an SVG document, each with its caption and the titles of its tiles. */
export function adversarialSvg(title: string, rows: readonly AdversarialRow[]): string {
  const width = GAP + 3 * (TILE + GAP);
  let top = GAP + 20;
  const body = rows.flatMap(({ caption, tiles }) => {
    const start = top;
    const heights = tiles.map((tile) => scaleOf(tile) * tile.height);
    top += CAPTION + TITLE + Math.max(0, ...heights) + GAP;
    return [
      `<text x="${GAP}" y="${start + 14}" font-size="13" font-weight="bold">${escaped(caption)}</text>`,
      ...tiles.map((tile, index) => {
        const scale = scaleOf(tile);
        const x = GAP + index * (TILE + GAP);
        const y = start + CAPTION + TITLE;
        const data = Buffer.from(
          encode({ width: tile.width, height: tile.height, data: tile.colours, channels: 3, depth: 8 }),
        ).toString('base64');
        const size = `width="${scale * tile.width}" height="${scale * tile.height}"`;
        return (
          `<text x="${x}" y="${y - 4}" font-size="11">${escaped(tile.title)}</text>` +
          `<image x="${x}" y="${y}" ${size} style="image-rendering:pixelated" href="data:image/png;base64,${data}">` +
          `<title>${escaped(`${tile.title}: ${caption}`)}</title></image>` +
          `<rect x="${x}" y="${y}" ${size} fill="none" stroke="#8888" stroke-width="1"/>`
        );
      }),
    ];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${top}" font-family="sans-serif">`,
    `<rect width="100%" height="100%" fill="white"/>`,
    `<text x="${GAP}" y="${GAP + 8}" font-size="14" font-weight="bold">${escaped(title)}</text>`,
    ...body,
    '</svg>',
    '',
  ].join('\n');
}

function scaleOf({ width, height }: Tile): number {
  return TILE / Math.max(width, height);
}

/** Rows as a PNG image: tiles side by side, rows one below the other. What they are has to be said beside it. */
export function adversarialPng(rows: readonly AdversarialRow[]): Uint8Array {
  const tiles = rows.flatMap((row) => row.tiles);
  const widest = Math.max(1, ...tiles.map((tile) => tile.width));
  const highest = Math.max(1, ...tiles.map((tile) => tile.height));
  const scale = Math.max(1, Math.floor(TILE / Math.max(widest, highest)));
  const gap = 4;
  const [width, height] = [3 * (scale * widest + gap) - gap, Math.max(1, rows.length) * (scale * highest + gap) - gap];
  const data = new Uint8Array(3 * width * height).fill(255);
  rows.forEach((row, line) =>
    row.tiles.forEach((tile, column) => {
      const [left, top] = [column * (scale * widest + gap), line * (scale * highest + gap)];
      for (let y = 0; y < scale * tile.height; y += 1) {
        for (let x = 0; x < scale * tile.width; x += 1) {
          const from = 3 * (Math.floor(y / scale) * tile.width + Math.floor(x / scale));
          data.set(tile.colours.subarray(from, from + 3), 3 * ((top + y) * width + left + x));
        }
      }
    }),
  );
  return encode({ width, height, data, channels: 3, depth: 8 });
}
