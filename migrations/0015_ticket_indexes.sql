-- Search by number takes as long with many tickets as with few, and so does search after many changes.

-- Every five characters in a row of a number: they are in few other numbers, where three are in thousands of them.
CREATE FUNCTION ticket_number_grams(ticket_number text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
DECLARE
  lowered text := lower(ticket_number);
  grams text[] := '{}';
BEGIN
  FOR n IN 1 .. length(lowered) - 4 LOOP
    grams := grams || substr(lowered, n, 5);
  END LOOP;
  RETURN grams;
END $$;

CREATE INDEX tickets_number_grams ON tickets USING gin (ticket_number_grams(ticket_number))
  WITH (gin_pending_list_limit = 128);

-- What has not been sorted into an index yet is read by each search, from beginning to end: by default 4 MB of it.
ALTER INDEX tickets_title_search SET (gin_pending_list_limit = 128);

ALTER INDEX tickets_number_search SET (gin_pending_list_limit = 128);
