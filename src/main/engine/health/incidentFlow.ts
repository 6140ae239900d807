import type { ConnectionStatus } from '../../../shared/feedHealth.ts';
import type { IncidentKind } from '../../../shared/incidents.ts';
import type { EpochMs } from '../../../shared/market.ts';
import type { VenueId } from '../../../shared/venues.ts';
import type { Connection } from '../feed/connection.ts';
import type { FeedContext } from '../feed/feedContext.ts';
import type { Stream } from '../feed/stream.ts';
import type { VenueFeed } from '../feed/venueFeed.ts';
import type { IncidentLedger } from './incidentLedger.ts';
import type { IncidentRecord } from './incidentRecord.ts';

/** The delay between attempts starts over after this long with good data: until then a fall is the same trouble. */
const flapMs = 60_000;
/** Sockets of one venue that fall this close together fell for one reason. */
const togetherMs = 5_000;
/** Until then a topic that has said nothing yet holds up the end; afterwards it is only quiet. */
const firstWordMs = 10_000;
/** A probe has answered by then, or nobody does. */
const probeMs = 3_000;

/** Sockets that a sleep has cost are found out within this time. */
const wakeMs = 10_000;

export const sleepKey = 'slept';

interface Track {
  status: ConnectionStatus;
  /** When data last began to flow; monotonic; null before. */
  upMs: number | null;
  /** Its next fall was asked for by the user. */
  excused: boolean;
  /** Of the incident that it is part of. */
  key: string | null;
}

interface Suspect {
  readonly since: EpochMs;
  readonly sinceMs: number;
}

/** When the machine woke, or may have, and for how long it was away. */
interface Waking {
  readonly ms: number;
  readonly awayMs: number;
}

export interface IncidentFlowSaved {
  readonly tracks: readonly (readonly [string, Track])[];
  readonly suspects: readonly (readonly [string, Suspect])[];
  readonly woke: Waking | null;
}

/** Incidents of sockets and of what they carry: lost, out of reach, told to wait, or open and silent. */
export class IncidentFlow {
  private readonly tracks = new Map<string, Track>();
  /** Silent streams that nobody has explained yet, by id. */
  private readonly suspects = new Map<string, Suspect>();
  private woke: Waking | null = null;
  private readonly ledger: IncidentLedger;
  private readonly context: FeedContext;
  private readonly feeds: ReadonlyMap<VenueId, VenueFeed>;

  constructor(
    ledger: IncidentLedger,
    context: FeedContext,
    feeds: ReadonlyMap<VenueId, VenueFeed>,
  ) {
    this.ledger = ledger;
    this.context = context;
    this.feeds = feeds;
  }

  /** The user ends sockets himself: what falls now is no incident. */
  excuse(feed: VenueFeed): void {
    for (const connection of feed.connections) this.trackOf(connection).excused = true;
  }

  /** The machine slept. A jump of the wall clock alone is only that, until it shows that sockets died meanwhile. */
  onWake(kind: 'slept' | 'clock', cause: string, awayMs: number): void {
    const { time, nowMs } = this.context;
    const known = this.isJustAwake() ? this.ledger.known(sleepKey) : null;
    this.woke = { ms: nowMs, awayMs: Math.max(awayMs, known === null ? 0 : this.awayMs) };
    if (known !== null) {
      if (kind === 'slept') this.becomeSleep(known);
      return;
    }
    const beforeMs = kind === 'slept' ? awayMs : 0;
    this.ledger.begin({
      ...{ key: sleepKey, kind, cause, venue: null, instrument: null, channel: null },
      ...{ connection: null, from: time - beforeMs, fromMs: nowMs - beforeMs, foldMs: 0 },
    });
  }

  onConnection(feed: VenueFeed): void {
    for (const connection of feed.connections) this.look(feed, connection);
  }

  onStream(feed: VenueFeed, stream: Stream): void {
    const { id, connection } = stream.definition;
    const key = this.tracks.get(connection)?.key ?? null;
    const record = key === null ? null : this.ledger.running(key);
    if (stream.status !== 'stale') this.suspects.delete(id);
    else if (record !== null) record.addStream(id);
    else if (!this.suspects.has(id) && isOpen(feed.connectionNamed(connection))) {
      this.suspects.set(id, { since: stream.since, sinceMs: this.context.nowMs });
    }
  }

  /** The running incident of the socket that carries a stream. */
  recordOf(stream: Stream): IncidentRecord | null {
    const key = this.tracks.get(stream.definition.connection)?.key ?? null;
    return key === null ? null : this.ledger.running(key);
  }

  /** Begins what silence has proven to be. */
  judgeSuspects(): void {
    for (const [id, suspect] of this.suspects) this.judge(id, suspect);
  }

