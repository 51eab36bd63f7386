/** Shares and counts for people, in tables and figures alike. */

/** A share in per cent without the sign: two decimals where there are thousands of examples, else one. */
export function percentage(share: number, examples: number): string {
  return (100 * share).toFixed(examples >= 5000 ? 2 : 1);
}

/** A difference of shares in points, with its sign; a minus is a minus. */
export function points(difference: number, examples: number): string {
  const text = percentage(Math.abs(difference), examples);
  const isZero = Number(text) === 0;
  return `${isZero ? '' : difference < 0 ? '−' : '+'}${text}`;
}

/** Whole numbers with commas between thousands, three digits below a hundred. */
export function count(value: number): string {
  if (value < 100 && !Number.isInteger(value)) return String(Number(value.toPrecision(3)));
  return Math.round(value).toLocaleString('en');
}

/** A number of unknown size with three digits. */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined) return 'unknown';
  return String(Number(value.toPrecision(3))).replace('-', '−');
}

/** An energy with its unit. */
export function joules(picojoules: number): string {
  const units = ['pJ', 'nJ', 'µJ', 'mJ', 'J'];
  const place = Math.max(0, Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, picojoules)) / 3)));
  return `${Number((picojoules / 1000 ** place).toPrecision(3))}\u00a0${units[place]}`;
}

/** A region's short form as a reader of papers writes it. */
export function regionText(region: string): string {
  const [kind = '', terms = ''] = region.split(':');
  if (kind === 'linf') {
    const [size = '', ...others] = terms.split(',');
    const within = others.includes('clip') ? ' within\u00a0[0,\u00a01]' : '';
    return `ε\u00a0=\u00a0${size.replace(/^epsilon=|^eps=/, '')}${within}`;
  }
  if (kind === 'flips') return `flips, ${terms}`;
  if (kind === 'shift') return `shifts, ${terms}`;
  return region;
}
