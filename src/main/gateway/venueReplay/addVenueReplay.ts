import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import * as v from 'valibot';
import { WebSocketServer } from 'ws';
import type { GatewayError } from '../../../shared/gateway/errors.ts';
import { apiPaths } from '../../../shared/gateway/paths.ts';
import { isVenueId } from '../../../shared/venues.ts';
import type { VenueId } from '../../../shared/venues.ts';
import type { EngineHost, VenueRecordingRequest, VenueRecordingState } from '../../engine/host.ts';
import type { GatewayContext, GatewayPart } from '../gatewayContext.ts';
import { refuseUpgrade } from '../upgradeRoutes.ts';
import { VenueRun } from './venueRun.ts';

const maxRuns = 4;
const maxSocketsPerRun = 64;
/** A run that nobody is connected to ends by itself. */
const idleMs = 600_000;
const lookMs = 30_000;

const requestSchema = v.strictObject({
  session: v.pipe(v.string(), v.regex(/^[0-9a-z-]{0,64}$/)),
  /** Epoch ms; null: its start. */
  from: v.optional(v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(8.64e15)))),
  /** 1 is the recorded pace; null: as fast as possible. */
  speed: v.optional(v.nullable(v.pipe(v.number(), v.minValue(0.1), v.maxValue(1_000)))),
});

interface RunTarget {
  readonly run: VenueRun;
  readonly venue: VenueId;
  readonly path: string;
  readonly query: URLSearchParams;
}

/** Recordings on the venues' own protocols: made by whoever may use the gateway, then open to whoever knows the run's address. */
export function addVenueReplay(context: GatewayContext, place: VenueReplayPlace): VenueReplays {
  const replays = new VenueReplays(context, place);
  replays.listen();
  return replays;
}

export interface VenueReplayPlace {
  /** A proxy in front ends TLS. */
  readonly isBehindTls: boolean;
}

export class VenueReplays implements GatewayPart {
  private readonly context: GatewayContext;
  private readonly place: VenueReplayPlace;
  private readonly runs = new Map<string, VenueRun>();
  private readonly sockets = new WebSocketServer({
    noServer: true,
    maxPayload: 65_536,
    perMessageDeflate: false,
  });
  private opening = 0;
  private cancelLook: () => void = () => undefined;

  constructor(context: GatewayContext, place: VenueReplayPlace) {
    this.context = context;
    this.place = place;
  }

  listen(): void {
    const { server, upgrades } = this.context;
    server.post(apiPaths.venueReplays, (request, reply) => this.create(request, reply));
    server.get(apiPaths.venueReplays, (request, reply) => this.list(request, reply));
    server.delete<{ Params: { run: string } }>(`${apiPaths.venueReplays}/:run`, (request, reply) =>
      this.remove(request, reply, request.params.run),
    );
    server.get(`${apiPaths.venueReplay}/*`, (request, reply) => this.answer(request, reply));
    upgrades.add(`${apiPaths.venueReplay}/`, (request, stream, head) => {
      this.upgrade(request, stream, head);
    });
    this.look();
  }

  /** Of what the host itself shows; it is there until the gateway ends. Throws, with a text for a person. */
  async openShown(
    host: EngineHost,
    start: VenueReplayStart,
    origin: string,
  ): Promise<readonly VenueAddress[]> {
    const run = await this.open(host, { session: '', ...start });
    run.isKept = true;
    return describe(run, origin).venues;
  }

  close(): void {
    this.cancelLook();
    for (const run of this.runs.values()) run.close('the gateway stops');
    this.runs.clear();
    this.sockets.close();
  }

  private async create(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { host, refuse, access } = this.context;
    const allowed = await access.ofRequest(request.raw);
    if (!allowed.ok) return refuse(reply, allowed.error);
    const parsed = v.safeParse(requestSchema, request.body);
    if (!parsed.success) return refuse(reply, invalid);
    if (host === null) return refuse(reply, noRecordings);
    if (this.runs.size + this.opening >= maxRuns) return refuse(reply, tooMany);
    this.opening += 1;
    try {
      const { session, from = null, speed = 1 } = parsed.output;
      const run = await this.open(host, { session, from, speed });
      const described = describe(run, this.originOf(request));
      return await reply.code(201).header('cache-control', 'no-store').send(described);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return refuse(reply, { code: 'NOT_FOUND', message });
    } finally {
      this.opening -= 1;
    }
  }

  private async open(host: EngineHost, request: VenueRecordingRequest): Promise<VenueRun> {
    const run = new VenueRun(await host.openVenueRecording(request), this.context.clock);
    this.runs.set(run.id, run);
    const text = `${run.state.session} is served on its venues' protocols`;
    this.context.log({ level: 'info', scope: 'gateway', text });
    return run;
  }

