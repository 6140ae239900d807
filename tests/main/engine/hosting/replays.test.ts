import { expect, test } from 'vitest';
import type { ReplayPlayer, ReplayRun } from '../../../../src/main/engine/hosting/replays.ts';
import { Replays } from '../../../../src/main/engine/hosting/replays.ts';
import type { RecordedSession } from '../../../../src/main/engine/recording/recordingLibrary.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { createClockPort } from '../../../support/virtualClockPort.ts';

function sessionOf(id: string): RecordedSession {
  return {
    ...{ version: 1, id, name: '', source: 'live', startTime: 1_000, endTime: 9_000 },
    ...{ pinned: false, problem: null, folder: `/recordings/${id}`, segments: [], bytes: 0 },
  };
}

class Desk {
  readonly clock = new VirtualClock();
  readonly calls: string[] = [];
  readonly held = new Set<string>();
  readonly jumps: ReplayRun[] = [];
  openPlayer: (session: RecordedSession) => Promise<ReplayPlayer> = ({ id }) =>
    Promise.resolve(this.playerOf(id));
  readonly replays = new Replays({
    clock: createClockPort(this.clock),
    openPlayer: (session) => this.openPlayer(session),
    openTimeline: () => Promise.resolve(null),
    hold: (id) => {
      this.held.add(id);
      return () => this.held.delete(id);
    },
    onJump: (run) => this.jumps.push(run),
    onMarks: () => undefined,
    onEnd: (run) => this.calls.push(`end ${run.session.id}`),
  });

  playerOf(id: string): ReplayPlayer {
    const player = {
      onReplaced: () => undefined,
      play: () => this.calls.push(`play ${id}`),
      seek: (time: number) => {
        this.calls.push(`seek ${id} ${time}`);
        return Promise.resolve();
      },
      close: () => this.calls.push(`close ${id}`),
    };
    return player as unknown as ReplayPlayer;
  }
}

test('a replay plays when its first page has come, and ends half a minute after its last', async () => {
  const desk = new Desk();
  const run = await desk.replays.start(sessionOf('a'), 5_000);
  desk.replays.bind(run, 'replay-1', false);
  expect(desk.calls).toEqual(['seek a 5000']);
  desk.clock.advance(29_000);
  expect(desk.replays.come('replay-1')).toEqual({ run, notice: null });
  expect(desk.replays.come('replay-1')).toEqual({ run, notice: null });
  desk.clock.advance(60_000);
  desk.replays.go(run);
  desk.clock.advance(60_000);
  desk.replays.go(run);
  desk.clock.advance(29_000);
  expect(desk.replays.come('replay-1').run).toBe(run);
  desk.replays.go(run);
  expect(desk.calls).toEqual(['seek a 5000', 'play a']);
  expect([desk.replays.has('a'), [...desk.held]]).toEqual([true, ['a']]);
  desk.clock.advance(30_000);
  await Promise.resolve();
  expect(desk.calls).toEqual(['seek a 5000', 'play a', 'close a', 'end a']);
  expect([desk.replays.has('a'), [...desk.held]]).toEqual([false, []]);
  const late = desk.replays.come('replay-1');
  expect(late).toEqual({ run: null, notice: expect.stringContaining('half a minute') });
  expect(desk.replays.come('replay-1')).toEqual({ run: null, notice: null });
});

test('a window that no page ever opened lets its replay go', async () => {
  const desk = new Desk();
  const run = await desk.replays.start(sessionOf('a'), null);
  desk.replays.bind(run, 'replay-1', false);
  desk.clock.advance(30_000);
  expect(desk.calls).toEqual(['close a', 'end a']);
});

test('a window that goes back to the market ends its replay at once, and is told nothing later', async () => {
  const desk = new Desk();
  const run = await desk.replays.start(sessionOf('a'), null);
  desk.replays.bind(run, 'main', true);
  const other = await desk.replays.start(sessionOf('b'), null);
  desk.replays.bind(other, 'main', true);
  desk.replays.leave('main', true);
  expect(desk.calls).toEqual(['play a', 'close a', 'end a', 'play b', 'close b', 'end b']);
  expect(desk.replays.come('main')).toEqual({ run: null, notice: null });
});

test('the replay that a program was started for outlives its pages', async () => {
  const desk = new Desk();
  const run = await desk.replays.start(sessionOf('a'), null, 'host');
  desk.clock.advance(120_000);
  desk.replays.bind(run, 'main', true);
  desk.replays.go(run);
  desk.clock.advance(120_000);
  expect(desk.replays.come('main')).toEqual({ run, notice: null });
  expect(desk.calls).toEqual(['play a']);
  await desk.replays.close();
  expect(desk.calls).toEqual(['play a', 'close a', 'end a']);
});

test('no more than four at once, those that are being opened among them', async () => {
  const desk = new Desk();
  const four = ['a', 'b', 'c', 'd'].map((id) => desk.replays.start(sessionOf(id), null));
  await expect(desk.replays.start(sessionOf('e'), null)).rejects.toThrow('Close one first');
  const [first] = await Promise.all(four);
  await expect(desk.replays.start(sessionOf('e'), null)).rejects.toThrow('Close one first');
  if (first !== undefined) await desk.replays.end(first);
  expect((await desk.replays.start(sessionOf('e'), null)).session.id).toBe('e');
});

test('one that cannot be opened holds nothing', async () => {
  const desk = new Desk();
  desk.openPlayer = () => Promise.reject(new Error('torn'));
  await expect(desk.replays.start(sessionOf('a'), null)).rejects.toThrow('torn');
  expect([...desk.held]).toEqual([]);
  desk.openPlayer = ({ id }) => Promise.resolve(desk.playerOf(id));
  const opening = desk.replays.start(sessionOf('b'), null);
  await desk.replays.close();
  await expect(opening).rejects.toThrow('being closed');
  expect([desk.calls, [...desk.held]]).toEqual([['close b'], []]);
});

test('what listens is told when the player stands at another moment', async () => {
  const desk = new Desk();
  const run = await desk.replays.start(sessionOf('a'), null);
  run.player.onReplaced();
  expect(desk.jumps).toEqual([run]);
});
