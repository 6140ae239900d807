import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MarketStoreContext } from '../../../../src/renderer/store/hooks.ts';
import { SourceBar } from '../../../../src/renderer/workspace/SourceBar.tsx';
import { WorkspaceContext, Workspace } from '../../../../src/renderer/workspace/dock.ts';
import { StatusBar } from '../../../../src/renderer/workspace/StatusBar.tsx';
import { useReplayKeys } from '../../../../src/renderer/workspace/replay/useReplayKeys.ts';
import { useToasts } from '../../../../src/renderer/workspace/toasts.ts';
import { useShortcuts } from '../../../../src/renderer/workspace/useShortcuts.ts';
import type { Mark } from '../../../../src/shared/marks.ts';
import type { Timeline } from '../../../../src/shared/replay.ts';
import { CanvasStub } from '../../canvas/canvasStub.ts';
import type { Answer } from '../../support/panelPage.tsx';
import { run } from '../../support/panelPage.tsx';
import { endTime, ReplayPage, startTime } from './replayPage.tsx';

let canvas: CanvasStub;

beforeEach(() => {
  canvas = new CanvasStub({ width: 760, height: 44 });
});

afterEach(() => {
  cleanup();
  canvas.close();
  useToasts.setState({ toasts: [] });
});

const minute = 60_000;
const opened: string[] = [];

function Keys() {
  useShortcuts((text) => opened.push(text), useReplayKeys());
  return null;
}

function show(page: ReplayPage): void {
  opened.length = 0;
  const workspace = new Workspace(page.store, 'main', () => undefined);
  render(
    <MarketStoreContext value={page.store}>
      <WorkspaceContext value={workspace}>
        <Keys />
        <input aria-label="Filter" />
        <SourceBar />
        <StatusBar />
      </WorkspaceContext>
    </MarketStoreContext>,
  );
}

const mark: Mark = {
  ...{ id: 'm1', kind: 'user', time: startTime + 60 * minute, toTime: null },
  ...{ venue: null, market: 'BTC-USDT', text: 'look here' },
};

function timelineAnswer(): Answer {
  const length = (endTime - startTime) / 100;
  const timeline: Timeline = {
    ...{ session: 'morning', startTime, endTime },
    buckets: Array.from({ length: 100 }, (_, index) => ({
      time: startTime + index * length,
      messages: 1000,
      price: 84_000 + index,
    })),
    gaps: [{ from: startTime + 30 * minute, to: startTime + 34 * minute, venue: null }],
  };
  return ({ type }) => {
    if (type === 'addMark') return { ok: true, value: mark };
    return type === 'loadTimeline' ? { ok: true, value: timeline } : undefined;
  };
}

async function open(page: ReplayPage): Promise<void> {
  show(page);
  await run(page, 600);
}

function slider(): HTMLElement {
  return screen.getByRole('slider', { name: 'Position in the recording' });
}

function press(key: string, options: KeyboardEventInit = {}, target: Element = document.body) {
  fireEvent.keyDown(target, { key, ...options });
}

test('the bar says where the replay stands, and whether its state is that of the live run', async () => {
  const page = ReplayPage.open({}, timelineAnswer());
  await open(page);
  expect(document.querySelector('.replay-time')?.textContent).toBe('2026-11-18 10:00:00.000 UTC');
  expect(screen.getByText('Not yet compared')).toBeTruthy();
  const check = { time: startTime, inputs: 1, hash: '9f2c41d0aa', isEqual: true };
  page.change({ check });
  await run(page, 600);
  expect(screen.getByText('State equals the live run')).toBeTruthy();
  expect(screen.getByText('9f2c 41d0')).toBeTruthy();
  page.change({ check: { ...check, isEqual: false } });
  await run(page, 600);
  const differs = screen.getByText('State differs from the live run').closest('.replay-check');
  expect(differs?.getAttribute('data-state')).toBe('different');
  page.change({ problem: 'Segment 3 is damaged after 14:02:11.' });
  await run(page, 600);
  expect(screen.getByText('Segment 3 is damaged after 14:02:11.')).toBeTruthy();
});

