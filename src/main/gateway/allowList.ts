/** Which names a request may call us by, and which pages may send one. */
export interface AllowList {
  isAllowedHost(host: string | undefined): boolean;
  /** Ours, or one that the command line lets in. A missing origin is no page: a program, or a plain navigation. */
  isAllowedOrigin(origin: string | undefined): boolean;
  /** A page that this gateway serves, or no page at all: only with these does a cookie count. */
  isOwnOrigin(origin: string | undefined): boolean;
}

export interface AllowListOptions {
  readonly port: number;
  /** Addresses that it listens on, as in a URL: `127.0.0.1`, `[::1]`, `192.0.2.7`. */
  readonly addresses?: readonly string[];
  /** Names (with or without port) by which it is reached from elsewhere. */
  readonly publicHosts?: readonly string[];
  /** How its own pages begin: `https:` also where a proxy in front ends TLS. */
  readonly scheme?: 'http:' | 'https:';
  /** Of pages elsewhere that may read it; `*`: every one. */
  readonly origins?: readonly string[] | '*';
}

const loopbackNames = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * A page of a foreign site can make a browser send requests here, under its own origin or, by rebinding its name to
 * our address, under its own host name. Both are refused before anything is looked at.
 */
export function createAllowList(options: AllowListOptions): AllowList {
  const { port, publicHosts = [], scheme = 'http:' } = options;
  const names = [...(options.addresses ?? loopbackNames)];
  const hosts = new Set(names.map((name) => `${name}:${port}`.toLowerCase()));
  const defaultPort = scheme === 'https:' ? 443 : 80;
  if (port === defaultPort) for (const name of names) hosts.add(name.toLowerCase());
  for (const host of publicHosts) {
    hosts.add(host.toLowerCase());
    if (!/:\d+$/.test(host)) hosts.add(`${host.toLowerCase()}:${port}`);
  }
  const own = new Set([...hosts].map((host) => `${scheme}//${host}`));
  const others = options.origins ?? [];
  const isOwnOrigin = (origin: string | undefined): boolean =>
    origin === undefined || own.has(origin.toLowerCase());
  return {
    isAllowedHost: (host) => host !== undefined && hosts.has(host.toLowerCase()),
    isAllowedOrigin: (origin) =>
      isOwnOrigin(origin) ||
      others === '*' ||
      (origin !== undefined && others.includes(origin.toLowerCase())),
    isOwnOrigin,
  };
}
