import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { flags, path } from './chromium.mjs';

/**
 * A Chromium whose tabs are in front or in the background, as a user's are: Playwright keeps every page in front, so this one
 * is spoken to directly, by Chromium's protocol over a pipe.
 */
export async function browserOfTabs() {
  const profile = await mkdtemp(join(tmpdir(), 'certispike-chromium-'));
  const args = [...flags, '--headless', '--remote-debugging-pipe', `--user-data-dir=${profile}`, 'about:blank'];
  const process = spawn(path, args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
  const ended = new Promise((resolve) => process.once('exit', resolve));
  const [, , , requests, answers] = process.stdio;
  const waiting = new Map();
  let received = '';
  answers.setEncoding('utf8').on('data', (text) => {
    const messages = (received + text).split('\0');
    received = messages.pop();
    for (const { id, error, result } of messages.map((message) => JSON.parse(message))) {
      if (error === undefined) waiting.get(id)?.resolve(result);
      else waiting.get(id)?.reject(new Error(error.message));
    }
  });
  const send = (method, params, sessionId) =>
    new Promise((resolve, reject) => {
      const id = waiting.size + 1;
      waiting.set(id, { resolve, reject });
      requests.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });

  return {
    /** Opens a tab in front of the others. */
    async open(url) {
      const { targetId } = await send('Target.createTarget', { url });
      const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true });
      const ask = (method, params) => send(method, params, sessionId);
      /** Runs a function in the page and waits for what it gives. */
      const run = async (work) => {
        const asked = { expression: `(${work})()`, awaitPromise: true, returnByValue: true };
        const { result, exceptionDetails } = await ask('Runtime.evaluate', asked);
        if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
        return result.value;
      };
      while (!(await run(() => location.protocol === 'http:' && document.readyState === 'complete')));
      return {
        run,
        toFront: () => ask('Page.bringToFront'),
        /** As a browser freezes tabs that have not been seen for long. */
        freeze: () => ask('Page.setWebLifecycleState', { state: 'frozen' }),
        thaw: () => ask('Page.setWebLifecycleState', { state: 'active' }),
      };
    },
    async close() {
      await send('Browser.close');
      await ended;
      await rm(profile, { recursive: true, force: true });
    },
  };
}
