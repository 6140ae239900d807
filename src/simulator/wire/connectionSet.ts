import type { Peer } from './peer.ts';
import type { VenueContext } from './venueContext.ts';
import type { VenueSockets } from './venueSockets.ts';

/** The open sockets of a dialect. */
export class ConnectionSet<Connection extends { readonly peer: Peer }> implements VenueSockets {
  private readonly context: VenueContext;
  private readonly connections = new Set<Connection>();

  constructor(context: VenueContext) {
    this.context = context;
  }

  get size(): number {
    return this.connections.size;
  }

  add(connection: Connection): void {
    this.connections.add(connection);
  }

  delete(connection: Connection): void {
    this.connections.delete(connection);
  }

  closeAll(code: number, reason: string): void {
    for (const { peer } of this.connections) peer.close(code, reason);
  }

  terminateAll(): void {
    for (const { peer } of this.connections) peer.terminate();
  }

  freezeAll(): void {
    for (const { peer } of this.connections) peer.freeze();
  }

  pingAll(payload: string): void {
    for (const { peer } of this.connections) peer.ping(payload);
  }

  /** Tells the sockets of now, and ends them after the lead: without a code they are cut. */
  endAfter(
    leadMs: number,
    announce: (connection: Connection) => void,
    code: number | undefined,
    reason: string,
  ): void {
    const { context } = this;
    const announced = [...this.connections];
    for (const connection of announced) announce(connection);
    context.schedule(context.now() + leadMs, () => {
      for (const { peer } of announced) {
        if (code === undefined) peer.terminate();
        else peer.close(code, reason);
      }
    });
  }
}
