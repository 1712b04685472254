/** What follows from how categories hang together. */
import type { CategoryAnalytics, CategoryNode } from "./Category.ts"

type Placed = Omit<CategoryNode, "children" | "depth" | "path">

/** The tree of categories that come in the order of their siblings. */
export const treeOf = (categories: ReadonlyArray<Placed>): ReadonlyArray<CategoryNode> => {
  const byParent = Map.groupBy(categories, ({ parent_category }) => parent_category)
  const below = (parent: CategoryNode | undefined): ReadonlyArray<CategoryNode> =>
    (byParent.get(parent?.category_id ?? null) ?? []).map(
      ({ board_id, category_id, category_name, order, parent_category }) => {
        const path = parent === undefined ? category_name : `${parent.path} > ${category_name}`
        const depth = parent === undefined ? 0 : parent.depth + 1
        const node = { category_id, category_name, parent_category, board_id, children: [], depth, path, order }
        return { ...node, children: below(node) }
      }
    )
  return below(undefined)
}

/** A category that is to be deleted, or is below one that is. */
export interface Deletable {
  readonly category_id: string
  readonly parent_category: string | null
  /** How many tickets, or services, have it. */
  readonly uses: number
}

/** What may go, and of what was asked for, why the rest may not. */
export interface Verdict {
  readonly deleted: ReadonlyArray<string>
  readonly errors: ReadonlyArray<{ readonly category_id: string; readonly message: string }>
}

/**
 * Judges each of the ids: a category goes if no `user` has it and everything below it goes, too. What is below it goes if
 * it was asked for itself, or if `force` takes it along. `found` is all that is there of the ids and below them.
 */
export const judgeDeletions = (
  ids: ReadonlyArray<string>,
  found: ReadonlyArray<Deletable>,
  user: "ticket" | "service",
  force: boolean
): Verdict => {
  const known = new Map(found.map((category) => [category.category_id, category]))
  const children = Map.groupBy(found, ({ parent_category }) => parent_category)
  const wanted = new Set(ids)
  const below = (id: string) => children.get(id) ?? []
  const goes = (id: string) => wanted.has(id) || force
  const uses = (id: string): number =>
    (known.get(id)?.uses ?? 0) + below(id).reduce((sum, child) => sum + uses(child.category_id), 0)
  const staying = (id: string): number =>
    below(id).reduce((sum, { category_id }) => sum + (goes(category_id) ? 0 : 1) + staying(category_id), 0)
  const obstacle = (id: string): string | undefined => {
    const category = known.get(id)
    if (category === undefined) return "Category not found"
    if (category.uses > 0) return `The category has ${counted(category.uses, user, `${user}s`)}`
    if (staying(id) > 0) return `The category has ${counted(staying(id), "subcategory", "subcategories")}`
    return uses(id) > 0 ? `Its subcategories have ${counted(uses(id), user, `${user}s`)}` : undefined
  }
  const subtree = (id: string): ReadonlyArray<string> => [
    id,
    ...below(id).flatMap(({ category_id }) => subtree(category_id))
  ]
  const judged = [...wanted].map((category_id) => ({ category_id, message: obstacle(category_id) }))
  return {
    deleted: [
      ...new Set(judged.flatMap(({ category_id, message }) => (message === undefined ? subtree(category_id) : [])))
    ],
    errors: judged.flatMap(({ category_id, message }) => (message === undefined ? [] : [{ category_id, message }]))
  }
}

const counted = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`

/** A category, where it is, and how much it is used. */
export interface Measured {
  readonly category_id: string
  readonly category_name: string
  readonly is_active: boolean
  readonly has_children: boolean
  readonly depth: number
  readonly usage_count: number
}

/** The figures of categories that come with the most used first. */
export const analyticsOf = (categories: ReadonlyArray<Measured>): (typeof CategoryAnalytics.Type)["analytics"] => {
  const depths = categories.map(({ depth }) => depth)
  return {
    total_categories: categories.length,
    active_categories: categories.filter(({ is_active }) => is_active).length,
    categories_with_children: categories.filter(({ has_children }) => has_children).length,
    average_depth: depths.length === 0 ? 0 : depths.reduce((sum, depth) => sum + depth, 0) / depths.length,
    max_depth: depths.reduce((most, depth) => Math.max(most, depth), 0),
    usage_stats: categories.map(({ category_id, category_name, usage_count }) => ({
      category_id,
      category_name,
      usage_count: String(usage_count)
    }))
  }
}
