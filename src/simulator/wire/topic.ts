import type {
  FrameKind,
  Outgoing,
  OutgoingFrame,
  PushForm,
  WireForm,
} from '../faults/faultBoard.ts';
import type { Instrument } from '../market/instrument.ts';
import type { Trade } from '../market/tradeTape.ts';
import type { VenueContext } from './venueContext.ts';

/** Someone who gets frames. `variant` numbers the forms in which the venue can write one frame. */
export interface TopicClient {
  readonly variant: number;
  /** `form` absent: one text frame. */
  deliver(text: string, form?: WireForm): void;
}

/** One stream of one instrument and its subscribers. */
export interface Topic<Client extends TopicClient> {
  /** The venue's own name. */
  readonly name: string;
  readonly clients: Set<Client>;
  /** Whose changes it is told of. */
  readonly instruments: readonly Instrument[];
  /** Topics of lower rank are told first. */
  readonly rank: number;
  /** A subscriber was added, after its ack. */
  joined(client: Client): void;
  left(): void;
  onTrades?(trades: readonly Trade[]): void;
  onBookChanged?(topChanged: boolean): void;
  /** Sends unasked what a fault wants; false where the topic has no such message. */
  push?(form: PushForm): boolean;
}

export interface TopicSubject {
  readonly name: string;
  readonly instrument: Instrument;
}

/** Writes each frame once per variant and hands it to all clients, unless a fault decides. */
export function publish<Client extends TopicClient>(
  context: VenueContext,
  subject: TopicSubject,
  clients: Iterable<Client>,
  kind: FrameKind,
  write: (variant: number) => string,
): void {
  const frame: OutgoingFrame = {
    venue: context.id,
    market: subject.instrument.market,
    stream: subject.name,
    kind,
  };
  const rewrite = context.faults.onFrame(context.now(), frame);
  const written: (string | undefined)[] = [];
  for (const client of clients) {
    const text = (written[client.variant] ??= write(client.variant));
    if (rewrite === undefined) {
      client.deliver(text);
      continue;
    }
    const outgoing = rewrite({ text, delayMs: 0 }, client);
    if (outgoing.length === 0) context.counters.framesLostToFaults += 1;
    for (const each of outgoing) deliverLater(context, client, each);
  }
}

function deliverLater(context: VenueContext, client: TopicClient, outgoing: Outgoing): void {
  const { text, delayMs, form } = outgoing;
  const run = (): void => client.deliver(text, form);
  if (delayMs <= 0) run();
  else context.schedule(context.now() + delayMs, run);
}
