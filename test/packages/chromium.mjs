import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const path = [process.env.CHROMIUM_PATH, '/usr/bin/chromium'].find((candidate) => candidate && existsSync(candidate));

/** `describe` where there is a browser; says so where there is none. */
export const inChromium = path ? describe : describe.skip;
if (!path) console.warn('NOT RUN: the packages in a browser (CHROMIUM_PATH names no Chromium)');

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const launch = (...more) => chromium.launch({ executablePath: path, args: [...flags, ...more] });

/**
 * Opens a page that puts a promise into `globalThis.outcome`.
 * @returns what the promise gave, and whether threads could share memory; fails on any error of the page
 */
export async function outcomeOf(browser, url) {
  const page = await browser.newPage();
  const problems = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  try {
    await page.goto(url);
    await page
      .waitForFunction(() => 'outcome' in globalThis, null, { timeout: 60_000 })
      .catch((error) => {
        throw new Error(`${problems.join('\n')}\n${error.message}`);
      });
    const result = await page.evaluate(async () => ({
      value: await globalThis.outcome.catch((error) => String(error)),
      shares: globalThis.crossOriginIsolated,
    }));
    return { ...result, problems };
  } finally {
    await page.close();
  }
}
