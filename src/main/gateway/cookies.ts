/** Browsers send cookies of one host to all its ports: the port in the name keeps two gateways apart. */
export function cookieName(port: number): string {
  return `truetape-${port}`;
}

/** Of the refresh token of a page; sent to the routes of sign-in only. */
export function refreshCookieName(port: number): string {
  return `truetape-refresh-${port}`;
}

interface CookieRules {
  readonly port: number;
  /** Over TLS only. */
  readonly isSecure: boolean;
}

export function sessionCookie({ port, isSecure }: CookieRules, token: string): string {
  return `${cookieName(port)}=${token}; Path=/; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`;
}

export function refreshCookie(
  { port, isSecure }: CookieRules,
  token: string,
  maxAgeSec: number,
): string {
  const age = `Max-Age=${Math.max(0, Math.floor(maxAgeSec))}`;
  return `${refreshCookieName(port)}=${token}; Path=/api/auth; ${age}; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`;
}

export function endedCookies(rules: CookieRules): readonly string[] {
  return [`${sessionCookie(rules, '')}; Max-Age=0`, refreshCookie(rules, '', 0)];
}

export function readCookie(header: string | undefined, name: string): string | null {
  if (header === undefined || header.length > 8192) return null;
  for (const part of header.split(';')) {
    const equals = part.indexOf('=');
    if (equals > 0 && part.slice(0, equals).trim() === name) return part.slice(equals + 1).trim();
  }
  return null;
}
