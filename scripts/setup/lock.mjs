import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { tools } from './places.mjs';

const path = join(tools, 'lock');

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function isTaken() {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return false;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return true;
  }
}

/** Runs `action` while no other set-up works in this clone; a lock whose owner died is taken over. */
export async function alone(action) {
  mkdirSync(tools, { recursive: true });
  for (let said = false; isTaken(); said = true) {
    const owner = Number(readFileSync(path, 'utf8') || 0);
    if (owner > 0 && !isAlive(owner)) {
      rmSync(path, { force: true });
      continue;
    }
    if (!said) console.log(`set-up: waiting for another set-up of this clone (process ${owner}) to end`);
    await pause(500);
  }
  try {
    return await action();
  } finally {
    rmSync(path, { force: true });
  }
}
