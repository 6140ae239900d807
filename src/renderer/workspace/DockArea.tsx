import type { DockviewApi, DockviewReadyEvent, DockviewTheme } from 'dockview-react';
import { DockviewReact } from 'dockview-react';
import 'dockview-react/dist/styles/dockview.css';
import { useEffect, useMemo, useRef } from 'react';
import { palette, usePalette } from '../theme/palette.ts';
import { PanelActions } from './PanelActions.tsx';
import { PanelFrame } from './PanelFrame.tsx';
import { PanelTab } from './PanelTab.tsx';
import { Watermark } from './Watermark.tsx';
import { useWorkspace } from './dock.ts';
import type { DockSize } from './layout.ts';
import { adaptLayout, columnWidths, resizeColumns } from './layout.ts';
import { useDockKeys } from './useDockKeys.ts';
import './dock.css';

const components = { panel: PanelFrame };

/** Every panel of the window: dockview in our clothes, with the layout that was saved. */
export function DockArea() {
  const workspace = useWorkspace();
  const area = useRef<HTMLDivElement>(null);
  const { scale } = usePalette();
  const theme: DockviewTheme = useMemo(
    () => ({
      name: 'truetape',
      className: 'dockview-theme-truetape',
      gap: Math.round(4 * scale),
      dndTabIndicator: 'line',
      tabGroupIndicator: 'none',
    }),
    [scale],
  );
  const size = (): DockSize => ({
    width: Math.max(1, (area.current?.clientWidth ?? window.innerWidth) - 8 * palette().scale),
    height: area.current?.clientHeight ?? window.innerHeight,
    scale: palette().scale,
  });
  useAdaptation(workspace.api, area, scale);
  useDockKeys(workspace);

  const onReady = (event: DockviewReadyEvent) => void workspace.attach(event.api, size);
  useEffect(() => {
    const save = () => void workspace.save();
    window.addEventListener('pagehide', save);
    return () => window.removeEventListener('pagehide', save);
  }, [workspace]);

  return (
    <main ref={area} className="dock-area">
      <DockviewReact
        theme={theme}
        components={components}
        defaultTabComponent={PanelTab}
        rightHeaderActionsComponent={PanelActions}
        watermarkComponent={Watermark}
        onReady={onReady}
        disableFloatingGroups
        scrollbars="native"
      />
    </main>
  );
}

/** Tells the layout when the window passes one of its limits. */
function useAdaptation(
  api: DockviewApi | null,
  area: { readonly current: HTMLDivElement | null },
  scale: number,
): void {
  const workspace = useWorkspace();
  const last = useRef<DockSize | null>(null);
  const kept = useRef<ReturnType<typeof columnWidths> | null>(null);
  useEffect(() => {
    const element = area.current;
    if (element === null || typeof ResizeObserver === 'undefined') return undefined;
    const observer = new ResizeObserver(() => {
      const next = { width: element.clientWidth, height: element.clientHeight, scale };
      const before = last.current;
      last.current = next;
      const dock = workspace.api ?? api;
      if (before === null || dock === null || before.scale !== scale) return;
      if (before.width === next.width) return;
      const isWaiting = kept.current !== null;
      kept.current ??= columnWidths(dock, before.width);
      adaptLayout(dock, before, next);
      if (isWaiting) return;
      // dockview follows the new size by itself after this; only then do widths hold.
      requestAnimationFrame(() =>
        requestAnimationFrame(() => {
          resizeColumns(dock, scale, kept.current ?? {});
          kept.current = null;
        }),
      );
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [api, area, scale, workspace]);
}
