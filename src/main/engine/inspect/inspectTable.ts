import type { InspectReport, InspectedInstrument } from './inspectReport.ts';

/** The report as a person wants to read it. */
export function inspectTable(report: InspectReport): string {
  const lines: string[] = [];
  for (const { file, frames, control } of report.files) {
    lines.push(`${file}: ${grouped(frames)} frames${control > 0 ? `, ${control} control` : ''}`);
  }
  const { count, first } = report.decodeErrors;
  lines.push(
    first === null
      ? 'no decode errors'
      : `${grouped(count)} decode errors, the first in line ${first.line}: ${first.reason}`,
  );
  for (const instrument of report.instruments) lines.push('', ...instrumentLines(instrument));
  lines.push('', `state ${report.stateHash}`);
  return `${lines.join('\n')}\n`;
}

function instrumentLines(one: InspectedInstrument): readonly string[] {
  const { trades, book } = one;
  const unit = one.sizeUnit === 'contracts' ? 'contracts' : 'base';
  const messages = Object.entries(one.messages).map(([name, count]) => `${name} ${grouped(count)}`);
  const rows: (readonly [string, string])[] = [['messages', messages.join('  ')]];
  if (trades.count > 0) {
    rows.push(
      [
        'trades',
        `${grouped(trades.count)}  ids ${trades.firstId ?? '-'} .. ${trades.lastId ?? '-'}`,
      ],
      [
        'size',
        `${trades.sumSize} ${unit}  notional ${trades.sumNotional}  vwap ${trades.vwap ?? '-'}`,
      ],
    );
  }
  if (book.status !== 'empty') {
    const faults = `gaps ${book.gaps}  resyncs ${book.resyncs}  crossed ${book.crossed}`;
    rows.push(['book', `${book.status}  applied ${grouped(book.applied)}  ${faults}`]);
  }
  if (book.status === 'live') {
    rows.push(
      ['best', `${book.bid?.join(' x ') ?? 'no bid'}  |  ${book.ask?.join(' x ') ?? 'no ask'}`],
      [
        'levels',
        `${grouped(book.bidLevels)} bids  ${grouped(book.askLevels)} asks  ${knownText(one)}`,
      ],
      ['sha256', book.sha256 ?? '-'],
    );
  }
  for (const point of book.checkpoints) {
    rows.push([`line ${point.afterLine}`, point.sha256 ?? 'not live']);
  }
  const firstBar = one.candles1m.at(0);
  const lastBar = one.candles1m.at(-1);
  if (firstBar !== undefined && lastBar !== undefined) {
    const span = `${one.candles1m.length} x 1m  open ${firstBar.open}  close ${lastBar.close}`;
    rows.push(['candles', span]);
  }
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return [
    `${one.instrument}  (${one.venueSymbol}, ${one.marketKind})`,
    ...rows.map(([name, text]) => `  ${name.padEnd(width)}${text}`),
  ];
}

function knownText(one: InspectedInstrument): string {
  const range = one.book.knownRange;
  if (range === null || (range[0] === null && range[1] === null)) return 'all known';
  return `known from ${range[0] ?? 'the lowest'} to ${range[1] ?? 'the highest'}`;
}

function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}
