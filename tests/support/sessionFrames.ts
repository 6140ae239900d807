import { RecordReader } from '../../src/main/engine/recording/readRecords.ts';
import { readSegment } from '../../src/main/engine/recording/readSegment.ts';
import type { RecordedSession } from '../../src/main/engine/recording/recordingLibrary.ts';

export interface SessionFrame {
  readonly micros: number;
  readonly connection: string;
  readonly text: string;
}

/** Every frame of a session, from its files and nothing else. */
export async function framesOf(session: RecordedSession): Promise<SessionFrame[]> {
  const frames: SessionFrame[] = [];
  for (const { path } of session.segments) {
    const reader = new RecordReader();
    for await (const frame of readSegment(path, ({ reason }) => frames.push(broken(reason)))) {
      if (frame.type !== 'records') continue;
      for (const item of reader.read(frame.body)) {
        if (item.type !== 'input' || item.input.type !== 'frame') continue;
        const { receivedTime, connection, text } = item.input;
        frames.push({ micros: Math.round(receivedTime * 1_000), connection, text });
      }
    }
  }
  return frames;
}

function broken(reason: string): SessionFrame {
  return { micros: 0, connection: 'damaged', text: reason };
}
