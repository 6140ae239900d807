import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { Crowd } from '../load/crowd.ts';
import type { CrowdFigures, CrowdOptions } from '../load/crowd.ts';
import { parseLoadOptions, roomsOf } from '../load/loadOptions.ts';
import { writeReport } from '../load/report.ts';
import { SampledReader } from '../load/sampledReader.ts';
import { stampTime, stampedTime } from '../load/stampTime.ts';
import { FakeMarketFeed } from '../support/fakeMarketFeed.ts';
import { eventually } from '../support/eventually.ts';
import { openGatewayBench } from '../support/gatewayBench.ts';

const markets = 4;
const rooms = roomsOf({ markets, watch: 3, channels: ['trades'] });

/** A gateway whose markets move all the time until they are told to rest. */
async function openMarkets() {
  const feed = new FakeMarketFeed(() => performance.timeOrigin + performance.now());
  const bench = await openGatewayBench({
    openFeed: () => feed,
    connectBucket: { size: 1_000, perSec: 1_000 },
  });
  let changes = 0;
  const timer = setInterval(() => {
    changes += 1;
    for (const market of feed.listed.slice(0, markets)) {
      feed.price(market, 64_000 + changes);
      feed.trade(market);
    }
  }, 20);
  onTestFinished(async () => {
    clearInterval(timer);
    await bench.close();
  });
  const open = async (options: Partial<CrowdOptions>): Promise<Crowd> => {
    const crowd = new Crowd({
      ...{ transport: 'websocket', encoding: 'json', clients: 5, rooms, ratePerSec: 10 },
      ...{ sampleEvery: 1, firstAddress: null, keepsPayloads: false },
      targets: [{ origin: bench.origin, key: bench.key }],
      ...options,
    });
    onTestFinished(() => crowd.close());
    await crowd.open();
    crowd.begin();
    return crowd;
  };
  return { open, rest: () => clearInterval(timer) };
}

function bytesPerRecord({ sample }: CrowdFigures): number {
  return sample.payloadBytes / sample.records;
}

test('twenty clients on four transports get every event once and in order [S4-26]', async () => {
  const { open, rest } = await openMarkets();
  const crowds = await Promise.all([
    open({ transport: 'websocket' }),
    open({ transport: 'socketio', encoding: 'msgpack' }),
    open({ transport: 'sse' }),
    open({ transport: 'poll' }),
  ]);
  const until = (condition: (figures: CrowdFigures) => boolean): Promise<void> =>
    eventually(() => {
      for (const crowd of crowds) expect(condition(crowd.figures())).toBe(true);
    });
  await until(({ sample }) => sample.eventMs.length > 20);
  await pause(1_000);
  rest();
  await until(({ spread }) => spread === 0);
  await pause(500);
  for (const crowd of crowds) {
    const { opened, isOpenNow, notOpened, ended, spread, sample } = crowd.figures();
    expect({ opened, isOpenNow, notOpened, ended, spread }).toEqual({
      ...{ opened: 5, isOpenNow: 5, spread: 0 },
      ...{ notOpened: new Map(), ended: new Map() },
    });
    const { eventsLost, eventsDoubled, stateBackwards, resyncs, newEpochs, unread } = sample;
    expect({ eventsLost, eventsDoubled, stateBackwards, resyncs, newEpochs, unread }).toEqual({
      ...{
        eventsLost: 0,
        eventsDoubled: 0,
        stateBackwards: 0,
        resyncs: 0,
        newEpochs: 0,
        unread: 0,
      },
    });
    expect(sample.eventMs.length).toBeGreaterThan(20);
  }
});

