/** Checklist templates, asked for once: a version never changes. */
import { call } from '$lib/platform/field';
import type { Template, TemplateRef } from '$lib/types';

const known = new Map<string, Promise<Template>>();

export function templateOf({ code, version }: TemplateRef): Promise<Template> {
  const name = `${code} ${version}`;
  let template = known.get(name);
  if (!template) {
    template = call('template', { code, version });
    known.set(name, template);
    // A failure is asked again: the next exchange may bring the template.
    template.catch(() => known.delete(name));
  }
  return template;
}
