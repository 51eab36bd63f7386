import { createEngine, saveModel } from '@certispike/sdk';
import type { ConversionReport } from '@certispike/sdk/convert';
import { Command } from 'commander';
import type { Call } from '../call.js';
import { columns } from '../columns.js';
import { readBytes } from '../model-file.js';
import { checkTarget, print, printJson } from '../output.js';
import { status } from '../status.js';

const examples = `
A file is recognised by its content. What has no exact counterpart is refused with the reason.

Examples:
  certispike convert checkpoint.pth model.safetensors`;

interface Options {
  readonly json?: boolean;
}

/** What `convert` reports; the form of its `--json` output. */
interface ConvertRecord extends ConversionReport {
  readonly from: string;
  readonly to: string;
  readonly parameters: number;
}

/** `certispike convert`: a network of another framework as a model of this one. */
export function convertCommand(call: Call): Command {
  return new Command('convert')
    .description('Convert a network of another framework into a model, exactly or not at all.')
    .argument('<in>', 'a state dict of PyTorch (.pth, .pt) or safetensors')
    .argument('<out>', 'where the model goes (.safetensors)')
    .option('--json', 'print one JSON object on one line of stdout')
    .addHelpText('after', examples)
    .action(async (from: string, to: string, options: Options) => {
      const record = await convertFile(from, to);
      if (options.json === true) await printJson(record);
      else await print(describe(record));
      call.finish(status.ok);
    });
}

async function convertFile(from: string, to: string): Promise<ConvertRecord> {
  await checkTarget('out', to);
  const bytes = await readBytes('in', from);
  const { modelFrom } = await import('@certispike/sdk/convert');
  await using engine = await createEngine({ workers: 1 });
  const { model, report } = await modelFrom(engine, bytes, { name: from });
  await saveModel(model, to, { notes: { converted: { from, ...report } } });
  return { from, to, parameters: model.parameterCount, ...report };
}

function describe({ from, to, parameters, convention, mapped, warnings }: ConvertRecord): string {
  const table = columns<ConversionReport['mapped'][number]>(
    [
      { title: 'there', cell: (mapping) => mapping.from },
      { title: 'here', cell: (mapping) => mapping.to },
    ],
    mapped,
  );
  return [
    table,
    `convention: ${convention}`,
    ...warnings.map((warning) => `note: ${warning}`),
    `${from} -> ${to}: ${parameters} parameters`,
  ].join('\n');
}
