import type { FeedContext } from './feedContext.ts';
import type { Connection } from './connection.ts';
import { errorOfSilence } from './feedErrors.ts';
import { beatAfterMs } from './heartbeatPolicy.ts';
import type { Socket } from './socket.ts';

/** Sends the venue's ping where it wants one; where the venue pings, notices that all traffic has stopped. */
export function beatHeart(connection: Connection, context: FeedContext): void {
  const { active, venue } = connection;
  if (active === null || active.openedMs === null) return;
  const { heartbeat } = venue;
  if (heartbeat.type === 'server-ping') {
    const limitMs = beatAfterMs(heartbeat);
    if (context.nowMs - active.lastFrameMs >= limitMs) {
      connection.replace(
        'silent socket',
        errorOfSilence(venue.id, connection.name, 'no ping and no data'),
        context,
      );
      return;
    }
    context.deadlines.set('heartbeat', venue.id, connection.name, active.lastFrameMs + limitMs);
    return;
  }
  for (const socket of connection.openSockets()) {
    socket.pingMs = context.nowMs;
    connection.sendHeartbeat(socket, heartbeat.frame(context.nextRequestId), context);
  }
  context.deadlines.set('pong', venue.id, connection.name, context.nowMs + heartbeat.timeoutMs);
  context.deadlines.set(
    'heartbeat',
    venue.id,
    connection.name,
    context.nowMs + heartbeat.intervalMs,
  );
}

export function onPong(connection: Connection, socket: Socket, context: FeedContext): void {
  const { venue, name, meter } = connection;
  if (socket.pingMs !== null) meter.roundTrips.add(context.nowMs - socket.pingMs);
  socket.pingMs = null;
  if (connection.openSockets().some(({ pingMs }) => pingMs !== null)) return;
  context.deadlines.clear('pong', venue.id, name);
}

/** No pong in time. Other frames since our ping say that the transport lives and only the answer is missing. */
export function judgeMissingPong(connection: Connection, context: FeedContext): void {
  const { active } = connection;
  if (active === null || active.pingMs === null) return;
  if (active.lastFrameMs > active.pingMs) active.pingMs = null;
  else {
    const { venue, name } = connection;
    connection.replace('no pong', errorOfSilence(venue.id, name, 'no answer to our ping'), context);
  }
}
