import type { ReactNode } from 'react';
import type { Settings } from '../../../shared/settings.ts';
import { venues } from '../../../shared/venues.ts';
import type { Choice } from '../../widgets/SegmentedControl.tsx';
import { SegmentedControl } from '../../widgets/SegmentedControl.tsx';
import { Switch } from '../../widgets/Switch.tsx';
import { VenueTag } from '../../widgets/VenueTag.tsx';
import { DirectionCards, ThemeCards } from './AppearanceCards.tsx';
import { FeeInput } from './FeeInput.tsx';
import { QuotaInput } from './QuotaInput.tsx';
import { ScaleSlider } from './ScaleSlider.tsx';
import type { SettingPage } from './settingPages.ts';

export type ChangeSettings = (changes: Partial<Settings>) => void;

export interface SettingEntry {
  readonly page: SettingPage;
  readonly label: string;
  readonly text: string;
  /** Whether it differs from the default, and what brings the default back. */
  readonly isChanged: (settings: Settings, defaults: Settings) => boolean;
  readonly reset: (settings: Settings, defaults: Settings) => Partial<Settings>;
  readonly control: (settings: Settings, change: ChangeSettings) => ReactNode;
  /** `block` stands under its label in full width. */
  readonly look?: 'row' | 'block';
}

type ChoiceKey = {
  [Key in keyof Settings]: Settings[Key] extends string ? Key : never;
}[keyof Settings];

interface ChoiceSpec<Key extends ChoiceKey> {
  readonly page: SettingPage;
  readonly key: Key;
  readonly label: string;
  readonly text: string;
  readonly choices: readonly Choice<Settings[Key]>[];
}

function choiceEntry<Key extends ChoiceKey>(spec: ChoiceSpec<Key>): SettingEntry {
  const only = (value: Settings[Key]): Partial<Settings> => ({ [spec.key]: value });
  return {
    page: spec.page,
    label: spec.label,
    text: spec.text,
    isChanged: (settings, defaults) => settings[spec.key] !== defaults[spec.key],
    reset: (_, defaults) => only(defaults[spec.key]),
    control: (settings, change) => (
      <SegmentedControl
        label={spec.label}
        choices={spec.choices}
        value={settings[spec.key]}
        onChoose={(value) => change(only(value))}
      />
    ),
  };
}

const appearance: readonly SettingEntry[] = [
  {
    page: 'appearance',
    label: 'Theme',
    text: 'System follows what the desktop is set to.',
    isChanged: (settings, defaults) => settings.theme !== defaults.theme,
    reset: (_, defaults) => ({ theme: defaults.theme }),
    control: (settings, change) => (
      <ThemeCards theme={settings.theme} onChoose={(theme) => change({ theme })} />
    ),
    look: 'block',
  },
  {
    page: 'appearance',
    label: 'Rising and falling',
    text: 'Blue and orange can be told apart by everyone; stale and resync change with them.',
    isChanged: (settings, defaults) => settings.directionColors !== defaults.directionColors,
    reset: (_, defaults) => ({ directionColors: defaults.directionColors }),
    control: (settings, change) => (
      <DirectionCards
        pair={settings.directionColors}
        onChoose={(directionColors) => change({ directionColors })}
      />
    ),
    look: 'block',
  },
  choiceEntry({
    page: 'appearance',
    key: 'density',
    label: 'Density',
    text: 'Compact rows are 24 px, comfortable rows 32 px.',
    choices: [
      { value: 'compact', label: 'Compact' },
      { value: 'comfortable', label: 'Comfortable' },
    ],
  }),
  {
    page: 'appearance',
    label: 'Scale',
    text: 'Type and spacing together.',
    isChanged: (settings, defaults) => settings.scalePct !== defaults.scalePct,
    reset: (_, defaults) => ({ scalePct: defaults.scalePct }),
    control: (settings, change) => (
      <ScaleSlider percent={settings.scalePct} onChoose={(scalePct) => change({ scalePct })} />
    ),
  },
  choiceEntry({
    page: 'appearance',
    key: 'digitGroups',
    label: 'Number groups',
    text: 'Prices, sizes and turnover.',
    choices: [
      { value: 'comma', label: '84,250.10' },
      { value: 'thin', label: '84\u2009250.10' },
      { value: 'none', label: '84250.10' },
    ],
  }),
  choiceEntry({
    page: 'appearance',
    key: 'priceFlash',
    label: 'Price flash',
    text: 'Color on a changed price, at most twice a second per value.',
    choices: [
      { value: 'off', label: 'Off' },
      { value: 'soft', label: 'Soft' },
      { value: 'clear', label: 'Clear' },
    ],
  }),
  choiceEntry({
    page: 'appearance',
    key: 'reducedMotion',
    label: 'Motion',
    text: 'Follows the system setting unless set here.',
    choices: [
      { value: 'system', label: 'System' },
      { value: 'on', label: 'Reduced' },
      { value: 'off', label: 'Full' },
    ],
  }),
  choiceEntry({
    page: 'appearance',
    key: 'timeZone',
    label: 'Times',
    text: 'Data is stored in UTC. Only the display changes.',
    choices: [
      { value: 'utc', label: 'UTC' },
      { value: 'local', label: 'Local' },
    ],
  }),
];

