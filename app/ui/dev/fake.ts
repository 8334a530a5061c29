/**
 * An engine that isn't one: answers in memory, for drawing screens in `npm run dev` (`?fake=officer`, `many`, `citizen`,
 * `drafts`, `ended`, `refused`, `fresh` or `locked`). Never part of a build; the tests use the real engine.
 */
import type { Transport } from '../src/lib/platform/field';
import { deviceCommands } from './fake/device';
import { findingCommands } from './fake/findings';
import { measureCommands } from './fake/measures';
import { homeCommands } from './fake/home';
import { inspectionCommands } from './fake/inspections';
import { premisesCommands } from './fake/premises';
import { refuse, type Arguments, type Commands } from './fake/people';

const commands: Commands = {
  ...deviceCommands,
  ...findingCommands,
  ...measureCommands,
  ...homeCommands,
  ...inspectionCommands,
  ...premisesCommands,
};

export const fake: Transport = async ({ command, ...given }) => {
  // Slow enough to see what a person sees.
  await new Promise((resolve) => setTimeout(resolve, 120));
  const job = commands[command];
  if (!job) refuse('request_malformed', `Lệnh lạ: ${command}.`, `Unknown command: ${command}.`);
  return structuredClone(job(given as Arguments));
};
