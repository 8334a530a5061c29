/** Which address shows which screen, and what a post must allow for it. */
import type { Component } from 'svelte';

import Audit from './screens/Audit.svelte';
import Clashes from './screens/Clashes.svelte';
import Devices from './screens/Devices.svelte';
import Facilities from './screens/Facilities.svelte';
import FacilityScreen from './screens/Facility.svelte';
import FindingScreen from './screens/Finding.svelte';
import Findings from './screens/Findings.svelte';
import Measures from './screens/Measures.svelte';
import Overview from './screens/Overview.svelte';
import Quarantine from './screens/Quarantine.svelte';
import Queue from './screens/Queue.svelte';
import RecordScreen from './screens/Record.svelte';
import Units from './screens/Units.svelte';
import UserList from './screens/Users.svelte';
import type { Right } from './session.svelte';

/** A screen at an address; `id` is the address's last part where the screen is about one thing. */
export interface Shown {
  screen: Component<{ id: string }> | Component;
  id: string;
  right: Right;
}

const SCREENS: Record<string, { list: Component; one?: Component<{ id: string }>; right: Right }> = {
  '': { list: Overview, right: 'any' },
  inspections: { list: Queue, one: RecordScreen, right: 'records' },
  facilities: { list: Facilities, one: FacilityScreen, right: 'records' },
  findings: { list: Findings, one: FindingScreen, right: 'records' },
  measures: { list: Measures, right: 'records' },
  clashes: { list: Clashes, right: 'records' },
  quarantine: { list: Quarantine, right: 'either' },
  users: { list: UserList, right: 'admin' },
  devices: { list: Devices, right: 'admin' },
  units: { list: Units, right: 'admin' },
  audit: { list: Audit, right: 'admin' },
};

/** The screen at a path, if there is one. */
export function screenAt(path: string): Shown | null {
  const [first = '', id = '', ...rest] = path.split('/').filter((part) => part !== '');
  const entry = SCREENS[first];
  if (!entry || rest.length > 0) return null;
  if (id === '') return { screen: entry.list, id, right: entry.right };
  return entry.one ? { screen: entry.one, id, right: entry.right } : null;
}

/** The nearest screen above a path that leads nowhere: the one thing that it names, else the list, else the first. */
export function above(
  path: string,
  allowed: (right: Right) => boolean,
): { href: string; of: 'one' | 'list'; first: string } {
  const parts = path.split('/').filter((part) => part !== '');
  for (let length = parts.length - 1; length > 0; length -= 1) {
    const href = `/${parts.slice(0, length).join('/')}`;
    const found = screenAt(href);
    if (found && allowed(found.right)) return { href, of: length > 1 ? 'one' : 'list', first: parts[0] ?? '' };
  }
  return { href: '/', of: 'list', first: '' };
}
