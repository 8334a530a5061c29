/**
 * A refusal as it crosses HTTP: RFC 9457 problem+json, thrown as an error that carries the server's own words.
 *
 * Invariant: whoever catches one can show it as it is, in both languages. Answers that are no problem+json (a captive
 * portal, a proxy) become the code `answer_foreign`; no answer at all becomes `server_unreachable`, and one to a
 * change that does not come in time `answer_missing`.
 */
import { isProblem, type Problem } from '$lib/types';

/** A problem on its way up to who shows it. */
export class ProblemError extends Error {
  constructor(readonly problem: Problem) {
    super(`${problem.code}: ${problem.title_en}`);
    this.name = 'ProblemError';
  }
}

/** Problems that arise here, before or without an answer of the server. Words as in the closed list of codes. */
const LOCAL = {
  server_unreachable: {
    title: 'Chưa liên lạc được với máy chủ. Kiểm tra mạng rồi thử lại.',
    title_en: 'The server cannot be reached. Check the network and try again.',
  },
  answer_foreign: {
    title: 'Mạng này trả lời thay cho máy chủ (trang đăng nhập Wi-Fi?). Không có gì được gửi.',
    title_en: "This network answers in the server's place (a Wi-Fi login page?). Nothing was sent.",
  },
  answer_missing: {
    title:
      'Máy chủ không trả lời trong 30 giây. Chưa biết việc này đã được ghi hay chưa: hãy xem lại trước khi làm lại.',
    title_en:
      'The server did not answer within 30 seconds. It is not known whether this was recorded: look before doing it again.',
  },
} as const;

/** What was sent may have arrived, or not. */
export const UNANSWERED = 'answer_missing';

/** The problem of a local code. */
export function localProblem(code: keyof typeof LOCAL): Problem {
  return { type: `urn:ancu:problem:${code}`, status: 0, code, ...LOCAL[code] };
}

/** Reads the problem out of an answer that is not a success. */
export async function problemOf(response: Response): Promise<Problem> {
  const type = response.headers.get('content-type') ?? '';
  if (!type.includes('json')) return { ...localProblem('answer_foreign'), status: response.status };
  const body: unknown = await response.json().catch(() => null);
  return isProblem(body) ? body : { ...localProblem('answer_foreign'), status: response.status };
}

/** The problem behind anything that was thrown. */
export function problemFrom(thrown: unknown): Problem {
  if (thrown instanceof ProblemError) return thrown.problem;
  console.error(thrown);
  return {
    type: 'urn:ancu:problem:internal',
    status: 500,
    code: 'internal',
    title: 'Có lỗi trong trang này. Dữ liệu đã lưu vẫn an toàn. Hãy tải lại trang.',
    title_en: 'Something went wrong on this page. What was saved is safe. Load the page again.',
  };
}
