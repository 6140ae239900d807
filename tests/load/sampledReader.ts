import * as v from 'valibot';

const recordSchema = v.object({
  type: v.string(),
  channel: v.string(),
  epoch: v.string(),
  seq: v.number(),
  time: v.number(),
  receivedTime: v.optional(v.nullable(v.number())),
  candle: v.optional(v.object({ closed: v.boolean() })),
});
type SampledRecord = v.InferOutput<typeof recordSchema>;

const updatesSchema = v.object({ time: v.number(), updates: v.array(recordSchema) });
const errorSchema = v.object({
  type: v.literal('error'),
  error: v.object({ code: v.string() }),
});
const plainSchema = v.object({ type: v.string(), status: v.optional(v.string()) });

/** What the clients that are read in full have seen. Times are milliseconds. */
export interface SampledFigures {
  messages: number;
  records: number;
  payloadBytes: number;
  /** Publication of an event to its arrival. */
  readonly eventMs: number[];
  /** Writing of a state, which was published before it at the client's rate at most, to its arrival. */
  readonly stateMs: number[];
  /** A message's own time, when it was given to its socket, to its arrival. */
  readonly messageMs: number[];
  /** Receipt of the newest data in a price, ticker or book by the engine, to its arrival here. */
  readonly ageMs: number[];
  /** How old the value that was held was, summed up over the time in which it was held. */
  shownAgeMs: number;
  shownMs: number;
  eventsLost: number;
  eventsDoubled: number;
  stateBackwards: number;
  resyncs: number;
  newEpochs: number;
  unread: number;
  readonly messageTypes: Map<string, number>;
}

export function emptySample(): SampledFigures {
  return {
    ...{ messages: 0, records: 0, payloadBytes: 0, shownAgeMs: 0, shownMs: 0 },
    ...{ eventMs: [], stateMs: [], messageMs: [], ageMs: [] },
    ...{ eventsLost: 0, eventsDoubled: 0, stateBackwards: 0, resyncs: 0, newEpochs: 0, unread: 0 },
    messageTypes: new Map(),
  };
}

interface Place {
  readonly epoch: string;
  readonly seq: number;
}

interface Shown {
  readonly receivedTime: number;
  readonly since: number;
}

const eventTypes: ReadonlySet<string> = new Set(['trade_update', 'gap_update']);

/** Reads every message of one client: sequences over its whole life, times while it is measured. */
export class SampledReader {
  figures: SampledFigures = emptySample();
  readonly #places = new Map<string, Place>();
  readonly #shown = new Map<string, Shown>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Forgets what was measured, not where the sequences stand. */
  begin(): void {
    const { eventsLost, eventsDoubled, stateBackwards, resyncs, newEpochs } = this.figures;
    this.figures = {
      ...emptySample(),
      ...{ eventsLost, eventsDoubled, stateBackwards, resyncs, newEpochs },
    };
    const now = this.#now();
    for (const [channel, { receivedTime }] of this.#shown) {
      this.#shown.set(channel, { receivedTime, since: now });
    }
  }

  take(message: unknown, bytes: number): void {
    const now = this.#now();
    const { figures } = this;
    const updates = v.safeParse(updatesSchema, message);
    if (!updates.success) {
      this.#takeOther(message);
      return;
    }
    const { time, updates: records } = updates.output;
    figures.messages += 1;
    figures.records += records.length;
    figures.payloadBytes += bytes;
    figures.messageMs.push(now - time);
    for (const record of records) this.#takeRecord(record, now);
  }

  /** Newest sequence of each channel's events: clients of the same channels end at the same ones. */
  places(): ReadonlyMap<string, number> {
    return new Map([...this.#places].map(([channel, { seq }]) => [channel, seq]));
  }

  #takeOther(message: unknown): void {
    const error = v.safeParse(errorSchema, message);
    const plain = v.safeParse(plainSchema, message);
    if (!plain.success) {
      this.figures.unread += 1;
      return;
    }
    const { type, status } = plain.output;
    if (type === 'resync') this.figures.resyncs += 1;
    const detail = error.success ? error.output.error.code : status;
    const name = detail === undefined ? type : `${type} ${detail}`;
    const { messageTypes } = this.figures;
    messageTypes.set(name, (messageTypes.get(name) ?? 0) + 1);
  }

  #takeRecord(record: SampledRecord, now: number): void {
    const isEvent = eventTypes.has(record.type) || record.candle?.closed === true;
    this.#checkSequence(record, isEvent);
    const { figures } = this;
    (isEvent ? figures.eventMs : figures.stateMs).push(now - record.time);
    const { receivedTime, channel } = record;
    if (receivedTime === undefined || receivedTime === null) return;
    figures.ageMs.push(now - receivedTime);
    const shown = this.#shown.get(channel);
    if (shown !== undefined) {
      const heldMs = now - shown.since;
      figures.shownMs += heldMs;
      figures.shownAgeMs += heldMs * (shown.since - shown.receivedTime + heldMs / 2);
    }
    this.#shown.set(channel, { receivedTime, since: now });
  }

  #checkSequence({ channel, epoch, seq }: SampledRecord, isEvent: boolean): void {
    const { figures } = this;
    const key = isEvent ? channel : `state of ${channel}`;
    const place = this.#places.get(key);
    this.#places.set(key, { epoch, seq });
    if (place === undefined) return;
    if (place.epoch !== epoch) {
      figures.newEpochs += 1;
    } else if (!isEvent) {
      if (seq < place.seq) figures.stateBackwards += 1;
    } else if (seq <= place.seq) {
      figures.eventsDoubled += 1;
    } else {
      figures.eventsLost += seq - place.seq - 1;
    }
  }
}

export function addSample(total: SampledFigures, more: SampledFigures): void {
  for (const key of sums) total[key] += more[key];
  for (const key of lists) for (const value of more[key]) total[key].push(value);
  for (const [name, count] of more.messageTypes) {
    total.messageTypes.set(name, (total.messageTypes.get(name) ?? 0) + count);
  }
}

const sums = [
  ...(['messages', 'records', 'payloadBytes', 'shownAgeMs', 'shownMs'] as const),
  ...(['eventsLost', 'eventsDoubled', 'stateBackwards', 'resyncs', 'newEpochs', 'unread'] as const),
];
const lists = ['eventMs', 'stateMs', 'messageMs', 'ageMs'] as const;
