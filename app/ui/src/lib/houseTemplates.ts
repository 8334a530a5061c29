/** Template house types, from the domain pack (house_templates.json), with what to draw of each. */
import type { Words } from '$lib/types';

export type Feature =
  | 'neighbours'
  | 'balcony'
  | 'shutter'
  | 'back'
  | 'corner'
  | 'shop'
  | 'pitched'
  | 'gate'
  | 'cages'
  | 'parking'
  | 'highlight'
  | 'rows'
  | 'loft'
  | 'workshop'
  | 'lane'
  | 'question';

export interface HouseTemplate {
  code: string;
  title: Words;
  /** What usually goes wrong there. */
  risk: Words;
  /** The usual second way out. */
  exit: Words;
  /** What to look at. */
  watch: Words;
  drawing: { storeys: number; bays: number; features: readonly Feature[] };
}

export const houseTemplates: readonly HouseTemplate[] = [
  {
    code: 'tube_row',
    title: { vi: 'Nhà ống liền kề (2–5 tầng, một mặt thoáng)', en: 'Tube row house' },
    risk: {
      vi: 'cháy tầng 1 bịt lối ra; giếng thang hút khói',
      en: 'a fire on the ground floor blocks the way out; the stairwell draws smoke',
    },
    exit: { vi: 'ban công trước, mái sang nhà bên', en: 'front balcony, over the roof to the next house' },
    watch: { vi: 'cửa cuốn, lồng sắt', en: 'roller shutter, iron cage' },
    drawing: { storeys: 4, bays: 1, features: ['neighbours', 'balcony', 'shutter'] },
  },
  {
    code: 'tube_two_front',
    title: { vi: 'Nhà ống hai mặt thoáng', en: 'Tube house, two fronts' },
    risk: { vi: 'khói lan thang giữa', en: 'smoke spreads by the middle stair' },
    exit: { vi: 'cửa sau, ngõ sau', en: 'back door, back lane' },
    watch: { vi: 'khóa cửa sau', en: 'the back door being locked' },
    drawing: { storeys: 4, bays: 1, features: ['balcony', 'back'] },
  },
  {
    code: 'corner_street',
    title: { vi: 'Nhà phố góc', en: 'Corner street house' },
    risk: { vi: '', en: '' },
    exit: { vi: 'ban công hai phía', en: 'balconies on two sides' },
    watch: { vi: 'biển quảng cáo', en: 'advertising boards' },
    drawing: { storeys: 4, bays: 2, features: ['balcony', 'corner'] },
  },
  {
    code: 'shop_house',
    title: { vi: 'Nhà phố kết hợp kinh doanh tầng 1', en: 'Shop house' },
    risk: { vi: 'hàng hóa tầng 1 cháy; chỗ ngủ phía trên', en: 'goods burn on the ground floor; people sleep above' },
    exit: { vi: 'thang ngoài, mái', en: 'outside stair, roof' },
    watch: { vi: 'ngăn cháy tầng 1', en: 'a fire break above the ground floor' },
    drawing: { storeys: 4, bays: 1, features: ['shop', 'balcony'] },
  },
  {
    code: 'level4',
    title: { vi: 'Nhà cấp 4', en: 'Single-storey house' },
    risk: { vi: 'mái nhẹ, trần nhựa cháy nhanh', en: 'light roof, plastic ceiling burn fast' },
    exit: { vi: 'cửa sau, cửa sổ', en: 'back door, windows' },
    watch: { vi: 'trần xốp', en: 'foam ceilings' },
    drawing: { storeys: 1, bays: 3, features: ['pitched'] },
  },
  {
    code: 'villa',
    title: { vi: 'Biệt thự', en: 'Villa' },
    risk: { vi: '', en: '' },
    exit: { vi: 'nhiều cửa, ban công', en: 'several doors, balconies' },
    watch: { vi: 'cổng, chó, khóa', en: 'gate, dog, locks' },
    drawing: { storeys: 3, bays: 3, features: ['pitched', 'gate', 'balcony'] },
  },
  {
    code: 'collective_old',
    title: { vi: 'Nhà tập thể cũ', en: 'Old collective block' },
    risk: { vi: 'cơi nới, chuồng cọp', en: 'added rooms, caged balconies' },
    exit: { vi: 'hành lang chung, ban công', en: 'shared corridor, balcony' },
    watch: { vi: 'lồng sắt, cầu thang chung', en: 'iron cages, the shared stair' },
    drawing: { storeys: 5, bays: 5, features: ['cages'] },
  },
  {
    code: 'mini_apartment',
    title: { vi: 'Chung cư mini', en: 'Mini-apartment' },
    risk: { vi: 'để xe tầng 1; thang bộ duy nhất', en: 'parking on the ground floor; one stair only' },
    exit: { vi: 'thang ngoài, mái, ban công', en: 'outside stair, roof, balcony' },
    watch: { vi: 'ngăn cháy để xe, báo cháy', en: 'a fire break around parking, an alarm' },
    drawing: { storeys: 7, bays: 2, features: ['parking', 'balcony'] },
  },
  {
    code: 'apartment_unit',
    title: { vi: 'Căn hộ chung cư', en: 'Apartment unit' },
    risk: { vi: '', en: '' },
    exit: { vi: 'thang bộ thoát nạn, lánh nạn', en: 'escape stairs, refuge floor' },
    watch: { vi: 'không dùng thang máy', en: 'not using the lift' },
    drawing: { storeys: 8, bays: 4, features: ['highlight'] },
  },
  {
    code: 'boarding_rows',
    title: { vi: 'Dãy trọ cấp 4', en: 'Boarding row, one storey' },
    risk: { vi: 'một cổng; đun nấu trong phòng', en: 'one gate; cooking in the rooms' },
    exit: { vi: 'cổng phụ, tường thấp', en: 'side gate, low wall' },
    watch: { vi: 'khóa cổng', en: 'the gate being locked' },
    drawing: { storeys: 1, bays: 5, features: ['pitched', 'rows'] },
  },
  {
    code: 'boarding_multi',
    title: { vi: 'Nhà trọ nhiều tầng', en: 'Multi-storey boarding house' },
    risk: { vi: 'một thang; nhiều phòng không cửa sổ', en: 'one stair; many rooms without windows' },
    exit: { vi: 'thang kim loại, mái', en: 'metal stair, roof' },
    watch: { vi: 'phòng kín', en: 'closed rooms' },
    drawing: { storeys: 5, bays: 3, features: ['rows'] },
  },
  {
    code: 'loft_sleepbox',
    title: { vi: 'Nhà chia phòng nhỏ, gác xép, sleep box', en: 'Partitioned/sleep-box house' },
    risk: { vi: 'vách dễ cháy, mật độ cao', en: 'walls that burn, many people' },
    exit: { vi: 'hạn chế sử dụng', en: 'limited use' },
    watch: { vi: 'vách ngăn', en: 'partition walls' },
    drawing: { storeys: 3, bays: 2, features: ['loft'] },
  },
  {
    code: 'workshop_house',
    title: { vi: 'Nhà ở kết hợp xưởng/kho', en: 'House with workshop/store' },
    risk: { vi: 'chất cháy nhiều', en: 'much that burns' },
    exit: { vi: 'lối thoát riêng cho khu ở', en: 'a way out of its own for the living part' },
    watch: { vi: 'kho, điện', en: 'store, wiring' },
    drawing: { storeys: 2, bays: 3, features: ['workshop'] },
  },
  {
    code: 'alley_deep',
    title: { vi: 'Nhà trong ngõ sâu', en: 'House deep in a lane' },
    risk: { vi: 'xe chữa cháy không vào được', en: 'fire engines cannot get in' },
    exit: { vi: 'điểm chữa cháy công cộng', en: 'public fire point' },
    watch: { vi: 'cách đường xe chữa cháy vào được từ 50 m', en: '50 m or more from the road' },
    drawing: { storeys: 4, bays: 1, features: ['neighbours', 'lane'] },
  },
  {
    code: 'other',
    title: { vi: 'Khác', en: 'Other' },
    risk: { vi: '', en: '' },
    exit: { vi: '', en: '' },
    watch: { vi: '', en: '' },
    drawing: { storeys: 2, bays: 2, features: ['question'] },
  },
];

/** The type of a code. */
export function houseTemplate(code: string | null): HouseTemplate | undefined {
  return houseTemplates.find((type) => type.code === code);
}
