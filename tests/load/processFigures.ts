import { readFileSync } from 'node:fs';

export interface ProcessFigures {
  /** User and system, since its start. */
  readonly cpuMs: number;
  /** Its first thread was ready to run and had no core: what others on the machine take from it. */
  readonly waitedMs: number;
  readonly rssMib: number;
  readonly peakRssMib: number;
}

/** Linux counts in hundredths of a second, whatever its kernel was built with. */
const msPerTick = 10;

/** Null where the machine has no `/proc`, or no such process. */
export function readProcess(pid: number): ProcessFigures | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const [, waitedNs = 0] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ').map(Number);
    // The name of the program, in brackets, may have spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const mib = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1_024;
    return {
      cpuMs: (Number(fields[11]) + Number(fields[12])) * msPerTick,
      waitedMs: waitedNs / 1e6,
      rssMib: mib('VmRSS'),
      peakRssMib: mib('VmHWM'),
    };
  } catch {
    return null;
  }
}
