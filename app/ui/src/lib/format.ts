/** Numbers, bytes, distances and times as people in Hà Nội read them. Instants are UTC milliseconds. */
import { locale, m } from './i18n.svelte';
import { LONGEST_TERM_YEARS } from './types';

const ZONE = 'Asia/Ho_Chi_Minh';

function tag(): string {
  return locale.current === 'en' ? 'en-GB' : 'vi-VN';
}

/** Whether there is such an instant: records that an older server admitted may say what no calendar has. */
function isInstant(at: number): boolean {
  return !Number.isNaN(new Date(at).getTime());
}

/** Every date and time on a screen is written here: what is none is said to be none, and breaks nothing. */
function written(at: number, options: Intl.DateTimeFormatOptions): string {
  if (!isInstant(at)) return m.time_invalid();
  return new Intl.DateTimeFormat(tag(), { timeZone: ZONE, ...options }).format(at);
}

/** 21/11/2026 */
export function date(at: number): string {
  return written(at, { day: '2-digit', month: '2-digit', year: 'numeric' });
}

/** 14:32 */
export function time(at: number): string {
  return written(at, { hour: '2-digit', minute: '2-digit', hour12: false });
}

/** For a program: 2026-11-21T07:32:00.000Z; nothing for what is no instant. */
export function iso(at: number): string | undefined {
  return isInstant(at) ? new Date(at).toISOString() : undefined;
}

/** 14:32, or 14:32 · 20/11/2026 when it was not today. */
export function moment(at: number, now: number = Date.now()): string {
  if (!isInstant(at)) return m.time_invalid();
  return date(at) === date(now) ? time(at) : `${time(at)} · ${date(at)}`;
}

/** A calendar day `YYYY-MM-DD` as 21/11/2026. */
export function day(iso: string): string {
  return date(Date.parse(`${iso}T12:00:00+07:00`));
}

/** Today in Hà Nội moved by a number of days, as `YYYY-MM-DD`. */
export function dayFromNow(days: number, now: number = Date.now()): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: ZONE }).format(now + days * 86_400_000);
}

/** The latest day that something can be asked or promised for, as the engine has it: so many years after a day, or today. */
export function latestDay(from = ''): string {
  const today = dayFromNow(0);
  const [year = '', month = '', day = ''] = (from > today ? from : today).split('-');
  // Where that year has no 29 February, the day before it.
  const last = month === '02' && day === '29' ? '28' : day;
  return `${Number(year) + LONGEST_TERM_YEARS}-${month}-${last}`;
}

/** 1.234,5 */
export function number(value: number, digits = 3): string {
  return new Intl.NumberFormat(tag(), { maximumFractionDigits: digits }).format(value);
}

/** 20,99312; 105,81277: where the comma divides fractions, a semicolon divides numbers. */
export function coordinates(latitude: number, longitude: number): string {
  const degrees = new Intl.NumberFormat(tag(), { minimumFractionDigits: 5, maximumFractionDigits: 5 });
  return [latitude, longitude].map((each) => degrees.format(each)).join(locale.current === 'en' ? ', ' : '; ');
}

/** The address, with the unit where the address does not say it. */
export function placed(address: string, unit: string): string {
  const said = address.toLocaleLowerCase('vi').includes(unit.toLocaleLowerCase('vi'));
  return said || unit === '' ? address : `${address}, ${unit}`;
}

/** The address as whoever works in `unit` says it: without the unit's name at its end. */
export function local(address: string, unit: string | null | undefined): string {
  if (!unit) return address;
  const [all, end] = [address.toLocaleLowerCase('vi'), `, ${unit.toLocaleLowerCase('vi')}`];
  return all.endsWith(end) ? address.slice(0, all.length - end.length) : address;
}

