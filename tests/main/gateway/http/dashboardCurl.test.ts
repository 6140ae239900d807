import { execFile } from 'node:child_process';
import { expect, onTestFinished, test } from 'vitest';
import type { GapRecord } from '../../../../src/shared/feedHealth.ts';
import { apiPaths } from '../../../../src/shared/gateway/paths.ts';
import { eventually } from '../../../support/eventually.ts';
import { openGatewayBench } from '../../../support/gatewayBench.ts';

interface HeardEvent {
  readonly event: string;
  readonly data: unknown;
}

function eventsIn(text: string): readonly HeardEvent[] {
  return text.split('\n\n').flatMap((block) => {
    const [, event] = /^event: (\w+)$/m.exec(block) ?? [];
    const [, data] = /^data: (.*)$/m.exec(block) ?? [];
    return event === undefined || data === undefined ? [] : [{ event, data: JSON.parse(data) }];
  });
}

test('curl with a bearer token reads every event of the dashboard, and without one nothing [S3-14] [S3-30]', async () => {
  const bench = await openGatewayBench({ settings: { sseHeartbeatMs: 1_000 } });
  onTestFinished(() => bench.close());
  const address = `${bench.origin}${apiPaths.dashboardStream}`;
  const curl = (header: string, hear: (text: string) => void) => {
    const run = execFile('curl', ['-N', '-s', '-w', '%{http_code}', '-H', header, address]);
    run.stdout?.on('data', hear);
    onTestFinished(() => void run.kill());
  };
  let text = '';
  curl(`Authorization: Bearer ${bench.key}`, (part) => (text += part));
  const seen = (): readonly string[] => [...new Set(eventsIn(text).map(({ event }) => event))];
  await eventually(() => expect(seen()).toContain('metrics'));
  const from = Date.now();
  for (const to of [null, from + 5]) {
    const gap: GapRecord = {
      ...{ id: 3, venue: 'okx', instrument: 'okx:BTC-USDT', channel: 'trade', from, to },
      ...{ cause: 'disconnect', firstId: null, lastId: null, missing: null, repairedBy: null },
    };
    bench.feed.publish({ kind: 'gaps', gap }, 'gaps', 'event');
  }
  await eventually(() =>
    expect(seen().toSorted()).toEqual(['alert', 'heartbeat', 'metrics', 'notification', 'update']),
  );
  for (const { event, data } of eventsIn(text)) expect(data).toMatchObject({ type: event });
  let refused = '';
  curl('Accept: text/event-stream', (part) => (refused += part));
  await eventually(() => expect(refused).toMatch(/"UNAUTHORIZED".*401$/));
});
