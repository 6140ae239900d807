import type { ControlFrame } from './venue.ts';

/** Splits topics over as few frames as the venue's limit allows. */
export function inFrames(
  topics: readonly string[],
  topicsPerFrame: number,
  nextRequestId: () => string,
  write: (topics: readonly string[], requestId: string) => string,
): readonly ControlFrame[] {
  const frames: ControlFrame[] = [];
  for (let start = 0; start < topics.length; start += topicsPerFrame) {
    const some = topics.slice(start, start + topicsPerFrame);
    const requestId = nextRequestId();
    frames.push({ text: write(some, requestId), requestId, topics: some });
  }
  return frames;
}
