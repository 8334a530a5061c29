/** The JSON that the engine and the server speak. What Rust has a type for is generated from it. */
import type { FacilityClass, Problem } from './generated';

export * from './engine';
export * from './generated';

/** Every class, in the order of the domain. */
export const facilityClasses: readonly FacilityClass[] = [
  'mini_apartment',
  'boarding_house',
  'house_with_business',
  'detached_house',
  'collective_housing',
  'other',
];

/** Whether something caught is a problem from the engine or the server. */
export function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'code' in value && 'title' in value && 'title_en' in value;
}
