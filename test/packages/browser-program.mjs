/** What a page of a stranger does: everything that has bits to compare. */
export const program = `
import * as sdk from '@certispike/sdk';
import { sameBits } from './same-bits.mjs';
globalThis.outcome = sameBits(sdk, 2);
`;

/** The page around it. */
export const page = (script) =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,"><title>user</title>${script}</html>`;