const source: readonly SettingEntry[] = [
  {
    page: 'source',
    label: 'Market at the next start',
    text: 'Automatic is live; only a first start that reaches no venue shows the simulated market.',
    isChanged: (settings, defaults) => settings.market !== defaults.market,
    reset: (_, defaults) => ({ market: defaults.market }),
    control: (settings, change) => (
      <SegmentedControl
        label="Market at the next start"
        choices={[
          { value: 'automatic', label: 'Automatic' },
          { value: 'live', label: 'Live' },
          { value: 'simulated', label: 'Simulated' },
        ]}
        value={settings.market ?? 'automatic'}
        onChoose={(value) => change({ market: value === 'automatic' ? null : value })}
      />
    ),
  },
];

const venueEntries: readonly SettingEntry[] = venues.flatMap(({ id, name }): SettingEntry[] => [
  {
    page: 'venues',
    label: name,
    text: 'Counts in consolidated prices and books.',
    isChanged: (settings) => settings.mutedVenues.includes(id),
    reset: (settings) => ({ mutedVenues: settings.mutedVenues.filter((venue) => venue !== id) }),
    control: (settings, change) => (
      <span className="setting-venue">
        <VenueTag venue={id} counted={!settings.mutedVenues.includes(id)} />
        <Switch
          label={`Count ${name}`}
          on={!settings.mutedVenues.includes(id)}
          onChange={(on) => {
            const others = settings.mutedVenues.filter((venue) => venue !== id);
            change({ mutedVenues: on ? others : [...others, id] });
          }}
        />
      </span>
    ),
  },
  {
    page: 'venues',
    label: `Taker fee at ${name}`,
    text: 'Lets a crossed book say whether the difference is less than the fees.',
    isChanged: (settings, defaults) => settings.takerFeeBps[id] !== defaults.takerFeeBps[id],
    reset: (settings, defaults) => ({
      takerFeeBps: { ...settings.takerFeeBps, [id]: defaults.takerFeeBps[id] ?? 0 },
    }),
    control: (settings, change) => (
      <FeeInput
        label={`Taker fee at ${name} in basis points`}
        bps={settings.takerFeeBps[id] ?? 0}
        onChange={(bps) => change({ takerFeeBps: { ...settings.takerFeeBps, [id]: bps } })}
      />
    ),
  },
]);

const consolidation: readonly SettingEntry[] = [
  choiceEntry({
    page: 'consolidation',
    key: 'priceSource',
    label: 'Price of a venue',
    text: 'The last trade is kept within the venue’s own bid and ask; the mid is halfway between them.',
    choices: [
      { value: 'lastTrade', label: 'Last trade' },
      { value: 'mid', label: 'Mid' },
    ],
  }),
];

const recording: readonly SettingEntry[] = [
  {
    page: 'recording',
    label: 'Record sessions',
    text: 'Everything that the venues say is written down in the profile, so that a session can be played again exactly as it was.',
    isChanged: (settings, defaults) => settings.recording !== defaults.recording,
    reset: (_, defaults) => ({ recording: defaults.recording }),
    control: (settings, change) => (
      <Switch
        label="Record sessions"
        on={settings.recording}
        onChange={(on) => change({ recording: on })}
      />
    ),
  },
  {
    page: 'recording',
    label: 'Space for recordings',
    text: 'Of all sessions together, never more than a tenth of the free disk. The oldest that are not pinned make room.',
    isChanged: (settings, defaults) => settings.recordingQuotaGb !== defaults.recordingQuotaGb,
    reset: (_, defaults) => ({ recordingQuotaGb: defaults.recordingQuotaGb }),
    control: (settings, change) => (
      <QuotaInput
        label="Space for recordings"
        gigabytes={settings.recordingQuotaGb}
        onChange={(recordingQuotaGb) => change({ recordingQuotaGb })}
      />
    ),
  },
];

const diagnostics: readonly SettingEntry[] = [
  {
    page: 'diagnostics',
    label: 'Debug log',
    text: 'Connections, message headers, subscriptions, errors and performance, in two files of at most 2 MiB in the profile, without keys and addresses. For a fault that comes back.',
    isChanged: (settings, defaults) => settings.debugLog !== defaults.debugLog,
    reset: (_, defaults) => ({ debugLog: defaults.debugLog }),
    control: (settings, change) => (
      <Switch
        label="Write a debug log"
        on={settings.debugLog}
        onChange={(debugLog) => change({ debugLog })}
      />
    ),
  },
];

export const settingEntries: readonly SettingEntry[] = [
  ...appearance,
  ...source,
  ...venueEntries,
  ...consolidation,
  ...recording,
  ...diagnostics,
];
