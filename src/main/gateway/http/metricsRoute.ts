import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Registry } from 'prom-client';
import { apiPaths } from '../../../shared/gateway/paths.ts';
import type { HealthUpdate } from '../../../shared/gateway/wire.ts';
import type { GatewayContext, GatewayPart } from '../gatewayContext.ts';
import type { HubCounts } from '../hub/clientContract.ts';
import type { ScaleOut, ScaleOutCounts } from '../redis/openScaleOut.ts';
import { authorize } from './authorize.ts';
import { writeDeliveryHistogram } from './deliveryHistogram.ts';
import type { RequestCounts } from './requestCounts.ts';

export interface MetricsSources {
  readonly windows: () => number;
  readonly venues: () => Promise<HealthUpdate | null>;
  readonly counts: RequestCounts;
  /** Connections of Socket.IO by what they use now. */
  readonly socketIo: () => { readonly websocket: number; readonly polling: number };
  /** Null: this gateway has its market alone. */
  readonly scaleOut: Pick<ScaleOut, 'counts'> | null;
  /** `--open-metrics`: a scraper needs no token. */
  readonly isOpen: boolean;
}

const loopResolutionMs = 20;

/** Figures of this gateway for Prometheus; computed when they are asked for. */
export function addMetricsRoute(context: GatewayContext, sources: MetricsSources): GatewayPart {
  const registry = new Registry();
  const loop = monitorEventLoopDelay({ resolution: loopResolutionMs });
  loop.enable();
  const takeHub = addHubMetrics(registry);
  const takeVenues = addVenueMetrics(registry);
  const takeProcess = addProcessMetrics(registry, context, sources);
  const takeScaleOut = sources.scaleOut === null ? null : addScaleOutMetrics(registry);
  context.server.get(apiPaths.metrics, async (request, reply) => {
    reply.header('cache-control', 'no-store');
    if (!sources.isOpen && (await authorize(context, request, reply)) === null) return reply;
    const hubCounts = context.hub.counts();
    takeHub(hubCounts);
    takeVenues(await sources.venues());
    takeProcess(loop.percentile(99) / 1e9, loop.max / 1e9);
    if (sources.scaleOut !== null) takeScaleOut?.(sources.scaleOut.counts());
    loop.reset();
    const figures = await registry.metrics();
    const histogram = writeDeliveryHistogram(hubCounts.deliveryTotals);
    return reply.type(registry.contentType).send(`${figures}\n${histogram}`);
  });
  return {
    close() {
      loop.disable();
    },
  };
}

/** A total that is counted elsewhere: the registry only shows it. */
function totalOf(registry: Registry, name: string, help: string): (value: number) => void {
  const counter = new Counter({ name, help, registers: [registry] });
  return (value) => {
    counter.reset();
    counter.inc(value);
  };
}

function gaugeOf(registry: Registry, name: string, help: string): (value: number | null) => void {
  const gauge = new Gauge({ name, help, registers: [registry] });
  // An unknown figure is shown as such, never as zero.
  return (value) => gauge.set(value ?? Number.NaN);
}

