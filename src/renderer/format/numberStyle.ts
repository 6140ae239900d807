import type { Settings } from '../../shared/settings.ts';

/** How this person wants numbers and times written. One per page: formatting happens far from React. */
export type NumberStyle = Pick<Settings, 'digitGroups' | 'timeZone'>;

let current: NumberStyle = { digitGroups: 'comma', timeZone: 'utc' };

export function numberStyle(): NumberStyle {
  return current;
}

export function setNumberStyle(style: NumberStyle): void {
  current = { digitGroups: style.digitGroups, timeZone: style.timeZone };
}
