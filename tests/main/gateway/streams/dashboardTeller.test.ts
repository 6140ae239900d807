import { expect, test } from 'vitest';
import { DashboardTeller } from '../../../../src/main/gateway/streams/dashboardTeller.ts';
import { gapRecord, healthRecord, venueRecord } from './wireRecords.ts';

const types = (events: readonly { readonly type: string }[]) => events.map(({ type }) => type);

test('metrics carry value, unit and trend, and what is not known is null', () => {
  const teller = new DashboardTeller(() => 3);
  const [first] = teller.tellUpdate(healthRecord());
  expect(first).toMatchObject({ type: 'metrics', status: 'live', source: 'simulated' });
  teller.tellUpdate(healthRecord());
  const venues = [venueRecord({ lagP99Ms: null })];
  const [metrics] = teller.tellUpdate(
    healthRecord({ messagesPerSec: 120, gapsRepaired: 2, venues }),
  );
  expect(metrics?.type === 'metrics' && metrics.metrics).toEqual([
    { name: 'messagesPerSec', value: 120, unit: '/s', total: null, trend: 'up' },
    { name: 'venuesLive', value: 1, unit: 'venues', total: 1, trend: 'stable' },
    { name: 'symbolsLive', value: 4, unit: 'symbols', total: 4, trend: 'stable' },
    { name: 'gapsOpen', value: 0, unit: 'gaps', total: 2, trend: 'down' },
    { name: 'resyncs', value: 0, unit: 'resyncs', total: null, trend: 'stable' },
    { name: 'reconnects', value: 0, unit: 'reconnects', total: null, trend: 'stable' },
    { name: 'lagP99', value: null, unit: 'ms', total: null, trend: null },
    { name: 'clients', value: 3, unit: 'clients', total: null, trend: 'stable' },
  ]);
});

test('[S3-14] an alert when a gap begins, once; a notification when it ends, repaired or not', () => {
  const teller = new DashboardTeller(() => 0);
  const [alert] = teller.tellUpdate(gapRecord());
  expect(alert).toMatchObject({
    type: 'alert',
    level: 'warning',
    id: 'gap-k1-1-5',
    venue: 'bybit',
  });
  expect(teller.tellUpdate(gapRecord())).toEqual([]);
  const [ended] = teller.tellUpdate(gapRecord({ to: 1, missing: 7 }));
  expect(ended).toMatchObject({ type: 'notification', title: 'A gap ended' });
  expect(ended?.type === 'notification' && ended.message).toContain('7 missing');
  const both = teller.tellUpdate(gapRecord({ id: 6, to: 1, repairedBy: 'rest' }));
  expect(types(both)).toEqual(['alert', 'notification']);
});

test('[S3-14] an update with every venue when one of them changed, an alert when it went down', () => {
  const teller = new DashboardTeller(() => 0);
  expect(types(teller.tellUpdate(healthRecord()))).toEqual(['metrics', 'update']);
  expect(types(teller.tellUpdate(healthRecord()))).toEqual(['metrics']);
  const down = healthRecord({ venues: [venueRecord({ status: 'down', note: 'refused' })] });
  expect(teller.tellUpdate(down).slice(1)).toMatchObject([
    { type: 'update' },
    { type: 'alert', level: 'error', title: 'binance is down', message: 'refused' },
  ]);
  expect(teller.tellUpdate(healthRecord()).slice(1)).toMatchObject([
    { type: 'update' },
    { type: 'notification', title: 'binance is live again' },
  ]);
});

test('a venue that has not come up yet is no alert', () => {
  const teller = new DashboardTeller(() => 0);
  const down = healthRecord({ venues: [venueRecord({ status: 'down' })] });
  expect(types(teller.tellUpdate(down))).toEqual(['metrics', 'update']);
});
