import type { ByteReader, ByteWriter } from '../bytes.ts';
import type {
  ApiChange,
  BudgetHealth,
  CircuitState,
  ConnectionHealth,
  ConnectionReason,
  ConnectionStatus,
  FeedError,
  FeedHealth,
  HeldSizes,
  NextStep,
  StreamHealth,
} from '../feedHealth.ts';
import { streamChannels } from '../feedHealth.ts';
import {
  putInstrument,
  putOneOf,
  putOptionalF64,
  putOptionalString,
  putVenue,
  streamStatuses,
  takeInstrument,
  takeList,
  takeOneOf,
  takeOptionalF64,
  takeOptionalString,
  takeVenue,
} from './common.ts';

const connectionStatuses: readonly ConnectionStatus[] = [
  'connecting',
  'subscribing',
  'live',
  'reconnecting',
  'closed',
];
const connectionReasons: readonly (ConnectionReason | null)[] = [
  null,
  'backoff',
  'rate-limited',
  'banned',
  'refused',
  'paused',
];
const circuitStates: readonly CircuitState[] = ['closed', 'open', 'half-open'];
const nextActions: readonly (NextStep['action'] | null)[] = [
  null,
  'connect',
  'probe',
  'resubscribe',
  'replaceSocket',
  'retrySubscription',
  'snapshot',
];
const fieldChanges: readonly ApiChange['change'][] = ['unknown', 'missing'];
const errorTypes: readonly FeedError['type'][] = [
  'connection',
  'server',
  'parse',
  'subscription',
  'rate-limit',
];

/** Hundreds of streams several times a second: as JSON it would be most of what a window costs. */
export function encodeFeedHealth(writer: ByteWriter, value: FeedHealth): void {
  writer.f64(value.time);
  writer.varuint(value.connections.length);
  for (const connection of value.connections) encodeConnection(writer, connection);
  writer.varuint(value.streams.length);
  for (const stream of value.streams) encodeStream(writer, stream);
  writer.varuint(value.errors.length);
  for (const error of value.errors) encodeError(writer, error);
  writer.varuint(value.apiChanges.length);
  for (const change of value.apiChanges) encodeApiChange(writer, change);
  writer.f64(value.messagesPerSec);
  writer.varuint(value.gapsTotal);
  writer.varuint(value.gapsRepaired);
  writer.varuint(value.resyncsTotal);
  writer.varuint(value.reconnectsTotal);
  writer.varuint(value.decodeErrorsTotal);
  encodeSizes(writer, value.sizes);
}

export function decodeFeedHealth(reader: ByteReader): FeedHealth {
  return {
    time: reader.f64(),
    connections: takeList(reader, decodeConnection),
    streams: takeList(reader, decodeStream),
    errors: takeList(reader, decodeError),
    apiChanges: takeList(reader, decodeApiChange),
    messagesPerSec: reader.f64(),
    gapsTotal: reader.varuint(),
    gapsRepaired: reader.varuint(),
    resyncsTotal: reader.varuint(),
    reconnectsTotal: reader.varuint(),
    decodeErrorsTotal: reader.varuint(),
    sizes: decodeSizes(reader),
  };
}

function encodeSizes(writer: ByteWriter, value: HeldSizes): void {
  writer.varuint(value.bookLevels);
  writer.varuint(value.heldUpdates);
  writer.varuint(value.trades);
  writer.varuint(value.gaps);
  writer.varuint(value.incidents);
  writer.varuint(value.requests);
}

function decodeSizes(reader: ByteReader): HeldSizes {
  return {
    bookLevels: reader.varuint(),
    heldUpdates: reader.varuint(),
    trades: reader.varuint(),
    gaps: reader.varuint(),
    incidents: reader.varuint(),
    requests: reader.varuint(),
  };
}

function encodeConnection(writer: ByteWriter, value: ConnectionHealth): void {
  writer.string(value.connection);
  putVenue(writer, value.venue);
  putOneOf(writer, connectionStatuses, value.status);
  putOneOf(writer, connectionReasons, value.reason);
  writer.f64(value.since);
  putOptionalF64(writer, value.openedTime);
  putOptionalF64(writer, value.nextAttemptTime);
  writer.varuint(value.attempt);
  putOptionalF64(writer, value.roundTripMs);
  putOptionalF64(writer, value.clockOffsetMs);
  putOptionalF64(writer, value.clockErrorMs);
  putOneOf(writer, circuitStates, value.circuit);
  writer.f64(value.messagesPerSec);
  writer.f64(value.bytesPerSec);
  writer.varuint(value.messages);
  writer.varuint(value.bytes);
  writer.varuint(value.sent);
  writer.varuint(value.decodeErrors);
  writer.varuint(value.gaps);
  writer.varuint(value.resyncs);
  writer.varuint(value.reconnects);
  putOptionalF64(writer, value.lastReceivedTime);
  writer.u8(value.lastError === null ? 0 : 1);
  if (value.lastError !== null) encodeError(writer, value.lastError);
  writer.varuint(value.budgets.length);
  for (const budget of value.budgets) encodeBudget(writer, budget);
}

