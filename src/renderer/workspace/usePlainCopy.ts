import { useEffect } from 'react';
import { plainNumbers } from '../format/digits.ts';

/** Copying numbers gives plain numbers, without groups, subscript zeros and typographic minus. */
export function usePlainCopy(): void {
  useEffect(() => {
    const onCopy = (event: ClipboardEvent) => {
      if (event.target instanceof HTMLInputElement) return;
      const text = window.getSelection()?.toString() ?? '';
      if (text === '' || event.clipboardData === null) return;
      event.preventDefault();
      event.clipboardData.setData('text/plain', plainNumbers(text));
    };
    document.addEventListener('copy', onCopy);
    return () => document.removeEventListener('copy', onCopy);
  }, []);
}
