import { Bookmark } from 'lucide-react';
import type { FormEvent } from 'react';
import { useEffect, useRef, useState } from 'react';
import type { Mark } from '../../shared/marks.ts';
import { maxMarkText } from '../../shared/marks.ts';
import { formatTimeMillis, zoneLabel } from '../format/time.ts';
import { useMarketStore } from '../store/hooks.ts';
import type { MarketStore } from '../store/marketStore.ts';
import { Button } from '../widgets/Button.tsx';
import { useNewMark } from './addMark.ts';
import { useToasts } from './toasts.ts';
import './markNoteCard.css';

async function writeNote(store: MarketStore, mark: Mark, note: string): Promise<void> {
  const answer = await store.command({ type: 'changeMark', mark: mark.id, note });
  if (answer.ok) return;
  const { show } = useToasts.getState();
  show({ mark: 'error', title: 'The note is not kept', text: answer.message, stays: true });
}

async function takeBack(store: MarketStore, mark: Mark): Promise<void> {
  const answer = await store.command({ type: 'removeMark', mark: mark.id });
  if (answer.ok) return;
  const { show } = useToasts.getState();
  show({ mark: 'error', title: 'The mark is not removed', text: answer.message, stays: true });
}

/** The focus goes back to where it was when the mark was made. */
function useReturnedFocus(): void {
  const [returnTo] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      if (returnTo instanceof HTMLElement && returnTo.isConnected) returnTo.focus();
    },
    [returnTo],
  );
}

function Card({ mark, onClose }: { readonly mark: Mark; readonly onClose: () => void }) {
  const store = useMarketStore();
  const [note, setNote] = useState('');
  const box = useRef<HTMLFormElement>(null);
  const latest = useRef(note);
  const write = (text: string) => {
    latest.current = text;
    setNote(text);
  };
  useReturnedFocus();
  // What was written is kept, however the card is left: by the next mark too.
  useEffect(
    () => () => {
      if (latest.current.trim() !== '') void writeNote(store, mark, latest.current);
    },
    [store, mark],
  );
  useEffect(() => {
    const onPress = (event: PointerEvent) => {
      if (event.target instanceof Node && box.current?.contains(event.target) !== true) onClose();
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      onClose();
    };
    document.addEventListener('pointerdown', onPress, true);
    document.addEventListener('keydown', onKey, true);
    return () => {
      document.removeEventListener('pointerdown', onPress, true);
      document.removeEventListener('keydown', onKey, true);
    };
  }, [onClose]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onClose();
  };
  const remove = () => {
    latest.current = '';
    void takeBack(store, mark);
    onClose();
  };
  return (
    <form
      ref={box}
      className="mark-note-card"
      role="dialog"
      aria-label={`Note of the mark at ${formatTimeMillis(mark.time)}`}
      onSubmit={submit}
    >
      <p className="mark-note-title num">
        <Bookmark size="1.4rem" strokeWidth={2} aria-hidden="true" />
        Marked {formatTimeMillis(mark.time)} {zoneLabel()}
        <span className="mark-note-market">{mark.market}</span>
      </p>
      <input
        className="text-input"
        aria-label="Note"
        placeholder="Note, or nothing"
        value={note}
        maxLength={maxMarkText}
        // The key that made the mark leads on to its words.
        // oxlint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        onChange={(event) => write(event.target.value)}
      />
      <div className="mark-note-buttons">
        <Button size="small" look="bare" onClick={remove}>
          Remove
        </Button>
        <Button size="small" type="submit">
          Done
        </Button>
      </div>
    </form>
  );
}

/** Asks for the note of a mark that was just made, away from prices; the mark is there whatever becomes of it. */
export function MarkNoteCard() {
  const mark = useNewMark((state) => state.mark);
  const set = useNewMark((state) => state.set);
  const [close] = useState(() => () => set(null));
  return mark === null ? null : <Card key={mark.id} mark={mark} onClose={close} />;
}
