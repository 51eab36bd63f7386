import { Worker } from 'node:worker_threads';

const { emit, postMessage } = Worker.prototype;

/** Worker threads in the order in which they were first spoken to. */
export const started = [];

let onJob = () => {};
let onReply = (reply) => reply;

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

/** What workers answer goes through here. */
Worker.prototype.emit = function (event, data, ...rest) {
  return emit.call(this, event, event === 'message' ? onReply(data) : data, ...rest);
};

/** Puts another reply in the place of every reply from now on. */
export function replaceReplies(replacement) {
  onReply = replacement;
}

/** Undoes the watching. */
export function unwatch() {
  Object.assign(Worker.prototype, { emit, postMessage });
}