test('a replay that is told of again is not begun anew: the bar stays while it jumps', async () => {
  const page = ReplayPage.open({}, timelineAnswer());
  await open(page);
  const before = slider();
  page.position += 3_600_000;
  page.change({ time: page.position });
  page.host.session.restart();
  await run(page, 300);
  expect(slider()).toBe(before);
  expect(document.querySelector('.replay-time')?.textContent).toContain('11:00:00.000');
});

test('a paused replay draws nothing; a playing one draws in each frame that moves', async () => {
  const page = ReplayPage.open({}, timelineAnswer());
  await open(page);
  canvas.draws = 0;
  await run(page, 3000);
  expect(canvas.draws).toBe(0);
  expect(canvas.words).toContain('10:00:00');
  page.change({ isPlaying: true, speed: 1 });
  for (let second = 0; second < 3; second++) {
    page.position += 1000;
    await run(page, 1000);
  }
  expect(canvas.words.some((text) => /^10:00:0[34]$/.test(text))).toBe(true);
  expect(canvas.draws).toBeGreaterThan(2);
});

test('a drag on the timeline takes the playhead along, marked until the host is there', async () => {
  const page = ReplayPage.open({}, timelineAnswer());
  await open(page);
  const waiting: (() => void)[] = [];
  page.answerSeek = (done) => void waiting.push(done);
  fireEvent.pointerDown(slider(), { button: 0, clientX: 380, clientY: 10 });
  fireEvent.pointerMove(slider(), { clientX: 570, clientY: 10 });
  await run(page, 60);
  expect(canvas.words.find((text) => text.startsWith('seeking'))).toBe('seeking 16:07:30');
  expect(document.querySelector('.replay-time')?.getAttribute('data-seeking')).toBe('true');
  fireEvent.pointerUp(slider(), {});
  waiting.shift()?.();
  await run(page, 60);
  waiting.shift()?.();
  await run(page, 300);
  expect(canvas.words.some((text) => text.startsWith('seeking'))).toBe(false);
  expect(canvas.words).toContain('16:07:30');
});

test('a mark under the pointer is told in words, and a press on it goes exactly there', async () => {
  const page = ReplayPage.open({}, timelineAnswer());
  page.host.reports = { marks: () => ({ session: 'morning', marks: [mark], dropped: 0 }) };
  page.host.pair.host.close();
  await open(page);
  await run(page, 2000);
  const x = (60 * minute * 760) / (endTime - startTime);
  fireEvent.pointerMove(slider(), { clientX: x + 3, clientY: 4 });
  await run(page, 50);
  expect(document.querySelector('.timeline-tip')?.textContent).toContain(
    'Mark BTC-USDT: look here',
  );
  fireEvent.pointerDown(slider(), { button: 0, clientX: x + 3, clientY: 4 });
  fireEvent.pointerUp(slider(), {});
  await run(page, 300);
  expect(page.actions()).toEqual([{ do: 'seek', time: mark.time }]);
});

test('a drag with Shift loops what it covers', async () => {
  const page = ReplayPage.open({}, timelineAnswer());
  await open(page);
  fireEvent.pointerDown(slider(), { button: 0, shiftKey: true, clientX: 380, clientY: 10 });
  fireEvent.pointerMove(slider(), { clientX: 190, clientY: 10 });
  fireEvent.pointerUp(slider(), {});
  await run(page, 300);
  const length = endTime - startTime;
  expect(page.replay.loop).toEqual({ from: startTime + length / 4, to: startTime + length / 2 });
});

test('the timeline is a slider in words, and arrows move it by seconds and minutes', async () => {
  const page = ReplayPage.open({}, timelineAnswer());
  await open(page);
  expect(slider().getAttribute('aria-valuetext')).toBe(
    '10:00:00, 1 h 00 min after the start of 9 h 30 min, paused',
  );
  press('ArrowRight', {}, slider());
  await run(page, 300);
  press('ArrowLeft', { shiftKey: true }, slider());
  await run(page, 300);
  press('End', {}, slider());
  await run(page, 300);
  const from = startTime + 60 * minute;
  expect(page.actions()).toEqual([
    { do: 'seek', time: from + 1000 },
    { do: 'seek', time: from + 1000 - minute },
    { do: 'seek', time: endTime },
  ]);
});

