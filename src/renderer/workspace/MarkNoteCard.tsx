import { Bookmark, TriangleAlert } from 'lucide-react';
import type { FormEvent, RefObject } from 'react';
import { useEffect, useRef, useState } from 'react';
import type { CommandResult } from '../../shared/bridge.ts';
import type { Mark } from '../../shared/marks.ts';
import { maxMarkText } from '../../shared/marks.ts';
import { formatTimeMillis, zoneLabel } from '../format/time.ts';
import { useMarketStore } from '../store/hooks.ts';
import type { MarketStore } from '../store/marketStore.ts';
import { Button } from '../widgets/Button.tsx';
import type { NewMark } from './addMark.ts';
import { useNewMark } from './addMark.ts';
import { useToasts } from './toasts.ts';
import './markNoteCard.css';

type Outcome = CommandResult<Mark>;

function tell(title: string, text: string): void {
  useToasts.getState().show({ mark: 'error', title, text, stays: true });
}

/** Once the mark is there. Where it is refused after the card was left, its words are not lost without a word. */
async function writeNote(
  store: MarketStore,
  marked: Promise<Outcome>,
  note: string,
): Promise<void> {
  const made = await marked;
  if (!made.ok) {
    tell('Not marked', `${made.message} Your note was: ${note}`);
    return;
  }
  const answer = await store.command({ type: 'changeMark', mark: made.value.id, note });
  if (!answer.ok) tell('The note is not kept', `${answer.message} It was: ${note}`);
}

async function takeBack(store: MarketStore, marked: Promise<Outcome>): Promise<void> {
  const made = await marked;
  if (!made.ok) return;
  const answer = await store.command({ type: 'removeMark', mark: made.value.id });
  if (!answer.ok) tell('The mark is not removed', answer.message);
}

/** The focus goes to the note, and back to where it was when the card is left. */
function useNoteFocus(input: RefObject<HTMLInputElement | null>): void {
  // Not while it is rendered: a palette that led here gives its focus back in between.
  useEffect(() => {
    const returnTo = document.activeElement;
    input.current?.focus();
    return () => {
      if (returnTo instanceof HTMLElement && returnTo.isConnected) returnTo.focus();
    };
  }, [input]);
}

/** A press elsewhere or Escape leaves the card. */
function useLeaving(
  box: RefObject<HTMLElement | null>,
  onPressElsewhere: () => void,
  onEscape: () => void,
): void {
  useEffect(() => {
    const onPress = (event: PointerEvent) => {
      const isInside = event.target instanceof Node && box.current?.contains(event.target) === true;
      if (!isInside) onPressElsewhere();
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      onEscape();
    };
    document.addEventListener('pointerdown', onPress, true);
    document.addEventListener('keydown', onKey, true);
    return () => {
      document.removeEventListener('pointerdown', onPress, true);
      document.removeEventListener('keydown', onKey, true);
    };
  }, [box, onPressElsewhere, onEscape]);
}

/** What became of the mark; null while the host is asked. */
function useOutcome(mark: NewMark) {
  const [marked, setMarked] = useState(mark.answer);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  useEffect(() => {
    let isCurrent = true;
    void marked.then((answer) => {
      if (isCurrent) setOutcome(answer);
    });
    return () => {
      isCurrent = false;
    };
  }, [marked]);
  const askAgain = (): Promise<Outcome> => {
    const asked = mark.askAgain();
    setOutcome(null);
    setMarked(asked);
    return asked;
  };
  return { marked, outcome, askAgain };
}

function Title({ mark, outcome }: { readonly mark: NewMark; readonly outcome: Outcome | null }) {
  const isRefused = outcome?.ok === false;
  const Icon = isRefused ? TriangleAlert : Bookmark;
  const time = outcome?.ok === true ? outcome.value.time : mark.time;
  const word = outcome === null ? 'Marking' : isRefused ? 'Not marked' : 'Marked';
  return (
    <>
      <p className="mark-note-title num" data-refused={isRefused} role="status">
        <Icon size="1.4rem" strokeWidth={2} aria-hidden="true" />
        {word} {formatTimeMillis(time)} {zoneLabel()}
        {outcome === null ? ' …' : null}
        <span className="mark-note-market">{mark.market}</span>
      </p>
      {isRefused ? (
        <p className="mark-note-refusal" role="alert">
          {outcome.message}
        </p>
      ) : null}
    </>
  );
}

function Card({ mark, onClose }: { readonly mark: NewMark; readonly onClose: () => void }) {
  const store = useMarketStore();
  const { marked, outcome, askAgain } = useOutcome(mark);
  const [note, setNote] = useState('');
  const box = useRef<HTMLFormElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const latest = useRef({ note, marked });
  const write = (text: string) => {
    latest.current.note = text;
    setNote(text);
  };
  const isDiscarded = useRef(false);
  useNoteFocus(input);
  // What was written is kept, however the card is left: by the next mark too.
  useEffect(
    () => () => {
      const { note: written, marked: asked } = latest.current;
      if (!isDiscarded.current && written.trim() !== '') void writeNote(store, asked, written);
    },
    [store],
  );
  const isRefused = outcome?.ok === false;
  const discard = () => {
    isDiscarded.current = true;
    onClose();
  };
  const leave = isRefused ? discard : onClose;
  const pressElsewhere = () => {
    // Words that belong to no mark yet stay in view.
    if (!isRefused || note.trim() === '') leave();
  };
  useLeaving(box, pressElsewhere, leave);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isRefused) latest.current.marked = askAgain();
    else onClose();
  };
  const remove = () => {
    void takeBack(store, marked);
    discard();
  };
  return (
    <form
      ref={box}
      className="mark-note-card"
      role="dialog"
      aria-label="Note of the new mark"
      onSubmit={submit}
    >
      <Title mark={mark} outcome={outcome} />
      <input
        ref={input}
        className="text-input"
        aria-label="Note"
        placeholder="Note, or nothing"
        value={note}
        maxLength={maxMarkText}
        onChange={(event) => write(event.target.value)}
      />
      <div className="mark-note-buttons">
        <Button size="small" look="bare" onClick={isRefused ? discard : remove}>
          {isRefused ? 'Discard' : 'Remove'}
        </Button>
        <Button size="small" type="submit">
          {isRefused ? 'Try again' : 'Done'}
        </Button>
      </div>
    </form>
  );
}

/** Asks for the note of a mark that is being made, away from prices; the mark is made whatever becomes of it. */
export function MarkNoteCard() {
  const mark = useNewMark((state) => state.mark);
  const set = useNewMark((state) => state.set);
  const [close] = useState(() => () => set(null));
  return mark === null ? null : <Card key={mark.key} mark={mark} onClose={close} />;
}
