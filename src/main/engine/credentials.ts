/** Stands where something was taken out. */
export const secretMark = '[redacted]';

const secretName =
  'api[-_ ]?key|apikey|access[-_ ]?key|listen[-_ ]?key|token|secret|signature|sign|passphrase|passwd|password|' +
  'session(?:[-_ ]?id)?|(?:set-)?cookie|authorization|credential[s]?|private[-_ ]?key';
const secretKey = new RegExp(`^[\\w-]*(?:${secretName})$`, 'iu');
/** Cookies and authorizations go on to the end of their line; other values to their next delimiter. */
const wholeLine = /\b((?:set-)?cookie|authorization)(["']?\s*[:=]\s*)[^\r\n]+/giu;
const named = new RegExp(
  `((?:${secretName})["']?\\s*[=:]\\s*["']?)(?!\\[redacted\\])[^\\s"'&,;}\\]<]{3,}`,
  'giu',
);
const scheme = /\b(bearer|basic|token)\s+[\w.~+/=-]{6,}/giu;
const jsonWebToken = /\bey[\w-]{6,}\.[\w-]{4,}(?:\.[\w-]*)?/gu;
const userOfAddress = /(\/\/)[^\s/@]+@/gu;
/** Longer than any topic, symbol or id of a venue without a dot in it, and of mixed letters and digits. */
const opaque = /(?<![\w+/=])(?=[\w+/=]*[a-z])(?=[\w+/=]*\d)[\w+=]{32,}(?![\w+/=])/giu;
const mixed = /(?<![\w-])(?=[\w-]*[a-z])(?=[\w-]*[A-Z])(?=[\w-]*\d)[\w-]{24,}(?![\w-])/gu;
const privateKey = /-----BEGIN [^-]+-----[\s\S]*?(?:-----END [^-]+-----|$)/gu;

const delimiter = /[\s"'&,;{}<>[\]()]/u;

/** A value of this name is a credential, whatever it looks like. */
export function isSecretName(name: string): boolean {
  return secretKey.test(name);
}

/** Without what looks like a credential. The text may have several lines. */
export function withoutCredentials(text: string): string {
  return text
    .replace(privateKey, secretMark)
    .replace(wholeLine, `$1$2${secretMark}`)
    .replace(jsonWebToken, secretMark)
    .replace(named, `$1${secretMark}`)
    .replace(scheme, `$1 ${secretMark}`)
    .replace(userOfAddress, `$1${secretMark}@`)
    .replace(opaque, secretMark)
    .replace(mixed, secretMark);
}

/**
 * As much of a text as is read at all, so that a long one costs no more than a short one. The word that the cut goes through
 * is left out: half a credential looks like none.
 */
export function readableStart(text: string, longest: number): string {
  if (text.length <= longest) return text.toWellFormed();
  let end = longest;
  while (end > 0 && !delimiter.test(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end).toWellFormed() + secretMark;
}

/** Cuts what is shown, never through a character. */
export function cutTo(text: string, longest: number): string {
  return text.slice(0, longest).toWellFormed();
}
