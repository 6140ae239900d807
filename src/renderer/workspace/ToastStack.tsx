import { Button } from '../widgets/Button.tsx';
import { Toast } from '../widgets/Toast.tsx';
import type { ToastAction } from './toasts.ts';
import { useToasts } from './toasts.ts';

function ActionButton({ action, onDone }: { action: ToastAction; onDone: () => void }) {
  return (
    <Button
      size="small"
      onClick={() => {
        onDone();
        action.act();
      }}
    >
      {action.label}
    </Button>
  );
}

/** Lower left, never over a price column; at most three. */
export function ToastStack() {
  const toasts = useToasts((state) => state.toasts);
  const dismiss = useToasts((state) => state.dismiss);
  return (
    <div className="toasts" role="log" aria-label="Messages">
      {toasts.map(({ id, mark, title, text, action, progress }) => (
        <Toast
          key={id}
          mark={mark}
          title={title}
          text={text}
          {...(progress === undefined ? {} : { progress })}
          {...(action === undefined
            ? {}
            : { action: <ActionButton action={action} onDone={() => dismiss(id)} /> })}
          onClose={() => dismiss(id)}
        />
      ))}
    </div>
  );
}
