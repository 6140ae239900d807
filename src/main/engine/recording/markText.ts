import { maxMarkText } from '../../../shared/marks.ts';

/** What cannot be seen, or turns the direction of writing. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/** One line of at most 200 characters in which nothing is invisible. */
export function cleanMarkText(text: string): string {
  const line = text
    .slice(0, 8 * maxMarkText)
    .replace(unseen, ' ')
    .replace(/\s+/gu, ' ')
    .trim();
  if (line.length <= maxMarkText) return line;
  // Half of a surrogate pair is no character.
  const cut = line.slice(0, maxMarkText).replace(/[\uD800-\uDBFF]$/u, '');
  return cut.trimEnd();
}
