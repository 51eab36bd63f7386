/**
 * The style sheet of a report. Colours are variables, each with a value for light and one for dark pages, and for paper;
 * those of the five errors are of the set that Okabe and Ito made for all kinds of sight, with 3 : 1 against the page at
 * the least, text with 4.5 : 1.
 */
const light = `
  --page: #ffffff; --panel: #f6f5f2; --ink: #1c1d1f; --soft: #5a5c61; --rule: #b9b9b5; --grid: #e8e7e3; --link: #0b5cad;
  --clean: #2b77b8; --attacked: #cf4a1c; --s-ibp: #a8740a; --s-crown: #a1508a; --best: #007a5c;
  --open: #8b8d92; --heat: #7a3b9c; --on-heat: #ffffff; --warn: #8a3b00; --warn-panel: #fff3e0;`;
const dark = `
  --page: #15171a; --panel: #1e2125; --ink: #e9e8e4; --soft: #a9abb0; --rule: #5d6067; --grid: #2b2e33; --link: #8ab8f0;
  --clean: #6db3ec; --attacked: #ff8257; --s-ibp: #e5b54a; --s-crown: #dd8fc8; --best: #3cc79d;
  --open: #85888f; --heat: #c79be6; --on-heat: #15171a; --warn: #ffc38a; --warn-panel: #33261a;`;

