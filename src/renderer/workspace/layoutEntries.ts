import type { MenuEntry } from '../widgets/Menu.tsx';
import type { Workspace } from './dock.ts';
import { panelRegistry } from './panelRegistry.ts';

/** Panels that can be opened, and the way back to what a first start shows. */
export function layoutEntries(workspace: Workspace): readonly MenuEntry[] {
  return [
    { type: 'heading', label: 'Open a panel' },
    ...panelRegistry.map((record): MenuEntry => ({
      type: 'action',
      label: record.title,
      onChoose: () => workspace.openPanel(record.id),
    })),
    { type: 'separator' },
    {
      type: 'action',
      label: 'Restore the default layout',
      onChoose: () => workspace.restoreDefault(),
    },
  ];
}
