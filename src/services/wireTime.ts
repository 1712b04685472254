/** A `timestamptz` expression as the text it is on the wire: for rows that PostgreSQL puts together as JSON. */
export const wireTime = (expression: string) =>
  `to_char(${expression} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
