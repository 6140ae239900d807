import { expect, test } from 'vitest';
import { collectFrames, fuzzVenue } from '../../support/fuzz.ts';

const framesEach = 33_334;

test('a hundred thousand broken frames: no crash, every rejection has a reason, two decoders agree [D10]', () => {
  for (const [venue, corpus] of collectFrames()) {
    const report = fuzzVenue(venue, corpus, framesEach, 7);
    const rejections = [...report.rejected.values()].reduce((sum, count) => sum + count, 0);
    expect([venue, report.accepted + rejections]).toEqual([venue, framesEach]);
    expect(rejections).toBeGreaterThan(framesEach / 4);
    expect([...report.rejected.keys()]).not.toContain('');
    expect(report.slow).toEqual([]);
    expect(report.compared > 0).toBe(venue === 'binance');
  }
});
