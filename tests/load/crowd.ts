import { monitorEventLoopDelay } from 'node:perf_hooks';
import { openEventStream, openLongPoll, openSnapshots } from './httpClients.ts';
import type {
  ClientEars,
  LoadClient,
  LoadEncoding,
  LoadTransport,
  OpenClient,
} from './loadClient.ts';
import { NotOpened } from './loadClient.ts';
import { readProcess } from './processFigures.ts';
import type { SampledFigures } from './sampledReader.ts';
import { SampledReader, addSample, emptySample } from './sampledReader.ts';
import { openPlain, openSocket, openSocketIo } from './socketClients.ts';

export interface CrowdOptions {
  readonly transport: LoadTransport;
  readonly encoding: LoadEncoding;
  /** Gateways, in turn. */
  readonly targets: readonly { readonly origin: string; readonly key: string }[];
  readonly clients: number;
  /** Channels of one client; the clients take these sets in turn. */
  readonly rooms: readonly (readonly string[])[];
  readonly ratePerSec: number;
  /** Levels of books of the gateway's own protocol; absent: its choice. */
  readonly depth?: number;
  /** Every so many clients is read in full; the others are only counted. */
  readonly sampleEvery: number;
  /** Number of the first one: each has an address of its own. Null: all come from one. */
  readonly firstAddress: number | null;
  /** Messages of the first client of each room are kept as they came. */
  readonly keepsPayloads: boolean;
}

/** A message as it came, and when after the measurement began. */
export interface KeptPayload {
  readonly atMs: number;
  readonly payload: Uint8Array;
}

export interface KeptRoom {
  readonly channels: readonly string[];
  readonly payloads: KeptPayload[];
}

export interface CrowdFigures {
  readonly opened: number;
  readonly isOpenNow: number;
  readonly notOpened: ReadonlyMap<string, number>;
  readonly ended: ReadonlyMap<string, number>;
  readonly seconds: number;
  readonly messages: number;
  readonly requests: number;
  readonly wireBytes: number;
  readonly sampledClients: number;
  readonly sample: SampledFigures;
  /** Between clients of the same channel: how far apart their newest events are. */
  readonly spread: number;
  readonly kept: readonly KeptRoom[];
  /** Of this process. */
  readonly cpuMs: number;
  readonly waitedMs: number;
  readonly loopDelayP99Ms: number;
}

const openers: Readonly<Record<LoadTransport, OpenClient>> = {
  websocket: openSocket,
  socketio: openSocketIo,
  sse: openEventStream,
  poll: openLongPoll,
  snapshots: openSnapshots,
  plain: openPlain,
};

const opensAtOnce = 32;
const maxKept = 2_000;

/** Epoch milliseconds with fractions, as the engine counts them. */
export function wallMs(): number {
  return performance.timeOrigin + performance.now();
}

/** Many clients in one process. */
export class Crowd {
  readonly #options: CrowdOptions;
  readonly #clients = new Set<LoadClient>();
  readonly #readers: SampledReader[] = [];
  readonly #loop = monitorEventLoopDelay({ resolution: 5 });
  readonly #notOpened = new Map<string, number>();
  readonly #ended = new Map<string, number>();
  #opened = 0;
  #messages = 0;
  #requests = 0;
  #bytesBefore = 0;
  #beganMs = performance.now();
  #beganCpu = process.cpuUsage();
  #waitedBefore = 0;
  readonly #kept: KeptRoom[] = [];

  constructor(options: CrowdOptions) {
    this.#options = options;
  }

  /** Resolves when each is open or was refused. */
  async open(): Promise<void> {
    let next = 0;
    const openSome = async (): Promise<void> => {
      while (next < this.#options.clients) {
        next += 1;
        await this.#openOne(next - 1);
      }
    };
    await Promise.all(Array.from({ length: opensAtOnce }, openSome));
    this.#loop.enable();
  }

