// How long an answer takes in `@getodk/xforms-engine`, for `make bench`: speed.mjs XFORM. Prints JSON.

import fs from 'node:fs';

import { Theirs } from './engine.mjs';

const ANSWERED = 100;
const ROUNDS = 300;

const theirs = await Theirs.open(fs.readFileSync(process.argv[2], 'utf8'));
const { nodes } = theirs.nodes();
const questions = [...nodes.values()].filter((node) => /\/q\d+$/.test(node.currentState.reference)).slice(0, ANSWERED);
for (const node of questions) node.setValue(1n);
const times = [];
let read = 0;
for (let round = 0; round < ROUNDS; round += 1) {
  const begun = performance.now();
  questions[round % ANSWERED].setValue(BigInt(Math.floor(round / ANSWERED) + 2));
  // What is not read is not evaluated there.
  for (const { currentState } of nodes.values())
    if (currentState.relevant) read += String(currentState.instanceValue).length;
  times.push(performance.now() - begun);
}
times.sort((one, next) => one - next);
const rounded = (time) => Math.round(time * 1000) / 1000;
console.log(
  JSON.stringify({
    median_ms: rounded(times[Math.floor(times.length / 2)]),
    p99_ms: rounded(times[Math.floor(times.length * 0.99)]),
    read,
  }),
);
process.exit(0);
