import type { LucideIcon } from 'lucide-react';
import {
  Bookmark,
  Ellipsis,
  Pause,
  Play,
  Repeat,
  SkipBack,
  SkipForward,
  StepBack,
  StepForward,
} from 'lucide-react';
import { useRef, useState } from 'react';
import type { ReplayState, StepUnit } from '../../../shared/replay.ts';
import { replaySpeeds } from '../../../shared/replay.ts';
import { identity, useSnapshot } from '../../canvas/snapshot.ts';
import { formatTime } from '../../format/time.ts';
import { IconButton } from '../../widgets/IconButton.tsx';
import type { MenuEntry } from '../../widgets/Menu.tsx';
import { Menu } from '../../widgets/Menu.tsx';
import type { TimelineView } from './TimelineView.ts';
import type { RefusableAction, ReplayControl } from './replayControl.ts';
import { fileWords, isOfFile, useReplayControl } from './replayControl.ts';
import { speedWords } from './replayWords.ts';
import { useReplay } from './useReplay.ts';
import { useAddMark, useMarkRefusal } from '../addMark.ts';

interface TransportProps {
  readonly replay: ReplayState;
  readonly view: TimelineView;
}

/** A press with the pointer leaves the focus where it was, so that Space goes on to play and pause. */
function keepFocus(event: { preventDefault(): void }): void {
  event.preventDefault();
}

function useRefusal(action: RefusableAction): string | null {
  const refused = useSnapshot(useReplayControl().refused, identity);
  const replay = useReplay();
  return replay !== null && isOfFile(replay) ? fileWords : (refused.get(action) ?? null);
}

interface StepButtonProps {
  readonly icon: LucideIcon;
  readonly label: string;
  readonly unit: StepUnit;
  readonly direction: 1 | -1;
}

function StepButton({ icon, label, unit, direction }: StepButtonProps) {
  const control = useReplayControl();
  const refusal = useRefusal('step');
  return (
    <IconButton
      icon={icon}
      size="bar"
      className={unit === 'mark' ? 'transport-mark' : 'transport-step'}
      label={refusal ?? label}
      disabled={refusal !== null}
      onMouseDown={keepFocus}
      onClick={() => control.step(unit, direction)}
    />
  );
}

function PlayButton({ replay }: { readonly replay: ReplayState }) {
  const control = useReplayControl();
  const refusal = useRefusal(replay.isPlaying ? 'pause' : 'play');
  const Icon = replay.isPlaying ? Pause : Play;
  const label = replay.isPlaying ? 'Pause' : replay.isFinished ? 'Play from the start' : 'Play';
  return (
    <button
      type="button"
      className="transport-play"
      aria-label={label}
      title={refusal ?? `${label} (Space)`}
      disabled={refusal !== null}
      onMouseDown={keepFocus}
      onClick={() => void control.togglePlay()}
    >
      <Icon size="1.6rem" strokeWidth={2} fill="currentColor" aria-hidden="true" />
    </button>
  );
}

function SpeedSelect({ replay }: { readonly replay: ReplayState }) {
  const control = useReplayControl();
  const refusal = useRefusal('setSpeed');
  const { speed } = replay;
  const isListed = speed === null || replaySpeeds.some((listed) => listed === speed);
  const speeds: readonly number[] = isListed ? replaySpeeds : [...replaySpeeds, speed];
  return (
    <select
      className="select transport-speed num"
      aria-label="Speed"
      title={refusal ?? 'Speed'}
      disabled={refusal !== null}
      value={speed ?? 'max'}
      onChange={({ target: { value } }) => control.setSpeed(value === 'max' ? null : Number(value))}
    >
      {speeds.map((listed) => (
        <option key={listed} value={listed}>
          {speedWords(listed)}
        </option>
      ))}
      <option value="max">{speedWords(null)}</option>
    </select>
  );
}

function LoopButton({ replay }: { readonly replay: ReplayState }) {
  const control = useReplayControl();
  const start = useSnapshot(control.loopStart, identity);
  const refusal = useRefusal('setLoop');
  const { loop } = replay;
  const label =
    loop !== null
      ? `Loop from ${formatTime(loop.from)} to ${formatTime(loop.to)}: end it (L)`
      : start === null
        ? 'Loop from here (L), or drag with Shift on the timeline'
        : `Loop from ${formatTime(start)} to here (L)`;
  return (
    <IconButton
      icon={Repeat}
      size="bar"
      className="transport-loop"
      label={refusal ?? label}
      aria-pressed={loop !== null || start !== null}
      disabled={refusal !== null}
      onMouseDown={keepFocus}
      onClick={() => control.toggleLoop()}
    />
  );
}

