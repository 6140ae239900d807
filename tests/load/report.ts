import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FloorFigures } from './floor.ts';
import type { LoadOptions } from './loadOptions.ts';
import type { MeasuredRun } from './measureRun.ts';
import type { Percentiles } from './percentiles.ts';
import { rounded } from './percentiles.ts';
import type { PhaseFigures } from './phase.ts';

export const limits = { p99Ms: 100, rssMib: 400 } as const;

export interface Verdict {
  readonly what: string;
  readonly isMet: boolean;
}

export interface LoadReport {
  readonly options: LoadOptions;
  readonly machine: string;
  readonly verdicts: readonly Verdict[];
  readonly figures: object;
}

/** One file per form of the run, the newest one; returns its path. */
export function writeReport(folder: string, report: LoadReport): string {
  mkdirSync(folder, { recursive: true });
  const { scenario, clients, transport, encoding, gateways } = report.options;
  const name = ['load', scenario.type, clients, transport, encoding, gateways].join('-');
  const file = join(folder, `${name}.json`);
  const content = { time: new Date().toISOString(), ...report };
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
  return file;
}

export function verdictsOf(figures: PhaseFigures, ratePerSec: number): readonly Verdict[] {
  const { gatewayPeakRssMib: memory, gateways, opened, clients } = figures;
  const most = limits.rssMib * gateways;
  const wrong = [
    figures.eventsLost,
    figures.eventsDoubled,
    figures.stateBackwards,
    figures.resyncs,
    figures.unread,
  ];
  return [
    { what: `${opened} of ${clients} clients connected`, isMet: opened === clients },
    ...latencyVerdicts(figures, ratePerSec),
    {
      what: `memory ${memory ?? 'unknown'} MiB at most, of ${most}`,
      isMet: memory !== null && memory <= most,
    },
    {
      what:
        `${figures.sampledEvents} events of ${figures.sampledClients} clients read in full: ` +
        `${figures.eventsLost} lost, ${figures.eventsDoubled} doubled, ${figures.resyncs} resyncs`,
      isMet: wrong.every((count) => count === 0),
    },
    {
      what: `${Object.values(figures.ended).length} kinds of ends, ${figures.evicted} evicted`,
      isMet: Object.keys(figures.ended).length === 0 && figures.evicted === 0,
    },
  ];
}

function latencyVerdicts(figures: PhaseFigures, ratePerSec: number): readonly Verdict[] {
  const { p99Ms } = limits;
  const stateMs = Math.round(p99Ms + 1_000 / ratePerSec);
  const of = (what: string, { p99 }: Percentiles, most: number): Verdict => ({
    what: `${what}: p99 ${p99 ?? '-'} ms, at most ${most}`,
    isMet: p99 !== null && p99 <= most,
  });
  return [
    of('events, published -> received', figures.eventMs, p99Ms),
    of('all messages, sent -> received', figures.sentMs, p99Ms),
    of(`states, with their pace of ${ratePerSec} a second`, figures.stateMs, stateMs),
  ];
}

