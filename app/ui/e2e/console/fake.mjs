/**
 * A stand-in for the server's JSON API inside the browser, for states that a real server can't be brought to at will
 * (empty lists, refusals, no answer at all) and for looking at screens while nothing is built. Never in the build.
 */
export { ADMIN, REVIEWER } from './fake/administration.mjs';
export { answers } from './fake/answers.mjs';
export { apart, partly, record } from './fake/record.mjs';
export { pages, refusal, serve } from './fake/serve.mjs';
export { world } from './fake/world.mjs';
