// Forms drawn from a seed: questions of every common type, in groups and a repeat, with rules made of one another.
//
// A rule reads what stands before it only, so that no rules go round in a circle.

import { chance } from './answers.mjs';

const CODES = ['a', 'b', 'c'];
const WORDS = ["'a'", "'An'", "''", "'12'", "'nhà'", "' x '"];
const DAYS = ["'2025-07-01'", "'2026-11-22'", "'2024-02-29'"];

class Drawing {
  constructor(seed) {
    this.draw = chance(seed);
    this.rows = [];
    /** Names by type: number, text, day, one, many; those in the repeat are read as a list from outside. */
    this.scopes = [[], []];
    this.inside = false;
    this.count = 0;
  }

  named(type) {
    const names = [...this.scopes[0], ...(this.inside ? this.scopes[1] : [])];
    return names.filter((entry) => entry.type === type).map((entry) => `\${${entry.name}}`);
  }

  repeated(type) {
    return this.inside ? [] : this.scopes[1].filter((entry) => entry.type === type).map((entry) => `\${${entry.name}}`);
  }

  /** One of the ways of writing a thing; a way that needs a name that is not there yet is none. */
  way(depth, leaves, branches) {
    const ways = depth > 0 && this.draw.next() < 0.75 ? branches : leaves;
    for (let tries = 0; tries < 12; tries += 1) {
      const text = this.draw.pick(ways)();
      if (text !== undefined) return text;
    }
    return leaves.at(-1)();
  }

  one(names) {
    return names.length > 0 ? this.draw.pick(names) : undefined;
  }

  call(name, ...parts) {
    return parts.includes(undefined) ? undefined : `${name}(${parts.join(', ')})`;
  }

  number(depth) {
    const deeper = () => this.number(depth - 1);
    const several = this.one(this.repeated('number'));
    return this.way(
      depth,
      [
        () => this.one(this.named('number')),
        () => this.one(this.named('number')),
        () => String(this.draw.pick([0, 1, 2, 3, 5, 10, 0.5, 2.25])),
      ],
      [
        () => `(${deeper()} ${this.draw.pick(['+', '-', '*', 'div', 'mod'])} ${deeper()})`,
        () => this.call('if', this.truth(depth - 1), deeper(), deeper()),
        () => this.call('round', deeper()),
        () => this.call('round', deeper(), this.draw.pick(['1', '2', '-1'])),
        () => this.call('int', deeper()),
        () => this.call(this.draw.pick(['min', 'max']), deeper(), deeper()),
        () => this.call(this.draw.pick(['floor', 'ceiling', 'abs']), deeper()),
        () => this.call('string-length', this.text(depth - 1)),
        () => this.call('number', this.text(depth - 1)),
        () => this.call('count-selected', this.one(this.named('many'))),
        () => this.call('coalesce', this.one(this.named('number')), deeper()),
        () => this.call(this.draw.pick(['count', 'min', 'max', 'count-non-empty']), several),
        // Of no repetitions at all, theirs has no sum.
        () => this.call('coalesce', this.call('sum', several), '0'),
        () => (this.inside ? 'position(..)' : undefined),
        // Theirs does not read «--».
        () => `-(0 + ${deeper()})`,
      ],
    );
  }

  text(depth) {
    const deeper = () => this.text(depth - 1);
    const chosen = this.one(this.named('one'));
    return this.way(
      depth,
      [
        () => this.one(this.named('text')),
        () => this.one([...this.named('one'), ...this.named('many')]),
        () => this.one(this.named('day')),
        () => this.draw.pick(WORDS),
      ],
      [
        () => this.call('concat', deeper(), deeper()),
        () => this.call('if', this.truth(depth - 1), deeper(), deeper()),
        () => this.call('coalesce', deeper(), deeper()),
        () => this.call('substr', deeper(), this.draw.pick(['0', '1', '2']), this.draw.pick(['2', '3', '9'])),
        // Theirs has an empty text for what is no number, XPath 1.0 has «NaN».
        () => this.call('string', this.call('coalesce', this.number(depth - 1), '0')),
        () => this.call('normalize-space', deeper()),
        () => this.call('translate', deeper(), "'anb'", "'AN'"),
        () => this.call('substring-before', deeper(), "'n'"),
        () => this.call('selected-at', this.one(this.named('many')), this.draw.pick(['0', '1'])),
        () => chosen && `jr:choice-name(${chosen}, '${chosen}')`,
        () => this.call('format-date', this.one(this.named('day')), this.draw.pick(["'%d/%m/%Y'", "'%b %e, %y'"])),
        () => this.call('join', "', '", this.one(this.repeated('text'))),
      ],
    );
  }

