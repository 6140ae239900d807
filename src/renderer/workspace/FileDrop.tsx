import { Upload } from 'lucide-react';
import { useEffect, useState } from 'react';
import { ImportQuestionCard } from './ImportQuestionCard.tsx';
import { useWorkspace } from './dock.ts';
import './fileDrop.css';

function holdsFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes('Files') === true;
}

/** Text may be dropped where text is written. */
function takesText(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, textarea, [contenteditable]') !== null;
}

/** Enter and leave come in pairs, one for each element that is crossed. */
function listenForFiles(onOver: (over: boolean) => void, onFiles: (files: File[]) => void) {
  let depth = 0;
  const setDepth = (next: number) => {
    depth = Math.max(0, next);
    onOver(depth > 0);
  };
  const onEnter = (event: DragEvent) => {
    if (holdsFiles(event)) setDepth(depth + 1);
  };
  const onLeave = (event: DragEvent) => {
    if (holdsFiles(event)) setDepth(depth - 1);
  };
  const onDragOver = (event: DragEvent) => {
    // The dock takes its own tabs.
    if (event.defaultPrevented || event.dataTransfer === null) return;
    if (!holdsFiles(event) && takesText(event.target)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = holdsFiles(event) ? 'copy' : 'none';
  };
  const onDrop = (event: DragEvent) => {
    const files = holdsFiles(event) ? [...(event.dataTransfer?.files ?? [])] : [];
    setDepth(0);
    if (!holdsFiles(event) && takesText(event.target)) return;
    // Without this the page would go to the link or file.
    event.preventDefault();
    if (files.length > 0) onFiles(files);
  };
  window.addEventListener('dragenter', onEnter);
  window.addEventListener('dragleave', onLeave);
  window.addEventListener('dragover', onDragOver);
  window.addEventListener('drop', onDrop);
  return () => {
    window.removeEventListener('dragenter', onEnter);
    window.removeEventListener('dragleave', onLeave);
    window.removeEventListener('dragover', onDragOver);
    window.removeEventListener('drop', onDrop);
  };
}

/** Recordings that are dropped anywhere on the window. Nothing else of a drop leads the page away. */
export function FileDrop() {
  const { imports } = useWorkspace();
  const [isOver, setOver] = useState(false);
  useEffect(() => listenForFiles(setOver, (files) => imports.add(files)), [imports]);
  return (
    <>
      {isOver ? (
        <div className="file-drop">
          <p className="file-drop-words" role="status">
            <Upload size="1.4rem" strokeWidth={2} aria-hidden="true" />
            Drop recordings to replay them
            <span>.rec, .rec.zst, .rec.gz, or lines of Tardis, .ndjson</span>
          </p>
        </div>
      ) : null}
      <ImportQuestionCard />
    </>
  );
}
