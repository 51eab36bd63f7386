import { createHash } from 'node:crypto';
import { type Section, sectionMarkup } from './blocks.js';
import { Markup, markup, type Part } from './markup.js';
import { script, style } from './style.js';

/** A page without its frame. */
export interface Page {
  readonly title: string;
  /** Above the title. */
  readonly kicker: string;
  /** Below the title: what is to be known before all else. */
  readonly notice: Part;
  readonly sections: readonly Section[];
  readonly footer: Part;
}

/** The whole document. A policy in it forbids every request: it holds all it shows. */
export function documentOf({ title, kicker, notice, sections, footer }: Page): string {
  const hash = createHash('sha256').update(script).digest('base64');
  const policy = `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  const contents = sections.map(({ id, title: own }) => markup`<li><a href="#${id}">${own}</a></li>`);
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="certispike">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${new Markup(style)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the results</a>
<header>
<p class="kicker">${kicker}</p>
<h1>${title}</h1>
${notice}
<nav aria-label="Contents"><ol>${contents}</ol></nav>
</header>
<main id="main" tabindex="-1">
${sections.map(sectionMarkup)}
</main>
<footer>${footer}</footer>
<script>${new Markup(script)}</script>
</body>
</html>
`.text;
}
