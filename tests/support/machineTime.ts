import { readFileSync } from 'node:fs';

/** Of a process, or of the thread that asks. */
type Of = number | 'thread-self';

/**
 * Starts a clock for limits of real time: the milliseconds since, less those for which others had the processor, where the
 * system tells them. What a machine is kept from by other programs says nothing of ours.
 */
export function machineTime(of: Of = 'thread-self'): () => number {
  const startedMs = performance.now();
  const waitedBefore = waitedMs(of) ?? 0;
  let waited = waitedBefore;
  return () => {
    waited = waitedMs(of) ?? waited;
    return performance.now() - startedMs - (waited - waitedBefore);
  };
}

/** Null: the system does not tell, or the process has ended. */
function waitedMs(of: Of): number | null {
  try {
    // Nanoseconds on the processor, nanoseconds of waiting for it, and how often it got it.
    const [, waitedNs] = readFileSync(`/proc/${of}/schedstat`, 'utf8').split(' ');
    return Number(waitedNs) / 1e6;
  } catch {
    return null;
  }
}
