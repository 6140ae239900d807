import { ChartCandlestick, FolderInput, Trash2 } from 'lucide-react';
import { useRef } from 'react';
import type { MarketId } from '../../../shared/market.ts';
import type { MenuEntry } from '../../widgets/Menu.tsx';
import { Menu } from '../../widgets/Menu.tsx';

export interface RowMenuProps {
  readonly market: MarketId;
  readonly anchor: HTMLElement;
  readonly group: string;
  readonly groups: readonly string[];
  readonly onMove: (group: string) => void;
  readonly onRemove: () => void;
  readonly onChart: () => void;
  readonly onClose: () => void;
}

function freshGroup(groups: readonly string[]): string {
  let count = groups.length + 1;
  while (groups.includes(`Group ${count}`)) count += 1;
  return `Group ${count}`;
}

export function RowMenu(props: RowMenuProps) {
  const anchor = useRef<HTMLElement>(props.anchor);
  const entries: readonly MenuEntry[] = [
    {
      type: 'action',
      label: `Chart of ${props.market}`,
      icon: ChartCandlestick,
      onChoose: props.onChart,
    },
    { type: 'separator' },
    { type: 'heading', label: 'Move to' },
    ...props.groups.map((group): MenuEntry => ({
      type: 'action',
      label: group,
      checked: group === props.group,
      onChoose: () => props.onMove(group),
    })),
    {
      type: 'action',
      label: 'A new group',
      icon: FolderInput,
      onChoose: () => props.onMove(freshGroup(props.groups)),
    },
    { type: 'separator' },
    {
      type: 'action',
      label: 'Remove from the list',
      icon: Trash2,
      keys: 'Del',
      onChoose: props.onRemove,
    },
  ];
  return <Menu anchor={anchor} label={props.market} entries={entries} onClose={props.onClose} />;
}
