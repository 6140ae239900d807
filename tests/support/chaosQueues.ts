import type { CoreSaved } from '../../src/main/engine/core.ts';
import type { ShellQueues } from '../../src/main/engine/shell/shell.ts';

/** How long the lists of a checkpoint may become; the first pattern that fits the end of a path holds. */
const listBounds: readonly (readonly [path: RegExp, most: number])[] = [
  [/^context\.errors$/, 200],
  [/^context\.deadlines\.entries$/, 1_500],
  [/^gaps\.gaps$/, 2_000],
  [/^incidents\.incidents$/, 1_000],
  [/\.rest\.waiting$/, 400],
  [/\.rest\.inFlight$/, 12],
  [/\.subscriptions\.pending$/, 100],
  [/\.tape\.ids\.holes$/, 1_024],
  // Deltas that wait for a snapshot take the room of at least four levels each.
  [/\.state\.held$/, 100_000],
  [/\.book\.(bids|asks)\.(prices|sizes|changed)$/, 20_000],
];
/** Of every other list: topics, windows, bars, remembered ids. */
const otherwise = 5_000;

const shellBounds: Readonly<Record<keyof ShellQueues, number>> = {
  /** The core's effects of one input come back as inputs. */
  inputs: 100,
  timers: 1_000,
  requests: 60,
  frames: 1_000,
};

/** Null: every list in the core's state is inside its bound. */
export function coreQueueProblem(saved: CoreSaved): string | null {
  const lengths = new Map<string, number>();
  collectLengths(saved, '', lengths);
  for (const [path, length] of lengths) {
    const most = listBounds.find(([pattern]) => pattern.test(path))?.[1] ?? otherwise;
    if (length > most) return `${path} holds ${length}, at most ${most} are allowed`;
  }
  return null;
}

export function shellQueueProblem(queues: ShellQueues): string | null {
  for (const name of ['inputs', 'timers', 'requests', 'frames'] as const) {
    if (queues[name] > shellBounds[name]) {
      return `${queues[name]} ${name} wait in the shell, at most ${shellBounds[name]} are allowed`;
    }
  }
  return null;
}

/** The longest list of each path. Places in a list are not part of a path. */
function collectLengths(value: unknown, path: string, lengths: Map<string, number>): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    lengths.set(path, Math.max(lengths.get(path) ?? 0, value.length));
    // Pairs of a map hold an object in their second place; lists of numbers need no look.
    if (typeof value[0] !== 'object' && typeof value[1] !== 'object') return;
    for (const each of value) collectLengths(each, path, lengths);
    return;
  }
  for (const [key, inner] of Object.entries(value)) {
    collectLengths(inner, path === '' ? key : `${path}.${key}`, lengths);
  }
}