test('keys of the transport work anywhere but in a field, and take no letter from the palette in vain', async () => {
  const page = ReplayPage.open({}, timelineAnswer());
  await open(page);
  press(' ');
  await run(page, 100);
  press('.');
  press(',', { shiftKey: true });
  press(']');
  press(' ', {}, screen.getByRole('textbox', { name: 'Filter' }));
  press('l', {}, screen.getByRole('textbox', { name: 'Filter' }));
  press('b');
  await run(page, 100);
  expect(page.actions()).toEqual([
    { do: 'play' },
    { do: 'step', unit: 'frame', direction: 1 },
    { do: 'step', unit: 'second', direction: -1 },
    { do: 'step', unit: 'mark', direction: 1 },
  ]);
  expect(opened).toEqual(['b']);
});

test('M marks the place in a replay and in a market alike', async () => {
  const page = ReplayPage.open({}, timelineAnswer());
  await open(page);
  press('m');
  await run(page, 100);
  page.host.status = { ...page.host.status, replay: null };
  page.host.switchSource('live');
  await run(page, 300);
  press('m');
  press('l');
  await run(page, 100);
  const marks = page.host.commands.filter(({ type }) => type === 'addMark');
  expect(marks).toEqual([
    { type: 'addMark', time: null, market: 'BTC-USDT', note: '' },
    { type: 'addMark', time: null, market: 'BTC-USDT', note: '' },
  ]);
  expect(opened).toEqual(['l']);
});

test('two clocks are told apart: the recording by name, and the market that goes on beside it', async () => {
  const page = ReplayPage.open({ speed: 4 }, timelineAnswer());
  page.host.status = {
    ...page.host.status,
    recording: { ...page.host.status.recording, status: 'recording', quotaBytes: 1e9 },
  };
  await open(page);
  const status = screen.getByRole('contentinfo', { name: 'Status' }).textContent;
  expect(status).toContain('Clock of the recording2026-11-1810:00:00 UTC');
  expect(status).toContain('REClive goes on, 3/3 venues');
  expect(status).toContain('msg/s at 4×');
  expect(status).not.toContain('Clock offset');
});

test('a replay without a host says so like any other window', async () => {
  const page = ReplayPage.open({}, timelineAnswer());
  await open(page);
  page.host.refuse = new Error('gone');
  page.host.pair.host.close();
  await run(page, 3000);
  expect(screen.queryByRole('slider')).toBeNull();
  expect(screen.getByText('No connection to the engine')).toBeTruthy();
});

test('a window goes back to the market beside it; a host without one says why it cannot', async () => {
  const page = ReplayPage.open({}, timelineAnswer());
  await open(page);
  fireEvent.click(screen.getByRole('button', { name: 'Back to live' }));
  await run(page, 50);
  expect(page.host.commands).toContainEqual({ type: 'closeReplay' });
  const { beside, ...alone } = page.host.status;
  expect(beside).toBeDefined();
  page.host.status = alone;
  page.change({});
  await run(page, 600);
  const button = screen.getByRole('button', { name: 'Back to live' });
  expect(button.hasAttribute('disabled')).toBe(true);
  expect(button.getAttribute('title')).toContain('for this recording alone');
});

test('a file that is no session plays as it comes: what cannot be told to it is disabled, with words', async () => {
  const page = ReplayPage.open({ session: '/recordings/day.ndjson.gz', isPlaying: true });
  await open(page);
  for (const name of [/^This file plays from its start/, /^A file has no marks/]) {
    const buttons = screen.getAllByRole('button', { name });
    expect(buttons.every((button) => button.hasAttribute('disabled'))).toBe(true);
  }
  expect(screen.getByRole('button', { name: 'Pause' }).hasAttribute('disabled')).toBe(true);
  expect(screen.getByRole('combobox', { name: 'Speed' }).hasAttribute('disabled')).toBe(true);
  fireEvent.pointerDown(slider(), { button: 0, clientX: 380, clientY: 10 });
  press(' ');
  await run(page, 200);
  expect(page.actions()).toEqual([]);
  expect(useToasts.getState().toasts.map(({ text }) => text)).toEqual([
    'This file plays from its start to its end. Import it in Sessions to stop, step and jump in it.',
  ]);
});
