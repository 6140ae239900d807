import type { TruetapeClient, TruetapeClientOptions } from '../../src/client/clientContract.ts';
import { createTruetapeClient } from '../../src/client/createTruetapeClient.ts';
import { FakeGatewayServer, pass } from './fakeGatewayServer.ts';

const url = 'http://gateway.test:7411';

export interface ClientSetUp {
  readonly server: FakeGatewayServer;
  readonly client: TruetapeClient;
}

export function setUpClient(options: TruetapeClientOptions = {}): ClientSetUp {
  const server = new FakeGatewayServer();
  const client = createTruetapeClient({
    url,
    transports: ['websocket'],
    snapshots: false,
    ports: server.ports,
    ...options,
  });
  return { server, client };
}

export async function connectedClient(
  options: TruetapeClientOptions = {},
  channels: readonly string[] = [],
): Promise<ClientSetUp> {
  const { server, client } = setUpClient(options);
  for (const channel of channels) client.subscribe(channel);
  const opening = client.connect();
  await pass(server, 100);
  await opening;
  return { server, client };
}
