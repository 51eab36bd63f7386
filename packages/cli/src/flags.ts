import { type Command, Option } from 'commander';
import { type Flag, flagName } from './config/field.js';

/** Adds a flag for every field of a configuration, under a heading of the help. */
export function addFields(command: Command, heading: string, flags: Readonly<Record<string, Flag>>): void {
  for (const [field, { value, help }] of Object.entries(flags)) {
    const option = new Option(value === undefined ? flagName(field) : `${flagName(field)} ${value}`, help);
    command.addOption(option.helpGroup(heading));
  }
}
