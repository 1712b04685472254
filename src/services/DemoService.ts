/** Fills a tenant with made-up clients, people, assets and tickets, to try things with and to measure by. */
import { Array as Arr, Clock, Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Actor, operator } from "../domain/Actor.ts"
import { Conflict, type NotFound, type ValidationFailed } from "../domain/Errors.ts"
import { adminRole } from "../domain/Role.ts"
import { ApiKeyService } from "./ApiKeyService.ts"
import { unfailing } from "./constraints.ts"
import { makeTickets, makeWorld, type Row, type Surroundings } from "./demo/generate.ts"
import { makeRandom } from "./demo/random.ts"
import { TenantService } from "./TenantService.ts"

/** How many rows of each kind were made. */
export interface Filled {
  readonly technicians: number
  readonly clients: number
  readonly contacts: number
  readonly assets: number
  readonly tickets: number
  readonly comments: number
  readonly bundles: number
  readonly asset_links: number
}

/** A tenant that was made to be tried. */
export interface Demo extends Filled {
  readonly tenant: string
  readonly client_name: string
  readonly user_id: string
  readonly api_key_id: string
  /** The administrator's key: it is not kept, so this is the only time to see it. */
  readonly api_key: string
}

export interface Options {
  /** The tenant to fill, by its id or its name; a new one, if left out. */
  readonly tenant?: string
  readonly tickets: number
  readonly seed: number
  /** Told how many tickets are there, now and then. */
  readonly progress?: (tickets: number) => Effect.Effect<void>
}

const demoName = "Cascade Managed IT"

const filledTables =
  "clients, client_locations, contacts, assets, tickets, comments, comment_threads, tag_mappings, asset_associations"

/** Tickets in one statement. */
const batchSize = 2500

export class DemoService extends Context.Service<
  DemoService,
  {
    /**
     * All of it, or nothing. Fails where the tenant has no administrator, no board with open and closed statuses, or no
     * priority.
     */
    readonly fill: (options: Options) => Effect.Effect<Demo, Conflict | NotFound | ValidationFailed>
  }