  private async list(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const allowed = await this.context.access.ofRequest(request.raw);
    if (!allowed.ok) return this.context.refuse(reply, allowed.error);
    const runs = [...this.runs.values()].map((run) => describe(run, this.originOf(request)));
    return reply.header('cache-control', 'no-store').send({ runs });
  }

  private async remove(
    request: FastifyRequest,
    reply: FastifyReply,
    id: string,
  ): Promise<FastifyReply> {
    const allowed = await this.context.access.ofRequest(request.raw);
    if (!allowed.ok) return this.context.refuse(reply, allowed.error);
    const run = this.runs.get(id);
    if (run === undefined) return this.context.refuse(reply, unknownRun);
    this.end(run, 'the run was ended');
    return reply.code(204).send();
  }

  private async answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const target = this.targetOf(request.raw);
    const { refuse } = this.context;
    if (target === null) return refuse(reply, unknownRun);
    const answered = await target.run.answer(target.venue, target.path, target.query);
    if (answered === null) return refuse(reply, unknownRun);
    return reply
      .code(answered.status)
      .header('cache-control', 'no-store')
      .type('application/json; charset=utf-8')
      .send(answered.body);
  }

  private upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const target = this.targetOf(request);
    if (target === null || !target.run.hasSocket(target.venue, target.path, target.query)) {
      refuseUpgrade(stream, unknownRun);
      return;
    }
    if (target.run.connections >= maxSocketsPerRun) {
      refuseUpgrade(stream, tooManySockets);
      return;
    }
    this.sockets.handleUpgrade(request, stream, head, (socket) => {
      target.run.connect(target.venue, target.path, target.query, socket);
    });
  }

  /** `/venue-replay/RUN/VENUE/PATH`. */
  private targetOf(request: IncomingMessage): RunTarget | null {
    const address = URL.parse(request.url ?? '/', 'http://localhost');
    if (address === null) return null;
    const [id = '', venue = '', ...rest] = address.pathname
      .slice(apiPaths.venueReplay.length + 1)
      .split('/');
    const run = this.runs.get(id);
    if (run === undefined || !isVenueId(venue)) return null;
    return { run, venue, path: `/${rest.join('/')}`, query: address.searchParams };
  }

  /** As who asks has reached us: what a proxy passes on carries the address of its client, and came over its TLS. */
  private originOf({ protocol, headers }: FastifyRequest): string {
    const isProxied = this.place.isBehindTls && headers['x-forwarded-for'] !== undefined;
    return `${isProxied ? 'https' : protocol}://${headers.host ?? ''}`;
  }

  private end(run: VenueRun, reason: string): void {
    this.runs.delete(run.id);
    run.close(reason);
  }

  private look(): void {
    const { clock } = this.context;
    this.cancelLook = clock.after(lookMs, () => {
      for (const run of [...this.runs.values()]) {
        const { idleSinceMs } = run;
        if (run.isKept) continue;
        if (idleSinceMs !== null && clock.monotonicMs() - idleSinceMs > idleMs) {
          this.end(run, 'nobody was connected');
        }
      }
      this.look();
    });
  }
}

export type VenueReplayStart = Pick<VenueRecordingRequest, 'from' | 'speed'>;

/** Where a program finds a venue of a run: in the place of the venue's own host. */
export interface VenueAddress {
  readonly venue: VenueId;
  readonly websocket: string;
  readonly rest: string;
}

type DescribedRun = VenueRecordingState & {
  readonly run: string;
  readonly connections: number;
  readonly venues: readonly VenueAddress[];
};

function describe(run: VenueRun, origin: string): DescribedRun {
  const base = `${origin}${apiPaths.venueReplay}/${run.id}`;
  return {
    run: run.id,
    ...run.state,
    connections: run.connections,
    venues: run.venues.map((venue) => ({
      venue,
      websocket: `${base.replace(/^http/, 'ws')}/${venue}`,
      rest: `${base}/${venue}`,
    })),
  };
}

const invalid: GatewayError = {
  code: 'INVALID_REQUEST',
  message:
    'Send {"session": ID, "from": epoch ms or null, "speed": 0.1 to 1000 or null}. The ids are listed by: truetape replay',
};
const noRecordings: GatewayError = {
  code: 'NOT_FOUND',
  message: 'This gateway has no recordings of its own. Ask the process that records.',
};
const tooMany: GatewayError = {
  code: 'OVERLOADED',
  message: `${maxRuns} recordings are served already. End one with DELETE ${apiPaths.venueReplays}/RUN.`,
  retryAfterMs: 60_000,
};
const tooManySockets: GatewayError = {
  code: 'OVERLOADED',
  message: `${maxSocketsPerRun} sockets are connected to this run. Close one first.`,
  retryAfterMs: 10_000,
};
const unknownRun: GatewayError = {
  code: 'NOT_FOUND',
  message: `There is no such run, venue or path. POST ${apiPaths.venueReplays} makes a run and answers its addresses.`,
};
