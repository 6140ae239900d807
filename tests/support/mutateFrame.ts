const hostileValues = [
  'null',
  '-1',
  '0',
  '1e308',
  '"NaN"',
  '"-5"',
  '""',
  '[]',
  '{}',
  'true',
  '9007199254740993',
  '"1e-30"',
  '"__proto__"',
  '"constructor"',
  '"<img onerror=x>"',
  '"99999999999999999999.5"',
  '"0.0000000000000000001"',
  '"\\u202e\\u0000"',
];

/** A generator of its own for every seed; the same seed gives the same numbers. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}

/** One frame with something in it broken: cut, doubled, a character changed, or a value replaced. */
export function mutateFrame(text: string, random: () => number): string {
  const at = Math.floor(random() * text.length);
  switch (Math.floor(random() * 6)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(0, at) + text.slice(at + 1 + Math.floor(random() * 20));
    case 2:
      return (
        text.slice(0, at) + String.fromCharCode(32 + Math.floor(random() * 95)) + text.slice(at + 1)
      );
    case 3:
      return text + text;
    case 4:
      return text.slice(0, at) + text.slice(Math.floor(random() * text.length));
    default:
      return replaceValue(text, random);
  }
}

function replaceValue(text: string, random: () => number): string {
  const values = [...text.matchAll(/"[^"]{0,40}"(?=[,\]}])|-?\d+(?=[,\]}])/g)];
  const value = values[Math.floor(random() * values.length)];
  if (value === undefined) return '';
  const bad = hostileValues[Math.floor(random() * hostileValues.length)] ?? 'null';
  return text.slice(0, value.index) + bad + text.slice(value.index + value[0].length);
}
