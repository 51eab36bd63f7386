import { rmSync } from 'node:fs';

/** Removes what was packed. */
export default function unpack() {
  rmSync(process.env.CERTISPIKE_PACKED, { recursive: true, force: true });
}
