import { Toast } from '../widgets/Toast.tsx';
import { useToasts } from './toasts.ts';

/** Lower left, never over a price column; at most three. */
export function ToastStack() {
  const toasts = useToasts((state) => state.toasts);
  const dismiss = useToasts((state) => state.dismiss);
  return (
    <div className="toasts" role="log" aria-label="Messages">
      {toasts.map((toast) => (
        <Toast
          key={toast.id}
          mark={toast.mark}
          title={toast.title}
          text={toast.text}
          onClose={() => dismiss(toast.id)}
        />
      ))}
    </div>
  );
}
