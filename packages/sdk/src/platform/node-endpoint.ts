import type { MessagePort, Transferable, Worker } from 'node:worker_threads';
import type { Endpoint } from 'comlink';

type Listener = Parameters<Endpoint['addEventListener']>[1];

/** A worker thread, or a worker's port to its parent, as comlink wants it. */
export function nodeEndpoint(port: Worker | MessagePort): Endpoint {
  const relays = new WeakMap<Listener, (data: unknown) => void>();
  return {
    postMessage: (message, transfer) => port.postMessage(message, transfer as readonly unknown[] as Transferable[]),
    addEventListener(_type, listener) {
      const relay = (data: unknown) => {
        const event = { data } as MessageEvent;
        if (typeof listener === 'function') listener(event);
        else listener.handleEvent(event);
      };
      relays.set(listener, relay);
      port.on('message', relay);
    },
    removeEventListener(_type, listener) {
      const relay = relays.get(listener);
      if (relay !== undefined) port.off('message', relay);
    },
  };
}
