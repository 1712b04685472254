/** Makes up a managed service provider's clients, people, assets and tickets. The same seed makes up the same ones. */
import { newId } from "../ids.ts"
import type { Random } from "./random.ts"
import * as words from "./vocabulary.ts"

/** A row to insert: what is absent is null. */
export type Row = Readonly<Record<string, string | number | boolean | null | Readonly<Record<string, string>>>>

type NonEmpty<A> = readonly [A, ...ReadonlyArray<A>]

/** What the tenant has already, which tickets refer to. */
export interface Surroundings {
  readonly boards: NonEmpty<{
    readonly board_id: string
    readonly open: NonEmpty<string>
    readonly closed: NonEmpty<string>
  }>
  /** From the most urgent to the least. */
  readonly priorities: NonEmpty<string>
  /** Names of clients and email addresses of users that are taken, in lower case. */
  readonly taken: ReadonlySet<string>
  /** The domain of the provider's own people. */
  readonly domain: string
  /** Now, in milliseconds since the epoch. */
  readonly now: number
}

export interface Site {
  readonly client: Row & { readonly client_id: string }
  readonly locations: NonEmpty<Row & { readonly location_id: string }>
  readonly contacts: NonEmpty<Row & { readonly contact_name_id: string; readonly full_name: string }>
  readonly assets: NonEmpty<Row & { readonly asset_id: string; readonly asset_tag: string }>
}

export interface World {
  readonly technicians: NonEmpty<Row & { readonly user_id: string }>
  readonly sites: NonEmpty<Site>
  readonly tags: NonEmpty<Row & { readonly tag_id: string }>
}

const hour = 3_600_000
const day = 24 * hour
const iso = (millis: number) => new Date(millis).toISOString()
const slug = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")

const filled = <A>(length: number, make: (index: number) => A): NonEmpty<A> => [
  make(0),
  ...Array.from({ length: Math.max(0, length - 1) }, (_, index) => make(index + 1))
]

const between = (min: number, value: number, max: number) => Math.min(max, Math.max(min, Math.round(value)))

/** Makes names that are not taken, by a number at their end where need be. */
const distinct = (taken: ReadonlySet<string>) => {
  const used = new Set(taken)
  return (name: string, numbered: (number: number) => string) => {
    let result = name
    for (let number = 2; used.has(result.toLowerCase()); number++) result = numbered(number)
    used.add(result.toLowerCase())
    return result
  }
}

/** Everything but the tickets, in numbers that go with theirs. */
export const makeWorld = (random: Random, tickets: number, surroundings: Surroundings): World => {
  const unique = distinct(surroundings.taken)
  const technicians = filled(between(4, Math.sqrt(tickets) / 8, 24), () => {
    const [first, last] = [random.pick(words.firstNames), random.pick(words.lastNames)]
    const name = `${first}.${last}`.toLowerCase()
    const email = unique(`${name}@${surroundings.domain}`, (number) => `${name}${number}@${surroundings.domain}`)
    // No password hashes to this: nobody logs in as them.
    return { user_id: newId(), username: email, email, hashed_password: "!", first_name: first, last_name: last }
  })
  const names = random.shuffle(words.places.flatMap((place) => words.trades.map((trade) => `${place} ${trade}`)))
  const sites = filled(between(4, Math.sqrt(tickets) * 0.75, 384), (index) => {
    const base = names[index] ?? names[0]!
    const name = unique(base, (number) => `${base} ${number}`)
    return makeSite(random, name, random.pick(technicians).user_id, surroundings.now)
  })
  const [firstTag, ...moreTags] = words.tags
  const tag = ([text, color]: readonly [string, string]) => ({
    tag_id: newId(),
    tag_text: text,
    tagged_type: "ticket",
    background_color: color,
    text_color: "#1F2937"
  })
  return { technicians, sites, tags: [tag(firstTag), ...moreTags.map(tag)] }
}

