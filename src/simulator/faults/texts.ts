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
  'extraInside',
  'missing',
  'blockTrade',
  'greeting',
  'pong',
  'hostile',
  'huge',
  'binary',
  'invalidUtf8',
  'fragments',
] as const;
export type CorruptForm = (typeof corruptForms)[number];

export const timeUnits = ['us', 's', 'zero'] as const;
export type TimeUnit = (typeof timeUnits)[number];

/** Fields that hold the venue's time, in any of the three dialects. Open times of bars are none. */
const timePattern = /"(E|T|ts|cts|timestamp|time|serverTime)":("?)(\d{13})("?)(?=[,}\]])/g;
const secondsPattern = /"(timeSecond|timeNano)":"(\d{10})(\d*)"/g;
const decimalText = /"-?\d+\.\d+"/;

export interface CorruptOptions {
  readonly bytes: number;
  /** Which key goes missing; absent: the last one with a number or text. */
  readonly field: string | undefined;
}

export function corrupt(form: CorruptForm, text: string, options: CorruptOptions): string {
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
    case 'extraInside':
      return text.replace(/\{(?=[^{]*$)/, '{"novelty":7,');
    case 'missing':
      return withoutField(text, options.field);
    case 'blockTrade':
      return text.replaceAll('"BT":false', '"BT":true');
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
      return text.replace('{', `{"padding":"${'x'.repeat(options.bytes)}",`);
    case 'binary':
    case 'invalidUtf8':
    case 'fragments':
      return text;
  }
}

const lastField = /,"\w+":(?:"[^"]*"|[\w.-]+)(?=[}\]]*$)/;

/** One key and its value less, wherever it first stands. */
function withoutField(text: string, field: string | undefined): string {
  if (field === undefined) return text.replace(lastField, '');
  const value = '(?:"[^"]*"|-?[\\w.]+)';
  const name = field.replace(/\W/g, '');
  return text.replace(new RegExp(`"${name}":${value},|,"${name}":${value}`), '');
}

/** A candle that closes is told as open, so that its last message never comes. */
export function neverClosed(text: string): string {
  return text
    .replaceAll('"x":true', '"x":false')
    .replaceAll('"confirm":true', '"confirm":false')
    .replace(/"1"\]\]\}$/, '"0"]]}');
}

export function isClosedCandle(text: string): boolean {
  return neverClosed(text) !== text;
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