>()("psa/DemoService") {
  static readonly layer = Layer.effect(
    DemoService,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const tenants = yield* TenantService
      const keys = yield* ApiKeyService

      /** Inserts rows, which go as one JSON value: what a row does not name is null. */
      const insert = (tenant: string, table: string, columns: Columns, rows: ReadonlyArray<Row>) =>
        rows.length === 0
          ? Effect.void
          : sql`INSERT INTO ${sql(table)} (tenant, ${sql.literal(columns.names)})
              SELECT ${tenant}::uuid, ${sql.literal(columns.names)}
              FROM json_to_recordset(${JSON.stringify(rows)}::json) AS rows (${sql.literal(columns.typed)})`

      const surroundings = Effect.fnUntraced(function* (tenant: string) {
        const boards = yield* sql<{ readonly board_id: string; readonly open: Ids; readonly closed: Ids }>`
          SELECT b.board_id, array_agg(s.status_id ORDER BY s.order_number) FILTER (WHERE NOT s.is_closed) AS open,
            array_agg(s.status_id ORDER BY s.order_number) FILTER (WHERE s.is_closed) AS closed
          FROM boards b JOIN statuses s ON s.tenant = b.tenant AND s.board_id = b.board_id
          WHERE b.tenant = ${tenant} AND NOT b.is_inactive GROUP BY b.tenant, b.board_id ORDER BY b.display_order, b.board_name`
        const usable = boards.flatMap(({ board_id, closed, open }) =>
          isFilled(open) && isFilled(closed) ? [{ board_id, open, closed }] : []
        )
        const priorities = (yield* sql<{ readonly priority_id: string }>`
          SELECT priority_id FROM priorities WHERE tenant = ${tenant} AND item_type = 'ticket'
          ORDER BY order_number, priority_name`).map(({ priority_id }) => priority_id)
        const taken = yield* sql<{ readonly name: string }>`
          SELECT lower(client_name) AS name FROM clients WHERE tenant = ${tenant}
          UNION ALL SELECT lower(email) FROM users WHERE tenant = ${tenant} AND user_type = 'internal'`
        const [own] = yield* sql<{ readonly domain: string }>`
          SELECT split_part(email, '@', 2) AS domain FROM tenants WHERE tenant = ${tenant}`
        if (!Arr.isReadonlyArrayNonEmpty(usable) || !isFilled(priorities)) {
          return yield* Conflict.because("The tenant needs a board with an open and a closed status, and a priority")
        }
        return {
          boards: usable,
          priorities,
          taken: new Set(taken.map(({ name }) => name)),
          domain: own?.domain ?? "provider.example",
          now: yield* Clock.currentTimeMillis
        } satisfies Surroundings
      })

      /** The next ticket numbers, as many as there will be tickets. */
      const numbers = Effect.fnUntraced(function* (tenant: string, count: number) {
        const [next] = yield* sql<{ readonly prefix: string; readonly last: number; readonly padding: number }>`
          INSERT INTO next_number AS n (tenant, entity_type, prefix, last_number)
          VALUES (${tenant}, 'TICKET', 'TIC', 999 + ${count}::bigint)
          ON CONFLICT (tenant, entity_type)
          DO UPDATE SET last_number = greatest(n.last_number + 1, n.initial_value) + ${count}::bigint - 1
          RETURNING prefix, last_number AS last, padding_length AS padding`
        return (index: number) =>
          `${next?.prefix}${String((next?.last ?? 0) - count + 1 + index).padStart(next?.padding ?? 0, "0")}`
      })

      const populate = Effect.fnUntraced(function* (
        tenant: string,
        userId: string,
        { progress, seed, tickets }: Omit<Options, "tenant">
      ) {
        const random = makeRandom(seed)
        const around = yield* surroundings(tenant)
        const world = makeWorld(random, tickets, around)
        const { sites } = world
        yield* insert(tenant, "users", userColumns, world.technicians)
        yield* sql`INSERT INTO user_roles (tenant, user_id, role_id)
            SELECT tenant, user_id, role_id FROM roles, unnest(${world.technicians.map(({ user_id }) => user_id)}::uuid[])
              AS technicians (user_id)
            WHERE tenant = ${tenant} AND msp AND lower(role_name) = 'technician'`
        yield* insert(
          tenant,
          "clients",
          clientColumns,
          sites.map(({ client }) => client)
        )
        yield* insert(
          tenant,
          "client_locations",
          locationColumns,
          sites.flatMap(({ locations }) => locations)
        )
        yield* insert(
          tenant,
          "contacts",
          contactColumns,
          sites.flatMap(({ contacts }) => contacts)
        )
        yield* insert(
          tenant,
          "assets",
          assetColumns,
          sites.flatMap(({ assets }) => assets)
        )
        // A tenant may have some of the tags already.
        const tags = yield* sql<{ readonly tag_id: string; readonly tag_text: string }>`
          INSERT INTO tag_definitions (tenant, ${sql.literal(tagColumns.names)})
          SELECT ${tenant}::uuid, ${sql.literal(tagColumns.names)}
          FROM json_to_recordset(${JSON.stringify(world.tags)}::json) AS rows (${sql.literal(tagColumns.typed)})
          ON CONFLICT (tenant, tagged_type, tag_text) DO UPDATE SET tag_text = excluded.tag_text
          RETURNING tag_id, tag_text`
        const [firstTag, ...moreTags] = world.tags
        const stored = <T extends Row & { readonly tag_id: string }>(tag: T) => ({
          ...tag,
          tag_id: tags.find(({ tag_text }) => tag_text === tag["tag_text"])?.tag_id ?? tag.tag_id
        })
        const options = { tickets, batchSize, numberOf: yield* numbers(tenant, tickets), enteredBy: userId }
        const counts = { tickets: 0, comments: 0, bundles: 0, asset_links: 0 }
        const batches = makeTickets(
          random,
          { ...world, tags: [stored(firstTag), ...moreTags.map(stored)] },
          around,
          options
        )
        for (const batch of batches) {
          yield* insert(tenant, "tickets", ticketColumns, batch.tickets)
          yield* insert(tenant, "ticket_bundle_settings", bundleColumns, batch.bundles)
          yield* insert(tenant, "comment_threads", threadColumns, batch.threads)
          yield* insert(tenant, "comments", commentColumns, batch.comments)
          yield* insert(tenant, "tag_mappings", tagMappingColumns, batch.tagMappings)
          yield* insert(tenant, "asset_associations", assetLinkColumns, batch.assetLinks)
          counts.tickets += batch.tickets.length
          counts.comments += batch.comments.length
          counts.bundles += batch.bundles.length
          counts.asset_links += batch.assetLinks.length
          if (progress !== undefined) yield* progress(counts.tickets)
        }
        // Until the database looks by itself, it plans as if the tables were as small as before.
        if (tickets > batchSize) yield* sql`ANALYZE ${sql.literal(filledTables)}`
        return {
          technicians: world.technicians.length,
          clients: sites.length,
          contacts: sites.reduce((sum, { contacts }) => sum + contacts.length, 0),
          assets: sites.reduce((sum, { assets }) => sum + assets.length, 0),
          ...counts
        }
      })

      const newTenant = Effect.gen(function* () {
        const names = yield* sql<{ readonly name: string }>`SELECT lower(client_name) AS name FROM tenants
          WHERE lower(client_name) LIKE ${`${demoName.toLowerCase()}%`}`
        const taken = new Set(names.map(({ name }) => name))
        let client_name = demoName
        for (let number = 2; taken.has(client_name.toLowerCase()); number++) client_name = `${demoName} ${number}`
        const domain = `${client_name.toLowerCase().replaceAll(" ", "-")}.example`
        const { tenant, user } = yield* tenants.create({ client_name, email: `admin@${domain}` })
        return { tenant, userId: user.user_id }
      })

      const existingTenant = Effect.fnUntraced(function* (idOrName: string) {
        const tenant = yield* tenants.find(idOrName)
        const [admin] = yield* sql<{ readonly user_id: string }>`
          SELECT u.user_id FROM users u JOIN user_roles ur ON ur.tenant = u.tenant AND ur.user_id = u.user_id
          JOIN roles r ON r.tenant = ur.tenant AND r.role_id = ur.role_id
          WHERE u.tenant = ${tenant.tenant} AND NOT u.is_inactive AND r.msp AND r.role_name = ${adminRole}
          ORDER BY u.created_at, u.user_id LIMIT 1`
        return admin === undefined
          ? yield* Conflict.because("The tenant has no administrator")
          : { tenant, userId: admin.user_id }
      })

      const fill = Effect.fn("DemoService.fill")(
        function* ({ tenant: idOrName, ...options }: Options) {
          const { tenant, userId } = yield* idOrName === undefined ? newTenant : existingTenant(idOrName)
          const counts = yield* populate(tenant.tenant, userId, options)
          const { api_key, api_key_id } = yield* keys
            .create({ description: "Demo data" })
            .pipe(Effect.provideService(Actor, operator(tenant.tenant, userId)))
          return {
            tenant: tenant.tenant,
            client_name: tenant.client_name,
            user_id: userId,
            api_key_id,
            api_key,
            ...counts
          } satisfies Demo
        },
        sql.withTransaction,
        unfailing
      )

      return DemoService.of({ fill })
    })
  )
}

