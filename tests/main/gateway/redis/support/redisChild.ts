/**
 * A process that looks for Redis at each of the given addresses. A line of JSON for each: what it logged, and `reached` or the
 * reason why not.
 */
import { openRedisPort } from '../../../../../src/main/gateway/redis/openRedisPort.ts';
import { parseRedisAddress } from '../../../../../src/main/gateway/redis/redisAddress.ts';
import type { RedisPort } from '../../../../../src/main/gateway/redis/redisPort.ts';

// From its first word on: what comes after it is the same again.
const forMs = 5_000;

async function reach(port: RedisPort, hasEnded: () => boolean): Promise<string> {
  try {
    await port.put('x', new Uint8Array(), 1_000);
    return 'reached';
  } catch (error) {
    if (hasEnded()) return String(error);
    await new Promise((resolve) => setTimeout(resolve, 100));
    return reach(port, hasEnded);
  }
}

async function lookFor(url: string): Promise<string> {
  const address = parseRedisAddress(url, null);
  if (typeof address === 'string') throw new Error(address);
  const said: string[] = [];
  let saidMs = Number.POSITIVE_INFINITY;
  const log = ({ text }: { readonly text: string }): void => {
    if (said.length === 0) saidMs = performance.now();
    said.push(text);
  };
  const port = openRedisPort({ address, log });
  const outcome = await reach(port, () => performance.now() > saidMs + forMs);
  await port.close();
  return JSON.stringify([...said, outcome].join('\n'));
}

const lines = await Promise.all(process.argv.slice(2).map(lookFor));
process.stdout.write(lines.join('\n'));
