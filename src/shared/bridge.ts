import * as v from 'valibot';
import { exportTables, tableFormats } from './exports.ts';
import { latencySpans } from './latency.ts';
import { candleIntervals } from './market.ts';
import { maxMarkText } from './marks.ts';
import type { Mark } from './marks.ts';
import { stepUnits } from './replay.ts';
import type { Timeline } from './replay.ts';
import type { CandlePage, DataSource } from './values.ts';
import type { MarketId } from './market.ts';
import type { Settings } from './settings.ts';
import { venueIds } from './venues.ts';

/**
 * A byte pipe between a page and its host: a MessagePort on the desktop, one WebSocket at the gateway, a pair in
 * memory in tests. Bytes given to `send` belong to the receiver afterwards: never reuse a buffer.
 */
export interface BridgeTransport {
  /** Dropped quietly once either side has closed. */
  send(bytes: Uint8Array): void;
  /** One listener; a later call replaces it. Messages arriving before the first call are kept. */
  onMessage(listener: (bytes: Uint8Array) => void): void;
  onClose(listener: (reason: string) => void): void;
  /** Bytes not yet taken by the other side; 0 where the transport cannot know. */
  bufferedBytes(): number;
  /**
   * There and back between the machines, as the transport itself measures it (ping and pong): a slow page must not look
   * like a slow link. Absent or null where there is no network between.
   */
  roundTripMs?(): number | null;
  close(): void;
}

const market = v.pipe(v.string(), v.minLength(3), v.maxLength(48));
const venue = v.picklist(venueIds);
const interval = v.picklist(candleIntervals);
const id = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** What a panel wants to see. The set of a window is declarative: `subscribe` carries all of it each time. */
export const topicRequestSchema = v.variant('topic', [
  v.strictObject({ topic: v.literal('price'), market }),
  v.strictObject({ topic: v.literal('quote'), market }),
  v.strictObject({ topic: v.literal('ticker'), market }),
  v.strictObject({ topic: v.literal('trades'), market }),
  v.strictObject({
    topic: v.literal('book'),
    market,
    venue: v.nullable(venue),
    /**
     * Row height in the quote, a decimal string; `0` is the finest tick. A height so fine or so large that the book's prices
     * cannot be counted in it exactly gives the tick too: the view says which height it has.
     */
    group: v.pipe(v.string(), v.regex(/^(0|[1-9]\d{0,11}|0?\.\d{1,12}|\d{1,6}\.\d{1,12})$/)),
    rows: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(200)),
    /** Venues left out of a consolidated view. */
    muted: v.pipe(v.array(venue), v.maxLength(16), v.readonly()),
  }),
  v.strictObject({ topic: v.literal('candle'), market, venue: v.nullable(venue), interval }),
  v.strictObject({ topic: v.literal('gaps') }),
  v.strictObject({ topic: v.literal('health') }),
  v.strictObject({ topic: v.literal('status') }),
  v.strictObject({ topic: v.literal('links') }),
  v.strictObject({ topic: v.literal('incidents') }),
  v.strictObject({ topic: v.literal('latency'), span: v.picklist(latencySpans) }),
  v.strictObject({ topic: v.literal('recordings') }),
  v.strictObject({ topic: v.literal('exports') }),
  v.strictObject({ topic: v.literal('marks') }),
  v.strictObject({ topic: v.literal('metrics') }),
]);
export type TopicRequest = v.InferOutput<typeof topicRequestSchema>;
export type TopicName = TopicRequest['topic'];

/** One wanted topic of a window; `id` is the page's, and names its values on the wire. */
export const topicSubscriptionSchema = v.strictObject({ id, request: topicRequestSchema });
export type TopicSubscription = v.InferOutput<typeof topicSubscriptionSchema>;

