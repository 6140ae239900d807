import { useEffect, useRef, useState } from 'react';
import { useStore } from 'zustand';
import { venueRecord } from '../../shared/venues.ts';
import { Button } from '../widgets/Button.tsx';
import { SegmentedControl } from '../widgets/SegmentedControl.tsx';
import { useEscape } from '../widgets/useEscape.ts';
import { useWorkspace } from './dock.ts';
import type { ImportQuestion } from './recordingImports.ts';
import './fileDrop.css';

const kindNames = { spot: 'Spot', linear: 'Perpetuals' } as const;

function Card({ question }: { readonly question: ImportQuestion }) {
  const { fileName, text, venues, kinds, answer } = question;
  const [venue, setVenue] = useState(venues[0] ?? null);
  const [kind, setKind] = useState(kinds[0] ?? null);
  const box = useRef<HTMLDivElement>(null);
  useEscape(box, () => answer(null));
  useEffect(() => {
    const before = document.activeElement;
    box.current?.querySelector<HTMLElement>('[aria-checked="true"]')?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <div ref={box} className="import-question" role="dialog" aria-label={`About ${fileName}`}>
      <p className="import-question-title">{fileName}</p>
      <p>{text}</p>
      {venue === null ? null : (
        <SegmentedControl
          label="Venue"
          choices={venues.map((id) => ({ value: id, label: venueRecord(id).name }))}
          value={venue}
          onChoose={setVenue}
        />
      )}
      {kind === null ? null : (
        <SegmentedControl
          label="Markets"
          choices={kinds.map((id) => ({ value: id, label: kindNames[id] }))}
          value={kind}
          onChoose={setKind}
        />
      )}
      <div className="import-question-actions">
        <Button onClick={() => answer(null)}>Do not import</Button>
        <Button look="primary" onClick={() => answer({ venue, marketKind: kind })}>
          Import
        </Button>
      </div>
    </div>
  );
}

/** Asks what a host could not find out about a file: lower left, where no price is. */
export function ImportQuestionCard() {
  const question = useStore(useWorkspace().imports.questions, (state) => state.question);
  return question === null ? null : (
    <Card key={question.fileName + question.text} question={question} />
  );
}