const makeSite = (random: Random, name: string, accountManager: string, now: number): Site => {
  const client_id = newId()
  const domain = `${slug(name)}.example`
  const since = iso(now - random.int(400, 2000) * day)
  const client = {
    client_id,
    client_name: name,
    url: `https://www.${domain}`,
    billing_email: `accounts@${domain}`,
    account_manager_id: accountManager,
    lifecycle_status: "active",
    created_at: since,
    updated_at: since
  }
  const locations = filled(random.chance(0.25) ? 2 : 1, (index) => {
    const [city, state, postal] = random.pick(words.cities)
    return {
      location_id: newId(),
      client_id,
      location_name: index === 0 ? "Head office" : "Branch",
      address_line1: `${random.int(1, 999)} ${random.pick(words.streets)}`,
      city,
      state_province: state,
      postal_code: postal,
      country_code: "US",
      country_name: "United States",
      phone: phone(random),
      is_default: index === 0,
      is_billing_address: index === 0
    }
  })
  const unique = distinct(new Set())
  const contacts = filled(random.int(2, 6), () => {
    const full_name = `${random.pick(words.firstNames)} ${random.pick(words.lastNames)}`
    const mailbox = unique(slug(full_name), (number) => `${slug(full_name)}-${number}`)
    return {
      contact_name_id: newId(),
      client_id,
      full_name,
      email: `${mailbox}@${domain}`,
      phone_number: phone(random),
      role: random.pick(words.jobs)
    }
  })
  const initials = slug(name)
    .split("-")
    .map((word) => word.charAt(0).toUpperCase())
    .join("")
  const assets = filled(random.int(4, 14), (index) => {
    const [type, tag, makes] = random.pickEarly(words.equipment)
    const bought = now - random.int(30, 1500) * day
    return {
      asset_id: newId(),
      client_id,
      asset_type: type,
      asset_tag: `${initials}-${tag}-${String(index + 1).padStart(3, "0")}`,
      name: random.pick(makes),
      status: random.chance(0.93) ? "active" : "maintenance",
      serial_number: `SN${random.int(10_000_000, 99_999_999)}`,
      location_id: random.pick(locations).location_id,
      purchase_date: iso(bought),
      warranty_end_date: iso(bought + 1095 * day)
    }
  })
  return { client, locations, contacts, assets }
}

const phone = (random: Random) => `+1 555 ${random.int(100, 999)} ${String(random.int(0, 9999)).padStart(4, "0")}`

/** Some tickets, and what belongs to them. */
export interface Batch {
  readonly tickets: Array<Row>
  readonly threads: Array<Row>
  readonly comments: Array<Row>
  readonly tagMappings: Array<Row>
  readonly assetLinks: Array<Row>
  readonly bundles: Array<Row>
}

/** The tickets, oldest first, in batches. `numberOf` gives the ticket number of the first, second and so on. */
export function* makeTickets(
  random: Random,
  world: World,
  surroundings: Surroundings,
  options: {
    readonly tickets: number
    readonly batchSize: number
    readonly numberOf: (index: number) => string
    readonly enteredBy: string
  }
): Generator<Batch> {
  const span = between(60, options.tickets / 40, 365) * day
  let batch = emptyBatch()
  let bundle: Bundle | undefined
  for (let index = 0; index < options.tickets; index++) {
    const age = span * (1 - (index + random.next()) / options.tickets)
    if (bundle === undefined && index + 5 < options.tickets && random.chance(0.01)) {
      bundle = { outage: random.pick(words.outages), master: undefined, left: random.int(2, 4) }
    }
    const facts = { age, number: options.numberOf(index), enteredBy: options.enteredBy }
    const ticket = makeTicket(random, world, surroundings, facts, bundle, batch)
    if (bundle?.master === undefined) {
      if (bundle !== undefined) {
        bundle.master = ticket
        batch.bundles.push({ master_ticket_id: ticket["ticket_id"] ?? null, mode: "sync_updates" })
      }
    } else if (--bundle.left === 0) {
      bundle = undefined
    }
    if (batch.tickets.length >= options.batchSize && bundle === undefined) {
      yield batch
      batch = emptyBatch()
    }
  }
  if (batch.tickets.length > 0) yield batch
}

const emptyBatch = (): Batch => ({
  tickets: [],
  threads: [],
  comments: [],
  tagMappings: [],
  assetLinks: [],
  bundles: []
})

/** Tickets of several clients about the same outage. */
interface Bundle {
  readonly outage: string
  master: Row | undefined
  left: number
}

interface Facts {
  readonly number: string
  /** Milliseconds. */
  readonly age: number
  readonly enteredBy: string
}

/** The older a ticket is, the more likely it is closed. */
const closedShare = (age: number) => (age > 21 * day ? 0.96 : age > 7 * day ? 0.85 : age > day ? 0.5 : 0.25)

