/** `Retry-After` in seconds, as the venues send it; null for anything else. */
export function parseRetryAfter(value: string | null | undefined): number | null {
  if (value === null || value === undefined || !/^\d{1,7}$/.test(value.trim())) return null;
  return Number(value) * 1_000;
}
