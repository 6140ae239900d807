import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readImports } from '../../scripts/imports/readImports.ts';

const client = fileURLToPath(new URL('../../src/client', import.meta.url));

const surfaceNames: readonly string[] = [
  'ConnectionPool',
  'ConnectionRegistry',
  'ConnectionRegistryProvider',
  'EventBus',
  'MessageBatcher',
  'MessageThrottler',
  'PoolExhaustedError',
  'RealTimeDataProvider',
  'SealedMessageError',
  'SealedMessages',
  'WebSocketManager',
  'applyDelta',
  'batcherDefaults',
  'chooseTechnology',
  'connectionPoolDefaults',
  'connectionStates',
  'createDebounce',
  'createEnvelopeSocket',
  'createEventId',
  'createMarketService',
  'createSseClient',
  'createTruetapeClient',
  'debounceDefaults',
  'defaultReconnect',
  'errorCatalogue',
  'eventBusHistory',
  'eventBusReplay',
  'isConnected',
  'legalTransitions',
  'liveFeedLimit',
  'marketService',
  'marketServiceDefaults',
  'maxSealedBytes',
  'mergeFigures',
  'mergeLive',
  'optimizedMessagesLimit',
  'providerDefaults',
  'realtimeTechnologies',
  'reconnectPresets',
  'retry',
  'signalsLimit',
  'toFourStates',
  'toThreeStates',
  'transportChain',
  'useChannels',
  'useConnection',
  'useConnectionRegistry',
  'useGaps',
  'useLiveDataFeed',
  'useOptimizedRealtime',
  'useOrderbookSubscription',
  'usePriceSubscription',
  'useRealTimeData',
  'useRealtimeTicker',
  'useServerSentEvents',
  'useSymbolData',
  'useTruetapeClient',
  'useValidity',
  'useWebSocket',
  'useWebSocketSubscription',
  'webSocketManagerDefaults',
];

/** Packages that a module needs, over all that it imports. */
function packagesOf(entry: string): ReadonlySet<string> {
  const packages = new Set<string>();
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    expect(existsSync(file)).toBe(true);
    for (const { specifier = '' } of readImports(file, readFileSync(file, 'utf8'))) {
      if (specifier.startsWith('.')) visit(join(dirname(file), specifier));
      else packages.add(specifier);
    }
  };
  visit(entry);
  return packages;
}

test('everything comes from one entry, and nothing is added or lost unseen [S0-48]', async () => {
  const surface = await import('../../src/client/index.ts');
  expect(Object.keys(surface).toSorted()).toEqual(surfaceNames);
});

test('the core needs no React', () => {
  expect([...packagesOf(join(client, 'core.ts'))].toSorted()).toEqual([
    ...['@msgpack/msgpack', 'eventsource-parser', 'valibot'],
  ]);
  expect(packagesOf(join(client, 'index.ts'))).toContain('react');
});
