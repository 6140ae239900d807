import type { LucideIcon } from 'lucide-react';
import type { ButtonHTMLAttributes } from 'react';
import './controls.css';

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** At most one primary in view. */
  readonly look?: 'primary' | 'plain' | 'bare';
  readonly size?: 'normal' | 'small';
  readonly icon?: LucideIcon;
}

export function Button({
  look = 'plain',
  size = 'normal',
  icon: Icon,
  children,
  ...rest
}: ButtonProps) {
  return (
    <button type="button" className="button" data-look={look} data-size={size} {...rest}>
      {Icon === undefined ? null : <Icon size="1.4rem" strokeWidth={2} aria-hidden="true" />}
      {children}
    </button>
  );
}
