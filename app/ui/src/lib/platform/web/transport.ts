/**
 * One request of the console to its own server: JSON in, JSON out, problems thrown.
 *
 * Invariant: every call goes to the page's own origin with the session cookie; calls that change something say so with
 * `X-Requested-With`, which a foreign page cannot send. This module knows no endpoint and shows nothing.
 */
import { ProblemError, localProblem, problemOf } from './problem';

/** How a call is made. */
export interface Call {
  method?: 'GET' | 'POST' | 'DELETE';
  query?: Record<string, string | number | undefined>;
  body?: unknown;
  /** A file as the body; it takes as long as it takes. */
  file?: Blob;
  signal?: AbortSignal;
}

/** So long an answer is waited for. */
const PATIENCE_MS = 30_000;

type ExpiryListener = () => void;
const expiryListeners = new Set<ExpiryListener>();

/** Calls back whenever the server says that nobody is logged in; answers how to stop listening. */
export function onSessionExpired(listener: ExpiryListener): () => void {
  expiryListeners.add(listener);
  return () => expiryListeners.delete(listener);
}

/** The path with its query, leaving out what is empty. */
export function address(path: string, query: Call['query'] = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') search.set(name, String(value));
  }
  const text = search.toString();
  return text === '' ? path : `${path}?${text}`;
}

async function send(path: string, call: Call): Promise<Response> {
  const method = call.method ?? 'GET';
  const headers: Record<string, string> = { Accept: 'application/json, application/problem+json' };
  if (method !== 'GET') headers['X-Requested-With'] = 'ancu';
  if (call.body !== undefined) headers['Content-Type'] = 'application/json';
  const request: RequestInit = { method, headers, credentials: 'same-origin', cache: 'no-store' };
  if (call.body !== undefined) request.body = JSON.stringify(call.body);
  if (call.file) {
    headers['Content-Type'] = 'application/octet-stream';
    request.body = call.file;
  }
  const patience = call.file ? new AbortController().signal : AbortSignal.timeout(PATIENCE_MS);
  request.signal = call.signal ? AbortSignal.any([call.signal, patience]) : patience;
  try {
    return await fetch(address(path, call.query), request);
  } catch (cause) {
    // A call that was given up on purpose is no problem of the network.
    if (call.signal?.aborted) throw cause;
    if (patience.aborted && method !== 'GET') throw new ProblemError(localProblem('answer_missing'));
    throw new ProblemError(localProblem('server_unreachable'));
  }
}

/** Makes a call and reads its JSON answer; `undefined` where the server answers without a body. */
export async function request<T>(path: string, call: Call = {}): Promise<T> {
  const response = await send(path, call);
  if (!response.ok) {
    const problem = await problemOf(response);
    if (problem.code === 'login_required') for (const listener of expiryListeners) listener();
    throw new ProblemError(problem);
  }
  if (response.status === 204) return undefined as T;
  const type = response.headers.get('content-type') ?? '';
  if (!type.includes('json')) throw new ProblemError(localProblem('answer_foreign'));
  return (await response.json()) as T;
}
