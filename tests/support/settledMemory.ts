import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

interface SettledMemory {
  readonly heapBytes: number;
  /** Outside of the heap, as far as Node accounts for it: contexts of zlib among them. */
  readonly externalBytes: number;
}

/** Once what is garbage has gone. Of a whole process: whoever judges by it belongs into a `*.memory.test.ts`. */
export async function settledMemory(): Promise<SettledMemory> {
  setFlagsFromString('--expose-gc');
  let before = Infinity;
  for (let round = 0; round < 50; round += 1) {
    runInNewContext('gc()');
    await sleep(20);
    const { external, heapUsed } = process.memoryUsage();
    if (Math.abs(before - external) < 16 * 1024) {
      return { heapBytes: heapUsed, externalBytes: external };
    }
    before = external;
  }
  throw new Error('the memory does not settle');
}
