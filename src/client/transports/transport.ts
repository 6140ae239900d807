import type { GatewayError } from '../../shared/gateway/errors.ts';
import type { SubscribeRequest } from '../../shared/gateway/requests.ts';
import type { ServerMessage, SubscribedMessage } from '../../shared/gateway/wire.ts';
import type { ClientTransport, ResolvedOptions } from '../clientContract.ts';
import type { ClientErrorCode } from '../errorCatalogue.ts';
import type { ResolvedPorts } from '../resolveOptions.ts';
import type { RegistryChange, WireSubscription } from '../subscriptionRegistry.ts';

/** Why a transport ended that we did not close. */
export interface TransportEnd {
  readonly code: ClientErrorCode;
  readonly reason: string;
  /** Of a WebSocket. */
  readonly closeCode: number | null;
  readonly wasClean: boolean;
  /** When the gateway said why. */
  readonly error: GatewayError | null;
}

/** Nothing comes after `onEnd`, and nothing after `close` was called. */
export interface TransportListener {
  /** The gateway has let us in. */
  onOpen(): void;
  onMessage(message: ServerMessage): void;
  /** The answer to subscriptions, with the channels that they were for. */
  onSubscribed(asked: readonly string[], answer: SubscribedMessage): void;
  /** A subscription as a whole was refused. */
  onRefused(asked: readonly string[], error: GatewayError): void;
  /** Records or messages that could not be read. */
  onUnreadable(detail: string): void;
  /** Any sign of life. */
  onReceived(): void;
  onSent(): void;
  onEnd(end: TransportEnd): void;
}

export interface TransportRequest {
  readonly options: ResolvedOptions;
  readonly ports: ResolvedPorts;
  readonly token: string | null;
  /** Asked when the transport needs them: they change while it lives. */
  readonly wanted: () => readonly WireSubscription[];
  readonly cursor: () => string | null;
  readonly listener: TransportListener;
}

/** Id of the ping behind `resume`: its answer says that what was missed has been looked for. */
export const resumePing = 'resume';

export interface Transport {
  readonly name: ClientTransport;
  /** Whether messages can go up at all. */
  readonly canSend: boolean;
  /** Subscribes to all that is wanted and resumes from the cursor; once, after `onOpen`. False: there is nothing to resume. */
  start(): boolean;
  change(change: RegistryChange): void;
  send(message: object): boolean;
  authenticate(token: string): void;
  /** Clean, with 1000. Safe to call twice. */
  close(): void;
}

/** Requests of one gateway message each: channels that want the same, and every alias alone. */
export function groupRequests(
  wanted: readonly WireSubscription[],
  isExactId: (channel: string) => boolean,
): readonly Omit<SubscribeRequest, 'type' | 'id'>[] {
  const groups = new Map<string, { channels: string[]; first: WireSubscription }>();
  for (const each of wanted) {
    const { channel, rate, depth, filters } = each;
    const alone = isExactId(channel) ? '' : channel;
    const key = JSON.stringify([rate, depth, filters, alone]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { channels: [channel], first: each });
    else group.channels.push(channel);
  }
  return [...groups.values()].map(({ channels, first }) => ({
    channels,
    ...(first.rate === null ? {} : { rate: first.rate }),
    ...(first.depth === null ? {} : { depth: first.depth }),
    ...(first.filters === null ? {} : { filters: first.filters }),
  }));
}

/**
 * One request for transports that take a single one: the widest of what is wanted. `health` says that the stream lives, and
 * that one is opened also where all else is refused.
 */
export function joinRequests(
  wanted: readonly WireSubscription[],
): Omit<SubscribeRequest, 'type' | 'id'> {
  const channels = new Set([...wanted.map(({ channel }) => channel), 'health']);
  const known = wanted.map(({ rate }) => rate).filter((rate) => rate !== null);
  const depth = Math.max(0, ...wanted.map((each) => each.depth ?? 0));
  const filters = new Set(wanted.map((each) => JSON.stringify(each.filters)));
  const shared = filters.size === 1 ? (wanted[0]?.filters ?? null) : null;
  return {
    channels: [...channels],
    ...(known.length === 0 || known.length < wanted.length ? {} : { rate: Math.max(...known) }),
    ...(depth === 0 ? {} : { depth }),
    ...(shared === null ? {} : { filters: shared }),
  };
}
