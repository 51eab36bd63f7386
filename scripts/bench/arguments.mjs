import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { at } from '../setup/places.mjs';
import { Mistake } from './failure.mjs';
import { chosen } from './workloads.mjs';

const examples = `
Examples:
  npm run bench -- --only s-crown-eval --only conv/rate/inference
  npm run bench -- --json before.json
  npm run bench -- --compare before.json
  npm run bench -- --peers --json all.json`;

function whole(least) {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`It has to be a whole number from ${least}.`);
  };
}

/**
 * The options of a call.
 * @throws Mistake for a call that cannot be understood
 */
export function parsed(args) {
  const command = new Command('bench')
    .description('Times the workloads of training and certification, after checking what they compute.')
    .option(
      '--only <words>',
      'workloads of these words, such as s-crown-eval or conv/rate/trained; repeatable',
      gather,
      [],
    )
    .option('--runs <n>', 'timed runs of each workload, at least', whole(1), 15)
    .option('--batch <n>', 'images per run: the first of the MNIST test set', whole(1), 128)
    .option('--quick', 'two runs after one, on a batch of 16: to see that it works')
    .option('--json <file>', 'write all numbers, after each workload')
    .option('--resume', 'add to the file of --json: measure what it lacks')
    .option('--compare <file>', 'print ratios to an earlier --json')
    .option('--peers', 'time PyTorch and others in turn with ours (needs Python)')
    .option('--profile', 'instead of timing: where the time goes, by kind of kernel, and how near it is to the ceiling')
    .option('--instructions', 'instead of timing: count the instructions of the native kernels (needs valgrind)')
    .option('--record', 'with --instructions: make these counts the baseline')
    .option('--linearity', 'instead of timing: cost against time steps, images, open inputs and width')
    .option('--edge', 'instead of timing: how soon an engine is ready, and how long one image takes')
    .option('--document <file>', 'write docs/performance.md and its picture from an earlier --json')
    .option('--folder <folder>', 'where weights and answers of the oracle are kept', at('.bench'))
    .option('--no-setup', 'measure what is built, without seeing to it that it is up to date')
    .option('--no-check', 'time without checking against the oracle')
    .addHelpText('after', examples)
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({ outputError: () => undefined });
  try {
    command.parse(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) process.exit(0);
    throw new Mistake(error.message.replace(/^error: /, ''));
  }
  const options = command.opts();
  if (options.resume && options.json === undefined) throw new Mistake('--resume: which run? --json names its file');
  if (options.record && !options.instructions) throw new Mistake('--record: goes with --instructions');
  const quick = Object.entries(options.quick ? { runs: 2, batch: 16 } : {});
  const unsaid = quick.filter(([name]) => command.getOptionValueSource(name) === 'default');
  return { ...options, workloads: chosen(options.only), ...Object.fromEntries(unsaid) };
}

const gather = (word, all) => [...all, word];
