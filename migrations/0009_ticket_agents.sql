-- Who works on a ticket besides its assignee.

CREATE TABLE ticket_resources (
  tenant uuid NOT NULL,
  assignment_id uuid NOT NULL,
  ticket_id uuid NOT NULL,
  assigned_to uuid NOT NULL,
  additional_user_id uuid NOT NULL,
  role text NOT NULL DEFAULT 'support' CHECK (length(role) BETWEEN 1 AND 50),
  assigned_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (tenant, assignment_id),
  CONSTRAINT ticket_resources_agent_key UNIQUE (tenant, ticket_id, additional_user_id),
  CONSTRAINT ticket_resources_agents_differ CHECK (additional_user_id <> assigned_to),
  CONSTRAINT ticket_resources_ticket_fkey FOREIGN KEY (tenant, ticket_id) REFERENCES tickets ON DELETE CASCADE,
  CONSTRAINT ticket_resources_user_fkey FOREIGN KEY (tenant, additional_user_id) REFERENCES users ON DELETE CASCADE
);

CREATE INDEX ticket_resources_by_user ON ticket_resources (tenant, additional_user_id);

-- An additional agent's assigned_to is the ticket's, whatever is inserted: a ticket without an assignee has none. The
-- ticket is held, so that it keeps its assignee until the agent is seen.
CREATE FUNCTION assist_assignee() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  SELECT assigned_to INTO NEW.assigned_to FROM tickets
    WHERE tenant = NEW.tenant AND ticket_id = NEW.ticket_id FOR NO KEY UPDATE;
  RETURN NEW;
END $$;

CREATE TRIGGER ticket_resources_assist BEFORE INSERT ON ticket_resources
  FOR EACH ROW EXECUTE FUNCTION assist_assignee();

-- Whoever reassigns a ticket, its additional agents go along: they assist the new assignee, who is none of them any
-- more, and leave when there is none.
CREATE FUNCTION follow_assignee() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM ticket_resources WHERE tenant = NEW.tenant AND ticket_id = NEW.ticket_id
    AND (NEW.assigned_to IS NULL OR additional_user_id = NEW.assigned_to);
  UPDATE ticket_resources SET assigned_to = NEW.assigned_to WHERE tenant = NEW.tenant AND ticket_id = NEW.ticket_id;
  RETURN NULL;
END $$;

CREATE TRIGGER tickets_assignee_followed AFTER UPDATE OF assigned_to ON tickets
  FOR EACH ROW WHEN (OLD.assigned_to IS DISTINCT FROM NEW.assigned_to) EXECUTE FUNCTION follow_assignee();