function addHubMetrics(registry: Registry): (counts: HubCounts) => void {
  const clients = new Gauge({
    name: 'truetape_clients',
    help: 'Connected programs by transport.',
    labelNames: ['transport'],
    registers: [registry],
  });
  const totals: readonly [(value: number) => void, (counts: HubCounts) => number][] = [
    [total('publications', 'Values published by the feed.'), (counts) => counts.publications],
    [total('records_sent', 'Records given to clients.'), (counts) => counts.recordsSent],
    [total('sent_bytes', 'Bytes of records given to clients.'), (counts) => counts.bytesSent],
    [
      total('conflated', 'State values replaced by a newer one unsent.'),
      (counts) => counts.conflated,
    ],
    [total('client_resyncs', 'Clients told that events are missing.'), (counts) => counts.resyncs],
    [total('client_resumes', 'Clients that got all they missed.'), (counts) => counts.resumed],
    [
      total('clients_evicted', 'Clients ended because they did not read.'),
      (counts) => counts.evicted,
    ],
    [total('clients_ended', 'Connections that ended.'), (counts) => counts.durationsSec.count],
    [
      total('client_connected_seconds', 'Seconds that ended connections lasted, summed up.'),
      (counts) => counts.durationsSec.sum,
    ],
  ];
  const channels = gaugeOf(registry, 'truetape_channels', 'Channels that clients want now.');
  const held = gaugeOf(registry, 'truetape_events_held', 'Events kept for clients that come back.');
  const recent = new Gauge({
    name: 'truetape_recent_delivery_seconds',
    help: 'From publication to the transport of a client, over the last minute.',
    labelNames: ['statistic'],
    registers: [registry],
  });
  function total(name: string, help: string): (value: number) => void {
    return totalOf(registry, `truetape_${name}_total`, help);
  }
  return (counts) => {
    for (const [transport, count] of Object.entries(counts.clients))
      clients.set({ transport }, count);
    for (const [set, read] of totals) set(read(counts));
    channels(counts.channels);
    held(counts.eventsHeld);
    for (const [statistic, ms] of Object.entries(counts.deliveryMs)) {
      recent.set({ statistic }, ms === null ? Number.NaN : ms / 1000);
    }
  };
}

function addScaleOutMetrics(registry: Registry): (counts: ScaleOutCounts) => void {
  const gauge = (name: string, help: string) => gaugeOf(registry, `truetape_redis_${name}`, help);
  const total = (name: string, help: string) =>
    totalOf(registry, `truetape_redis_${name}_total`, help);
  const up = gauge('up', '1 while Redis answers.');
  const ingesters = gauge('ingesters', 'Processes that publish market data.');
  const gateways = gauge('gateways', 'Gateways on this Redis.');
  const interruptions = total('interruptions', 'Times that the way to the data was gone.');
  const losses = total('losses', 'Times that events were missing, or another process took over.');
  const unreadable = total('unreadable', 'Entries that could not be read.');
  const markets = gauge('markets', 'Markets that this process publishes.');
  const batches = total('batches', 'Batches that this process published.');
  const events = total('events', 'Events that this process published.');
  const states = total('states', 'State values that this process published.');
  const bytes = total('published_bytes', 'Bytes that this process published.');
  const dropped = total('dropped_events', 'Events dropped because Redis did not take them.');
  return ({ isUp, feed, ingester }) => {
    up(isUp ? 1 : 0);
    ingesters(feed?.ingesters ?? null);
    gateways(feed?.gateways ?? null);
    interruptions(feed?.interruptions ?? 0);
    losses(feed?.losses ?? 0);
    unreadable(feed?.unreadable ?? 0);
    markets(ingester?.markets ?? 0);
    batches(ingester?.batches ?? 0);
    events(ingester?.events ?? 0);
    states(ingester?.states ?? 0);
    bytes(ingester?.bytes ?? 0);
    dropped(ingester?.dropped ?? 0);
  };
}

const venueFigures = {
  messagesPerSec: 'Messages of the venue a second.',
  gaps: 'Gaps in the data of the venue.',
  resyncs: 'Order books of the venue that began anew.',
  reconnects: 'Connections to the venue that were replaced.',
} as const;

