import { expect, test } from 'vitest';
import { createTruetapeClient } from '../../src/client/createTruetapeClient.ts';
import type { RealtimeRequirements } from '../../src/client/chooseTransport.ts';
import {
  chooseTechnology,
  realtimeTechnologies,
  transportChain,
} from '../../src/client/chooseTransport.ts';

const cases: readonly (readonly [RealtimeRequirements, string, readonly string[]])[] = [
  [{ isBidirectional: true, needsLowDelay: true }, 'websocket', ['websocket', 'sse', 'poll']],
  [{}, 'sse', ['sse', 'poll']],
  [{ isBidirectional: true, blocksUpgrades: true }, 'sse', ['sse', 'poll']],
  [{ blocksUpgrades: true, blocksStreams: true }, 'long-polling', ['poll']],
  [{ isBetweenPeers: true, needsBinary: true }, 'webrtc', []],
  [{ needsBinary: true }, 'websocket', ['websocket', 'sse', 'poll']],
  [{ blocksStreams: true }, 'websocket', ['websocket', 'poll']],
];

test.each(cases)('%j is served by %s, and the chain is %j [S3-01]', (given, name, chain) => {
  expect([chooseTechnology(given), transportChain(given)]).toEqual([name, chain]);
});

test('four technologies are described, and the chain of a client is all that a gateway speaks [S3-01]', () => {
  const described = Object.values(realtimeTechnologies);
  expect(described.map(({ name }) => name)).toEqual([
    'WebSocket',
    'Server-Sent Events',
    'Long polling',
    'WebRTC',
  ]);
  for (const { strengths, limits, useFor } of described) {
    expect(Math.min(strengths.length, limits.length, useFor.length)).toBeGreaterThan(20);
  }
  expect(createTruetapeClient({ url: 'http://any.test' }).options.transports).toEqual(
    transportChain(),
  );
  expect(transportChain()).toEqual(
    described.map(({ transport }) => transport).filter((transport) => transport !== null),
  );
});
