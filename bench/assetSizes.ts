/** What is asked of few assets and of many. */
import type { Complete, SeededAssets } from "./assetSeed.ts"
import type { Server } from "./processes.ts"
import { cursorsAfter, gets, pick } from "./requests.ts"
import type { Answer, SizeCase } from "./sizes.ts"

const path = "/api/v1/assets"

/** Lists, pages from the middle, searches and single assets of a server that has so many assets. */
export const assetCases = async (
  { url }: Server,
  { complete, keys, serialNumbers, statuses, tags, types, words }: SeededAssets,
  size: number
): Promise<ReadonlyArray<SizeCase>> => {
  const cursors = await cursorsAfter(url, path, keys, size / 2)
  const made = (
    name: string,
    title: string,
    queryOf: (index: number) => string,
    isRight: SizeCase["isRight"]
  ): SizeCase => ({ name, title, most: 1.5, requests: gets(keys, (index) => `${path}${queryOf(index)}`), isRight })
  return [
    made("list", "list of 25", () => "", isPage(size)),
    made(
      "list-cursor",
      "list of 25 by cursor, in the middle",
      (n) => `?limit=25&cursor=${pick(cursors, n)}`,
      isPage(size)
    ),
    made(
      "list-type",
      "list of 25 by type",
      (n) => `?asset_type=${pick(types, n).value}`,
      (answer, n) => isPage(pick(types, n).amount)(answer) && has(answer, "asset_type", pick(types, n).value)
    ),
    made(
      "list-status",
      "list of 25 by status",
      (n) => `?status=${pick(statuses, n).value}`,
      (answer, n) => isPage(pick(statuses, n).amount)(answer) && has(answer, "status", pick(statuses, n).value)
    ),
    made(
      "get",
      "one asset with everything in it",
      (n) => `/${pick(complete, n).asset_id}`,
      (answer, n) => isComplete(answer, pick(complete, n))
    ),
    made(
      "search-serial",
      "search by serial number",
      (n) => `/search?query=${pick(serialNumbers, n)}`,
      (answer, n) => answer.rows.length === 1 && has(answer, "serial_number", pick(serialNumbers, n))
    ),
    made(
      "search-tag",
      "search by tag",
      (n) => `/search?query=${pick(tags, n)}`,
      (answer, n) => answer.rows.length === 1 && has(answer, "asset_tag", pick(tags, n))
    ),
    made(
      "search-word",
      "search by a rare word",
      (n) => `/search?query=${pick(words, n)}`,
      ({ rows }) => rows.length === 6
    ),
    made("list-search", "list by a rare word, with its total", (n) => `?search=${pick(words, n)}`, isPage(6))
  ]
}

const isPage =
  (amount: number) =>
  ({ rows, total }: Answer) =>
    total === amount && rows.length === Math.min(25, amount)

const has = ({ rows }: Answer, field: string, value: string) => rows.every((row) => row[field] === value)

const isComplete = ({ rows: [asset] }: Answer, { asset_id, documents, relationships, schedules }: Complete) =>
  asset !== undefined &&
  asset["asset_id"] === asset_id &&
  asset["extension_data"] !== null &&
  lengthOf(asset["relationships"]) === relationships &&
  lengthOf(asset["documents"]) === documents &&
  lengthOf(asset["maintenance_schedules"]) === schedules

const lengthOf = (value: unknown) => (Array.isArray(value) ? value.length : undefined)