function addVenueMetrics(registry: Registry): (health: HealthUpdate | null) => void {
  const perVenue = { labelNames: ['venue'], registers: [registry] };
  const live = new Gauge({
    name: 'truetape_venue_live',
    help: '1 live, 0.5 degraded, 0 down.',
    ...perVenue,
  });
  const messages = new Gauge({
    name: 'truetape_venue_messages_per_second',
    help: venueFigures.messagesPerSec,
    ...perVenue,
  });
  const counters = (['gaps', 'resyncs', 'reconnects'] as const).map((figure) => {
    const name = `truetape_venue_${figure}_total`;
    return { figure, counter: new Counter({ name, help: venueFigures[figure], ...perVenue }) };
  });
  const lag = new Gauge({
    name: 'truetape_venue_lag_seconds',
    help: 'From the time in a message of the venue to its arrival, 99 of 100 below.',
    ...perVenue,
  });
  const decodeErrors = totalOf(
    registry,
    'truetape_decode_errors_total',
    'Messages of venues that could not be understood.',
  );
  const repaired = totalOf(registry, 'truetape_gaps_repaired_total', 'Gaps that were filled.');
  return (health) => {
    // What was known before may have changed: it is shown while it is known, and of venues that there are.
    for (const gauge of [live, messages, lag]) gauge.reset();
    if (health === null) return;
    decodeErrors(health.decodeErrorsTotal);
    repaired(health.gapsRepaired);
    for (const { counter } of counters) counter.reset();
    for (const venue of health.venues) {
      const label = { venue: venue.venue };
      live.set(label, { live: 1, degraded: 0.5, down: 0 }[venue.status]);
      messages.set(label, venue.messagesPerSec);
      lag.set(label, venue.lagP99Ms === null ? Number.NaN : venue.lagP99Ms / 1000);
      for (const { figure, counter } of counters) counter.inc(label, venue[figure]);
    }
  };
}

function addProcessMetrics(
  registry: Registry,
  { clock, version }: GatewayContext,
  { counts, windows, socketIo }: MetricsSources,
): (loopP99Sec: number, loopMaxSec: number) => void {
  const started = clock.monotonicMs();
  const uptime = gaugeOf(registry, 'truetape_uptime_seconds', 'Since this gateway started.');
  const pages = gaugeOf(registry, 'truetape_windows', 'Attached pages of the workstation.');
  const connections = new Gauge({
    name: 'truetape_socketio_connections',
    help: 'Connections of Socket.IO by the transport that they use now.',
    labelNames: ['transport'],
    registers: [registry],
  });
  const loopP99 = gaugeOf(
    registry,
    'truetape_loop_delay_p99_seconds',
    'How late the loop ran since it was last asked, 99 of 100 below.',
  );
  const loopMax = gaugeOf(
    registry,
    'truetape_loop_delay_max_seconds',
    'How late the loop ran at most since it was last asked.',
  );
  const memory = new Gauge({
    name: 'truetape_memory_bytes',
    help: 'Memory of this process by area.',
    labelNames: ['area'],
    registers: [registry],
  });
  const build = new Gauge({
    name: 'truetape_build_info',
    help: 'Always 1; the version is its label.',
    labelNames: ['version'],
    registers: [registry],
  });
  const takeRefusals = addRefusalMetrics(registry, counts);
  return (loopP99Sec, loopMaxSec) => {
    uptime((clock.monotonicMs() - started) / 1000);
    pages(windows());
    for (const [transport, count] of Object.entries(socketIo())) {
      connections.set({ transport }, count);
    }
    loopP99(loopP99Sec);
    loopMax(loopMaxSec);
    build.set({ version }, 1);
    const { rss, heapUsed, external } = process.memoryUsage();
    for (const [area, bytes] of Object.entries({ rss, heap: heapUsed, external })) {
      memory.set({ area }, bytes);
    }
    takeRefusals();
  };
}

function addRefusalMetrics(registry: Registry, counts: RequestCounts): () => void {
  const byCode = { labelNames: ['code'], registers: [registry] };
  const refusals = new Counter({
    name: 'truetape_refusals_total',
    help: 'HTTP requests that were refused, by code.',
    ...byCode,
  });
  const failedAccess = new Counter({
    name: 'truetape_auth_failures_total',
    help: 'Requests and connections that were not let in, on all transports, by code.',
    ...byCode,
  });
  return () => {
    for (const [counter, found] of [
      [refusals, counts.refusals],
      [failedAccess, counts.failedAccess],
    ] as const) {
      counter.reset();
      for (const [code, count] of found) counter.inc({ code }, count);
    }
  };
}
