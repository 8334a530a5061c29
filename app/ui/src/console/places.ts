/**
 * The console's places, and who is shown the way there.
 *
 * Invariant: reviewers and officers see business, the administrator sees administration; the server enforces the same.
 */
import type { Component } from 'svelte';
import Building2 from '@lucide/svelte/icons/building-2';
import ClipboardCheck from '@lucide/svelte/icons/clipboard-check';
import ListTodo from '@lucide/svelte/icons/list-todo';
import Gavel from '@lucide/svelte/icons/gavel';
import GitCompareArrows from '@lucide/svelte/icons/git-compare-arrows';
import History from '@lucide/svelte/icons/history';
import House from '@lucide/svelte/icons/house';
import Landmark from '@lucide/svelte/icons/landmark';
import ShieldAlert from '@lucide/svelte/icons/shield-alert';
import Smartphone from '@lucide/svelte/icons/smartphone';
import Users from '@lucide/svelte/icons/users';

import { m } from '$lib/i18n.svelte';

import type { Right } from './session.svelte';

/** An entry of the navigation. */
export interface Place {
  path: string;
  label: () => string;
  icon: Component;
  right: Right;
  group: 'work' | 'admin';
}

export const places: readonly Place[] = [
  { path: '/', label: m.console_nav_overview, icon: House, right: 'any', group: 'work' },
  { path: '/inspections', label: m.console_nav_review, icon: ClipboardCheck, right: 'records', group: 'work' },
  { path: '/facilities', label: m.console_nav_facilities, icon: Building2, right: 'records', group: 'work' },
  { path: '/findings', label: m.console_nav_findings, icon: ListTodo, right: 'records', group: 'work' },
  { path: '/measures', label: m.console_nav_measures, icon: Gavel, right: 'records', group: 'work' },
  { path: '/clashes', label: m.console_nav_clashes, icon: GitCompareArrows, right: 'records', group: 'work' },
  { path: '/quarantine', label: m.console_nav_quarantine, icon: ShieldAlert, right: 'either', group: 'work' },
  { path: '/users', label: m.console_nav_users, icon: Users, right: 'admin', group: 'admin' },
  { path: '/devices', label: m.console_nav_devices, icon: Smartphone, right: 'admin', group: 'admin' },
  { path: '/units', label: m.console_nav_units, icon: Landmark, right: 'admin', group: 'admin' },
  { path: '/audit', label: m.console_nav_audit, icon: History, right: 'admin', group: 'admin' },
];
