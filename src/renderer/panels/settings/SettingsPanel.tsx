import { Search } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { Settings } from '../../../shared/settings.ts';
import { defaultSettings } from '../../../shared/settings.ts';
import { useMarketStore, useSettings } from '../../store/hooks.ts';
import { Button } from '../../widgets/Button.tsx';
import type { PanelProps } from '../../workspace/panel.ts';
import { Shortcuts } from './Shortcuts.tsx';
import type { ChangeSettings, SettingEntry } from './settingEntries.tsx';
import { settingEntries } from './settingEntries.tsx';
import type { SettingPage } from './settingPages.ts';
import { settingPages } from './settingPages.ts';
import './settings.css';

interface EntryProps {
  readonly entry: SettingEntry;
  readonly settings: Settings;
  readonly defaults: Settings;
  readonly change: ChangeSettings;
}

function Entry({ entry, settings, defaults, change }: EntryProps) {
  const changed = entry.isChanged(settings, defaults);
  return (
    <div className="setting" data-look={entry.look ?? 'row'}>
      <div className="setting-words">
        <p className="setting-label">
          {entry.label}
          {changed ? (
            <span className="setting-changed" role="img" aria-label="differs from the default" />
          ) : null}
        </p>
        <p className="setting-text">{entry.text}</p>
      </div>
      {entry.control(settings, change)}
    </div>
  );
}

function isFound(entry: SettingEntry, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  return `${entry.label} ${entry.text}`.toLowerCase().includes(wanted);
}

function Navigation({
  page,
  search,
  onPage,
  onSearch,
}: {
  readonly page: SettingPage;
  readonly search: string;
  readonly onPage: (page: SettingPage) => void;
  readonly onSearch: (text: string) => void;
}) {
  return (
    <nav className="settings-nav" aria-label="Settings">
      <label className="settings-search">
        <Search size="1.4rem" strokeWidth={2} aria-hidden="true" />
        <input
          placeholder="Search settings"
          aria-label="Search settings"
          value={search}
          onChange={(event) => onSearch(event.target.value)}
        />
      </label>
      {settingPages.map(({ id, title, icon: Icon }) => (
        <button
          key={id}
          type="button"
          aria-current={id === page && search === '' ? 'page' : undefined}
          onClick={() => onPage(id)}
        >
          <Icon size="1.4rem" strokeWidth={2} aria-hidden="true" />
          {title}
        </button>
      ))}
    </nav>
  );
}

function Foot({
  entries,
  settings,
  defaults,
  change,
}: {
  readonly entries: readonly SettingEntry[];
  readonly settings: Settings;
  readonly defaults: Settings;
  readonly change: ChangeSettings;
}) {
  const changed = entries.filter((entry) => entry.isChanged(settings, defaults));
  const reset = () => {
    // One after the other: two entries may share a key, such as the fees of two venues.
    const after = changed.reduce<Settings>(
      (before, entry) => ({ ...before, ...entry.reset(before, defaults) }),
      settings,
    );
    change(after);
  };
  if (entries.length === 0) return null;
  const words =
    changed.length === 0
      ? 'Everything here is as it came'
      : `${changed.length} ${changed.length === 1 ? 'setting differs' : 'settings differ'} from the default`;
  return (
    <div className="settings-foot">
      <span>{words}</span>
      <Button disabled={changed.length === 0} onClick={reset}>
        Reset this page
      </Button>
    </div>
  );
}

/** Settings are a panel, so that prices stay in sight while they change. */
export function SettingsPanel({ openPanel }: PanelProps) {
  const store = useMarketStore();
  const settings = useSettings();
  const defaults = useMemo(() => defaultSettings(), []);
  const [page, setPage] = useState<SettingPage>('appearance');
  const [search, setSearch] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const change: ChangeSettings = (changes) =>
    void store
      .command({ type: 'changeSettings', changes })
      .then((answer) => setProblem(answer.ok ? null : answer.message));
  const entries =
    search === ''
      ? settingEntries.filter((entry) => entry.page === page)
      : settingEntries.filter((entry) => isFound(entry, search));
  const record = settingPages.find(({ id }) => id === page);
  return (
    <div className="settings-frame">
      <div className="settings">
        <Navigation
          page={page}
          search={search}
          onSearch={setSearch}
          onPage={(next) => {
            setSearch('');
            if (next === 'about') openPanel('about');
            else setPage(next);
          }}
        />
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls has to be in reach of the keys */}
        <div className="settings-page" role="region" aria-label="Settings page" tabIndex={0}>
          <h2>{search === '' ? record?.title : `Settings with “${search}”`}</h2>
          <p className="settings-intro">
            {search === '' ? record?.text : `${entries.length} found`}
          </p>
          {problem === null ? null : (
            <p className="settings-problem" role="alert">
              {problem}
            </p>
          )}
          {entries.map((entry) => (
            <Entry
              key={entry.label}
              entry={entry}
              settings={settings}
              defaults={defaults}
              change={change}
            />
          ))}
          {page === 'recording' && search === '' ? (
            <div className="setting-sessions">
              <Button onClick={() => openPanel('sessions')}>Show what was recorded</Button>
            </div>
          ) : null}
          {page === 'shortcuts' && search === '' ? <Shortcuts /> : null}
          <Foot entries={entries} settings={settings} defaults={defaults} change={change} />
        </div>
      </div>
    </div>
  );
}
