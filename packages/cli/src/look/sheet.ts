import { brightest, type Drawing, largestOf, shrunk } from './drawing.js';
import { escaped, pngOf } from './picture.js';
import { CHART_HEIGHT, COLOURS, timeChart } from './time-chart.js';

/** Sides in pixels. */
const [PLANE, MARGIN, HEAD, TITLE, LEGEND] = [320, 16, 60, 20, 36];

/** Planes with longer sides are drawn smaller. */
const FINEST = 1280;

/** A drawing as an SVG document: planes on one scale of brightness with its legend, below them numbers over time. */
export function svg(drawing: Drawing): string {
  const { title, subtitle, planes, courses } = drawing;
  const width = MARGIN + Math.max(2, planes.length) * (PLANE + MARGIN);
  const most = brightest(planes);
  const sized = planes.map((plane) => {
    const scale = PLANE / Math.max(plane.width, plane.height);
    const [wide, high] = plane.overTime ? [width - 2 * MARGIN, PLANE] : [scale * plane.width, scale * plane.height];
    return { plane, wide, high };
  });
  const tallest = Math.max(0, ...sized.map(({ high }) => high));
  const images = sized.map(({ plane, wide, high }, index) => {
    const x = MARGIN + index * (PLANE + MARGIN);
    const bytes = pngOf([shrunk(plane, FINEST, FINEST)], 1, most);
    const data = Buffer.from(bytes).toString('base64');
    // Polarities have the colours of their courses.
    const colour = courses.length === planes.length ? COLOURS[index % 2] : '#1f2328';
    return (
      `<text x="${x}" y="${HEAD + 12}" font-size="12" fill="${colour}">${escaped(plane.title)}</text>` +
      `<image x="${x}" y="${HEAD + TITLE}" width="${wide}" height="${high}" preserveAspectRatio="none" ` +
      `style="image-rendering:pixelated" href="data:image/png;base64,${data}"/>`
    );
  });
  const below = HEAD + TITLE + tallest;
  const chart = timeChart(drawing, MARGIN, below + LEGEND, width - 2 * MARGIN);
  const height = Math.ceil(below + LEGEND + (chart.length > 0 ? CHART_HEIGHT : 0) + MARGIN / 2);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
      `role="img" aria-label="${escaped(`${title}: ${subtitle}`)}" font-family="system-ui, sans-serif" fill="#1f2328">`,
    `<rect width="100%" height="100%" fill="white"/>`,
    `<text x="${MARGIN}" y="${MARGIN + 12}" font-size="15" font-weight="600">${escaped(title)}</text>`,
    `<text x="${MARGIN}" y="${MARGIN + 30}" font-size="12" fill="#57606a">${escaped(subtitle)}</text>`,
    ...images,
    ...legend(drawing, most, below + 10),
    ...chart,
    '</svg>',
    '',
  ].join('\n');
}

/** What black and white are. */
function legend({ planes, unit }: Drawing, most: number, top: number): string[] {
  if (planes.length === 0 || unit === '') return [];
  const white = `${most.toLocaleString('en')}${largestOf(planes) > most ? ' or more' : ''}`;
  const side = Math.max(...planes.map(({ width, height }) => Math.max(width, height)));
  const factor = Math.ceil(side / FINEST);
  const drawn = factor > 1 ? `, ${factor} x ${factor} drawn as one` : '';
  return [
    '<defs><linearGradient id="grey"><stop stop-color="black"/><stop offset="1" stop-color="white"/></linearGradient></defs>',
    `<rect x="${MARGIN}" y="${top}" width="96" height="10" fill="url(#grey)" stroke="#d0d7de"/>`,
    `<text x="${MARGIN + 104}" y="${top + 9}" font-size="11" fill="#57606a">${escaped(`${unit}: 0 to ${white}${drawn}`)}</text>`,
  ];
}
