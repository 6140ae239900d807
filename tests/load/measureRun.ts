import type { CrowdOptions } from './crowd.ts';
import type { Desk } from './desk.ts';
import { openDesk } from './desk.ts';
import type { FloorFigures } from './floor.ts';
import { measureFloor } from './floor.ts';
import type { LoadOptions } from './loadOptions.ts';
import { roomsOf } from './loadOptions.ts';
import type { PhaseFigures } from './phase.ts';
import { Phase } from './phase.ts';
import type { Ended } from './programs.ts';

/** S4-26, S1-47 and S2-23 in one run. */
export interface MeasuredRun {
  /** One client with every channel: what engine and hub cost without the others. */
  readonly alone: PhaseFigures;
  readonly judged: PhaseFigures;
  /** Null where they were left out. */
  readonly floor: FloorFigures | null;
  readonly otherEncoding: PhaseFigures | null;
  readonly stream: PhaseFigures | null;
  readonly polling: PhaseFigures | null;
  readonly ended: readonly Ended[];
}

/** Those who poll and those who stream are compared with as many of each. */
const compared = 100;
const aloneSeconds = 5;
const besideSeconds = 10;

export async function runMeasure(
  options: LoadOptions,
  say: (line: string) => void,
): Promise<MeasuredRun> {
  const desk = await openDesk(options);
  let ended: readonly Ended[] = [];
  try {
    const { alone, judged, crowd, kept } = await runJudged(options, desk, say);
    if (options.isQuick) {
      return {
        alone,
        judged,
        floor: null,
        otherEncoding: null,
        stream: null,
        polling: null,
        ended,
      };
    }
    const otherEncoding = await runOtherEncoding(options, desk, crowd, say);
    say(`polling and streaming, ${compared} clients each`);
    const few = { ...crowd, clients: compared, sampleEvery: 2, rooms: priceRooms(options) };
    const seconds = Math.min(options.seconds, besideSeconds);
    const stream = await new Phase('stream', desk, few).run(seconds);
    const polling = await new Phase('polling once a second', desk, {
      ...few,
      transport: 'snapshots',
      encoding: 'json',
    }).run(seconds);
    ended = await desk.stop();
    say(`the floor: a plain broadcast to ${options.clients} clients`);
    const floor = await measureFloor(kept, judged.seconds * 1_000, crowd, seconds);
    return { alone, judged, floor, otherEncoding, stream, polling, ended };
  } finally {
    if (ended.length === 0) await desk.stop();
  }
}

async function runJudged(options: LoadOptions, desk: Desk, say: (line: string) => void) {
  const rooms = roomsOf(options);
  const { transport, encoding, clients, ratePerSec, sampleEvery } = options;
  const crowd: Omit<CrowdOptions, 'targets'> = {
    ...{ transport, encoding, clients, ratePerSec, sampleEvery, rooms },
    ...{ firstAddress: 0, keepsPayloads: true },
  };
  say('one client with every channel');
  const every = [...new Set(rooms.flat())];
  const one = new Phase('one client', desk, {
    ...{ ...crowd, clients: desk.gateways.length, rooms: [every], sampleEvery: 1 },
    ...{ firstAddress: 5_000, keepsPayloads: false },
  });
  const alone = await one.run(Math.min(options.seconds, aloneSeconds));
  say(`${clients} clients, ${transport}, ${encoding}`);
  const many = new Phase(`${clients} clients`, desk, crowd);
  const judged = await many.run(options.seconds);
  return { alone, judged, crowd, kept: many.kept };
}

async function runOtherEncoding(
  options: LoadOptions,
  desk: Desk,
  crowd: Omit<CrowdOptions, 'targets'>,
  say: (line: string) => void,
): Promise<PhaseFigures | null> {
  if (options.transport === 'sse' || options.transport === 'poll') return null;
  const encoding = options.encoding === 'json' ? 'msgpack' : 'json';
  say(`${options.clients} clients, ${options.transport}, ${encoding}`);
  const phase = new Phase(encoding, desk, { ...crowd, encoding, keepsPayloads: false });
  return phase.run(Math.min(options.seconds, besideSeconds));
}

function priceRooms(options: LoadOptions): readonly (readonly string[])[] {
  return roomsOf({ ...options, watch: 1, channels: [] });
}
