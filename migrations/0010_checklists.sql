-- Checklists of tickets, the templates they come from, and which tickets get which of these when they are entered.

CREATE TABLE checklist_templates (
  tenant uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
  template_id uuid NOT NULL,
  template_name text NOT NULL CHECK (template_name <> ''),
  description text,
  is_active boolean NOT NULL DEFAULT true,
  created_by uuid,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, template_id)
);

CREATE UNIQUE INDEX checklist_templates_name_key ON checklist_templates (tenant, lower(template_name));

CREATE TABLE checklist_template_items (
  tenant uuid NOT NULL,
  template_id uuid NOT NULL,
  template_item_id uuid NOT NULL,
  item_name text NOT NULL CHECK (item_name <> ''),
  description text,
  is_required boolean NOT NULL DEFAULT true,
  order_number integer NOT NULL,
  PRIMARY KEY (tenant, template_id, template_item_id),
  FOREIGN KEY (tenant, template_id) REFERENCES checklist_templates ON DELETE CASCADE
);

-- A rule goes with what it asks for: without it, it would fit more tickets than it was meant for.
CREATE TABLE checklist_template_apply_rules (
  tenant uuid NOT NULL,
  template_id uuid NOT NULL,
  rule_id uuid NOT NULL,
  board_id uuid,
  category_id uuid,
  subcategory_id uuid,
  priority_id uuid,
  is_enabled boolean NOT NULL DEFAULT true,
  PRIMARY KEY (tenant, template_id, rule_id),
  FOREIGN KEY (tenant, template_id) REFERENCES checklist_templates ON DELETE CASCADE,
  FOREIGN KEY (tenant, board_id) REFERENCES boards ON DELETE CASCADE,
  FOREIGN KEY (tenant, category_id) REFERENCES categories ON DELETE CASCADE,
  FOREIGN KEY (tenant, subcategory_id) REFERENCES categories ON DELETE CASCADE,
  FOREIGN KEY (tenant, priority_id) REFERENCES priorities ON DELETE CASCADE
);

CREATE TABLE ticket_checklist_items (
  tenant uuid NOT NULL,
  checklist_item_id uuid NOT NULL,
  ticket_id uuid NOT NULL,
  item_name text NOT NULL CHECK (item_name <> ''),
  description text,
  order_number integer NOT NULL,
  assigned_to uuid,
  is_required boolean NOT NULL DEFAULT true,
  completed boolean NOT NULL DEFAULT false,
  completed_by uuid,
  completed_at timestamptz(3),
  source text NOT NULL DEFAULT 'manual' CHECK (source IN ('manual', 'template', 'workflow')),
  template_id uuid,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, checklist_item_id),
  CONSTRAINT ticket_checklist_items_completed_check CHECK (completed = (completed_at IS NOT NULL)),
  CONSTRAINT ticket_checklist_items_template_check CHECK (template_id IS NULL OR source = 'template'),
  FOREIGN KEY (tenant, ticket_id) REFERENCES tickets ON DELETE CASCADE,
  CONSTRAINT ticket_checklist_items_assigned_to_fkey FOREIGN KEY (tenant, assigned_to) REFERENCES users
    ON DELETE SET NULL (assigned_to),
  FOREIGN KEY (tenant, template_id) REFERENCES checklist_templates ON DELETE SET NULL (template_id)
);

CREATE INDEX ticket_checklist_items_of_ticket ON ticket_checklist_items
  (tenant, ticket_id, order_number, checklist_item_id);

CREATE INDEX ticket_checklist_items_by_assignee ON ticket_checklist_items (tenant, assigned_to)
  WHERE assigned_to IS NOT NULL;

CREATE INDEX ticket_checklist_items_by_template ON ticket_checklist_items (tenant, template_id)
  WHERE template_id IS NOT NULL;

-- An id like those that the service makes, for rows that are made here: UUIDv7, sorted by the millisecond.
CREATE FUNCTION checklist_item_id() RETURNS uuid LANGUAGE sql VOLATILE AS $$
  SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
    PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
    52, 1), 53, 1), 'hex')::uuid
$$;

-- However a ticket is made, its checklist is made with it: the items of every active template with an enabled rule that
-- fits, one template after the other. A template that is being deleted is waited for, so that it is there or not.
CREATE FUNCTION apply_checklist_templates() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Most tenants have no template, which takes next to no time to see.
  IF NOT EXISTS (
    SELECT FROM checklist_templates WHERE tenant = ANY (ARRAY(SELECT DISTINCT tenant FROM added)) AND is_active
  ) THEN
    RETURN NULL;
  END IF;
  INSERT INTO ticket_checklist_items
    (tenant, checklist_item_id, ticket_id, item_name, description, is_required, order_number, source, template_id)
  SELECT fitting.tenant, checklist_item_id(), fitting.ticket_id, i.item_name, i.description, i.is_required,
    row_number() OVER (PARTITION BY fitting.tenant, fitting.ticket_id
      ORDER BY fitting.created_at, fitting.template_id, i.order_number, i.template_item_id),
    'template', fitting.template_id
  FROM (
    SELECT a.tenant, a.ticket_id, t.template_id, t.created_at
    FROM added a JOIN checklist_templates t ON t.tenant = a.tenant AND t.is_active
    WHERE EXISTS (
      SELECT FROM checklist_template_apply_rules r
      WHERE r.tenant = t.tenant AND r.template_id = t.template_id AND r.is_enabled
        AND (r.board_id IS NULL OR r.board_id = a.board_id)
        AND (r.category_id IS NULL OR r.category_id = a.category_id)
        AND (r.subcategory_id IS NULL OR r.subcategory_id = a.subcategory_id)
        AND (r.priority_id IS NULL OR r.priority_id = a.priority_id)
    )
    FOR KEY SHARE OF t
  ) AS fitting
  JOIN checklist_template_items i ON i.tenant = fitting.tenant AND i.template_id = fitting.template_id;
  RETURN NULL;
END $$;

CREATE TRIGGER tickets_checklist_insert AFTER INSERT ON tickets
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION apply_checklist_templates();
