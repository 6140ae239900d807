import type { EventSourceMessage } from 'eventsource-parser';
import { createParser } from 'eventsource-parser';

export interface EventStreamListener {
  onEvent(event: EventSourceMessage): void;
  /** Bytes came, of whatever meaning. */
  onReceived(): void;
}

/** A line that never ends must not fill the memory. */
const longestEventBytes = 4 * 1024 * 1024;

/** Reads a response of server-sent events until it ends; rejects where it breaks. */
export async function readEventStream(
  response: Response,
  listener: EventStreamListener,
): Promise<void> {
  if (response.body === null) throw new Error('The answer has no body.');
  const parser = createParser({
    maxBufferSize: longestEventBytes,
    onEvent: (event) => listener.onEvent(event),
    onError: (error) => {
      if (error.type === 'max-buffer-size-exceeded') throw error;
    },
  });
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      listener.onReceived();
      parser.feed(decoder.decode(value, { stream: true }));
    }
  } finally {
    // What is left of a stream that we stop reading must not hold its connection.
    await reader.cancel().catch(() => undefined);
  }
}
