/**
 * The device's engine, typed. Two bearers: the app's window (Tauri), and a bridge over loopback HTTP for browsers.
 * This folder is the only one that knows Tauri. Whatever goes wrong is thrown as a `Problem`.
 */
import { isProblem, type Answers, type CommandName, type Parameters, type Problem } from '../../types';
import { inWindow } from '../where';
import { bridge } from './bridge';
import { tauri } from './tauri';

/** Carries one command to the engine and its answer back. */
export type Transport = (command: { command: string } & Record<string, unknown>) => Promise<unknown>;

let transport: Promise<Transport> | undefined;

async function choose(): Promise<Transport> {
  if (inWindow) return tauri;
  const token = new URLSearchParams(location.search).get('bridge');
  if (token !== null) return bridge(token);
  if (import.meta.env.DEV) return (await import('../../../../dev/fake')).fake;
  throw new Error('no engine');
}

const unknown: Problem = {
  type: 'urn:ancu:problem:internal',
  status: 500,
  code: 'internal',
  title: 'Có lỗi trong hệ thống. Dữ liệu đã lưu vẫn an toàn. Hãy thử lại.',
  title_en: 'Something went wrong in the system. What was saved is safe. Try again.',
};

/** The problem in whatever was thrown. */
export function problemOf(thrown: unknown): Problem {
  if (isProblem(thrown)) return thrown;
  console.error(thrown);
  return unknown;
}

/** Asks the engine. Throws a `Problem`. */
export async function call<N extends CommandName>(
  command: N,
  ...[parameters]: object extends Parameters<N> ? [Parameters<N>?] : [Parameters<N>]
): Promise<Answers[N]> {
  transport ??= choose();
  const carry = await transport;
  try {
    return (await carry({ ...parameters, command })) as Answers[N];
  } catch (thrown) {
    throw problemOf(thrown);
  }
}
