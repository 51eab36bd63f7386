import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { startSite } from './site.mjs';

export const path = [process.env.CHROMIUM_PATH, '/usr/bin/chromium'].find(
  (candidate) => candidate && existsSync(candidate),
);

/** `describe` where there is a browser; says so where there is none. */
export const inChromium = path ? describe : describe.skip;
if (!path) console.warn('NOT RUN: the browser tests (CHROMIUM_PATH names no Chromium; `npm test` sets it)');

export const flags = [
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
 * Runs a function in a page of its own; what goes wrong there unseen fails the test.
 * @param options isolated: whether threads can share memory; headers: of every answer; prepare: called with the page before it
 *   is opened
 */
export async function inPage(browser, { isolated = false, headers = {}, prepare = () => {} }, work) {
  const site = await startSite(isolated, headers);
  const page = await browser.newPage();
  const problems = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  try {
    await prepare(page);
    await page.goto(site.url);
    const result = await page.evaluate(work);
    expect(problems).toEqual([]);
    return result;
  } finally {
    await page.close();
    await site.close();
  }
}
