import type { LucideIcon } from 'lucide-react';
import { CircleDot, Info, Keyboard, Layers, Network, Radio, Stethoscope, Sun } from 'lucide-react';

export const settingPages = [
  {
    id: 'appearance',
    title: 'Appearance',
    text: 'Applies to every window at once. Nothing here needs a restart.',
    icon: Sun,
  },
  {
    id: 'source',
    title: 'Market source',
    text: 'Where prices come from. A switch starts a new engine with empty state.',
    icon: Radio,
  },
  {
    id: 'venues',
    title: 'Venues',
    text: 'Which venues count, and what a trade costs there.',
    icon: Network,
  },
  {
    id: 'consolidation',
    title: 'Consolidation',
    text: 'How one price is made from several venues.',
    icon: Layers,
  },
  {
    id: 'shortcuts',
    title: 'Shortcuts',
    text: 'Everything can be reached by the keyboard.',
    icon: Keyboard,
  },
  {
    id: 'recording',
    title: 'Recording',
    text: 'What is kept of the market, on this machine only.',
    icon: CircleDot,
  },
  {
    id: 'diagnostics',
    title: 'Diagnostics',
    text: 'What this machine writes down to find a fault. Nothing is sent anywhere.',
    icon: Stethoscope,
  },
  { id: 'about', title: 'About', text: 'Version and licenses.', icon: Info },
] as const satisfies readonly {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly icon: LucideIcon;
}[];

export type SettingPage = (typeof settingPages)[number]['id'];
