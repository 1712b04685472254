/** Writes a JSON value as YAML 1.2. Strings are quoted as in JSON, which YAML reads the same. */
export const toYaml = (value: unknown): string => `${block(value, "").replace(/^\n/, "")}\n`

const block = (value: unknown, indent: string): string => {
  if (Array.isArray(value)) {
    if (value.length === 0) return " []"
    return value.map((item) => `\n${indent}-${block(item, `${indent}  `)}`).join("")
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined)
    if (entries.length === 0) return " {}"
    return entries.map(([name, item]) => `\n${indent}${key(name)}:${block(item, `${indent}  `)}`).join("")
  }
  return ` ${JSON.stringify(value ?? null)}`
}

/** Words that YAML would not read as text. */
const reserved = /^(true|false|null|yes|no|on|off|y|n|~)$/i

const key = (name: string) => (/^[A-Za-z_][\w-]*$/.test(name) && !reserved.test(name) ? name : JSON.stringify(name))
