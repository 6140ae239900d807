import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { coreStateVersion } from '../../../src/main/engine/core.ts';
import { parseState } from '../../../src/main/engine/recording/savedState.ts';
import { EngineOnLinks } from '../../support/engineOnLinks.ts';

/** Names of fields from the root on; a field that is there once in some list or table counts. */
function pathsOf(value: unknown, at: string, paths: Set<string>): Set<string> {
  if (Array.isArray(value)) {
    for (const entry of value) pathsOf(entry, `${at}[]`, paths);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, entry] of Object.entries(value)) pathsOf(entry, `${at}.${name}`, paths);
  } else paths.add(at.replace(/(\.\d+)+$/, ''));
  return paths;
}

function savedShape(): string {
  const engine = new EngineOnLinks({ messagesPerSec: 200 });
  engine.want(['BTC-USDT', 'ETH-USDT']);
  engine.run(8_000);
  engine.control({ type: 'reset', venue: 'okx' });
  engine.run(4_000);
  const paths = pathsOf(JSON.parse(JSON.stringify(engine.core.save())), '', new Set());
  engine.close();
  return createHash('sha256')
    .update([...paths].sort().join('\n'))
    .digest('hex')
    .slice(0, 16);
}

// Other fields than these mean that recordings of before cannot be gone on from: raise the version in `core.ts`, then write
// the new shape here beside it.
test('the shape of a saved engine has a version of its own', () => {
  expect([coreStateVersion, savedShape()]).toEqual([1, '9840b2908cdcc906']);
});

test('a state of another version is refused with what can still be done', () => {
  expect(() => parseState('{"version":999,"context":{}}')).toThrow(/another version.*frames/);
  expect(() => parseState('{"context":{}}')).toThrow(/another version/);
});
