import type { TopLevelSpec } from 'vega-lite';
import { escaped, Markup, permitted } from '../page/markup.js';
import type { Look } from '../palette.js';

/** A picture of the report. */
export interface Plot {
  /** Unlike every other of the page. */
  readonly id: string;
  /** What it is, in a few words. */
  readonly title: string;
  /** What is to be seen, in words, for those who cannot see it. */
  readonly description: string;
  /** The key to the lines of this plot alone. */
  readonly legend?: readonly Pick<Look, 'label' | 'colour' | 'dash'>[];
  /** What Vega-Lite draws, without what all plots share. */
  readonly spec: Readonly<Record<string, unknown>>;
}

/** The width that all plots are made for: they are read on a phone without being shrunk. */
const plotWidth = 340;

/** The appearance of all plots: type and colours of the page, which has a light and a dark form. */
const config = {
  aria: false,
  background: null,
  font: 'inherit',
  padding: 1,
  view: { stroke: null },
  axis: {
    labelColor: 'var(--soft)',
    titleColor: 'var(--soft)',
    labelFontSize: 11,
    titleFontSize: 11.5,
    titleFontWeight: 'normal',
    titlePadding: 6,
    gridColor: 'var(--grid)',
    domainColor: 'var(--rule)',
    tickColor: 'var(--rule)',
    tickSize: 4,
    labelPadding: 4,
    domain: false,
  },
  axisY: { ticks: false, grid: true },
  axisX: { grid: false, domain: true },
  text: { fill: 'var(--ink)', fontSize: 11 },
  line: { strokeWidth: 1.75, strokeJoin: 'round' },
  rule: { stroke: 'var(--rule)' },
};

/** Draws a plot as an SVG element of a page, without a browser. Vega is loaded when the first one is drawn. */
export async function drawn({ id, title, description, spec }: Plot): Promise<Markup> {
  const [{ compile }, { parse, View, Warn }] = await Promise.all([import('vega-lite'), import('vega')]);
  // What is put together of several views is as large as they are.
  const size = 'vconcat' in spec ? {} : { width: plotWidth, autosize: { type: 'fit', contains: 'padding' } };
  const full = { ...size, ...spec, config } as unknown as TopLevelSpec;
  const view = new View(parse(compile(full).spec), { renderer: 'none', logLevel: Warn });
  try {
    return new Markup(labelled(lean(permitted(await view.toSVG()), id), { id, title, description }));
  } finally {
    view.finalize();
  }
}

/** Without what a reader of the page does not need, with names that no other plot has. */
function lean(svg: string, id: string): string {
  return svg
    .replaceAll(/<path class="(?:background|foreground)"[^>]*? display="none"[^>]*\/>/g, '')
    .replaceAll(
      /<path class="background"[^>]*? d="M0(?:\.5)?,0(?:\.5)?h[\d.]+v[\d.]+h-?[\d.]+Z"(?: pointer-events="none")?\/>/g,
      '',
    )
    .replaceAll(/<text[^>]*? opacity="0"[^>]*>[^<]*<\/text>/g, '')
    .replaceAll(/ (?:aria-[a-z]+|role|pointer-events|xmlns:xlink|version)="[^"]*"/g, '')
    .replaceAll(/ opacity="1"| stroke-miterlimit="4"| transform="translate\(0,0\)"/g, '')
    .replaceAll(/ class="mark-(\w+) role-([\w-]+)[^"]*"/g, ' class="$1 $2"')
    .replaceAll(/ (d|transform)="([^"]*)"/g, (_, name: string, value: string) => ` ${name}="${rounded(value)}"`)
    .replaceAll(/(id="|url\(#)(clip|gradient_)/g, `$1${id}-$2`);
}

function rounded(numbers: string): string {
  return numbers.replaceAll(/-?\d*\.\d{3,}(?:e-?\d+)?/g, (text) => String(Number(Number(text).toFixed(2))));
}

function labelled(svg: string, { id, title, description }: Pick<Plot, 'id' | 'title' | 'description'>): string {
  const names = `<title id="${id}-title">${escaped(title)}</title><desc id="${id}-desc">${escaped(description)}</desc>`;
  const role = `class="plot" role="img" aria-labelledby="${id}-title" aria-describedby="${id}-desc"`;
  return svg.replace('class="marks"', () => role).replace(/^<svg[^>]*>/, (open) => `${open}${names}`);
}
