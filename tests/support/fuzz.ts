import { DecodeError } from '../../src/main/engine/errors.ts';
import type { CoreInput } from '../../src/main/engine/inputs.ts';
import { normalizeMessage } from '../../src/main/engine/venues/binance/normalize.ts';
import { parseMessages } from '../../src/main/engine/venues/binance/parse.ts';
import { LevelReader } from '../../src/main/engine/venues/levels.ts';
import { createVenue } from '../../src/main/engine/venues/registry.ts';
import type { DecodeContext, Venue, VenueEvent } from '../../src/main/engine/venues/venue.ts';
import type { VenueId } from '../../src/shared/venues.ts';
import { shownEvent } from './decoding.ts';
import { EngineOnLinks } from './engineOnLinks.ts';
import { mutateFrame, seededRandom } from './mutateFrame.ts';

export interface FuzzReport {
  readonly frames: number;
  readonly accepted: number;
  /** Rejections by their reason: every one is counted. */
  readonly rejected: ReadonlyMap<string, number>;
  /** Frames that two decoders of the same message were compared on. */
  readonly compared: number;
  /** Longest time that one frame took, the best of three tries: a machine that was busy elsewhere is no fault. */
  readonly slowestMs: number;
  /** Frames that took too long. */
  readonly slow: readonly SlowFrame[];
}

export interface SlowFrame {
  readonly text: string;
  readonly tookMs: number;
}

/** A frame that takes longer counts as a hang. */
const longestMs = 50;
const mostSlowFrames = 5;

/** Frames of a short simulated session, by venue: what the decoders are fed with, broken. */
export function collectFrames(): ReadonlyMap<VenueId, readonly string[]> {
  const frames = new Map<VenueId, string[]>();
  const onInput = (input: CoreInput): void => {
    if (input.type !== 'frame') return;
    const venue = (['binance', 'bybit', 'okx'] as const).find((id) =>
      input.connection.startsWith(id),
    );
    if (venue === undefined) return;
    const list = frames.get(venue) ?? [];
    frames.set(venue, list);
    if (input.text.length < 20_000) list.push(input.text);
  };
  const engine = new EngineOnLinks({ messagesPerSec: 900, onInput });
  engine.want(['BTC-USDT', 'ETH-USDT']);
  engine.run(4_000);
  engine.close();
  return frames;
}

/** Feeds `count` broken frames to one venue's decoder. Throws what is not a `DecodeError`, and where two decoders differ. */
export function fuzzVenue(
  id: VenueId,
  corpus: readonly string[],
  count: number,
  seed: number,
  onProgress: (done: number) => void = () => undefined,
): FuzzReport {
  const venue = createVenue(id);
  const random = seededRandom(seed);
  const rejected = new Map<string, number>();
  const context = contextOf(venue);
  const slow: SlowFrame[] = [];
  let slowestMs = 0;
  let accepted = 0;
  let compared = 0;
  for (let done = 0; done < count; done += 1) {
    const source = corpus[Math.floor(random() * corpus.length)] ?? '';
    const text = random() < 0.02 ? source : mutateFrame(source, random);
    const begin = performance.now();
    const reason = decodeOnce(venue, text, context);
    if (performance.now() - begin > Math.max(1, slowestMs)) {
      const tookMs = bestOfThree(() => decodeOnce(venue, text, context));
      slowestMs = Math.max(slowestMs, tookMs);
      if (tookMs > longestMs && slow.length < mostSlowFrames) slow.push({ text, tookMs });
    }
    if (reason === null) accepted += 1;
    else rejected.set(reason, (rejected.get(reason) ?? 0) + 1);
    if (id === 'binance' && done % 8 === 0) {
      compare(venue, text);
      compared += 1;
    }
    if (done % 10_000 === 0) onProgress(done);
  }
  return { frames: count, accepted, rejected, compared, slowestMs, slow };
}

function bestOfThree(run: () => unknown): number {
  // Of this thread alone: what others take of the processor says nothing of a decoder.
  const times = [0, 1, 2].map(() => {
    const begin = process.threadCpuUsage();
    run();
    const { user, system } = process.threadCpuUsage(begin);
    return (user + system) / 1_000;
  });
  return Math.min(...times);
}

function contextOf(venue: Venue): DecodeContext {
  return {
    marketKind: 'spot',
    instrumentOf: (symbol) => venue.describeSymbol(symbol, 'spot').instrument,
    decimalsOf: () => ({ price: 2, size: 5 }),
  };
}

function decodeOnce(venue: Venue, text: string, context: DecodeContext): string | null {
  try {
    venue.decode(text, context, ignore);
    return null;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return error.reason;
  }
}

function ignore(): void {
  return;
}

const plainLevels = new LevelReader();

/** Binance's scanner of hot frames against the plain way through `JSON.parse`: same events, or both refuse. */
function compare(venue: Venue, text: string): void {
  const context = contextOf(venue);
  const fast = outcomeOf((sink) => venue.decode(text, context, sink));
  const plain = outcomeOf((sink) => {
    for (const message of parseMessages(text))
      normalizeMessage(message, context, plainLevels, sink);
  });
  if (fast !== plain)
    throw new Error(`two decoders differ on ${JSON.stringify(text)}:\n${fast}\n${plain}`);
}

function outcomeOf(decode: (sink: (event: VenueEvent) => void) => void): string {
  const events: unknown[] = [];
  try {
    decode((event) => events.push(shownEvent(event)));
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return 'refused';
  }
  return JSON.stringify(events);
}
