import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { EngineHost, EngineHostOptions } from '../../../../src/main/engine/host.ts';
import { createEngineHost } from '../../../../src/main/engine/host.ts';
import { startSimulatorServers } from '../../../../src/simulator/server.ts';
import { eventually } from '../../../support/eventually.ts';
import { HostPage } from './hostPage.ts';

export const btc = 'BTC-USDT';

export interface RecordingHost {
  readonly host: EngineHost;
  readonly profile: string;
  readonly log: readonly string[];
  /** Sockets that are open at the venues. */
  connections(): number;
  open(changes?: Partial<EngineHostOptions>): Promise<EngineHost>;
  page(window: string): HostPage;
}

/** A host on a simulated market over real sockets, with a profile of its own; ends with its test. */
export async function startRecordingHost(messagesPerSec = 100): Promise<RecordingHost> {
  const profile = mkdtempSync(join(tmpdir(), 'truetape-recording-host-'));
  const running = await startSimulatorServers({ assets: ['BTC'], messagesPerSec, historyDays: 2 });
  const log: string[] = [];
  const hosts: EngineHost[] = [];
  const open = async (changes: Partial<EngineHostOptions> = {}): Promise<EngineHost> => {
    const host = await createEngineHost({
      ...{ profile, hostKind: 'gateway', appVersion: '1.2.3', market: 'live', replay: null },
      endpoints: running.venues,
      startSimulatedMarket: null,
      log: ({ text }) => log.push(text),
      ...changes,
    });
    hosts.push(host);
    return host;
  };
  onTestFinished(async () => {
    for (const host of hosts) await host.close();
    await running.close();
    rmSync(profile, { recursive: true, force: true });
  });
  const host = await open();
  const connections = (): number =>
    Object.values(running.simulator.oracle.counters()).reduce(
      (sum, { openConnections }) => sum + openConnections,
      0,
    );
  return { host, profile, log, connections, open, page: (window) => new HostPage(host, window) };
}

/** Records for a while, then the session is whole. Returns its id. */
export async function recordSession(page: HostPage, forMs = 1_500): Promise<string> {
  const status = () => page.latest('status')?.recording ?? null;
  await eventually(() => expect(page.latest('price')?.status).toBe('live'));
  await eventually(() => expect(status()?.session).toBeTruthy());
  const session = status()?.session ?? '';
  const before = page.told('price').length;
  await new Promise((resolve) => setTimeout(resolve, forMs));
  // A busy machine hears less in that time.
  await eventually(() => expect(page.told('price').length).toBeGreaterThan(before + 3));
  await page.run({ type: 'controlRecording', action: 'stop' });
  return session;
}

/** Begins another session. Its id: a page hears of it after the answer, in the pace of its link. */
export async function startRecording(page: HostPage): Promise<string> {
  const session = () => page.latest('status')?.recording.session ?? '';
  const before = session();
  await page.run({ type: 'controlRecording', action: 'start' });
  await eventually(() => expect(['', before]).not.toContain(session()));
  return session();
}

/** By itself: a short session may have ended before a busy machine first tells of it. */
export function hasPlayed(page: HostPage): boolean {
  return page
    .told('status')
    .some(({ replay }) => replay?.isPlaying === true || replay?.isFinished === true);
}
