// Answers drawn from a seed: of each question's type, often near the values that the form's own rules ask for.

/** A small seeded generator (mulberry32): the same seed gives the same answers everywhere. */
export function chance(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (bound) => Math.floor(next() * bound);
  const pick = (list) => list[below(list.length)];
  return { next, below, pick };
}

const TEXTS = [
  '',
  'An',
  'nhà trọ',
  'Trần Thị Bình',
  'a b  c',
  ' x ',
  '12',
  '3.5',
  '-7',
  '0',
  '1e3',
  'NaN',
  'true',
  'false',
];
const DATES = ['2024-02-29', '2025-07-01', '2026-11-22', '2026-11-21', '2026-12-31', '1999-12-31', '2030-01-01'];
const TIMES = ['00:00:00.000+07:00', '07:30:00.000+07:00', '12:00:00.000+07:00', '23:59:00.000+07:00'];
const POINTS = ['21.0285 105.8542 10 5', '20.9 105.7 0 0', '21.03 105.86 12.5 3', '0 0 0 0', '-33.9 18.4 5 10'];

/** What the form's rules compare with: numbers and words that stand in them. */
export function values(xform) {
  const rules = [...xform.matchAll(/ (?:relevant|calculate|constraint|required|jr:count|nodeset)="([^"]*)"/g)];
  const text = rules.map((match) => match[1]).join(' ');
  const numbers = [...text.matchAll(/(?<![\w.'])\d+(?:\.\d+)?(?![\w'])/g)].map((match) => Number(match[0]));
  const words = [...text.matchAll(/'([^'<>&]{1,20})'/g)].map((match) => match[1]);
  const near = numbers.filter((number) => number < 1e6).flatMap((number) => [number - 1, number, number + 1]);
  return { numbers: [...new Set([0, 1, 2, 5, -1, 18, ...near])], words: [...new Set(words)] };
}

/** An answer to a question, or undefined where none can be given. */
export function answer(node, known, { next, below, pick }) {
  const empty = next() < 0.12;
  switch (node.nodeType) {
    case 'select': {
      const values = node.currentState.valueOptions.map((option) => option.value);
      if (empty || values.length === 0) return [];
      if (node.selectType !== 'select') return [pick(values)];
      return values.filter(() => next() < 0.4);
    }
    case 'rank': {
      const values = node.currentState.valueOptions.map((option) => option.value);
      const left = [...values];
      return empty ? [] : values.map(() => left.splice(below(left.length), 1)[0]);
    }
    case 'trigger':
      return !empty && next() < 0.7;
    case 'range': {
      const { start, end, step } = node.definition.bounds;
      if (empty) return null;
      const steps = Math.round((Number(end) - Number(start)) / Number(step));
      return String(Number((Number(start) + below(steps + 1) * Number(step)).toFixed(6)));
    }
    case 'input':
      return empty ? '' : typed(node.valueType, known, { next, pick });
    default:
      return undefined;
  }
}

function typed(type, { numbers, words }, { next, pick }) {
  switch (type) {
    case 'int':
      return String(Math.trunc(pick(numbers)));
    case 'decimal':
      return String(next() < 0.5 ? pick(numbers) : pick(numbers) + 0.25);
    case 'date':
      return pick(DATES);
    case 'time':
      return pick(TIMES);
    case 'dateTime':
      return `${pick(DATES)}T${pick(TIMES)}`;
    case 'geopoint':
      return pick(POINTS);
    case 'geotrace':
    case 'geoshape': {
      const line = [pick(POINTS), pick(POINTS), pick(POINTS)];
      return (type === 'geoshape' ? [...line, line[0]] : line).join('; ');
    }
    default:
      return next() < 0.4 && words.length > 0 ? pick(words) : pick(TEXTS);
  }
}
