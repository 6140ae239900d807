const longestText = 400;
/** What is looked at: the patterns take the square of it, and a hostile gateway may write megabytes. */
const readText = 2 * longestText;

/**
 * Text that may be shown and logged: without tokens, credentials of an address, values of secret-looking keys, or control
 * characters. What comes from elsewhere is hostile; a screen still has to write it as text.
 */
export function redact(text: string): string {
  return text
    .slice(0, readText)
    .replaceAll(/eyJ[\w-]+(\.[\w-]*)*/g, '[token]')
    .replaceAll(/\b(bearer|basic)\s+[^\s"',;]+/gi, '$1 [hidden]')
    .replaceAll(/([a-z][a-z0-9+.-]*:\/\/)[^/\s@]*@/gi, '$1')
    .replaceAll(
      /(["']?\b[\w-]*(?:token|password|passwd|secret|ticket|cookie|authorization|api_?key|session|key)\b["']?\s*[=:]\s*)(?!(?:bearer|basic)\b)("[^"]*"|'[^']*'|[^\s&,;}]+)/gi,
      '$1[hidden]',
    )
    .replaceAll(/\p{Cc}+/gu, ' ')
    .slice(0, longestText);
}

export function describeCause(cause: unknown): string {
  return redact(cause instanceof Error ? cause.message : String(cause));
}
