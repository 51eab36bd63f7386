import { brightest, type Course, type Drawing, type Plane, shrunk } from './drawing.js';

const SHADES = [' ', '░', '▒', '▓', '█'];
const BARS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const GAP = '  ';

/**
 * A drawing in characters: planes side by side, a character for two rows of them, then the courses.
 * @param columns of the terminal.
 */
export function blocks({ planes, courses, time }: Drawing, columns: number): string {
  const room = Math.min(columns, 160) + GAP.length;
  const widest = Math.max(1, ...planes.map((plane) => plane.width));
  // Two at least, as polarities come in pairs; further ones where they need not be made smaller.
  const shown = planes.slice(0, Math.max(2, Math.floor(room / (widest + GAP.length))));
  const each = Math.floor(room / Math.max(1, shown.length)) - GAP.length;
  const small = shown.map((plane) => shrunk(plane, Math.max(8, each), 96));
  // One scale for all, as they are compared.
  const white = brightest(small);
  const drawn = small.map((plane) => shadedLines(plane, white));
  const height = Math.max(0, ...drawn.map((lines) => lines.length));
  const lines = Array.from({ length: height }, (_, row) =>
    drawn
      .map((plane) => (plane[row] ?? '').padEnd(plane[0]?.length ?? 0))
      .join(GAP)
      .trimEnd(),
  );
  const width = Math.max(0, ...courses.map(({ title }) => title.length));
  const most = courses.reduce((largest, { values }) => values.reduce((a, b) => Math.max(a, b), largest), 0) || 1;
  const span = `${time.length} ${time.unit.split(' ')[0]}`;
  return [...lines, ...courses.map((course) => `${course.title.padEnd(width)} ${bars(course, most)} ${span}`)].join(
    '\n',
  );
}

/** The title, then the plane, with `most` as its brightest value. */
function shadedLines(plane: Plane, most: number): string[] {
  const { title, width, height, values } = plane;
  const lines = [title.slice(0, width).padEnd(width)];
  for (let y = 0; y < height; y += 2) {
    let line = '';
    for (let x = 0; x < width; x += 1) {
      const [upper = 0, lower = upper] = [values[y * width + x], values[(y + 1) * width + x]];
      line += shade(Math.max(upper, lower) / most);
    }
    lines.push(line);
  }
  return lines;
}

/** 0 is empty; anything else leaves a mark. */
function shade(brightness: number): string {
  return SHADES[Math.min(SHADES.length - 1, Math.ceil(brightness * (SHADES.length - 1)))] ?? ' ';
}

function bars({ values }: Course, most: number): string {
  return Array.from(values, (value) => BARS[Math.ceil((value / most) * (BARS.length - 1))] ?? ' ').join('');
}
