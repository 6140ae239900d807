import type { ReactNode } from 'react';
import { Logo } from './Logo.tsx';
import './entryPage.css';

interface EntryPageProps {
  /** Mostly over at once: nothing is shown for a moment, so that a quick start does not blink. */
  readonly isWaiting?: boolean;
  readonly children: ReactNode;
}

/** Instead of the workspace, before there is one: whose page it is, and in one card what it waits for or asks. */
export function EntryPage({ isWaiting = false, children }: EntryPageProps) {
  return (
    <main className="entry-page" data-waiting={isWaiting}>
      <p className="entry-brand">
        <Logo />
        Truetape
      </p>
      {children}
    </main>
  );
}
