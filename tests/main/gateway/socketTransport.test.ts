import { expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { createSocketTransport } from '../../../src/main/gateway/socketTransport.ts';
import type { BridgeTransport } from '../../../src/shared/bridge.ts';
import { eventually } from '../../support/eventually.ts';

test('measures the link by ping and pong, apart from what the page does', async () => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  const transports: BridgeTransport[] = [];
  server.on('connection', (socket) => transports.push(createSocketTransport(socket)));
  await new Promise((listening) => server.on('listening', listening));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const page = new WebSocket(`ws://127.0.0.1:${address.port}`);
  await eventually(() => expect(transports[0]?.roundTripMs?.()).toBeTypeOf('number'));
  expect(transports[0]?.roundTripMs?.()).toBeGreaterThan(0);
  page.close();
  await new Promise((closed) => server.close(closed));
});
