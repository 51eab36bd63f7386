import { Worker } from 'node:worker_threads';

const { postMessage } = Worker.prototype;

/** Worker threads in the order in which they were first spoken to. */
export const started = [];

let onJob = () => {};

/** Watches the messages to worker threads. */
Worker.prototype.postMessage = function (message, ...rest) {
  postMessage.call(this, message, ...rest);
  if (!started.includes(this)) started.push(this);
  if (message?.path?.[0] === 'run') onJob(this);
};

/** Calls `listener` with the worker of every job that is sent from now on. */
export function whenJobIsSent(listener) {
  onJob = listener;
}

/** Undoes the watching. */
export function unwatch() {
  Worker.prototype.postMessage = postMessage;
}
