/** What a fault makes of a frame's text. */
export const corruptForms = [
  'malformed',
  'truncated',
  'empty',
  'emptyArray',
  'nullFields',
  'number',
  'hugeNumber',
  'negative',
  'unknown',
  'extra',
  'greeting',
  'pong',
  'hostile',
  'huge',
  'binary',
] as const;
export type CorruptForm = (typeof corruptForms)[number];

export const timeUnits = ['us', 's', 'zero'] as const;
export type TimeUnit = (typeof timeUnits)[number];

/** Fields that hold the venue's time, in any of the three dialects. Open times of bars are none. */
const timePattern = /"(E|T|ts|cts|timestamp|time|serverTime)":("?)(\d{13})("?)(?=[,}\]])/g;
const secondsPattern = /"(timeSecond|timeNano)":"(\d{10})(\d*)"/g;
const decimalText = /"-?\d+\.\d+"/;

export function corrupt(form: CorruptForm, text: string, bytes: number): string {
  switch (form) {
    case 'malformed':
      return text.replace('":', '"');
    case 'truncated':
      return text.slice(0, Math.floor(text.length * 0.6));
    case 'empty':
      return '';
    case 'emptyArray':
      return '[]';
    case 'nullFields':
      return text.replace(decimalText, 'null');
    case 'number':
      return text.replace(decimalText, (found) => found.slice(1, -1));
    case 'hugeNumber':
      return text.replace(decimalText, '"1e308"');
    case 'negative':
      return text.replace(decimalText, (found) => `"-${found.slice(1)}`);
    case 'unknown':
      return '{"e":"surprise","topic":"surprise.1","event":"surprise","op":"surprise"}';
    case 'extra':
      return text.replace('{', '{"novelty":{"a":[1,null,"x"]},');
    case 'greeting':
      return 'Welcome to the market data service';
    case 'pong':
      return 'pong';
    case 'hostile':
      return text.replace(
        '{',
        '{"__proto__":{"polluted":true},"constructor":{"x":"<b>\\u202e\\u0000"},',
      );
    case 'huge':
      return text.replace('{', `{"padding":"${'x'.repeat(bytes)}",`);
    case 'binary':
      return text;
  }
}

/** Without the levels of size zero. */
export function loseDeletes(text: string): string {
  return text.replace(/\["[\d.]+","0(?:\.0+)?"(?:,"0","\d+")?\],?/g, '').replaceAll(',]', ']');
}

export function shiftTimes(text: string, offsetMs: number): string {
  return text
    .replace(timePattern, (_found, key: string, open: string, time: string, end: string) => {
      return `"${key}":${open}${Number(time) + Math.round(offsetMs)}${end}`;
    })
    .replace(secondsPattern, (_found, key: string, seconds: string, rest: string) => {
      return `"${key}":"${Number(seconds) + Math.round(offsetMs / 1000)}${rest}"`;
    });
}

export function writeTimes(text: string, unit: TimeUnit): string {
  return text.replace(
    timePattern,
    (_found, key: string, open: string, time: string, end: string) => {
      if (unit === 'zero') return `"${key}":${open}0${end}`;
      const written = unit === 'us' ? `${time}000` : time.slice(0, 10);
      return `"${key}":${open}${written}${end}`;
    },
  );
}
