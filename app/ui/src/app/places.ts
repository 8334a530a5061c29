/**
 * The places of the field app, as patterns of an address: `:` stands for any one part.
 *
 * Invariant: an address that fits no pattern is shown as not found; a screen never has to guess what a part could mean.
 */
const OFFICER = [
  '/',
  '/today/:',
  '/facilities',
  '/facilities/:',
  '/facilities/:/edit',
  '/findings/:/:',
  '/inspections/:',
  '/inspections/:/finish',
  '/inspections/:/s/:',
  '/clashes',
  '/exchange',
  '/settings',
];
const HOUSEHOLD = ['/', '/declare', '/declare/:', '/exchange', '/settings'];

/** Whether there is a place at these parts of an address. */
export function isPlace(parts: readonly string[], citizen: boolean): boolean {
  return (citizen ? HOUSEHOLD : OFFICER).some((pattern) => {
    const wanted = pattern.split('/').filter((part) => part !== '');
    return wanted.length === parts.length && wanted.every((part, at) => part === ':' || part === parts[at]);
  });
}

/** The nearest place to an address that leads nowhere: the record or the list that it names, else the first screen. */
export function nearest(parts: readonly string[]): {
  href: string;
  place: 'record' | 'facility' | 'facilities' | 'today';
} {
  const [first, id] = parts;
  if (first === 'inspections' && id !== undefined) return { href: `#/inspections/${id}`, place: 'record' };
  if (first === 'facilities')
    return id === undefined || id === 'new'
      ? { href: '#/facilities', place: 'facilities' }
      : { href: `#/facilities/${id}`, place: 'facility' };
  return { href: '#/', place: 'today' };
}
