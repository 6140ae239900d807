import type { DockviewApi, DockviewGroupPanel } from 'dockview-react';
import { useEffect } from 'react';
import type { Workspace } from './dock.ts';

/** Groups as they are read: by column, then from top to bottom. */
function groupsInOrder(api: DockviewApi): readonly DockviewGroupPanel[] {
  return api.groups.toSorted((a, b) => {
    const first = a.element.getBoundingClientRect();
    const second = b.element.getBoundingClientRect();
    return first.left - second.left || first.top - second.top;
  });
}

/** Gives the focus to what a keyboard can use in the group: its content first, else its header. */
function focusGroup(group: DockviewGroupPanel): void {
  const panel = group.activePanel;
  panel?.api.setActive();
  const content = group.element.querySelector<HTMLElement>('.panel-frame');
  const target = ['.ag-row-selected .ag-cell', '[tabindex="0"]', 'button, input, select']
    .map((selector) => content?.querySelector<HTMLElement>(selector))
    .find((element) => element !== null && element !== undefined);
  (target ?? group.element.querySelector<HTMLElement>('button'))?.focus();
}

function cycleGroups(api: DockviewApi, step: 1 | -1): void {
  const groups = groupsInOrder(api);
  const at = groups.findIndex((group) => group === api.activeGroup);
  const next = groups[(at + step + groups.length) % groups.length];
  if (next !== undefined) focusGroup(next);
}

function cycleTabs(api: DockviewApi, step: 1 | -1): void {
  const group = api.activeGroup;
  if (group === undefined) return;
  const at = group.panels.findIndex((panel) => panel === group.activePanel);
  group.panels[(at + step + group.panels.length) % group.panels.length]?.api.setActive();
}

/** F6 and Shift F6 go through the panels, Ctrl ] and Ctrl [ through the tabs of one group. */
export function useDockKeys(workspace: Workspace): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { api } = workspace;
      if (api === null || event.altKey) return;
      if (event.key === 'F6' && !event.ctrlKey) {
        event.preventDefault();
        cycleGroups(api, event.shiftKey ? -1 : 1);
      } else if (event.ctrlKey && (event.key === ']' || event.key === '[')) {
        event.preventDefault();
        cycleTabs(api, event.key === ']' ? 1 : -1);
      }
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [workspace]);
}
