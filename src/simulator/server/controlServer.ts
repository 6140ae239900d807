import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { simVenueIds } from '../market/venueProfiles.ts';
import type { SimVenueId } from '../market/venueProfiles.ts';
import type { Simulator } from '../simulator.ts';
import { parseJson } from '../wire/query.ts';

const largestCommandBytes = 64 * 1024;

interface Answer {
  readonly status: number;
  readonly value: unknown;
}

/** Oracle and control over HTTP, for test programs in other processes. */
export class ControlServer {
  private readonly simulator: Simulator;
  private readonly http: Server;

  constructor(simulator: Simulator) {
    this.simulator = simulator;
    this.http = createServer((request, response) => this.serve(request, response));
  }

  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.http.once('error', reject);
      this.http.listen(port, '127.0.0.1', () => {
        this.http.off('error', reject);
        resolve();
      });
    });
    const address = this.http.address();
    if (address === null || typeof address === 'string') throw new Error('no port was given');
    return address.port;
  }

  async close(): Promise<void> {
    this.http.closeAllConnections();
    await new Promise<void>((resolve) => {
      this.http.close(() => resolve());
    });
  }

  private serve(request: IncomingMessage, response: ServerResponse): void {
    // A page of another origin must not break the demo: browsers always send one of these.
    const host = (request.headers.host ?? '').replace(/:\d+$/, '');
    if (request.headers.origin !== undefined || !['127.0.0.1', 'localhost'].includes(host)) {
      send(response, refusal(403, 'only programs on this machine may ask'));
      return;
    }
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    if (url.pathname === '/control' && request.method === 'POST') {
      this.control(request, response);
      return;
    }
    if (request.method !== 'GET') send(response, refusal(405, 'use GET, or POST /control'));
    else send(response, this.answer(url));
  }

  private answer(url: URL): Answer {
    const { oracle } = this.simulator;
    if (url.pathname === '/oracle/counters') return { status: 200, value: oracle.counters() };
    if (url.pathname === '/oracle/time') {
      return { status: 200, value: { now: this.simulator.now() } };
    }
    const venue = simVenueIds.find((id) => id === url.searchParams.get('venue'));
    if (venue === undefined) return refusal(400, `venue must be one of ${simVenueIds.join(', ')}`);
    const market = url.searchParams.get('market');
    const markets = oracle.markets(venue);
    if (url.pathname === '/oracle/markets') return { status: 200, value: markets };
    if (url.pathname === '/oracle/stats' && market === null) {
      return { status: 200, value: markets.map((name) => oracle.statistics(venue, name)) };
    }
    if (market === null || !markets.includes(market)) {
      return refusal(400, `market must be one of ${markets.join(', ')}`);
    }
    return this.answerMarket(url, venue, market);
  }

  private answerMarket(url: URL, venue: SimVenueId, market: string): Answer {
    const { oracle } = this.simulator;
    switch (url.pathname) {
      case '/oracle/stats':
        return { status: 200, value: oracle.statistics(venue, market) };
      case '/oracle/trades': {
        const sinceId = numberOf(url, 'sinceId') ?? 0;
        return { status: 200, value: oracle.trades(venue, market, sinceId) };
      }
      case '/oracle/book': {
        const updateId = numberOf(url, 'updateId');
        const depth = numberOf(url, 'depth');
        const question = {
          ...(updateId === undefined ? {} : { updateId }),
          ...(depth === undefined ? {} : { depth }),
        };
        const book = oracle.book(venue, market, question);
        if (book !== undefined) return { status: 200, value: book };
        return refusal(404, 'that update id is unknown, or older than the last some thousand');
      }
      default:
        return refusal(404, 'ask /oracle/{book,trades,stats,counters,markets,time}');
    }
  }

  private control(request: IncomingMessage, response: ServerResponse): void {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (part: string) => {
      text += part;
      if (text.length > largestCommandBytes) request.destroy();
    });
    request.on('end', () => {
      const parsed = parseJson(text);
      if (parsed === undefined) {
        send(response, refusal(400, 'the body is not JSON'));
        return;
      }
      const result = this.simulator.controlUnknown(parsed.value);
      send(response, { status: result.ok ? 200 : 400, value: result });
    });
  }
}

function refusal(status: number, error: string): Answer {
  return { status, value: { ok: false, error } };
}

function numberOf(url: URL, name: string): number | undefined {
  const text = url.searchParams.get(name);
  return text !== null && /^\d+$/.test(text) ? Number(text) : undefined;
}

function send(response: ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(answer.value));
}
