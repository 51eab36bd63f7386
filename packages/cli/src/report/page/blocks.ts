import { drawn, type Plot } from '../figures/plot.js';
import { type Look } from '../palette.js';
import { escaped, Markup, markup, type Part } from './markup.js';

/** Counts the tables and figures of a page. */
export class Numbering {
  #tables = 0;
  #figures = 0;
  readonly #mark: string;

  /** @param quick whether every table and figure says that it is of a quick run */
  constructor(quick: boolean) {
    this.#mark = quick ? ' (quick run)' : '';
  }

  table(): string {
    this.#tables += 1;
    return `Table ${this.#tables}${this.#mark}`;
  }

  figure(): string {
    this.#figures += 1;
    return `Figure ${this.#figures}${this.#mark}`;
  }
}

/** What all sections write with. */
export interface Writer {
  readonly numbering: Numbering;
  /** Ids that are taken. */
  readonly id: (name: string) => string;
}

/** Makes names for anchors, every one once. */
export function writer(quick: boolean): Writer {
  const taken = new Set<string>();
  const id = (name: string) => {
    const base =
      name
        .toLowerCase()
        .replaceAll(/[^a-z0-9]+/g, '-')
        .replaceAll(/^-|-$/g, '') || 'part';
    let unique = base;
    for (let number = 2; taken.has(unique); number += 1) unique = `${base}-${number}`;
    taken.add(unique);
    return unique;
  };
  return { numbering: new Numbering(quick), id };
}

/** A part of the page with its heading, which the contents name. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Part;
}

export const sectionMarkup = ({ id, title, body }: Section) =>
  markup`<section aria-labelledby="${id}">
    <h2 id="${id}">${title}</h2>
    ${body}
  </section> `;

/** Plots side by side with one caption; under each heading where they have one. */
export async function figureOf(
  { numbering }: Writer,
  plots: readonly { readonly plot: Plot; readonly heading?: string }[],
  { caption, legend }: { readonly caption: Part; readonly legend?: Markup },
): Promise<Markup> {
  const panels: Markup[] = [];
  for (const { plot, heading } of plots) {
    const svg = await drawn(plot);
    panels.push(markup`<div>${heading !== undefined && markup`<p class="panel">${heading}</p>`}${
      plot.legend !== undefined && lineLegend(plot.legend)
    }${svg}</div>
`);
  }
  return markup`<figure>
    ${legend}
    <div class="plots">${panels}</div>
    <figcaption><span class="label">${numbering.figure()}.</span> ${caption}</figcaption>
  </figure> `;
}

/** A key to colours, marks and dashes. */
export function lineLegend(
  looks: readonly (Pick<Look, 'label' | 'colour' | 'dash'> & Partial<Pick<Look, 'shape'>>)[],
): Markup {
  const items = looks.map(({ label, colour, shape = '', dash }) => {
    const dashes = dash[1] === 0 ? '' : ` stroke-dasharray="${dash.join(' ')}"`;
    const line = `<path d="M0 5H24" stroke="${escaped(colour)}" stroke-width="2"${dashes}/>`;
    const mark = `<path d="${symbols[shape] ?? ''}" fill="${escaped(colour)}"/>`;
    return markup`<li>
      <svg viewBox="0 0 24 10" aria-hidden="true" class="swatch">${new Markup(line + mark)}</svg>${label}
    </li>`;
  });
  return markup`<ul class="legend">
    ${items}
  </ul> `;
}

/** A key to colours of areas. */
export function areaLegend(areas: readonly { readonly label: string; readonly colour: string }[]): Markup {
  const items = areas.map(({ label, colour }) => {
    const area = new Markup(`<rect width="12" height="10" x="6" fill="${escaped(colour)}"/>`);
    return markup`<li><svg viewBox="6 0 12 10" aria-hidden="true" class="swatch">${area}</svg>${label}</li>`;
  });
  return markup`<ul class="legend">
    ${items}
  </ul> `;
}

/** Vega's marks, around (12, 5). */
const symbols: Readonly<Record<string, string>> = {
  circle: 'M12 1.4a3.6 3.6 0 1 0 .01 0Z',
  square: 'M8.8 1.8h6.4v6.4H8.8Z',
  'triangle-up': 'M12 .8L16 8.2H8Z',
  diamond: 'M12 .2L16 5L12 9.8L8 5Z',
  cross: 'M10.6 1h2.8v2.6H16v2.8h-2.6V9h-2.8V6.4H8V3.6h2.6Z',
};

/** One column of a table. */
export interface TableColumn<Row> {
  readonly title: Part;
  /** Numbers stand to the right. */
  readonly isNumber?: boolean;
  /** The first column names the row. */
  readonly cell: (row: Row) => Part;
  /** Names of the style sheet for a cell. */
  readonly mark?: (row: Row) => string | undefined;
}

/** A table that scrolls within the page where it is wider; rows may stand in groups with a heading each. */
export function tableOf<Row>(
  { numbering, id }: Writer,
  caption: Part,
  columns: readonly TableColumn<Row>[],
  groups: readonly { readonly title?: string; readonly rows: readonly Row[] }[],
): Markup {
  const name = numbering.table();
  const anchor = id(`${name} caption`);
  const head = columns.map(
    ({ title, isNumber }) => markup`<th scope="col" ${isNumber === true && new Markup(' class="n"')}>${title}</th>`,
  );
  const line = (row: Row) =>
    columns.map(({ cell, isNumber, mark }, index) => {
      const names = [isNumber === true ? 'n' : '', mark?.(row) ?? ''].filter((own) => own !== '').join(' ');
      const attribute = names === '' ? '' : ` class="${escaped(names)}"`;
      return index === 0
        ? markup`<th scope="row" ${new Markup(attribute)}>${cell(row)}</th>`
        : markup`<td${new Markup(attribute)}>${cell(row)}</td>`;
    });
  const bodies = groups.map(
    ({ title, rows }) =>
      markup`<tbody>
        ${
          title !== undefined &&
          markup`<tr class="group">
            <th scope="rowgroup" colspan="${columns.length}">${title}</th>
          </tr> `
        }${rows.map(
          (row) =>
            markup`<tr>
              ${line(row)}
            </tr> `,
        )}
      </tbody> `,
  );
  return markup`<div class="scroll" role="region" tabindex="0" aria-labelledby="${anchor}">
    <table>
      <caption id="${anchor}">
        <span class="label">${name}.</span>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${head}
        </tr>
      </thead>
      ${bodies}
    </table>
  </div> `;
}

/** A block of text to copy. */
export const copyBlock = (text: string) =>
  markup`<div class="copy">
    <button type="button" hidden>Copy</button>
    <pre tabindex="0"><code>${text}</code></pre>
  </div> `;
