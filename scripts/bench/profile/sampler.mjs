import { Session } from 'node:inspector/promises';

/** Microseconds between samples. */
const interval = 200;

/**
 * Samples the stacks of this thread and of all worker threads while something runs.
 * @returns `{ workers, caller }`: per thread a map from `url function` to milliseconds spent in the function itself
 */
export async function sampled(action) {
  const session = new Session();
  session.connect();
  // Idle workers keep nobody alive.
  const awake = setInterval(() => undefined, 1000);
  try {
    const threads = new Workers(session);
    await threads.enable();
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval });
    await threads.all('Profiler.enable');
    await threads.all('Profiler.setSamplingInterval', { interval });
    await threads.all('Profiler.start');
    await session.post('Profiler.start');
    await action();
    const { profile } = await session.post('Profiler.stop');
    const profiles = await threads.all('Profiler.stop');
    return { caller: times(profile), workers: profiles.map((result) => times(result.profile)) };
  } finally {
    clearInterval(awake);
    session.disconnect();
  }
}

/** The inspectors of the worker threads, reached through that of the main thread. */
class Workers {
  #session;
  #ids = [];
  #waiting = new Map();
  #asked = 0;

  constructor(session) {
    this.#session = session;
    session.on('NodeWorker.attachedToWorker', ({ params }) => this.#ids.push(params.sessionId));
    session.on('NodeWorker.receivedMessageFromWorker', ({ params }) => {
      const { id, result } = JSON.parse(params.message);
      this.#waiting.get(id)?.(result);
      this.#waiting.delete(id);
    });
  }

  enable() {
    return this.#session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
  }

  /** Sends a command to all and resolves to their results. */
  all(method, params = {}) {
    return Promise.all(this.#ids.map((sessionId) => this.#ask(sessionId, method, params)));
  }

  #ask(sessionId, method, params) {
    const id = (this.#asked += 1);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, resolve);
      const message = JSON.stringify({ id, method, params });
      this.#session.post('NodeWorker.sendMessageToWorker', { sessionId, message }).catch(reject);
    });
  }
}

function times({ nodes, samples, timeDeltas }) {
  const byId = new Map(nodes.map((node) => [node.id, node.callFrame]));
  const spent = new Map();
  samples.forEach((id, index) => {
    const { functionName, url } = byId.get(id);
    const name = `${url} ${functionName || '(anonymous)'}`;
    spent.set(name, (spent.get(name) ?? 0) + timeDeltas[index] / 1000);
  });
  return spent;
}