const makeTicket = (
  random: Random,
  world: World,
  surroundings: Surroundings,
  { age, enteredBy, number }: Facts,
  bundle: Bundle | undefined,
  batch: Batch
): Row => {
  const site = random.pickEarly(world.sites)
  const contact = random.pick(site.contacts)
  const asset = random.pick(site.assets)
  const kind = random.pickEarly([0, 0, 0, 1, 2] as const) % surroundings.boards.length
  const board = surroundings.boards[kind] ?? surroundings.boards[0]
  const title = random
    .pick(words.titles[kind % 3] ?? words.titles[0])
    .replace("{asset}", asset.asset_tag)
    .replace("{contact}", contact.full_name)
    .replace("{app}", random.pick(words.apps))
  const ticket_id = newId()
  const monitored = kind % 3 === 2 && bundle === undefined
  const [source, ticket_origin] = monitored
    ? ["monitoring", "api"]
    : random.pickEarly([
        ["email", "inbound_email"],
        ["portal", "client_portal"],
        ["phone", "internal"]
      ] as const)
  const technician = random.pick(world.technicians).user_id
  const isClosed = random.chance(closedShare(age))
  const entered = surroundings.now - age
  const worked = Math.min(age * 0.95, hour * (0.25 + 90 * random.next() ** 4))
  const isAssigned = isClosed || random.chance(0.8)
  const course = bundle?.master ?? {
    board_id: board.board_id,
    status_id: isClosed ? random.pick(board.closed) : random.pickEarly(board.open),
    priority_id: surroundings.priorities[Math.floor(random.next() ** 0.7 * surroundings.priorities.length)] ?? null,
    assigned_to: isAssigned ? technician : null,
    entered_at: iso(entered),
    updated_at: iso(entered + (isAssigned ? worked * (isClosed ? 1 : random.next()) : 0)),
    is_closed: isClosed,
    closed_at: isClosed ? iso(entered + worked) : null,
    closed_by: isClosed ? technician : null
  }
  const row: Row = {
    ...course,
    ticket_id,
    ticket_number: number,
    title: bundle === undefined ? title : `${bundle.outage}: ${String(site.client["client_name"])}`,
    client_id: site.client.client_id,
    contact_name_id: monitored ? null : contact.contact_name_id,
    location_id: site.locations[0].location_id,
    entered_by: enteredBy,
    due_date: random.chance(0.3) ? iso(entered + random.int(1, 10) * day) : null,
    attributes: { description: random.pick(words.reports) },
    source,
    ticket_origin,
    master_ticket_id: bundle?.master?.["ticket_id"] ?? null
  }
  batch.tickets.push(row)
  discuss(random, batch, row, { entered, worked, technician, contact: contact.contact_name_id, monitored })
  if (random.chance(0.3)) {
    batch.tagMappings.push({
      mapping_id: newId(),
      tag_id: random.pick(world.tags).tag_id,
      tagged_id: ticket_id,
      tagged_type: "ticket",
      created_by: technician
    })
  }
  if (monitored || random.chance(0.25)) {
    batch.assetLinks.push({
      asset_id: asset.asset_id,
      entity_id: ticket_id,
      entity_type: "ticket",
      relationship_type: "affected",
      created_by: technician,
      created_at: iso(entered)
    })
  }
  return row
}

interface Course {
  /** Milliseconds since the epoch. */
  readonly entered: number
  /** Milliseconds. */
  readonly worked: number
  readonly technician: string
  readonly contact: string
  readonly monitored: boolean
}

/** What the client, the technician and, in the end, the resolution say. */
const discuss = (random: Random, batch: Batch, ticket: Row, course: Course) => {
  const { contact, entered, monitored, technician, worked } = course
  const id = String(ticket["ticket_id"])
  const isAssigned = ticket["assigned_to"] !== null
  if (!monitored && random.chance(0.5)) {
    const first = { at: entered, contact, note: random.pick(words.reports) }
    const reply = { at: entered + worked * 0.4, user: technician, note: random.pick(words.replies) }
    addThread(batch, id, { comments: isAssigned && random.chance(0.6) ? [first, reply] : [first] })
  }
  if (isAssigned && random.chance(0.15)) {
    const note = { at: entered + worked * 0.6, user: technician, note: random.pick(words.notes) }
    addThread(batch, id, { internal: true, comments: [note] })
  }
  if (ticket["is_closed"] === true && random.chance(0.4)) {
    const resolution = { at: entered + worked, user: technician, note: random.pick(words.resolutions) }
    addThread(batch, id, { resolution: true, comments: [resolution] })
  }
}

interface Remark {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly user?: string
  readonly contact?: string
  readonly note: string
}

const addThread = (
  batch: Batch,
  ticket_id: string,
  thread: {
    readonly internal?: boolean
    readonly resolution?: boolean
    readonly comments: readonly [Remark, ...ReadonlyArray<Remark>]
  }
) => {
  const thread_id = newId()
  const [root] = thread.comments
  const ids = thread.comments.map(() => newId())
  const is_internal = thread.internal === true
  batch.threads.push({
    thread_id,
    ticket_id,
    root_comment_id: ids[0] ?? null,
    is_internal,
    reply_count: thread.comments.length - 1,
    last_activity_at: iso(thread.comments.at(-1)?.at ?? root.at),
    created_by: root.user ?? null,
    created_at: iso(root.at)
  })
  thread.comments.forEach(({ at, contact, note, user }, index) => {
    batch.comments.push({
      comment_id: ids[index] ?? null,
      ticket_id,
      thread_id,
      parent_comment_id: index === 0 ? null : (ids[0] ?? null),
      user_id: user ?? null,
      contact_id: contact ?? null,
      note,
      markdown_content: note,
      author_type: user === undefined ? "client" : "internal",
      is_internal,
      is_resolution: thread.resolution === true,
      created_at: iso(at),
      updated_at: iso(at)
    })
  })
}
