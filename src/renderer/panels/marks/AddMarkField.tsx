import { Bookmark } from 'lucide-react';
import type { FormEvent } from 'react';
import { useState } from 'react';
import type { EpochMs } from '../../../shared/market.ts';
import { maxMarkText } from '../../../shared/marks.ts';
import { formatTime } from '../../format/time.ts';
import { useMarketStore } from '../../store/hooks.ts';
import { Button } from '../../widgets/Button.tsx';
import type { MarkActions } from './useMarkActions.ts';

interface AddProps {
  readonly actions: MarkActions;
  /** A session that a mark could be of, and a host that hears of it. */
  readonly canAdd: boolean;
}

/** Marks the moment at which the writing began: that is what it is about. */
export function AddMarkField({ actions, canAdd }: AddProps) {
  const store = useMarketStore();
  const [note, setNote] = useState('');
  const [time, setTime] = useState<EpochMs | null>(null);
  const write = (text: string) => {
    setNote(text);
    if (text === '') setTime(null);
    else setTime((began) => began ?? store.hostNow());
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!canAdd) return;
    void actions.add(time, null, note).then((added) => {
      if (added) write('');
    });
  };
  return (
    <form className="marks-add" onSubmit={submit}>
      <input
        className="text-input"
        aria-label="Note of a new mark"
        placeholder="Add a mark now"
        value={note}
        maxLength={maxMarkText}
        disabled={!canAdd}
        onChange={(event) => write(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape' && note !== '') {
            event.stopPropagation();
            write('');
          }
        }}
      />
      <span className="marks-add-time num" aria-live="off">
        {time === null ? '' : formatTime(time)}
      </span>
      <Button size="small" icon={Bookmark} type="submit" disabled={!canAdd}>
        Add
      </Button>
    </form>
  );
}
