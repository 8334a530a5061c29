/** A household head's declaration, and an officer's word on it. */
import type { Declaration, DwellingView } from '../../src/lib/types';
import { status } from './device';
import { by, DAY, MINUTE, now, odd, type Commands } from './people';

let dwelling: DwellingView | null = null;
export const sample: Declaration = {
  address: '112 ngách 58/23 Khương Trung',
  apartment_code: 'P.402',
  head_name: 'Phạm Thu Hà',
  head_phone: '0912 345 678',
  house_template: 'mini_apartment',
  storeys: 7,
  apartments: 18,
  exits: 'Cửa chính tầng 1; ban công tầng 2 sang nhà số 39; cửa tum lên mái.',
  residents: 4,
  elderly: 1,
  children_under_6: 1,
  need_help: 1,
  help_note: 'Mẹ tôi ở tầng 4, đi xe lăn.',
};
export const declared: DwellingView = {
  apart: [],
  id: 'dwelling-0',
  residents: 'residents-0',
  facility: 'facility-1',
  state: 'submitted',
  declaration: sample,
  decided: null,
  remarks: [
    {
      field: 'storeys',
      weight: 'unusual',
      words: {
        vi: 'Hồ sơ cơ sở ghi 6 tầng, bản khai ghi 7.',
        en: "The premises' record says 6 storeys, the declaration 7.",
      },
    },
  ],
  by: by('Phạm Thu Hà', 'Điện thoại của Hà', 5 * 60 * MINUTE),
  unsent: false,
  being_written: false,
};

export const homeCommands: Commands = {
  invite: () => ({
    link: 'ancu://enrol?s=https://ancu.example:8443&f=Q0FGRQ&i=aW52aXRhdGlvbg',
    qr_svg:
      '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 7 7" shape-rendering="crispEdges"><path d="M0 0h3v3h-3zM4 0h1v1h-1zM0 4h1v1h-1zM4 4h3v3h-3zM2 5h1v2h-1z"/></svg>',
    expires_at: now + DAY,
  }),
  declaration_decide: ({ decision, words }) => {
    declared.state = decision === 'approved' ? 'verified' : 'needs_fix';
    declared.decided = {
      decision: decision === 'approved' ? 'approved' : 'returned',
      words: String(words),
      by: by('Trần Thị Bình', 'Máy của Bình', 0),
      capacity: null,
      comments: [],
      replies: [],
    };
    return declared;
  },
  declaration: () => dwelling,
  declaration_check: ({ declaration }) => [
    ...odd('residents', 500, declaration.residents),
    ...(Number(declaration.residents) > 10 && Number(declaration.residents) <= 500
      ? [
          {
            field: 'residents',
            weight: 'unusual',
            words: {
              vi: `Một căn có ${declaration.residents} người. Có đúng vậy không?`,
              en: `${declaration.residents} people in one home. Is that right?`,
            },
          },
        ]
      : []),
  ],
  declaration_save: ({ declaration }) => {
    dwelling = {
      ...declared,
      remarks: [],
      state: 'draft',
      declaration: declaration as unknown as Declaration,
      unsent: true,
      being_written: false,
    };
    if (status.home) status.home.declared = true;
    return dwelling;
  },
  declaration_submit: () => {
    if (dwelling) dwelling = { ...dwelling, state: 'submitted', by: { ...dwelling.by, at: Date.now() } };
    return dwelling;
  },
};
