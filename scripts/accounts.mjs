// Prints the demonstration's accounts as a table that a person can copy from.
import { readFileSync } from 'node:fs';

const words = {
  commune_data_officer: 'officer',
  area_team_officer: 'officer (area team)',
  area_team_reviewer: 'reviewer',
  pc07_manager: 'manager',
  household_head: 'household head',
  sys_admin: 'administrator',
};

const { accounts } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
for (const account of accounts) {
  console.log(`\n  ${account.username}  ${account.name}, ${words[account.role] ?? account.role}, ${account.unit_name}`);
  if (account.password) console.log(`    password  ${account.password}`);
  if (account.link) console.log(`    enrol     ${account.link}`);
}