export function phaseLines(figures: PhaseFigures): readonly string[] {
  const { gatewayRssMib, opened } = figures;
  return [
    `${figures.name}: ${opened} of ${figures.clients} connected in ${figures.openedInMs} ms, ${figures.seconds} s, load average before it ${figures.loadAverage}`,
    `  events, published -> received   ${percentiles(figures.eventMs)}`,
    `  states, with the client's pace  ${percentiles(figures.stateMs)}`,
    `  all messages, sent -> received  ${percentiles(figures.sentMs)}`,
    `  age of a price at hand  ${percentiles(figures.ageMs)}, ${figures.meanShownAgeMs ?? '-'} on average while shown`,
    `  per second              ${figures.messagesPerSec} messages, ${figures.recordsPerSec} records, ${megabytes(figures.wireBytesPerSec)} MB on the wire`,
    `  bytes                   ${figures.bytesPerRecord ?? '-'} per update, ${figures.bytesPerMessage ?? '-'} per message (${figures.wireBytesPerMessage} on the wire)`,
    `  processor               gateway ${share(figures.gatewayCpuShare)} of a core: ${figures.cpuUsPerRecord ?? '-'} us per update and client, ${figures.cpuUsPerMessage ?? '-'} us per message; clients ${share(figures.clientsCpuShare)}${others(figures)}`,
    `  waited for a core       gateway ${share(figures.gatewayWaitShare)} of the time, clients ${share(figures.clientsWaitShare)}${isStarved(figures) ? ': the times above are those of a busy machine' : ''}`,
    `  memory                  ${gatewayRssMib ?? '-'} MiB, at most ${figures.gatewayPeakRssMib ?? '-'}`,
    `  event loops             gateway p99 ${figures.gatewayLoopDelayP99Ms ?? '-'} ms, clients p99 ${figures.clientsLoopDelayP99Ms} ms`,
    `  sequences               ${figures.sampledEvents} events in ${figures.sampledClients} clients: ${figures.eventsLost} lost, ${figures.eventsDoubled} doubled, ${figures.stateBackwards} states backwards, ${figures.resyncs} resyncs, ${figures.conflated} states conflated, ${figures.evicted} evicted`,
    ...counted('  not connected', figures.notOpened),
    ...counted('  ended', figures.ended),
    ...counted('  other messages', figures.messageTypes),
  ];
}

function counted(name: string, counts: Readonly<Record<string, number>>): readonly string[] {
  const words = Object.entries(counts).map(([what, count]) => `${what}: ${count}`);
  return words.length === 0 ? [] : [`${name.padEnd(24)}${words.join(', ')}`];
}

/** Where a program waits this long for its turn, its delays are made by others. */
const starvedShare = 0.2;

function isStarved({ gatewayWaitShare }: PhaseFigures): boolean {
  return gatewayWaitShare !== null && gatewayWaitShare > starvedShare;
}

function others({ otherCpuShares }: PhaseFigures): string {
  return Object.entries(otherCpuShares)
    .map(([name, of]) => `, ${name} ${share(of)}`)
    .join('');
}

export function runLines(run: MeasuredRun): readonly string[] {
  const { alone, judged, floor, otherEncoding, stream, polling, ended } = run;
  const perClient = kibPerClient(alone, judged);
  return [
    ...phaseLines(alone),
    ...phaseLines(judged),
    `  a client more           ${perClient ?? '-'} KiB; ${addedCpuUs(alone, judged) ?? '-'} us per update (both from one client to all of them)`,
    ...(otherEncoding === null ? [] : phaseLines(otherEncoding)),
    ...(otherEncoding === null ? [] : encodingLines(judged, otherEncoding)),
    ...(stream === null || polling === null ? [] : pollingLines(stream, polling)),
    ...(floor === null ? [] : floorLines(run.alone, judged, floor)),
    ...ended.map(
      ({ code, tookMs }) => `gateway ended with ${code ?? 'a signal'} in ${Math.round(tookMs)} ms`,
    ),
  ];
}

export function kibPerClient(alone: PhaseFigures, judged: PhaseFigures): number | null {
  const { gatewayRssMib: few } = alone;
  const { gatewayRssMib: many } = judged;
  if (few === null || many === null) return null;
  return rounded(((many - few) * 1_024) / judged.opened, 1);
}

/** Without what engine and hub do for one client already. */
export function addedCpuUs(alone: PhaseFigures, judged: PhaseFigures): number | null {
  const { gatewayCpuShare: few } = alone;
  const { gatewayCpuShare: many } = judged;
  if (few === null || many === null || judged.recordsPerSec === 0) return null;
  return rounded(((many - few) * 1e6) / judged.recordsPerSec);
}

