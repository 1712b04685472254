-- Categories: a tree on each board for tickets, whose references keep to the board, and a plain list for services.

-- Of several with one name on a board, all but the first get a number.
UPDATE categories c SET category_name = c.category_name || ' (' || n.number || ')'
  FROM (SELECT tenant, category_id, row_number() OVER (PARTITION BY tenant, board_id, lower(category_name)
    ORDER BY created_at, category_id) AS number FROM categories) n
  WHERE n.number > 1 AND c.tenant = n.tenant AND c.category_id = n.category_id;

CREATE UNIQUE INDEX categories_name_key ON categories (tenant, board_id, lower(category_name));

CREATE INDEX categories_by_name ON categories (tenant, category_name, category_id);

CREATE INDEX categories_of_parent ON categories (tenant, parent_category) WHERE parent_category IS NOT NULL;

-- What refers to a category names its board, too: a parent is of the same board, and so are a ticket's categories.
ALTER TABLE categories ADD CONSTRAINT categories_of_board_key UNIQUE (tenant, board_id, category_id);

ALTER TABLE categories RENAME CONSTRAINT categories_tenant_board_id_fkey TO categories_board_fkey;

ALTER TABLE categories DROP CONSTRAINT categories_tenant_parent_category_fkey;

UPDATE categories c SET parent_category = NULL FROM categories p
  WHERE p.tenant = c.tenant AND p.category_id = c.parent_category
    AND (p.board_id <> c.board_id OR p.category_id = c.category_id);

ALTER TABLE categories
  ADD CONSTRAINT categories_parent_check CHECK (parent_category <> category_id),
  ADD CONSTRAINT categories_parent_fkey FOREIGN KEY (tenant, board_id, parent_category)
    REFERENCES categories (tenant, board_id, category_id);

ALTER TABLE tickets DROP CONSTRAINT tickets_category_fkey, DROP CONSTRAINT tickets_subcategory_fkey;

UPDATE tickets t SET category_id = NULL FROM categories c
  WHERE c.tenant = t.tenant AND c.category_id = t.category_id AND c.board_id <> t.board_id;

UPDATE tickets t SET subcategory_id = NULL FROM categories c
  WHERE c.tenant = t.tenant AND c.category_id = t.subcategory_id AND c.board_id <> t.board_id;

ALTER TABLE tickets
  ADD CONSTRAINT tickets_category_fkey FOREIGN KEY (tenant, board_id, category_id)
    REFERENCES categories (tenant, board_id, category_id),
  ADD CONSTRAINT tickets_subcategory_fkey FOREIGN KEY (tenant, board_id, subcategory_id)
    REFERENCES categories (tenant, board_id, category_id);

CREATE INDEX tickets_by_category ON tickets (tenant, category_id, entered_at DESC, ticket_id DESC)
  WHERE category_id IS NOT NULL;

CREATE INDEX tickets_by_subcategory ON tickets (tenant, subcategory_id, entered_at DESC, ticket_id DESC)
  WHERE subcategory_id IS NOT NULL;

CREATE TABLE service_categories (
  tenant uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
  category_id uuid NOT NULL,
  category_name text NOT NULL CHECK (category_name <> ''),
  description text,
  is_active boolean NOT NULL DEFAULT true,
  display_order integer NOT NULL DEFAULT 0,
  created_by uuid,
  created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  updated_by uuid,
  updated_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (tenant, category_id)
);

CREATE UNIQUE INDEX service_categories_name_key ON service_categories (tenant, lower(category_name));

CREATE INDEX service_categories_by_name ON service_categories (tenant, category_name, category_id);
