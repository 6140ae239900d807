import { parseArgs } from 'node:util';
import { usageFailure } from './commandFailure.ts';

/** One `--flag` of a command. `value` is what stands for its argument in the help; absent for a switch. */
export interface FlagRecord {
  readonly value?: string;
  readonly help: string;
  readonly multiple?: boolean;
}

export type FlagTable = Readonly<Record<string, FlagRecord>>;

export interface ParsedFlags {
  readonly positionals: readonly string[];
  has(name: string): boolean;
  one(name: string): string | null;
  all(name: string): readonly string[];
}

interface FlagProblem {
  readonly command: string;
  readonly flags: FlagTable;
}

/**
 * Strict parsing with one-line complaints that name what is known. `multiple` flags take every following word up to
 * the next flag, so that a shell's `--replay *.gz` works.
 */
export function parseFlags(
  command: string,
  args: readonly string[],
  flags: FlagTable,
  options: { readonly positionals: boolean; readonly ignoreUnknown?: boolean } = {
    positionals: false,
  },
): ParsedFlags {
  const known = { ...flags, help: { help: 'this text' } };
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      Object.entries(known).map(([name, flag]) => [
        name,
        { type: takesValue(flag) ? ('string' as const) : ('boolean' as const), multiple: true },
      ]),
    ),
    strict: false,
    tokens: true,
    allowPositionals: true,
  });
  const problem = { command, flags: known };
  const values = new Map<string, string[]>();
  const positionals: string[] = [];
  let spread: string[] | null = null;
  for (const token of tokens) {
    if (token.kind === 'option-terminator') {
      spread = null;
    } else if (token.kind === 'positional') {
      if (spread !== null) spread.push(token.value);
      else if (options.positionals) positionals.push(token.value);
      else if (options.ignoreUnknown !== true) throw unexpectedWord(problem, token.value);
    } else {
      const flag = Object.hasOwn(known, token.name) ? flagOf(known, token.name) : undefined;
      spread = null;
      if (flag === undefined) {
        if (options.ignoreUnknown === true) continue;
        throw unknownFlag(problem, token.rawName);
      }
      const given = values.get(token.name) ?? [];
      values.set(token.name, given);
      given.push(checkedValue(problem, token.name, flag, token.value));
      if (given.length > 1 && flag.multiple !== true && takesValue(flag)) {
        throw usageFailure(`--${token.name} is given twice; give it once.`);
      }
      if (flag.multiple === true) spread = given;
    }
  }
  return {
    positionals,
    has: (name) => values.has(name),
    one: (name) => values.get(name)?.[0] ?? null,
    all: (name) => values.get(name) ?? [],
  };
}

function flagOf(flags: FlagTable, name: string): FlagRecord | undefined {
  return flags[name];
}

function takesValue(flag: FlagRecord): boolean {
  return flag.value !== undefined;
}

function checkedValue(
  problem: FlagProblem,
  name: string,
  flag: FlagRecord,
  value: string | undefined,
): string {
  if (!takesValue(flag)) {
    if (value !== undefined) throw usageFailure(`--${name} takes no value; leave out "${value}".`);
    return '';
  }
  if (value === undefined || value === '') {
    throw usageFailure(`--${name} needs ${flag.value ?? 'a value'}: ${flag.help}.`);
  }
  return value;
}

function unknownFlag(problem: FlagProblem, rawName: string): Error {
  const names = Object.keys(problem.flags).map((name) => `--${name}`);
  const near = nearest(rawName, names);
  const advice = near === null ? `Known: ${names.join(' ')}.` : `Did you mean ${near}?`;
  return usageFailure(`${problem.command} does not know ${printable(rawName)}. ${advice}`);
}

function unexpectedWord(problem: FlagProblem, word: string): Error {
  return usageFailure(
    `${problem.command} does not take "${printable(word)}". See: truetape ${problem.command} --help`,
  );
}

/** Quoting a person's own words back, without letting them move the cursor. */
export function printable(text: string): string {
  return text.slice(0, 120).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?');
}

/** The candidate with at most two edits (three for long words), or null. */
export function nearest(word: string, candidates: readonly string[]): string | null {
  const limit = word.length > 8 ? 3 : 2;
  let best: string | null = null;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function editDistance(left: string, right: string): number {
  if (left.length > 80) return left.length;
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= right.length; j += 1) {
      const substituted = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(substituted, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}

/** The `--help` text of a command. */
export function helpText(usage: string, summary: string, flags: FlagTable): string {
  const shown: FlagTable = { ...flags, help: { help: 'this text' } };
  const rows = Object.entries(shown).map(([name, flag]) => ({
    left: `  --${name}${flag.value === undefined ? '' : ` ${flag.value}`}`,
    right: flag.help,
  }));
  const width = Math.max(...rows.map((row) => row.left.length)) + 2;
  const lines = rows.map((row) => `${row.left.padEnd(width)}${row.right}`);
  return `${usage}\n\n${summary}\n\n${lines.join('\n')}\n`;
}
