/** Which names a request may call us by, and which pages may send one. */
export interface AllowList {
  isAllowedHost(host: string | undefined): boolean;
  /** A missing origin is no page: a program, or a plain navigation. */
  isAllowedOrigin(origin: string | undefined): boolean;
}

/**
 * A page of a foreign site can make a browser send requests here, under its own origin or, by rebinding its name to
 * our address, under its own host name. Both are refused before anything is looked at.
 */
export function createAllowList(port: number): AllowList {
  const hosts = new Set(['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${port}`));
  const origins = new Set([...hosts].map((host) => `http://${host}`));
  return {
    isAllowedHost: (host) => host !== undefined && hosts.has(host.toLowerCase()),
    isAllowedOrigin: (origin) => origin === undefined || origins.has(origin.toLowerCase()),
  };
}
