import { brightest, type Course, type Drawing, type Plane, shrunk } from './drawing.js';

const SHADES = [' ', '░', '▒', '▓', '█'];
const BARS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const GAP = '  ';

/**
 * A drawing in characters: planes side by side, a character for two rows of them, then the courses.
 * @param columns of the terminal.
 */
export function blocks({ planes, courses, span }: Drawing, columns: number): string {
  const each = Math.floor((Math.min(columns, 160) - GAP.length * (planes.length - 1)) / Math.max(1, planes.length));
  const drawn = planes.map((plane) => shadedLines(shrunk(plane, Math.max(8, each), 96)));
  const height = Math.max(0, ...drawn.map((lines) => lines.length));
  const lines = Array.from({ length: height }, (_, row) =>
    drawn
      .map((plane) => (plane[row] ?? '').padEnd(plane[0]?.length ?? 0))
      .join(GAP)
      .trimEnd(),
  );
  const width = Math.max(0, ...courses.map(({ title }) => title.length));
  return [...lines, ...courses.map((course) => `${course.title.padEnd(width)} ${bars(course)} ${span}`)].join('\n');
}

/** The title, then the plane. */
function shadedLines(plane: Plane): string[] {
  const { title, width, height, values } = plane;
  const most = brightest(plane);
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

function bars({ values }: Course): string {
  const most = values.reduce((largest, value) => Math.max(largest, value), 0) || 1;
  return Array.from(values, (value) => BARS[Math.ceil((value / most) * (BARS.length - 1))] ?? ' ').join('');
}