function MarkButton() {
  const markHere = useAddMark();
  const refusal = useMarkRefusal();
  return (
    <IconButton
      icon={Bookmark}
      size="bar"
      className="transport-bookmark"
      label={refusal ?? 'Mark this place (M)'}
      disabled={refusal !== null}
      onMouseDown={keepFocus}
      onClick={markHere}
    />
  );
}

function stepEntries(control: ReplayControl, isUnable: boolean): readonly MenuEntry[] {
  const entry = (label: string, keys: string, unit: StepUnit, direction: 1 | -1): MenuEntry => ({
    ...{ type: 'action', label, disabled: isUnable, ...(keys === '' ? {} : { keys }) },
    onChoose: () => control.step(unit, direction),
  });
  return [
    { type: 'heading', label: 'Step' },
    entry('One frame back', ',', 'frame', -1),
    entry('One frame on', '.', 'frame', 1),
    entry('One second back', 'Shift ,', 'second', -1),
    entry('One second on', 'Shift .', 'second', 1),
    entry('One minute back', '', 'minute', -1),
    entry('One minute on', '', 'minute', 1),
    entry('Previous mark', '[', 'mark', -1),
    entry('Next mark', ']', 'mark', 1),
  ];
}

function loopEntries(control: ReplayControl, { replay, view }: TransportProps): MenuEntry[] {
  const start = control.loopStart.get();
  const shown = view.shownRange();
  return [
    { type: 'separator' },
    { type: 'heading', label: 'Loop' },
    {
      type: 'action',
      label: start === null ? 'From here' : `From ${formatTime(start)} to here`,
      keys: 'L',
      disabled: replay.loop !== null,
      onChoose: () => control.toggleLoop(),
    },
    {
      type: 'action',
      label: 'What the timeline shows',
      disabled: shown === null,
      onChoose: () => control.setLoop(shown),
    },
    {
      type: 'action',
      label: 'Clear',
      disabled: replay.loop === null && start === null,
      onChoose: () => control.setLoop(null),
    },
  ];
}

function zoomEntries(view: TimelineView): MenuEntry[] {
  return [
    { type: 'separator' },
    { type: 'heading', label: 'Timeline' },
    { type: 'action', label: 'Closer', keys: '+', onChoose: () => view.zoom(1) },
    { type: 'action', label: 'Wider', keys: '-', onChoose: () => view.zoom(-1) },
    {
      type: 'action',
      label: 'Whole recording',
      keys: '0',
      disabled: !view.isZoomed.get(),
      onChoose: () => view.zoom(null),
    },
  ];
}

function MoreMenu(props: TransportProps) {
  const control = useReplayControl();
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  return (
    <>
      <IconButton
        buttonRef={button}
        icon={Ellipsis}
        size="bar"
        label="Steps, loop and timeline"
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      />
      {open ? (
        <Menu
          anchor={button}
          label="Replay"
          onClose={() => setOpen(false)}
          entries={[
            ...stepEntries(control, isOfFile(props.replay)),
            ...(isOfFile(props.replay) ? [] : loopEntries(control, props)),
            ...zoomEntries(props.view),
          ]}
        />
      ) : null}
    </>
  );
}

/** What a tape recorder has, in its order. */
export function Transport({ replay, view }: TransportProps) {
  return (
    <div className="transport" role="group" aria-label="Transport">
      <StepButton icon={SkipBack} label="Previous mark ([)" unit="mark" direction={-1} />
      <StepButton icon={StepBack} label="One frame back (,)" unit="frame" direction={-1} />
      <PlayButton replay={replay} />
      <StepButton icon={StepForward} label="One frame on (.)" unit="frame" direction={1} />
      <StepButton icon={SkipForward} label="Next mark (])" unit="mark" direction={1} />
      <SpeedSelect replay={replay} />
      <LoopButton replay={replay} />
      <MarkButton />
      <MoreMenu replay={replay} view={view} />
    </div>
  );
}
