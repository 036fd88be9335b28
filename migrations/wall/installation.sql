-- Whose database this is: a function says it to whoever starts, and the owner of the tables alone writes it.
grant select on installation to holdfast_wall;

create policy wall on installation for select to holdfast_wall using (true);
create policy settles on installation to holdfast_owner using (true) with check (true);

create or replace function wall.installation() returns table (id uuid, key_check bytea)
    language sql stable security definer set search_path = pg_catalog, public
    as $$ select i.id, i.key_check from installation i $$;
