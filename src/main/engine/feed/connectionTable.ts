import type { Deadline } from '../deadlines.ts';
import type { Venue } from '../venues/venue.ts';
import { Connection } from './connection.ts';
import type { ConnectionOwner } from './connectionOwner.ts';
import type { ConnectionDefinition, ConnectionSaved } from './connectionState.ts';
import { onDoubtDue } from './doubt.ts';
import type { FeedContext } from './feedContext.ts';
import { beatHeart, judgeMissingPong } from './heartbeat.ts';

/** The connections of one venue: made as topics need them, found by name, told what is due. */
export class ConnectionTable {
  readonly list: Connection[] = [];
  private readonly venue: Venue;
  private readonly context: FeedContext;
  private readonly owner: ConnectionOwner<Connection>;

  constructor(venue: Venue, context: FeedContext, owner: ConnectionOwner<Connection>) {
    this.venue = venue;
    this.context = context;
    this.owner = owner;
  }

  named(name: string): Connection | null {
    for (const connection of this.list) {
      if (connection.name === name) return connection;
    }
    return null;
  }

  /** One of the route with room for another topic. */
  withRoom(routeId: string): Connection {
    const limit = this.venue.limits.topicsPerConnection;
    const ofRoute = this.list.filter(({ definition }) => definition.route === routeId);
    const open = ofRoute.find(({ topics }) => topics.size < limit);
    if (open !== undefined) return open;
    const route = this.venue.routes.find(({ id }) => id === routeId);
    if (route === undefined) throw new Error(`${this.venue.id} has no route ${routeId}`);
    const isFirst = this.venue.routes[0]?.id === routeId;
    const prefix = isFirst ? this.venue.id : `${this.venue.id}-${routeId}`;
    return this.create({
      name: `${prefix}#${ofRoute.length + 1}`,
      route: routeId,
      path: route.path,
    });
  }

  onDeadline(deadline: Deadline): void {
    const { kind, subject } = deadline;
    if (kind === 'pump' || kind === 'ack' || kind === 'rejected') {
      this.onSubscriptionDue(kind, subject);
    } else this.onConnectionDue(deadline);
  }

  save(): readonly ConnectionSaved[] {
    return this.list.map((connection) => connection.save());
  }

  restore(saved: readonly ConnectionSaved[]): void {
    this.list.splice(0);
    for (const each of saved) this.create(each.definition).restore(each, this.context);
  }

  private create(definition: ConnectionDefinition): Connection {
    const connection = new Connection(this.venue, definition, this.owner);
    this.list.push(connection);
    return connection;
  }

  private onSubscriptionDue(kind: 'pump' | 'ack' | 'rejected', subject: string): void {
    const [name = '', generation = '', ...rest] = subject.split('/');
    const socket = this.named(name)?.socketOf(Number(generation)) ?? null;
    if (socket === null) return;
    if (kind === 'pump') socket.subscriptions.pump(this.context);
    else if (kind === 'ack') socket.subscriptions.onAckTimeout(rest.join('/'), this.context);
    else socket.subscriptions.retryRejected(rest.join('/'), this.context);
  }

  private onConnectionDue({ kind, subject }: Deadline): void {
    const connection = this.named(subject);
    if (connection === null) return;
    const { context } = this;
    if (kind === 'attempt') connection.connect(context);
    else if (kind === 'handshake') connection.onHandshakeDue(context);
    else if (kind === 'heartbeat') beatHeart(connection, context);
    else if (kind === 'pong') judgeMissingPong(connection, context);
    else if (kind === 'goodData') connection.onGoodDataDue(context);
    else if (kind === 'doubt') onDoubtDue(connection, context);
    else if (kind === 'age') connection.rotate('age', context);
    else if (kind === 'handover') connection.onHandoverDue(context);
  }
}
