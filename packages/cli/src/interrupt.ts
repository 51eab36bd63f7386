import { status } from './status.js';

/** Milliseconds within which a second signal counts as the same one. */
const echo = 500;

/** Turns the first SIGINT or SIGTERM into an abort, so that the work in hand can be saved; a second one ends at once. */
export interface Interrupt {
  readonly signal: AbortSignal;
  /** The exit status of the signal that came, undefined when none did. */
  readonly status: () => number | undefined;
  readonly dispose: () => void;
}

export function listenForInterrupt(): Interrupt {
  const controller = new AbortController();
  let received: number | undefined;
  let since = 0;
  const listen = (code: number) => () => {
    // npm passes on a Ctrl-C that the terminal has already sent: the echo is no second wish.
    if (received !== undefined && performance.now() - since > echo) process.exit(code);
    if (received !== undefined) return;
    received = code;
    since = performance.now();
    controller.abort();
  };
  const onInterrupt = listen(status.interrupted);
  const onTerminate = listen(status.terminated);
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', onTerminate);
  return {
    signal: controller.signal,
    status: () => received,
    dispose: () => {
      process.off('SIGINT', onInterrupt);
      process.off('SIGTERM', onTerminate);
    },
  };
}
