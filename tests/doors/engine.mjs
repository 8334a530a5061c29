// `@getodk/xforms-engine` in Node: what it needs of a browser, the time it is told, and its state as plain data.

import { JSDOM } from 'jsdom';

/** The present, for both engines. */
export const NOW = Date.parse('2026-11-22T03:04:05.678Z');
export const ZONE = 'Asia/Ho_Chi_Minh';
process.env.TZ = ZONE;

const { window } = new JSDOM('');
for (const name of Object.getOwnPropertyNames(window)) {
  if (/^(DOMParser|XML\w+|XPath\w+|Node\w*|\w*Element|Attr|\w*Document\w*|Text|Comment|\w*Data\w*)$/.test(name)) {
    globalThis[name] ??= window[name];
  }
}
globalThis.document = window.document;
globalThis.window = globalThis;
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...given) {
    super(...(given.length === 0 ? [NOW] : given));
  }
  static now() {
    return NOW;
  }
};

// Its parser asks whether it is in Node, and then for what only a CommonJS module has: it is loaded as in a browser.
const node = globalThis.process;
globalThis.process = undefined;
const { loadForm } = await import('@getodk/xforms-engine');
globalThis.process = node;

/** A form that is being filled. */
export class Theirs {
  static async open(xform) {
    const form = await loadForm(xform, {
      fetchFormAttachment: () => Promise.resolve(new Response('', { status: 404 })),
      missingResourceBehavior: 'BLANK',
    });
    if (form.status === 'failure') throw form.error;
    return new Theirs(form.createInstance().root);
  }

  constructor(root) {
    this.root = root;
  }

  /** Every node by its path; a repetition has its number. Repeats that grow and shrink come beside. */
  nodes() {
    const nodes = new Map();
    const repeats = [];
    const walk = (node) => {
      if (node.nodeType === 'repeat-range:uncontrolled') repeats.push(node);
      if (!node.nodeType.startsWith('repeat-range')) nodes.set(node.currentState.reference, node);
      for (const child of node.currentState.children ?? []) walk(child);
    };
    walk(this.root);
    return { nodes, repeats };
  }
}

/** What is known of a node, in the shape that our side answers with. */
export function told(node) {
  const question = node.currentState.children == null;
  return {
    question,
    relevant: node.currentState.relevant,
    value: question ? node.currentState.instanceValue : null,
    required: node.currentState.required,
    readonly: node.currentState.readonly,
    violation: (question && node.validationState.violation?.condition) || null,
  };
}

/** Gives a question an answer of its type; what it makes of it is its `instanceValue`. */
export function give(node, value) {
  switch (node.nodeType) {
    case 'select':
      return node.selectValues(value);
    case 'rank':
      return node.setValues(value);
    default:
      return node.setValue(value);
  }
}
