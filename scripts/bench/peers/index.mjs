import { ensureNode, ensureVenv } from './installation.mjs';
import { onnxruntimeWeb } from './onnxruntime-web.mjs';
import { Peer } from './peer.mjs';
import { pytorch } from './pytorch.mjs';
import { snntorch } from './snntorch.mjs';
import { spikingjelly } from './spikingjelly.mjs';

const kinds = [pytorch, snntorch, spikingjelly, onnxruntimeWeb];

/**
 * What else does the same work, each in a process of its own; installed first, where it is missing.
 * @param directory absolute path of the benchmark's folder, for `venv` and `node`
 * @param threads of every peer
 * @param log takes a line about what is being done
 * @returns Promise of the peers, to be closed; see {@link Peer}
 * @throws PeerFailure when there is no Python, or something cannot be installed or started: one line
 */
export async function openPeers({ directory, threads, log = console.log }) {
  await ensureVenv(directory, { log });
  await ensureNode(directory, { log });
  const peers = [];
  try {
    // One after the other: the first measures the machine.
    for (const kind of kinds) peers.push(await Peer.open(kind, { directory, threads }));
    return peers;
  } catch (error) {
    await Promise.all(peers.map((peer) => peer.close()));
    throw error;
  }
}