type Ids = ReadonlyArray<string> | null
const isFilled = (ids: Ids): ids is readonly [string, ...ReadonlyArray<string>] => ids !== null && ids.length > 0

interface Columns {
  readonly names: string
  readonly typed: string
}

/** `{ uuid: "a b", text: "c" }`: columns by their type. */
const columns = (byType: Readonly<Record<string, string>>): Columns => {
  const all = Object.entries(byType).flatMap(([type, names]) => names.split(/\s+/).map((name) => [name, type] as const))
  return {
    names: all.map(([name]) => name).join(", "),
    typed: all.map((column) => column.join(" ")).join(", ")
  }
}

const userColumns = columns({ uuid: "user_id", text: "username email hashed_password first_name last_name" })
const clientColumns = columns({
  uuid: "client_id account_manager_id",
  text: "client_name url billing_email lifecycle_status",
  timestamptz: "created_at updated_at"
})
const locationColumns = columns({
  uuid: "location_id client_id",
  text: "location_name address_line1 city state_province postal_code country_code country_name phone",
  boolean: "is_default is_billing_address"
})
const contactColumns = columns({ uuid: "contact_name_id client_id", text: "full_name email phone_number role" })
const assetColumns = columns({
  uuid: "asset_id client_id location_id",
  text: "asset_type asset_tag name status serial_number",
  timestamptz: "purchase_date warranty_end_date"
})
const tagColumns = columns({ uuid: "tag_id", text: "tag_text tagged_type background_color text_color" })
const ticketColumns = columns({
  uuid: `ticket_id client_id contact_name_id location_id board_id status_id priority_id assigned_to entered_by closed_by
    master_ticket_id`,
  text: "ticket_number title source ticket_origin",
  timestamptz: "entered_at updated_at closed_at due_date",
  boolean: "is_closed",
  jsonb: "attributes"
})
const bundleColumns = columns({ uuid: "master_ticket_id", text: "mode" })
const threadColumns = columns({
  uuid: "thread_id ticket_id root_comment_id created_by",
  boolean: "is_internal",
  integer: "reply_count",
  timestamptz: "last_activity_at created_at"
})
const commentColumns = columns({
  uuid: "comment_id ticket_id thread_id parent_comment_id user_id contact_id",
  text: "note markdown_content author_type",
  boolean: "is_internal is_resolution",
  timestamptz: "created_at updated_at"
})
const tagMappingColumns = columns({ uuid: "mapping_id tag_id tagged_id created_by", text: "tagged_type" })
const assetLinkColumns = columns({
  uuid: "asset_id entity_id created_by",
  text: "entity_type relationship_type",
  timestamptz: "created_at"
})
