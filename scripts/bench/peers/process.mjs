import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { PeerFailure } from './failure.mjs';

/** How long a process may take to end once its input has. */
const grace = 2000;

/**
 * A long-lived process that answers one JSON object per line with one: `{"result": ...}` or `{"error": "one line"}`. It
 * keeps this process alive only while it is asked something, and never survives it.
 */
export class PeerProcess {
  #name;
  #child;
  #ended;
  #waiting = [];
  #errors = '';
  #failure;

  constructor(name, command, args, options = {}) {
    this.#name = name;
    const child = spawn(command, args, { ...options, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child = child;
    this.#ended = new Promise((resolve) => {
      child.once('error', (error) => resolve(this.#end(`cannot be started (${error.message})`)));
      child.once('close', (code, signal) => resolve(this.#end(this.#reason(signal ?? `status ${code}`))));
    });
    createInterface({ input: child.stdout }).on('line', (line) => this.#answer(line));
    child.stderr.setEncoding('utf8').on('data', (text) => (this.#errors = (this.#errors + text).slice(-4000)));
    // That it is gone is told by its end.
    child.stdin.on('error', () => {});
    process.once('exit', this.#kill);
    this.#hold(false);
  }

  /**
   * @returns the result
   * @throws PeerFailure with the error it answers, or when it is gone
   */
  ask(question) {
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#hold(true);
      this.#child.stdin.write(`${JSON.stringify(question)}\n`);
    });
  }

  /** Ends the process, by force where it is still at work after a while. Idempotent. */
  async close() {
    this.#failure ??= this.#failed('is closed');
    this.#hold(true);
    this.#child.stdin.end();
    const force = setTimeout(this.#kill, grace);
    await this.#ended;
    clearTimeout(force);
  }

  #kill = () => this.#child.kill('SIGKILL');

  #answer(line) {
    const waiting = this.#waiting.shift();
    if (this.#waiting.length === 0) this.#hold(false);
    if (waiting === undefined) return;
    try {
      const { result, error } = JSON.parse(line);
      if (error === undefined) waiting.resolve(result);
      else waiting.reject(this.#failed(error));
    } catch {
      waiting.reject(this.#failed(`expected an answer in JSON, got ${line.slice(0, 200)}`));
    }
  }

  #end(reason) {
    this.#failure ??= this.#failed(reason);
    process.off('exit', this.#kill);
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
  }

  #reason(status) {
    const said = this.#errors.trim().split('\n').pop();
    return said ? `ended (${status}): ${said}` : `ended (${status})`;
  }

  #failed(reason) {
    return new PeerFailure(`${this.#name}: ${reason}`);
  }

  #hold(busy) {
    for (const handle of [this.#child, ...this.#child.stdio]) handle?.[busy ? 'ref' : 'unref']?.();
  }
}
