/** `node src/bundling.ts` makes the bundle that [bundle.ts](bundle.ts) looks for. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs"
import { dirname, isAbsolute, join, relative } from "node:path"
import { rolldown } from "rolldown"
import { bundleDirectory, root } from "./bundle.ts"

/** What the bundle leaves where it is. */
const external = [
  // The command line has loaded these before it looks for the bundle, and what they know is known once.
  join(root, "src/layers/PostgresBinaries.ts"),
  join(root, "src/layers/PostgresCluster.ts"),
  // The page of the documentation, three megabytes that are seldom asked for: a bundle that has gone would not have it.
  /\/httpApiScalar\.js$/,
  // They are loaded when they are asked for, and in a format of their own.
  /^(undici|redis|@redis\/.*)$/
]

/** How many bundles are kept: a service may run from one that is not the latest, and load more of it when it needs that. */
const kept = 3

/** What the folder of a bundle is called, before the number of its process, until it is whole. */
const unfinished = "unfinished-"

/** After how many milliseconds nobody is working on one any more. */
const patience = 3_600_000

/** Writes some programs, by the names of their files there, and what they share, into a directory. */
export const write = async (programs: Readonly<Record<string, string>>, directory: string) => {
  const bundle = await rolldown({ input: { ...programs }, cwd: root, platform: "node", external, logLevel: "warn" })
  await bundle.write({
    dir: directory,
    paths: (id) => (isAbsolute(id) ? relative(directory, id) : id),
    comments: false,
    // Names stay, for whoever reads what a defect has logged.
    minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } }
  })
  await bundle.close()
}

/** Puts the bundle in its place when it is whole. */
const make = async (directory: string) => {
  if (existsSync(directory)) return
  const cache = dirname(directory)
  const partial = join(cache, `${unfinished}${process.pid}`)
  mkdirSync(partial, { recursive: true })
  try {
    const enterprise = join(root, "ee/layers/Enterprise.ts")
    const programs = { cli: join(root, "src/cli.ts"), ...(existsSync(enterprise) ? { enterprise } : {}) }
    await write(programs, partial)
    if (!existsSync(directory)) renameSync(partial, directory)
  } finally {
    rmSync(partial, { recursive: true, force: true })
  }
  const made = latestFirst(cache, "bundle-")
  const leftLying = latestFirst(cache, unfinished).filter(({ age }) => age > patience)
  for (const { path } of [...made.slice(kept), ...leftLying]) rmSync(path, { recursive: true, force: true })
}

const latestFirst = (cache: string, prefix: string) =>
  readdirSync(cache)
    .filter((name) => name.startsWith(prefix))
    .map((name) => ({ path: join(cache, name), age: Date.now() - statSync(join(cache, name)).mtimeMs }))
    .sort((one, other) => one.age - other.age)

if (import.meta.main) {
  await make(bundleDirectory()).catch((cause: Error) => {
    process.stderr.write(`psa: The sources could not be bundled, and will run as they are: ${cause.message}\n`)
    process.exitCode = 1
  })
}
