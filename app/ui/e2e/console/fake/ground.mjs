/** What the stand-in's answers are made of: ids, people at their devices, times. */
export const HOUR = 3_600_000;
export const NOW = Date.now();

export const uuid = (n) => `018f0000-0000-7000-8000-${String(n).padStart(12, '0')}`;
export const hash = (n) => String(n).padStart(2, '0').repeat(32);
export const page = (items) => ({ items, total: items.length, next: null });
export const by = (name, device, hoursAgo, server = false) => ({
  person: uuid(name.length),
  person_name: name,
  device: uuid(900),
  device_name: device,
  held_by_server: server,
  at: NOW - hoursAgo * HOUR,
});
export const MINH = (h) => by('Nguyễn Đức Minh', 'Điện thoại Minh', h);
export const HOA = (h) => by('Trần Thị Hòa', 'Máy tính bảng Hòa', h);
export const DUYET = (h) => by('Thiếu tá Lê Quang Vinh', 'máy chủ', h, true);
export const operation = (counter) => ({ counter, actor: 'ab'.repeat(16) });

export const UNIT = { unit: uuid(7), unit_name: 'Phường Khương Đình' };
