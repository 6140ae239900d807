import { useEffect, useState } from 'react';
import './marks.css';

/** Still bars in the final geometry; nothing at all for the first 150 ms, so that fast answers do not blink. */
export function Skeleton({
  widthRem,
  label,
}: {
  readonly widthRem: number;
  readonly label?: string;
}) {
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), 150);
    return () => clearTimeout(timer);
  }, []);
  return (
    <span
      className="skeleton"
      style={{ width: `${widthRem}rem`, visibility: shown ? 'visible' : 'hidden' }}
      {...(label === undefined ? { 'aria-hidden': true } : { role: 'img', 'aria-label': label })}
    />
  );
}