function decodeConnection(reader: ByteReader): ConnectionHealth {
  return {
    connection: reader.string(),
    venue: takeVenue(reader),
    status: takeOneOf(reader, connectionStatuses),
    reason: takeOneOf(reader, connectionReasons),
    since: reader.f64(),
    openedTime: takeOptionalF64(reader),
    nextAttemptTime: takeOptionalF64(reader),
    attempt: reader.varuint(),
    roundTripMs: takeOptionalF64(reader),
    clockOffsetMs: takeOptionalF64(reader),
    clockErrorMs: takeOptionalF64(reader),
    circuit: takeOneOf(reader, circuitStates),
    messagesPerSec: reader.f64(),
    bytesPerSec: reader.f64(),
    messages: reader.varuint(),
    bytes: reader.varuint(),
    sent: reader.varuint(),
    decodeErrors: reader.varuint(),
    gaps: reader.varuint(),
    resyncs: reader.varuint(),
    reconnects: reader.varuint(),
    lastReceivedTime: takeOptionalF64(reader),
    lastError: reader.u8() === 0 ? null : decodeError(reader),
    budgets: takeList(reader, decodeBudget),
  };
}

function encodeStream(writer: ByteWriter, value: StreamHealth): void {
  writer.string(value.connection);
  putVenue(writer, value.venue);
  putInstrument(writer, value.instrument);
  putOneOf(writer, streamChannels, value.channel);
  writer.string(value.topic);
  putOneOf(writer, streamStatuses, value.status);
  writer.f64(value.since);
  writer.f64(value.messagesPerSec);
  writer.varuint(value.messages);
  putOptionalF64(writer, value.lastReceivedTime);
  writer.f64(value.silenceLimitMs);
  putOptionalF64(writer, value.lagP50Ms);
  putOptionalF64(writer, value.lagP99Ms);
  writer.varuint(value.gaps);
  writer.varuint(value.resyncs);
  writer.varuint(value.decodeErrors);
  writer.varuint(value.crossed);
  writer.varuint(value.mismatches);
  writer.varuint(value.oddTimes);
  encodeNextStep(writer, value.next);
  putOptionalString(writer, value.note);
}

function decodeStream(reader: ByteReader): StreamHealth {
  return {
    connection: reader.string(),
    venue: takeVenue(reader),
    instrument: takeInstrument(reader),
    channel: takeOneOf(reader, streamChannels),
    topic: reader.string(),
    status: takeOneOf(reader, streamStatuses),
    since: reader.f64(),
    messagesPerSec: reader.f64(),
    messages: reader.varuint(),
    lastReceivedTime: takeOptionalF64(reader),
    silenceLimitMs: reader.f64(),
    lagP50Ms: takeOptionalF64(reader),
    lagP99Ms: takeOptionalF64(reader),
    gaps: reader.varuint(),
    resyncs: reader.varuint(),
    decodeErrors: reader.varuint(),
    crossed: reader.varuint(),
    mismatches: reader.varuint(),
    oddTimes: reader.varuint(),
    next: decodeNextStep(reader),
    note: takeOptionalString(reader),
  };
}

function encodeError(writer: ByteWriter, value: FeedError): void {
  writer.f64(value.time);
  putOneOf(writer, errorTypes, value.type);
  putVenue(writer, value.venue);
  writer.string(value.code);
  writer.string(value.detail);
  writer.string(value.message);
}

function decodeError(reader: ByteReader): FeedError {
  return {
    time: reader.f64(),
    type: takeOneOf(reader, errorTypes),
    venue: takeVenue(reader),
    code: reader.string(),
    detail: reader.string(),
    message: reader.string(),
  };
}

function encodeBudget(writer: ByteWriter, value: BudgetHealth): void {
  writer.string(value.name);
  writer.f64(value.used);
  writer.f64(value.limit);
  writer.f64(value.windowMs);
}

function decodeBudget(reader: ByteReader): BudgetHealth {
  return {
    name: reader.string(),
    used: reader.f64(),
    limit: reader.f64(),
    windowMs: reader.f64(),
  };
}

function encodeNextStep(writer: ByteWriter, value: NextStep | null): void {
  putOneOf(writer, nextActions, value?.action ?? null);
  if (value !== null) putOptionalF64(writer, value.time);
}

function decodeNextStep(reader: ByteReader): NextStep | null {
  const action = takeOneOf(reader, nextActions);
  return action === null ? null : { action, time: takeOptionalF64(reader) };
}

function encodeApiChange(writer: ByteWriter, value: ApiChange): void {
  putVenue(writer, value.venue);
  writer.string(value.message);
  writer.string(value.field);
  putOneOf(writer, fieldChanges, value.change);
  writer.varuint(value.count);
  writer.f64(value.firstTime);
  writer.f64(value.lastTime);
}

function decodeApiChange(reader: ByteReader): ApiChange {
  return {
    venue: takeVenue(reader),
    message: reader.string(),
    field: reader.string(),
    change: takeOneOf(reader, fieldChanges),
    count: reader.varuint(),
    firstTime: reader.f64(),
    lastTime: reader.f64(),
  };
}
