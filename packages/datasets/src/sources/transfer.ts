import type { Partial } from './partial.js';
import { reasonOf } from './reason.js';

/** A transfer that failed; says whether the same server may do better next time. */
export class TransferError extends Error {
  readonly retryable: boolean;

  constructor(message: string, retryable: boolean, cause?: unknown) {
    super(message, { cause });
    this.retryable = retryable;
  }
}

/** Limits of a transfer, and who hears of it. */
export interface TransferOptions {
  readonly signal: AbortSignal | undefined;
  /** Milliseconds without a byte after which it counts as broken. */
  readonly patience: number;
  /** Bytes above which the file cannot be the right one. */
  readonly largest: number;
  readonly onBytes: (received: number, total: number | undefined) => void;
}

/**
 * One request for the rest of a file: from where `partial` ends with a Range header (RFC 9110, 14), or from the start
 * when the server ignores it. Returns when the server has sent everything.
 * @throws TransferError, or the signal's reason.
 */
export async function transfer(url: string, partial: Partial, options: TransferOptions): Promise<void> {
  const watch = new Watch(options.signal, options.patience);
  try {
    const response = await watch.wait(request(url, partial.size, watch.signal));
    const total = await prepare(response, partial);
    if (total !== undefined && total > options.largest) {
      throw new TransferError(`${total} bytes, more than the ${options.largest} allowed`, false);
    }
    options.onBytes(partial.size, total);
    const reader = response.body?.getReader();
    while (reader !== undefined) {
      const { done, value } = await watch.wait(reader.read());
      if (done) break;
      if (partial.size + value.length > options.largest) {
        throw new TransferError(`more than the ${options.largest} bytes allowed`, false);
      }
      await partial.append(value);
      options.onBytes(partial.size, total);
    }
    if (total !== undefined && partial.size < total) {
      throw new TransferError(`the connection closed after ${partial.size} of ${total} bytes`, true);
    }
  } finally {
    watch.end();
  }
}

function request(url: string, start: number, signal: AbortSignal): Promise<Response> {
  // Without "identity" a server may compress on the fly, and ranges would then count other bytes.
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  if (start > 0) headers['range'] = `bytes=${start}-`;
  return fetch(url, { headers, signal });
}

/** Makes `partial` end where the body starts; returns the length of the whole file when the server says it. */
async function prepare(response: Response, partial: Partial): Promise<number | undefined> {
  if (response.status === 200) {
    await partial.clear();
    return numberOf(response.headers.get('content-length'));
  }
  if (response.status === 206) {
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '');
    if (Number(range?.[1] ?? Number.NaN) === partial.size) return numberOf(range?.[2]);
    await partial.clear();
    throw new TransferError(`a part of the file that was not asked for`, true);
  }
  if (response.status === 416) {
    // Nothing is left to send: the file is whole, or longer than the server's and so another one.
    const total = numberOf(/^bytes \*\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1]);
    if (total === partial.size) return undefined;
    await partial.clear();
    throw new TransferError('status 416 (the partial file does not fit)', true);
  }
  const retryable = response.status >= 500 || response.status === 408 || response.status === 429;
  throw new TransferError(`status ${response.status}`, retryable);
}

function numberOf(text: string | null | undefined): number | undefined {
  return text !== null && text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** Aborts a request when the user does, and when nothing has come for too long. */
class Watch {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal | undefined;
  readonly #patience: number;
  readonly #onAbort = () => this.#controller.abort(this.#outer?.reason);

  constructor(outer: AbortSignal | undefined, patience: number) {
    this.#outer = outer;
    this.#patience = patience;
    if (outer?.aborted === true) this.#onAbort();
    outer?.addEventListener('abort', this.#onAbort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  async wait<T>(network: Promise<T>): Promise<T> {
    const stalled = new TransferError(`nothing for ${this.#patience / 1000} s`, true);
    const timer = setTimeout(() => this.#controller.abort(stalled), this.#patience);
    try {
      return await network;
    } catch (cause) {
      this.#outer?.throwIfAborted();
      if (this.#controller.signal.aborted) throw stalled;
      throw new TransferError(reasonOf(cause), true, cause);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Also closes the connection when the body was not read to its end. */
  end(): void {
    this.#outer?.removeEventListener('abort', this.#onAbort);
    this.#controller.abort();
  }
}
