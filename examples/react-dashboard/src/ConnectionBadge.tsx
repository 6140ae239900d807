import { useConnection } from 'truetape/client';

const words = {
  CONNECTED: 'Connected',
  CONNECTING: 'Connecting',
  RECONNECTING: 'Reconnecting',
  ERROR: 'Refused',
  DISCONNECTED: 'Disconnected',
  CLOSED: 'Disconnected',
} as const;

const transportNames = {
  websocket: 'WebSocket',
  sse: 'Server-Sent Events',
  poll: 'polling',
} as const;

/** How the page gets its data, what the data is, and what to do when it does not come. */
export function ConnectionBadge() {
  const { state, isConnected, transport, source, error, reconnect } = useConnection();
  const isWaiting = state === 'CONNECTING' || state === 'RECONNECTING';
  return (
    <div className="connection">
      {source !== null && source !== 'live' && (
        <span className="chip source">{source === 'simulated' ? 'Simulated' : 'Replay'}</span>
      )}
      <span
        className={`chip ${isConnected ? 'live' : isWaiting ? 'resyncing' : 'down'}`}
        role="status"
      >
        <span className="mark" aria-hidden="true" />
        {words[state]}
        {isConnected && transport !== null && ` · ${transportNames[transport]}`}
      </span>
      {!isConnected && error !== null && <span className="reason">{error.message}</span>}
      {!isConnected && (
        <button type="button" onClick={reconnect}>
          Reconnect
        </button>
      )}
    </div>
  );
}
