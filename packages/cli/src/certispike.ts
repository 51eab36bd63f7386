#!/usr/bin/env node
import { describeFailure } from './failure.js';
import { listenForInterrupt } from './interrupt.js';
import { run } from './program.js';

// A reader that stops reading, as `head` does, is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
});

/** Runs the command and ends the process with its status. */
async function main(): Promise<void> {
  const interrupt = listenForInterrupt();
  try {
    process.exitCode = await run(process.argv, interrupt);
  } catch (error) {
    const failure = describeFailure(error);
    const interrupted = interrupt.status();
    process.stderr.write(interrupted === undefined ? `${failure.text}\n` : 'certispike: interrupted\n');
    process.exitCode = interrupted ?? failure.status;
  }
  // Worker threads must not keep a command alive that has ended; its results have been handed over by now.
  process.exit();
}

void main();
