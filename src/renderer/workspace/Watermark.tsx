import { Button } from '../widgets/Button.tsx';
import { PanelMessage } from '../widgets/PanelMessage.tsx';
import { useWorkspace } from './dock.ts';

/** Shown when the last panel was closed. */
export function Watermark() {
  const workspace = useWorkspace();
  return (
    <PanelMessage
      title="No panels open"
      text="Press Ctrl K to open one, or bring back what a first start shows."
      action={
        <Button onClick={() => workspace.restoreDefault()}>Restore the default layout</Button>
      }
    />
  );
}