/** 3,4 MB */
export function bytes(value: number): string {
  const units = ['B', 'KB', 'MB', 'GB'];
  let size = value;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${number(size, size < 10 && unit > 0 ? 1 : 0)} ${units[unit]}`;
}

/** 250 m, 1,2 km */
export function distance(metres: number): string {
  return metres < 1000 ? `${number(Math.round(metres / 10) * 10)} m` : `${number(metres / 1000, 1)} km`;
}

/** How long ago, in words: vừa xong, 5 phút trước, 23 giờ trước, 3 ngày trước. Whole hours up to a day, then whole days. */
export function ago(at: number, now: number = Date.now()): string {
  if (!isInstant(at)) return m.time_invalid();
  const minutes = Math.round((now - at) / 60_000);
  if (minutes < 1) return m.time_just_now();
  const relative = new Intl.RelativeTimeFormat(tag(), { numeric: 'always' });
  if (minutes < 60) return relative.format(-minutes, 'minute');
  if (minutes < 1440) return relative.format(-Math.floor(minutes / 60), 'hour');
  return relative.format(-Math.floor(minutes / 1440), 'day');
}

/** How long, in its largest unit: 6 phút, 3 giờ, 40 ngày, 3 năm. */
export function span(milliseconds: number): string {
  const minutes = Math.abs(milliseconds) / 60_000;
  const [value, unit] =
    minutes >= 365 * 1440
      ? [minutes / (365 * 1440), 'year']
      : minutes >= 1440
        ? [minutes / 1440, 'day']
        : minutes >= 60
          ? [minutes / 60, 'hour']
          : [minutes, 'minute'];
  const words = { style: 'unit', unit, unitDisplay: 'long', maximumFractionDigits: 0 } as const;
  return new Intl.NumberFormat(tag(), words).format(value);
}

/** 1234,5: without marks between thousands, to be typed over. */
export function plainNumber(value: number): string {
  return new Intl.NumberFormat(tag(), { maximumFractionDigits: 6, useGrouping: false }).format(value);
}

/** What was typed, and what else it may mean. */
export interface Amount {
  value: number;
  or?: number;
}

/**
 * An amount as people write it, with or without its unit; `null` if it is none. A mark before three digits divides thousands in a
 * whole number; else it may be either: 1.500 m.
 */
export function readAmount(text: string, whole: boolean, units: string[] = []): Amount | null {
  let plain = text.trim().normalize('NFC').toLowerCase();
  const unit = units.map((each) => each.toLowerCase()).find((each) => each !== '' && plain.endsWith(each));
  if (unit) plain = plain.slice(0, -unit.length);
  plain = plain.replace(/\s/g, '');
  const [, digits = '', mark = '', rest = ''] =
    /^(-?[1-9]\d{0,2}(?:([.,])\d{3})(?:\2\d{3})*)((?:[.,]\d+)?)$/.exec(plain) ?? [];
  const fraction = rest === '' || rest[0] === mark ? '' : rest;
  if (digits === '' || (rest !== '' && fraction === '')) {
    const value = readNumber(plain);
    return value === null ? null : { value };
  }
  const value = Number(digits.split(mark).join('') + fraction.replace(',', '.'));
  const single = digits.split(mark).length === 2 && fraction === '';
  if (whole || !single) return { value };
  const or = Number(digits.replace(',', '.'));
  // A comma divides fractions in Vietnamese and nothing else.
  return mark === ',' && locale.current !== 'en' ? { value: or } : { value, or };
}

/** A number as typed here: comma or point for fractions; `null` if it is none. */
export function readNumber(text: string): number | null {
  const plain = text.trim().replace(/\s/g, '').replace(',', '.');
  if (!/^-?\d+(\.\d+)?$/.test(plain)) return null;
  return Number(plain);
}

/** A title inside a sentence: «Tầng 2» as «tầng 2», «PCCC» as it is. */
export const within = (title: string): string =>
  /^\p{Lu}(?!\p{Lu})/u.test(title) ? title.charAt(0).toLocaleLowerCase() + title.slice(1) : title;