  begin(): void {
    for (const reader of this.#readers) reader.begin();
    this.#messages = 0;
    this.#requests = 0;
    for (const { payloads } of this.#kept) payloads.length = 0;
    this.#bytesBefore = this.#bytesRead();
    this.#beganMs = performance.now();
    this.#beganCpu = process.cpuUsage();
    this.#waitedBefore = waitedMs();
    this.#loop.reset();
  }

  figures(): CrowdFigures {
    const sample = emptySample();
    for (const { figures } of this.#readers) addSample(sample, figures);
    const { user, system } = process.cpuUsage(this.#beganCpu);
    return {
      ...{ opened: this.#opened, isOpenNow: this.#clients.size },
      ...{ notOpened: this.#notOpened, ended: this.#ended },
      seconds: (performance.now() - this.#beganMs) / 1_000,
      ...{ messages: this.#messages, requests: this.#requests },
      wireBytes: this.#bytesRead() - this.#bytesBefore,
      ...{ sampledClients: this.#readers.length, sample, spread: this.#spread() },
      kept: this.#kept,
      cpuMs: (user + system) / 1_000,
      waitedMs: waitedMs() - this.#waitedBefore,
      loopDelayP99Ms: this.#loop.percentile(99) / 1e6,
    };
  }

  setReading(isReading: boolean): void {
    for (const client of this.#clients) client.setReading(isReading);
  }

  close(): void {
    this.#loop.disable();
    for (const client of this.#clients) client.close();
    this.#clients.clear();
  }

  async #openOne(at: number): Promise<void> {
    const { transport, targets, rooms, firstAddress } = this.#options;
    const target = targets[at % targets.length];
    // Not in step with the gateways, so that each of them has clients of every room.
    const channels = rooms[Math.floor(at / targets.length) % rooms.length];
    if (target === undefined || channels === undefined) return;
    const isSampled = this.#isSampled(at);
    const reader = isSampled ? new SampledReader(wallMs) : null;
    let client: LoadClient | null = null;
    const ears: ClientEars = {
      onMessage: reader === null ? null : (message, bytes) => reader.take(message, bytes),
      onPayload: this.#keeping(channels),
      onCounted: (messages) => {
        this.#messages += messages;
      },
      onRequest: () => {
        this.#requests += 1;
      },
      onEnd: (reason) => {
        count(this.#ended, reason);
        if (client !== null) this.#clients.delete(client);
      },
    };
    try {
      const localAddress = firstAddress === null ? null : loopbackAddress(firstAddress + at);
      const { encoding, ratePerSec, depth } = this.#options;
      client = await openers[transport](
        {
          ...target,
          localAddress,
          encoding,
          channels,
          ratePerSec,
          ...(depth === undefined ? {} : { depth }),
        },
        ears,
      );
    } catch (error) {
      if (!(error instanceof NotOpened)) throw error;
      count(this.#notOpened, error.message);
      return;
    }
    this.#clients.add(client);
    this.#opened += 1;
    if (reader !== null) this.#readers.push(reader);
  }

  /** Another place in each group, so that clients of every room are among them. */
  #isSampled(at: number): boolean {
    const { sampleEvery } = this.#options;
    return at % sampleEvery === Math.floor(at / sampleEvery) % sampleEvery;
  }

  /** Null: another client of the room keeps its messages, or nobody does. */
  #keeping(channels: readonly string[]): ClientEars['onPayload'] {
    const isKept = this.#kept.some((room) => room.channels === channels);
    if (isKept || !this.#options.keepsPayloads) return null;
    const payloads: KeptPayload[] = [];
    this.#kept.push({ channels, payloads });
    return (payload) => {
      if (payloads.length >= maxKept) return;
      payloads.push({ atMs: performance.now() - this.#beganMs, payload: Uint8Array.from(payload) });
    };
  }

  #bytesRead(): number {
    let sum = 0;
    for (const client of this.#clients) sum += client.bytesRead();
    return sum;
  }

  #spread(): number {
    const newest = new Map<string, { least: number; most: number }>();
    for (const reader of this.#readers) {
      for (const [channel, seq] of reader.places()) {
        const known = newest.get(channel) ?? { least: seq, most: seq };
        newest.set(channel, {
          least: Math.min(known.least, seq),
          most: Math.max(known.most, seq),
        });
      }
    }
    return Math.max(0, ...[...newest.values()].map(({ least, most }) => most - least));
  }
}

function waitedMs(): number {
  return readProcess(process.pid)?.waitedMs ?? 0;
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** 127.0.1.1 and so on: as many clients of one machine as clients of many would be. */
function loopbackAddress(at: number): string {
  return `127.0.${1 + Math.floor(at / 250)}.${1 + (at % 250)}`;
}
