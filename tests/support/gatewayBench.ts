import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as plainRequest } from 'node:http';
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startGateway } from '../../src/main/gateway/startGateway.ts';
import type { Gateway, GatewayOptions } from '../../src/main/gateway/startGateway.ts';
import { patienceMs } from './eventually.ts';
import { createFakeEngineHost } from './fakeEngineHost.ts';
import type { FakeEngineHost } from './fakeEngineHost.ts';
import { createPublishingFeed } from './publishingFeed.ts';
import type { PublishingFeed } from './publishingFeed.ts';

export interface BenchAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface BenchRequest {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
  /** False: without the session key. */
  readonly signed?: boolean;
  /** Ends after the first event of a stream. */
  readonly isStream?: boolean;
}

/** A whole gateway on a feed and a host whose values the test knows. */
export interface GatewayBench {
  readonly gateway: Gateway;
  readonly host: FakeEngineHost;
  readonly feed: PublishingFeed;
  readonly folder: string;
  readonly origin: string;
  readonly key: string;
  readonly logged: string[];
  /** Plain HTTP: `fetch` would set Host itself and clean the path. */
  ask(path: string, request?: BenchRequest): Promise<BenchAnswer>;
  close(): Promise<void>;
}

export async function openGatewayBench(
  options: Partial<GatewayOptions> = {},
): Promise<GatewayBench> {
  const folder = mkdtempSync(join(tmpdir(), 'truetape-bench-'));
  mkdirSync(join(folder, 'renderer', 'assets'), { recursive: true });
  const script = '<script src="/assets/index-Ab12.js"></script>';
  writeFileSync(join(folder, 'renderer', 'index.html'), `<!doctype html>${script}`);
  writeFileSync(join(folder, 'renderer', 'assets', 'index-Ab12.js'), 'export {};');
  const host = createFakeEngineHost();
  const feed = createPublishingFeed();
  const logged: string[] = [];
  const gateway = await startGateway({
    ...{ host, rendererFolder: join(folder, 'renderer'), hostname: '127.0.0.1', port: 0 },
    ...{ appVersion: '1.2.3', openFeed: () => feed, profile: folder },
    log: ({ level, scope, text }) => void logged.push(`${level} ${scope}: ${text}`),
    ...options,
  });
  const key = new URLSearchParams(new URL(gateway.address).hash.slice(1)).get('key') ?? '';
  return {
    ...{ gateway, host, feed, folder, key, logged, origin: gateway.origin },
    ask: (path, request) => ask(gateway, key, path, request ?? {}),
    async close() {
      await gateway.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function ask(
  { port }: Gateway,
  key: string,
  path: string,
  request: BenchRequest,
): Promise<BenchAnswer> {
  const authorization = request.signed === false ? {} : { authorization: `Bearer ${key}` };
  return new Promise((resolve, reject) => {
    const sent = plainRequest(
      {
        ...{ host: '127.0.0.1', port, path, method: request.method ?? 'GET', agent: false },
        headers: { ...authorization, ...request.headers },
      },
      (response) => {
        let body = '';
        const finish = (): void => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
        };
        response.setEncoding('utf8').on('data', (text: string) => {
          body += text;
          if (request.isStream !== true || !body.includes('\ndata:')) return;
          finish();
          sent.destroy();
        });
        response.on('end', finish);
        response.on('error', () => undefined);
      },
    );
    sent.setTimeout(patienceMs, () => sent.destroy(new Error(`no answer to ${path}`)));
    sent.on('error', reject);
    sent.end(request.body);
  });
}
