import type { LinesImport } from './importLines.ts';
import { watchForMarks } from './markMaker.ts';
import { SessionTimeline } from './sessionTimeline.ts';
import type { FilesPort } from '../ports/files.ts';

/** Marks and density of an imported session, made while it is played for the first time. */
export function watchImport(files: FilesPort): LinesImport['watch'] {
  return async (view, clock, folder) => {
    const timeline = await SessionTimeline.open(files, folder);
    const stop = watchForMarks(view, timeline, clock);
    return async () => {
      stop();
      await timeline.close();
    };
  };
}
