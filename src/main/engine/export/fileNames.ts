import { ExportError } from './exportError.ts';

/** Below the 255 bytes of most file systems, with room for the ending of a part file. */
const mostBytes = 200;
const reservedOnWindows =
  /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$|clock\$)\s*(\.|$)/i;
const reservedCharacter = /[<>:"/\\|?*\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/**
 * The name as it is, when it is a plain one on every system: a name, not a path. Throws `ExportError` with one sentence for
 * all others, so that nothing is written elsewhere than the person believes.
 */
export function checkFileName(name: string): string {
  if (name === '' || name === '.' || name === '..') throw new ExportError('The file needs a name.');
  if (/[/\\]/.test(name)) {
    throw new ExportError('The name of a file must not contain a path: leave out / and \\.');
  }
  if (reservedCharacter.test(name) || !name.isWellFormed()) {
    throw new ExportError('The name has characters that files cannot have on every system.');
  }
  if (name.startsWith('.') || name.startsWith(' ') || /[. ]$/.test(name)) {
    throw new ExportError('A name must not begin or end with a dot or a space.');
  }
  if (reservedOnWindows.test(name)) {
    throw new ExportError('Windows keeps this name for a device: choose another one.');
  }
  if (Buffer.byteLength(name) > mostBytes) {
    throw new ExportError(`The name is longer than ${mostBytes} bytes: choose a shorter one.`);
  }
  return name;
}

/** The name with its ending, once. */
export function withEnding(name: string, ending: string): string {
  return name.toLowerCase().endsWith(ending) ? name : `${name}${ending}`;
}

/** `name-2.csv`: what a person has already is left alone. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  const folded = new Set([...taken].map((each) => each.toLowerCase()));
  if (!folded.has(name.toLowerCase())) return name;
  const dot = name.indexOf('.', 1);
  const stem = dot < 0 ? name : name.slice(0, dot);
  const ending = dot < 0 ? '' : name.slice(dot);
  for (let count = 2; ; count += 1) {
    const next = `${stem}-${count}${ending}`;
    if (!folded.has(next.toLowerCase())) return next;
  }
}
