import type { MarketKind } from '../../../shared/market.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { isVenueId, venueIds } from '../../../shared/venues.ts';

export interface SnapshotArgument {
  readonly symbol: string;
  readonly file: string;
  /** Line before which the answer arrives, the first is 1; null: as soon as the book asks. */
  readonly atLine: number | null;
}

export interface InspectArguments {
  readonly files: readonly string[];
  readonly venue: VenueId;
  readonly marketKind: MarketKind;
  readonly snapshots: readonly SnapshotArgument[];
  readonly checkpointLines: readonly number[];
  readonly json: boolean;
}

/** A command line that cannot be run; the message says what would do. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const usage = `truetape inspect FILE... --venue ${venueIds.join('|')} [flags]

Runs recordings through the same decoders, books and tape as live data.
FILE is NDJSON, plain, gzip or zstd: receive time, a space, the frame as received.

  --venue NAME                  venue that sent the frames
  --kind spot|linear            market of a Binance or Bybit recording (default spot; OKX says it itself)
  --snapshot SYMBOL=FILE[@LINE] REST snapshot that answers the book's request, at once or from line LINE
  --at-line N                   also print every book after line N (the first is 1, counted over all files)
  --json                        one JSON object instead of a table
  --help                        this text

Ends with 0, with 1 where a message could not be decoded or a file not be read, with 2 for a wrong command line.
`;

/** Null for `--help`. */
export function parseInspectArguments(args: readonly string[]): InspectArguments | null {
  const files: string[] = [];
  const snapshots: SnapshotArgument[] = [];
  const checkpointLines: number[] = [];
  let venue: VenueId | null = null;
  let marketKind: MarketKind = 'spot';
  let json = false;
  for (let index = 0; index < args.length; index += 1) {
    const [flag, inline] = splitFlag(args[index] ?? '');
    const value = (): string => {
      if (inline !== null) return inline;
      index += 1;
      const next = args[index];
      if (next === undefined)
        throw new UsageError(`${flag} needs a value. See: truetape inspect --help`);
      return next;
    };
    switch (flag) {
      case '--help':
        return null;
      case '--json':
        json = true;
        break;
      case '--venue':
        venue = parseVenue(value());
        break;
      case '--kind':
        marketKind = parseKind(value());
        break;
      case '--snapshot':
        snapshots.push(parseSnapshot(value()));
        break;
      case '--at-line':
        checkpointLines.push(parseLine(value(), '--at-line'));
        break;
      default:
        if (flag.startsWith('-')) throw unknownFlag(flag);
        files.push(flag);
    }
  }
  if (files.length === 0) {
    throw new UsageError('inspect needs a recording: truetape inspect FILE... --venue NAME');
  }
  if (venue === null) {
    throw new UsageError(
      `inspect needs the venue that sent the frames: --venue ${venueIds.join('|')}`,
    );
  }
  return { files, venue, marketKind, snapshots, checkpointLines, json };
}

function splitFlag(word: string): readonly [string, string | null] {
  const equals = word.indexOf('=');
  if (!word.startsWith('--') || equals < 0) return [word, null];
  return [word.slice(0, equals), word.slice(equals + 1)];
}

function unknownFlag(flag: string): UsageError {
  return new UsageError(
    `inspect does not know ${shown(flag)}. Known: --venue --kind --snapshot --at-line --json --help`,
  );
}

function parseVenue(text: string): VenueId {
  if (isVenueId(text)) return text;
  throw new UsageError(`there is no venue ${shown(text)}. Venues: ${venueIds.join(', ')}.`);
}

function parseKind(text: string): MarketKind {
  if (text === 'spot' || text === 'linear') return text;
  throw new UsageError(`--kind is spot or linear, not ${shown(text)}.`);
}

function parseSnapshot(text: string): SnapshotArgument {
  const match = /^([^=]{1,60})=(.+?)(?:@([^@/\\]*))?$/su.exec(text);
  if (match === null) {
    throw new UsageError(`--snapshot wants SYMBOL=FILE or SYMBOL=FILE@LINE, not ${shown(text)}.`);
  }
  const [, symbol = '', file = '', line] = match;
  if (line === undefined) return { symbol, file, atLine: null };
  // A file name may hold an @ of its own: only digits after the last one are a line.
  if (!/^\d+$/.test(line)) return { symbol, file: `${file}@${line}`, atLine: null };
  return { symbol, file, atLine: parseLine(line, '--snapshot @LINE') };
}

function parseLine(text: string, what: string): number {
  if (!/^\d{1,15}$/.test(text) || Number(text) === 0) {
    throw new UsageError(`${what} wants a line number from 1 on, not ${shown(text)}.`);
  }
  return Number(text);
}

/** Words of a person quoted back, without letting them move the cursor. */
function shown(text: string): string {
  return `"${text.slice(0, 120).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?')}"`;
}
