import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { certispike, temporaryFolder } from './run-cli.mjs';
import { writeSampleExhibits } from './sample-exhibits.mjs';
import { writeSampleRun } from './sample-run.mjs';

const path = [process.env.CHROMIUM_PATH, '/usr/bin/chromium'].find((candidate) => candidate && existsSync(candidate));
const inChromium = path ? describe : describe.skip;
if (!path) console.warn('NOT RUN: reports in a browser (CHROMIUM_PATH names no Chromium; `npm test` sets it)');

/** Two networks: an overview, curves over epsilon, margins twice, three trainings, open neurons, energy. */
const plots = 1 + 2 + 2 * 2 + 3 * 3 + 2 + 1;

inChromium('a report in Chromium', () => {
  let browser;
  let folder;
  let url;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: path, args: ['--no-sandbox', '--disable-gpu'] });
    folder = await temporaryFolder();
    const run = writeSampleRun(folder.at('run'), { examples: 120 });
    for (const unit of ['fc-mnist-natural', 'fc-mnist-s-ibp']) writeSampleExhibits(join(run, unit));
    const { status } = await certispike(['report', run, '--out', folder.at('report.html'), '--quiet']);
    expect(status).toBe(0);
    url = pathToFileURL(folder.at('report.html')).href;
  });
  afterAll(async () => {
    await browser?.close();
    await folder?.remove();
  });

  /** Opens the report and looks at it; nothing may be complained about or asked for. */
  async function opened({ width = 1280, colorScheme = 'light' }, look) {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    const [problems, requests] = [[], []];
    page.on('console', (message) => problems.push(message.text()));
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('request', (request) => requests.push(request.url()));
    try {
      await page.goto(url);
      const found = await look(page);
      expect(problems).toEqual([]);
      expect(requests.filter((address) => !address.startsWith('data:'))).toEqual([url]);
      return found;
    } finally {
      await page.close();
    }
  }

  const appearances = [
    [1280, 'light'],
    [1280, 'dark'],
    [390, 'light'],
    [390, 'dark'],
  ];

  test.each(appearances)('draws every figure, %d pixels wide, %s', async (width, colorScheme) => {
    const found = await opened({ width, colorScheme }, (page) =>
      page.evaluate(() => {
        const inside = (element) => {
          const { left, right, width: own } = element.getBoundingClientRect();
          return own > 0 && left >= -1 && right <= innerWidth + 1;
        };
        const drawings = [...document.querySelectorAll('svg.plot')];
        return {
          plots: drawings.length,
          empty: drawings.filter((svg) => svg.querySelectorAll('.mark path, .mark line, .mark rect').length === 0)
            .length,
          outside: drawings.filter((svg) => !inside(svg)).map((svg) => svg.querySelector('title').textContent),
          broken: drawings.filter((svg) => /NaN|undefined|Infinity/.test(svg.outerHTML)).length,
          unseen: drawings.filter((svg) =>
            [...svg.querySelectorAll('.mark path, .mark line')].every((mark) => {
              const { fill, stroke } = getComputedStyle(mark);
              return [fill, stroke].every((colour) => colour === 'none' || colour === 'rgba(0, 0, 0, 0)');
            }),
          ).length,
          images: [...document.images].filter(({ naturalWidth }) => naturalWidth === 0).length,
          overflow: document.documentElement.scrollWidth - innerWidth,
        };
      }),
    );
    expect(found).toEqual({ plots, empty: 0, outside: [], broken: 0, unseen: 0, images: 0, overflow: 0 });
  });

  test('can be read without seeing it', async () => {
    const found = await opened({}, (page) =>
      page.evaluate(() => {
        const levels = [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map(({ tagName }) =>
          Number(tagName[1]),
        );
        const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
        const named = (svg) =>
          svg.getAttribute('role') === 'img' &&
          ['aria-labelledby', 'aria-describedby'].every((name) =>
            document.getElementById(svg.getAttribute(name))?.textContent.trim(),
          );
        return {
          titles: levels.filter((level) => level === 1).length,
          jumps: levels.filter((level, index) => index > 0 && level > levels[index - 1] + 1).length,
          twice: ids.length - new Set(ids).size,
          dangling: [...document.querySelectorAll('a[href^="#"]')].filter(({ hash }) => !document.querySelector(hash))
            .length,
          unnamed: [...document.querySelectorAll('svg')].filter((svg) => svg.ariaHidden !== 'true' && !named(svg))
            .length,
          unsaid: [...document.images].filter(({ alt }) => alt.trim() === '').length,
          tables: [...document.querySelectorAll('table')].filter(
            (table) => !table.caption?.textContent || !table.querySelector('thead th[scope=col]'),
          ).length,
          figures: [...document.querySelectorAll('main section > figure')].filter(
            (figure) => !figure.querySelector(':scope > figcaption')?.textContent,
          ).length,
          language: document.documentElement.lang,
        };
      }),
    );
    expect(found).toEqual({
      ...{ titles: 1, jumps: 0, twice: 0, dangling: 0, unnamed: 0, unsaid: 0, tables: 0, figures: 0 },
      language: 'en',
    });
  });

  test.each(['light', 'dark'])('has contrast on %s pages', async (colorScheme) => {
    const colours = await opened({ colorScheme }, (page) =>
      page.evaluate(() => {
        const probe = document.body.appendChild(document.createElement('i'));
        const names = 'page panel ink soft link warn clean attacked s-ibp s-crown best open'.split(' ');
        const seen = names.map((name) => {
          probe.style.color = `var(--${name})`;
          return [name, getComputedStyle(probe).color.match(/\d+/g).map(Number)];
        });
        return Object.fromEntries(seen);
      }),
    );
    const luminance = (rgb) => {
      const [red, green, blue] = rgb.map((value) =>
        value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
      );
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const contrast = (a, b) => {
      const [low, high] = [luminance(colours[a]), luminance(colours[b])].sort((x, y) => x - y);
      return (high + 0.05) / (low + 0.05);
    };
    const weak = (names, ground, least) => names.filter((name) => contrast(name, ground) < least);
    expect(weak(['ink', 'soft', 'link', 'warn'], 'page', 4.5)).toEqual([]);
    expect(weak(['ink', 'soft'], 'panel', 4.5)).toEqual([]);
    expect(weak(['clean', 'attacked', 's-ibp', 's-crown', 'best', 'open'], 'page', 3)).toEqual([]);
  });

  test('commands can be copied', async () => {
    const said = await opened({}, async (page) => {
      const button = page.locator('.copy button').first();
      await button.click();
      await page.waitForFunction(() => document.querySelector('.copy button').textContent !== 'Copy');
      return button.textContent();
    });
    expect(['Copied', 'Selected']).toContain(said);
  });

  test('prints on light paper', async () => {
    const background = await opened({ colorScheme: 'dark' }, async (page) => {
      await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
      return page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    });
    expect(background).toBe('rgb(255, 255, 255)');
  });
});
