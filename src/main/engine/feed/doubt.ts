import type { Connection } from './connection.ts';
import type { FeedContext } from './feedContext.ts';
import { errorOfSilence } from './feedErrors.ts';
import type { Socket } from './socket.ts';
import { drainMs } from './socket.ts';

const answerMs = 1_500;

/**
 * Our wall clock jumped ahead and the monotonic one did not. Either somebody set the clock, and every socket is as good as
 * before; or the machine slept on a system whose monotonic clock stops meanwhile (Linux, macOS), and no socket is to be
 * believed. Nothing here tells the two apart, so the sockets have to: each is asked once, a frame that cannot have waited in a
 * buffer acquits it, and one that brings none is replaced. Until then its data counts as not live. The host's own word that
 * the machine woke needs no such proof: it replaces all sockets.
 */
export function doubtSockets(connection: Connection, context: FeedContext): void {
  const { active, venue, name } = connection;
  if (active === null) return;
  if (active.openedMs === null) {
    connection.replace('handshake over a jump of the clock', null, context);
    return;
  }
  connection.doubt(context.nowMs);
  context.deadlines.set('doubt', venue.id, name, context.nowMs + drainMs);
}

/** First to ask, then to judge. */
export function onDoubtDue(connection: Connection, context: FeedContext): void {
  const { active, venue, name } = connection;
  if (active === null || active.doubtedMs === null) return;
  if (context.nowMs - active.doubtedMs >= drainMs + answerMs) {
    const error = errorOfSilence(venue.id, name, 'nothing since the clock jumped');
    connection.replace('no sign of life after the clock jumped', error, context);
    return;
  }
  for (const socket of connection.openSockets()) ask(connection, socket, context);
  context.deadlines.set('doubt', venue.id, name, active.doubtedMs + drainMs + answerMs);
}

/** A ping where the client pings; elsewhere a subscription that is already there, which changes nothing and is answered. */
function ask(connection: Connection, socket: Socket, context: FeedContext): void {
  const { heartbeat } = connection.venue;
  if (heartbeat.type === 'client-text') {
    connection.sendHeartbeat(socket, heartbeat.frame(context.nextRequestId), context);
    return;
  }
  const topic = [...connection.topics].find((each) => socket.subscriptions.isConfirmed(each));
  if (topic === undefined) return;
  const frames = connection.venue.subscribeFrames([topic], context.nextRequestId);
  for (const { text } of frames) connection.sendHeartbeat(socket, text, context);
}
