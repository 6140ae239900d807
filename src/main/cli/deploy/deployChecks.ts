import { performance } from 'node:perf_hooks';
import { apiPaths } from '../../../shared/gateway/paths.ts';
import { refusalCode } from './deployProbe.ts';
import type { DeployProbe, ProbeAnswer, ProbeRequest } from './deployProbe.ts';

export interface DeployFinding {
  readonly name: string;
  /** What does not hold, and what to do; empty: passed. */
  readonly faults: readonly string[];
  /** What was seen. */
  readonly seen: string;
}

interface Check {
  readonly name: string;
  run(probe: DeployProbe, faults: string[]): Promise<string>;
}

const foreign = 'https://foreign.invalid';
const parallelRequests = 50;
const slowMs = 1_000;

const checks: readonly Check[] = [
  {
    name: 'CORS and auth',
    async run(probe, faults) {
      const page = await probe.ask(apiPaths.markets, { headers: { origin: foreign } });
      expectRefusal(
        page,
        'FOREIGN_ORIGIN',
        faults,
        'a foreign page may read: start without --dev-cors',
      );
      const preflight = await probe.ask(apiPaths.markets, {
        method: 'OPTIONS',
        headers: { origin: foreign, 'access-control-request-method': 'GET' },
      });
      if (preflight.status < 400) faults.push('a foreign preflight is allowed');
      const nobody = await probe.ask(apiPaths.markets);
      if (nobody.status !== 401) faults.push(`data without a token: status ${nobody.status}`);
      const wrong = await probe.ask(apiPaths.markets, {
        headers: { authorization: 'Bearer x.y.z' },
      });
      if (wrong.status !== 401) faults.push(`a wrong token gets status ${wrong.status}`);
      return 'foreign origins, no token and a wrong token are refused';
    },
  },
  {
    name: 'Fallback',
    async run(probe, faults) {
      if (!probe.hasToken) return needsToken(faults);
      const socket = await probe.firstMessage(apiPaths.socket);
      if (socket !== 'welcome') faults.push(`the WebSocket begins with ${socket}`);
      const stream = await probe.ask(`${apiPaths.stream}?channels=health`, signedStream);
      const isStream = stream.headers['content-type']?.startsWith('text/event-stream') === true;
      if (stream.status !== 200 || !isStream) faults.push(`SSE answers with ${stream.status}`);
      const poll = await probe.ask(apiPaths.poll, postJson('{"channels":["health"]}', true));
      if (poll.status !== 200) faults.push(`long polling answers with ${poll.status}`);
      return 'WebSocket, SSE and long polling answer';
    },
  },
  {
    name: 'Cache',
    async run(probe, faults) {
      for (const path of [apiPaths.health, apiPaths.markets]) {
        const { headers } = await probe.ask(path, { signed: true });
        if (headers['cache-control'] !== 'no-store') faults.push(`${path} may be kept by a cache`);
      }
      const page = await probe.ask('/');
      if (page.headers['cache-control'] !== 'no-cache')
        faults.push('the page may be kept by a cache');
      const [asset] = /\/?assets\/[\w.-]+\.js/.exec(page.body) ?? [];
      if (asset === undefined) return 'data is never kept by a cache';
      const { headers } = await probe.ask(`/${asset.replace(/^\//, '')}`);
      if (headers['cache-control']?.includes('immutable') !== true) {
        faults.push('hashed files are loaded again and again');
      }
      return 'data is never kept, hashed files are';
    },
  },
  {
    name: 'Circuit breaker',
    async run(probe, faults) {
      const health = await probe.ask(apiPaths.health);
      const states = venueStates(health.body);
      if (states.length === 0)
        faults.push('no venue has told its state yet: try again in a moment');
      const down = states.filter(([, state]) => state === 'down').map(([venue]) => venue);
      if (down.length === states.length && down.length > 0) faults.push('every venue is down');
      const rest = down.length === 0 ? 'no venue is cut off' : `cut off alone: ${down.join(', ')}`;
      return `${states.length} venues, each with its own breaker; ${rest}`;
    },
  },
  {
    name: 'Errors',
    async run(probe, faults) {
      const unknown = await probe.ask('/api/no-such-path', { signed: true });
      expectRefusal(unknown, 'NOT_FOUND', faults, 'an unknown path');
      const method = await probe.ask(apiPaths.health, { method: 'DELETE' });
      expectRefusal(method, 'METHOD_NOT_ALLOWED', faults, 'a wrong method');
      const broken = await probe.ask(apiPaths.login, postJson('{"user'));
      expectRefusal(broken, 'INVALID_REQUEST', faults, 'broken JSON');
      const leaks = [unknown, method, broken].some(({ body }) => /\bat \/|node_modules/.test(body));
      if (leaks) faults.push('an error tells of files of the server');
      return 'typed, with a code and an advice';
    },
  },
  {
    name: 'Monitoring',
    async run(probe, faults) {
      const health = await probe.ask(apiPaths.health);
      if (health.status !== 200) faults.push(`${apiPaths.health} answers with ${health.status}`);
      const metrics = await probe.ask(apiPaths.metrics, { signed: true });
      if (metrics.status === 401 && !probe.hasToken) return needsToken(faults);
      const names = metrics.body.match(/^# TYPE truetape_\w+/gm)?.length ?? 0;
      if (names < 10) faults.push(`${apiPaths.metrics} has ${names} figures`);
      return `/health is fine, ${names} figures in /metrics`;
    },
  },
  {
    name: 'Load',
    async run(probe, faults) {
      const times = await Promise.all(
        Array.from({ length: parallelRequests }, async () => {
          const started = performance.now();
          const { status } = await probe.ask(apiPaths.openapi);
          if (status !== 200) faults.push(`one of ${parallelRequests} requests at once: ${status}`);
          return performance.now() - started;
        }),
      );
      const slowest = Math.round(Math.max(...times));
      if (slowest > slowMs) faults.push(`the slowest of ${parallelRequests} took ${slowest} ms`);
      return `${parallelRequests} requests at once, the slowest ${slowest} ms; for clients: npm run load`;
    },
  },
  {
    name: 'Security audit',
    async run(probe, faults) {
      const page = await probe.ask('/');
      for (const header of [
        'content-security-policy',
        'x-content-type-options',
        'x-frame-options',
      ]) {
        if (page.headers[header] === undefined) faults.push(`the page lacks ${header}`);
      }
      if (page.headers['x-powered-by'] !== undefined) faults.push('it tells its software');
      const host = await probe.ask('/', { headers: { host: 'rebound.invalid' } });
      if (host.status !== 421) faults.push('a foreign host name is served: DNS can be rebound');
      const outside = await probe.ask('/..%2f..%2fpackage.json');
      if (outside.status < 400) faults.push('files outside of the pages are served');
      if (!isLocal(probe.origin) && probe.origin.protocol !== 'https:') {
        faults.push('it is reached without TLS: use --cert and --key, or a proxy');
      }
      return 'policy of pages, host names, paths, TLS';
    },
  },
];

/** Eight lines of what a deployment needs, each really looked at. */
export async function checkDeployment(probe: DeployProbe): Promise<readonly DeployFinding[]> {
  const findings: DeployFinding[] = [];
  for (const check of checks) {
    const faults: string[] = [];
    let seen = '';
    try {
      seen = await check.run(probe, faults);
    } catch (error) {
      faults.push(`it does not answer (${error instanceof Error ? error.message : 'unknown'})`);
    }
    findings.push({ name: check.name, faults: [...new Set(faults)], seen });
  }
  return findings;
}

const signedStream: ProbeRequest = {
  signed: true,
  isStream: true,
  headers: { accept: 'text/event-stream' },
};

function postJson(body: string, signed = false): ProbeRequest {
  return { method: 'POST', signed, headers: { 'content-type': 'application/json' }, body };
}

function expectRefusal(answer: ProbeAnswer, code: string, faults: string[], what: string): void {
  const found = refusalCode(answer);
  if (found !== code) faults.push(`${what} (${answer.status} ${found ?? 'untyped'})`);
}

function needsToken(faults: string[]): string {
  faults.push(
    'cannot be looked at without a token: set TRUETAPE_TOKEN, or give the printed address',
  );
  return '';
}

function venueStates(body: string): readonly (readonly [string, unknown])[] {
  const report: unknown = JSON.parse(body);
  if (typeof report !== 'object' || report === null || !('venues' in report)) return [];
  const { venues } = report;
  if (typeof venues !== 'object' || venues === null || !('states' in venues)) return [];
  const { states } = venues;
  return typeof states === 'object' && states !== null ? Object.entries(states) : [];
}

function isLocal({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}
