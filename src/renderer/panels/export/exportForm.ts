import type { ExportContent, ExportRequest, TableFormat } from '../../../shared/exports.ts';
import type { CandleInterval, EpochMs, MarketId } from '../../../shared/market.ts';
import { parseMarketId } from '../../../shared/market.ts';
import type { Mark } from '../../../shared/marks.ts';
import type { SessionSummary } from '../../../shared/recordings.ts';
import { formatDateTime } from '../../format/time.ts';
import type { ExportedThing } from './exportContents.ts';
import { hasMarkets, isTable } from './exportContents.ts';

export const rangeKinds = ['whole', 'last5', 'last60', 'marks', 'custom'] as const;
export type RangeKind = (typeof rangeKinds)[number];

/** As a person fills it in: texts stay texts until they are asked for. */
export interface ExportForm {
  readonly session: string;
  readonly thing: ExportedThing;
  readonly format: TableFormat;
  readonly range: RangeKind;
  readonly fromMark: string;
  readonly toMark: string;
  /** In UTC. */
  readonly from: string;
  readonly to: string;
  readonly markets: string;
  readonly everyMs: number;
  readonly interval: CandleInterval;
  readonly levels: string;
  readonly fileName: string;
}

export const emptyForm: ExportForm = {
  ...{ session: '', thing: 'trades', format: 'csv', range: 'whole' },
  ...{ fromMark: '', toMark: '', from: '', to: '', markets: '' },
  ...{ everyMs: 1000, interval: '1m', levels: '20', fileName: '' },
};

export type ExportField = 'session' | 'from' | 'to' | 'markets' | 'levels' | 'fileName';

export interface ExportProblem {
  readonly field: ExportField;
  readonly text: string;
}

/** What the form is about, as it is known now. */
export interface ExportSubject {
  readonly session: SessionSummary;
  /** Of that session; empty where they are not known. */
  readonly marks: readonly Mark[];
  readonly now: EpochMs;
}

export interface ExportCheck {
  /** Null while something is wrong. */
  readonly request: ExportRequest | null;
  readonly problems: readonly ExportProblem[];
}

const maxMarkets = 500;
const maxLevels = 1000;
const maxFileName = 120;
const minuteMs = 60_000;

/** Null for what is no time; `2026-11-18 09:00`, with seconds and thousandths where they matter. */
export function parseUtc(text: string): EpochMs | null {
  const match = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?) *Z?$/.exec(
    text.trim(),
  );
  const [, day, clock] = match ?? [];
  if (day === undefined || clock === undefined) return null;
  const time = Date.parse(`${day}T${clock}Z`);
  // The 31st of February is no day, though a parser makes one of it.
  return Number.isFinite(time) && new Date(time).toISOString().startsWith(day) ? time : null;
}

function endOf({ session, now }: ExportSubject): EpochMs {
  return session.endTime ?? now;
}

interface Range {
  readonly from: EpochMs | null;
  readonly to: EpochMs | null;
  readonly problems: readonly ExportProblem[];
}

function customRange(form: ExportForm, subject: ExportSubject): Range {
  const from = form.from.trim() === '' ? null : parseUtc(form.from);
  const to = form.to.trim() === '' ? null : parseUtc(form.to);
  const problems: ExportProblem[] = [];
  const say = (field: 'from' | 'to', text: string) => problems.push({ field, text });
  const { startTime } = subject.session;
  const end = endOf(subject);
  if (form.from.trim() !== '' && from === null) say('from', 'Write it as 2026-11-18 09:00:00.');
  if (form.to.trim() !== '' && to === null) say('to', 'Write it as 2026-11-18 09:00:00.');
  if (from !== null && from > end) {
    say('from', `The session ends at ${formatDateTime(end, 'utc')} UTC.`);
  } else if (to !== null && to < startTime) {
    say('to', `The session begins at ${formatDateTime(startTime, 'utc')} UTC.`);
  } else if (from !== null && to !== null && to <= from) {
    say('to', 'It must be later than the start.');
  }
  return { from, to, problems };
}

function markRange(form: ExportForm, { marks }: ExportSubject): Range {
  const from = marks.find(({ id }) => id === form.fromMark)?.time ?? null;
  const to = marks.find(({ id }) => id === form.toMark)?.time ?? null;
  const isBackwards = from !== null && to !== null && to <= from;
  const problem: ExportProblem = { field: 'to', text: 'It must be later than the first mark.' };
  return { from, to, problems: isBackwards ? [problem] : [] };
}

