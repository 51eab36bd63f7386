import { basename } from 'node:path';
import { createEngine } from '@certispike/sdk';
import { Command } from 'commander';
import type { Call } from '../call.js';
import { type CertificationRecord, type CertifyTask, runCertification } from '../certification.js';
import { columns, percent } from '../columns.js';
import { type CertifyConfig, certifyFlags, certifySchema } from '../config/certify.js';
import { fileLayer, flagLayer, type Layer, resolve } from '../config/resolve.js';
import { withTarget } from '../config/target.js';
import { openDataSet } from '../data-set.js';
import { describeRegion } from '../description.js';
import { trainedReading } from '../trained-reading.js';
import { exampleLines } from '../example-lines.js';
import { CliError } from '../failure.js';
import { addFields } from '../flags.js';
import { openModel } from '../model-file.js';
import { checkTarget, print, printJson, say, writeWhole } from '../output.js';
import { createMeter } from '../progress/create.js';
import { duration } from '../progress/duration.js';
import { parseRequirement, type Rates, type Requirement } from '../requirement.js';
import { addRunOptions, engineOptions, type RunOptions } from '../run-options.js';
import { status } from '../status.js';

const examples = `
Examples:
  certispike certify --model model.safetensors --data mnist --epsilon 0.06
  certispike certify --model model.safetensors --epsilon 0.06 --limit 1000 --json
  certispike certify --model model.safetensors --epsilon 0.06 --require "certified<0.4" --require "clean<=0.05"
  certispike certify --model model.safetensors --data nmnist --region flips:k=8
  certispike certify --model model.safetensors --data nmnist --region shift:k=4,d=1 --coupling per-step
  certispike certify --model model.safetensors --epsilon 0.06 --bounds s-ibp --out images.jsonl`;

interface Options extends RunOptions, Readonly<Record<string, unknown>> {
  readonly config?: string;
  readonly require: readonly Requirement[];
  readonly out?: string;
}

const noWorstCase =
  'certispike: warning: the region frees random places; what is proved holds for those, it is no worst case';

/** A requirement and whether it holds. */
interface Verdict {
  readonly property: string;
  readonly holds: boolean;
}

/** `certispike certify`: bounds the error of a model over all perturbations of a region. */
export function certifyCommand(call: Call): Command {
  const command = new Command('certify')
    .description('Certify a model: the share of examples proved correct for every perturbation of a region.')
    .addHelpText('after', examples);
  addFields(command, 'What is certified, and how (the fields of a config file):', certifyFlags);
  command
    .option('--config <file>', 'read the fields above from a JSON file; flags win')
    .option(
      '--require <property>',
      'exit status 1 unless it holds, such as certified<0.4; repeatable',
      (text, all: readonly Requirement[]) => [...all, parseRequirement(text)],
      [],
    )
    .option('--out <file>', 'write the margins of every example, one JSON object per line');
  return addRunOptions(command).action(async (options: Options) => {
    call.finish(await certify(options, call.interrupt.signal));
  });
}

async function certify(options: Options, signal: AbortSignal): Promise<number> {
  const config = await completeConfig(options);
  checkRequirements(options.require, config);
  if (options.out !== undefined) await checkTarget('out', options.out);
  await using engine = await createEngine(engineOptions(options));
  const { model } = await openModel(engine, 'model', config.model);
  const data = await openDataSet(config, {
    signal,
    quiet: options.quiet === true,
    ...(await trainedReading(config.model)),
  });
  const source = data[config.split];
  using meter = createMeter(`certifying ${basename(config.model)}`, options.quiet === true);
  const { record, result } = await runCertification({
    engine,
    model,
    source,
    recordings: data.recordings,
    config,
    meter,
    signal,
  });
  meter.succeed(`${record.examples} examples in ${duration(record.seconds)}`);
  const requirements = judge(options.require, record);
  if (!record.worst_case) say(noWorstCase);
  if (options.json === true) await printJson({ ...record, requirements });
  else await print(describe(record, requirements));
  // After the totals, which a full disk must not cost.
  if (options.out !== undefined) await writeWhole('out', options.out, exampleLines(result));
  return requirements.every(({ holds }) => holds) ? status.ok : status.propertyFailed;
}

async function completeConfig(options: Options): Promise<CertifyTask> {
  const layers: Layer[] = [];
  if (options.config !== undefined) layers.push(await fileLayer(options.config));
  layers.push(flagLayer(certifyFlags, options));
  const config = resolve(certifySchema, layers);
  return withTarget(config, layers);
}

/** Refuses a requirement on a bound that will not be computed, before the time is spent. */
function checkRequirements(requirements: readonly Requirement[], { bounds }: CertifyConfig): void {
  for (const { text, quantity } of requirements) {
    const bound = quantity.replace('_', '-');
    if (quantity.startsWith('s_') && !bounds.some((computed) => computed === bound)) {
      throw new CliError(
        'bad-requirement',
        `require: expected ${bound} among --bounds for ${text}, got ${bounds.join(',')}`,
      );
    }
  }
}

function judge(requirements: readonly Requirement[], record: CertificationRecord): Verdict[] {
  const { s_ibp, s_crown, best } = record.certified_error;
  const rates: Rates = { clean: record.clean_error, s_ibp, s_crown, certified: best };
  return requirements.map(({ text, holds }) => ({ property: text, holds: holds(rates) }));
}

function describe(record: CertificationRecord, requirements: readonly Verdict[]): string {
  const { clean_error, certified_error, examples: count, region, seed, steps, rounding } = record;
  const rows: [string, number | null][] = [
    ['clean error', clean_error],
    ['certified error, S-IBP', certified_error.s_ibp],
    ['certified error, S-CROWN', certified_error.s_crown],
    ['certified error, best', certified_error.best],
  ];
  const table = columns<[string, number | null]>(
    [
      { title: `${count} examples`, cell: ([name]) => name },
      { title: '', align: 'right', cell: ([, error]) => percent(error, 2) },
    ],
    rows,
  );
  const terms = `${describeRegion(region)}, T = ${steps}, seed ${seed}, rounding ${rounding}, ${duration(record.seconds)}`;
  const verdicts = requirements.map(({ property, holds }) => `${holds ? 'holds' : 'does not hold'}: ${property}`);
  return [table, terms, ...verdicts].join('\n');
}
