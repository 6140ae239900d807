import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { isVenueId, venueIds } from '../../shared/venues.ts';
import type { ReadFiles } from '../engine/replay/replayCommand.ts';
import { usageFailure } from './commandFailure.ts';
import { nearest, printable } from './flags.ts';
import type { FlagTable, ParsedFlags } from './flags.ts';

/** How files of "TIME FRAME" lines are to be read; mostly their frames tell. */
export const recordingFlags = {
  venue: { value: 'VENUE', help: `whose frames they are: ${venueIds.join(', ')}` },
  kind: { value: 'spot|linear', help: 'market kind, where the frames do not tell it' },
  snapshot: {
    value: 'SYMBOL=FILE[@LINE]',
    help: 'order book answer for a symbol, from that line on (the first is 1); may be repeated',
    multiple: true,
  },
} as const satisfies FlagTable;

export function parseRecordingFlags(flags: ParsedFlags): Omit<ReadFiles, 'appVersion' | 'signal'> {
  return {
    venue: parseVenue(flags.one('venue')),
    marketKind: parseKind(flags.one('kind')),
    snapshots: flags.all('snapshot').map(parseSnapshot),
  };
}

function parseVenue(text: string | null): ReadFiles['venue'] {
  if (text === null || isVenueId(text)) return text;
  const near = nearest(text, venueIds);
  const advice = near === null ? `Known: ${venueIds.join(', ')}.` : `Did you mean ${near}?`;
  throw usageFailure(`--venue: unknown venue "${printable(text)}". ${advice}`);
}

function parseKind(text: string | null): ReadFiles['marketKind'] {
  if (text === null || text === 'spot' || text === 'linear') return text;
  throw usageFailure(`--kind is spot or linear, not "${printable(text)}".`);
}

function parseSnapshot(text: string): NonNullable<ReadFiles['snapshots']>[number] {
  const match = /^([^=]+)=(.+?)(?:@([1-9]\d{0,14}))?$/.exec(text);
  if (match === null) {
    throw usageFailure(`--snapshot "${printable(text)}" is not of the form SYMBOL=FILE[@LINE].`);
  }
  const [, symbol = '', file = '', line = '1'] = match;
  const path = resolve(file);
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
    throw usageFailure(`--snapshot ${printable(file)}: there is no such file; check the path.`);
  }
  return { symbol, file: path, atLine: Number(line) - 1 };
}
