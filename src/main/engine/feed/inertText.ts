const longest = 300;

const secret = '[redacted]';
const named =
  /((?:api[-_ ]?key|apikey|access[-_ ]?key|listen[-_ ]?key|token|secret|signature|sign|passphrase|passwd|password|session(?:[-_ ]?id)?|cookie)["']?\s*[=:]\s*["']?)[^\s"'&,;}\]<]{4,}/giu;
const scheme = /\b(bearer|basic)\s+[\w.~+/=-]{6,}/giu;
const jsonWebToken = /\bey[\w-]{6,}\.[\w-]{4,}(?:\.[\w-]*)?/gu;
const userOfAddress = /(\/\/)[^\s/@]+@/gu;
/** Keys and signatures: no topic, symbol or id of a venue is this long without a dash or a colon in it. */
const opaque = /(?<![\w+/=])(?=[\w+/=]*[a-z])(?=[\w+/=]*\d)[\w+=]{32,}(?![\w+/=])/giu;
const placeOnDisk =
  /(?:file:\/\/)?(?:\/(?:home|Users|root|tmp|var|opt|usr|private)\/|[A-Z]:\\)[^\s"'<>]*/gu;
const unseen = /[\s\p{Cc}\p{Cf}]+/gu;

/**
 * Words of others, for the screen and the log: one line of at most 300 characters in which nothing is invisible or turns
 * the direction of writing, without what looks like a credential or a place on this machine's disk.
 */
export function inertText(text: string): string {
  // A credential must not escape by straddling the cut, and a long text must not cost more than a short one.
  const seen = text
    .slice(0, 4 * longest)
    .toWellFormed()
    .replace(unseen, ' ');
  return seen
    .replace(jsonWebToken, secret)
    .replace(named, `$1${secret}`)
    .replace(scheme, `$1 ${secret}`)
    .replace(userOfAddress, `$1${secret}@`)
    .replace(opaque, secret)
    .replace(placeOnDisk, '[path]')
    .slice(0, longest)
    .toWellFormed()
    .trim();
}
