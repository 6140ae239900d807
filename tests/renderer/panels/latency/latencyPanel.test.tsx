import { cleanup, fireEvent, screen, within } from '@testing-library/react';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { LatencyMeter } from '../../../../src/main/engine/health/latencyMeter.ts';
import { createLatencyReport } from '../../../../src/main/engine/health/latencyReport.ts';
import { LatencyPanel } from '../../../../src/renderer/panels/latency/LatencyPanel.tsx';
import { parseLatencyOptions } from '../../../../src/renderer/panels/latency/latencyOptions.ts';
import {
  offsetFigure,
  stageFigure,
  stageWords,
} from '../../../../src/renderer/panels/latency/latencyWords.ts';
import {
  axisOf,
  computeAxis,
  computeStageRows,
} from '../../../../src/renderer/panels/latency/stageRows.ts';
import { Workspace, WorkspaceContext } from '../../../../src/renderer/workspace/dock.ts';
import { StatusBar } from '../../../../src/renderer/workspace/StatusBar.tsx';
import type { LatencyReport, LatencySpan } from '../../../../src/shared/latency.ts';
import type { TestPage } from '../../store/testPage.ts';
import {
  createPage,
  createPanelProps,
  installPageStubs,
  run,
  setSource,
  show,
} from '../../support/panelPage.tsx';

beforeAll(installPageStubs);
afterEach(cleanup);

const wallMs = 1_790_000_000_000;

/** Hundred messages of Binance that took as long as in the picture; `painted` of the last may be longer. */
function reportOf(span: LatencySpan, longestMs = 4): LatencyReport {
  let nowMs = 1_000;
  const meter = new LatencyMeter({ wallMs: () => wallMs + nowMs, monotonicMs: () => nowMs });
  for (let index = 0; index < 100; index += 1) {
    const painted = index > 97 ? longestMs * 1_000 : 4_000;
    const stages = { received: 20_000, decoded: 21, applied: 12, batched: 4_000 };
    const receivedToPainted = 21 + 12 + 4_000 + 600 + painted;
    meter.add(
      'binance',
      {
        ...stages,
        pageReceived: 600,
        painted,
        receivedToPainted,
        eventToPainted: receivedToPainted + 20_000,
      },
      1,
    );
  }
  nowMs += 5_000;
  return createLatencyReport(meter, span, wallMs + nowMs, []);
}

function pageWith(latency: (span: LatencySpan) => LatencyReport): TestPage {
  const page = createPage();
  page.host.latency = latency;
  return page;
}

test('the headline, the stages and the verdict come from the report, estimated stages are marked', async () => {
  const page = pageWith((span) => reportOf(span));
  const { container } = show(page, <LatencyPanel {...createPanelProps()} />);
  await run(page, 1_200);
  const headline = screen.getByRole('region', { name: 'Received to painted' });
  expect(headline.textContent).toMatch(/8\.\d ms p50.*8\.\d ms p99.*8\.6 ms max/);
  expect(headline.textContent).toMatch(/100 values.*p99 within 25 ms/);
  const names = screen
    .getByRole('table', { name: 'Stages of a message' })
    .querySelectorAll('.latency-name > b');
  expect([...names].map(({ textContent }) => textContent)).toEqual([
    'Venue event → received',
    'Received → decoded',
    'Decoded → applied',
    'Applied → batched',
    'Batched → page',
    'Page → painted',
    'Received → painted',
  ]);
  const estimated = [...container.querySelectorAll('.latency-median[data-estimated="true"]')].map(
    (bar) => bar.closest<HTMLElement>('[data-stage]')?.dataset['stage'],
  );
  expect(estimated).toEqual(['received', 'pageReceived']);
  expect(screen.getByText(/the stages of each message do/)).toBeTruthy();
});

test('a p99 beyond its limit is said in words, not by color alone', async () => {
  const page = pageWith((span) => reportOf(span, 80));
  show(page, <LatencyPanel {...createPanelProps()} />);
  await run(page, 1_200);
  expect(screen.getByText(/p99 over 25 ms/)).toBeTruthy();
  expect(screen.getByRole('img', { name: /over the limit of 25 ms in 1 of 1 spans/ })).toBeTruthy();
});

test('a venue and a span are chosen by keyboard, kept with the layout, and asked for', async () => {
  const asked: LatencySpan[] = [];
  const page = pageWith((span) => {
    asked.push(span);
    return reportOf(span);
  });
  const saved: unknown[] = [];
  const props = createPanelProps({ saveOptions: (options) => saved.push(options) });
  const view = show(page, <LatencyPanel {...props} />);
  await run(page, 1_200);
  fireEvent.keyDown(screen.getByRole('radiogroup', { name: 'Span' }), { key: 'ArrowRight' });
  expect(saved).toEqual([{ venue: 'all', span: 'quarter' }]);
  view.unmount();
  show(page, <LatencyPanel {...createPanelProps({ savedOptions: saved[0] })} />);
  await run(page, 1_200);
  expect(asked).toContain('quarter');
  fireEvent.click(screen.getByRole('radio', { name: 'OKX' }));
  expect(saved).toHaveLength(1);
});