const windowId = v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,40}$/));
const layout = v.pipe(v.string(), v.maxLength(262_144));
const linkGroup = v.picklist([1, 2, 3, 4]);
const time = v.pipe(v.number(), v.minValue(0), v.maxValue(8.64e15));
const session = v.pipe(v.string(), v.regex(/^[0-9a-z-]{1,64}$/));
const markId = v.pipe(v.string(), v.regex(/^[0-9a-z-]{1,64}$/));
const note = v.pipe(v.string(), v.maxLength(maxMarkText));
const range = v.strictObject({ from: time, to: time });
const uploadId = v.pipe(v.string(), v.regex(/^[a-z0-9-]{8,40}$/));

/** What a replay can be told. Steps go forward with 1, back with -1. */
export const replayActionSchema = v.variant('do', [
  v.strictObject({ do: v.literal('play') }),
  v.strictObject({ do: v.literal('pause') }),
  v.strictObject({
    do: v.literal('setSpeed'),
    /** Null: as fast as possible. */
    speed: v.nullable(v.pipe(v.number(), v.minValue(0.01), v.maxValue(10_000))),
  }),
  v.strictObject({ do: v.literal('seek'), time }),
  v.strictObject({
    do: v.literal('step'),
    unit: v.picklist(stepUnits),
    direction: v.picklist([1, -1]),
  }),
  v.strictObject({ do: v.literal('setLoop'), loop: v.nullable(range) }),
]);
export type ReplayAction = v.InferOutput<typeof replayActionSchema>;

const exportContentSchema = v.variant('type', [
  v.strictObject({
    type: v.literal('table'),
    table: v.picklist(exportTables),
    format: v.picklist(tableFormats),
  }),
  v.strictObject({ type: v.literal('report') }),
  v.strictObject({ type: v.literal('frames') }),
]);

const exportRequestSchema = v.strictObject({
  session,
  content: exportContentSchema,
  from: v.nullable(time),
  to: v.nullable(time),
  markets: v.pipe(v.array(market), v.maxLength(500), v.readonly()),
  everyMs: v.pipe(v.number(), v.integer(), v.minValue(100), v.maxValue(86_400_000)),
  interval,
  levels: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000)),
  fileName: v.nullable(v.pipe(v.string(), v.minLength(1), v.maxLength(120))),
});

/** Bytes of a file that go with one command; in base64 and with the rest of it they fit into one message of a page. */
export const uploadChunkBytes = 512 * 1024;