  truth(depth) {
    const deeper = () => this.truth(depth - 1);
    const many = this.one(this.named('many'));
    const day = this.one(this.named('day'));
    return this.way(
      depth,
      [
        () => `${this.number(0)} ${this.draw.pick(['<', '<=', '>', '>=', '=', '!='])} ${this.number(0)}`,
        () => `${this.text(0)} ${this.draw.pick(['=', '!='])} ${this.text(0)}`,
        () => this.call('selected', many, `'${this.draw.pick(CODES)}'`),
        () => day && `${day} ${this.draw.pick(['<', '>', '<=', '='])} date(${this.draw.pick(DAYS)})`,
        () => day && `${day} < today()`,
      ],
      [
        () => `(${deeper()} and ${deeper()})`,
        () => `(${deeper()} or ${deeper()})`,
        () => this.call('not', deeper()),
        () => `${this.number(depth - 1)} ${this.draw.pick(['<', '>=', '='])} ${this.number(depth - 1)}`,
        () => `${this.text(depth - 1)} = ${this.text(depth - 1)}`,
        () => this.call(this.draw.pick(['contains', 'starts-with', 'ends-with']), this.text(depth - 1), "'n'"),
        () => this.call('regex', this.text(depth - 1), "'^[A-Za-z]+$'"),
        () => this.call('boolean', this.text(depth - 1)),
      ],
    );
  }

  row(cells) {
    this.rows.push(cells);
  }

  question(asked = false) {
    this.count += 1;
    const name = `q${this.count}`;
    const { next, pick } = this.draw;
    const cells = { type: '', name, label: `Question ${this.count}` };
    const relevant = !asked && next() < 0.4 ? this.truth(2) : '';
    if (!asked && next() < 0.45) {
      const type = pick(['number', 'text', 'text']);
      let calculation = type === 'number' ? this.number(3) : this.text(3);
      if (next() < 0.1) calculation = `once(${calculation})`;
      this.row({ type: 'calculate', name, calculation, relevant });
      this.scopes[this.inside ? 1 : 0].push({ name, type });
      return;
    }
    const kinds = [
      ['integer', 'number', () => `. ${pick(['<', '>', '!='])} ${this.number(1)}`],
      ['decimal', 'number', () => `. >= ${this.number(1)} or ${this.truth(1)}`],
      ['text', 'text', () => `string-length(.) < ${pick(['3', '6'])} or ${this.truth(1)}`],
      ['date', 'day', () => `. ${pick(['<=', '>'])} date(${pick(DAYS)})`],
      ['select_one code', 'one', () => `. != '${pick(CODES)}' or ${this.truth(1)}`],
      ['select_multiple code', 'many', () => `count-selected(.) < ${pick(['2', '3'])}`],
    ];
    const [kind, type, constraint] = asked ? kinds[(this.count - 1) % kinds.length] : pick(kinds);
    Object.assign(cells, { type: kind, relevant });
    if (next() < 0.4) cells.constraint = constraint();
    if (next() < 0.4) cells.required = this.truth(1);
    this.row(cells);
    this.scopes[this.inside ? 1 : 0].push({ name, type });
  }

  form(seed) {
    for (let number = 0; number < 6; number += 1) this.question(true);
    for (const group of ['g', 'r', 'h']) {
      const kind = group === 'r' ? 'repeat' : 'group';
      this.row({ type: `begin_${kind}`, name: group, label: group, relevant: this.truth(1) });
      this.inside = group === 'r';
      for (let number = 0; number < 4; number += 1) this.question();
      this.row({ type: `end_${kind}` });
      this.inside = false;
    }
    for (let number = 0; number < 3; number += 1) this.question();
    const choices = CODES.map((code) => ({ list_name: 'code', name: code, label: `Label of ${code}` }));
    return [
      sheet('survey', this.rows),
      sheet('choices', choices),
      sheet('settings', [{ form_title: `Drawn ${seed}`, form_id: `drawn_${seed}`, version: '1' }]),
    ].join('');
  }
}

function sheet(name, rows) {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const quoted = (text) => `"${text.replaceAll('"', '""')}"`;
  const line = (cells) => `${['', ...cells.map((cell) => quoted(cell ?? ''))].join(',')}\n`;
  return `${name}\n${line(columns)}${rows.map((row) => line(columns.map((column) => row[column]))).join('')}`;
}

/** A form as CSV. */
export function drawn(seed) {
  return new Drawing(seed).form(seed);
}
