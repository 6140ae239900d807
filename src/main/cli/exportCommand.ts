import { extname, join } from 'node:path';
import type { ExportContent, TableFormat } from '../../shared/exports.ts';
import { exportTables, tableFormats } from '../../shared/exports.ts';
import type { CandleInterval } from '../../shared/market.ts';
import { candleIntervals, isCandleInterval, parseMarketId } from '../../shared/market.ts';
import type { VenueId } from '../../shared/venues.ts';
import { isVenueId, venueIds } from '../../shared/venues.ts';
import { findInstallation } from '../installation.ts';
import { CommandFailure, usageFailure } from './commandFailure.ts';
import type { CommandIo, CommandRecord } from './commandIo.ts';
import { helpText, nearest, parseFlags, printable } from './flags.ts';
import type { FlagTable, ParsedFlags } from './flags.ts';
import { profileFolder } from './profile.ts';
import { parseTime } from './timeFlag.ts';
import { untilStopped } from './untilStopped.ts';

const words = [...exportTables, 'report', 'frames'] as const;

const flagTable = {
  table: { value: 'TABLE', help: words.join(', ') },
  format: {
    value: 'FORMAT',
    help: `${tableFormats.join(', ')} (default: as --out ends, else csv)`,
  },
  out: { value: 'FILE', help: 'file to write (default: named by session and table, here)' },
  from: { value: 'TIME', help: '2026-11-21T14:40:00Z, or +90s, +5m, +1h from the start' },
  to: { value: 'TIME', help: 'the same (default: the end)' },
  market: { value: 'MARKET...', help: 'these markets only, e.g. BTC-USDT', multiple: true },
  venue: { value: 'VENUE', help: 'frames of this venue only' },
  every: { value: 'TIME', help: 'between two rows of book and price: 500ms, 1s, 1m (default 1s)' },
  levels: { value: 'COUNT', help: 'levels a side of a book, 1 to 1000 (default 20)' },
  interval: { value: 'TIME', help: `of candles: ${candleIntervals.join(', ')} (default 1m)` },
  overwrite: { help: 'replace the file where it exists' },
  profile: { value: 'FOLDER', help: 'profile folder whose recordings are meant' },
} as const satisfies FlagTable;

const summary = `Writes a table of a recorded session as CSV, JSON or Parquet, its report as a page, or its raw
frames. SESSION is an id of truetape replay, or a session's folder. Columns: docs/export-format.md`;

export const exportCommand: CommandRecord = {
  name: 'export',
  summary: 'writes tables, a report or raw frames of a recorded session',
  run: (args, io) => runExportCommand(args, io, untilStopped),
};

/** A cancelled one ends as shells expect of an interrupt. */
const cancelledCode = 130;

export async function runExportCommand(
  args: readonly string[],
  io: CommandIo,
  untilStop: () => Promise<unknown>,
  isTerminal = process.stderr.isTTY,
): Promise<number> {
  const flags = parseFlags('export', args, flagTable, { positionals: true });
  if (flags.has('help')) {
    io.stdout(helpText('truetape export SESSION --table TABLE [flags]', summary, flagTable));
    return 0;
  }
  const [session, second] = flags.positionals;
  if (session === undefined) {
    throw usageFailure('export needs a session. See what there is with: truetape replay');
  }
  if (second !== undefined) {
    throw usageFailure(`export takes one session, not "${printable(second)}" too.`);
  }
  const out = flags.one('out');
  const request = {
    content: parseContent(flags, out),
    markets: flags.all('market').map(parseMarket),
    everyMs: parseEvery(flags.one('every')),
    levels: parseLevels(flags.one('levels')),
    interval: parseInterval(flags.one('interval')),
  };
  const venue = parseVenue(flags.one('venue'), request.content);
  const from = parseTime('--from', flags.one('from'));
  const to = parseTime('--to', flags.one('to'));
  const { runExport } = await import('../engine/export/runExport.ts');
  const cancel = new AbortController();
  void untilStop().then(() => cancel.abort());
  const result = await runExport({
    ...{ recordings: join(profileFolder(flags.one('profile')), 'recordings'), session },
    ...{ request, from, to, venue, out, overwrite: flags.has('overwrite') },
    appVersion: findInstallation().version,
    write: isTerminal ? io.stderr : null,
    signal: cancel.signal,
  });
  switch (result.type) {
    case 'done':
      io.stdout(`${result.path}: ${countOf(request.content, result.rows)}${result.bytes} bytes\n`);
      return 0;
    case 'cancelled':
      io.stderr('Cancelled: nothing was written.\n');
      return cancelledCode;
    case 'failed':
      throw new CommandFailure(result.problem);
  }
}

function countOf(content: ExportContent, rows: number): string {
  if (content.type === 'report') return '';
  return `${rows} ${content.type === 'frames' ? 'frames' : 'rows'}, `;
}

function parseContent(flags: ParsedFlags, out: string | null): ExportContent {
  const text = flags.one('table');
  if (text === null) throw usageFailure(`--table is one of ${words.join(', ')}.`);
  if (text === 'report' || text === 'frames') {
    if (flags.has('format')) throw usageFailure(`--format is of tables; ${text} has its own.`);
    return { type: text };
  }
  const table = exportTables.find((each) => each === text);
  if (table === undefined) {
    const near = nearest(text, words);
    const advice = near === null ? `Known: ${words.join(', ')}.` : `Did you mean ${near}?`;
    throw usageFailure(`--table: there is no "${printable(text)}". ${advice}`);
  }
  return { type: 'table', table, format: parseFormat(flags.one('format'), out) };
}

function parseFormat(text: string | null, out: string | null): TableFormat {
  const ending = out === null ? '' : extname(out).slice(1).toLowerCase();
  const byName = tableFormats.find((format) => format === ending);
  if (text === null) return byName ?? 'csv';
  const format = tableFormats.find((each) => each === text);
  if (format === undefined) {
    throw usageFailure(`--format is ${tableFormats.join(', ')}, not "${printable(text)}".`);
  }
  if (byName !== undefined && byName !== format) {
    throw usageFailure(`--format ${format} and a file that ends with .${byName} do not fit.`);
  }
  return format;
}

function parseMarket(text: string): string {
  if (parseMarketId(text) !== null) return text;
  throw usageFailure(`--market "${printable(text)}" is no market: BTC-USDT, or BTC-USDT-PERP.`);
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

function parseEvery(text: string | null): number {
  if (text === null) return 1_000;
  const [, count = '', unit = ''] = /^(\d{1,8})(ms|s|m|h)$/.exec(text) ?? [];
  const ms = Number(count) * (unitMs[unit] ?? 0);
  if (ms >= 100 && ms <= 86_400_000) return ms;
  throw usageFailure(
    `--every is from 100ms to 24h, like 500ms, 1s or 5m, not "${printable(text)}".`,
  );
}

function parseLevels(text: string | null): number {
  if (text === null) return 20;
  const levels = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (levels >= 1 && levels <= 1_000) return levels;
  throw usageFailure('--levels is a whole number from 1 to 1000.');
}

function parseInterval(text: string | null): CandleInterval {
  if (text === null) return '1m';
  if (isCandleInterval(text)) return text;
  throw usageFailure(
    `--interval is one of ${candleIntervals.join(', ')}, not "${printable(text)}".`,
  );
}

function parseVenue(text: string | null, content: ExportContent): VenueId | null {
  if (text === null) return null;
  if (content.type !== 'frames') throw usageFailure('--venue is of --table frames.');
  if (isVenueId(text)) return text;
  throw usageFailure(`--venue is one of ${venueIds.join(', ')}, not "${printable(text)}".`);
}
