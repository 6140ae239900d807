import { parseRedisAddress } from '../gateway/redis/redisAddress.ts';
import type { RedisAddress } from '../gateway/redis/redisAddress.ts';
import { usageFailure } from './commandFailure.ts';
import { printable } from './flags.ts';
import type { FlagTable, ParsedFlags } from './flags.ts';

export const redisPasswordVariable = 'TRUETAPE_REDIS_PASSWORD';

export const redisFlags = {
  redis: {
    value: 'URL',
    help: `share the market with other processes: redis://HOST:PORT, rediss:// with TLS; password in ${redisPasswordVariable}`,
  },
  'redis-space': { value: 'NAME', help: 'apart from other deployments in the same Redis' },
} as const satisfies FlagTable;

export interface RedisChoice {
  readonly address: RedisAddress;
  readonly space: string;
}

/** Null: without Redis. The address itself is never shown: a password may be in it. */
export function parseRedisFlags(
  flags: ParsedFlags,
  environment: NodeJS.ProcessEnv,
): RedisChoice | null {
  const text = flags.one('redis');
  const space = flags.one('redis-space') ?? '';
  if (text === null) {
    if (space !== '') throw usageFailure('--redis-space names a part of a Redis; add --redis URL.');
    return null;
  }
  if (!/^[a-z0-9-]{0,40}$/.test(space)) {
    throw usageFailure(
      `--redis-space is up to 40 small letters, digits and dashes, not "${printable(space)}".`,
    );
  }
  const address = parseRedisAddress(text, environment[redisPasswordVariable] ?? null);
  if (typeof address === 'string') throw usageFailure(`--redis ${address}`);
  return { address, space };
}
