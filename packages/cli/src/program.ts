import { Command, CommanderError } from 'commander';
import type { Call } from './call.js';
import { attackCommand } from './commands/attack.js';
import { certifyCommand } from './commands/certify.js';
import { convertCommand } from './commands/convert.js';
import { infoCommand } from './commands/info.js';
import { reportCommand } from './commands/report.js';
import { reproduceCommand } from './commands/reproduce.js';
import { startCommand } from './commands/start.js';
import { trainCommand } from './commands/train.js';
import type { Interrupt } from './interrupt.js';
import { status } from './status.js';
import { version } from './versions.js';

const footer = `
Results go to stdout, everything else to stderr.
Exit status: 0 all is well; 1 a property asked for with --require does not hold, or an attack
contradicts a certificate; 2 wrong use or unusable surroundings (one line says which); above 2 a
fault of the program or an interruption.

Examples:
  certispike train --preset mnist-fc-rate --out model.safetensors
  certispike certify --model model.safetensors --data mnist --epsilon 0.06 --limit 1000
  certispike certify --model model.safetensors --epsilon 0.06 --require "certified<0.4" --json
  certispike attack --model model.safetensors --epsilon 0.06 --limit 1000 --certified
  certispike info model.safetensors
  certispike convert checkpoint.pth model.safetensors
  certispike report runs/start --out report.html`;

/** Every command, in the order of the help. */
const commands = [
  trainCommand,
  certifyCommand,
  attackCommand,
  infoCommand,
  convertCommand,
  startCommand,
  reproduceCommand,
  reportCommand,
];

/**
 * Runs the command line.
 * @param argv as in process.argv
 * @returns the exit status
 */
export async function run(argv: readonly string[], interrupt: Interrupt): Promise<number> {
  let exitStatus: number = status.ok;
  const call: Call = {
    finish: (value) => {
      exitStatus = value;
    },
    interrupt,
    words: argv.slice(2),
  };
  const program = new Command('certispike')
    .description('Train spiking neural networks that are provably robust, and prove it.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', footer);
  for (const command of commands) {
    program.addCommand(command(call));
  }
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({ outputError: (text, write) => write(rephrase(text)) });
  }
  try {
    await program.parseAsync(argv);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? status.ok : status.wrongUse;
    throw error;
  }
  return exitStatus;
}

/** Commander's complaint in the form of every other one: one line, a code in brackets. */
function rephrase(complaint: string): string {
  if (!complaint.startsWith('error: ')) return complaint;
  const line = complaint
    .slice('error: '.length)
    .trim()
    .replaceAll(/\s*\n\s*/g, ' ');
  return `certispike: ${line} [bad-flag]\n`;
}