export const commandSchema = v.variant('type', [
  v.strictObject({ type: v.literal('searchMarkets'), text: v.pipe(v.string(), v.maxLength(64)) }),
  v.strictObject({
    type: v.literal('loadCandles'),
    market,
    venue: v.nullable(venue),
    interval,
    /** Candles that open before this time; null = up to now. */
    before: v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(8.64e15))),
    limit: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000)),
  }),
  v.strictObject({ type: v.literal('reconnectVenue'), venue }),
  v.strictObject({ type: v.literal('pauseVenue'), venue }),
  v.strictObject({ type: v.literal('resumeVenue'), venue }),
  /** Answers the redacted bundle that `truetape doctor --bundle` writes too. */
  v.strictObject({ type: v.literal('createDiagnostics') }),
  v.strictObject({ type: v.literal('switchSource'), source: v.picklist(['live', 'simulated']) }),
  v.strictObject({ type: v.literal('getSettings') }),
  v.strictObject({
    type: v.literal('changeSettings'),
    changes: v.record(v.pipe(v.string(), v.maxLength(64)), v.unknown()),
  }),
  v.strictObject({ type: v.literal('loadWorkspace'), window: windowId }),
  v.strictObject({ type: v.literal('saveWorkspace'), window: windowId, layout }),
  v.strictObject({ type: v.literal('setLink'), group: linkGroup, market, interval }),
  v.strictObject({
    type: v.literal('openWindow'),
    layout,
    bounds: v.strictObject({
      x: v.pipe(v.number(), v.finite()),
      y: v.pipe(v.number(), v.finite()),
      width: v.pipe(v.number(), v.minValue(100), v.maxValue(20_000)),
      height: v.pipe(v.number(), v.minValue(100), v.maxValue(20_000)),
    }),
  }),
  /** Of the engine that is running: `start` begins a new session, `resume` goes on after the disk had no room. */
  v.strictObject({
    type: v.literal('controlRecording'),
    action: v.picklist(['start', 'stop', 'resume']),
  }),
  v.strictObject({
    type: v.literal('changeSession'),
    session,
    name: v.optional(v.pipe(v.string(), v.maxLength(80))),
    pinned: v.optional(v.boolean()),
  }),
  v.strictObject({ type: v.literal('deleteSession'), session }),
  /** Shows the files to the person at the host's screen. */
  v.strictObject({ type: v.literal('revealSession'), session }),
  v.strictObject({
    type: v.literal('openReplay'),
    session,
    /** Null: its start. */
    at: v.nullable(time),
    where: v.picklist(['thisWindow', 'newWindow']),
  }),
  /** This window goes back to the market of the host. */
  v.strictObject({ type: v.literal('closeReplay') }),
  v.strictObject({ type: v.literal('controlReplay'), action: replayActionSchema }),
  /** Of the session that the window looks at. */
  v.strictObject({
    type: v.literal('loadTimeline'),
    market,
    buckets: v.pipe(v.number(), v.integer(), v.minValue(10), v.maxValue(2000)),
  }),
  v.strictObject({
    type: v.literal('addMark'),
    /** Null: now, or where the replay stands. */
    time: v.nullable(time),
    market: v.nullable(market),
    note,
  }),
  /** A person's own ones only. */
  v.strictObject({ type: v.literal('changeMark'), mark: markId, note }),
  v.strictObject({ type: v.literal('removeMark'), mark: markId }),
  v.strictObject({ type: v.literal('startExport'), request: exportRequestSchema }),
  v.strictObject({ type: v.literal('cancelExport'), export: id }),
  v.strictObject({ type: v.literal('revealExport'), export: id }),
  /** One piece of a file that becomes a session with its last one: a recording of ours, or lines in the form of Tardis. */
  v.strictObject({
    type: v.literal('uploadRecording'),
    upload: uploadId,
    fileName: v.pipe(v.string(), v.minLength(1), v.maxLength(255)),
    offset: id,
    base64: v.pipe(v.string(), v.base64(), v.maxLength(Math.ceil(uploadChunkBytes / 3) * 4)),
    last: v.boolean(),
    /** Of lines in the form of Tardis; null: found out from the frames. */
    venue: v.nullable(venue),
    marketKind: v.nullable(v.picklist(['spot', 'linear'])),
  }),
  /** Its pieces are thrown away; what has become a session by then stays one. */
  v.strictObject({ type: v.literal('cancelUpload'), upload: uploadId }),
  v.strictObject({
    type: v.literal('openExternal'),
    link: v.picklist(['chart-attribution']),
  }),
  v.strictObject({
    type: v.literal('windowControl'),
    action: v.picklist(['minimize', 'maximize', 'close']),
  }),
]);
export type Command = v.InferOutput<typeof commandSchema>;

export interface MarketCandidate {
  readonly market: MarketId;
  readonly base: string;
  readonly quote: string;
  readonly venues: readonly string[];
}

