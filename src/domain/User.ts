/** People: who they are, and what makes a password good enough. */
import { Schema } from "effect"
import { Email, Text, Uuid } from "./Field.ts"

export const User = Schema.Struct({
  user_id: Uuid,
  tenant: Uuid,
  username: Schema.String,
  email: Schema.String,
  first_name: Schema.NullOr(Schema.String),
  last_name: Schema.NullOr(Schema.String),
  user_type: Schema.Literals(["internal", "client"])
}).annotate({ identifier: "User" })

export const NewUser = Schema.Struct({
  email: Email,
  username: Schema.optionalKey(Text(50)),
  first_name: Schema.optionalKey(Text(100)),
  last_name: Schema.optionalKey(Text(100)),
  password: Schema.optionalKey(Schema.String),
  roles: Schema.Array(Text(100))
})

const common = [
  "password",
  "qwerty",
  "admin",
  "administrator",
  "welcome",
  "letmein",
  "monkey",
  "dragon",
  "iloveyou",
  "football",
  "baseball",
  "master",
  "login",
  "princess",
  "sunshine",
  "secret",
  "changeme",
  "default"
]

const rows = ["abcdefghijklmnopqrstuvwxyz", "0123456789", "qwertyuiop", "asdfghjkl", "zxcvbnm"]
const runs = rows.flatMap((row) => [row, [...row].reverse().join("")])

const hasRun = (password: string) => {
  const text = password.toLowerCase()
  for (let start = 0; start + 6 <= text.length; start++) {
    const part = text.slice(start, start + 6)
    if (runs.some((run) => run.includes(part))) return true
  }
  return false
}

/** What is wrong with a password: a line for each rule it breaks. */
export const passwordProblems = (password: string): ReadonlyArray<string> => {
  const core = password.toLowerCase().replace(/^[^a-z]+|[^a-z]+$/g, "")
  const rules: ReadonlyArray<readonly [boolean, string]> = [
    [password.length >= 8 && password.length <= 128, "Expected 8 to 128 characters"],
    [/[A-Z]/.test(password), "Expected an upper-case letter"],
    [/[a-z]/.test(password), "Expected a lower-case letter"],
    [/[0-9]/.test(password), "Expected a digit"],
    [/[!@#$%^&*()_+\-=[\]{};':"\\|,.<>/?]/.test(password), "Expected a special character"],
    [!common.includes(core), "Expected something less common"],
    [!hasRun(password), "Expected no run of 6 neighbouring letters, digits or keys"]
  ]
  return rules.flatMap(([holds, message]) => (holds ? [] : [message]))
}