  /** Ends what is over. */
  settle(): void {
    for (const [name, track] of this.tracks) {
      if (track.key === null) continue;
      const record = this.ledger.running(track.key);
      if (record === null) {
        track.key = null;
        continue;
      }
      const connection = this.connectionNamed(name);
      if (connection !== null) escalate(record, connection);
      if (this.isWhole(record)) this.ledger.end(record, this.context.time, this.context.nowMs);
    }
    this.endSleep();
  }

  save(): IncidentFlowSaved {
    return {
      tracks: [...this.tracks].map(([name, track]) => [name, { ...track }]),
      suspects: [...this.suspects],
      woke: this.woke,
    };
  }

  restore(saved: IncidentFlowSaved): void {
    this.tracks.clear();
    this.suspects.clear();
    for (const [name, track] of saved.tracks) this.tracks.set(name, { ...track });
    for (const [id, suspect] of saved.suspects) this.suspects.set(id, suspect);
    this.woke = saved.woke;
  }

  private look(feed: VenueFeed, connection: Connection): void {
    const track = this.trackOf(connection);
    const { status } = connection;
    const before = track.status;
    if (before === status) return;
    track.status = status;
    if (status === 'closed') {
      this.leave(track, connection);
      return;
    }
    if (status === 'live') {
      track.upMs = this.context.nowMs;
      track.excused = false;
    }
    if (status === 'connecting' && track.key !== null) this.ledger.running(track.key)?.tried();
    if (status !== 'reconnecting' || before === 'closed') return;
    if (track.excused && before !== 'connecting') track.excused = false;
    else this.fall(feed, connection, track, before);
  }

  private fall(
    feed: VenueFeed,
    connection: Connection,
    track: Track,
    before: ConnectionStatus,
  ): void {
    const record = this.recordOfFall(feed, connection, track, before);
    track.key = record.start.key;
    record.connections.add(connection.name);
    if (record.start.venue !== null && record.start.connection !== connection.name) {
      record.widen({ connection: null, instrument: null, channel: null });
    } else if (connection.topics.size > 1) record.widen({ instrument: null, channel: null });
    for (const stream of feed.streams.ofConnection(connection)) {
      record.addStream(stream.definition.id);
      this.suspects.delete(stream.definition.id);
    }
    escalate(record, connection);
  }

  private recordOfFall(
    feed: VenueFeed,
    connection: Connection,
    track: Track,
    before: ConnectionStatus,
  ): IncidentRecord {
    const { nowMs, time } = this.context;
    const own = track.key === null ? null : this.ledger.running(track.key);
    if (own !== null) return own;
    const slept = this.isJustAwake() ? this.ledger.known(sleepKey) : null;
    if (slept !== null && before !== 'connecting') return this.becomeSleep(slept);
    const beside = this.besideOf(feed, nowMs);
    if (beside !== null) return beside;
    const isSilent = errorCode(connection, time) === 'silent';
    const silence = isSilent ? this.firstSilent(connection) : null;
    const wasOpen = before === 'live' || before === 'subscribing';
    const kind: IncidentKind = isSilent ? 'stale' : wasOpen ? 'disconnected' : 'unreachable';
    return this.ledger.begin({
      key: `${isSilent ? 'stale' : 'flow'} ${connection.name}`,
      kind: kindOfReason(connection) ?? kind,
      venue: feed.venue.id,
      instrument: null,
      channel: null,
      connection: connection.name,
      cause: causeOf(connection, time),
      from: silence?.since ?? time,
      fromMs: silence?.sinceMs ?? nowMs,
      foldMs: flapMs,
    });
  }

  /** A sleep that has cost no socket was over when the machine woke. */
  private endSleep(): void {
    const slept = this.ledger.running(sleepKey);
    if (slept === null || slept.connections.size > 0) return;
    this.ledger.end(slept, this.context.time, this.context.nowMs);
  }

  private becomeSleep(record: IncidentRecord): IncidentRecord {
    record.resume();
    if (record.kind === 'slept') return record;
    const { awayMs } = this;
    record.escalate('slept', record.start.cause);
    record.dateBack(awayMs);
    return record;
  }

  private get awayMs(): number {
    return this.woke?.awayMs ?? 0;
  }

  private isJustAwake(): boolean {
    return this.woke !== null && this.context.nowMs - this.woke.ms <= wakeMs;
  }

  /** Another socket of the venue that fell just now. */
  private besideOf(feed: VenueFeed, nowMs: number): IncidentRecord | null {
    for (const { name } of feed.connections) {
      const key = this.tracks.get(name)?.key ?? null;
      const record = key === null ? null : this.ledger.running(key);
      if (record === null || record.kind === 'stale') continue;
      if (record.start.venue === feed.venue.id && nowMs - record.start.fromMs <= togetherMs) {
        return record;
      }
    }
    return null;
  }

