import { encode } from 'fast-png';
import { CliError } from '../failure.js';
import { brightest, type Drawing, type Plane, shrunk } from './drawing.js';

/** Side of a plane in pixels. */
const PLANE = 320;

/**
 * Checks the name of a picture's file.
 * @throws CliError `bad-value`
 */
export function pictureKind(path: string): 'svg' | 'png' {
  const kind = /\.(svg|png)$/i.exec(path)?.[1]?.toLowerCase();
  if (kind === 'svg' || kind === 'png') return kind;
  throw new CliError('bad-value', `picture: expected a file that ends in .svg or .png, got ${path}`);
}

/** The planes of a drawing as a PNG image, side by side; without words, which are in the SVG. */
export function png({ planes }: Drawing): Uint8Array {
  const small = planes.map((plane) => shrunk(plane, 2 * PLANE, 2 * PLANE));
  const largest = Math.max(...small.map(({ width, height }) => Math.max(width, height)));
  return pngOf(small, Math.max(1, Math.floor(PLANE / largest)), brightest(small));
}

/**
 * Planes as a PNG image, side by side.
 * @param scale pixels of the image per value of a plane.
 * @param most the value that is white.
 */
export function pngOf(planes: readonly Plane[], scale: number, most: number): Uint8Array {
  const gap = planes.length > 1 ? 4 : 0;
  const width = planes.reduce((sum, plane) => sum + plane.width * scale + gap, -gap);
  const height = Math.max(...planes.map((plane) => plane.height * scale));
  const data = new Uint8Array(width * height).fill(255);
  let left = 0;
  for (const plane of planes) {
    for (let y = 0; y < plane.height * scale; y += 1) {
      for (let x = 0; x < plane.width * scale; x += 1) {
        const value = plane.values[Math.floor(y / scale) * plane.width + Math.floor(x / scale)] ?? 0;
        data[y * width + left + x] = Math.round(255 * Math.min(1, value / most));
      }
    }
    left += plane.width * scale + gap;
  }
  return encode({ width, height, data, channels: 1, depth: 8 });
}

/** Text within a document of tags. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
