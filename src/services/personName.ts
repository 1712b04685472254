/** What a row of `users`, by its alias, is called: first and last name, or else the username. */
export const personName = (alias: string) =>
  `coalesce(nullif(concat_ws(' ', ${alias}.first_name, ${alias}.last_name), ''), ${alias}.username)`
