/** Text that is HTML already; everything else is escaped before it comes into a page. */
export class Markup {
  constructor(readonly text: string) {}
}

/** What a template takes: lists are put one after another, nothing is put for null, undefined and false. */
export type Part = Markup | string | number | readonly Part[] | null | undefined | false;

/** HTML whose values are escaped. */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(strings.reduce((text, string, index) => `${text}${written(parts[index - 1])}${string}`));
}

function written(part: Part): string {
  if (part instanceof Markup) return part.text;
  if (typeof part === 'string' || typeof part === 'number') return escaped(String(part));
  return Array.isArray(part) ? (part as readonly Part[]).map(written).join('') : '';
}

const marks: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** A text for the content of an element or the value of an attribute. */
export function escaped(text: string): string {
  return permitted(text).replaceAll(/[&<>"']/g, (mark) => marks[mark] ?? mark);
}

/** Without characters that no document may hold. */
export function permitted(text: string): string {
  return text.replaceAll(/[^\t\n\r\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd');
}
