import { apiPaths } from '../../../../shared/gateway/paths.ts';
import { reference } from './jsonSchema.ts';
import type { JsonSchema } from './jsonSchema.ts';
import { messageSchemas } from './messageSchemas.ts';
import { socketIoReceived, socketIoSent } from './socketIoSchemas.ts';
import { wireSchemas } from './wireSchemas.ts';

const sent = ['Welcome', 'Subscribed', 'Unsubscribed', 'Updates', 'Resync', 'StatusMessage'];
const sentToAll = [...sent, 'Pong', 'ErrorMessage'];
const received = ['Authenticate', 'Subscribe', 'Unsubscribe', 'Resume', 'Ping'];

interface Channel {
  readonly address: string;
  readonly description: string;
  readonly sent: Readonly<Record<string, JsonSchema>>;
  readonly received: Readonly<Record<string, JsonSchema>>;
}

const channels: Readonly<Record<string, Channel>> = {
  socket: {
    address: apiPaths.socket,
    description:
      'One JSON message per text frame, or MessagePack with the subprotocol or `?encoding=msgpack`.',
    sent: byName(sentToAll),
    received: byName(received),
  },
  socketIo: {
    address: apiPaths.socketIo,
    description: `Socket.IO 4: the name of a message is that of its event. The token goes into \`auth.token\`. ${apiPaths.socketIoPacked} is the same with the MessagePack parser.`,
    sent: socketIoSent,
    received: socketIoReceived,
  },
};

function byName(names: readonly string[]): Readonly<Record<string, JsonSchema>> {
  return Object.fromEntries(names.map((name) => [name, reference(name)]));
}

/** The WebSocket and Socket.IO protocols, in AsyncAPI. */
export function asyncApiDocument(version: string): object {
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Truetape gateway',
      version,
      license: { name: 'MIT' },
      description: 'Live data: every record carries status, age, epoch and sequence.',
    },
    defaultContentType: 'application/json',
    servers: {
      gateway: {
        host: '127.0.0.1:7411',
        protocol: 'ws',
        description: 'Wherever the gateway listens; `wss` with a certificate.',
        security: [{ $ref: '#/components/securitySchemes/bearer' }],
      },
    },
    channels: Object.fromEntries(
      Object.entries(channels).map(([name, channel]) => [name, describeChannel(channel)]),
    ),
    operations: Object.fromEntries(
      Object.keys(channels).flatMap((name) => [
        [`${name}Send`, describeOperation(name, 'send')],
        [`${name}Receive`, describeOperation(name, 'receive')],
      ]),
    ),
    components: {
      schemas: { ...wireSchemas, ...messageSchemas },
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
    },
  };
}

function describeChannel(channel: Channel): object {
  const entries = [...messagesOf(channel.sent, 'send'), ...messagesOf(channel.received, 'receive')];
  const { address, description } = channel;
  return {
    ...{ address, description, servers: [{ $ref: '#/servers/gateway' }] },
    messages: Object.fromEntries(entries),
  };
}

/** Both sides have a message of the same name in Socket.IO. */
function messagesOf(
  payloads: Channel['sent'],
  action: 'send' | 'receive',
): readonly (readonly [string, object])[] {
  return Object.entries(payloads).map(([name, payload]) => [
    `${action}.${name}`,
    { name, payload },
  ]);
}

/** `send`: what the gateway says. */
function describeOperation(name: string, action: 'send' | 'receive'): object {
  const channel = channels[name];
  const payloads = (action === 'send' ? channel?.sent : channel?.received) ?? {};
  return {
    action,
    channel: { $ref: `#/channels/${name}` },
    messages: Object.keys(payloads).map((message) => ({
      $ref: `#/channels/${name}/messages/${action}.${message}`,
    })),
  };
}