function encodingLines(left: PhaseFigures, right: PhaseFigures): readonly string[] {
  const rows = [left, right].map((figures) => [
    figures === left ? 'first' : figures.name,
    String(figures.bytesPerRecord),
    String(figures.cpuUsPerRecord),
    String(figures.eventMs.p99),
  ]);
  return table(['encoding', 'bytes per update', 'us per update', 'events p99 ms'], rows);
}

/** S2-23: the same number of clients, the same market each. */
export function pollingLines(stream: PhaseFigures, polling: PhaseFigures): readonly string[] {
  const rows = [polling, stream].map((figures) => {
    const perClient = figures.seconds * figures.opened;
    return [
      figures.name,
      rounded(figures.requests / perClient).toString(),
      rounded(figures.messagesPerSec / figures.opened, 1).toString(),
      Math.round(figures.wireBytesPerSec / figures.opened).toString(),
      Math.round(figures.wireBytesPerMessage).toString(),
      `${figures.ageMs.p50 ?? '-'} / ${figures.ageMs.p99 ?? '-'}`,
      `${figures.meanShownAgeMs ?? '-'}`,
      `${figures.cpuUsPerMessage ?? '-'}`,
    ];
  });
  const heads = [
    ...['a client of one price', 'requests/s', 'values/s', 'bytes/s', 'bytes per value'],
    ...['age on arrival ms, p50 / p99', 'mean age while shown ms', 'gateway us per value'],
  ];
  return table(heads, rows);
}

function floorLines(
  alone: PhaseFigures,
  judged: PhaseFigures,
  floor: FloorFigures,
): readonly string[] {
  const ratio = (ours: number | null, least: number | null): string =>
    ours === null || least === null || least === 0 ? '-' : String(rounded(ours / least));
  const { sentMs } = judged;
  const added = addedCpuUs(alone, judged);
  const perMessage = judged.recordsPerSec / Math.max(1, judged.messagesPerSec);
  const addedPerMessage = added === null ? null : rounded(added * perMessage);
  return table(
    [
      ...['', 'messages/s', 'bytes per message', 'us per message', 'without the first client'],
      ...['sent -> received p50 / p99', 'MiB'],
    ],
    [
      [
        'gateway',
        String(judged.messagesPerSec),
        String(judged.bytesPerMessage),
        String(judged.cpuUsPerMessage),
        String(addedPerMessage),
        `${sentMs.p50 ?? '-'} / ${sentMs.p99 ?? '-'}`,
        String(judged.gatewayRssMib),
      ],
      [
        'plain ws broadcast',
        String(floor.messagesPerSec),
        String(floor.bytesPerMessage),
        String(floor.cpuUsPerMessage),
        String(floor.cpuUsPerMessage),
        `${floor.sentMs.p50 ?? '-'} / ${floor.sentMs.p99 ?? '-'}`,
        String(floor.rssMib),
      ],
      [
        'ratio',
        ratio(judged.messagesPerSec, floor.messagesPerSec),
        ratio(judged.bytesPerMessage, floor.bytesPerMessage),
        ratio(judged.cpuUsPerMessage, floor.cpuUsPerMessage),
        ratio(addedPerMessage, floor.cpuUsPerMessage),
        `${ratio(sentMs.p50, floor.sentMs.p50)} / ${ratio(sentMs.p99, floor.sentMs.p99)}`,
        ratio(judged.gatewayRssMib, floor.rssMib),
      ],
    ],
  );
}

export function table(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const widths = heads.map((head, at) =>
    Math.max(head.length, ...rows.map((row) => row[at]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  return [line(heads), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)];
}

function percentiles({ min, p50, p99, max, count }: Percentiles): string {
  if (count === 0) return 'nothing came';
  return `p50 ${p50} ms, p99 ${p99} ms, max ${max} ms (min ${min}, ${count} read)`;
}

function share(part: number | null): string {
  return part === null ? '-' : `${Math.round(part * 100)} %`;
}

function megabytes(bytes: number): number {
  return rounded(bytes / 1e6, 1);
}