test('a run of 1,000 clients ends in a file with its machine, options, verdicts and figures [S4-26]', () => {
  const folder = mkdtempSync(join(tmpdir(), 'truetape-load-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const options = parseLoadOptions(['--clients', '1000']);
  if (typeof options === 'string') throw new Error(options);
  expect(options).toMatchObject({ clients: 1_000, ratePerSec: 10 });
  const verdicts = [{ what: '1000 of 1000 clients connected', isMet: true }];
  const report = { options, machine: 'two cores', verdicts, figures: { p99: 61 } };
  const file = writeReport(join(folder, 'made'), report);
  expect(basename(file)).toBe('load-measure-1000-websocket-json-1.json');
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
    ...{ time: expect.stringMatching(/^\d{4}-.*Z$/), machine: 'two cores', verdicts },
    ...{ options: JSON.parse(JSON.stringify(options)), figures: { p99: 61 } },
  });
});

test('an update takes fewer bytes in MessagePack than in JSON [S1-47]', async () => {
  const { open } = await openMarkets();
  const json = await open({ encoding: 'json' });
  const packed = await open({ encoding: 'msgpack' });
  await eventually(() => {
    for (const crowd of [json, packed]) {
      expect(crowd.figures().sample.records).toBeGreaterThan(100);
    }
  });
  const ratio = bytesPerRecord(packed.figures()) / bytesPerRecord(json.figures());
  expect(ratio).toBeGreaterThan(0.4);
  expect(ratio).toBeLessThan(0.9);
});

test('a table that polls asks for each value, and has fewer and older ones than a stream [S2-23]', async () => {
  const { open } = await openMarkets();
  const prices = roomsOf({ markets, watch: 1, channels: [] });
  const stream = await open({ rooms: prices });
  const polling = await open({ rooms: prices, transport: 'snapshots' });
  const shownAgeMs = ({ sample }: CrowdFigures): number => sample.shownAgeMs / sample.shownMs;
  // Of so long that no single moment in which the machine stood still decides.
  await eventually(() => {
    const [streamed, polled] = [stream.figures(), polling.figures()];
    expect(polled.messages).toBeGreaterThanOrEqual(15);
    expect(streamed.requests).toBe(0);
    expect(polled.requests).toBeGreaterThanOrEqual(polled.messages);
    expect(polled.sample.records).toBeGreaterThan(0);
    expect(streamed.sample.records).toBeGreaterThan(polled.sample.records);
    expect(shownAgeMs(polled)).toBeGreaterThan(shownAgeMs(streamed));
    expect(polled.wireBytes / polled.messages).toBeGreaterThan(
      streamed.wireBytes / streamed.messages,
    );
  });
});

function trade(seq: number, epoch = 'one') {
  const channel = 'trades.BTC-USDT';
  return { time: 1, updates: [{ type: 'trade_update', channel, epoch, seq, time: 1 }] };
}

test('a client that is read in full tells what was lost, doubled or begun anew', () => {
  const reader = new SampledReader(() => 5);
  for (const seq of [7, 8, 11, 11, 12]) reader.take(trade(seq), 100);
  reader.begin();
  reader.take(trade(1, 'two'), 100);
  reader.take({ type: 'resync' }, 20);
  reader.take('nothing known', 20);
  const { eventsLost, eventsDoubled, newEpochs, resyncs, unread, eventMs } = reader.figures;
  expect({ eventsLost, eventsDoubled, newEpochs, resyncs, unread, eventMs }).toEqual({
    ...{ eventsLost: 2, eventsDoubled: 1, newEpochs: 1, resyncs: 1, unread: 1 },
    eventMs: [4],
  });
});

test('the floor sends the same bytes with a time of its own', () => {
  const text = Buffer.from('{"type":"updates","time":1700000000000,"updates":[]}');
  const stamped = stampTime(text, false);
  expect(stamped.length).toBe(text.length);
  expect(stampedTime(stamped, false)).toBeGreaterThan(1_700_000_000_000);
  expect(stampedTime(Buffer.from('{}'), false)).toBeNull();
});

test.each([
  ['--clients', '0'],
  ['--rate', 'fast'],
  ['--transport', 'pigeon'],
  ['--markets', '11'],
  ['--clients', '10', '--stalled', '10'],
  ['--unknown'],
])('flags that make no sense are answered with those that there are: %s %s', (...args) => {
  expect(parseLoadOptions(args)).toContain('usage: npm run load');
});
