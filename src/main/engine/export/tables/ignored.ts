import type { CoreListener } from '../../coreView.ts';

function nothing(): void {
  return;
}

/** What a table does not look at. */
export const ignored: CoreListener = {
  onTrade: nothing,
  onClosedCandle: nothing,
  onGap: nothing,
  onIncident: nothing,
  onDirty: nothing,
};