/** What each command answers; a command that only acts answers null. */
export interface CommandAnswers {
  readonly searchMarkets: readonly MarketCandidate[];
  readonly loadCandles: CandlePage;
  readonly reconnectVenue: null;
  readonly pauseVenue: null;
  readonly resumeVenue: null;
  /** A zip; the page offers it as a download. */
  readonly createDiagnostics: { readonly fileName: string; readonly base64: string };
  readonly switchSource: null;
  readonly getSettings: Settings;
  readonly changeSettings: Settings;
  /** Null: nothing saved yet. */
  readonly loadWorkspace: string | null;
  readonly saveWorkspace: null;
  readonly setLink: null;
  /** The id of the new window, and its address where the page must open it itself (gateway); null address on the desktop. */
  readonly openWindow: { readonly window: string; readonly address: string | null };
  readonly controlRecording: null;
  readonly changeSession: null;
  readonly deleteSession: null;
  readonly revealSession: null;
  /** Null window: this one. The page opens an address itself; on the desktop there is none. */
  readonly openReplay: { readonly window: string | null; readonly address: string | null };
  readonly closeReplay: null;
  readonly controlReplay: null;
  readonly loadTimeline: Timeline;
  readonly addMark: Mark;
  readonly changeMark: null;
  readonly removeMark: null;
  readonly startExport: { readonly export: number };
  readonly cancelExport: null;
  readonly revealExport: null;
  /** The session after the last piece, else null. */
  readonly uploadRecording: { readonly received: number; readonly session: string | null };
  readonly cancelUpload: null;
  readonly openExternal: null;
  readonly windowControl: null;
}

export type CommandError =
  | 'unknown-market'
  | 'unknown-venue'
  | 'unknown-session'
  | 'invalid-command'
  | 'not-available'
  | 'storage-failed'
  | 'internal';

export type CommandResult<Answer> =
  | { readonly ok: true; readonly value: Answer }
  | {
      readonly ok: false;
      readonly code: CommandError;
      /** One sentence for a person that says what to do. */
      readonly message: string;
      readonly candidates: readonly string[];
    };

/** What the host tells a window beside data. */
export type HostEvent =
  | {
      /** First message of every session. A page of another schema reloads once, then says so. */
      readonly type: 'hello';
      readonly schemaVersion: number;
      readonly appVersion: string;
      readonly host: 'desktop' | 'gateway';
      readonly window: string;
      readonly source: DataSource;
      readonly platform: string;
      readonly settings: Settings;
    }
  | {
      /** A new engine with empty state took over: the page drops all market state. */
      readonly type: 'sourceChanged';
      readonly source: DataSource;
    }
  | { readonly type: 'settingsChanged'; readonly settings: Settings }
  | {
      readonly type: 'notice';
      readonly id: string;
      readonly level: 'info' | 'warning' | 'fault';
      readonly text: string;
    }
  | { readonly type: 'goodbye'; readonly reason: string };

/** Messages of the page. Everything but data batches is small JSON in UTF-8; a batch starts with another byte. */
export type PageMessage =
  | { readonly type: 'subscribe'; readonly topics: readonly TopicSubscription[] }
  | { readonly type: 'command'; readonly id: number; readonly command: Command }
  | {
      readonly type: 'ack';
      readonly sequence: number;
      /** Page clock, ms since the batch's message event: decoded and applied, painted. For the latency waterfall. */
      readonly appliedMs: number;
      readonly paintedMs: number;
    }
  | { readonly type: 'visibility'; readonly visible: boolean };

export const pageMessageSchema = v.variant('type', [
  v.strictObject({
    type: v.literal('subscribe'),
    topics: v.pipe(v.array(topicSubscriptionSchema), v.maxLength(2000)),
  }),
  v.strictObject({ type: v.literal('command'), id, command: commandSchema }),
  v.strictObject({
    type: v.literal('ack'),
    sequence: id,
    appliedMs: v.pipe(v.number(), v.finite(), v.minValue(0)),
    paintedMs: v.pipe(v.number(), v.finite(), v.minValue(0)),
  }),
  v.strictObject({ type: v.literal('visibility'), visible: v.boolean() }),
]);

/** JSON messages of the host. */
export type HostMessage =
  | { readonly type: 'event'; readonly event: HostEvent }
  | { readonly type: 'answer'; readonly id: number; readonly result: CommandResult<unknown> };

/** Raised on every change of a message or of a topic's encoding. */
export const bridgeSchemaVersion = 7;