function rangeOf(form: ExportForm, subject: ExportSubject): Range {
  const last = (minutes: number): Range => ({
    from: Math.max(subject.session.startTime, endOf(subject) - minutes * minuteMs),
    to: null,
    problems: [],
  });
  switch (form.range) {
    case 'whole':
      return { from: null, to: null, problems: [] };
    case 'last5':
      return last(5);
    case 'last60':
      return last(60);
    case 'marks':
      return markRange(form, subject);
    case 'custom':
      return customRange(form, subject);
    default:
      return form.range satisfies never;
  }
}

function marketsOf({ thing, markets }: ExportForm): {
  readonly markets: readonly MarketId[];
  readonly problems: readonly ExportProblem[];
} {
  if (!hasMarkets(thing)) return { markets: [], problems: [] };
  const names = markets
    .split(/[\s,;]+/)
    .flatMap((name) => (name === '' ? [] : [name.toUpperCase()]));
  const wrong = names.find((name) => parseMarketId(name) === null);
  const say = (text: string): ExportProblem => ({ field: 'markets', text });
  if (wrong !== undefined) {
    return {
      markets: [],
      problems: [say(`${wrong} is no market. Write BTC-USDT, ETH-USDT-PERP.`)],
    };
  }
  if (names.length > maxMarkets) return { markets: [], problems: [say('At most 500 markets.')] };
  return { markets: [...new Set(names)], problems: [] };
}

/** The end of the name says what is in it. */
function fileEnding({ thing, format }: ExportForm): string {
  if (thing === 'report') return '.html';
  return thing === 'frames' ? '.ndjson.gz' : `.${format}`;
}

/** With its ending; empty where the host gives the name. */
export function wholeFileName(form: ExportForm): string {
  const name = form.fileName.trim();
  const ending = fileEnding(form);
  return name === '' || name.toLowerCase().endsWith(ending) ? name : name + ending;
}

/** As the host names it by itself. */
export function givenFileName(form: ExportForm, session: string): string {
  return `${session}-${form.thing}${fileEnding(form)}`;
}

function fileNameProblem(form: ExportForm): string | null {
  const name = wholeFileName(form);
  if (name === '') return null;
  if (name.length > maxFileName) return `At most ${maxFileName} letters.`;
  if (/[/\\:*?"<>|]|\p{C}/u.test(name)) return 'Leave out / \\ : * ? " < > |';
  if (name.startsWith('.')) return 'It may not begin with a dot.';
  if (/^(con|prn|aux|nul|com\d|lpt\d)\./i.test(name)) return 'Windows keeps this name for itself.';
  return null;
}

function contentOf({ thing, format }: ExportForm): ExportContent {
  return isTable(thing) ? { type: 'table', table: thing, format } : { type: thing };
}

/** What is asked of the host, or what is wrong with it, field by field. */
export function checkExport(form: ExportForm, subject: ExportSubject): ExportCheck {
  const { from, to, problems: rangeProblems } = rangeOf(form, subject);
  const { markets, problems: marketProblems } = marketsOf(form);
  const levels = Number(form.levels);
  const isCounted = form.thing === 'book';
  const isLevels = Number.isInteger(levels) && levels >= 1 && levels <= maxLevels;
  const nameProblem = fileNameProblem(form);
  const problems: readonly ExportProblem[] = [
    ...rangeProblems,
    ...marketProblems,
    ...(isCounted && !isLevels
      ? [{ field: 'levels' as const, text: `A whole number from 1 to ${maxLevels}.` }]
      : []),
    ...(nameProblem === null ? [] : [{ field: 'fileName' as const, text: nameProblem }]),
  ];
  if (problems.length > 0) return { request: null, problems };
  const { everyMs, interval } = form;
  const fileName = wholeFileName(form);
  return {
    problems,
    request: {
      ...{ session: subject.session.id, content: contentOf(form), from, to, markets },
      ...{ everyMs, interval, levels: isCounted ? levels : Number(emptyForm.levels) },
      fileName: fileName === '' ? null : fileName,
    },
  };
}
