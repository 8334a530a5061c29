// The expression tables of `openrosa-xpath-evaluator`, run against our engine.
//
// Its own test files run unchanged, under its own test runner; only the evaluator they load is another: each call goes to
// `shared/examples/expression.rs`, with the document as nodes. A test case passes or fails as its authors wrote it. Prints
// the score and every failure; ends with status 1 below 95 %, and when a failure is not in the list of known ones.

'use strict';

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const Module = require('node:module');
const path = require('node:path');

process.env.TZ = 'America/Phoenix'; // theirs
const Mocha = require('mocha');
const { JSDOM } = require('jsdom');

const WANTED = 0.95;
const binary = process.env.ANCU_EXPRESSION_BIN;
const suite = path.join(path.dirname(require.resolve('openrosa-xpath-evaluator/package.json')), 'test/integration');

/** Why these cases fail: case title → reason. A new failure is an error; so is a reason that is needed no more. */
const KNOWN = JSON.parse(fs.readFileSync(path.join(__dirname, 'expressions-known.json'), 'utf8'));

/** Files that test the JavaScript package's own interface or the browser's, and evaluate no expression of the language. */
const NOT_THE_LANGUAGE = ['openrosa-xpath/custom.spec.js', 'native/namespace-resolver.spec.js'];

const { window } = new JSDOM('');
for (const name of ['DOMParser', 'XPathResult', 'Node', 'Attr', 'Element', 'Document', 'XMLSerializer']) {
    globalThis[name] = window[name];
}
globalThis.window = window;

let asked = 0;

function flatten(root) {
    const nodes = [];
    const foreign = [];
    const push = (node, parent, entry) => {
        nodes.push(node);
        foreign.push({ ...entry, parent });
        return nodes.length - 1;
    };
    const names = (node) => ({
        name: node.localName ?? node.target,
        prefix: node.prefix ?? '',
        namespace: node.namespaceURI ?? '',
    });
    const walk = (node, parent) => {
        switch (node.nodeType) {
            case 9: {
                const at = push(node, null, { kind: 'root' });
                node.childNodes.forEach((child) => walk(child, at));
                break;
            }
            case 1: {
                const at = push(node, parent, { kind: 'element', ...names(node) });
                for (const attribute of node.attributes) {
                    if (attribute.prefix !== 'xmlns' && attribute.name !== 'xmlns') {
                        push(attribute, at, { kind: 'attribute', ...names(attribute), text: attribute.value });
                    }
                }
                node.childNodes.forEach((child) => walk(child, at));
                break;
            }
            case 3:
            case 4:
                push(node, parent, { kind: 'text', text: node.data });
                break;
            case 7:
                push(node, parent, { kind: 'instruction', name: node.target, text: node.data });
                break;
            case 8:
                push(node, parent, { kind: 'comment', text: node.data });
                break;
        }
    };
    walk(root, null);
    return { nodes, foreign };
}

function ask(expression, contextNode, resolver) {
    const owner = contextNode.nodeType === 9 ? contextNode : contextNode.ownerDocument;
    if (contextNode.nodeType === 11) throw new Error('a document fragment is no context');
    const { nodes, foreign } = flatten(owner);
    const node = nodes.indexOf(contextNode);
    const prefixes = [...expression.matchAll(/([A-Za-z_][\w-]*):(?!:)/g)].map((match) => match[1]);
    const namespaces = [];
    for (const prefix of new Set(prefixes)) {
        const look = resolver && (resolver.lookupNamespaceURI ?? resolver);
        const uri = typeof look === 'function' ? look.call(resolver, prefix) : null;
        if (uri) namespaces.push([prefix, uri]);
    }
    asked += 1;
    const question = {
        expression,
        nodes: foreign,
        node,
        namespaces,
        now: Date.now(),
        zone: process.env.TZ,
        seed: asked,
    };
    const run = spawnSync(binary, { input: `${JSON.stringify(question)}\n`, maxBuffer: 1 << 26 });
    if (run.status !== 0) throw new Error(`the engine stopped: ${run.stderr}`);
    const answer = JSON.parse(run.stdout);
    if (answer.error) throw new Error(answer.error);
    return { ...answer, nodes: answer.nodes.map((at) => nodes[at]) };
}

/** Shapes an answer as `document.evaluate` does. */
function result(answer, wanted) {
    const R = XPathResult;
    const number = answer.number === 'inf' ? Infinity : answer.number === '-inf' ? -Infinity : Number(answer.number);
    let type = wanted || R.ANY_TYPE;
    if (type === R.ANY_TYPE) {
        type =
            { nodes: R.UNORDERED_NODE_ITERATOR_TYPE, number: R.NUMBER_TYPE, boolean: R.BOOLEAN_TYPE }[answer.type] ??
            R.STRING_TYPE;
    }
    const shaped = { resultType: type };
    if (type >= R.UNORDERED_NODE_ITERATOR_TYPE) {
        if (answer.type !== 'nodes') throw new Error('not a node set');
        let next = 0;
        return {
            ...shaped,
            singleNodeValue: answer.nodes[0] ?? null,
            snapshotLength: answer.nodes.length,
            snapshotItem: (at) => answer.nodes[at] ?? null,
            iterateNext: () => answer.nodes[next++] ?? null,
        };
    }
    // Their evaluator leaves the other fields off or fills them as it happens; the tests read only the one of the type.
    return { ...shaped, stringValue: answer.text, numberValue: number, booleanValue: answer.boolean };
}

function Evaluator() {
    return {
        evaluate: (expression, contextNode, resolver, type) => result(ask(expression, contextNode, resolver), type),
    };
}

const load = Module._load;
Module._load = function (request, parent, isMain) {
    if (/src\/openrosa-xpath$/.test(request)) return Evaluator;
    return load.call(this, request, parent, isMain);
};

const files = fs
    .readdirSync(suite, { recursive: true })
    .filter((name) => name.endsWith('.spec.js') && !NOT_THE_LANGUAGE.includes(name))
    .sort();
const mocha = new Mocha({ reporter: function () {}, timeout: 60_000 });
for (const file of files) mocha.addFile(path.join(suite, file));

const failures = [];
let passed = 0;
mocha
    .run(() => {
        const cases = passed + failures.length;
        const share = passed / cases;
        const unknown = failures.filter(({ title }) => !(title in KNOWN));
        const needless = Object.keys(KNOWN).filter((title) => !failures.some((failure) => failure.title === title));
        for (const { title, message } of failures) console.log(`  ✗ ${title}\n      ${KNOWN[title] ?? message}`);
        for (const title of needless) console.log(`  ! passes now: ${title}`);
        console.log(
            `  expressions: ${passed} of ${cases} cases (${(share * 100).toFixed(1)} %), ${asked} expressions asked`,
        );
        console.log(`  left out, no part of the language: ${NOT_THE_LANGUAGE.join(', ')}`);
        process.exitCode = share >= WANTED && unknown.length === 0 && needless.length === 0 ? 0 : 1;
    })
    .on('pass', () => (passed += 1))
    .on('fail', (test, error) =>
        failures.push({ title: test.fullTitle().replace(/\s+/g, ' '), message: error.message }),
    );
