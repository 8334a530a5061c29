/** Who writes in the drawn world, when, and how it refuses. */
import household from '../../../../sync-server/data/templates/household_self-draft-1.json';
import checklist from '../../../../sync-server/data/templates/mini_apartment-draft-1.json';
import type { Attribution, InspectionPlan, Problem, RegimeView, Template } from '../../src/lib/types';

export const template = checklist as unknown as Template;
const self = household as unknown as Template;

/** The law of the day, as the engine tells it. */
export const regime: RegimeView = {
  id: 'ND105',
  law: {
    vi: 'Luật PCCC và CNCH 55/2024/QH15',
    en: 'Law on fire prevention and fighting, and rescue 55/2024/QH15',
  },
  decree: { vi: 'Nghị định 105/2025/NĐ-CP', en: 'Decree 105/2025/NĐ-CP' },
  valid_from: '2025-07-01',
  valid_to: null,
  form: {
    code: null,
    decree: { vi: 'NĐ 105/2025 Phụ lục VIII', en: 'Decree 105/2025 Annex VIII' },
    title: { vi: 'Biên bản kiểm tra', en: 'Inspection record' },
    verified: false,
  },
  fines: [],
  verified: true,
};

/** What an inspection made today would be made with. */
export const plan: InspectionPlan = {
  day: '2026-11-22',
  regime,
  standing: {
    kind: 'open',
    words: {
      vi: 'Chưa có nguồn xác nhận nhà trọ, chung cư mini thuộc mục nào của Phụ lục I. Cán bộ quyết định và ghi lý do.',
      en: 'No source confirms which item of Annex I boarding houses and mini-apartments fall under. The officer decides and says why.',
    },
  },
  checklists: [template, self].map((each) => ({
    template: { code: each.code, version: each.version },
    title: each.title,
    questions: each.groups.reduce((sum, group) => sum + group.items.length, 0),
    proposed: each === template,
  })),
};
export const scene = new URLSearchParams(location.search).get('fake') ?? 'officer';
export const MINUTE = 60_000;
export const DAY = 86_400_000;
export const now = Date.now();

export const by = (name: string, device: string, ago: number): Attribution => ({
  person: name,
  person_name: name,
  device,
  device_name: device,
  held_by_server: false,
  at: now - ago,
});
export const me = (): Attribution => by('Nguyễn Thị Lan', 'Máy của Lan', 0);
export const colleague: Attribution = {
  ...by('Trần Văn Hùng', 'Máy của Hùng', 42 * MINUTE),
  ...(scene === 'clock' ? { clock_off_ms: -3 * 365 * DAY } : {}),
};
export const reviewer: Attribution = { ...by('Lê Minh Đức', '', 3 * 60 * MINUTE), held_by_server: true };

export const UNIT = 'Phường Khương Đình';

let counter = 1;
export const operation = (): { counter: number; actor: string } => ({ counter: counter++, actor: 'a1' });

/** What a command was given; the fake believes it. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- drawn screens only, and the real engine checks
export type Arguments = Record<string, any>;
/** Some of the engine's commands. */
export type Commands = Record<string, (given: Arguments) => unknown>;

export function refuse(code: string, title: string, title_en: string): never {
  const problem = { type: `urn:ancu:problem:${code}`, status: 422, code, title, title_en } as Problem;
  throw problem;
}

export const plain = (text: string): string =>
  text.normalize('NFD').replace(/\p{M}/gu, '').replace(/đ/g, 'd').replace(/Đ/g, 'D').toLowerCase();

/** One of the engine's rules, to draw what it says. */
export function odd(field: string, most: number, value: unknown): unknown[] {
  const words = { vi: `Không thể quá ${most}. Hãy kiểm tra lại.`, en: `It cannot be more than ${most}. Check it.` };
  return Number(value) > most ? [{ field, weight: 'impossible', words }] : [];
}
