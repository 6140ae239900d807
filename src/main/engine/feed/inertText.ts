import { cutTo, readableStart, withoutCredentials } from '../credentials.ts';

const longest = 300;

const placeOnDisk =
  /(?:file:\/\/)?(?:\/(?:home|Users|root|tmp|var|opt|usr|private)\/|[A-Z]:\\)[^\s"'<>]*/gu;
/** But ends of lines, which end a credential too. */
const unseen = /(?:(?![\r\n])[\s\p{Cc}\p{Cf}])+/gu;

/**
 * Words of others, for the screen and the log: one line of at most 300 characters in which nothing is invisible or turns
 * the direction of writing, without what looks like a credential or a place on this machine's disk.
 */
export function inertText(text: string): string {
  const seen = readableStart(text, 4 * longest).replace(unseen, ' ');
  const clean = withoutCredentials(seen).replace(placeOnDisk, '[path]').replace(/\s+/gu, ' ');
  return cutTo(clean, longest).trim();
}
