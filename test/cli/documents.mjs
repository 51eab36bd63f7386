import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** The blocks of code of a document: `{ language, text }`. */
export const blocksOf = (document) =>
  [...readFileSync(`${root}${document}`, 'utf8').matchAll(/^```(\w+)\n(.*?)^```/gms)].map(([, language, text]) => ({
    language,
    text,
  }));

/** The lines of a document that call the command line, in their order. */
export const callsOf = (document) =>
  blocksOf(document)
    .filter(({ language }) => language === 'sh')
    .flatMap(({ text }) => text.split('\n'))
    .filter((line) => line.startsWith('certispike '));
