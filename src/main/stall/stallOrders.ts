/** What the watching thread is told when it begins. */
export interface StallOrders {
  /** A number that the watched thread raises as long as its loop turns. */
  readonly beats: SharedArrayBuffer;
  readonly lookMs: number;
  /** So many looks without a turn are a stall. */
  readonly looks: number;
  /** Looks between two reports of one stall. */
  readonly pauseLooks: number;
  /** Keeps the newest report; null: nothing is kept on disk. */
  readonly file: string | null;
}

/** Made by `watchForStalls` of the same program: a look at what it could not be is enough, and a schema would double its memory. */
export function parseOrders(value: unknown): StallOrders {
  if (typeof value === 'object' && value !== null && isOrders(value)) return value;
  throw new Error('this thread is started by watchForStalls alone');
}

function isOrders(value: object): value is StallOrders {
  return 'beats' in value && value.beats instanceof SharedArrayBuffer;
}
