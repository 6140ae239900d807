import type { LucideIcon } from 'lucide-react';
import type { ButtonHTMLAttributes, Ref } from 'react';
import './controls.css';

export interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly icon: LucideIcon;
  /** Accessible name and tooltip. */
  readonly label: string;
  /** `bar` 28 x 26 with a 16 px icon, `panel` 24 x 24 with 14. */
  readonly size?: 'bar' | 'panel';
  readonly buttonRef?: Ref<HTMLButtonElement>;
}

export function IconButton({
  icon: Icon,
  label,
  size = 'panel',
  buttonRef,
  className = '',
  ...rest
}: IconButtonProps) {
  return (
    <button
      ref={buttonRef}
      type="button"
      className={`icon-button ${className}`}
      data-size={size}
      aria-label={label}
      title={label}
      {...rest}
    >
      <Icon
        size={size === 'bar' ? '1.6rem' : '1.4rem'}
        strokeWidth={size === 'bar' ? 1.75 : 2}
        aria-hidden="true"
      />
    </button>
  );
}