test('nothing measured reads as nothing known, never as zero', async () => {
  const page = pageWith((span) => {
    const clock = { wallMs: () => wallMs, monotonicMs: () => 1_000 };
    return createLatencyReport(new LatencyMeter(clock), span, wallMs, []);
  });
  show(page, <LatencyPanel {...createPanelProps()} />);
  await run(page, 1_200);
  expect(screen.getByText('nothing painted yet')).toBeTruthy();
  const stages = within(screen.getByRole('table', { name: 'Stages of a message' }));
  const cells = stages.getAllByRole('cell').map(({ textContent }) => textContent);
  expect(new Set(cells.filter((text) => text !== ''))).toEqual(new Set(['–']));
});

test('a lost host and a replay say why there are no figures', async () => {
  const page = pageWith((span) => reportOf(span));
  show(page, <LatencyPanel {...createPanelProps()} />);
  await run(page, 1_200);
  setSource(page, 'replay:test');
  await run(page, 1_200);
  expect(screen.getByText('Not measured in a replay')).toBeTruthy();
  page.host.refuse = new Error('gone');
  page.host.pair.host.close();
  await run(page, 3_000);
  expect(screen.getByText('No connection to the engine')).toBeTruthy();
});

test('the status bar tells wire to pixel from the report, and for a minute that the loop was blocked', async () => {
  const page = pageWith((span) => reportOf(span));
  const workspace = new Workspace(page.store, 'main', () => undefined);
  show(
    page,
    <WorkspaceContext value={workspace}>
      <StatusBar />
    </WorkspaceContext>,
  );
  await run(page, 1_200);
  expect(screen.getByText(/Wire to pixel/).textContent).toMatch(/p50 8\.\d p99 8\.\d ms/);
  const blockedTime = page.store.hostNow() - 10_000;
  const loop = { p99Ms: 1, maxMs: 2_100, blockedTime, blockedMs: 2_100 };
  page.host.status = { ...page.host.status, loop };
  await run(page, 600);
  expect(screen.getByRole('status').textContent).toMatch(/^loop blocked 2\.1 s at \d\d:\d\d:\d\d$/);
  await run(page, 60_000);
  expect(screen.queryByRole('status')).toBeNull();
});

test('an axis ends at a round figure, and one outlier does not press the other stages flat', () => {
  expect(axisOf(43)).toEqual({ endMs: 60, ticks: [0, 20, 40, 60] });
  expect(axisOf(40)).toEqual({ endMs: 40, ticks: [0, 10, 20, 30, 40] });
  expect(axisOf(0.00001).endMs).toBeGreaterThan(0);
  const calm = computeAxis(computeStageRows(reportOf('minute').venues[0] ?? null));
  expect(calm.endMs).toBeLessThanOrEqual(40);
  const rows = computeStageRows(reportOf('minute', 3_000).venues[0] ?? null);
  expect(computeAxis(rows).endMs).toBeLessThanOrEqual(200);
  const [received, decoded] = rows;
  expect(decoded?.startMs).toBeCloseTo(received?.figures.p50Ms ?? Number.NaN);
});

test('figures change their unit below a tenth of a millisecond and say so', () => {
  expect([0.021, 0.0999, 0.6, 21.94, 1_234, -0.02, null].map(stageFigure)).toEqual([
    '21 µs',
    '0.10',
    '0.60',
    '21.9',
    '1,234',
    '−20 µs',
    '–',
  ]);
  expect([
    offsetFigure(2.41, 0.6),
    offsetFigure(-1.1, 0.9),
    offsetFigure(0.01, null),
    offsetFigure(null, 1),
  ]).toEqual(['+2.4 ± 0.6', '−1.1 ± 0.9', '0.0', '–']);
  const [row] = computeStageRows(reportOf('minute').venues[0] ?? null);
  expect(row === undefined ? '' : stageWords(row)).toMatch(
    /^Venue event → received: median .* ms, .*; rests on an estimated clock$/,
  );
});

test('options of an older or damaged layout fall back one by one', () => {
  expect([
    parseLatencyOptions(null),
    parseLatencyOptions({ venue: 'mtgox', span: 'session' }),
  ]).toEqual([
    { venue: 'all', span: 'minute' },
    { venue: 'all', span: 'session' },
  ]);
});
