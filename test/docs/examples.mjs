import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { blocksOf, root } from '../cli/documents.mjs';

const comment = /\/\*\*(?:(?!\*\/)[\s\S])*\*\//g;
const declared = /^\s*export (?:async )?(?:function\*? |class |const )(\w+)/;

/** The `@example`s of a package's sources: `{ name, file, text, expected }`, `expected` being what its comments say it prints. */
export function examplesOf(packageName) {
  const folder = join('packages', packageName, 'src');
  const files = readdirSync(join(root, folder), { recursive: true }).filter((file) => file.endsWith('.ts'));
  return files.sort().flatMap((file) => {
    const source = readFileSync(join(root, folder, file), 'utf8');
    return [...source.matchAll(comment)].flatMap((match) => {
      const text = match[0].replaceAll(/^ ?\* ?/gm, '');
      const [, name] = declared.exec(source.slice(match.index + match[0].length)) ?? [];
      return [...text.matchAll(/@example\n```ts\n([\s\S]*?)^```/gm)].map(([, code]) =>
        example(name, join(folder, file), code),
      );
    });
  });
}

/** The programs of a package's README, in the same form. */
export function readmeExamplesOf(packageName) {
  const file = `packages/${packageName}/README.md`;
  const programs = blocksOf(file).filter(({ language }) => language === 'js');
  return programs.map(({ text }, index) => example(`README-${packageName}-${index + 1}`, file, text));
}

const example = (name, file, text) => ({
  name,
  file,
  text,
  expected: [...text.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, printed]) => printed),
});