export const style = `
:root { color-scheme: light dark; ${light}
  --serif: Charter, 'Bitstream Charter', 'Sitka Text', Cambria, Georgia, serif;
  --sans: system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', sans-serif;
  --mono: ui-monospace, 'SF Mono', 'Cascadia Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace; }
@media (prefers-color-scheme: dark) { :root { ${dark} } }
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; scroll-behavior: smooth; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body { margin: 0; background: var(--page); color: var(--ink); font: 1.0625rem/1.55 var(--serif);
  text-rendering: optimizeLegibility; }
.skip { position: absolute; left: -100vw; top: 0; padding: .5rem 1rem; background: var(--ink); color: var(--page); }
.skip:focus { left: 0; z-index: 1; }
header, main, footer { max-width: 72.5rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 3rem; }
footer { padding-bottom: 3rem; }
p, ul.prose, ol.prose, dl { max-width: 42rem; }
h1 { font-size: clamp(1.6rem, 1.2rem + 1.8vw, 2.3rem); line-height: 1.15; font-weight: 600; margin: .25rem 0 .75rem;
  letter-spacing: -.01em; max-width: 46rem; text-wrap: balance; }
h2 { font-size: 1.4rem; line-height: 1.25; font-weight: 600; margin: 3.5rem 0 .75rem; padding-top: .8rem;
  border-top: 1px solid var(--rule); }
h3 { font: 600 1rem/1.35 var(--sans); margin: 2.25rem 0 .6rem; }
h4 { font: 600 .875rem/1.35 var(--sans); margin: 1.5rem 0 .4rem; }
a { color: var(--link); text-underline-offset: .15em; text-decoration-thickness: .06em; }
a:focus-visible, button:focus-visible, summary:focus-visible, [tabindex]:focus-visible {
  outline: 2px solid var(--link); outline-offset: 2px; }
.kicker, .terms { font: .8125rem/1.5 var(--sans); color: var(--soft); margin: 0; }
.kicker { letter-spacing: .02em; }
.lead { font-size: 1.1875rem; line-height: 1.5; }
strong, .number { font-variant-numeric: lining-nums tabular-nums; }
.quick { font: .9375rem/1.5 var(--sans); border-left: 4px solid var(--warn); background: var(--warn-panel);
  color: var(--ink); padding: .7rem 1rem; margin: 1.25rem 0; max-width: 46rem; }
.quick strong { color: var(--warn); }
.short { font: 600 .6875rem/1 var(--sans); letter-spacing: .06em; text-transform: uppercase; color: var(--warn);
  border: 1px solid currentColor; border-radius: 3px; padding: .15em .4em; vertical-align: .15em; white-space: nowrap; }
nav { font: .875rem/1.7 var(--sans); margin: 1.75rem 0 0; }
nav ol { list-style: none; padding: 0; margin: 0; display: flex; flex-wrap: wrap; gap: 0 1.4rem; }
nav a { text-decoration: none; display: inline-block; padding: .15rem 0; }
nav a:hover { text-decoration: underline; }
.scroll { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font: .8125rem/1.4 var(--sans); font-variant-numeric: lining-nums tabular-nums; }
caption, figcaption { font: .875rem/1.5 var(--sans); text-align: left; color: var(--ink);
  max-width: min(46rem, 100vw - 2rem); }
caption { padding-bottom: .6rem; caption-side: top; text-wrap: pretty; }
.label { font-weight: 600; }
thead th { border-top: 1.5px solid var(--ink); border-bottom: 1px solid var(--ink); font-weight: 600;
  vertical-align: bottom; }
tbody tr:last-child > * { border-bottom: 1.5px solid var(--ink); }
tbody th { font-weight: 400; }
tbody .group th { font-weight: 600; padding-top: .9rem; border-bottom: 1px solid var(--grid); }
th, td { padding: .32rem .75rem; text-align: left; vertical-align: top; white-space: nowrap; }
th:first-child, td:first-child { padding-left: 0; }
th:last-child, td:last-child { padding-right: 0; }
.n { text-align: right; }
td small { display: block; font-size: .6875rem; color: var(--soft); }
td.least { font-weight: 600; }
td.least small { font-weight: 400; }
.wrap { white-space: normal; min-width: 12rem; }
figure { margin: 1.5rem 0 2rem; }
figcaption { margin-top: .7rem; }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 21.25rem), 1fr)); gap: 1.5rem 2rem;
  align-items: start; }
.panel { font: 600 .875rem/1.35 var(--sans); margin: 0 0 .3rem; }
.plots .legend { margin: 0 0 .3rem; gap: 0 1rem; font-size: .75rem; }
svg.plot { display: block; max-width: 100%; height: auto; font-family: var(--sans);
  font-variant-numeric: lining-nums tabular-nums; overflow: visible; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .2rem 1.3rem; padding: 0; margin: 0 0 .8rem;
  font: .8125rem/1.6 var(--sans); }
.legend svg { width: 1.9em; height: .8em; vertical-align: -.05em; margin-right: .45em; overflow: visible; }
.exhibits { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 31rem), 1fr)); gap: 1.5rem 2rem;
  padding: 0; margin: 0; list-style: none; }
.exhibit { border-top: 1px solid var(--grid); padding-top: .7rem; font: .8125rem/1.45 var(--sans); min-width: 0; }
.exhibit h4 { margin: 0 0 .1rem; }
.exhibit p { margin: 0 0 .6rem; color: var(--soft); }
.images, .rasters { display: flex; flex-wrap: wrap; gap: .6rem; margin: 0 0 .8rem; }
.images figure, .rasters figure { margin: 0; }
.images figcaption, .rasters figcaption { font-size: .75rem; line-height: 1.4; margin: .2rem 0 0; color: var(--soft); }
.images img { width: 6.4rem; height: auto; image-rendering: pixelated; display: block; background: #000; }
.images img.difference { background: var(--panel); }
.rasters { gap: .9rem 1.6rem; }
.rasters .layers { display: grid; grid-auto-flow: column; grid-auto-columns: 3.1rem; gap: .4rem; }
.rasters .layer { display: block; font-size: .625rem; line-height: 1.25; color: var(--soft); }
.rasters img { width: 100%; height: 8.5rem; display: block; background: var(--panel); margin-bottom: .25rem;
  image-rendering: pixelated; }
.keys i { display: inline-block; width: .7em; height: .7em; margin: 0 .35em 0 0; vertical-align: -.02em; }
pre { font: .8125rem/1.5 var(--mono); background: var(--panel); padding: .75rem .9rem; margin: .4rem 0 1rem;
  overflow-x: auto; border-radius: 4px; tab-size: 2; }
code { font: .875em var(--mono); overflow-wrap: anywhere; }
pre code { font: inherit; overflow-wrap: normal; }
.copy { position: relative; max-width: 100%; }
.copy button { position: absolute; top: .35rem; right: .35rem; font: .75rem/1 var(--sans); padding: .4rem .55rem;
  border: 1px solid var(--rule); border-radius: 4px; background: var(--page); color: var(--ink); cursor: pointer; }
.copy:has(button:not([hidden])) pre { padding-right: 4.5rem; }
details { margin: .5rem 0 1rem; }
summary { font: .9375rem/1.5 var(--sans); cursor: pointer; padding: .3rem 0; }
dl { font: .9375rem/1.5 var(--sans); margin: 1rem 0; display: grid; grid-template-columns: max-content 1fr;
  gap: .3rem 1.2rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 40rem) {
  body { font-size: 1rem; }
  header { padding-top: 1.75rem; }
  header, main, footer { padding-left: 1rem; padding-right: 1rem; }
  h2 { margin-top: 2.5rem; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: .5rem; }
  .scroll { margin-right: -1rem; padding-right: 1rem; }
  tbody th[scope=row], thead th:first-child { position: sticky; left: 0; background: var(--page); }
  tbody th[scope=row] { white-space: normal; min-width: 6.5rem; max-width: 8rem; padding-right: .6rem; }
  th, td { padding-left: .55rem; padding-right: .55rem; }
  .rasters { gap: .9rem 1rem; }
  .rasters .layers { grid-auto-columns: 2.2rem; gap: .25rem; }
}
@media print {
  :root { color-scheme: light; ${light} }
  body { font-size: 10pt; }
  nav, .skip, .copy button { display: none; }
  h2, h3, h4 { break-after: avoid; }
  .plots > div, .exhibit, tr, .images, .rasters { break-inside: avoid; }
  .scroll { overflow: visible; }
  table { font-size: 7.5pt; }
  th, td { padding: .2rem .4rem; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; }
  a { color: inherit; text-decoration: none; }
}`.trim();

/** All that runs in the page: copying a block of text. Without it the button stays hidden. */
export const script = `
for (const block of document.querySelectorAll('.copy')) {
  const button = block.querySelector('button');
  button.hidden = false;
  button.addEventListener('click', async () => {
    const code = block.querySelector('code');
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = 'Copied';
    } catch {
      getSelection().selectAllChildren(code);
      button.textContent = 'Selected';
    }
    setTimeout(() => { button.textContent = 'Copy'; }, 1600);
  });
}
addEventListener('beforeprint', () => { for (const part of document.querySelectorAll('details')) part.open = true; });
`.trim();
