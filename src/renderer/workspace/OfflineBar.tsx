import { RefreshCw } from 'lucide-react';
import { formatCountdown, formatDuration } from '../format/duration.ts';
import { useMarketStore } from '../store/hooks.ts';
import type { LinkHealth } from '../store/marketStore.ts';
import { Button } from '../widgets/Button.tsx';
import { ValidityMark } from '../widgets/ValidityMark.tsx';
import { Bar } from './Bar.tsx';
import { useWorkspace } from './dock.ts';
import { EntryPage } from './EntryPage.tsx';
import { usePageStep } from './session.ts';
import { linkWords } from './why.ts';

export const offlineTitles: Readonly<Record<Exclude<LinkHealth['status'], 'open'>, string>> = {
  connecting: 'Connecting to the engine',
  silent: 'The engine has gone silent',
  closed: 'No connection to the engine',
  refused: 'The engine refused this page',
  mismatch: 'This page and the engine are of different versions',
};

/** On a first visit nothing has expired yet that a person would know of. */
function entryWords(link: LinkHealth): readonly [title: string, text: string] {
  if (link.status === 'open') return [offlineTitles.connecting, soonWords];
  if (link.status === 'refused' && link.fault === 'sessionExpired') {
    return [
      'This page needs a key',
      `${linkWords.sessionExpired.name}: This browser has no session here. Open the newest address that the gateway printed: the key of this run stands at its end.`,
    ];
  }
  return [offlineTitles[link.status], linkSentence(link)];
}

function sentence(words: string): string {
  const start = words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?]$/.test(start) ? start : `${start}.`;
}

const soonWords = 'Prices appear as soon as it answers.';

/** What is the matter and what a person can do: the error catalogue's name, then the host's own words. */
export function linkSentence(link: LinkHealth): string {
  if (link.status === 'connecting') return soonWords;
  if (link.status === 'silent' || link.fault === null) {
    return `${link.reason ?? ''} No price on this page is current.`.trim();
  }
  const { name, cause, next } = linkWords[link.fault];
  const own = link.fault === 'transportClosed' ? (link.reason ?? cause) : cause;
  return `${name}: ${sentence(own)} ${next}`;
}

/** `Attempt 3 in 4.0 s`: what the page does by itself; empty where that is nothing. */
export function retryWords(link: LinkHealth, now: number): string {
  if (link.retry === null) return '';
  const { attempt, nextAttemptTime, failed } = link.retry;
  const tries = failed ? `${attempt - 1} tries failed. ` : '';
  if (nextAttemptTime === null) return `${tries}Attempt ${attempt} is under way`;
  return `${tries}Attempt ${attempt} in ${formatCountdown(nextAttemptTime - now)}`;
}

export function ReconnectButton({ link }: { readonly link: LinkHealth }) {
  const store = useMarketStore();
  if (link.status === 'mismatch') {
    return (
      <Button icon={RefreshCw} onClick={() => window.location.reload()}>
        Reload the page
      </Button>
    );
  }
  const trying = link.retry !== null && link.retry.nextAttemptTime === null;
  return (
    <Button icon={RefreshCw} disabled={trying} onClick={() => store.reconnect()}>
      Reconnect
    </Button>
  );
}

export function OfflineBar({ link }: { readonly link: LinkHealth }) {
  const workspace = useWorkspace();
  const now = usePageStep(100);
  if (link.status === 'open') return null;
  const first = link.status === 'connecting';
  const section = linkWords[link.fault ?? 'timeout'].section;
  const retry = retryWords(link, now);
  return (
    <Bar
      kind="offline"
      title={
        <>
          <ValidityMark state={first ? 'connecting' : 'disconnected'} label={null} />
          {offlineTitles[link.status]}
          {first ? null : (
            <span className="source-bar-since num">
              for {formatDuration(Math.max(0, now - link.since))}
            </span>
          )}
        </>
      }
      text={linkSentence(link)}
    >
      {retry === '' ? null : <span className="source-bar-note num">{retry}</span>}
      {first ? null : (
        <>
          <Button look="bare" onClick={() => workspace.openHelp(section)}>
            Why
          </Button>
          <ReconnectButton link={link} />
        </>
      )}
    </Bar>
  );
}

/** Before the first contact there is nothing to lay out: it says what it waits for, and what to do. */
export function FirstContact({ link }: { readonly link: LinkHealth }) {
  const now = usePageStep(100);
  const waiting = link.status === 'open' || link.status === 'connecting';
  const retry = retryWords(link, now);
  const [title, text] = entryWords(link);
  return (
    <EntryPage isWaiting={waiting}>
      <div className="entry-card">
        <div role="status">
          <p className="entry-title">
            <ValidityMark state={waiting ? 'connecting' : 'disconnected'} label={null} />
            {title}
          </p>
          <p>{text}</p>
        </div>
        {retry === '' && waiting ? null : (
          <div className="entry-foot">
            {retry === '' ? null : <p className="num">{retry}</p>}
            {waiting ? null : <ReconnectButton link={link} />}
          </div>
        )}
      </div>
    </EntryPage>
  );
}
