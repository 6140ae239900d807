/** Where Redis is. The password is in `url` only, and never leaves this process but to Redis. */
export interface RedisAddress {
  readonly url: string;
  /** For people and logs: without user and password. */
  readonly shown: string;
  readonly isEncrypted: boolean;
  /** Host is this machine. */
  readonly isLocal: boolean;
}

const localHosts: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** A text for a person instead where it is no address of Redis. `password` stands for the one that the address leaves out. */
export function parseRedisAddress(text: string, password: string | null): RedisAddress | string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^rediss?:$/.test(url.protocol) || url.hostname === '') {
    return 'is not of the form redis://HOST:PORT or rediss://USER:PASSWORD@HOST:PORT/DATABASE.';
  }
  if (!/^(\/\d{0,5})?$/.test(url.pathname) || url.search !== '' || url.hash !== '') {
    return 'has something behind the port that is not the number of a database.';
  }
  if (url.password === '' && password !== null) url.password = encodeURIComponent(password);
  return {
    url: url.href,
    shown: `${url.protocol}//${url.host}${url.pathname === '/' ? '' : url.pathname}`,
    isEncrypted: url.protocol === 'rediss:',
    isLocal: localHosts.has(url.hostname),
  };
}