  /** A silent stream is an incident once the venue did not prove it quiet. */
  private judge(id: string, suspect: Suspect): void {
    const stream = this.streamOf(id);
    if (stream === null || stream.status !== 'stale') {
      this.suspects.delete(id);
      return;
    }
    const { nowMs } = this.context;
    if (stream.stage !== 'resubscribed' && nowMs - suspect.sinceMs < probeMs) return;
    this.suspects.delete(id);
    const { venue, connection, key, topic } = stream.definition;
    const track = this.tracks.get(connection);
    if (track === undefined) return;
    const record = this.ledger.begin({
      key: `stale ${connection}`,
      kind: 'stale',
      venue,
      instrument: key.instrument,
      channel: key.channel,
      connection,
      cause: `${(stream.note ?? 'no message').replace(/\.$/, '')} (${topic})`,
      from: suspect.since,
      fromMs: suspect.sinceMs,
      foldMs: flapMs,
    });
    if (record.start.instrument !== null && record.start.instrument !== key.instrument) {
      record.widen({ instrument: null, channel: null });
    } else if (record.start.channel !== null && record.start.channel !== key.channel) {
      record.widen({ channel: null });
    }
    track.key = record.start.key;
    record.connections.add(connection);
    record.addStream(id);
    if (stream.stage === 'resubscribed') record.tried();
  }

  private isWhole(record: IncidentRecord): boolean {
    let upMs = Number.NEGATIVE_INFINITY;
    for (const name of record.connections) {
      const connection = this.connectionNamed(name);
      if (connection === null || connection.status === 'closed') continue;
      if (connection.status !== 'live') return false;
      upMs = Math.max(upMs, this.tracks.get(name)?.upMs ?? upMs);
    }
    const mayWait = this.context.nowMs - upMs < firstWordMs;
    for (const id of record.streams) {
      const status = this.streamOf(id)?.status;
      if (status === 'stale' || status === 'resyncing') return false;
      if (status === 'subscribing' && mayWait) return false;
    }
    return true;
  }

  /** Paused, or nobody wants anything of it: it is no part of the trouble any more. */
  private leave(track: Track, connection: Connection): void {
    const record = track.key === null ? null : this.ledger.running(track.key);
    track.key = null;
    track.excused = false;
    if (record === null) return;
    record.connections.delete(connection.name);
    if (record.connections.size === 0) {
      this.ledger.end(record, this.context.time, this.context.nowMs);
    }
  }

  private firstSilent(connection: Connection): Suspect | null {
    let first: Suspect | null = null;
    for (const [id, suspect] of this.suspects) {
      if (this.streamOf(id)?.definition.connection !== connection.name) continue;
      if (first === null || suspect.sinceMs < first.sinceMs) first = suspect;
    }
    return first;
  }

  private streamOf(id: string): Stream | null {
    for (const feed of this.feeds.values()) {
      const stream = feed.streams.get(id);
      if (stream !== undefined) return stream;
    }
    return null;
  }

  private connectionNamed(name: string): Connection | null {
    for (const feed of this.feeds.values()) {
      const connection = feed.connectionNamed(name);
      if (connection !== null) return connection;
    }
    return null;
  }

  private trackOf(connection: Connection): Track {
    const known = this.tracks.get(connection.name);
    if (known !== undefined) return known;
    const track: Track = {
      status: 'closed',
      upMs: null,
      excused: false,
      key: null,
    };
    this.tracks.set(connection.name, track);
    return track;
  }
}

function isOpen(connection: Connection | null): boolean {
  return connection?.status === 'live' || connection?.status === 'subscribing';
}

function kindOfReason({ reason }: Connection): 'banned' | 'rateLimited' | null {
  if (reason === 'banned') return 'banned';
  return reason === 'rate-limited' ? 'rateLimited' : null;
}

/** A venue that asks to wait, or shuts its door, is worse off than a lost socket. */
function escalate(record: IncidentRecord, connection: Connection): void {
  const kind = kindOfReason(connection);
  if (kind === null || record.kind === 'banned' || record.kind === 'slept') return;
  const error = connection.meter.lastError;
  record.escalate(kind, error === null ? kind : describe(error.code, error.detail));
}

function errorCode(connection: Connection, time: EpochMs): string | null {
  const error = connection.meter.lastError;
  return error !== null && error.time === time ? error.code : null;
}

function causeOf(connection: Connection, time: EpochMs): string {
  const error = connection.meter.lastError;
  if (error === null || error.time !== time) return 'the socket was replaced';
  return describe(error.code, error.detail);
}

/** `close code 1006: terminated`, `handshake refused with HTTP 418`, `no answer to our ping`. */
export function describe(code: string, detail: string): string {
  if (code === 'silent' && detail !== '') return detail;
  const number = /^\d{3,4}$/.test(code) ? Number(code) : null;
  const name = number === null ? code : number >= 1000 ? `close code ${code}` : `HTTP ${code}`;
  if (detail.includes(name)) return detail;
  return detail === '' ? name : `${name}: ${detail}`;
}
