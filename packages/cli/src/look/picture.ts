import { encode } from 'fast-png';
import { CliError } from '../failure.js';
import { brightest, type Course, type Drawing, type Plane, shrunk } from './drawing.js';

/** Sides in pixels. */
const PLANE = 320;
const MARGIN = 16;
const COURSE = 64;
const COLOURS = ['#1f6feb', '#b3261e'];

/**
 * Checks the name of a picture's file.
 * @throws CliError `bad-value`
 */
export function pictureKind(path: string): 'svg' | 'png' {
  const kind = /\.(svg|png)$/i.exec(path)?.[1]?.toLowerCase();
  if (kind === 'svg' || kind === 'png') return kind;
  throw new CliError('bad-value', `picture: expected a file that ends in .svg or .png, got ${path}`);
}

/** A drawing as an SVG document: planes as pixel images with their titles, below them the courses. */
export function svg({ title, planes, courses, span }: Drawing): string {
  const width = MARGIN + planes.length * (PLANE + MARGIN);
  const height = 2 * MARGIN + 24 + PLANE + 20 + COURSE + 20;
  const images = planes.map((plane, index) => {
    const small = shrunk(plane, PLANE, PLANE);
    const scale = PLANE / Math.max(small.width, small.height);
    const x = MARGIN + index * (PLANE + MARGIN);
    const data = Buffer.from(pngOf([small], 1)).toString('base64');
    const size = `width="${scale * small.width}" height="${scale * small.height}"`;
    return (
      `<image x="${x}" y="${MARGIN + 44}" ${size} style="image-rendering:pixelated" href="data:image/png;base64,${data}"/>` +
      `<text x="${x}" y="${MARGIN + 36}" font-size="12">${escaped(plane.title)}</text>`
    );
  });
  const top = MARGIN + 44 + PLANE + 12;
  const lines = courses.map((course, index) => line(course, index, { width: width - 2 * MARGIN, top }));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height + MARGIN}" font-family="sans-serif">`,
    `<rect width="100%" height="100%" fill="white"/>`,
    `<text x="${MARGIN}" y="${MARGIN + 12}" font-size="14" font-weight="bold">${escaped(title)}</text>`,
    ...images,
    ...lines,
    `<text x="${width - MARGIN}" y="${top + COURSE + 16}" font-size="12" text-anchor="end">${escaped(span)}</text>`,
    '</svg>',
    '',
  ].join('\n');
}

function line({ title, values }: Course, index: number, { width, top }: { width: number; top: number }): string {
  const most = values.reduce((largest, value) => Math.max(largest, value), 0) || 1;
  const points = Array.from(values, (value, bin) => {
    const x = MARGIN + (width * bin) / Math.max(1, values.length - 1);
    return `${x.toFixed(1)},${(top + COURSE * (1 - value / most)).toFixed(1)}`;
  });
  const colour = COLOURS[index % COLOURS.length];
  return (
    `<polyline fill="none" stroke="${colour}" stroke-width="1.5" points="${points.join(' ')}"/>` +
    `<text x="${MARGIN + 90 * index}" y="${top + COURSE + 16}" font-size="12" fill="${colour}">${escaped(title)}</text>`
  );
}

/** The planes of a drawing as a PNG image, side by side. */
export function png({ planes }: Drawing): Uint8Array {
  const small = planes.map((plane) => shrunk(plane, 2 * PLANE, 2 * PLANE));
  const largest = Math.max(...small.map(({ width, height }) => Math.max(width, height)));
  return pngOf(small, Math.max(1, Math.floor(PLANE / largest)));
}

/** @param scale pixels of the image per value of a plane. */
function pngOf(planes: readonly Plane[], scale: number): Uint8Array {
  const gap = planes.length > 1 ? 4 : 0;
  const width = planes.reduce((sum, plane) => sum + plane.width * scale + gap, -gap);
  const height = Math.max(...planes.map((plane) => plane.height * scale));
  const data = new Uint8Array(width * height).fill(255);
  let left = 0;
  for (const plane of planes) {
    const most = brightest(plane);
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
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
