import type { MarketId } from '../../shared/market.ts';
import type { LinkGroup } from '../widgets/LinkChip.tsx';
import { LinkChip } from '../widgets/LinkChip.tsx';
import type { MenuEntry } from '../widgets/Menu.tsx';
import type { PanelConfig } from './panelConfig.ts';

const groups: readonly (LinkGroup | null)[] = [1, 2, 3, 4, null];

/** Choice of a link group; a panel that leaves its group keeps the market it shows. */
export function linkEntries(
  config: PanelConfig,
  market: MarketId | null,
  change: (changes: Partial<PanelConfig>) => void,
): readonly MenuEntry[] {
  return groups.map((group) => ({
    type: 'action',
    label: group === null ? 'Not linked' : `Link group ${group}`,
    badge: <LinkChip group={group} />,
    checked: config.group === group,
    onChoose: () => change({ group, market: market ?? config.market }),
  }));
}
