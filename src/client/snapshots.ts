import { readChannelWords } from '../shared/gateway/channelIds.ts';
import type { WireUpdate } from '../shared/gateway/wire.ts';
import type { ResolvedOptions } from './clientContract.ts';
import { isFields, isWireUpdate } from './parseServerMessage.ts';
import type { ResolvedPorts } from './resolveOptions.ts';
import { readRefusal, requestHeaders, requestInit } from './transports/httpRequests.ts';

export interface ChannelSnapshot {
  readonly updates: readonly WireUpdate[];
  /** From which a stream goes on without a hole. */
  readonly cursor: string | null;
}

export interface SnapshotOptions {
  readonly options: ResolvedOptions;
  readonly ports: ResolvedPorts;
  readonly token: () => string | null;
}

const partByKind: Readonly<Record<string, string>> = {
  price: 'price',
  ticker: 'ticker',
  orderbook: 'book',
  trades: 'trades',
};
const answerMs = 5_000;

/** Null for channels that REST has no such record of. */
function snapshotPath(channel: string): { readonly path: string; readonly part: string } | null {
  const words = readChannelWords(channel);
  const part = words === null ? undefined : partByKind[words.kind];
  if (words === null || part === undefined) return null;
  const venue = words.venue === null ? '' : `?venue=${words.venue}`;
  return { path: `/api/markets/${encodeURIComponent(words.symbol)}/${part}${venue}`, part };
}

function parseSnapshot(body: unknown, part: string): ChannelSnapshot {
  if (!isFields(body)) return { updates: [], cursor: null };
  const held = body[part];
  const records: readonly unknown[] = Array.isArray(held) ? held : [held];
  const cursor = body['cursor'];
  return {
    updates: records.filter(isWireUpdate),
    cursor: typeof cursor === 'string' ? cursor : null,
  };
}

/** Present values over plain HTTP, for the first paint and to judge a stream that says nothing. */
export class Snapshots {
  private readonly own: SnapshotOptions;
  private abort = new AbortController();

  constructor(own: SnapshotOptions) {
    this.own = own;
  }

  isKnown(channel: string): boolean {
    return snapshotPath(channel) !== null;
  }

  /** Throws where it was refused or came too late. */
  async fetch(channel: string): Promise<ChannelSnapshot> {
    const found = snapshotPath(channel);
    if (found === null) return { updates: [], cursor: null };
    const { options, ports, token } = this.own;
    const late = new AbortController();
    const cancel = ports.clock.after(answerMs, () => late.abort(new Error('No answer in time.')));
    try {
      const response = await ports.fetch(
        options.url + found.path,
        requestInit(options, {
          headers: requestHeaders(token(), { accept: 'application/json' }),
          signal: AbortSignal.any([this.abort.signal, late.signal]),
        }),
      );
      if (!response.ok) throw new Error((await readRefusal(response)).message);
      return parseSnapshot(await response.json(), found.part);
    } finally {
      cancel();
    }
  }

  /** What is under way is left. */
  stop(): void {
    this.abort.abort(new Error('The client was disconnected.'));
    this.abort = new AbortController();
  }
}

/** Of a stream that cannot be asked whether it lives: whether REST has something that it did not bring. */
export async function isStreamBehind(
  snapshots: Snapshots,
  held: readonly WireUpdate[],
): Promise<boolean> {
  const known = held.find(({ channel }) => snapshots.isKnown(channel));
  if (known === undefined) return true;
  const [present] = (await snapshots.fetch(known.channel)).updates;
  return present === undefined || present.epoch !== known.epoch || present.seq > known.seq;
}
